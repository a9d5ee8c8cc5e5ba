from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.broker import Outgoing, Record
from runthrough.emulator.flink.catalog import Column, Mode, Table
from runthrough.emulator.flink.formats import formats
from runthrough.emulator.flink.formats.row_reader import DecodeError, RowReader, read_op
from runthrough.emulator.flink.formats.row_writer import RowWriter
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INT,
    STRING,
    FlinkType,
    array,
    decimal,
    timestamp,
    timestamp_ltz,
)

PATH = ("env", "db", "t")
NOON = dt.datetime(2026, 1, 15, 12, 0, 0, 123000, dt.UTC)
POINT = FlinkType("ROW", fields=(("x", INT), ("tags", array(STRING))))
EVERYTHING: list[tuple[Column, Any, Any]] = [
    (Column("c_boolean", BOOLEAN), True, True),
    (Column("c_tinyint", FlinkType("TINYINT")), -7, -7),
    (Column("c_smallint", FlinkType("SMALLINT")), 300, 300),
    (Column("c_int", INT.not_null()), 5, 5),
    (Column("c_bigint", BIGINT), 2**60, 2**60),
    (Column("c_float", FlinkType("FLOAT")), 0.5, 0.5),
    (Column("c_double", DOUBLE), 1.25, 1.25),
    (Column("c_string", STRING), "žluťoučký ||| 🦊", "žluťoučký ||| 🦊"),
    (Column("c_char", FlinkType("CHAR", length=3)), "abc", "abc"),
    (Column("c_bytes", BYTES), b"\x00\xff", b"\x00\xff"),
    (Column("c_decimal", decimal(10, 2)), Decimal("12.50"), Decimal("12.50")),
    (Column("c_date", DATE), dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
    (Column("c_time", FlinkType("TIME", precision=3)), dt.time(1, 2, 3, 4000), None),
    (Column("c_local", timestamp(3)), NOON.replace(tzinfo=None), NOON.replace(tzinfo=None)),
    (Column("c_instant", timestamp_ltz(3)), NOON, NOON),
    (Column("c_micros", timestamp_ltz(6)), NOON, NOON),
    (Column("c_array", array(STRING)), ["a", None], ["a", None]),
    (
        Column("c_map", FlinkType("MAP", key=STRING.not_null(), value=INT)),
        {"key": 1, "value": 2},
        {"key": ["key", "value"], "value": [1, 2]},
    ),
    (
        Column("c_int_map", FlinkType("MAP", key=INT.not_null(), value=STRING)),
        {1: "a"},
        {"key": [1], "value": ["a"]},
    ),
    (
        Column("c_row", POINT),
        {"x": 1, "tags": ["p"]},
        {"x": 1, "tags": ["p"]},
    ),
    (Column("c_rows", array(POINT)), [{"x": 1, "tags": None}], [{"x": 1, "tags": None}]),
]


def table(*columns: Column, mode: Mode = "append", **other: Any) -> Table:
    return Table(PATH, columns, mode, **other)


def register(table: Table, schemas: SchemaStore) -> None:
    for subject, (kind, text) in formats.subject_schemas(table).items():
        schemas.register(subject, text, kind)


def record(sent: Outgoing, **other: Any) -> Record:
    return Record("t", 0, 7, 1_700_000_000_123, sent.key, sent.value, sent.headers, **other)


def avro(schemas: SchemaStore, subject: str, schema: Any, value: Any) -> bytes:
    number = schemas.register(subject, json.dumps(schema))
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(schema), value)
    return b"\x00" + number.to_bytes(4, "big") + stream.getvalue()


@pytest.mark.parametrize("form", ["avro-registry", "json-registry"])
@pytest.mark.parametrize("n", range(len(EVERYTHING)), ids=lambda n: EVERYTHING[n][0].name)
def test_every_type_survives_the_way_through_a_topic(form: str, n: int) -> None:
    column, fetched, expected = EVERYTHING[n]
    schemas = SchemaStore()
    t = table(column, options={"value.format": form})
    register(t, schemas)
    sent = RowWriter(t, "append", schemas).write({column.name: fetched}, 0)
    assert sent is not None
    wanted = fetched if column.name == "c_time" else expected
    assert RowReader(t, schemas).read(record(sent)) == (wanted,)


@pytest.mark.parametrize("form", ["avro-registry", "json-registry"])
def test_columns_inferred_from_a_written_schema_are_the_tables(form: str) -> None:
    schemas = SchemaStore()
    declared = tuple(column for column, _, _ in EVERYTHING if column.name != "c_char")
    t = table(*declared, options={"value.format": form})
    register(t, schemas)
    latest = schemas.latest("t-value")
    assert latest is not None
    assert formats.schema_columns(latest.schema, schemas, subject="t-value") == declared


