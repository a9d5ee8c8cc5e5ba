"""Conditions that bound the times of two sides of a join by one another.

A join with a lower and an upper bound is an interval join: it keeps rows only as long as a partner
may come. Sources: facts/flink-sql-ai.md 5.2 (row 13); Flink 2.3 was asked which conditions count
(=, <, <=, >, >=, BETWEEN; a time attribute on each side, plus or minus an INTERVAL).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.expressions import ExpressionBinder
from runthrough.emulator.flink.bind.relations import Join, Relation, TimeBounds
from runthrough.emulator.flink.bind.type_rules import is_interval
from runthrough.emulator.flink.parse.refusals import not_emulated

_COMPARISONS = (exp.EQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


@dataclass(frozen=True)
class Moment:
    """A time attribute and what is added to it, in ms."""

    column: str
    added: int


def time_bounds(
    context: Context,
    binder: ExpressionBinder,
    left: Relation,
    right: Relation,
    parts: list[exp.Expr],
) -> TimeBounds | None:
    """Return what conditions say about the difference of two times; None if they say nothing."""
    times = tuple({f.id for f in s.fields if f.time_attribute} for s in (left, right))
    found: TimeBounds | None = None
    for part in parts:
        for operator, a, b in _comparisons(part):
            first, second = _moment(a, binder), _moment(b, binder)
            if first is None or second is None:
                continue
            if first.column in times[1] and second.column in times[0]:
                operator, first, second = _mirrored(operator), second, first
            if first.column not in times[0] or second.column not in times[1]:
                continue
            bounds = _bounds(operator, first, second)
            found = bounds if found is None else _both(found, bounds)
    if found is None or not found.complete:
        return found
    return replace(found, wm=context.ids.new("w"))


def _comparisons(node: exp.Expr) -> list[tuple[type[exp.Expr], exp.Expr, exp.Expr]]:
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Between) and not node.args.get("symmetric"):
        return [(exp.GTE, node.this, node.args["low"]), (exp.LTE, node.this, node.args["high"])]
    if isinstance(node, _COMPARISONS):
        return [(type(node), node.this, node.expression)]
    return []


def _moment(node: exp.Expr, binder: ExpressionBinder) -> Moment | None:
    """Return a column with the INTERVALs added to it; None for any other expression."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Add | exp.Sub):
        sign = -1 if isinstance(node, exp.Sub) else 1
        inner, interval = node.this, node.expression
        if isinstance(inner, exp.Interval) and sign == 1:
            inner, interval = interval, inner
        base, added = _moment(inner, binder), binder.bind(interval)
        if base is None or not is_interval(added.type):
            return None
        if added.duration is None:
            raise not_emulated("interval joins with months, or with INTERVALs that are computed")
        return Moment(base.column, base.added + sign * (added.duration // 1000))
    if not isinstance(node, exp.Column | exp.Var):
        return None
    column = binder.bind(node).column
    return None if column is None else Moment(column, 0)


def _mirrored(operator: type[exp.Expr]) -> type[exp.Expr]:
    swapped: dict[type[exp.Expr], type[exp.Expr]]
    swapped = {exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE}
    return swapped.get(operator, operator)


def _bounds(operator: type[exp.Expr], left: Moment, right: Moment) -> TimeBounds:
    """Return bounds of left - right: `left + a > right + b` says it is at least b - a + 1 ms."""
    least: int | None = right.added - left.added
    most = least
    if operator in (exp.GT, exp.GTE):
        least, most = right.added - left.added + (operator is exp.GT), None
    elif operator in (exp.LT, exp.LTE):
        least, most = None, right.added - left.added - (operator is exp.LT)
    return TimeBounds(left.column, right.column, least, most)


def _both(a: TimeBounds, b: TimeBounds) -> TimeBounds:
    """Return what two conditions say together; of another pair of times only the first counts."""
    if (a.left, a.right) != (b.left, b.right):
        return a
    lowers = [x for x in (a.lower, b.lower) if x is not None]
    uppers = [x for x in (a.upper, b.upper) if x is not None]
    return replace(a, lower=max(lowers, default=None), upper=min(uppers, default=None))


def narrowed(
    context: Context, relation: Relation, binder: ExpressionBinder, parts: list[exp.Expr]
) -> Relation:
    """Return an inner join with the bounds that the conditions of WHERE add to it."""
    if not isinstance(relation, Join) or relation.kind != "INNER" or relation.lateral:
        return relation
    found = time_bounds(context, binder, relation.left, relation.right, parts)
    if found is None:
        return relation
    if relation.times is not None:
        found = replace(_both(relation.times, found), wm=found.wm or context.ids.new("w"))
    times = {f.id for side in (relation.left, relation.right) for f in side.fields
             if f.time_attribute}  # fmt: skip
    fields = relation.fields
    if found.complete:
        fields = tuple(replace(f, time_attribute=f.id in times) for f in fields)
    return replace(relation, times=found, fields=fields)
