"""Values of Avro records, as fastavro has them, and of DuckDB, each from the other.

Guided by both the Flink type and the Avro schema: a union of several types is a row with one
field for each of them, a map may be a list of entries, `time-micros` and `uuid` are the bare
number and text to Flink (docs.confluent.io, "Data Type Mappings").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

import fastavro

from runthrough.emulator.flink.formats.avro_format import (
    branch_name,
    named_types,
    union_branches,
)
from runthrough.emulator.flink.types import INT, FlinkType

Converter = Callable[[Any], Any]
_BARE = ("uuid", "time-micros", "duration")
"""Logical types that Flink does not look at, but fastavro may."""


def readable(schema: Any) -> Any:
    """Return a parsed schema that makes fastavro read what Flink does."""
    own: set[str] = set()
    plain = _plain(schema, own)
    if plain == schema:
        return schema
    others = {n: _plain(s, set()) for n, s in named_types(schema).items() if n not in own}
    return fastavro.parse_schema(plain, named_schemas=others)


def _plain(node: Any, own: set[str]) -> Any:
    if isinstance(node, list):
        return [_plain(branch, own) for branch in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") in ("record", "enum", "fixed") and "name" in node:
        own.add(node["name"])
    kept = {
        key: value
        for key, value in node.items()
        if not (key == "logicalType" and value in _BARE) and not key.startswith("__")
    }
    for part in ("type", "items", "values"):
        if part in kept:
            kept[part] = _plain(kept[part], own)
    if "fields" in kept:
        kept["fields"] = [{**f, "type": _plain(f["type"], own)} for f in kept["fields"]]
    return kept


# -- reading ---------------------------------------------------------------------------------------


def reader_of(t: FlinkType, schema: Any, named: Mapping[str, Any]) -> Converter | None:
    """Return how a value read by fastavro becomes one for DuckDB; None = as it is."""
    schema = _resolved(schema, named)
    if isinstance(schema, list):
        branches = union_branches(schema)
        if len(branches) > 1:
            return _union_reader(t, branches, named)
        return reader_of(t, branches[0], named) if branches else None
    match t.root:
        case "MAP" | "MULTISET":
            return _map_reader(t, schema, named)
        case "ARRAY" if t.element and schema["type"] == "array":
            inner = reader_of(t.element, schema["items"], named)
            if inner is None:
                return None
            return lambda items: [None if i is None else inner(i) for i in items]
        case "ROW" if schema["type"] == "record":
            written = {f["name"]: f["type"] for f in schema["fields"]}
            parts = {
                name: reader_of(field, written[name], named) if name in written else None
                for name, field in t.fields
            }
            return lambda row: {n: _apply(c, row.get(n)) for n, c in parts.items()}
    return None


def _map_reader(t: FlinkType, schema: Any, named: Mapping[str, Any]) -> Converter:
    key, value = entry_types(t)
    if schema["type"] == "map":
        convert_value = reader_of(value, schema["values"], named)
        return lambda read: duckdb_map((k, _apply(convert_value, v)) for k, v in read.items())
    entry = _resolved(schema["items"], named)
    parts = {f["name"]: f["type"] for f in entry["fields"]}
    of_key, of_value = reader_of(key, parts["key"], named), reader_of(value, parts["value"], named)
    return lambda read: duckdb_map(
        (_apply(of_key, e["key"]), _apply(of_value, e["value"])) for e in read
    )


def _union_reader(t: FlinkType, branches: list[Any], named: Mapping[str, Any]) -> Converter:
    resolved = [_resolved(branch, named) for branch in branches]
    types = dict(t.fields)
    names = [branch_name(b) for b in branches]
    converters = {
        name: reader_of(types[name], schema, named)
        for name, schema in zip(names, resolved, strict=True)
        if name in types
    }
    tests = [(n, _test(s)) for n, s in zip(names, resolved, strict=True)]

    def convert(value: Any) -> dict[str, Any]:
        if isinstance(value, tuple):
            name, value = value[0].rpartition(".")[2], value[1]
        else:
            name = next((n for n, fits in tests if fits(value)), "")
        return {n: _apply(c, value) if n == name else None for n, c in converters.items()}

    return convert


def _test(schema: Any) -> Callable[[Any], bool]:
    """Return what tells a value of a union's branch.

    The values of named types come with their names where a union has several of those.
    """
    kind, logical = schema["type"], schema.get("logicalType", "")
    if logical == "decimal":
        return lambda v: isinstance(v, Decimal)
    if logical == "date":
        return lambda v: isinstance(v, dt.date) and not isinstance(v, dt.datetime)
    if logical.startswith("time-"):
        return lambda v: isinstance(v, dt.time)
    if "timestamp" in logical:
        local = logical.startswith("local-")
        return lambda v: isinstance(v, dt.datetime) and (v.tzinfo is None) is local
    if kind == "int":
        return lambda v: type(v) is int and -(2**31) <= v < 2**31
    if kind == "record":
        names = {f["name"] for f in schema["fields"]}
        return lambda v: isinstance(v, dict) and v.keys() == names
    if kind == "enum":
        return lambda v: isinstance(v, str) and v in schema["symbols"]
    if kind == "fixed":
        return lambda v: isinstance(v, bytes) and len(v) == schema["size"]
    classes: dict[str, type] = {
        "boolean": bool, "long": int, "float": float, "double": float, "string": str,
        "bytes": bytes, "array": list, "map": dict,
    }  # fmt: skip
    known = classes.get(kind)
    return lambda v: known is not None and type(v) is known


# -- writing ---------------------------------------------------------------------------------------


def writer_of(t: FlinkType, schema: Any, named: Mapping[str, Any]) -> Converter | None:
    """Return how a value fetched from DuckDB becomes one for fastavro; None = as it is."""
    schema = _resolved(schema, named)
    if isinstance(schema, list):
        branches = union_branches(schema)
        if len(branches) > 1:
            return _union_writer(t, branches, named)
        return writer_of(t, branches[0], named) if branches else None
    match t.root:
        case "MAP" | "MULTISET":
            return _map_writer(t, schema, named)
        case "ARRAY" if t.element and schema["type"] == "array":
            inner = writer_of(t.element, schema["items"], named)
            if inner is None:
                return None
            return lambda items: [None if i is None else inner(i) for i in items]
        case "ROW" if schema["type"] == "record":
            written = {f["name"]: f["type"] for f in schema["fields"]}
            parts = {
                name: writer_of(field, written[name], named)
                for name, field in t.fields
                if name in written
            }
            return lambda row: {n: _apply(c, row[n]) for n, c in parts.items()}
    return None


def _map_writer(t: FlinkType, schema: Any, named: Mapping[str, Any]) -> Converter:
    key, value = entry_types(t)
    if schema["type"] == "map":
        convert_value = writer_of(value, schema["values"], named)
        return lambda fetched: {k: _apply(convert_value, v) for k, v in fetched.items()}
    entry = _resolved(schema["items"], named)
    parts = {f["name"]: f["type"] for f in entry["fields"]}
    of_key, of_value = writer_of(key, parts["key"], named), writer_of(value, parts["value"], named)
    return lambda fetched: [
        {"key": _apply(of_key, k), "value": _apply(of_value, v)} for k, v in fetched.items()
    ]


def _union_writer(t: FlinkType, branches: list[Any], named: Mapping[str, Any]) -> Converter:
    types = dict(t.fields)
    known = {}
    for branch in branches:
        schema, name = _resolved(branch, named), branch_name(branch)
        full = schema.get("name") if schema["type"] in ("record", "enum", "fixed") else None
        known[name] = (full, writer_of(types[name], schema, named) if name in types else None)

    def convert(row: Mapping[str, Any]) -> Any:
        given = [(name, value) for name, value in row.items() if value is not None]
        if len(given) != 1:
            raise ValueError(f"one field of the union must have a value, {len(given)} have")
        [(name, value)] = given
        full, convert_branch = known[name]
        value = _apply(convert_branch, value)
        return value if full is None else (full, value)

    return convert


# -- shared ----------------------------------------------------------------------------------------


def _resolved(schema: Any, named: Mapping[str, Any]) -> Any:
    while True:
        if isinstance(schema, str):
            found = named.get(schema)
            if found is None:
                return {"type": schema}
            schema = found
        elif isinstance(schema, dict) and isinstance(schema["type"], dict | list):
            schema = schema["type"]
        else:
            return schema


def _apply(convert: Converter | None, value: Any) -> Any:
    return value if convert is None or value is None else convert(value)


def entry_types(t: FlinkType) -> tuple[FlinkType, FlinkType]:
    """Return the types of key and value of a MAP, or of element and count of a MULTISET."""
    key, value = (t.key, t.value) if t.root == "MAP" else (t.element, INT.not_null())
    if key is None or value is None:
        raise ValueError(f"a {t.root} without its parts")
    return key, value


def duckdb_map(pairs: Iterable[tuple[Any, Any]]) -> dict[str, list[Any]]:
    """Return pairs as the one form of a map that DuckDB's client cannot take for another."""
    listed = list(pairs)
    return {"key": [k for k, _ in listed], "value": [v for _, v in listed]}
