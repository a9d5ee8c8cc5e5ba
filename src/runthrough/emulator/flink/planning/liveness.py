"""Which columns the result of a query depends on.

Flink leaves out what nothing above needs, and some operators behave accordingly: a Top-N whose rank
is not shown need not tell when the ranks of its rows change (facts/flink-sql-ai.md 5.3, 5.7).
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.over_relations import Over, Rank, TemporalJoin, TimeSort
from runthrough.emulator.flink.bind.relations import (
    Filter,
    Join,
    Limit,
    ModelCall,
    Project,
    Reference,
    Relation,
    TopN,
    inputs,
)
from runthrough.emulator.flink.bind.window_relations import WindowTable


def live_columns(root: Relation) -> frozenset[str]:
    """Return the ids of the columns that the visible result is made of."""
    live: set[str] = set()
    pending = [(root, frozenset(f.id for f in root.fields if not f.hidden))]
    while pending:
        node, needed = pending.pop()
        live |= needed
        below = _needed_below(node, needed)
        pending += [(child, below & _ids(child)) for child in inputs(node)]
    return frozenset(live)


def _ids(node: Relation) -> frozenset[str]:
    return frozenset(f.id for f in node.fields)


def _needed_below(node: Relation, needed: frozenset[str]) -> frozenset[str]:
    match node:
        case Project():
            pairs = zip(node.fields, node.expressions, strict=True)
            return frozenset[str]().union(*(e.columns for f, e in pairs if f.id in needed))
        case Filter():
            return needed | node.condition.columns
        case Join():
            return needed | (node.condition.columns if node.condition else frozenset())
        case Over():
            seen = [*node.partition, *(k.expression for k in node.keys)]
            seen += [part for c in node.calls for part in (c.bound, *c.arguments)]
            return needed.union(*(e.columns for e in seen))
        case Rank():
            keys = (k.expression for k in node.keys)
            return needed.union(*(e.columns for e in (*node.partition, *keys)))
        case WindowTable():
            return needed | {node.time, *node.partition}
        case TopN() | TimeSort():
            return needed.union(*(k.expression.columns for k in node.keys))
        case TemporalJoin():
            seen = [part for key in node.keys for part in (key.left, key.right)]
            seen += [node.rest] if node.rest else []
            return needed.union({node.left_time, node.right_time}, *(e.columns for e in seen))
        case Limit():
            return needed
        case ModelCall():
            return needed.union(*(a.columns for a in node.arguments))
        case Reference():
            origin = dict(zip((f.id for f in node.fields), node.ids, strict=False))
            return frozenset(origin[above] for above in needed if above in origin)
        case _:
            return frozenset[str]().union(*(_ids(child) for child in inputs(node)))
