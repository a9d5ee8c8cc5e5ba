"""Avro schemas and Flink columns, each from the other.

Sources: facts/flink-sql-ai.md 1.3 (inferred tables) and 6.2 (types); docs.confluent.io, Flink SQL
reference, "Data Type Mappings": the Avro schema that CREATE TABLE registers for each type, and
what is inferred for types Flink does not write (enum, fixed, uuid, time-micros, unions). How its
values are converted is `avro_values`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from runthrough.emulator.flink.catalog import Column
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
    timestamp,
    timestamp_ltz,
)

NAMESPACE = "org.apache.flink.avro.generated.record"
MAP_ENTRY = "io.confluent.connect.avro.MapEntry"

_PLAIN = {"BOOLEAN": "boolean", "INTEGER": "int", "BIGINT": "long", "FLOAT": "float"} | {
    "DOUBLE": "double"
}
_CONNECT = {"TINYINT": "int8", "SMALLINT": "int16"}
_VERSION = {"flink.version": "1"}
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
        columns: physical ones, in order; their comments become `doc`.

    Raises:
        SqlError: a type has no Avro form (INTERVAL, TIME of more than milliseconds), or a name is
            none to Avro.
    """
    name = _word(name)
    if name[:1].isdigit():
        name = f"_{name}"
    writer = _SchemaWriter()
    fields = []
    for column in columns:
        field = writer.field(column.name, column.type, name)
        fields.append({**field, "doc": column.comment} if column.comment else field)
    return {"type": "record", "name": name, "namespace": NAMESPACE, "fields": fields}


class _SchemaWriter:
    """Writes the schema of one record; Avro lets a name be defined once."""

    def __init__(self) -> None:
        self._has_entry = False

    def field(self, name: str, t: FlinkType, parent: str) -> dict[str, Any]:
        # `$` is none of Avro's letters, but a CTAS has columns EXPR$0, EXPR$1 (facts 1.4).
        if not re.fullmatch("[A-Za-z_][A-Za-z0-9_$]*", name):
            raise SqlError(
                f"The name '{name}' is none in an Avro schema: Avro takes letters, digits and "
                "underscores, not beginning with a digit. Use another format, as 'json-registry'."
            )
        schema = self._schema(t, f"{parent}_{name}")
        default = {"default": None} if t.nullable else {}
        return {"name": name, "type": schema, **default}

    def _schema(self, t: FlinkType, path: str) -> Any:
        schema = self._not_null(t, path)
        return ["null", schema] if t.nullable else schema

    def _not_null(self, t: FlinkType, path: str) -> Any:
        match t.root:
            case "VARCHAR" | "CHAR":
                return "string" if t.length == MAX_LENGTH else {"type": "string", **_length(t)}
            case "BINARY":
                return {"type": "fixed", "name": _word(path), "size": t.length}
            case "VARBINARY":
                return "bytes" if t.length == MAX_LENGTH else {"type": "bytes", **_length(t)}
            case "TINYINT" | "SMALLINT":
                return {"type": "int", "connect.type": _CONNECT[t.root]}
            case "DECIMAL":
                numbers = {"precision": t.precision, "scale": t.scale}
                return {"type": "bytes", "logicalType": "decimal", **numbers}
            case "DATE":
                return {"type": "int", "logicalType": "date"}
            case "TIME" if (t.precision or 0) <= 3:
                return {"type": "int", "logicalType": "time-millis", **_precision(t, 3)}
            case "TIMESTAMP":
                return _instant("local-timestamp", t)
            case "TIMESTAMP_LTZ":
                return _instant("timestamp", t)
            case "ARRAY" if t.element:
                return {"type": "array", "items": self._schema(t.element, path)}
            case "MAP" if t.key and t.value:
                return self._map(t.key, t.value, path)
            case "MULTISET" if t.element:
                counts = self._map(t.element, INT.not_null(), path)
                return {**counts, "flink.type": "multiset", **_VERSION}
            case "ROW":
                fields = [self.field(name, field, path) for name, field in t.fields]
                return {"type": "record", "name": _word(path), "fields": fields}
            case root if root in _PLAIN:
                return _PLAIN[root]
        raise SqlError(
            f"The type {describe(t)} of {path!r} has no Avro schema, so it is not storable."
        )

    def _map(self, key: FlinkType, value: FlinkType, path: str) -> dict[str, Any]:
        if is_avro_map(key):
            return {"type": "map", "values": self._schema(value, path)}
        namespace, _, name = MAP_ENTRY.rpartition(".")
        if self._has_entry:
            # Further maps of one schema need names of their own; how Confluent has it is unknown.
            name = f"{_word(path)}_{name}"
        self._has_entry = True
        fields = [
            {"name": "key", "type": self._schema(key, f"{path}_key")},
            {"name": "value", "type": self._schema(value, f"{path}_value")},
        ]
        entry = {"type": "record", "name": name, "namespace": namespace, "fields": fields}
        return {"type": "array", "items": {**entry, "connect.internal.type": "MapEntry"}}


def is_avro_map(key: FlinkType) -> bool:
    """Return whether a map with keys of a type is an Avro map, which has text for keys."""
    return key.root in ("VARCHAR", "CHAR") and not key.nullable


def _length(t: FlinkType) -> dict[str, Any]:
    least = {"flink.minLength": t.length} if t.root == "CHAR" else {}
    return {**least, "flink.maxLength": t.length, **_VERSION}


def _precision(t: FlinkType, usual: int) -> dict[str, Any]:
    return {} if t.precision == usual else {"flink.precision": t.precision, **_VERSION}


def _instant(logical: str, t: FlinkType) -> dict[str, Any]:
    if (t.precision or 0) <= 3:
        return {"type": "long", "logicalType": f"{logical}-millis", **_precision(t, 3)}
    return {"type": "long", "logicalType": f"{logical}-micros", **_precision(t, 6)}


