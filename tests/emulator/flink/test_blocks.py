"""Blocks of records are read and written as single records are; only faster."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import duckdb
import fastavro
import pytest
from confluent_kafka import Consumer
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.broker import Record
from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.formats import formats
from runthrough.emulator.flink.formats.avro_sql import encoded, encoding_of, prepare
from runthrough.emulator.flink.formats.block_reader import BlockReader
from runthrough.emulator.flink.formats.blocks import pack
from runthrough.emulator.flink.formats.row_reader import DecodeError, RowReader
from runthrough.emulator.flink.formats.row_writer import RowWriter
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.plan import CreateTable, Insert, Query, Select, SqlStage
from runthrough.emulator.flink.running.folds import Span
from runthrough.emulator.flink.running.log import TAIL, Log
from runthrough.emulator.flink.running.shelf import Shelf
from runthrough.emulator.flink.running.store import Store
from runthrough.emulator.flink.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INT,
    STRING,
    FlinkType,
    decimal,
    timestamp,
    timestamp_ltz,
)
from tests.emulator.flink.engine_bench import Bench, count_by_key, path, scan, table
from tests.emulator.flink.results import changes
from tests.waiting import LIMIT_SECONDS, becomes

WIDE = Table(
    path("wide"),
    (
        Column("s", STRING),
        Column("t", STRING.not_null()),
        Column("i", INT),
        Column("l", BIGINT),
        Column("b", BOOLEAN),
        Column("y", BYTES),
        Column("d", DATE),
        Column("z", timestamp_ltz(3)),
        Column("u", timestamp(6)),
        Column("small", FlinkType("SMALLINT")),
    ),
)
DECIMALS = Table(
    path("decimals"),
    (*WIDE.columns, Column("x", decimal(38, 6)), Column("c", decimal(3, 3).not_null())),
)
FLOATS = Table(
    path("floats"), (*WIDE.columns, Column("f", DOUBLE), Column("g", FlinkType("FLOAT")))
)
EPOCH = dt.datetime(1970, 1, 1)
MILLIS = st.integers(-(10**12), 10**13)

ROW = st.fixed_dictionaries(
    {
        "s": st.none() | st.text(max_size=20),
        "t": st.text(max_size=90),
        "i": st.none() | st.integers(-(2**31), 2**31 - 1),
        "l": st.none() | st.integers(-(2**62), 2**62 - 1),
        "b": st.none() | st.booleans(),
        "y": st.none() | st.binary(max_size=20),
        "d": st.none() | st.dates(),
        "z": st.none()
        | MILLIS.map(lambda n: (EPOCH + dt.timedelta(milliseconds=n)).replace(tzinfo=dt.UTC)),
        "u": st.none()
        | st.integers(-(10**15), 10**16).map(lambda n: EPOCH + dt.timedelta(0, 0, n)),
        "small": st.none() | st.integers(-(2**15), 2**15 - 1),
        "f": st.none() | st.floats(allow_nan=False),
        "g": st.none() | st.floats(width=32, allow_nan=False),
        "x": st.none() | st.integers(1 - 2**63, 2**63 - 1).map(lambda n: Decimal(n).scaleb(-6)),
        "c": st.integers(-999, 999).map(lambda n: Decimal(n).scaleb(-3)),
    }
)


def registry(t: Table) -> SchemaStore:
    schemas = SchemaStore()
    for subject, (kind, text) in formats.subject_schemas(t).items():
        schemas.register(subject, text, kind)
    return schemas


def written(t: Table, schemas: SchemaStore, rows: list[dict[str, Any]]) -> list[Record]:
    writer = RowWriter(t, t.mode, schemas)
    records = []
    for n, row in enumerate(rows):
        sent = writer.write(row, 0)
        assert sent is not None
        records.append(Record(t.name, n % 3, n // 3, 1_000 * n, sent.key, sent.value, sent.headers))
    return records


def shelf(t: Table, schemas: SchemaStore) -> tuple[duckdb.DuckDBPyConnection, Shelf]:
    connection = Store(schemas).connect()
    return connection, Shelf(connection, "s1", t, schemas)


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(ROW, min_size=1, max_size=20))
def test_a_block_is_read_as_its_records_are(rows: list[dict[str, Any]]) -> None:
    schemas = registry(FLOATS)
    records = written(FLOATS, schemas, rows)
    block = pack(records, range(5, 5 + len(records)))
    assert [record for _, record in block.records()] == records
    read = BlockReader(FLOATS, schemas).read(block)
    assert read is not None
    connection, one = shelf(FLOATS, schemas)
    one.add_records(list(block.records()))
    singly = connection.execute("SELECT * FROM s1 ORDER BY __seq").fetchall()
    connection.execute("DELETE FROM s1")
    assert one._add_columns(block)
    assert connection.execute("SELECT * FROM s1 ORDER BY __seq").fetchall() == singly
    connection.close()


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(ROW, min_size=1, max_size=20))
def test_rows_are_written_in_bulk_as_they_are_singly(rows: list[dict[str, Any]]) -> None:
    schemas = registry(DECIMALS)
    wanted = [record.value for record in written(DECIMALS, schemas, rows)]
    connection, one = shelf(DECIMALS, schemas)
    names = [c.name for c in DECIMALS.columns]
    appender = one._appender
    for n, row in enumerate(rows):
        appender.append_row(*(row[name] for name in names), 0, False, 0, None, n)
    appender.flush()
    encoding = encoding_of(DECIMALS, schemas)
    assert encoding is not None
    prepare(connection)
    found = connection.execute(encoded(encoding, "SELECT * FROM s1 ORDER BY __seq")).fetchall()
    assert [value for (value,) in found] == wanted
    connection.close()


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(ROW, min_size=2, max_size=8), place=st.integers(0), cut=st.integers(0))
def test_a_block_with_odd_bytes_is_given_up_or_read_the_same(
    rows: list[dict[str, Any]], place: int, cut: int
) -> None:
    schemas = registry(FLOATS)
    records = written(FLOATS, schemas, rows)
    place %= len(records)
    value = bytearray(records[place].value or b"")
    value[5 + cut % (len(value) - 5)] ^= 1 << cut % 8
    broken = Record("wide", 0, 0, 0, None, bytes(value))
    block = pack([*records[:place], broken, *records[place + 1 :]], range(1, len(records) + 1))
    connection, one = shelf(FLOATS, schemas)
    if one._add_columns(block):
        RowReader(FLOATS, schemas).read(broken)
    else:
        one.add_block(block)
    connection.close()


@pytest.mark.parametrize(("day", "is_read"), [(2_932_896, True), (2_932_897, False)])
def test_a_block_with_a_year_of_five_digits_is_given_up(day: int, is_read: bool) -> None:
    t = Table(path("t"), (Column("d", DATE.not_null()),))
    schemas = registry(t)
    records = written(t, schemas, [{"d": dt.date(2026, 1, 15)}] * 2)
    value = io.BytesIO((records[0].value or b"")[:5])
    value.seek(5)
    fastavro.schemaless_writer(value, "int", day)
    block = pack([*records, Record("t", 0, 9, 0, None, value.getvalue())], range(3))
    assert (BlockReader(t, schemas).read(block) is not None) is is_read


@pytest.mark.parametrize(
    ("kept", "value"),
    [
        (0, b""),
        (4, b""),
        (0, b"\x01\x00\x00\x00\x01\x02a"),
        (0, b"\x00\x00\x00\x00\x09\x02a"),
        (5, b"\x02\xff"),
        (5, b"\x02a\x00"),
        (5, b"\x04a"),
        (5, b"\x01"),
        (5, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
    ],
)
def test_what_is_wrong_with_a_record_of_a_block_is_said(kept: int, value: bytes) -> None:
    t = Table(path("t"), (Column("t", STRING.not_null()),))
    schemas = registry(t)
    good = written(t, schemas, [{"t": "x"}] * 99)
    frame = good[0].value or b""
    bad = Record("t", 0, 99, 0, None, frame[:kept] + value)
    store = Store(schemas)
    store.append([*good, *good, *good, bad])
    connection = store.connect()
    with pytest.raises(DecodeError, match="partition 0, offset 99"):
        store.bind(connection, "src", t, Span(0, store.end("t")))
    store.bind(connection, "src", t, Span(0, 297))
    assert connection.execute("SELECT count(*), max(t) FROM src").fetchall() == [(297, "x")]
    connection.close()
    store.close()


def test_a_schema_of_somebody_elses_is_read_in_bulk_too() -> None:
    fields = [
        {"name": "skipped", "type": {"type": "bytes"}},
        {"name": "n", "type": ["int", "null"]},
        {"name": "when", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    ]
    text = json.dumps({"type": "record", "name": "r", "fields": fields})
    schemas = SchemaStore()
    value_id = schemas.register("t-value", text, "AVRO")
    key_id = schemas.register("t-key", '"string"', "AVRO")
    columns = (
        Column("key", STRING),
        Column("n", INT),
        Column("when", timestamp_ltz(3)),
        Column("later", STRING),
        Column("p", INT, "metadata", "partition", True),
    )
    t = Table(path("t"), columns, distributed_by=("key",))
    records = []
    for n in range(300):
        body = io.BytesIO()
        row = {"skipped": b"x" * n, "n": n if n % 2 else None, "when": n * 1000}
        fastavro.schemaless_writer(body, json.loads(text), row)
        name = f"k{n}".encode()
        key = b"\x00" + key_id.to_bytes(4, "big") + bytes([2 * len(name)]) + name
        value = b"\x00" + value_id.to_bytes(4, "big") + body.getvalue()
        records.append(Record("t", n % 2, n, n, key, value))
    block = pack(records, range(300))
    assert BlockReader(t, schemas).read(block) is not None
    connection, one = shelf(t, schemas)
    one.add_block(block)
    found = connection.execute("SELECT * EXCLUDE __gone FROM s1 WHERE __seq IN (7, 8)").fetchall()
    at = [dt.datetime(1970, 1, 1, 0, 0, n, tzinfo=dt.UTC) for n in (7, 8)]
    rows = [(name, n, when.timestamp(), rest) for name, n, when, *rest in found]
    assert [(a, b, c) for a, b, c, _ in rows] == [
        ("k7", 7, at[0].timestamp()),
        ("k8", None, at[1].timestamp()),
    ]
    connection.close()


def test_a_log_gives_back_what_it_was_given_however_it_came() -> None:
    log, given = Log(), []
    number = 1
    for size in (1, 300, 2, TAIL, 1, 1):
        records = [
            Record("t", n % 2, number + n, n, None, str(number + n).encode(), (("h", b"x"),))
            for n in range(size)
        ]
        log.append(records, number)
        given += list(enumerate(records, start=number))
        number += size
    assert [pair for block in log.blocks() for pair in block.records()] == given
    assert log.end == given[-1][0]
    for after, upto in ((0, 10), (5, 305), (301, 303), (2_300, 9_999), (7, 7)):
        parts, single = log.between(after, upto)
        found = [pair for part in parts for pair in part.records()]  # type: ignore[union-attr]
        assert found + single == [(n, r) for n, r in given if after < n <= upto]


# -- through the engine -------------------------------------------------------------------------


def many(count: int, *, nulls: bool = False) -> Query:
    k = "CASE WHEN i % 7 = 0 THEN NULL ELSE 'k' || i % 50 END" if nulls else "'k' || i % 50"
    sql = f'SELECT {k} AS "k", i AS "n" FROM range({count}) t(i)'
    columns = (Column("k", STRING), Column("n", BIGINT))
    return Query((SqlStage("out", sql),), (), columns, frozenset({"I"}), bounded=True)


@pytest.mark.parametrize("mode", ["append", "retract"])
def test_a_large_result_is_in_the_topic_and_in_the_table(bench: Bench, mode: Any) -> None:
    t = table("t", mode)
    bench.create(t)
    bench.run(Insert(t, many(5_000, nulls=True)))
    bench.insert(t, ("later", 1))
    records = bench.engine.records("t")
    assert len(records) == 5_001
    assert sum(bench.broker.end_offsets("t").values()) == 5_001
    reader = RowReader(t, bench.schemas)
    rows = sorted((reader.read(r) for r in records), key=str)
    assert rows == sorted(
        [(None if n % 7 == 0 else f"k{n % 50}", n) for n in range(5_000)] + [("later", 1)], key=str
    )
    for partition in range(3):
        offsets = [r.offset for r in records if r.partition == partition]
        assert offsets == list(range(len(offsets)))
    assert len(bench.snapshot(scan(t))) == 5_001
    other = Table(t.path, t.columns, "append", options={"value.fields-include": "all"})
    assert len(bench.snapshot(scan(other))) == 5_001


def test_a_kafka_client_sees_what_was_written_in_bulk(bench: Bench) -> None:
    t = table("t", "upsert")
    bench.create(t)
    bench.run(Insert(t, count_many(3_000)))
    seen: list[Record] = []
    bench.broker.catch_up(["t"])
    address = bench.broker.bootstrap.removeprefix("PLAINTEXT://")
    client = Consumer(
        {"bootstrap.servers": address, "group.id": "test", "auto.offset.reset": "earliest"}
    )
    client.subscribe(["t"])
    while len(seen) < 3_000:
        message = client.poll(10)
        assert message is not None
        assert message.error() is None
        seen.append(
            Record(
                "t",
                message.partition() or 0,
                message.offset() or 0,
                message.timestamp()[1],
                message.key(),
                message.value(),
            )
        )
    client.close()
    key = lambda r: (r.partition, r.offset)  # noqa: E731
    assert sorted(seen, key=key) == sorted(bench.engine.records("t"), key=key)
    bench.run(Insert(t, count_many(3_000)))
    assert len(bench.snapshot(scan(t))) == 3_000


def count_many(count: int) -> Query:
    sql = f'SELECT \'k\' || i AS "k", i AS "n" FROM range({count}) t(i)'
    columns = (Column("k", STRING.not_null()), Column("n", BIGINT))
    return Query((SqlStage("out", sql),), (), columns, frozenset({"I"}), bounded=True)


def test_a_missing_value_in_a_large_result_fails_the_statement(bench: Bench) -> None:
    t = Table(path("t"), (Column("k", STRING.not_null()), Column("n", BIGINT)))
    bench.create(t)
    failed = bench.submit(Insert(t, many(2_000, nulls=True)))
    failed.wait_for_end(LIMIT_SECONDS)
    assert failed.phase == "FAILED"
    assert "Column 'k' is NOT NULL" in failed.detail


def test_numbers_of_63_bits_are_written_one_by_one(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    sql = 'SELECT \'k\' AS "k", 9223372036854775807 - i AS "n" FROM range(2000) t(i)'
    query = Query((SqlStage("out", sql),), (), table("t").columns, frozenset({"I"}), bounded=True)
    bench.run(Insert(t, query))
    assert {row[1] for row in bench.snapshot(scan(t))} == {str(2**63 - 1 - n) for n in range(2_000)}


def test_a_running_statement_sees_bulks_and_single_records(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    bench.submit(CreateTable(table("c", "retract"), count_by_key(t)))
    bench.run(Insert(t, many(2_000)))
    bench.insert(t, ("k1", 1))
    wanted = sorted([f"k{n}", "41" if n == 1 else "40"] for n in range(50))
    becomes(lambda: sorted(bench.snapshot(scan(table("c", "retract")))), wanted)


def test_a_bulk_alone_wakes_those_who_read_its_topic(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    counts = bench.submit(Select(count_by_key(t)))
    bench.insert(t, ("first", 1))
    changes(counts, 1)
    bench.run(Insert(t, many(2_000)))
    changes(counts, 51)


def test_records_of_others_between_ours_keep_their_place(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    sent = RowWriter(t, "append", bench.schemas).write({"k": "other", "n": -1}, 0)
    assert sent is not None
    follows, told = bench.broker.follows, iter([False])
    bench.broker.follows = lambda topic, d: next(told, True) and follows(topic, d)  # type: ignore
    bench.run(Insert(t, many(3_000)))
    bench.broker.produce("t", sent.key, sent.value, partition=0)
    assert len(bench.snapshot(scan(t))) == 3_001
    for partition in range(3):
        offsets = [r.offset for r in bench.engine.records("t") if r.partition == partition]
        assert offsets == list(range(len(offsets)))
