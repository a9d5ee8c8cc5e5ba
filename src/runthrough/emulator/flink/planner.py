"""The planner: one statement in, one command out.

Text → `parse` (syntax) → `bind` (names and types) → `planning.changelog` and `determinism`
(what changes, and whether that may be) → `planning.render` (DuckDB) → `plan`.
"""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.catalog import Catalog, Session, Table
from runthrough.emulator.flink.parse.refusals import Refused
from runthrough.emulator.flink.parse.statements import parse_statement, session_lines
from runthrough.emulator.flink.parse.syntax import (
    AlterConnectionStatement,
    AlterMaterializedStatement,
    AlterModelStatement,
    AlterTableStatement,
    AlterViewStatement,
    CreateConnectionStatement,
    CreateMaterializedStatement,
    CreateModelStatement,
    CreateTableStatement,
    CreateViewStatement,
    DescribeStatement,
    DropStatement,
    ExplainStatement,
    InsertStatement,
    QueryStatement,
    ShowStatement,
    Statement,
    StatementSetStatement,
)
from runthrough.emulator.flink.plan import (
    Command,
    Explain,
    Query,
    Select,
    SqlError,
    StatementSet,
)
from runthrough.emulator.flink.planning import (
    alter_plans,
    materialized_plans,
    object_plans,
    table_plans,
    view_plans,
)
from runthrough.emulator.flink.planning.explain import SinkPlan, physical_plan
from runthrough.emulator.flink.planning.query_plans import bind_query, foreground
from runthrough.emulator.flink.planning.session_lines import with_lines

MAX_BYTES = 4194304
"""The largest statement (facts/flink-sql-ai.md 1.1)."""


def plan(sql: str, session: Session, catalog: Catalog) -> Command:
    """Plan one statement.

    Args:
        sql: the text as submitted.
        session: where names are looked up, the time zone, batch or stream.
        catalog: tables, models and connections there are.

    Raises:
        SqlError: in Flink's words, with line and column where it has them; or that something is
            not emulated, which the live target has.
    """
    if len(sql.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise SqlError(f"This query is too large to process (exceeds {MAX_BYTES} bytes).")
    try:
        statement = parse_statement(sql)
        session = effective_session(sql, session)
        return _planned(statement, Context(sql, session, catalog))
    except Refused as refusal:
        raise SqlError(f"SQL validation failed. {refusal}") from refusal
    except RecursionError as error:
        raise SqlError(
            "SQL parse failed. The statement is nested too deeply for the emulator."
        ) from error


def effective_session(sql: str, session: Session) -> Session:
    """Return the session a text runs in, after the SET, RESET and USE lines before its statement.

    Raises:
        SqlError: a line is refused (facts/flink-sql-ai.md 1.10).
    """
    return with_lines(session, session_lines(sql))


def _planned(statement: Statement, context: Context) -> Command:
    match statement:
        case QueryStatement():
            return Select(_foreground(context, statement))
        case CreateTableStatement():
            return table_plans.create_table(context, statement)
        case InsertStatement():
            return table_plans.insert(context, statement)
        case StatementSetStatement():
            return _statement_set(context, statement)
        case AlterTableStatement():
            return alter_plans.alter_table(context, statement)
        case CreateMaterializedStatement():
            return materialized_plans.create_materialized(context, statement)
        case AlterMaterializedStatement():
            return materialized_plans.alter_materialized(context, statement)
        case CreateViewStatement():
            return view_plans.create_view(context, statement)
        case AlterViewStatement():
            return view_plans.alter_view(context, statement)
        case CreateConnectionStatement():
            return object_plans.create_connection(context, statement)
        case AlterConnectionStatement():
            return object_plans.alter_connection(context, statement)
        case AlterModelStatement():
            return object_plans.alter_model(context, statement)
        case CreateModelStatement():
            return object_plans.create_model(context, statement)
        case DropStatement():
            return object_plans.drop(context, statement)
        case ShowStatement():
            return object_plans.show(context, statement)
        case DescribeStatement():
            return object_plans.describe(context, statement)
        case ExplainStatement():
            return Explain(_explained(statement, context))


def _foreground(context: Context, statement: QueryStatement) -> Query:
    own = replace(context, query=statement.query)
    return foreground(bind_query(own, statement.query))


def _statement_set(context: Context, statement: StatementSetStatement) -> StatementSet:
    """Plan each INSERT by itself, so that its columns and sources are its own."""
    return StatementSet(
        tuple(
            table_plans.insert(Context(context.sql, context.session, context.catalog), insert)
            for insert in statement.inserts
        )
    )


def _explained(statement: ExplainStatement, context: Context) -> str:
    inner = statement.statement
    match inner:
        case QueryStatement():
            plans = [_sink_plan(_foreground(context, inner), "Foreground")]
        case InsertStatement():
            command = table_plans.insert(context, inner)
            plans = [_sink_plan(command.query, _sink(command.table))]
        case StatementSetStatement():
            inserts = _statement_set(context, inner).inserts
            plans = [_sink_plan(insert.query, _sink(insert.table)) for insert in inserts]
        case CreateTableStatement():
            made = table_plans.create_table(context, inner)
            if made.query is None:
                raise SqlError("SQL validation failed. EXPLAIN needs a query")
            plans = [_sink_plan(made.query, _sink(made.table))]
    return physical_plan(plans)


def _sink(table: Table) -> str:
    return f"StreamSink(table=[{'.'.join(table.path)}])"


def _sink_plan(query: Query, sink: str) -> SinkPlan:
    key = None
    if query.upsert_key is not None:
        key = tuple(query.columns[i].name for i in query.upsert_key)
    return SinkPlan(sink, query.explain, query.changelog, key)
