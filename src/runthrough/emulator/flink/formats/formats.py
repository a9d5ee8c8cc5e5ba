"""Which formats a table's records have, and the schemas that belong to them.

Sources: facts/flink-sql-ai.md 1.3 (formats, inferred tables) and 6.2 (types).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.formats import avro_format, json_format
from runthrough.emulator.flink.formats.raw_format import is_raw
from runthrough.emulator.flink.formats.schemas import Schema, SchemaStore
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import SqlError

OP_HEADER = "op"
"""The Kafka header that carries the changelog kind in retract tables (facts 1.3)."""

REGISTRY_FORMATS = {"avro-registry": "AVRO", "json-registry": "JSON"}


def value_format(table: Table) -> str:
    """Return the table's `value.format`."""
    return table.options.get("value.format", "avro-registry")


def key_format(table: Table) -> str:
    """Return the table's `key.format`, whether or not it has a key."""
    return table.options.get("key.format", "avro-registry")


def key_columns(table: Table) -> tuple[str, ...]:
    """Return the columns that are the Kafka key."""
    return table.distributed_by or table.primary_key


def stored_columns(table: Table) -> tuple[Column, ...]:
    """Return the columns a record gives values for: physical and metadata ones, in order."""
    return tuple(c for c in table.columns if c.kind != "computed")


def check_formats(table: Table) -> None:
    """Refuse formats the emulator does not speak, and those nobody does.

    Raises:
        SqlError: naming the option.
    """
    known = {*REGISTRY_FORMATS, "raw"}
    for option, given in (
        ("value.format", value_format(table)),
        ("key.format", key_format(table)),
    ):
        if given in known:
            continue
        if given.startswith("proto") or given.endswith("-debezium-registry"):
            raise not_emulated(f"'{option}' = '{given}'")
        raise SqlError(f"Unsupported format: {given}")
    _check_prefix(table)
    for what, part in (("value", value_part(table)), ("key", key_part(table))):
        if what == "key" and not part:
            continue
        if table.options.get(f"{what}.format") == "raw" and not _fits_raw(part):
            raise SqlError(
                f"The 'raw' format only supports single physical column. '{what}.format' = 'raw' "
                f"is given for: {', '.join(c.name for c in part) or 'no column'}."
            )


def _fits_raw(part: Sequence[Column]) -> bool:
    return len(part) == 1 and is_raw(part[0].type)


def subject_schemas(table: Table) -> dict[str, tuple[str, str]]:
    """Return what CREATE TABLE registers: subject → (schema type, schema text).

    Raises:
        SqlError: a type has no schema in the table's format.
    """
    wanted = {}
    if (kind := REGISTRY_FORMATS.get(value_format(table))) and (part := value_part(table)):
        wanted[f"{table.name}-value"] = kind, _text(kind, f"{table.name}_value", part)
    if (kind := REGISTRY_FORMATS.get(key_format(table))) and (part := key_part(table)):
        fields = [replace(c, name=field_name(table, c, "key")) for c in part]
        wanted[f"{table.name}-key"] = kind, _text(kind, f"{table.name}_key", fields)
    return wanted


def _text(kind: str, name: str, columns: Sequence[Column]) -> str:
    if kind == "AVRO":
        return json.dumps(avro_format.record_schema(name, columns))
    return json.dumps(json_format.object_schema(columns))


def field_name(table: Table, column: Column, what: str) -> str:
    """Return how a column is called in a record's key or value: without `key.fields-prefix`."""
    return column.name.removeprefix(key_prefix(table)) if what == "key" else column.name


def key_prefix(table: Table) -> str:
    """Return what the names of key columns begin with, beside those of the key's fields."""
    return table.options.get("key.fields-prefix", "")


def _check_prefix(table: Table) -> None:
    prefix = key_prefix(table)
    if not prefix:
        return
    if table.options.get("value.fields-include") == "all":
        raise SqlError(
            "A key prefix is not allowed when option 'value.fields-include' is set to 'all'."
        )
    for name in key_columns(table):
        if not name.startswith(prefix):
            raise SqlError(
                f"All key columns must be prefixed with '{prefix}' when option "
                f"'key.fields-prefix' is set, but column '{name}' is not prefixed."
            )


def key_part(table: Table) -> list[Column]:
    """Return the physical columns the record's key holds."""
    names = key_columns(table)
    return [c for c in table.columns if c.kind == "physical" and c.name in names]


def value_part(table: Table) -> list[Column]:
    """Return the physical columns the record's value holds."""
    hidden = () if table.options.get("value.fields-include") == "all" else key_columns(table)
    return [c for c in table.columns if c.kind == "physical" and c.name not in hidden]


def schema_columns(schema: Schema, schemas: SchemaStore, *, subject: str) -> tuple[Column, ...]:
    """Return the columns a registered schema stands for.

    What is no record is one column, in keys called `key` (facts 1.3).

    Raises:
        SqlError: the emulator does not read the schema.
    """
    alone = "key" if subject.endswith("-key") else "val"
    if schema.type == "JSON":
        return json_format.columns_of(json.loads(schema.text), place=subject, alone=alone)
    if schema.type != "AVRO":
        raise not_emulated(f"reading the {schema.type} schema of subject '{subject}'")
    return avro_format.columns_of(schemas.parsed_avro(schema.id), place=subject, alone=alone)


def is_record(parsed: object) -> bool:
    """Return whether a parsed Avro schema is a record."""
    return isinstance(parsed, dict) and parsed.get("type") == "record"