def test_nullable_columns_are_unions_and_nulls_survive() -> None:
    schemas = SchemaStore()
    t = table(Column("a", STRING), Column("b", STRING.not_null()))
    [(_, text)] = formats.subject_schemas(t).values()
    assert json.loads(text)["fields"] == [
        {"name": "a", "type": ["null", "string"], "default": None},
        {"name": "b", "type": "string"},
    ]
    register(t, schemas)
    sent = RowWriter(t, "append", schemas).write({"a": None, "b": "x"}, 0)
    assert sent is not None
    assert RowReader(t, schemas).read(record(sent)) == (None, "x")


def test_null_in_a_not_null_column_is_refused_naming_it() -> None:
    schemas = SchemaStore()
    t = table(Column("b", STRING.not_null()))
    register(t, schemas)
    with pytest.raises(SqlError, match="Column 'b' is NOT NULL"):
        RowWriter(t, "append", schemas).write({"b": None}, 0)


def test_key_columns_go_into_the_key_only() -> None:
    schemas = SchemaStore()
    t = table(
        Column("id", STRING.not_null()),
        Column("n", INT),
        mode="upsert",
        primary_key=("id",),
        distributed_by=("id",),
    )
    assert set(formats.subject_schemas(t)) == {"t-key", "t-value"}
    register(t, schemas)
    writer, reader = RowWriter(t, "upsert", schemas), RowReader(t, schemas)
    put, gone = writer.write({"id": "a", "n": 1}, 2), writer.write({"id": "a", "n": 1}, 3)
    assert put is not None
    assert gone is not None
    assert reader.read(record(put)) == ("a", 1)
    assert gone.value is None
    assert gone.key == put.key
    assert reader.read(record(gone)) == ("a", None)
    assert writer.write({"id": "a", "n": 1}, 1) is None


def test_retract_tables_carry_the_kind_in_a_header() -> None:
    schemas = SchemaStore()
    t = table(Column("n", INT), mode="retract")
    register(t, schemas)
    writer = RowWriter(t, "retract", schemas)
    sent = [writer.write({"n": 1}, op) for op in range(4)]
    assert [s.headers for s in sent if s] == [
        (),
        (("op", b"\x01"),),
        (("op", b"\x02"),),
        (("op", b"\x03"),),
    ]
    assert [read_op(record(s)) for s in sent if s] == [0, 1, 2, 3]


def test_the_kind_may_also_be_written_as_text() -> None:
    assert read_op(Record("t", 0, 0, 0, None, b"", (("op", b"3"),))) == 3
    assert read_op(Record("t", 0, 0, 0, None, b"", (("op", b"\xff"), ("x", None)))) == 0


def test_metadata_columns_come_from_the_record() -> None:
    schemas = SchemaStore()
    names = FlinkType("MAP", key=STRING.not_null(), value=STRING)
    t = table(
        Column("n", INT),
        Column("part", INT, "metadata", "partition", True),
        Column("offset", BIGINT, "metadata", None, True),
        Column("ts", timestamp_ltz(3), "metadata", "timestamp"),
        Column("h", names, "metadata", "headers"),
        Column("topic", STRING, "metadata", None, True),
    )
    register(t, schemas)
    sent = RowWriter(t, "append", schemas).write({"n": 1, "ts": NOON, "h": {"a": "b"}}, 0)
    assert sent is not None
    assert sent.timestamp == 1768478400123
    assert sent.headers == (("a", b"b"),)
    read = RowReader(t, schemas).read(record(sent))
    when = dt.datetime(2023, 11, 14, 22, 13, 20, 123000, dt.UTC)
    assert read == (1, 0, 7, when, {"key": ["a"], "value": ["b"]}, "t")


def test_an_unknown_metadata_key_is_refused() -> None:
    with pytest.raises(SqlError, match="Invalid metadata key 'nope' in column 'm'"):
        RowReader(table(Column("m", INT, "metadata", "nope")), SchemaStore())


RAW = table(
    Column("key", BYTES),
    Column("val", BYTES),
    options={"key.format": "raw", "value.format": "raw"},
    distributed_by=("key",),
)


@given(key=st.none() | st.binary(), value=st.none() | st.binary())
def test_raw_tables_show_the_bytes(key: bytes | None, value: bytes | None) -> None:
    read = RowReader(RAW, SchemaStore()).read(Record("t", 0, 0, 0, key, value))
    assert read == (key, value)
    sent = RowWriter(RAW, "append", SchemaStore()).write({"key": key, "val": value}, 0)
    assert sent == Outgoing(key, value)


