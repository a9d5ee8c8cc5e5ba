"""Topics that Kafka clients fill: which tables they are, how their records are read and written."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from runthrough.emulator.broker import Outgoing
from tests.emulator.flink.sql_bench import SNAPSHOT, Desk


def fields(*listed: tuple[str, Any], **other: Any) -> dict[str, Any]:
    made = [{"name": name, "type": t} for name, t in listed]
    return {"type": "record", "name": "event", "fields": made, **other}


def avro(desk: Desk, subject: str, schema: Any, value: Any) -> bytes:
    number = desk.schemas.register(subject, json.dumps(schema))
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(schema), value)
    return b"\0" + number.to_bytes(4, "big") + stream.getvalue()


def in_json(desk: Desk, subject: str, schema: Any, value: Any) -> bytes:
    number = desk.schemas.register(subject, json.dumps(schema), "JSON")
    return b"\0" + number.to_bytes(4, "big") + json.dumps(value).encode()


def fill(desk: Desk, *values: bytes | None, key: bytes | None = None) -> None:
    if not desk.broker.has_topic("t"):
        desk.engine.create_topic("t", partitions=1)
    desk.produce("t", *(Outgoing(key, value) for value in values))


def described(desk: Desk) -> dict[str, str]:
    return {
        name: t + ("" if null == "NULL" else " NOT NULL")
        for name, t, null, *_ in desk.run("DESCRIBE t")
    }


USER = fields(("f0", "long"))
KINDS = fields(
    ("color", {"type": "enum", "name": "Color", "symbols": ["RED", "GREEN"]}),
    ("hash", {"type": "fixed", "name": "Hash", "size": 2}),
    ("span", {"type": "fixed", "name": "Span", "size": 12, "logicalType": "duration"}),
    ("id", {"type": "string", "logicalType": "uuid"}),
    ("micros", {"type": "long", "logicalType": "time-micros"}),
    ("day", {"type": "int", "logicalType": "date"}),
    ("price", {"type": "fixed", "name": "P", "size": 4, "logicalType": "decimal", "precision": 6,
               "scale": 2}),
    ("user", {**fields(("name", ["null", "string"]), ("again", ["null", "Color"])), "name": "U"}),
    ("list", {"type": "array", "items": ["null", "int"]}),
    ("counts", {"type": "map", "values": "long"}),
)  # fmt: skip


def test_avro_of_every_kind_is_read(desk: Desk) -> None:
    value = {
        "color": "GREEN", "hash": b"\x01\x02", "span": b"0" * 12, "micros": 5, "day": 1,
        "id": "00000000-0000-0000-0000-000000000001", "price": Decimal(12), "list": [1, None],
        "user": {"name": None, "again": "RED"}, "counts": {"a": 1},
    }  # fmt: skip
    fill(desk, avro(desk, "t-value", KINDS, value))
    assert described(desk) == {
        "key": "BYTES",
        "color": "STRING NOT NULL",
        "hash": "BINARY(2) NOT NULL",
        "span": "BINARY(12) NOT NULL",
        "id": "STRING NOT NULL",
        "micros": "BIGINT NOT NULL",
        "day": "DATE NOT NULL",
        "price": "DECIMAL(6, 2) NOT NULL",
        "user": "ROW<`name` STRING, `again` STRING> NOT NULL",
        "list": "ARRAY<INT> NOT NULL",
        "counts": "MAP<STRING NOT NULL, BIGINT NOT NULL> NOT NULL",
    }
    [row] = desk.now(
        "SELECT color, id, micros, `day`, price, t.`user`.`again`, list[1], counts['a'] FROM t"
    )
    id_ = "00000000-0000-0000-0000-000000000001"
    assert row == ["GREEN", id_, "5", "1970-01-02", "12.00", "RED", "1", "1"]


def test_a_union_of_several_types_is_a_row(desk: Desk) -> None:
    schema = fields(("u", ["null", "long", "string", {**USER, "name": "User"}]))
    bodies = [avro(desk, "t-value", schema, {"u": u}) for u in (5, "x", ("User", {"f0": 7}), None)]
    fill(desk, *bodies)
    assert described(desk)["u"] == (
        "ROW<`long` BIGINT, `string` STRING, `User` ROW<`f0` BIGINT NOT NULL>>"
    )
    rows = desk.now("SELECT t.u.`long`, t.u.`string`, t.u.`User`.f0 FROM t")
    assert rows == [["5", None, None], [None, "x", None], [None, None, "7"], [None, None, None]]
    desk.run(
        "INSERT INTO t SELECT CAST(NULL AS BYTES), u FROM t WHERE t.u.`User`.f0 = 7",
        SNAPSHOT,
    )
    assert len(desk.now("SELECT t.u.`User`.f0 FROM t WHERE t.u.`User`.f0 = 7")) == 2


def test_a_topic_of_several_events_has_a_column_for_each(desk: Desk) -> None:
    purchase = {**fields(("item", "string")), "name": "Purchase", "namespace": "shop"}
    view = {**fields(("url", "string")), "name": "Pageview", "namespace": "shop"}
    both = [purchase, view]
    fill(
        desk,
        avro(desk, "t-value", both, ("shop.Purchase", {"item": "boots"})),
        avro(desk, "t-value", both, ("shop.Pageview", {"url": "/"})),
    )
    assert described(desk) == {
        "key": "BYTES",
        "Purchase": "ROW<`item` STRING NOT NULL>",
        "Pageview": "ROW<`url` STRING NOT NULL>",
    }
    assert desk.now("SELECT t.Purchase.item, t.Pageview.url FROM t") == [
        ["boots", None],
        [None, "/"],
    ]


def test_primitive_keys_and_values_are_one_column_each(desk: Desk) -> None:
    key = avro(desk, "t-key", "string", "k")
    fill(desk, avro(desk, "t-value", "long", 3), key=key)
    assert described(desk) == {"key": "STRING NOT NULL", "val": "BIGINT NOT NULL"}
    assert desk.now("SELECT * FROM t") == [["k", "3"]]


def test_documentation_becomes_comments_and_comments_documentation(desk: Desk) -> None:
    schema = fields(("a", "int"))
    schema["fields"][0]["doc"] = "how many"
    fill(desk, avro(desk, "t-value", schema, {"a": 1}))
    assert desk.run("DESCRIBE EXTENDED t")[1] == ["a", "INT", "NOT NULL", "", "how many"]
    desk.run("CREATE TABLE c (a INT COMMENT 'as many')")
    latest = desk.schemas.latest("c-value")
    assert latest is not None
    assert json.loads(latest.schema.text)["fields"][0]["doc"] == "as many"


def test_a_later_schema_applies_to_earlier_records(desk: Desk) -> None:
    fill(desk, avro(desk, "t-value", fields(("a", "int")), {"a": 1}))
    assert desk.now("SELECT * FROM t") == [[None, "1"]]
    grown = fields(("a", "long"), ("b", "string"), ("c", ["null", "int"]))
    grown["fields"][1]["default"] = "none"
    grown["fields"][2]["default"] = None
    fill(desk, avro(desk, "t-value", grown, {"a": 2, "b": "x", "c": 3}))
    assert described(desk) == {
        "key": "BYTES", "a": "BIGINT NOT NULL", "b": "STRING NOT NULL", "c": "INT",
    }  # fmt: skip
    assert desk.now("SELECT a, b, c FROM t") == [["1", "none", None], ["2", "x", "3"]]


def test_defaults_fill_many_early_records(desk: Desk) -> None:
    old = fields(("a", "int"))
    fill(desk, *(avro(desk, "t-value", old, {"a": n}) for n in range(300)))
    grown = fields(("a", "int"), ("b", ["string", "null"]))
    grown["fields"][1]["default"] = "none"
    desk.schemas.register("t-value", json.dumps(grown))
    assert desk.now("SELECT DISTINCT b FROM t") == [["none"]]


def test_an_altered_table_follows_its_schema(desk: Desk) -> None:
    fill(desk, avro(desk, "t-value", fields(("a", "int")), {"a": 1}))
    desk.run("ALTER TABLE t ADD twice AS a * 2")
    grown = fields(("a", "int"), ("b", ["null", "string"]))
    grown["fields"][1]["default"] = None
    fill(desk, avro(desk, "t-value", grown, {"a": 2, "b": "x"}))
    assert described(desk) == {
        "key": "BYTES", "a": "INT NOT NULL", "twice": "INT NOT NULL", "b": "STRING",
    }  # fmt: skip
    assert desk.now("SELECT a, twice, b FROM t") == [["1", "2", None], ["2", "4", "x"]]


def test_a_declared_table_follows_its_schema_and_keeps_its_types(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT PRIMARY KEY NOT ENFORCED, m MAP<STRING, INT>, gone INT)")
    latest = desk.schemas.latest("t-value")
    assert latest is not None
    schema = json.loads(latest.schema.text)
    schema["fields"][1:] = [{"name": "more", "type": ["null", "long"], "default": None}]
    desk.schemas.set_level("NONE")
    desk.schemas.register("t-value", json.dumps(schema))
    assert described(desk) == {"id": "INT NOT NULL", "m": "MAP<STRING, INT>", "more": "BIGINT"}
    desk.run("INSERT INTO t (id, more) VALUES (1, 5)")
    assert desk.now("SELECT id, more FROM t") == [["1", "5"]]


def test_change_events_of_debezium_are_refused_clearly(desk: Desk) -> None:
    row = {**fields(("id", "int")), "name": "Value"}
    envelope = fields(
        ("before", ["null", row]), ("after", ["null", "Value"]), ("op", "string"),
        ("source", {**fields(("db", "string")), "name": "Source"}), name="Envelope",
    )  # fmt: skip
    change = {"before": None, "after": {"id": 1}, "op": "c", "source": {"db": "x"}}
    fill(desk, avro(desk, "t-value", envelope, change))
    assert desk.run("SHOW TABLES") == [["t"]]
    text = desk.refusal("SELECT * FROM t")
    assert text.startswith("not emulated: topic 't' as a table: its values are Debezium's")


JSON_KINDS = {
    "type": "object",
    "required": ["n", "color"],
    "definitions": {"Place": {"type": "object", "properties": {"city": {"type": "string"}}}},
    "properties": {
        "n": {"type": "integer"},
        "color": {"enum": ["RED", "GREEN"]},
        "x": {"type": "number"},
        "place": {"$ref": "#/definitions/Place"},
        "maybe": {"oneOf": [{"type": "null"}, {"type": "string", "maxLength": 5}]},
        "either": {"oneOf": [{"type": "string"}, {"type": "boolean"}]},
        "both": {"type": ["integer", "null"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "all": {"allOf": [{"$ref": "#/definitions/Place"},
                          {"type": "object", "properties": {"zip": {"type": "string"}}}]},
        "notes": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}  # fmt: skip


def test_json_of_every_kind_is_read(desk: Desk) -> None:
    value = {
        "n": 5, "color": "RED", "x": 1.5, "place": {"city": "Brno"}, "either": True,
        "tags": ["a"], "all": {"city": "Brno", "zip": "1"}, "notes": {"k": "v"},
    }  # fmt: skip
    fill(desk, in_json(desk, "t-value", JSON_KINDS, value))
    assert described(desk) == {
        "key": "BYTES",
        "all": "ROW<`city` STRING, `zip` STRING>",
        "both": "BIGINT",
        "color": "STRING NOT NULL",
        "either": "ROW<`connect_union_field_0` STRING, `connect_union_field_1` BOOLEAN>",
        "maybe": "VARCHAR(5)",
        "n": "BIGINT NOT NULL",
        "notes": "MAP<STRING NOT NULL, STRING NOT NULL>",
        "place": "ROW<`city` STRING>",
        "tags": "ARRAY<STRING NOT NULL>",
        "x": "DOUBLE",
    }
    [row] = desk.now(
        "SELECT n, color, x, t.place.city, t.either.connect_union_field_1, tags[1], notes['k'], "
        "t.`all`.zip FROM t"
    )
    assert row == ["5", "RED", "1.5", "Brno", "TRUE", "a", "v", "1"]


def test_json_events_of_several_kinds_have_a_column_each(desk: Desk) -> None:
    def event(name: str) -> dict[str, Any]:
        return {"type": "object", "required": [name], "properties": {name: {"type": "string"}}}

    both = {"oneOf": [event("item"), event("url")]}
    fill(
        desk,
        in_json(desk, "t-value", both, {"item": "boots"}),
        in_json(desk, "t-value", both, {"url": "/"}),
    )
    assert desk.now("SELECT t.connect_union_field_0.item, t.connect_union_field_1.url FROM t") == [
        ["boots", None],
        [None, "/"],
    ]


def test_key_and_value_may_have_formats_of_their_own(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE t (k STRING, v INT, w DECIMAL(30, 10)) DISTRIBUTED BY (k) INTO 1 BUCKETS "
        "WITH ('key.format' = 'raw', 'value.format' = 'json-registry')"
    )
    desk.run(
        "INSERT INTO t VALUES ('a', 1, 12345678901234567890.0123456789), "
        "(CAST(NULL AS STRING), 2, CAST(NULL AS DECIMAL(30, 10)))"
    )
    first, second = desk.records("t")
    assert (first.key, second.key) == (b"a", None)
    assert first.value is not None
    assert first.value[5:] == b'{"v": 1, "w": 12345678901234567890.0123456789}'
    assert desk.now("SELECT * FROM t") == [
        ["a", "1", "12345678901234567890.0123456789"],
        [None, "2", None],
    ]


def test_the_value_may_hold_the_key_too(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE t (k STRING, v INT) DISTRIBUTED BY (k) INTO 1 BUCKETS WITH "
        "('value.fields-include' = 'all', 'value.format' = 'json-registry')"
    )
    desk.run("INSERT INTO t VALUES ('a', 1)")
    [record] = desk.records("t")
    assert record.value is not None
    assert json.loads(record.value[5:]) == {"k": "a", "v": 1}
    assert desk.now("SELECT * FROM t") == [["a", "1"]]


@pytest.mark.parametrize("form", ["avro-registry", "json-registry"])
def test_key_columns_may_have_a_prefix(desk: Desk, form: str) -> None:
    desk.run(
        "CREATE TABLE t (key_id INT, id STRING) DISTRIBUTED BY (key_id) INTO 1 BUCKETS WITH "
        f"('key.fields-prefix' = 'key_', 'key.format' = '{form}', 'value.format' = '{form}')"
    )
    latest = desk.schemas.latest("t-key")
    assert latest is not None
    assert '"id"' in latest.schema.text
    assert "key_id" not in latest.schema.text
    desk.run("INSERT INTO t VALUES (1, 'a')")
    assert desk.now("SELECT * FROM t") == [["1", "a"]]


@pytest.mark.parametrize(
    ("columns", "options", "text"),
    [
        ("id INT", "'key.fields-prefix' = 'k_'", "column 'id' is not prefixed"),
        ("k_id INT", "'key.fields-prefix' = 'k_', 'value.fields-include' = 'all'",
         "A key prefix is not allowed"),
        ("id INT", "'value.format' = 'json'", "Unsupported format: json"),
        ("id INT", "'value.format' = 'proto-registry'", "not emulated: "),
        ("id INT", "'value.format' = 'avro-debezium-registry'", "not emulated: "),
        ("id INT", "'value.format' = 'raw'", "only supports single physical column"),
    ],
)  # fmt: skip
def test_formats_that_cannot_be_are_refused(
    desk: Desk, columns: str, options: str, text: str
) -> None:
    assert text in desk.refusal(
        f"CREATE TABLE t ({columns}, v INT, w INT) DISTRIBUTED BY ({columns.split()[0]}) "
        f"WITH ({options})"
    )


def test_names_that_avro_does_not_take_are_refused(desk: Desk) -> None:
    text = "The name 'a b' is none in an Avro schema"
    assert text in desk.refusal("CREATE TABLE t (`a b` INT)")
    desk.run("CREATE TABLE t AS VALUES (1, 'a')")
    assert described(desk) == {"EXPR$0": "INT NOT NULL", "EXPR$1": "CHAR(1) NOT NULL"}


def test_headers_are_read_in_the_types_declared(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE t (id INT, headers MAP<STRING, BYTES> METADATA) DISTRIBUTED INTO 1 BUCKETS"
    )
    latest = desk.schemas.latest("t-value")
    assert latest is not None
    value = avro(desk, "t-value", json.loads(latest.schema.text), {"id": 1})
    desk.produce("t", Outgoing(None, value, (("a", b"AB"), ("a", b"AC"))))
    assert desk.now("SELECT CAST(headers['a'] AS STRING) FROM t") == [["AC"]]
    desk.run("INSERT INTO t SELECT id, headers FROM t", SNAPSHOT)
    assert [record.headers for record in desk.records("t")][1] == (("a", b"AC"),)
    desk.run("ALTER TABLE t ADD texts MAP<STRING, STRING> METADATA FROM 'headers' VIRTUAL")
    assert desk.now("SELECT texts['a'] FROM t") == [["AC"], ["AC"]]
