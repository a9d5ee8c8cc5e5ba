"""Which queries may be computed for some keys alone, and for which keys.

The rule. A key is a set of columns of some sources such that the rows of the result fall into
those that stem from records with a given key, and all others, and neither part depends on the
other's records. Then new records change only the rows of their own keys. Keys are found where

- GROUP BY puts rows together: a group's rows have equal group columns;
- INNER and LEFT JOIN compare a column of each side by `=`: partners have it in common. The side
  of an INNER JOIN, and the left one of a LEFT JOIN, may also keep a key of its own: the other
  side is then read whole, and new records there need another key, or the whole result.

A key is carried down to the sources through filters, projections that pass its columns on,
groups and such joins. A source folded by a primary key (upsert) must have the key inside of it:
else a record would move a row from a key that it does not name.

Everything else (chance, sums of floating-point numbers, which depend on their order, windows,
OVER, ranks, LIMIT, set operations, model calls, WITH, outer joins of other kinds) has no keys
here: its result is computed whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runthrough.emulator.flink.bind.expression import Expr, quote
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Filter,
    Join,
    Project,
    Relation,
    Scan,
    inputs,
    visible,
)
from runthrough.emulator.flink.catalog import relation_names
from runthrough.emulator.flink.restriction import Restriction

_MOST = 8
"""So many keys of one query are kept; a batch of new records seldom needs a further one."""

_FLOATS = ("FLOAT", "DOUBLE")

Sources = Mapping[str, tuple[str, ...]]
"""Relation of a source → its columns with the key."""


@dataclass(frozen=True)
class _Key:
    """A key of an operator's rows.

    Attributes:
        sources: where it is.
        columns: for each of its columns, the ids of the operator's columns that have its value.
    """

    sources: Sources
    columns: tuple[frozenset[str], ...]


def restrictions_of(
    root: Relation, folded_by: tuple[int, ...] | None = None
) -> tuple[Restriction, ...]:
    """Return the keys of a query, those of most sources first; none if there is no rule for it.

    Args:
        root: the query.
        folded_by: positions in the result of the primary key of an upsert sink, which keeps the
            last row of each: rows that replace one another must have one key.
    """
    relations = _relations(root)
    if len(set(relations)) < len(relations):
        return ()
    keys = _keys(root)
    if folded_by is not None:
        shown = visible(root)
        primary = {shown[n].id for n in folded_by}
        keys = [key for key in keys if all(ids & primary for ids in key.columns)]
    keys.sort(key=lambda key: -len(key.sources))
    return tuple(Restriction(key.sources) for key in keys[:_MOST])


def _relations(node: Relation) -> list[str]:
    own = [node.relation] if isinstance(node, Scan) else []
    return own + [name for child in inputs(node) for name in _relations(child)]


# -- finding keys ----------------------------------------------------------------------------------


def _keys(node: Relation) -> list[_Key]:
    match node:
        case Filter() if not _by_chance(node.condition):
            return _keys(node.input)
        case Project() if not _by_chance(*node.expressions):
            return [_projected(key, node) for key in _keys(node.input)]
        case Aggregate() if _is_exact(node):
            return _of_groups(node)
        case Join() if _is_plain(node):
            return _of_join(node)
        case _:
            return []


def _by_chance(*expressions: Expr) -> bool:
    """Return whether a value may differ the next time (RAND_INTEGER(9) does, says Flink or not)."""
    return any(e.volatile or "random()" in e.sql for e in expressions)


def _is_exact(node: Aggregate) -> bool:
    """Return whether groups are the same to the last bit in whichever order rows are taken."""
    if node.sets or _by_chance(*node.groups, *node.calls):
        return False
    return not any(c.type.root in _FLOATS or "AS DOUBLE)" in c.sql for c in node.calls)


def _is_plain(node: Join) -> bool:
    """Return whether it is an INNER or LEFT JOIN of all that came, by equal columns."""
    condition = node.condition
    if condition is None or _by_chance(condition) or node.lateral or node.interval:
        return False
    return node.kind in ("INNER", "LEFT") and bool(_pairs(node))


def _projected(key: _Key, node: Project) -> _Key:
    passed: dict[str, set[str]] = {}
    for f, e in zip(node.fields, node.expressions, strict=True):
        if e.column is not None:
            passed.setdefault(e.column, set()).add(f.id)
    columns = (frozenset(i for old in ids for i in passed.get(old, ())) for ids in key.columns)
    return _Key(key.sources, tuple(columns))


def _of_groups(node: Aggregate) -> list[_Key]:
    """Return all group columns together, or each that can be carried down."""
    columns = {e.column: f.id for f, e in zip(node.fields, node.groups, strict=False) if e.column}
    choices = [tuple(columns)] if columns else []
    if len(columns) > 1:
        choices += [(column,) for column in columns]
    found = []
    for choice in choices:
        sources = _carried(node.input, choice)
        if sources is not None:
            found.append(_Key(sources, tuple(frozenset({columns[c]}) for c in choice)))
    return found


def _of_join(node: Join) -> list[_Key]:
    found = []
    for a, b in _pairs(node):
        left, right = _carried(node.left, (a,)), _carried(node.right, (b,))
        if left is not None and right is not None:
            both = {a, b} if node.kind == "INNER" else {a}
            found.append(_Key({**left, **right}, (frozenset(both),)))
    found += _keys(node.left)
    if node.kind == "INNER":
        found += _keys(node.right)
    return found


def _pairs(node: Join) -> list[tuple[str, str]]:
    """Return the columns of left and right that are compared by `=`, of the same type."""
    assert node.condition is not None
    left = {f.id: f.type.with_null(True) for f in node.left.fields}
    right = {f.id: f.type.with_null(True) for f in node.right.fields}
    equal = node.condition.equal
    pairs = [*equal, *((b, a) for a, b in equal)]
    return [(a, b) for a, b in pairs if a in left and b in right and left[a] == right[b]]


# -- carrying a key down ---------------------------------------------------------------------------


def _carried(node: Relation, columns: tuple[str, ...]) -> Sources | None:
    """Return where in the sources these columns come from, so that rows stay together.

    None = reading the sources for some values of the columns is not to choose among the
    operator's rows those with these values.
    """
    match node:
        case Scan():
            return _of_scan(node, columns)
        case Filter() if not _by_chance(node.condition):
            return _carried(node.input, columns)
        case Project() if not _by_chance(*node.expressions):
            below = {f.id: e.column for f, e in zip(node.fields, node.expressions, strict=True)}
            return _carried_on(node.input, columns, below)
        case Aggregate() if _is_exact(node):
            groups = zip(node.fields, node.groups, strict=False)
            return _carried_on(node.input, columns, {f.id: e.column for f, e in groups})
        case Join() if _is_plain(node):
            return _through_join(node, columns)
        case _:
            return None


def _carried_on(
    node: Relation, columns: tuple[str, ...], below: Mapping[str, str | None]
) -> Sources | None:
    """Carry columns on under the names they have below; None where one is computed."""
    moved = [below.get(column) for column in columns]
    known = tuple(column for column in moved if column is not None)
    return _carried(node, known) if len(known) == len(moved) else None


def _through_join(node: Join, columns: tuple[str, ...]) -> Sources | None:
    """Carry columns of one side down that side, and what equals them down the other."""
    to_right = {a: b for a, b in _pairs(node)}
    sides = [(node.left, node.right, to_right)]
    if node.kind == "INNER":
        sides.append((node.right, node.left, {b: a for a, b in to_right.items()}))
    for own, other, partner in sides:
        if not set(columns) <= {f.id for f in own.fields}:
            continue
        sources = _carried(own, columns)
        if sources is None:
            return None
        shared = _carried_on(other, columns, partner)
        return {**sources, **shared} if shared is not None else sources
    return None


def _of_scan(node: Scan, columns: tuple[str, ...]) -> Sources | None:
    table = node.table
    names = {f.id: f.name for f in node.fields[:-1]}
    stored = {c.name for c in table.columns if c.kind == "physical"}
    given = [names.get(column, "") for column in columns]
    if node.versions or not columns or not stored.issuperset(given):
        return None
    if table.mode == "upsert" and not set(table.primary_key).issuperset(given):
        return None
    there = relation_names(table)
    return {node.relation: tuple(quote(there[name]) for name in given)}
