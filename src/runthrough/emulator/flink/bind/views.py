"""Views in FROM: their query is bound again, as a derived table, where they are named.

Source: facts/flink-sql-ai.md 1.6. Names in a view's query are looked up where the view was
created, whatever the session of the statement that reads it.
"""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.flink.bind.casts import cast
from runthrough.emulator.flink.bind.context import Context, Environment
from runthrough.emulator.flink.bind.expression import column
from runthrough.emulator.flink.bind.relations import Field, Project, Relation, visible
from runthrough.emulator.flink.catalog import Session, View
from runthrough.emulator.flink.parse.refusals import Refused
from runthrough.emulator.flink.parse.statements import parse_query
from runthrough.emulator.flink.plan import SqlError

_PREFIX = "SQL validation failed. "


def bind_view(context: Context, view: View) -> Relation:
    """Return a view's rows, with the columns it had when it was created.

    Columns that its tables gained since stay out, as `*` meant the columns of then; those that got
    another type are cast to the one they had, as Flink does.

    Raises:
        SqlError: the view leads back to itself, or its query is no longer valid (a table of it is
            gone, say); the wording, which names the view, is ours.
    """
    name = ".".join(view.path)
    if view.path in context.views:
        raise SqlError(f"{_PREFIX}View '{name}' refers to itself.")
    inner = view_context(context, view)
    # The module that binds queries imports the one of FROM, which imports this.
    from runthrough.emulator.flink.bind.queries import QueryBinder

    try:
        rows = QueryBinder(inner).bind(parse_query(view.query), Environment())
        return _with_columns(context, view, rows)
    except (SqlError, Refused) as error:
        cause = str(error).removeprefix(_PREFIX)
        raise SqlError(f"{_PREFIX}In the query of view '{name}': {cause}") from error


def view_context(context: Context, view: View) -> Context:
    """Return where a view's query is bound: its own text, catalog and database."""
    session: Session = replace(
        context.session, catalog=view.session.catalog, database=view.session.database
    )
    return replace(context, sql=view.query, session=session, views=(*context.views, view.path))


def _with_columns(context: Context, view: View, rows: Relation) -> Relation:
    fields = {f.name: f for f in visible(rows)}
    for origin in view.origins:
        if origin not in fields:
            raise SqlError(f"{_PREFIX}Column '{origin}' is gone")
    kept = [fields[origin] for origin in view.origins]
    zone = context.session.time_zone
    fields_now, items = [], []
    for c, f in zip(view.columns, kept, strict=True):
        same = c.type == f.type
        item = column(f.id, f.type)
        items.append(item if same else cast(item, c.type, zone))
        fields_now.append(
            Field(
                context.ids.new(), c.name, items[-1].type, time_attribute=same and f.time_attribute
            )
        )
    return Project(rows, tuple(fields_now), tuple(items))
