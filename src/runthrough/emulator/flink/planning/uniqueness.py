"""Rows that the query itself makes unique, so that grouping them again changes nothing.

Flink's planner leaves such an aggregate out: DISTINCT over GROUP BY, SUM by the key of another
aggregate, DISTINCT over LIMIT 1. A table's primary key does not count there. Flink 2.3 was asked
(tests/oracle, generator); the facts say nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from runthrough.emulator.flink.bind.over_relations import Rank
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Filter,
    Limit,
    Project,
    Relation,
    SemiJoin,
    TopN,
)

Keys = frozenset[frozenset[str]]
NO_KEYS: Keys = frozenset()
ONE_ROW: Keys = frozenset({frozenset()})
_KEEPING = ("SUM(", "MIN(", "MAX(")


def made_unique(node: Relation) -> Keys:
    """Return sets of columns whose values an operator of the query makes unique."""
    match node:
        case Aggregate():
            if node.single:
                return ONE_ROW
            size = len(node.groups) + bool(node.sets)
            return frozenset({frozenset(f.id for f in node.fields[:size])})
        case Limit() | TopN() if node.fetch is not None and node.fetch <= 1:
            return ONE_ROW
        case Rank() if node.last == 1 and not node.one:
            columns = [e.column for e in node.partition]
            return NO_KEYS if None in columns else frozenset({frozenset(c for c in columns if c)})
        case Filter() | Limit() | TopN():
            return made_unique(node.input)
        case SemiJoin():
            return made_unique(node.left)
        case Project():
            return renamed(made_unique(node.input), moved(node))
        case _:
            return NO_KEYS


def is_left_out(node: Aggregate) -> bool:
    """Return whether an aggregate has groups of one row each, and its calls give that row's value.

    COUNT is none of those: it would have to be computed still.
    """
    if node.sets or node.single or not all(c.text.startswith(_KEEPING) for c in node.calls):
        return False
    groups = frozenset(e.column for e in node.groups if e.column is not None)
    return any(key <= groups for key in made_unique(node.input))


def moved(node: Project) -> dict[str, tuple[str, ...]]:
    """Return the new ids of each column that a projection passes on unchanged."""
    found: dict[str, tuple[str, ...]] = {}
    for f, e in zip(node.fields, node.expressions, strict=True):
        if e.column is not None:
            found[e.column] = (*found.get(e.column, ()), f.id)
    return found


def renamed(keys: Keys, new: Mapping[str, tuple[str, ...]]) -> Keys:
    """Return keys in new ids; a column that is there twice may stand for itself in both forms."""
    return frozenset(
        frozenset(choice)
        for key in keys
        if all(i in new for i in key)
        for choice in product(*(new[i] for i in sorted(key)))
    )


def without_copies(key: frozenset[str], node: Relation) -> Keys:
    """Return a key of columns over a projection without those that repeat another one."""
    if not isinstance(node, Project):
        return frozenset({key})
    copies = [[i for i in ids if i in key] for ids in moved(node).values()]
    copies = [ids for ids in copies if ids]
    rest = key - {i for ids in copies for i in ids}
    return frozenset(rest | frozenset(choice) for choice in product(*copies))
