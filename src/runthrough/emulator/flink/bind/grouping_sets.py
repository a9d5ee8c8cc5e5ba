"""GROUPING SETS, ROLLUP and CUBE: which columns each of several groupings groups by.

Source: facts/flink-sql-ai.md 5.2, row 9; the SQL standard for how the forms unfold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from sqlglot import exp

Sets = tuple[tuple[int, ...], ...]
GROUPING_FUNCTIONS = ("GROUPING", "GROUPING_ID")


def is_grouping_call(node: exp.Expr) -> bool:
    """Return whether a node is GROUPING(…) or GROUPING_ID(…)."""
    return isinstance(node, exp.Anonymous) and str(node.this).upper() in GROUPING_FUNCTIONS


def grouping_sets(nodes: Sequence[exp.Expr], place: Callable[[exp.Expr], int]) -> Sets:
    """Return the groupings of a GROUP BY, each as positions among its expressions.

    Args:
        nodes: the items of GROUP BY.
        place: gives the position of one expression.
    """
    every = [_sets_of(node, place) for node in nodes]
    return tuple(_union(parts) for parts in product(*every))


def _sets_of(node: exp.Expr, place: Callable[[exp.Expr], int]) -> Sets:
    match node:
        case exp.GroupingSets():
            return tuple(one for item in node.expressions for one in _sets_of(item, place))
        case exp.Rollup():
            parts = [_sets_of(item, place)[0] for item in node.expressions]
            return tuple(_union(parts[:size]) for size in range(len(parts), -1, -1))
        case exp.Cube():
            parts = [_sets_of(item, place)[0] for item in node.expressions]
            chosen = product((True, False), repeat=len(parts))
            return tuple(
                _union([part for part, use in zip(parts, uses, strict=True) if use])
                for uses in chosen
            )
        case exp.Tuple():
            return (_union([(place(item),) for item in node.expressions]),)
        case _:
            return ((place(node),),)


def _union(parts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(position for part in parts for position in part))
