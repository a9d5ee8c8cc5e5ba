"""JSON Schema and Flink columns, each from the other (`json-registry`).

Sources: facts/flink-sql-ai.md 1.3; docs.confluent.io, Flink SQL reference, "Data Type Mappings":
the titles and `connect.*` keys are those of Kafka Connect's JSON Schema converter, which tell
apart what JSON cannot; several types in one place are a row of `connect_union_field_0`, …; the
fields of an object come in the order of `connect.index`, else of their names. That a value of more
than millisecond precision is a number of microseconds is a choice. Values: `json_values`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runthrough.emulator.flink.catalog import Column
from runthrough.emulator.flink.formats.avro_values import entry_types
from runthrough.emulator.flink.parse.refusals import not_emulated
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
    timestamp_ltz,
)

UNION_FIELD = "connect_union_field_"
_MAX_REFERENCES = 20
_VERSION = {"flink.version": "1"}
_TITLE = "org.apache.kafka.connect.data."
_SIMPLE: dict[str, dict[str, Any]] = {
    "BOOLEAN": {"type": "boolean"},
    "TINYINT": {"type": "number", "connect.type": "int8"},
    "SMALLINT": {"type": "number", "connect.type": "int16"},
    "INTEGER": {"type": "number", "connect.type": "int32"},
    "BIGINT": {"type": "number", "connect.type": "int64"},
    "FLOAT": {"type": "number", "connect.type": "float32"},
    "DOUBLE": {"type": "number", "connect.type": "float64"},
    "DATE": {"type": "number", "connect.type": "int32", "title": _TITLE + "Date"},
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
    """Return the JSON Schema a table's columns are written with. Raises SqlError (INTERVAL).

    Comments become `description` (a choice).
    """
    return {"title": "Record", **_object([(c.name, c.type, c.comment) for c in columns])}


def _object(fields: Sequence[tuple[str, FlinkType, str | None]]) -> dict[str, Any]:
    properties = {}
    for index, (name, t, comment) in enumerate(fields):
        said = {"description": comment} if comment else {}
        properties[name] = {"connect.index": index, **said, **_schema(t, name)}
    schema: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }
    if required := [name for name, t, _ in fields if not t.nullable]:
        schema["required"] = required
    return schema


def _schema(t: FlinkType, path: str) -> dict[str, Any]:
    schema = _not_null(t, path)
    return {"oneOf": [{"type": "null"}, schema]} if t.nullable else schema


def _not_null(t: FlinkType, path: str) -> dict[str, Any]:
    match t.root:
        case "CHAR" | "VARCHAR":
            return {"type": "string", **_text_length(t)}
        case "BINARY" | "VARBINARY":
            return {"type": "string", **_byte_length(t), "connect.type": "bytes"}
        case "DECIMAL":
            numbers = {"scale": str(t.scale), "connect.decimal.precision": str(t.precision)}
            head = {"type": "number", "title": _TITLE + "Decimal", "connect.type": "bytes"}
            return {**head, "connect.parameters": numbers}
        case "TIME" if (t.precision or 0) <= 3:
            head = {"type": "number", "title": _TITLE + "Time", "connect.type": "int32"}
            return {**head, **_precision(t)}
        case "TIMESTAMP_LTZ" | "TIMESTAMP":
            local = {} if t.root == "TIMESTAMP_LTZ" else {"flink.type": "timestamp", **_VERSION}
            head = {"type": "number", "connect.type": "int64", "title": _TITLE + "Timestamp"}
            return {**head, **local, **_precision(t)}
        case "ARRAY" if t.element:
            return {"type": "array", "items": _schema(t.element, path)}
        case "MAP" | "MULTISET":
            counted = {"flink.type": "multiset", **_VERSION} if t.root == "MULTISET" else {}
            return {**_map(t, path), **counted}
        case "ROW":
            return _object([(n, f, None) for n, f in t.fields])
        case root if root in _SIMPLE:
            return _SIMPLE[root]
    raise SqlError(f"The type {describe(t)} of {path!r} has no JSON Schema, so it is not storable.")


def _text_length(t: FlinkType) -> dict[str, Any]:
    if t.length == MAX_LENGTH:
        return {}
    return {**({"minLength": t.length} if t.root == "CHAR" else {}), "maxLength": t.length}


def _byte_length(t: FlinkType) -> dict[str, Any]:
    if t.length == MAX_LENGTH:
        return {}
    least = {"flink.minLength": t.length} if t.root == "BINARY" else {}
    return {**least, "flink.maxLength": t.length, **_VERSION}


def _precision(t: FlinkType) -> dict[str, Any]:
    return {} if t.precision == 3 else {"flink.precision": t.precision, **_VERSION}


def _map(t: FlinkType, path: str) -> dict[str, Any]:
    key, value = entry_types(t)
    if is_text_key(key):
        values = _schema(value, path)
        return {"type": "object", "connect.type": "map", "additionalProperties": values}
    items = _object([("key", key, None), ("value", value, None)])
    return {"type": "array", "connect.type": "map", "items": items}


def is_text_key(key: FlinkType) -> bool:
    """Return whether a map with keys of a type is a JSON object."""
    return key.root in ("VARCHAR", "CHAR")


# -- schema → columns ------------------------------------------------------------------------------


def columns_of(schema: Any, *, place: str, alone: str = "val") -> tuple[Column, ...]:
    """Return the columns of a schema; what is not required is nullable.

    Several kinds of objects are a column each; what is no object is one column.

    Args:
        schema: the JSON Schema.
        place: the subject, for error texts.
        alone: the name of the only column.

    Raises:
        SqlError: the schema has a part the emulator does not read.
    """
    t = flink_type(schema, place=place, root=schema)
    resolved = _resolved(schema, schema, place)
    is_object = resolved.get("type") == "object" or "properties" in resolved
    if t.root != "ROW":
        return (Column(alone, t),)
    properties = resolved.get("properties", {}) if is_object else {}
    return tuple(
        Column(name, field, comment=properties.get(name, {}).get("description"))
        for name, field in t.fields
    )


def flink_type(schema: Any, *, place: str, root: Any) -> FlinkType:
    """Return the Flink type of a JSON Schema, NOT NULL unless it allows null. Raises SqlError.

    Args:
        schema: a part of `root`.
        place: where it stands, for error texts.
        root: the whole, for its `$ref`s.
    """
    schema = _resolved(schema, root, place)
    branches, null = _branches(schema)
    if branches is not None:
        if len(branches) == 1:
            t = flink_type(branches[0], place=place, root=root)
            return t.or_null() if null else t
        fields = tuple(
            (
                f"{UNION_FIELD}{n}",
                flink_type(b, place=f"{place}.{UNION_FIELD}{n}", root=root).or_null(),
            )
            for n, b in enumerate(branches)
        )
        return FlinkType("ROW", nullable=null, fields=fields)
    if (found := _known(schema, place, root)) is not None:
        return found.not_null()
    raise _unread(place)


def _unread(place: str) -> SqlError:
    return not_emulated(f"reading this JSON Schema ({place})")


def _resolved(schema: Any, root: Any, place: str) -> Mapping[str, Any]:
    """Follow `$ref` within the schema and merge `allOf`."""
    for _ in range(_MAX_REFERENCES):
        if not isinstance(schema, Mapping):
            raise _unread(place)
        reference = schema.get("$ref")
        if reference is None:
            break
        schema = _target(str(reference), root, place)
    else:
        raise _unread(place)
    if not isinstance(parts := schema.get("allOf"), list):
        return schema
    merged: dict[str, Any] = {k: v for k, v in schema.items() if k != "allOf"}
    for part in parts:
        added = _resolved(part, root, place)
        merged = {
            **merged,
            **added,
            "properties": {**merged.get("properties", {}), **added.get("properties", {})},
            "required": [*merged.get("required", []), *added.get("required", [])],
        }
    return merged


def _target(reference: str, root: Any, place: str) -> Any:
    if not reference.startswith("#/"):
        raise _unread(place)
    found = root
    for step in reference[2:].split("/"):
        if not isinstance(found, Mapping) or step not in found:
            raise _unread(place)
        found = found[step]
    return found


def _branches(schema: Mapping[str, Any]) -> tuple[list[Any] | None, bool]:
    """Return the alternatives of a schema without null, and whether null is one of them."""
    listed = schema.get("oneOf") or schema.get("anyOf")
    if isinstance(listed, list):
        others = [b for b in listed if not (isinstance(b, Mapping) and b.get("type") == "null")]
        return (others, len(others) < len(listed)) if others else (None, False)
    kind = schema.get("type")
    if isinstance(kind, list):
        kinds = [k for k in kind if k != "null"]
        if kinds:
            return [{**schema, "type": k} for k in kinds], len(kinds) < len(kind)
    return None, False


def _fields(schema: Mapping[str, Any], place: str, root: Any) -> tuple[tuple[str, FlinkType], ...]:
    required = schema.get("required", [])
    listed = sorted(schema.get("properties", {}).items(), key=_place_of)
    fields = []
    for name, part in listed:
        t = flink_type(part, place=f"{place}.{name}", root=root)
        fields.append((name, t if name in required else t.or_null()))
    if not fields:
        raise _unread(place)
    return tuple(fields)


def _place_of(item: tuple[str, Any]) -> tuple[float, str]:
    name, part = item
    index = part.get("connect.index") if isinstance(part, Mapping) else None
    return (index if isinstance(index, int) else float("inf")), name


def _known(schema: Mapping[str, Any], place: str, root: Any) -> FlinkType | None:
    kind, title, connect = schema.get("type"), schema.get("title"), schema.get("connect.type")
    if title == _TITLE + "Decimal":
        numbers = {**schema, **schema.get("connect.parameters", {})}
        scale = numbers.get("scale", numbers.get("connect.decimal.scale", 0))
        return decimal(int(numbers.get("connect.decimal.precision", 38)), int(scale))
    if title in _TITLES:
        local = str(schema.get("flink.type", "")).lower() == "timestamp"
        precision = schema.get("flink.precision", _TITLES[title].precision)
        return FlinkType("TIMESTAMP" if local else _TITLES[title].root, precision=precision)
    if connect == "map":
        return _map_type(schema, kind, place, root)
    if kind == "array" and "items" in schema:
        return array(flink_type(schema["items"], place=place, root=root))
    if kind == "object" or (kind is None and "properties" in schema):
        if not schema.get("properties") and isinstance(schema.get("additionalProperties"), Mapping):
            return _map_type(schema, "object", place, root)
        return FlinkType("ROW", fields=_fields(schema, place, root))
    if "enum" in schema and kind in (None, "string"):
        return STRING
    if connect in _CONNECT_TYPES:
        return _sized(_CONNECT_TYPES[connect], schema)
    return _sized(_JSON_TYPES[kind], schema) if kind in _JSON_TYPES else None


def _map_type(schema: Mapping[str, Any], kind: object, place: str, root: Any) -> FlinkType:
    if kind == "object":
        key = STRING.not_null()
        value = flink_type(schema["additionalProperties"], place=place, root=root)
    else:
        entry = dict(_fields(_resolved(schema["items"], root, place), place, root))
        key, value = entry["key"], entry["value"]
    if schema.get("flink.type") == "multiset":
        return FlinkType("MULTISET", element=key)
    return FlinkType("MAP", key=key, value=value)


def _sized(t: FlinkType, schema: Mapping[str, Any]) -> FlinkType:
    prefix, fixed = {"VARCHAR": ("", "CHAR"), "VARBINARY": ("flink.", "BINARY")}.get(
        t.root, ("", "")
    )
    most = schema.get(f"{prefix}maxLength")
    if not fixed or most is None:
        return t
    return FlinkType(fixed if schema.get(f"{prefix}minLength") == most else t.root, length=most)