def _word(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", path)


# -- schema → columns ------------------------------------------------------------------------------


def columns_of(schema: Any, *, place: str, alone: str = "val") -> tuple[Column, ...]:
    """Return the columns of a schema as Flink infers them; a plain T is NOT NULL.

    A union of several types has a column for each, as a topic of several kinds of events has.
    Anything but a record is one column (that it is called `val` in values is a choice).

    Args:
        schema: as `fastavro.parse_schema` returns it.
        place: the subject, for error texts.
        alone: the name of the only column.

    Raises:
        SqlError: the schema has a type the emulator does not read.
    """
    named = named_types(schema)
    branches = union_branches(schema)
    if len(branches) > 1:
        row = flink_type(schema, place=place, named=named)
        return tuple(Column(name, t) for name, t in row.fields)
    if isinstance(branches[0], dict) and branches[0].get("type") == "record":
        return tuple(
            Column(
                f["name"],
                flink_type(f["type"], place=f"{place}.{f['name']}", named=named),
                comment=f.get("doc"),
            )
            for f in branches[0]["fields"]
        )
    return (Column(alone, flink_type(schema, place=place, named=named)),)


def union_branches(schema: Any) -> list[Any]:
    """Return the branches of a union other than null; of any other schema, itself."""
    if not isinstance(schema, list):
        return [schema]
    return [branch for branch in schema if branch not in ("null", {"type": "null"})]


def named_types(schema: Any) -> dict[str, Any]:
    """Return the types that a parsed schema refers to by name."""
    found: dict[str, Any] = {}

    def look(node: Any) -> None:
        if isinstance(node, list):
            for branch in node:
                look(branch)
        elif isinstance(node, dict):
            found.update(node.get("__named_schemas", {}))
            if "name" in node and node.get("type") in ("record", "error", "enum", "fixed"):
                found[node["name"]] = node
            for part in ("type", "items", "values"):
                look(node.get(part))
            for field in node.get("fields", ()):
                look(field["type"])

    look(schema)
    return found


def branch_name(schema: Any) -> str:
    """Return how a branch of a union is called: a named type's last part, else the type."""
    if isinstance(schema, str):
        return schema.rpartition(".")[2]
    return str(schema.get("name", schema["type"])).rpartition(".")[2]


def flink_type(schema: Any, *, place: str, named: Mapping[str, Any]) -> FlinkType:
    """Return the Flink type of an Avro schema. Raises SqlError as `columns_of`.

    Args:
        schema: a part of a parsed schema.
        place: where it stands, for error texts.
        named: the schemas that may be referred to by name; None = the one we are inside of.
    """
    if isinstance(schema, list):
        branches = union_branches(schema)
        if not branches:
            raise _unread(place, "a union of nothing but null")
        if len(branches) > 1:
            return _union(schema, branches, place, named)
        inner = flink_type(branches[0], place=place, named=named)
        return inner.or_null() if len(branches) < len(schema) else inner
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
        case "record" | "error":
            fields = tuple(
                (f["name"], flink_type(f["type"], place=f"{place}.{f['name']}", named=named))
                for f in schema["fields"]
            )
            if not fields:
                raise _unread(place, "a record without fields")
            return FlinkType("ROW", nullable=False, fields=fields)
        case "array":
            return _array(flink_type(schema["items"], place=place, named=named), schema, named)
        case "map":
            value = flink_type(schema["values"], place=place, named=named)
            return _map_type(schema, STRING.not_null(), value)
        case "fixed":
            return FlinkType("BINARY", nullable=False, length=schema["size"])
        case _ if kind in _FLINK:
            return _sized(_FLINK[kind], schema).not_null()
    raise _unread(place, f"the Avro type {kind!r}")


def _union(
    schema: list[Any], branches: list[Any], place: str, named: Mapping[str, Any]
) -> FlinkType:
    fields = tuple(
        (branch_name(b), flink_type(b, place=f"{place}.{branch_name(b)}", named=named).or_null())
        for b in branches
    )
    if len({name for name, _ in fields}) < len(fields):
        raise _unread(place, "a union of types with the same name")
    return FlinkType("ROW", nullable=len(branches) < len(schema), fields=fields)


def _array(element: FlinkType, schema: dict[str, Any], named: Mapping[str, Any]) -> FlinkType:
    if is_map_entry(schema["items"], named):
        fields = dict(element.fields)
        return _map_type(schema, fields["key"], fields["value"])
    return array(element).not_null()


def is_map_entry(items: Any, named: Mapping[str, Any]) -> bool:
    """Return whether the items of an array are the entries of a map."""
    entry = named.get(items) if isinstance(items, str) else items
    if not isinstance(entry, dict) or entry.get("type") != "record":
        return False
    if [f["name"] for f in entry["fields"]] != ["key", "value"]:
        return False
    return entry.get("connect.internal.type") == "MapEntry" or entry.get("name") == MAP_ENTRY


def _map_type(schema: dict[str, Any], key: FlinkType, value: FlinkType) -> FlinkType:
    if schema.get("flink.type") == "multiset":
        return FlinkType("MULTISET", nullable=False, element=key)
    return FlinkType("MAP", nullable=False, key=key, value=value)


def _logical_type(schema: dict[str, Any]) -> FlinkType | None:
    precision = schema.get("flink.precision")
    match schema.get("logicalType"):
        case "decimal":
            return decimal(schema["precision"], schema.get("scale", 0))
        case "date":
            return DATE
        case "time-millis":
            return FlinkType("TIME", precision=3 if precision is None else precision)
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
    return not_emulated(f"reading {what} ({place})")
