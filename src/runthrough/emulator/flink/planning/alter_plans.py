"""ALTER TABLE, planned: the table as it is afterwards. Statements that run keep the old one.

Sources: facts/flink-sql-ai.md 1.6 (what may change), 5.5 (modes). Wording is Apache Flink 2.3's;
for what Flink allows and Confluent Cloud does not (physical columns) it is ours. A table has the
watermark of `$rowtime` until it is given another: so ADD WATERMARK is always refused, MODIFY works
and DROP brings the default back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.tables import (
    ROWTIME_COLUMN,
    SOURCE_WATERMARK,
    declared_columns,
    declared_watermark,
)
from runthrough.emulator.flink.catalog import Column, Mode, Table
from runthrough.emulator.flink.generating.rows import is_generated
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.parse.syntax import (
    AlterTableStatement,
    ColumnDefinition,
    DroppedPart,
    KeyDefinition,
    TableChange,
    WatermarkDefinition,
)
from runthrough.emulator.flink.parse.written import read_expression
from runthrough.emulator.flink.plan import AlterTable, SqlError
from runthrough.emulator.flink.planning.table_options import (
    MODE,
    check_keys,
    check_together,
    kept,
    mode_of,
)
from runthrough.emulator.flink.planning.table_plans import full_path
from runthrough.emulator.flink.planning.table_shape import (
    check_columns,
    check_distribution,
    check_mode,
    key_name,
    primary_key,
)
from runthrough.emulator.flink.types import quote_name

RAW_COLUMNS = ("key", "val")
"""The columns of a topic without schema, whose types may be changed (facts 1.6)."""


def alter_table(context: Context, statement: AlterTableStatement) -> AlterTable:
    """Plan ALTER TABLE. Raises SqlError at what is refused."""
    if context.catalog.view(statement.name.parts, context.session) is not None:
        raise SqlError("ALTER TABLE for a view is not allowed")
    table = context.catalog.table(statement.name.parts, context.session)
    if table is None:
        if statement.if_exists:
            return AlterTable(None)
        path = ".".join(f"`{part}`" for part in full_path(context, statement.name))
        raise SqlError(f"Table {path} doesn't exist or is a temporary table.")
    if is_generated(table):
        raise not_emulated("ALTER TABLE of a faker table")
    if table.definition is not None:
        raise not_emulated("ALTER TABLE of a materialized table")
    return AlterTable(altered(context, table, statement))


def altered(context: Context, table: Table, statement: AlterTableStatement) -> Table:
    """Return a table as it is after ALTER TABLE. Raises SqlError at what is refused."""
    if not statement.changes:
        return _with_options(table, statement)
    for change in statement.changes:
        table = _changed(context, table, change)
    check_columns(table.columns)
    return table


# -- SET, RESET ------------------------------------------------------------------------------------


def _with_options(table: Table, statement: AlterTableStatement) -> Table:
    mode: Mode = mode_of(statement.set_options) or table.mode
    changed = kept(statement.set_options)
    check_keys(statement.reset_options)
    if "connector" in statement.reset_options:
        raise SqlError("ALTER TABLE RESET does not support changing 'connector'")
    if MODE in statement.reset_options:
        mode = "upsert" if table.primary_key else "append"
    replaced = {*statement.set_options, *statement.reset_options}
    options = {k: v for k, v in table.options.items() if k not in replaced} | changed
    check_together(options)
    check_mode(table.name, mode, table.primary_key)
    if mode == "upsert" and table.mode != "upsert":
        check_distribution(mode, table.primary_key, table.distributed_by)
    return replace(table, mode=mode, options=options)


# -- ADD, MODIFY, DROP -----------------------------------------------------------------------------


def _changed(context: Context, table: Table, change: TableChange) -> Table:
    match change.item:
        case DroppedPart():
            return _without(table, change.item)
        case WatermarkDefinition():
            return _with_watermark(context, table, change.action, change.item)
        case KeyDefinition():
            return _with_key(context, table, change.item)
        case ColumnDefinition() if change.action == "ADD":
            return _with_column(context, table, change.item, change.after)
        case ColumnDefinition():
            return _modified(context, table, change.item, change.after)


def _failed(why: str) -> SqlError:
    return SqlError(f"Failed to execute ALTER TABLE statement.\n{why}")


def _no_physical(name: str, what: str) -> SqlError:
    return SqlError(
        f"Physical columns cannot be {what} with ALTER TABLE (`{name}`): evolve the schema of the "
        "topic in Schema Registry instead. Computed and metadata columns can be."
    )


def _with_column(
    context: Context, table: Table, definition: ColumnDefinition, after: str | None
) -> Table:
    name = definition.name
    if any(c.name == name for c in table.columns):
        raise _failed(f"Column `{name}` already exists in the table.")
    if definition.expression is None and not definition.metadata:
        raise _no_physical(name, "added")
    [added] = declared_columns(context, [definition], table.columns)
    return replace(table, columns=_placed(table.columns, added, after))


def _placed(columns: Sequence[Column], column: Column, after: str | None) -> tuple[Column, ...]:
    if after is None:
        return (*columns, column)
    if after == "":
        return (column, *columns)
    place = next((i for i, c in enumerate(columns) if c.name == after), None)
    if place is None:
        raise _failed(f"Referenced column `{after}` by 'AFTER' does not exist in the table.")
    return (*columns[: place + 1], column, *columns[place + 1 :])


def _modified(
    context: Context, table: Table, definition: ColumnDefinition, after: str | None
) -> Table:
    name = definition.name
    old = next((c for c in table.columns if c.name == name), None)
    if old is None:
        raise _failed(f"Column `{name}` does not exist in the table.")
    others = [c for c in table.columns if c.name != name]
    [new] = declared_columns(context, [definition], others)
    if "physical" in (old.kind, new.kind) and not _is_raw(table, old, new):
        raise _no_physical(name, "changed")
    if after is not None:
        return replace(table, columns=_placed(others, new, after))
    return replace(table, columns=tuple(new if c.name == name else c for c in table.columns))


def _is_raw(table: Table, old: Column, new: Column) -> bool:
    part = {"key": "key.format", "val": "value.format"}.get(old.name, "")
    raw = old.name in RAW_COLUMNS and table.options.get(part) == "raw"
    return raw and old.kind == new.kind == "physical"


def _with_watermark(
    context: Context, table: Table, action: str, definition: WatermarkDefinition
) -> Table:
    if action == "ADD":
        column, text = table.watermark or (ROWTIME_COLUMN, SOURCE_WATERMARK)
        raise _failed(
            f"The current table has already defined the watermark strategy {quote_name(column)} AS "
            f"{text}. You might want to drop it before adding a new one."
        )
    return replace(table, watermark=declared_watermark(context, definition, table.columns))


def _with_key(context: Context, table: Table, definition: KeyDefinition) -> Table:
    if table.primary_key:
        names = ", ".join(quote_name(name) for name in table.primary_key)
        raise _failed(
            f"The current table has already defined the primary key constraint [{names}]. You "
            "might want to drop it before adding a new one."
        )
    key = primary_key(context, definition, table.columns)
    if not table.distributed_by:
        raise SqlError(
            f"The records of table '{table.name}' have no key, so it cannot have a PRIMARY KEY: a "
            "key is what a table is DISTRIBUTED BY."
        )
    check_distribution(table.mode, key, table.distributed_by)
    columns = tuple(
        replace(c, type=c.type.not_null()) if c.name in key else c for c in table.columns
    )
    return replace(table, columns=columns, primary_key=key, key_name=definition.constraint)


def _without(table: Table, part: DroppedPart) -> Table:
    match part.what:
        case "WATERMARK":
            if table.watermark is None:
                raise _failed("The current table does not define any watermark strategy.")
            return replace(table, watermark=None)
        case "COLUMN":
            return _without_column(table, part.name or "")
        case _:
            return _without_key(table, part.name)


def _without_key(table: Table, constraint: str | None) -> Table:
    if not table.primary_key:
        raise _failed("The current table does not define any primary key.")
    known = table.key_name or key_name(KeyDefinition(table.primary_key, ()))
    if constraint not in (None, known):
        raise _failed(
            f"The current table does not define a primary key constraint named '{constraint}'. "
            f"Available constraint name: ['{known}']."
        )
    check_mode(table.name, table.mode, ())
    return replace(table, primary_key=(), key_name=None)


def _without_column(table: Table, name: str) -> Table:
    found = next((c for c in table.columns if c.name == name), None)
    if found is None:
        raise _failed(f"The column {quote_name(name)} does not exist in the base table.")
    if found.kind == "physical":
        raise _no_physical(name, "dropped")
    others = tuple(c for c in table.columns if c.name != name)
    for other in others:
        if other.expression and _names(other.expression, name):
            raise _failed(
                f"The column {quote_name(name)} is referenced by computed column "
                f"{quote_name(other.name)}."
            )
    if table.watermark and (table.watermark[0] == name or _names(table.watermark[1], name)):
        raise _failed(f"The column {quote_name(name)} is referenced by watermark expression.")
    return replace(table, columns=others)


def _names(expression: str, column: str) -> bool:
    used = read_expression(expression).find_all(exp.Column)
    return any(node.parts[0].name == column for node in used)
