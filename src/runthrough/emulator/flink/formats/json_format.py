"""JSON Schema and Flink columns, each from the other, and their values (`json-registry`).

The titles and `connect.*` keys are those of Kafka Connect's JSON Schema converter, which tells
apart what JSON cannot (facts/flink-sql-ai.md 1.3 names the format, not its details: a choice).
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from runthrough.emulator.flink.catalog import Column
from runthrough.emulator.flink.formats.avro_format import duckdb_map, entry_types
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
    describe,
    timestamp_ltz,
)

_TITLE = "org.apache.kafka.connect.data."
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY_ZERO = dt.date(1970, 1, 1)
_SIMPLE: dict[str, dict[str, Any]] = {
    "BOOLEAN": {"type": "boolean"},
    "TINYINT": {"type": "number", "connect.type": "int8"},
    "SMALLINT": {"type": "number", "connect.type": "int16"},
    "INTEGER": {"type": "number", "connect.type": "int32"},
    "BIGINT": {"type": "number", "connect.type": "int64"},
    "FLOAT": {"type": "number", "connect.type": "float32"},
    "DOUBLE": {"type": "number", "connect.type": "float64"},
    "CHAR": {"type": "string"},
    "VARCHAR": {"type": "string"},
    "BINARY": {"type": "string", "connect.type": "bytes"},
    "VARBINARY": {"type": "string", "connect.type": "bytes"},
    "DATE": {"type": "number", "connect.type": "int32", "title": _TITLE + "Date"},
    "TIME": {"type": "number", "connect.type": "int32", "title": _TITLE + "Time"},
}
_CONNECT_TYPES = {
    "int8": FlinkType("TINYINT"),
    "int16": FlinkType("SMALLINT"),
    "int32": INT,
    "int64": BIGINT,
    "float32": FlinkType("FLOAT"),
    "float64": DOUBLE,
    "bytes": BYTES,
}
_JSON_TYPES = {"string": STRING, "boolean": BOOLEAN, "integer": BIGINT, "number": DOUBLE}
_TITLES = {
    _TITLE + "Date": DATE,
    _TITLE + "Time": FlinkType("TIME", precision=3),
    _TITLE + "Timestamp": timestamp_ltz(3),
}


def object_schema(columns: Sequence[Column]) -> dict[str, Any]:
    """Return the JSON Schema a table's columns are written with. Raises SqlError (INTERVAL)."""
    return {"title": "Record", **_object([(c.name, c.type) for c in columns])}


def _object(fields: Sequence[tuple[str, FlinkType]]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"connect.index": n, **_schema(t, name)} for n, (name, t) in enumerate(fields)
        },
    }
    if required := [name for name, t in fields if not t.nullable]:
        schema["required"] = required
    return schema


def _schema(t: FlinkType, path: str) -> dict[str, Any]:
    schema = _not_null(t, path)
    return {"oneOf": [{"type": "null"}, schema]} if t.nullable else schema


def _not_null(t: FlinkType, path: str) -> dict[str, Any]:
    match t.root:
        case "DECIMAL":
            numbers = {"connect.decimal.precision": t.precision, "connect.decimal.scale": t.scale}
            return {"type": "number", "title": _TITLE + "Decimal", **numbers}
        case "TIMESTAMP_LTZ" | "TIMESTAMP":
            local = {} if t.root == "TIMESTAMP_LTZ" else {"flink.type": "TIMESTAMP"}
            exact = {} if t.precision == 3 else {"flink.precision": t.precision}
            head = {"type": "number", "connect.type": "int64", "title": _TITLE + "Timestamp"}
            return {**head, **local, **exact}
        case "ARRAY" if t.element:
            return {"type": "array", "items": _schema(t.element, path)}
        case "MAP" | "MULTISET":
            key, value = entry_types(t)
            if key.root in ("VARCHAR", "CHAR"):
                return {
                    "type": "object",
                    "connect.type": "map",
                    "additionalProperties": _schema(value, path),
                }
            items = _object([("key", key), ("value", value)])
            return {"type": "array", "connect.type": "map", "items": items}
        case "ROW":
            return _object(t.fields)
        case root if root in _SIMPLE:
            return _SIMPLE[root]
    raise SqlError(f"The type {describe(t)} of {path!r} has no JSON Schema, so it is not storable.")


def columns_of(schema: Any, *, place: str) -> tuple[Column, ...]:
    """Return the columns of an object schema; what is not required is nullable.

    Raises:
        SqlError: the schema is no object, or has a part the emulator does not read.
    """
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        raise SqlError(f"The schema of subject '{place}' is not a JSON object.")
    return tuple(Column(name, t) for name, t in _fields(schema, place))


def _fields(schema: Mapping[str, Any], place: str) -> tuple[tuple[str, FlinkType], ...]:
    required = schema.get("required", [])
    listed = sorted(
        schema.get("properties", {}).items(), key=lambda item: item[1].get("connect.index", 0)
    )
    fields = []
    for name, part in listed:
        t = flink_type(part, place=f"{place}.{name}")
        fields.append((name, t if name in required else t.or_null()))
    return tuple(fields)


