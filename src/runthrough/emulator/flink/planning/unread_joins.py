"""Outer joins whose optional side nothing reads, and which add no rows: Flink leaves them out.

`a LEFT JOIN b` keeps every row of `a`. Where nothing above looks at a column of `b`, all that is
left of the join is how often it repeats a row of `a`: never, where `b` is unique by the columns
they meet in; to no effect, where the rows are only told apart above (DISTINCT, GROUP BY without
aggregates that count them). The query then changes as its left side alone does: it may be inserts
alone. Flink 2.3 was asked for when it does so (tests/oracle, corpus and generator): there as in
`uniqueness.py` a table's primary key does not count, nor does what LIMIT or a Top-1 leave.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

from runthrough.emulator.flink.bind.expression import column
from runthrough.emulator.flink.bind.over_relations import Over
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Filter,
    Join,
    Limit,
    Project,
    Reference,
    Relation,
    SemiJoin,
    SetOperation,
    SubqueryColumn,
    TopN,
    WindowAggregate,
    inputs,
    visible,
)
from runthrough.emulator.flink.planning.column_use import expressions
from runthrough.emulator.flink.planning.uniqueness import NO_KEYS, ONE_ROW, Keys, moved, renamed

Ids = frozenset[str]
NONE: Ids = frozenset()
_DISTINCT_COLUMN = re.compile("COUNT\\(DISTINCT \0[^\0]*\0\\)")


def without_unread_joins(root: Relation) -> Relation:
    """Return a query without the joins that its result does not depend on."""
    uses: dict[int, int] = {}
    _count_references(root, uses)
    return _Reading(uses).of(root, frozenset(f.id for f in visible(root)))


class _Reading:
    """Walks a query down with the columns that are read above each operator.

    Args:
        uses: how often each query of WITH is used, by its identity. One that is used several
            times is computed once, for all who read it, and so keeps all its columns.
    """

    def __init__(self, uses: dict[int, int]) -> None:
        self._uses = uses
        self._shared: dict[int, Relation] = {}

    def of(self, node: Relation, read: Ids, *, told_apart: bool = False) -> Relation:
        """Return an operator without unread joins; columns that are not read may be gone too.

        Args:
            node: the operator.
            read: ids that something above looks at.
            told_apart: repeating a row changes nothing above.
        """
        match node:
            case Join():
                return self._join(node, read, told_apart=told_apart)
            case Project():
                return self._project(node, read, told_apart=told_apart)
            case Filter():
                return self._over(node, read | node.condition.columns, told_apart=told_apart)
            case Aggregate():
                columns = [e.column for e in node.groups]
                plain = None not in columns and not node.sets
                distinct = all(_DISTINCT_COLUMN.fullmatch(c.text) for c in node.calls)
                return self._over(node, _columns(node), told_apart=plain and distinct)
            case TopN() | Over():
                return self._over(node, read | _columns(node))
            case Limit():
                return self._over(node, read)
            case SemiJoin() | SubqueryColumn():
                return self._subquery(node, read)
            case SetOperation(kind="UNION", keep_duplicates=True):
                return self._union(node, read)
            case Reference():
                return self._reference(node, read)
            case _:
                return self._whole(node)

    def _join(self, node: Join, read: Ids, *, told_apart: bool) -> Relation:
        if node.lateral:
            return self._whole(node)
        kept, other = (node.left, node.right) if node.kind == "LEFT" else (node.right, node.left)
        if node.kind in ("LEFT", "RIGHT") and not read & _available(other):
            met = _met(node) & _available(other)
            if told_apart or any(key <= met for key in _unique(other)):
                return self.of(kept, read, told_apart=told_apart)
        needed = read | (node.condition.columns if node.condition is not None else NONE)
        if node.times is not None:
            needed |= {node.times.left, node.times.right}
        left, right = self.of(node.left, needed), self.of(node.right, needed)
        if left is node.left and right is node.right:
            return node
        gone = _gone(node.left, left) | _gone(node.right, right)
        fields = tuple(f for f in node.fields if f.id not in gone)
        return replace(node, left=left, right=right, fields=fields)

    def _project(self, node: Project, read: Ids, *, told_apart: bool) -> Relation:
        pairs = list(zip(node.fields, node.expressions, strict=True))
        shown = [e for f, e in pairs if f.id in read]
        plain = all(e.column is not None for e in shown)
        needed = NONE.union(read, *(e.columns for e in shown))
        below = self.of(node.input, needed, told_apart=told_apart and plain)
        if below is node.input:
            return node
        gone = _gone(node.input, below)
        pairs = [(f, e) for f, e in pairs if f.id in read or not e.columns & gone]
        fields, items = tuple(f for f, _ in pairs), tuple(e for _, e in pairs)
        return replace(node, input=below, fields=fields, expressions=items)

    def _over(
        self, node: Filter | Aggregate | TopN | Limit | Over, read: Ids, *, told_apart: bool = False
    ) -> Relation:
        below = self.of(node.input, read, told_apart=told_apart)
        return node if below is node.input else replace(node, input=below)

    def _subquery(self, node: SemiJoin | SubqueryColumn, read: Ids) -> Relation:
        # A subquery's own expressions may look at columns of the left side.
        left = self.of(node.left, NONE.union(read, _columns(node), _mentioned(node.right)))
        right = self.of(node.right, frozenset(f.id for f in visible(node.right)))
        if left is node.left and right is node.right:
            return node
        return replace(node, left=left, right=right)

    def _union(self, node: SetOperation, read: Ids) -> Relation:
        """Columns of a union go by their place: what one side lost the others lose as well."""
        sides = (node.left, node.right)
        wanted = [f.id in read for f in node.fields]
        new = []
        for side in sides:
            needed = {f.id for f, w in zip(side.fields, wanted, strict=True) if w}
            new.append(self.of(side, frozenset(needed)))
        if new[0] is sides[0] and new[1] is sides[1]:
            return node
        there = [{f.id for f in side.fields} for side in new]
        kept = [
            a.id in there[0] and b.id in there[1]
            for a, b in zip(node.left.fields, node.right.fields, strict=True)
        ]
        left, right = (_cut(a, b, kept) for a, b in zip(sides, new, strict=True))
        fields = tuple(f for f, k in zip(node.fields, kept, strict=True) if k)
        return replace(node, left=left, right=right, fields=fields)

    def _reference(self, node: Reference, read: Ids) -> Relation:
        if self._uses[id(node.input)] > 1:
            if id(node.input) not in self._shared:
                self._shared[id(node.input)] = self._all(node.input)
            below = self._shared[id(node.input)]
        else:
            own = (*(f.id for f in node.fields), *node.order, *node.wm)
            origin = zip(own, node.ids, strict=True)
            below = self.of(node.input, frozenset(i for new, i in origin if new in read))
        if below is node.input:
            return node
        there = _available(below)
        places = iter([i in there for i in node.ids])
        fields = tuple(f for f in node.fields if next(places))
        order = tuple(i for i in node.order if next(places))
        wm = tuple(i for i in node.wm if next(places))
        ids = tuple(i for i in node.ids if i in there)
        return replace(node, input=below, fields=fields, order=order, wm=wm, ids=ids)

    def _whole(self, node: Relation) -> Relation:
        """Return an operator that reads all there is of its inputs."""
        match node:
            case WindowAggregate():
                below = self._all(node.input)
                if below is node.input:
                    return node
                return replace(node, aggregate=replace(node.aggregate, input=below))
            case _:
                new = tuple(self._all(child) for child in inputs(node))
                if all(a is b for a, b in zip(new, inputs(node), strict=True)):
                    return node
                return _with_inputs(node, new)

    def _all(self, node: Relation) -> Relation:
        return self.of(node, _available(node) | _mentioned(node))


def _with_inputs(node: Relation, new: tuple[Relation, ...]) -> Relation:
    sides = {"input": new[0]} if len(new) == 1 else dict(zip(("left", "right"), new, strict=True))
    made: Relation = replace(cast("Any", node), **sides)
    return made


def _cut(before: Relation, after: Relation, kept: list[bool]) -> Relation:
    """Return one side of a union with the columns at these places alone."""
    wanted = {f.id for f, k in zip(before.fields, kept, strict=True) if k}
    fields = tuple(f for f in after.fields if f.id in wanted)
    if len(fields) == len(after.fields):
        return after
    if isinstance(after, Project):
        pairs = zip(after.fields, after.expressions, strict=True)
        return replace(
            after, fields=fields, expressions=tuple(e for f, e in pairs if f.id in wanted)
        )
    return Project(after, fields, tuple(column(f.id, f.type) for f in fields))


def _count_references(node: Relation, uses: dict[int, int]) -> None:
    for child in inputs(node):
        if isinstance(node, Reference):
            uses[id(child)] = uses.get(id(child), 0) + 1
            if uses[id(child)] > 1:
                continue
        _count_references(child, uses)


def _available(node: Relation) -> Ids:
    return frozenset((*(f.id for f in node.fields), *node.order, *node.wm))


def _gone(before: Relation, after: Relation) -> Ids:
    return _available(before) - _available(after)


def _columns(node: Relation) -> Ids:
    return NONE.union(*(e.columns for e in expressions(node)))


def _mentioned(node: Relation) -> Ids:
    """Return the columns that any expression of a query looks at."""
    return _columns(node).union(*(_mentioned(child) for child in inputs(node)))


def _met(node: Join) -> Ids:
    """Return the columns that a join's condition makes equal to one of the other side."""
    left = {f.id for f in node.left.fields}
    equal = node.condition.equal if node.condition is not None else ()
    return frozenset(i for a, b in equal if (a in left) != (b in left) for i in (a, b))


