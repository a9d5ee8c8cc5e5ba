"""Which columns of an operator are bounds of windows, and what works by windows because of that.

Source: facts/flink-sql-ai.md 5.2 (rows 17-21); what keeps bounds and what loses them was asked of
Apache Flink 2.3.
"""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.flink.bind.over_relations import Rank
from runthrough.emulator.flink.bind.relations import (
    Filter,
    Join,
    Limit,
    ModelCall,
    Project,
    Reference,
    Relation,
    SemiJoin,
    SetOperation,
)
from runthrough.emulator.flink.bind.window_relations import (
    JoinedWindows,
    WindowAggregate,
    WindowColumns,
    WindowTable,
)


def window_columns(node: Relation) -> WindowColumns | None:
    """Return the columns of an operator that are bounds of windows; None if there are none."""
    match node:
        case WindowTable():
            start, end, time = node.bounds
            return WindowColumns(
                node.spec,
                frozenset({start.id}),
                frozenset({end.id}),
                frozenset({time.id}),
                frozenset(node.partition),
                next(f.name for f in node.input.fields if f.id == node.time),
            )
        case Project():
            below = window_columns(node.input)
            moved: dict[str, set[str]] = {}
            for f, e in zip(node.fields, node.expressions, strict=True):
                if e.column is not None:
                    moved.setdefault(e.column, set()).add(f.id)
            return _moved(below, moved)
        case Reference():
            below = window_columns(node.input)
            new = tuple(f.id for f in node.fields)
            return _moved(below, {a: {b} for a, b in zip(node.ids, new, strict=False)})
        case WindowAggregate():
            groups: dict[str, set[str]] = {}
            for f, e in zip(node.fields, node.aggregate.groups, strict=False):
                if e.column is not None:
                    groups.setdefault(e.column, set()).add(f.id)
            found = _moved(node.window, groups)
            return found and replace(found, time=None)
        case Filter():
            found = window_columns(node.input)
            if found and node.condition.columns & (found.starts | found.ends | found.times):
                # What looks at the bounds needs the function below it.
                return replace(found, time=None)
            return found
        case Limit() | ModelCall():
            return window_columns(node.input)
        case Rank():
            ranked = ranked_windows(node)
            return ranked and replace(ranked, time=None)
        case Join():
            return _of_join(node)
        case SemiJoin():
            below = window_columns(node.left)
            return below and replace(below, time=None)
        case SetOperation(kind="UNION"):
            return _of_both(node)
        case _:
            return None


def _moved(known: WindowColumns | None, names: dict[str, set[str]]) -> WindowColumns | None:
    """Return the columns under new ids; None unless both bounds are still there."""
    if known is None:
        return None

    def new(ids: frozenset[str]) -> frozenset[str]:
        return frozenset(i for old in ids for i in names.get(old, ()))

    starts, ends = new(known.starts), new(known.ends)
    if not starts and not ends:
        return None
    return replace(
        known,
        starts=starts,
        ends=ends,
        times=new(known.times),
        partition=new(known.partition) if known.partition <= names.keys() else frozenset({"lost"}),
    )


def _of_both(node: SetOperation) -> WindowColumns | None:
    """Return the bounds of UNION ALL: those at the same places on both sides."""
    sides = []
    for side in (node.left, node.right):
        names = {a.id: {b.id} for a, b in zip(side.fields, node.fields, strict=False)}
        sides.append(_moved(window_columns(side), names))
    left, right = sides
    if left is None or right is None or left.spec != right.spec:
        return None
    both = replace(
        left,
        starts=left.starts & right.starts,
        ends=left.ends & right.ends,
        times=left.times & right.times,
        time=None,
    )
    return both if both.starts or both.ends else None


def ranked_windows(node: Rank) -> WindowColumns | None:
    """Return the windows a Top-N ranks within; None unless both bounds are in PARTITION BY."""
    found = window_columns(node.input)
    columns = {e.column for e in node.partition}
    if found is None or not columns & found.starts or not columns & found.ends:
        return None
    return found


# -- joins -----------------------------------------------------------------------------------------


def joined_windows(node: Join) -> JoinedWindows | None:
    """Return the windows that a join has in common; None unless it is a window join.

    Both sides have the same windows, and the condition makes both of their bounds equal.
    """
    left, right = window_columns(node.left), window_columns(node.right)
    if left is None or right is None or left.spec != right.spec or node.condition is None:
        return None
    pairs = {*node.condition.equal, *((b, a) for a, b in node.condition.equal)}
    starts = any(a in left.starts and b in right.starts for a, b in pairs)
    ends = any(a in left.ends and b in right.ends for a, b in pairs)
    return JoinedWindows(left, right) if starts and ends else None


def _of_join(node: Join) -> WindowColumns | None:
    """Return the bounds behind a window join: of the sides that have a row for every result."""
    found = joined_windows(node)
    if found is None:
        return None
    sides = {"LEFT": [found.left], "RIGHT": [found.right], "INNER": [found.left, found.right]}
    kept = sides.get(node.kind, [])
    if not kept:
        return None
    return WindowColumns(
        kept[0].spec,
        frozenset[str]().union(*(side.starts for side in kept)),
        frozenset[str]().union(*(side.ends for side in kept)),
        frozenset[str]().union(*(side.times for side in kept)),
        kept[0].partition,
    )


def kept_times(node: Join) -> Join:
    """Return a join whose time attributes go on through it if it is a window join."""
    if joined_windows(node) is None:
        return node
    times = {f.id for side in (node.left, node.right) for f in side.fields if f.time_attribute}
    fields = tuple(replace(f, time_attribute=f.id in times) for f in node.fields)
    return replace(node, fields=fields)


def semi_joined_windows(node: SemiJoin) -> JoinedWindows | None:
    """Return the windows that IN or EXISTS has in common with its left side; None without.

    The bounds are compared in the subquery's own WHERE: `right` are columns of what it filters.
    """
    left, inner = window_columns(node.left), correlated(node.right)
    right = None if inner is None else window_columns(inner.input)
    if left is None or inner is None or right is None or left.spec != right.spec:
        return None
    equal = inner.condition.equal
    pairs = {*equal, *((b, a) for a, b in equal)}
    starts = any(a in left.starts and b in right.starts for a, b in pairs)
    ends = any(a in left.ends and b in right.ends for a, b in pairs)
    return JoinedWindows(left, right) if starts and ends else None


def correlated(node: Relation) -> Filter | None:
    """Return the filter of a subquery that may look at columns of the query around it."""
    while isinstance(node, Project):
        node = node.input
    return node if isinstance(node, Filter) else None