@pytest.mark.parametrize(
    ("t", "value", "data"),
    [(STRING, "é", "é".encode()), (BIGINT, 1, b"\0" * 7 + b"\x01"), (BOOLEAN, True, b"\x01")],
)
def test_raw_columns_may_have_types(t: FlinkType, value: object, data: bytes) -> None:
    raw = table(Column("v", t), options={"value.format": "raw"})
    formats.check_formats(raw)
    sent = RowWriter(raw, "append", SchemaStore()).write({"v": value}, 0)
    assert sent == Outgoing(None, data)
    assert RowReader(raw, SchemaStore()).read(record(Outgoing(None, data))) == (value,)


def test_a_primitive_key_schema_is_one_column() -> None:
    schemas = SchemaStore()
    key = avro(schemas, "t-key", "string", "k1")
    latest = schemas.latest("t-key")
    assert latest is not None
    [column] = formats.schema_columns(latest.schema, schemas, subject="t-key")
    assert column == Column("key", STRING.not_null())
    value = {"type": "record", "name": "v", "fields": [{"name": "n", "type": "int"}]}
    data = avro(schemas, "t-value", value, {"n": 4})
    t = table(column, Column("n", INT.not_null()), distributed_by=("key",))
    assert RowReader(t, schemas).read(Record("t", 0, 0, 0, key, data)) == ("k1", 4)
    sent = RowWriter(t, "append", schemas).write({"key": "k1", "n": 4}, 0)
    assert sent == Outgoing(key, data)


def test_a_record_written_with_an_older_schema_is_still_read() -> None:
    schemas = SchemaStore()
    old = {"type": "record", "name": "v", "fields": [{"name": "n", "type": "int"}]}
    data = avro(schemas, "t-value", old, {"n": 4})
    t = table(Column("n", BIGINT.not_null()), Column("added", STRING))
    assert RowReader(t, schemas).read(Record("t", 0, 0, 0, None, data)) == (4, None)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "does not begin with the registry's zero byte"),
        (b'{"n": 1}', "does not begin with the registry's zero byte"),
        (b"\x00\x00\x00\x00\x09abc", "Schema 9 not found"),
        (b"\x00\x00\x01\x86\xa1", "value of the record"),
        (b"\x00\x00\x01\x86\xa1\x02\x02", "1 bytes follow"),
    ],
)
def test_an_undecodable_record_is_named_by_its_place(data: bytes, reason: str) -> None:
    schemas = SchemaStore()
    avro(
        schemas,
        "t-value",
        {"type": "record", "name": "v", "fields": [{"name": "n", "type": "int"}]},
        {"n": 4},
    )
    reader = RowReader(table(Column("n", INT)), schemas)
    with pytest.raises(DecodeError, match=reason) as caught:
        reader.read(Record("orders", 3, 12, 0, None, data))
    assert "topic 'orders', partition 3, offset 12" in str(caught.value)


@given(st.binary(max_size=40))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    schemas = SchemaStore()
    t = table(*(column for column, _, _ in EVERYTHING))
    register(t, schemas)
    j = table(*(column for column, _, _ in EVERYTHING), options={"value.format": "json-registry"})
    number = schemas.register("j-value", formats.subject_schemas(j)["t-value"][1], "JSON")
    for head in (b"\x00\x00\x01\x86\xa1", b"\x00" + number.to_bytes(4, "big"), b""):
        try:
            RowReader(t, schemas).read(Record("t", 0, 0, 0, None, head + data))
        except DecodeError as e:
            assert "offset 0" in str(e)  # noqa: PT017


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"n": "x"}, "field 'n': 'x' is no INT"),
        ({"n": 1.5}, "field 'n': 1.5 is no INT"),
        ({}, "the field 'n' is missing"),
        ([], "not a JSON object"),
    ],
)
def test_json_of_another_shape_is_refused(body: object, reason: str) -> None:
    schemas = SchemaStore()
    t = table(Column("n", INT.not_null()), options={"value.format": "json-registry"})
    register(t, schemas)
    data = b"\x00\x00\x01\x86\xa1" + json.dumps(body).encode()
    with pytest.raises(DecodeError, match=reason):
        RowReader(t, schemas).read(Record("t", 0, 0, 0, None, data))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"value.format": "json"}, "Unsupported format: json"),
        ({"value.format": "proto-registry"}, "'value.format' = 'proto-registry'; the live target"),
        ({"value.format": "avro-debezium-registry"}, "not emulated: "),
        ({"value.format": "raw"}, "only supports single physical column"),
    ],
)
def test_formats_that_cannot_be_are_refused(options: dict[str, str], text: str) -> None:
    with pytest.raises(SqlError, match=text):
        formats.check_formats(table(Column("a", INT), Column("b", INT), options=options))


def test_intervals_are_not_storable() -> None:
    day = Column("d", FlinkType("INTERVAL_DAY_TIME"))
    with pytest.raises(SqlError, match="has no Avro schema"):
        formats.subject_schemas(table(day))
    with pytest.raises(SqlError, match="has no JSON Schema"):
        formats.subject_schemas(table(day, options={"value.format": "json-registry"}))
