"""The table that a topic is without DDL (facts/flink-sql-ai.md 1.3, inferred tables)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from runthrough.emulator.flink.catalog import Column, Mode, Table
from runthrough.emulator.flink.formats.formats import schema_columns
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.running.topic_settings import table_options
from runthrough.emulator.flink.types import BYTES


def infer_table(
    path: tuple[str, str, str], partitions: int, configs: Mapping[str, str], schemas: SchemaStore
) -> Table:
    """Return the table a topic is without DDL.

    Raises:
        SqlError: a schema the emulator does not read, or key and value with a name in common.
    """
    name = path[2]
    key, value = schemas.latest(f"{name}-key"), schemas.latest(f"{name}-value")
    options = table_options(configs)
    if key is None:
        options["key.format"] = "raw"
        keys: tuple[Column, ...] = (Column("key", BYTES),)
    else:
        keys = schema_columns(key.schema, schemas, subject=key.subject)
        if key.schema.type == "JSON":
            options["key.format"] = "json-registry"
    if value is None:
        options["value.format"] = "raw"
        values: tuple[Column, ...] = (Column("val", BYTES),)
    else:
        values = schema_columns(value.schema, schemas, subject=value.subject)
        _refuse_debezium(name, values)
        if value.schema.type == "JSON":
            options["value.format"] = "json-registry"
    return _with_mode(
        Table(
            path,
            _merge(name, keys, values, options),
            distributed_by=tuple(column.name for column in keys),
            buckets=partitions,
            options=options,
        ),
        configs,
    )


def _refuse_debezium(topic: str, values: tuple[Column, ...]) -> None:
    """Refuse change events: the cloud unpacks them into a retract table (facts 1.3)."""
    if {"before", "after", "op", "source"} <= {c.name for c in values}:
        raise not_emulated(
            f"topic '{topic}' as a table: its values are Debezium's change events, which are "
            "read in the format '*-debezium-registry'"
        )


def _merge(
    name: str, keys: tuple[Column, ...], values: tuple[Column, ...], options: dict[str, str]
) -> tuple[Column, ...]:
    shared = {c.name for c in keys} & {c.name for c in values}
    if not shared:
        return keys + values
    if shared != {c.name for c in keys}:
        raise not_emulated(
            f"a topic whose key and value share some columns, but not all of the key ('{name}': "
            f"{', '.join(sorted(shared))})"
        )
    options["value.fields-include"] = "all"
    return keys + tuple(c for c in values if c.name not in shared)


def _with_mode(table: Table, configs: Mapping[str, str]) -> Table:
    if "compact" not in configs.get("cleanup.policy", "delete"):
        return table
    keys = table.distributed_by
    mode: Mode = "upsert"
    columns = tuple(
        replace(c, type=c.type.not_null()) if c.name in keys else c for c in table.columns
    )
    return replace(table, columns=columns, mode=mode, primary_key=keys)
