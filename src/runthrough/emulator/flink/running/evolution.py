"""Tables that were declared, after the schema of their topic has moved on.

Physical columns cannot be changed by ALTER TABLE: they follow the subject in Schema Registry
(facts/flink-sql-ai.md 1.6, 1.9). A column keeps the type it was declared with as long as that is
what its schema stands for; new fields come last, fields that are gone take their columns along.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.formats.formats import (
    REGISTRY_FORMATS,
    field_name,
    key_format,
    key_part,
    key_prefix,
    schema_columns,
    subject_schemas,
    value_format,
    value_part,
)
from runthrough.emulator.flink.formats.schemas import SchemaError, SchemaStore
from runthrough.emulator.flink.plan import SqlError

Versions = Mapping[str, int]
"""Subject → id of its latest schema."""


def latest_versions(table: Table, schemas: SchemaStore) -> dict[str, int]:
    """Return the schemas that a table's records are written with now."""
    found = {}
    for what in ("key", "value"):
        latest = schemas.latest(f"{table.name}-{what}")
        if latest is not None:
            found[f"{table.name}-{what}"] = latest.schema.id
    return found


def evolved(table: Table, known: Versions, schemas: SchemaStore) -> Table:
    """Return a table with the columns of its latest schemas.

    Args:
        table: as it was declared.
        known: the schemas there were then.
        schemas: where the latest are.

    Raises:
        SqlError: the latest schema is one the emulator does not read.
    """
    for what, form in (("key", key_format(table)), ("value", value_format(table))):
        subject = f"{table.name}-{what}"
        latest = schemas.latest(subject)
        if latest is None or known.get(subject) in (None, latest.schema.id):
            continue
        if REGISTRY_FORMATS.get(form) == latest.schema.type:
            inferred = schema_columns(latest.schema, schemas, subject=subject)
            table = _with_part(table, what, inferred)
    return table


def _with_part(table: Table, what: str, inferred: tuple[Column, ...]) -> Table:
    part = key_part(table) if what == "key" else value_part(table)
    written = _as_inferred(table, what)
    prefix = key_prefix(table) if what == "key" else ""
    found = {prefix + c.name: replace(c, name=prefix + c.name) for c in inferred}
    names = {c.name for c in part}
    columns = []
    for c in table.columns:
        new = found.pop(c.name, None)
        if c.kind != "physical" or c.name not in names:
            columns.append(c)
        elif new is not None:
            same = written.get(field_name(table, c, what)) == new.type
            keyed = c.name in table.primary_key
            t = new.type.not_null() if keyed else new.type
            columns.append(c if same else replace(c, type=t))
    return replace(table, columns=(*columns, *found.values()))


def _as_inferred(table: Table, what: str) -> dict[str, object]:
    """Return the types that the schema of the table as it was declared stands for."""
    scratch = SchemaStore()
    try:
        wanted = subject_schemas(table).get(f"{table.name}-{what}")
        if wanted is None:
            return {}
        kind, text = wanted
        scratch.register(f"{table.name}-{what}", text, kind)
        latest = scratch.latest(f"{table.name}-{what}")
        if latest is None:
            return {}
        columns = schema_columns(latest.schema, scratch, subject=f"{table.name}-{what}")
    except (SqlError, SchemaError):
        return {}
    return {c.name: c.type for c in columns}
