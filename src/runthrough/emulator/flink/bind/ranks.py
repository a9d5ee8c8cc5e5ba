"""Filters over a rank: Top-N and deduplication.

`WHERE rn <= 3` over ROW_NUMBER() is no filter to Flink but a Top-N, which needs far less state
than numbering all rows. The filter may stand outside of several queries and joins; here it is moved
to the numbering. Sources: facts/flink-sql-ai.md 5.2 (rows 22-24), 6.4; Flink 2.3 was asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.expression import Expr, column
from runthrough.emulator.flink.bind.expressions import ExpressionBinder
from runthrough.emulator.flink.bind.literals import number
from runthrough.emulator.flink.bind.operators import compare, logical
from runthrough.emulator.flink.bind.over_relations import Over, Rank
from runthrough.emulator.flink.bind.relations import (
    Filter,
    Join,
    Project,
    Reference,
    Relation,
)
from runthrough.emulator.flink.functions.over import RANKS
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import SqlError

_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.EQ, exp.NEQ: exp.NEQ,
    exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE,
}  # fmt: skip
_INVERTED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.NEQ: exp.EQ, exp.EQ: exp.NEQ,
    exp.LT: exp.GTE, exp.LTE: exp.GT, exp.GT: exp.LTE, exp.GTE: exp.LT,
}  # fmt: skip

Bounds = tuple[int | None, int | None]
"""The first and the last rank, both included; None = open."""


def restricted(
    context: Context,
    relation: Relation,
    binder: ExpressionBinder,
    parts: list[exp.Expr],
    clause: str,
) -> tuple[Relation, Expr | None]:
    """Make a Top-N of those conditions that bound a rank; return the rest joined by AND."""
    relation, others = cut(context, relation, binder, parts)
    rest: Expr | None = None
    for part in others:
        condition = binder.condition(part, clause)
        rest = condition if rest is None else logical("AND", rest, condition)
    return relation, rest


def cut(
    context: Context, relation: Relation, binder: ExpressionBinder, parts: list[exp.Expr]
) -> tuple[Relation, list[exp.Expr]]:
    """Make a Top-N of those conditions that bound a rank of a relation; return the others too."""
    if context.session.snapshot:
        return relation, parts
    limits: dict[str, Limits] = {}
    others: list[exp.Expr] = []
    for part in parts:
        found = _rank_bounds(part, binder, relation)
        if found is None:
            others.append(part)
            continue
        identity, bounds, hole = found
        limits[identity] = limits.get(identity, Limits()).meeting(part, bounds, hole)
    for identity, limit in limits.items():
        known = _known_last(relation, identity)
        first, last = limit.first, _least(limit.last, known)
        first, last = _closed_up(first, last, limit.holes)
        if limit.holes and limit.first is None and limit.last is None and known is None:
            others += limit.parts
            continue
        split = any(
            (first is None or first < n) and (last is None or n < last) for n in limit.holes
        )
        if split:
            others += limit.parts
        ranked = _ranked(relation, identity, Ranks(context, first or 1, last, split))
        relation = relation if ranked is None else ranked
    return relation, others


@dataclass(frozen=True)
class Limits:
    """What conditions say of one rank: from where to where, which not, and in which words."""

    first: int | None = None
    last: int | None = None
    holes: frozenset[int] = frozenset()
    parts: tuple[exp.Expr, ...] = ()

    def meeting(self, part: exp.Expr, bounds: Bounds, hole: int | None) -> Limits:
        """Return the limits with one more condition."""
        first, last = _most(self.first, bounds[0]), _least(self.last, bounds[1])
        holes = self.holes if hole is None else self.holes | {hole}
        return Limits(first, last, holes, (*self.parts, part))


def _closed_up(first: int | None, last: int | None, holes: frozenset[int]) -> Bounds:
    """Return bounds without the excluded ranks at either end: they leave no hole."""
    while last is not None and last in holes:
        last -= 1
    while first is not None and first in holes:
        first += 1
    return first, last


def _known_last(relation: Relation, identity: str) -> int | None:
    """Return the last rank that a Top-N below has already."""
    found = _ranked(relation, identity, None)
    while found is not None:
        match found:
            case Rank() if found.output.id == identity:
                return found.last
            case Project():
                places = zip(found.fields, found.expressions, strict=True)
                identity = next((e.column or "" for f, e in places if f.id == identity), "")
                found = found.input
            case Filter():
                found = found.input
            case Reference():
                own = (f.id for f in found.fields)
                identity = dict(zip(own, found.ids, strict=False)).get(identity, "")
                found = found.input
            case Join():
                left = any(f.id == identity for f in found.left.fields)
                found = found.left if left else found.right
            case _:
                return None
    return None


def _most(a: int | None, b: int | None) -> int | None:
    return max((x for x in (a, b) if x is not None), default=None)


def _least(a: int | None, b: int | None) -> int | None:
    return min((x for x in (a, b) if x is not None), default=None)


def _rank_bounds(
    node: exp.Expr, binder: ExpressionBinder, relation: Relation
) -> tuple[str, Bounds, int | None] | None:
    """Return the rank's column, its bounds and the rank that is left out.

    None unless the condition compares a rank with a number.
    """
    negated = False
    while isinstance(node, exp.Paren | exp.Not):
        negated ^= isinstance(node, exp.Not)
        node = node.this
    if negated and type(node) in _INVERTED:
        node = _INVERTED[type(node)](this=node.this, expression=node.expression)
    elif negated:
        return None
    if isinstance(node, exp.Between) and not node.args.get("symmetric"):
        low, high = binder.bind(node.args["low"]), binder.bind(node.args["high"])
        rank = _rank(binder.bind(node.this), relation)
        if rank is None or not (_whole(low) and _whole(high)):
            return None
        return rank, (int(str(low.constant)), int(str(high.constant))), None
    if type(node) not in _MIRRORED:
        return None
    kind, left, right = type(node), binder.bind(node.this), binder.bind(node.expression)
    if _rank(left, relation) is None:
        kind, left, right = _MIRRORED[kind], right, left
    rank = _rank(left, relation)
    if rank is None:
        return None
    if not _whole(right):
        if right.column is not None and kind in (exp.LT, exp.LTE, exp.EQ):
            raise not_emulated("a Top-N whose last rank is a column")
        return None
    n = int(str(right.constant))
    if kind is exp.NEQ:
        return rank, (None, None), n
    bounds: dict[type[exp.Expr], Bounds] = {
        exp.EQ: (n, n), exp.LT: (None, n - 1), exp.LTE: (None, n),
        exp.GT: (n + 1, None), exp.GTE: (n, None),
    }  # fmt: skip
    return rank, bounds[kind], None


def _whole(value: Expr) -> bool:
    return isinstance(value.constant, int) and not isinstance(value.constant, bool)


def _rank(value: Expr, relation: Relation) -> str | None:
    """Return the id of a column if it is a rank that stands alone in its SELECT."""
    if value.column is None or _ranked(relation, value.column, None) is None:
        return None
    return value.column


@dataclass(frozen=True)
class Ranks:
    """Which ranks are kept: from `first` to `last`, which is None if nothing bounds it.

    With `split` some between them are not: Flink then numbers all rows and filters.
    """

    context: Context
    first: int
    last: int | None
    split: bool = False


def _ranked(node: Relation, identity: str, ranks: Ranks | None) -> Relation | None:
    """Return a query with its numbering cut down; None if a column is no numbering.

    Args:
        node: an operator with the rank among its columns.
        identity: the id of the rank there.
        ranks: what is kept; None only asks whether it can be done.

    Raises:
        SqlError: without an upper bound, in Flink's words.
    """
    match node:
        case Over():
            call = next((c for c in node.calls if c.output.id == identity), None)
            # A second call sees all rows: what it counts must not be cut down before.
            if call is None or call.name not in RANKS or len(node.calls) + node.windows > 2:
                return None
            return node if ranks is None or ranks.split else _rank_of(node, ranks)
        case Rank() if node.output.id == identity:
            if ranks is None:
                return node
            if ranks.split:
                return _numbered(node)
            last = _least(ranks.last, node.last)
            return replace(node, first=max(ranks.first, node.first), last=last)
        case Project():
            places = {f.id: e for f, e in zip(node.fields, node.expressions, strict=True)}
            below = places[identity].column if identity in places else None
            found = None if below is None else _ranked(node.input, below, ranks)
            return None if found is None else replace(node, input=found)
        case Filter():
            found = _ranked(node.input, identity, ranks)
            return None if found is None else replace(node, input=found)
        case Reference():
            origin = dict(zip((f.id for f in node.fields), node.ids, strict=False))
            below = origin.get(identity)
            found = None if below is None else _ranked(node.input, below, ranks)
            return None if found is None else _referring(node, found, ranks)
        case Join():
            return _ranked_side(node, identity, ranks)
        case _:
            return None


def _referring(node: Reference, found: Relation, ranks: Ranks | None) -> Reference:
    """Return a use of a named query that was cut down for this use: its order may be another."""
    if ranks is None:
        return node
    ids = node.ids[: len(node.fields)] + found.order + found.wm
    order = tuple(ranks.context.ids.new("s") for _ in found.order)
    return replace(node, input=found, ids=ids, order=order)


def _ranked_side(node: Join, identity: str, ranks: Ranks | None) -> Relation | None:
    """Push the bounds to the side of a join that has the rank, unless NULLs may come from it."""
    if any(f.id == identity for f in node.left.fields) and node.kind in ("INNER", "LEFT"):
        found = _ranked(node.left, identity, ranks)
        return None if found is None else replace(node, left=found)
    if any(f.id == identity for f in node.right.fields) and node.kind in ("INNER", "RIGHT"):
        found = _ranked(node.right, identity, ranks)
        return None if found is None else replace(node, right=found)
    return None


def _rank_of(node: Over, ranks: Ranks) -> Rank:
    if ranks.last is None:
        raise SqlError(
            "Rank end is not specified. Currently rank only support TopN, which means the rank end "
            "must be specified."
        )
    if ranks.last < 1:
        raise SqlError(f"Rank end should not less than zero, but now is {ranks.last}")
    call = node.calls[0]
    return Rank(
        input=node.input,
        function=call.name,
        partition=node.partition,
        keys=node.keys,
        output=call.output,
        first=ranks.first,
        last=ranks.last,
        time=node.time,
        over=node,
    )


def _numbered(node: Rank) -> Filter:
    """Return the numbering a Top-N was made of, and its bounds as a filter."""
    rank = column(node.output.id, node.output.type)
    condition = compare(">=", rank, number(str(node.first)), "UTC")
    if node.last is not None:
        condition = logical("AND", condition, compare("<=", rank, number(str(node.last)), "UTC"))
    return Filter(node.over, condition)
