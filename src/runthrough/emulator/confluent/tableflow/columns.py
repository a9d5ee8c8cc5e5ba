"""A table's columns in Delta Lake: the schema, and the query that gives its values.

A TIMESTAMP_LTZ is an instant (`timestamp`), a TIMESTAMP is not (`timestamp_ntz`). Delta Lake has
no time of day: a TIME is written as text, which is ours. What lies inside an array, a map or a row
may always be NULL: the library cannot merge rows whose fields may not.
"""

from __future__ import annotations

import json
from dataclasses import replace

from runthrough.emulator.flink.catalog import Column, Table, relation_names
from runthrough.emulator.flink.running.store import quoted
from runthrough.emulator.flink.types import STRING, FlinkType, duckdb_type, summary

_SIMPLE = {
    "CHAR": "string",
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "TINYINT": "byte",
    "SMALLINT": "short",
    "INTEGER": "integer",
    "BIGINT": "long",
    "FLOAT": "float",
    "DOUBLE": "double",
    "BINARY": "binary",
    "VARBINARY": "binary",
    "DATE": "date",
    "TIME": "string",
    "TIMESTAMP": "timestamp_ntz",
    "TIMESTAMP_LTZ": "timestamp",
}


class UnwritableTypeError(Exception):
    """A column's type that no Delta table has."""


def written_columns(table: Table) -> tuple[Column, ...]:
    """Return the columns that are written: those the records hold."""
    return tuple(c for c in table.columns if c.kind == "physical")


def schema_json(table: Table) -> str:
    """Return the Delta schema of a table, as JSON. Raises UnwritableTypeError naming a column."""
    fields = []
    for column in written_columns(table):
        try:
            kind = _delta_type(column.type)
        except UnwritableTypeError as e:
            raise UnwritableTypeError(
                f"column `{column.name}` of type {summary(column.type)} cannot be written: "
                f"Delta Lake has no {e}"
            ) from e
        fields.append(_field(column.name, kind, nullable=column.type.nullable))
    return json.dumps({"type": "struct", "fields": fields})


def values_sql(table: Table) -> str:
    """Return the SELECT list that gives the written columns, under their own names and types."""
    names = relation_names(table)
    return ", ".join(
        f"CAST({quoted(names[c.name])} AS {duckdb_type(_stored(c.type))}) AS {quoted(c.name)}"
        for c in written_columns(table)
    )


def _field(name: str, kind: object, *, nullable: bool) -> dict[str, object]:
    return {"name": name, "type": kind, "nullable": nullable, "metadata": {}}


def _delta_type(t: FlinkType) -> object:
    match t.root:
        case "DECIMAL":
            return f"decimal({t.precision},{t.scale})"
        case "ARRAY" if t.element:
            return {"type": "array", "elementType": _delta_type(t.element), "containsNull": True}
        case "MULTISET" if t.element:
            return _map(_delta_type(t.element), "integer")
        case "MAP" if t.key and t.value:
            return _map(_delta_type(t.key), _delta_type(t.value))
        case "ROW":
            fields = [_field(n, _delta_type(f), nullable=True) for n, f in t.fields]
            return {"type": "struct", "fields": fields}
        case root if root in _SIMPLE:
            return _SIMPLE[root]
        case _:
            raise UnwritableTypeError(t.root)


def _map(key: object, value: object) -> object:
    return {"type": "map", "keyType": key, "valueType": value, "valueContainsNull": True}


def _stored(t: FlinkType) -> FlinkType:
    """Return a type with text for every time of day in it."""
    if t.root == "TIME":
        return STRING
    return replace(
        t,
        element=_stored(t.element) if t.element else None,
        key=_stored(t.key) if t.key else None,
        value=_stored(t.value) if t.value else None,
        fields=tuple((name, _stored(field)) for name, field in t.fields),
    )
