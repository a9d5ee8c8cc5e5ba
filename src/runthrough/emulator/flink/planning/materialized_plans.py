"""Materialized tables, planned: what they become, and whether they may become it.

Source: facts/flink-sql-ai.md 1.9. The refusal of a dropped column and of another distribution are
the cloud's words as far as the facts have them; the other wordings are ours. That a column's type
or the changelog mode cannot change is not settled there, so it is refused as not emulated.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlglot import exp

from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.literals import interval
from runthrough.emulator.flink.catalog import Definition, StartMode, Table
from runthrough.emulator.flink.materialized import AlterMaterialized, CreateMaterialized
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.parse.syntax import (
    AlterMaterializedStatement,
    AlterTableStatement,
    CreateMaterializedStatement,
    CreateTableStatement,
    Name,
)
from runthrough.emulator.flink.plan import Query, SqlError
from runthrough.emulator.flink.planning.alter_plans import altered
from runthrough.emulator.flink.planning.derived_tables import derived_table
from runthrough.emulator.flink.planning.query_plans import bind_query, into_table
from runthrough.emulator.flink.planning.table_plans import full_path
from runthrough.emulator.flink.zones import zone_of


def create_materialized(
    context: Context, statement: CreateMaterializedStatement
) -> CreateMaterialized:
    """Plan CREATE [OR ALTER] MATERIALIZED TABLE. Raises SqlError at what is refused."""
    if statement.or_alter and statement.table.if_not_exists:
        raise SqlError("OR ALTER and IF NOT EXISTS exclude each other.")
    known = context.catalog.table(statement.table.name.parts, context.session)
    table, query = _defined(context, statement)
    if statement.or_alter and known is not None:
        if known.definition is None:
            path = ".".join(known.path)
            raise SqlError(f"Table '{path}' exists already and is no materialized table.")
        check_evolution(known, table)
    return CreateMaterialized(table, query, statement.or_alter, statement.table.if_not_exists)


def alter_materialized(
    context: Context, statement: AlterMaterializedStatement
) -> AlterMaterialized:
    """Plan ALTER MATERIALIZED TABLE. Raises SqlError if there is none, or at what is refused."""
    known = materialized_table(context, statement.name)
    match statement.action:
        case "SUSPEND" | "RESUME":
            return AlterMaterialized(known, statement.action)
        case AlterTableStatement():
            return AlterMaterialized(altered(context, known, statement.action), "KEEP")
        case CreateMaterializedStatement():
            own = replace(statement.action, table=_completed(statement.action.table, known))
            table, query = _defined(context, own)
            check_evolution(known, table)
            return AlterMaterialized(table, "REPLACE", query)


def materialized_table(context: Context, name: Name) -> Table:
    """Return a materialized table. Raises SqlError, in Flink's words, if there is none."""
    table = context.catalog.table(name.parts, context.session)
    if table is None or table.definition is None:
        path = ".".join(full_path(context, name))
        raise SqlError(f"Materialized Table with identifier '{path}' does not exist.")
    return table


def _defined(context: Context, statement: CreateMaterializedStatement) -> tuple[Table, Query]:
    path = full_path(context, statement.table.name)
    if statement.table.query is None:
        raise ValueError("a materialized table without a query")
    query = bind_query(context, statement.table.query)
    table, shaped = derived_table(context, statement.table, path, query)
    planned = into_table(shaped, table)
    if any(source.table.path == path for source in planned.sources):
        raise SqlError(f"Materialized table '{'.'.join(path)}' cannot read itself.")
    start = _start_mode(context, statement)
    return replace(table, definition=Definition(statement.text, start)), planned


def _completed(statement: CreateTableStatement, known: Table) -> CreateTableStatement:
    """Return a new definition with what it does not say taken from the table there is."""
    return replace(
        statement,
        distributed_by=statement.distributed_by or known.distributed_by or None,
        buckets=statement.buckets or known.buckets,
        comment=statement.comment or known.comment,
        options={**known.options, **statement.options},
    )


def check_evolution(known: Table, new: Table) -> None:
    """Check that a table can become another one over the same topic.

    Raises:
        SqlError: a column is gone, or the topic would have to be another.
    """
    columns = {c.name: c for c in new.columns}
    for old in known.columns:
        column = columns.get(old.name)
        if column is None:
            kind = "non-nullable, persisted" if not old.type.nullable else "persisted"
            if old.kind == "computed" or old.virtual:
                continue
            raise SqlError(f"dropping a {kind} column is not supported: `{old.name}`")
        if old.kind == "physical" and (column.type, column.kind) != (old.type, old.kind):
            raise not_emulated(f"a materialized table whose column `{old.name}` changes its type")
    if (known.buckets, _keys(known)) != (new.buckets, _keys(new)):
        raise SqlError(
            f"Materialized table '{'.'.join(known.path)}' cannot be altered: a topic with the same "
            "name already exists with different partitions or configurations"
        )
    if known.mode != new.mode:
        raise not_emulated("a materialized table that changes its changelog mode")


def _keys(table: Table) -> tuple[object, ...]:
    return (table.primary_key, table.distributed_by or table.primary_key)


def _start_mode(context: Context, statement: CreateMaterializedStatement) -> StartMode:
    """Return where to begin; a TIMESTAMP is one of the session's time zone, which is ours."""
    if statement.start is None:
        return StartMode()
    word, argument, text = statement.start
    if argument is None:
        return StartMode(word)
    if word.endswith("FROM_NOW"):
        length = interval(argument).duration if isinstance(argument, exp.Interval) else None
        if length is None:
            raise SqlError(f"START_MODE {word} takes an INTERVAL of days and times, not {text}.")
        return StartMode(word, text, back=length // 1000)
    written = argument.expression.name if isinstance(argument, exp.Introducer) else ""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as e:
        raise SqlError(f"START_MODE {word} takes a TIMESTAMP literal, not {text}.") from e
    local = moment.replace(tzinfo=zone_of(context.session.time_zone))
    return StartMode(word, text, moment=round(local.timestamp() * 1000))