def _unique(node: Relation) -> Keys:
    """Return sets of columns that are unique in Flink's eyes before it has chosen operators."""
    match node:
        case Aggregate() | WindowAggregate():
            inner = node if isinstance(node, Aggregate) else node.aggregate
            if inner.single:
                return ONE_ROW
            size = len(inner.groups) + bool(inner.sets)
            return frozenset({frozenset(f.id for f in node.fields[:size])})
        case SetOperation(keep_duplicates=False):
            return frozenset({frozenset(f.id for f in node.fields)})
        case Project():
            return renamed(_unique(node.input), moved(node))
        case Filter() | Over():
            return _unique(node.input)
        case SemiJoin() | SubqueryColumn():
            return _unique(node.left)
        case Reference():
            own = (*(f.id for f in node.fields), *node.order, *node.wm)
            new = dict(zip(node.ids, ((i,) for i in own), strict=True))
            return renamed(_unique(node.input), new)
        case Join():
            return _unique_joined(node)
        case _:
            return NO_KEYS


def _unique_joined(node: Join) -> Keys:
    left, right, met = _unique(node.left), _unique(node.right), _met(node)
    keys = {a | b for a in left for b in right}
    if node.kind in ("INNER", "LEFT") and any(key <= met for key in right):
        keys |= left
    if node.kind in ("INNER", "RIGHT") and any(key <= met for key in left):
        keys |= right
    return frozenset(keys)
