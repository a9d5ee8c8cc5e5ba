"""CREATE VIEW and ALTER VIEW, planned: the query is bound once to learn its columns.

Source: facts/flink-sql-ai.md 1.6; the wording is Apache Flink 2.3's, unless a docstring says
otherwise.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from runthrough.emulator.flink.bind.context import Context, Environment
from runthrough.emulator.flink.bind.queries import QueryBinder
from runthrough.emulator.flink.bind.relations import visible
from runthrough.emulator.flink.catalog import Column, Session, View
from runthrough.emulator.flink.parse.refusals import position, span_of
from runthrough.emulator.flink.parse.syntax import (
    AlterViewStatement,
    CreateViewStatement,
    Name,
    ViewQuery,
)
from runthrough.emulator.flink.plan import AlterView, CreateView, SqlError
from runthrough.emulator.flink.planning.table_plans import full_path, quoted


def create_view(context: Context, statement: CreateViewStatement) -> CreateView:
    """Plan CREATE VIEW. Raises SqlError at what is refused."""
    path = full_path(context, statement.name)
    names = tuple(name for name, _ in statement.columns)
    for name, span in statement.columns:
        if names.count(name) > 1:
            raise _repeated(context, name, span.start)
    view = _view(context, path, statement.query, names, statement.comment)
    return CreateView(view, statement.if_not_exists)


def alter_view(context: Context, statement: AlterViewStatement) -> AlterView:
    """Plan ALTER VIEW. Raises SqlError at what is refused, a view over itself among it."""
    view = existing_view(context, statement.name)
    if statement.query is not None:
        return AlterView(view, _view(context, view.path, statement.query, (), view.comment))
    if statement.new_name is None:
        raise ValueError("ALTER VIEW without a change")
    path = full_path(context, statement.new_name)
    if path[:2] != view.path[:2]:
        raise SqlError(
            f"View '{'.'.join(view.path)}' cannot be renamed to '{'.'.join(path)}': it stays in "
            "its database."
        )
    return AlterView(view, replace(view, path=path))


def existing_view(context: Context, name: Name) -> View:
    """Return the view of ALTER VIEW. Raises SqlError if there is none."""
    view = context.catalog.view(name.parts, context.session)
    if view is not None:
        return view
    if context.catalog.table(name.parts, context.session) is not None:
        raise SqlError("ALTER VIEW for a table is not allowed")
    path = quoted(full_path(context, name))
    raise SqlError(f"View {path} doesn't exist or is a temporary view.")


def _view(
    context: Context,
    path: tuple[str, str, str],
    query: ViewQuery,
    names: tuple[str, ...],
    comment: str | None,
) -> View:
    if not names:
        _check_names(context, query.query)
    # The view's own name is among those being bound, so that what leads back to it shows.
    inner = replace(context, views=(*context.views, path))
    fields = visible(QueryBinder(inner).bind(query.query, Environment()))
    origins = tuple(f.name for f in fields)
    if names and len(names) != len(origins):
        raise SqlError(
            "VIEW definition and input fields not match:\n"
            f"\tDef fields: [{', '.join(names)}].\n\tInput fields: [{', '.join(origins)}]."
        )
    columns = tuple(Column(name, f.type) for name, f in zip(names or origins, fields, strict=True))
    catalog, database = context.session.catalog, context.session.database
    session = Session(catalog=catalog, database=database)
    return View(path, columns, query.text, session, origins, comment)


def _check_names(context: Context, query: exp.Expr) -> None:
    """Refuse a SELECT list that names two columns alike."""
    if not isinstance(query, exp.Select):
        return
    seen: dict[str, exp.Expr] = {}
    for item in query.expressions:
        name = item.alias if isinstance(item, exp.Alias) else item.name
        if not isinstance(item, exp.Alias | exp.Column) or not name or name == "*":
            continue
        if name in seen:
            span = span_of(seen[name])
            raise _repeated(context, name, span.start if span else 0)
        seen[name] = item


def _repeated(context: Context, name: str, offset: int) -> SqlError:
    at = position(context.sql, offset)
    return SqlError(
        f"SQL validation failed. A column with the same name `{name}` has been defined at line "
        f"{at.line}, column {at.column}."
    )
