"""Random rows of random types: written to a topic, read back equal, and read by strangers.

The strangers are confluent-kafka's own deserializers for Avro and JSON Schema.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runthrough.emulator.broker import Record
from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.formats import formats
from runthrough.emulator.flink.formats.row_writer import RowWriter
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.running.store import Span, Store
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
)

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
FLOAT, TINYINT, SMALLINT = FlinkType("FLOAT"), FlinkType("TINYINT"), FlinkType("SMALLINT")
MOMENTS = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1))
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


def rounded(moment: dt.datetime, precision: int) -> dt.datetime:
    step = 10 ** (6 - min(precision, 6))
    return moment.replace(microsecond=moment.microsecond // step * step)


def simple_types() -> st.SearchStrategy[FlinkType]:
    digits = st.integers(1, 38).flatmap(lambda p: st.integers(0, p).map(lambda s: decimal(p, s)))
    lengths = st.integers(1, 5)
    return st.one_of(
        st.sampled_from([BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, STRING, BYTES]),
        st.just(DATE),
        digits,
        st.builds(lambda n: FlinkType("CHAR", length=n), lengths),
        st.builds(lambda n: FlinkType("VARCHAR", length=n), lengths),
        st.builds(lambda n: FlinkType("BINARY", length=n), lengths),
        st.builds(lambda n: FlinkType("VARBINARY", length=n), lengths),
        st.builds(lambda p: FlinkType("TIME", precision=p), st.integers(0, 3)),
        st.builds(lambda p: FlinkType("TIMESTAMP", precision=p), st.integers(0, 6)),
        st.builds(lambda p: FlinkType("TIMESTAMP_LTZ", precision=p), st.integers(0, 6)),
    )


def nullable(types: st.SearchStrategy[FlinkType]) -> st.SearchStrategy[FlinkType]:
    return st.builds(FlinkType.with_null, types, st.booleans())


def larger(inner: st.SearchStrategy[FlinkType]) -> st.SearchStrategy[FlinkType]:
    keys = st.sampled_from([STRING.not_null(), INT.not_null(), BIGINT, DATE.not_null()])
    return nullable(
        st.one_of(
            st.builds(array, inner),
            st.builds(lambda k, v: FlinkType("MAP", key=k, value=v), keys, inner),
            st.builds(lambda k: FlinkType("MULTISET", element=k), keys),
            st.lists(inner, min_size=1, max_size=3).map(
                lambda ts: FlinkType("ROW", fields=tuple((f"f{n}", t) for n, t in enumerate(ts)))
            ),
        )
    )


TYPES = st.recursive(nullable(simple_types()), larger, max_leaves=4)


def values(t: FlinkType) -> st.SearchStrategy[Any]:
    """Return values of a type as they are fetched from DuckDB."""
    known = present(t)
    return st.none() | known if t.nullable else known


def present(t: FlinkType) -> st.SearchStrategy[Any]:
    bits = {"TINYINT": 7, "SMALLINT": 15, "INTEGER": 31, "BIGINT": 63}
    match t.root:
        case "BOOLEAN":
            return st.booleans()
        case root if root in bits:
            return st.integers(-(2 ** bits[root]), 2 ** bits[root] - 1)
        case "FLOAT":
            return st.floats(width=32, allow_nan=False, allow_infinity=False)
        case "DOUBLE":
            return st.floats(allow_nan=False, allow_infinity=False)
        case "VARCHAR":
            return TEXT.map(lambda s: s[: t.length])
        case "CHAR":
            return st.text("abcä", min_size=t.length or 1, max_size=t.length)
        case "VARBINARY":
            return st.binary(max_size=min(t.length or 0, 8))
        case "BINARY":
            return st.binary(min_size=t.length or 1, max_size=t.length)
        case "DECIMAL":
            most = 10 ** (t.precision or 1) - 1
            return st.integers(-most, most).map(
                lambda n: (
                    Decimal(n).scaleb(-(t.scale or 0), None)
                    if abs(n) < 10**28
                    else Decimal(f"{n}E-{t.scale}")
                )
            )
        case "DATE":
            return st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1))
        case "TIME":
            return MOMENTS.map(lambda m: rounded(m, t.precision or 0).time())
        case "TIMESTAMP":
            return MOMENTS.map(lambda m: rounded(m, t.precision or 0))
        case "TIMESTAMP_LTZ":
            return MOMENTS.map(lambda m: rounded(m, t.precision or 0).replace(tzinfo=dt.UTC))
        case "ARRAY" if t.element:
            return st.lists(values(t.element), max_size=3)
        case "MAP" if t.key and t.value:
            return st.dictionaries(present(t.key), values(t.value), max_size=3)
        case "MULTISET" if t.element:
            return st.dictionaries(present(t.element), st.integers(1, 9), max_size=3)
        case _:
            return st.fixed_dictionaries({name: values(field) for name, field in t.fields})


@st.composite
def tables(draw: st.DrawFn, form: str) -> tuple[Table, list[dict[str, Any]]]:
    types = draw(st.lists(TYPES, min_size=1, max_size=4))
    columns = tuple(Column(f"c{n}", t) for n, t in enumerate(types))
    keyed = draw(st.booleans()) and len(columns) > 1
    table = Table(
        ("env", "db", "t"),
        columns,
        distributed_by=("c0",) if keyed else (),
        options={"value.format": form, "key.format": form},
    )
    row = st.fixed_dictionaries({c.name: values(c.type) for c in columns})
    return table, draw(st.lists(row, min_size=1, max_size=3))


def written(table: Table, rows: list[dict[str, Any]], schemas: SchemaStore) -> list[Record]:
    for subject, (kind, text) in formats.subject_schemas(table).items():
        schemas.register(subject, text, kind)
    writer = RowWriter(table, "append", schemas)
    sent = [writer.write(row, 0) for row in rows]
    return [
        Record("t", 0, offset, 1_700_000_000_000, out.key, out.value, out.headers)
        for offset, out in enumerate(sent)
        if out is not None
    ]


@pytest.mark.parametrize("form", ["avro-registry", "json-registry"])
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(data=st.data())
def test_rows_come_back_as_they_were_written(form: str, data: st.DataObject) -> None:
    table, rows = data.draw(tables(form))
    schemas = SchemaStore()
    records = written(table, rows, schemas)
    store = Store(schemas)
    try:
        store.append(records)
        connection = store.connect()
        store.bind(connection, "t", table, Span(0, store.end("t")))
        names = [c.name for c in table.columns]
        found = connection.execute(f"SELECT {', '.join(names)} FROM t ORDER BY __seq").fetchall()
        connection.close()
    finally:
        store.close()
    assert [dict(zip(names, row, strict=True)) for row in found] == rows


# -- strangers -------------------------------------------------------------------------------------


def judged(
    table: Table, rows: list[dict[str, Any]], kind: str, seen: Callable[[Any, FlinkType], Any]
) -> None:
    """Compare what confluent-kafka reads of the values with what was written."""
    schemas = SchemaStore()
    records = written(table, rows, schemas)
    latest = schemas.latest("t-value")
    assert latest is not None
    client = SchemaRegistryClient.new_client({"url": "mock://random-rows"})
    number = client.register_schema("t-value", Schema(latest.schema.text, kind))
    read: Any
    if kind == "AVRO":
        read = AvroDeserializer(client)
    else:
        read = JSONDeserializer(latest.schema.text, schema_registry_client=client)
    part = formats.value_part(table)
    for record, row in zip(records, rows, strict=True):
        assert record.value is not None
        body = b"\0" + number.to_bytes(4, "big") + record.value[5:]
        value = read(body, SerializationContext("t", MessageField.VALUE))
        assert value == {c.name: seen(row[c.name], c.type) for c in part}


def in_avro(value: Any, t: FlinkType) -> Any:
    """Return a value as a reader of Avro has it."""
    if value is None:
        return None
    match t.root:
        case "ARRAY" if t.element:
            return [in_avro(item, t.element) for item in value]
        case "MAP" | "MULTISET":
            key, part = (t.key, t.value) if t.root == "MAP" else (t.element, INT)
            assert key is not None
            assert part is not None
            pairs = [(in_avro(k, key), in_avro(v, part)) for k, v in value.items()]
            if key.root == "VARCHAR":
                return dict(pairs)
            return [{"key": k, "value": v} for k, v in pairs]
        case "ROW":
            return {name: in_avro(value[name], field) for name, field in t.fields}
    return value


def in_json(value: Any, t: FlinkType) -> Any:
    """Return a value as a reader of JSON has it."""
    if value is None:
        return None
    match t.root:
        case "BINARY" | "VARBINARY":
            return base64.b64encode(value).decode()
        case "DECIMAL":
            return float(value)
        case "DATE":
            return (value - EPOCH.date()).days
        case "TIME":
            return (dt.datetime.combine(EPOCH, value, dt.UTC) - EPOCH) // dt.timedelta(
                milliseconds=1
            )
        case "TIMESTAMP" | "TIMESTAMP_LTZ":
            unit = dt.timedelta(microseconds=1 if (t.precision or 0) > 3 else 1000)
            return (value.replace(tzinfo=dt.UTC) - EPOCH) // unit
        case "ARRAY" if t.element:
            return [in_json(item, t.element) for item in value]
        case "MAP" | "MULTISET":
            key, part = (t.key, t.value) if t.root == "MAP" else (t.element, INT)
            assert key is not None
            assert part is not None
            pairs = [(in_json(k, key), in_json(v, part)) for k, v in value.items()]
            if key.root == "VARCHAR":
                return dict(pairs)
            return [{"key": k, "value": v} for k, v in pairs]
        case "ROW":
            return {name: in_json(value[name], field) for name, field in t.fields}
    return value


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(drawn=tables("avro-registry"))
def test_confluents_avro_deserializer_reads_the_same(
    drawn: tuple[Table, list[dict[str, Any]]],
) -> None:
    judged(*drawn, "AVRO", in_avro)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(drawn=tables("json-registry"))
def test_confluents_json_deserializer_reads_the_same(
    drawn: tuple[Table, list[dict[str, Any]]],
) -> None:
    judged(*drawn, "JSON", in_json)
