"""INFORMATION_SCHEMA in FROM: rows as they are when the statement is planned.

Sources: facts/flink-sql-ai.md 1.10 (what such a query may hold), facts/confluent-cloud-api.md
2.10. Such a query is bounded, so what is there when it begins is all it ever sees. The wording of
what is refused is ours. Names are case-sensitive, as all names are.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.expression import Expr, quote_text
from runthrough.emulator.flink.bind.relations import Field, Values
from runthrough.emulator.flink.catalog import InformationView
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import FlinkType, duckdb_type

SCHEMA = "INFORMATION_SCHEMA"

_ALLOWED = (
    exp.Alias,
    exp.And,
    exp.Cast,
    exp.Column,
    exp.DataType,
    exp.EQ,
    exp.From,
    exp.Identifier,
    exp.Is,
    exp.Literal,
    exp.NEQ,
    exp.Not,
    exp.Null,
    exp.Or,
    exp.Paren,
    exp.Select,
    exp.Star,
    exp.Table,
    exp.TableAlias,
    exp.Union,
    exp.Var,
    exp.Where,
)


def is_information(context: Context, parts: tuple[str, ...]) -> bool:
    """Return whether a name in FROM is one of INFORMATION_SCHEMA."""
    database = parts[-2] if len(parts) > 1 else context.session.database
    return database == SCHEMA


def information(context: Context, parts: tuple[str, ...]) -> Values | None:
    """Return the rows of a view of INFORMATION_SCHEMA; None if there is none of that name.

    Args:
        context: of the statement.
        parts: the name as written, its catalog by name or id.

    Raises:
        SqlError: the statement is none that may read it.
    """
    session = context.session
    if len(parts) == 3:
        session = replace(session, catalog=parts[0])
    view = context.catalog.information(parts[-1], session)
    if view is None:
        return None
    if context.query is None or context.views:
        raise SqlError(f"SQL validation failed. {SCHEMA} can be read by a SELECT alone.")
    _check(context, context.query)
    path = (context.catalog.context(session)[0], SCHEMA, parts[-1])
    return _rows(context, view, path)


def _check(context: Context, query: exp.Expr) -> None:
    """Refuse what a query of INFORMATION_SCHEMA may not hold."""
    for node in query.walk():
        allowed = isinstance(node, _ALLOWED)
        if isinstance(node, exp.Union):
            allowed = not node.args.get("distinct")
        if isinstance(node, exp.Not):
            allowed = isinstance(node.this, exp.Is)
        if isinstance(node, exp.Is):
            allowed = node.expression.name.upper() == "NULL"
        if not allowed:
            raise context.refuse(
                node,
                f"A query of {SCHEMA} has SELECT, WHERE, UNION ALL, CAST, AND, OR, =, <>, IS NULL, "
                "IS NOT NULL and AS, and nothing else",
            )


def _rows(context: Context, view: InformationView, path: tuple[str, ...]) -> Values:
    # The first row tells DuckDB the types; casts in all of them would be slow.
    rows = tuple(
        tuple(_cell(value, c.type, number == 0) for value, c in zip(row, view.columns, strict=True))
        for number, row in enumerate(view.rows)
    )
    fields = tuple(Field(context.ids.new(), c.name, c.type) for c in view.columns)
    return Values(rows, fields, (context.ids.new("s"),), path)


def _cell(value: str | int | None, t: FlinkType, typed: bool) -> Expr:
    if value is None:
        written = "NULL"
    else:
        written = str(value) if isinstance(value, int) else quote_text(value)
    sql = f"CAST({written} AS {duckdb_type(t)})" if typed else written
    return Expr(sql, t, "null" if value is None else written)
