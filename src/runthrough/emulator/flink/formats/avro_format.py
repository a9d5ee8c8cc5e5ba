"""Avro schemas and Flink columns, each from the other, and their values.

Sources: facts/flink-sql-ai.md 1.3 (inferred tables) and 6.2 (types). The mapping of types Avro
has no word for (TINYINT, maps with other keys than text) follows Kafka Connect's conventions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runthrough.emulator.flink.catalog import Column
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INT,
    MAX_LENGTH,
    STRING,
    FlinkType,
    array,
    decimal,
    describe,
    timestamp,
    timestamp_ltz,
)

NAMESPACE = "org.apache.flink.avro.generated.record"
Converter = Callable[[Any], Any]

_PLAIN = {"BOOLEAN": "boolean", "INTEGER": "int", "BIGINT": "long", "FLOAT": "float"} | {
    "DOUBLE": "double"
}
_CONNECT = {"TINYINT": "int8", "SMALLINT": "int16"}
_FLINK = {
    "boolean": BOOLEAN,
    "int": INT,
    "long": BIGINT,
    "float": FlinkType("FLOAT"),
    "double": DOUBLE,
    "string": STRING,
    "bytes": BYTES,
    "enum": STRING,
}


def record_schema(name: str, columns: Sequence[Column]) -> dict[str, Any]:
    """Return the Avro record schema a table's columns are written with.

    Args:
        name: of the record; characters Avro refuses become `_`.
        columns: physical ones, in order.

    Raises:
        SqlError: a type has no Avro form (INTERVAL).
    """
    name = re.sub(r"[^A-Za-z0-9_]", "_", name)
    if name[:1].isdigit():
        name = f"_{name}"
    return {
        "type": "record",
        "name": name,
        "namespace": NAMESPACE,
        "fields": [_field(column.name, column.type, name) for column in columns],
    }


def _field(name: str, t: FlinkType, parent: str) -> dict[str, Any]:
    schema = _schema(t, f"{parent}_{name}")
    default = {"default": None} if t.nullable else {}
    return {"name": name, "type": schema, **default}


def _schema(t: FlinkType, path: str) -> Any:
    schema = _not_null(t, path)
    return ["null", schema] if t.nullable else schema


def _not_null(t: FlinkType, path: str) -> Any:
    match t.root:
        case "VARCHAR" | "CHAR":
            return "string" if t.length == MAX_LENGTH else {"type": "string", **_length(t)}
        case "VARBINARY" | "BINARY":
            return "bytes" if t.length == MAX_LENGTH else {"type": "bytes", **_length(t)}
        case "TINYINT" | "SMALLINT":
            return {"type": "int", "connect.type": _CONNECT[t.root]}
        case "DECIMAL":
            numbers = {"precision": t.precision, "scale": t.scale}
            return {"type": "bytes", "logicalType": "decimal", **numbers}
        case "DATE":
            return {"type": "int", "logicalType": "date"}
        case "TIME":
            return _time("int", "time-millis", "long", "time-micros", t.precision or 0)
        case "TIMESTAMP":
            logical = "local-timestamp-millis", "long", "local-timestamp-micros"
            return _time("long", *logical, t.precision or 0)
        case "TIMESTAMP_LTZ":
            logical = "timestamp-millis", "long", "timestamp-micros"
            return _time("long", *logical, t.precision or 0)
        case "ARRAY" if t.element:
            return {"type": "array", "items": _schema(t.element, path)}
        case "MAP" if t.key and t.value:
            return _map(t.key, t.value, path)
        case "MULTISET" if t.element:
            return _map(t.element, INT.not_null(), path)
        case "ROW":
            fields = [_field(name, field, path) for name, field in t.fields]
            return {"type": "record", "name": _word(path), "fields": fields}
        case root if root in _PLAIN:
            return _PLAIN[root]
    raise SqlError(f"The type {describe(t)} of {path!r} has no Avro schema, so it is not storable.")


def _length(t: FlinkType) -> dict[str, Any]:
    least = {"flink.minLength": t.length} if t.root in ("CHAR", "BINARY") else {}
    return {**least, "flink.maxLength": t.length, "flink.version": "1"}


def _time(short: str, millis: str, long: str, micros: str, precision: int) -> dict[str, Any]:
    usual = precision in (3, 6)
    extra = {} if usual else {"flink.precision": precision, "flink.version": "1"}
    if precision <= 3:
        return {"type": short, "logicalType": millis, **extra}
    return {"type": long, "logicalType": micros, **extra}


def _map(key: FlinkType, value: FlinkType, path: str) -> dict[str, Any]:
    if key.root in ("VARCHAR", "CHAR") and not key.nullable:
        return {"type": "map", "values": _schema(value, path)}
    entry = {
        "type": "record",
        "name": f"{_word(path)}_MapEntry",
        "connect.internal.type": "MapEntry",
        "fields": [_field("key", key, path), _field("value", value, path)],
    }
    return {"type": "array", "items": entry}


def _word(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", path)


def columns_of(schema: Any, *, place: str) -> tuple[Column, ...]:
    """Return the columns of a record schema as Flink infers them; a plain T is NOT NULL.

    Args:
        schema: as `fastavro.parse_schema` returns it.
        place: the subject, for error texts.

    Raises:
        SqlError: the schema is no record or has a type the emulator does not read.
    """
    if not isinstance(schema, dict) or schema.get("type") != "record":
        raise SqlError(f"The schema of subject '{place}' is not an Avro record.")
    named = schema.get("__named_schemas", {})
    return tuple(
        Column(f["name"], flink_type(f["type"], place=f"{place}.{f['name']}", named=named))
        for f in schema["fields"]
    )


def flink_type(schema: Any, *, place: str, named: Mapping[str, Any]) -> FlinkType:
    """Return the Flink type of an Avro schema. Raises SqlError as `columns_of`.

    Args:
        schema: a part of a parsed schema.
        place: where it stands, for error texts.
        named: the schemas that may be referred to by name; None = the one we are inside of.
    """
    if isinstance(schema, list):
        others = [branch for branch in schema if branch != "null"]
        if len(others) != 1:
            raise _unread(place, "a union of several types")
        inner = flink_type(others[0], place=place, named=named)
        return inner.or_null() if "null" in schema else inner
    if isinstance(schema, str):
        schema = named.get(schema, {"type": schema})
    if schema is None:
        raise _unread(place, "a record that contains itself")
    kind = schema["type"]
    if isinstance(kind, dict | list):
        return flink_type(kind, place=place, named=named)
    if name := schema.get("name"):
        named = {**named, name: None}
    if (logical := _logical_type(schema)) is not None:
        return logical.not_null()
    match kind:
        case "record":
            fields = tuple(
                (f["name"], flink_type(f["type"], place=f"{place}.{f['name']}", named=named))
                for f in schema["fields"]
            )
            return FlinkType("ROW", nullable=False, fields=fields)
        case "array":
            return _array(flink_type(schema["items"], place=place, named=named), schema)
        case "map":
            value = flink_type(schema["values"], place=place, named=named)
            return FlinkType("MAP", nullable=False, key=STRING.not_null(), value=value)
        case "fixed":
            return FlinkType("BINARY", nullable=False, length=schema["size"])
        case _ if kind in _FLINK:
            return _sized(_FLINK[kind], schema).not_null()
    raise _unread(place, f"the Avro type {kind!r}")


def _array(element: FlinkType, schema: dict[str, Any]) -> FlinkType:
    items = schema["items"]
    if isinstance(items, dict) and items.get("connect.internal.type") == "MapEntry":
        fields = dict(element.fields)
        return FlinkType("MAP", nullable=False, key=fields["key"], value=fields["value"])
    return array(element).not_null()


def _logical_type(schema: dict[str, Any]) -> FlinkType | None:
    precision = schema.get("flink.precision")
    match schema.get("logicalType"):
        case "decimal":
            return decimal(schema["precision"], schema.get("scale", 0))
        case "date":
            return DATE
        case "time-millis":
            return FlinkType("TIME", precision=precision or 3)
        case "time-micros":
            return FlinkType("TIME", precision=precision or 6)
        case "timestamp-millis":
            return timestamp_ltz(3 if precision is None else precision)
        case "timestamp-micros":
            return timestamp_ltz(6 if precision is None else precision)
        case "local-timestamp-millis":
            return timestamp(3 if precision is None else precision)
        case "local-timestamp-micros":
            return timestamp(6 if precision is None else precision)
    return None


def _sized(t: FlinkType, schema: dict[str, Any]) -> FlinkType:
    if (root := {"int8": "TINYINT", "int16": "SMALLINT"}.get(schema.get("connect.type", ""))) and (
        t == INT
    ):
        return FlinkType(root)
    most, least = schema.get("flink.maxLength"), schema.get("flink.minLength")
    if most is None or t.root not in ("VARCHAR", "VARBINARY"):
        return t
    fixed = {"VARCHAR": "CHAR", "VARBINARY": "BINARY"}[t.root]
    return FlinkType(fixed if least == most else t.root, length=most)


def _unread(place: str, what: str) -> SqlError:
    return SqlError(
        f"The emulator does not read {what} ({place}); the live target may. See what is emulated."
    )


def to_duckdb(t: FlinkType) -> Converter | None:
    """Return how a value read by fastavro becomes one for DuckDB; None = as it is."""
    return _converter(t, _map_to_duckdb)


def to_avro(t: FlinkType) -> Converter | None:
    """Return how a value fetched from DuckDB becomes one for fastavro; None = as it is."""
    return _converter(t, _map_to_avro)


def _converter(t: FlinkType, maps: Callable[[FlinkType], Converter]) -> Converter | None:
    match t.root:
        case "MAP" | "MULTISET":
            return maps(t)
        case "ARRAY" if t.element and (inner := _converter(t.element, maps)):
            return lambda items: [None if i is None else inner(i) for i in items]
        case "ROW":
            parts = {name: _converter(field, maps) for name, field in t.fields}
            if not any(parts.values()):
                return None
            return lambda row: {n: _apply(convert, row[n]) for n, convert in parts.items()}
    return None


def _apply(convert: Converter | None, value: Any) -> Any:
    return value if convert is None or value is None else convert(value)


def entry_types(t: FlinkType) -> tuple[FlinkType, FlinkType]:
    """Return the types of key and value of a MAP, or of element and count of a MULTISET."""
    key, value = (t.key, t.value) if t.root == "MAP" else (t.element, INT.not_null())
    if key is None or value is None:
        raise ValueError(f"a {t.root} without its parts")
    return key, value


def _is_avro_map(key: FlinkType) -> bool:
    return key.root in ("VARCHAR", "CHAR") and not key.nullable


def _map_to_duckdb(t: FlinkType) -> Converter:
    key, value = entry_types(t)
    convert_key, convert_value = to_duckdb(key), to_duckdb(value)

    def convert(read: Any) -> dict[str, list[Any]]:
        pairs = read.items() if isinstance(read, dict) else [(e["key"], e["value"]) for e in read]
        return duckdb_map((_apply(convert_key, k), _apply(convert_value, v)) for k, v in pairs)

    return convert


def duckdb_map(pairs: Any) -> dict[str, list[Any]]:
    """Return pairs as the one form of a map that DuckDB's client cannot take for another."""
    listed = list(pairs)
    return {"key": [k for k, _ in listed], "value": [v for _, v in listed]}


def _map_to_avro(t: FlinkType) -> Converter:
    key, value = entry_types(t)
    convert_key, convert_value = to_avro(key), to_avro(value)

    def convert(fetched: dict[Any, Any]) -> Any:
        pairs = [(_apply(convert_key, k), _apply(convert_value, v)) for k, v in fetched.items()]
        return dict(pairs) if _is_avro_map(key) else [{"key": k, "value": v} for k, v in pairs]

    return convert