def flink_type(schema: Any, *, place: str) -> FlinkType:
    """Return the Flink type of a JSON Schema, NOT NULL unless it allows null. Raises SqlError."""
    if isinstance(schema, Mapping) and (branches := schema.get("oneOf") or schema.get("anyOf")):
        others = [b for b in branches if b.get("type") != "null"]
        if len(others) == 1:
            t = flink_type(others[0], place=place)
            return t.or_null() if len(branches) > 1 else t
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if isinstance(kind, list) and len(others := [k for k in kind if k != "null"]) == 1:
        t = flink_type({**schema, "type": others[0]}, place=place)
        return t.or_null() if "null" in kind else t
    if isinstance(schema, Mapping) and (found := _known(schema, kind, place)) is not None:
        return found.not_null()
    raise SqlError(
        f"The emulator does not read this JSON Schema ({place}); the live target may. "
        "See what is emulated."
    )


def _known(schema: Mapping[str, Any], kind: object, place: str) -> FlinkType | None:
    title, connect = schema.get("title"), schema.get("connect.type")
    if title == _TITLE + "Decimal":
        precision = schema.get("connect.decimal.precision", 38)
        return decimal(precision, schema.get("connect.decimal.scale", 0))
    if title in _TITLES:
        root = schema.get("flink.type", _TITLES[title].root)
        precision = schema.get("flink.precision", _TITLES[title].precision)
        return FlinkType(root, precision=precision)
    if kind == "array" and connect == "map":
        entry = dict(_fields(schema["items"], place))
        return FlinkType("MAP", key=entry["key"], value=entry["value"])
    if kind == "array" and "items" in schema:
        return array(flink_type(schema["items"], place=place))
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        value = flink_type(schema["additionalProperties"], place=place)
        return FlinkType("MAP", key=STRING.not_null(), value=value)
    if kind == "object":
        return FlinkType("ROW", fields=_fields(schema, place))
    return _CONNECT_TYPES.get(connect or "") or _JSON_TYPES.get(str(kind))


def to_json(value: Any, t: FlinkType) -> Any:
    """Return a value fetched from DuckDB as `json.dumps` takes it."""
    if value is None:
        return None
    match t.root:
        case "BINARY" | "VARBINARY":
            return base64.b64encode(value).decode()
        case "DECIMAL":
            return float(value) if value % 1 else int(value)
        case "DATE":
            return (value - _DAY_ZERO).days
        case "TIME":
            return _millis(dt.datetime.combine(_DAY_ZERO, value, dt.UTC))
        case "TIMESTAMP":
            return _units(value.replace(tzinfo=dt.UTC), t)
        case "TIMESTAMP_LTZ":
            return _units(value, t)
        case "ARRAY" if t.element:
            return [to_json(item, t.element) for item in value]
        case "MAP" | "MULTISET":
            key, part = entry_types(t)
            pairs = [(to_json(k, key), to_json(v, part)) for k, v in value.items()]
            if key.root in ("VARCHAR", "CHAR"):
                return dict(pairs)
            return [{"key": k, "value": v} for k, v in pairs]
        case "ROW":
            return {name: to_json(value[name], field) for name, field in t.fields}
    return value


def _millis(value: dt.datetime) -> int:
    return (value - _EPOCH) // dt.timedelta(milliseconds=1)


def _units(value: dt.datetime, t: FlinkType) -> int:
    return (value - _EPOCH) // _unit(t)


def _unit(t: FlinkType) -> dt.timedelta:
    return dt.timedelta(microseconds=1 if (t.precision or 0) > 3 else 1000)


def from_json(value: Any, t: FlinkType) -> Any:
    """Return what `json.loads` read as a value for DuckDB.

    Raises:
        ValueError: the value is not of the type.
    """
    if value is None:
        return None
    convert = _READERS.get(t.root)
    if convert is None:
        raise ValueError(f"{describe(t)} is not read from JSON")
    try:
        return convert(value, t)
    except (TypeError, AttributeError, ArithmeticError) as e:
        raise ValueError(f"{value!r} is no {describe(t)}") from e


def _whole(value: Any, _: FlinkType) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1:
        raise TypeError
    return int(value)


def _number(value: Any, _: FlinkType) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _text(value: Any, _: FlinkType) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _boolean(value: Any, _: FlinkType) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _map(value: Any, t: FlinkType) -> Any:
    key, part = entry_types(t)
    pairs = value.items() if isinstance(value, dict) else [(e["key"], e["value"]) for e in value]
    return duckdb_map((from_json(k, key), from_json(v, part)) for k, v in pairs)


def _row(value: Any, t: FlinkType) -> Any:
    return {name: from_json(value.get(name), field) for name, field in t.fields}


def _array(value: Any, t: FlinkType) -> Any:
    if not isinstance(value, list) or t.element is None:
        raise TypeError
    return [from_json(item, t.element) for item in value]


def _time(value: Any, _: FlinkType) -> dt.time:
    return (_EPOCH + dt.timedelta(milliseconds=value)).time()


_READERS: dict[str, Callable[[Any, FlinkType], Any]] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT"), _whole),
    **dict.fromkeys(("FLOAT", "DOUBLE"), _number),
    **dict.fromkeys(("CHAR", "VARCHAR"), _text),
    **dict.fromkeys(("BINARY", "VARBINARY"), lambda v, _: base64.b64decode(v, validate=True)),
    **dict.fromkeys(("MAP", "MULTISET"), _map),
    "BOOLEAN": _boolean,
    "DECIMAL": lambda v, _: Decimal(str(v)),
    "DATE": lambda v, _: _DAY_ZERO + dt.timedelta(days=v),
    "TIME": _time,
    "TIMESTAMP": lambda v, t: (_EPOCH + v * _unit(t)).replace(tzinfo=None),
    "TIMESTAMP_LTZ": lambda v, t: _EPOCH + v * _unit(t),
    "ARRAY": _array,
    "ROW": _row,
}
