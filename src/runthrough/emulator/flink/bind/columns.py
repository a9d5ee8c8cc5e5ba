"""Rows with other columns: projection, names, columns that `*` stands for, DISTINCT.

Source: facts/flink-sql-ai.md 1.4 (names that repeat), 6.4.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from runthrough.emulator.flink.bind.context import (
    Context,
)
from runthrough.emulator.flink.bind.expression import Expr, column
from runthrough.emulator.flink.bind.operators import logical
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Field,
    Filter,
    Join,
    Project,
    Relation,
    visible,
)
from runthrough.emulator.flink.bind.window_columns import kept_times
from runthrough.emulator.flink.bind.windows import grouped


def resolved(f: Field, star: exp.Expr) -> exp.Expr:
    """Return a node for a column that `*` stands for: already resolved."""
    node = exp.Var(this=f.name)
    node.meta.update(field=f, span=star.meta.get("span"))
    return node


def own_name(node: exp.Expr) -> str | None:
    """Return the name an item of a list has without AS; None for other expressions."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Column):
        return str(node.name)
    if isinstance(node, exp.Dot):
        return str(node.expression.name)
    return None


def filtered(relation: Relation, condition: Expr) -> Relation:
    """Return the rows a condition leaves; part of an inner join, as Flink's planner makes it."""
    if isinstance(relation, Join) and relation.kind == "INNER" and not condition.volatile:
        joined = relation.condition
        merged = condition if joined is None else logical("AND", joined, condition)
        return kept_times(replace(relation, condition=merged))
    return Filter(relation, condition)


def project(context: Context, source: Relation, names: list[str], items: list[Expr]) -> Project:
    """Return expressions over rows as new columns; names that repeat get a number (id, id0)."""
    times = {f.id for f in source.fields if f.time_attribute}
    fields = tuple(
        Field(context.ids.new(), name, item.type, time_attribute=item.column in times)
        for name, item in zip(unique(names), items, strict=True)
    )
    return Project(source, fields, tuple(items))


def unique(names: list[str]) -> list[str]:
    """Return names with a number behind those that came before (facts 1.4)."""
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    result = []
    for name in names:
        candidate, number = name, numbers.get(name, 0)
        while candidate in taken:
            candidate, number = f"{name}{number}", number + 1
        numbers[name] = number
        taken.add(candidate)
        result.append(candidate)
    return result


def distinct(context: Context, relation: Relation) -> Relation:
    """Return each row once."""
    columns = visible(relation)
    groups = tuple(column(f.id, f.type) for f in columns)
    fields = tuple(Field(context.ids.new(), f.name, f.type) for f in columns)
    order = (context.ids.new("s"),)
    batch = context.session.snapshot
    rows = Aggregate(relation, groups, (), fields, order, single=False, batch=batch)
    return grouped(context, rows)


def take_resolved(node: exp.Expr) -> Expr | None:
    """Answer for a column that `*` stood for; None for everything else."""
    f = node.meta.get("field")
    return column(f.id, f.type) if isinstance(f, Field) else None
