"""The columns Flink infers from registered schemas."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runthrough.emulator.flink.catalog import Column
from runthrough.emulator.flink.formats import formats
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import (
    BIGINT,
    INT,
    STRING,
    FlinkType,
    timestamp_ltz,
)


@pytest.mark.parametrize(
    ("schema", "t"),
    [
        ("long", BIGINT.not_null()),
        (["null", "string"], STRING),
        ({"type": "enum", "name": "e", "symbols": ["A"]}, STRING.not_null()),
        ({"type": "fixed", "name": "f", "size": 4}, FlinkType("BINARY", False, length=4)),
        ({"type": "long", "logicalType": "timestamp-millis"}, timestamp_ltz(3).not_null()),
        (
            {"type": "long", "logicalType": "timestamp-millis", "flink.precision": 0},
            timestamp_ltz(0).not_null(),
        ),
        ({"type": "long", "logicalType": "nobody-knows"}, BIGINT.not_null()),
        (
            {"type": "map", "values": ["null", "int"]},
            FlinkType("MAP", False, key=STRING.not_null(), value=INT),
        ),
    ],
)
def test_avro_types_are_inferred_as_flink_does(schema: Any, t: FlinkType) -> None:
    schemas = SchemaStore()
    text = {"type": "record", "name": "v", "fields": [{"name": "f", "type": schema}]}
    schemas.register("t-value", json.dumps(text))
    latest = schemas.latest("t-value")
    assert latest is not None
    assert formats.schema_columns(latest.schema, schemas, subject="t-value") == (Column("f", t),)


def test_a_logical_type_beside_its_type_is_ignored() -> None:
    """The lab's own schemas misplace it; Flink then shows the bare number."""
    schemas = SchemaStore()
    field = {"name": "at", "type": "long", "logicalType": "timestamp-millis"}
    schemas.register("t-value", json.dumps({"type": "record", "name": "v", "fields": [field]}))
    latest = schemas.latest("t-value")
    assert latest is not None
    [column] = formats.schema_columns(latest.schema, schemas, subject="t-value")
    assert column.type == BIGINT.not_null()


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "record", "name": "e", "fields": []}, "a record without fields"),
        ("null", "the Avro type 'null'"),
        (
            {"type": "record", "name": "n", "fields": [{"name": "n", "type": ["null", "n"]}]},
            "a record that contains itself",
        ),
    ],
)
def test_what_is_not_read_is_named(schema: Any, text: str) -> None:
    schemas = SchemaStore()
    whole = {"type": "record", "name": "v", "fields": [{"name": "f", "type": schema}]}
    schemas.register("t-value", json.dumps(whole))
    latest = schemas.latest("t-value")
    assert latest is not None
    with pytest.raises(SqlError, match=text):
        formats.schema_columns(latest.schema, schemas, subject="t-value")


def test_protobuf_subjects_are_not_read() -> None:
    schemas = SchemaStore()
    schemas.register("t-value", 'syntax = "proto3";', "PROTOBUF")
    latest = schemas.latest("t-value")
    assert latest is not None
    with pytest.raises(
        SqlError, match="not emulated: reading the PROTOBUF schema of subject 't-value'"
    ):
        formats.schema_columns(latest.schema, schemas, subject="t-value")


def test_a_named_type_may_be_used_twice() -> None:
    schemas = SchemaStore()
    money = {"type": "record", "name": "Money", "fields": [{"name": "a", "type": "int"}]}
    whole = {
        "type": "record",
        "name": "v",
        "fields": [{"name": "net", "type": money}, {"name": "gross", "type": ["null", "Money"]}],
    }
    schemas.register("t-value", json.dumps(whole))
    latest = schemas.latest("t-value")
    assert latest is not None
    net, gross = formats.schema_columns(latest.schema, schemas, subject="t-value")
    assert net.type.or_null() == gross.type
