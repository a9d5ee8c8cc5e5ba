"""Outer joins of which a condition above leaves the matched rows alone: they are inner joins.

`… a LEFT JOIN b ON … WHERE b.w > 1` can never show a row without its partner, so Flink's planner
joins without keeping such rows: the result is inserts alone over inserts, and no `LeftOuterJoin` is
there to be blamed. Flink 2.3 was asked for when it does so (tests/oracle, corpus and generator).
"""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Filter,
    Join,
    Project,
    Relation,
    SemiJoin,
    TopN,
)

NONE: frozenset[str] = frozenset()


def tightened(node: Relation, rejected: frozenset[str] = NONE) -> Relation:
    """Return a query with the outer joins as inner ones that may be so.

    Args:
        node: the query.
        rejected: columns of which a NULL keeps the row from what is above.
    """
    match node:
        case Filter():
            return _over(node, rejected | node.condition.rejects)
        case Project():
            below = [
                e.strict
                for f, e in zip(node.fields, node.expressions, strict=True)
                if f.id in rejected
            ]
            return _over(node, NONE.union(*below))
        case Aggregate():
            below = [
                e.strict for f, e in zip(node.fields, node.groups, strict=False) if f.id in rejected
            ]
            return _over(node, NONE if node.sets else NONE.union(*below))
        case TopN():
            return _over(node, NONE)
        case SemiJoin():
            left, right = tightened(node.left, rejected), tightened(node.right)
            if left is node.left and right is node.right:
                return node
            return replace(node, left=left, right=right)
        case Join():
            return _join(node, rejected)
        case _:
            return node


def _over(node: Filter | Project | Aggregate | TopN, rejected: frozenset[str]) -> Relation:
    below = tightened(node.input, rejected)
    return node if below is node.input else replace(node, input=below)


def _join(node: Join, rejected: frozenset[str]) -> Relation:
    left, right = _ids(node.left), _ids(node.right)
    kind = node.kind
    if kind in ("RIGHT", "FULL") and rejected & left:
        # Rows of the right side alone have NULL on the left.
        kind = "INNER" if kind == "RIGHT" else "LEFT"
    if kind in ("LEFT", "FULL") and rejected & right:
        kind = "INNER" if kind == "LEFT" else "RIGHT"
    # A join's own condition drops such rows too, but Flink does not look at it.
    below_left = tightened(node.left, rejected & left if kind in ("INNER", "LEFT") else NONE)
    below_right = tightened(node.right, rejected & right if kind in ("INNER", "RIGHT") else NONE)
    if below_left is node.left and below_right is node.right and kind == node.kind:
        return node
    return replace(node, left=below_left, right=below_right, kind=kind)


def _ids(node: Relation) -> frozenset[str]:
    return frozenset(f.id for f in node.fields)
