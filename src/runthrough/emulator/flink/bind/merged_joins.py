"""JOIN … USING (a, b) and NATURAL JOIN: columns of one name become one column.

The merged columns come first in `*`; each side's own is still there behind its alias. Source: the
SQL standard, as Flink's parser and validator follow it.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.expression import Expr, column
from runthrough.emulator.flink.bind.fields import Field
from runthrough.emulator.flink.bind.operators import compare, logical
from runthrough.emulator.flink.bind.relations import Project, Relation
from runthrough.emulator.flink.bind.scope import Range, Scope
from runthrough.emulator.flink.bind.type_rules import common
from runthrough.emulator.flink.parse.refusals import Refused


def merged_names(context: Context, join: exp.Join, left: Scope, right: Scope) -> tuple[str, ...]:
    """Return the names that both sides share by USING or NATURAL; () for any other join.

    Raises:
        SqlError: a name of USING that one side does not have, or has twice.
    """
    if join.meta.get("natural"):
        return tuple(dict.fromkeys(n for n in _names(left) if n in _names(right)))
    names = []
    for node in join.args.get("using") or ():
        for side in (left, right):
            found = _names(side).count(node.name)
            if found != 1:
                what = "not found in any table" if not found else "is ambiguous"
                raise context.refuse(node, f"Column '{node.name}' {what}")
        names.append(str(node.name))
    return tuple(names)


def _names(scope: Scope) -> list[str]:
    return [f.name for item in scope.ranges for f in item.plain if not f.hidden]


def _field(ranges: tuple[Range, ...], name: str) -> Field:
    return next(f for item in ranges for f in item.plain if f.name == name and not f.hidden)


def merged_condition(context: Context, left: Scope, right: Scope, names: tuple[str, ...]) -> Expr:
    """Return the condition that the columns of each name are equal. Raises SqlError."""
    condition: Expr | None = None
    for name in names:
        a, b = _field(left.ranges, name), _field(right.ranges, name)
        try:
            equal = compare(
                "=", column(a.id, a.type), column(b.id, b.type), context.session.time_zone
            )
        except Refused as refusal:
            raise context.refuse(None, str(refusal)) from refusal
        condition = equal if condition is None else logical("AND", condition, equal)
    if condition is None:
        raise ValueError("a join by no name")
    return condition


def merged(
    context: Context,
    joined: Relation,
    left: tuple[Range, ...],
    right: tuple[Range, ...],
    kind: str,
    names: tuple[str, ...],
) -> tuple[Relation, tuple[Range, ...]]:
    """Return the join's rows with the merged columns, and the names in them."""
    pairs = [(_field(left, name), _field(right, name)) for name in names]
    if kind == "FULL":
        joined, shared = _coalesced(context, joined, pairs)
    else:
        shared = tuple(_chosen(kind, a, b) for a, b in pairs)
    taken = frozenset(f.id for pair in pairs for f in pair)
    ranges = tuple(replace(r, merged=r.merged | taken) for r in left + right)
    return joined, (Range((), shared), *ranges)


def _chosen(kind: str, a: Field, b: Field) -> Field:
    """Return the side that is always there; in an inner join NULL is on neither."""
    if kind in ("LEFT", "RIGHT"):
        return b if kind == "RIGHT" else a
    return replace(a, type=a.type.with_null(a.type.nullable and b.type.nullable))


def _coalesced(
    context: Context, joined: Relation, pairs: list[tuple[Field, Field]]
) -> tuple[Relation, tuple[Field, ...]]:
    """Add for each pair a column with the side's value that is there."""
    made, items = [], []
    for a, b in pairs:
        shared = common([a.type, b.type]) or a.type
        one, other = column(a.id, a.type), column(b.id, b.type)
        text = f"COALESCE({one.text}, {other.text})"
        sql = f"coalesce({one.sql}, {other.sql})"
        made.append(Field(context.ids.new(), a.name, shared))
        items.append(Expr(sql, shared, text, one.columns | other.columns))
    fields = (*joined.fields, *made)
    plain = tuple(column(f.id, f.type) for f in joined.fields)
    return Project(joined, fields, (*plain, *items)), tuple(made)
