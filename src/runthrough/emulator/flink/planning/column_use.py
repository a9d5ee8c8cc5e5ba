"""Which columns of a query are looked at, and by which expressions.

A plan prints no column that nothing above needs, as Flink's planner drops it.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.over_relations import Over, Rank, TemporalJoin, TimeSort
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Evaluate,
    Filter,
    Join,
    ModelCall,
    Project,
    Reference,
    Relation,
    SemiJoin,
    SetOperation,
    SubqueryColumn,
    TopN,
    Unnest,
    Values,
    inputs,
)
from runthrough.emulator.flink.bind.window_relations import (
    WindowAggregate,
    WindowTable,
)
from runthrough.emulator.flink.planning.liveness import live_columns


def used_columns(relation: Relation) -> frozenset[str]:
    """Return the ids that some expression of the query, or its result, looks at."""
    live = live_columns(relation)
    used = {f.id for f in relation.fields}
    pending = [relation]
    while pending:
        node = pending.pop()
        computed = expressions(node)
        if isinstance(node, Project):
            pairs = zip(node.fields, node.expressions, strict=True)
            computed = tuple(e for f, e in pairs if f.id in live)
        used |= {identity for e in computed for identity in e.columns}
        if isinstance(node, TemporalJoin):
            used |= {node.left_time, node.right_time}
        if isinstance(node, WindowTable):
            used |= {node.time, *node.partition}
        if isinstance(node, Reference | SetOperation | Aggregate | WindowAggregate):
            used |= {f.id for child in inputs(node) for f in child.fields if not f.hidden}
        pending += inputs(node)
    return frozenset(used)


def expressions(relation: Relation) -> tuple[Expr, ...]:
    """Return the expressions an operator computes."""
    match relation:
        case Project():
            return relation.expressions
        case Filter():
            return (relation.condition,)
        case Join():
            return (relation.condition,) if relation.condition else ()
        case SemiJoin() | SubqueryColumn():
            return (relation.value,) if relation.value else ()
        case Unnest():
            return (relation.value,)
        case Evaluate():
            return (relation.label, *relation.arguments)
        case Aggregate():
            return relation.groups + relation.calls
        case WindowAggregate():
            return relation.aggregate.groups + relation.aggregate.calls
        case TopN():
            return tuple(key.expression for key in relation.keys)
        case ModelCall():
            return relation.arguments
        case Over():
            keys = tuple(key.expression for key in relation.keys)
            calls = tuple(item for c in relation.calls for item in (c.bound, *c.arguments))
            return relation.partition + keys + calls
        case Rank():
            return relation.partition + tuple(key.expression for key in relation.keys)
        case TimeSort():
            return tuple(key.expression for key in relation.keys)
        case TemporalJoin():
            parts = [part for key in relation.keys for part in (key.left, key.right)]
            return (*parts, *((relation.rest,) if relation.rest else ()))
        case Values():
            return tuple(cell for row in relation.rows for cell in row)
        case _:
            return ()


def aliases(root: Relation) -> dict[str, str]:
    """Return the names that aggregates' results, and computed groups, get from a list above."""
    found: dict[str, str] = {}
    calls: set[str] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, Project):
            for f, e in zip(node.fields, node.expressions, strict=True):
                if e.column is not None:
                    found.setdefault(e.column, f.name)
        if isinstance(node, Aggregate):
            calls |= {f.id for f in node.fields[len(node.groups) :]}
            pairs = zip(node.fields, node.groups, strict=False)
            calls |= {f.id for f, e in pairs if e.column is None}
        if isinstance(node, WindowAggregate):
            calls |= {f.id for f in node.fields[len(node.aggregate.groups) :]}
        pending += inputs(node)
    return {identity: name for identity, name in found.items() if identity in calls}
