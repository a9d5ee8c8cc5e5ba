"""GROUPING SETS, ROLLUP and CUBE: which columns each of several groupings groups by.

Source: facts/flink-sql-ai.md 5.2, row 9; the SQL standard for how the forms unfold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod

from sqlglot import exp

from runthrough.emulator.flink.parse.refusals import not_emulated

Sets = tuple[tuple[int, ...], ...]
MAX_SETS = 4096
"""The most groupings of one GROUP BY: CUBE of twelve columns."""
GROUPING_FUNCTIONS = ("GROUPING", "GROUPING_ID")


def is_grouping_call(node: exp.Expr) -> bool:
    """Return whether a node is GROUPING(…) or GROUPING_ID(…)."""
    return isinstance(node, exp.Anonymous) and str(node.this).upper() in GROUPING_FUNCTIONS


def grouping_sets(nodes: Sequence[exp.Expr], place: Callable[[exp.Expr], int]) -> Sets:
    """Return the groupings of a GROUP BY, each as positions among its expressions.

    Args:
        nodes: the items of GROUP BY.
        place: gives the position of one expression.

    Raises:
        SqlError: there are more than the emulator should be asked for.
    """
    every = [_sets_of(node, place) for node in nodes]
    if prod(len(sets) for sets in every) > MAX_SETS:
        raise not_emulated(f"GROUP BY with more than {MAX_SETS} groupings")
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
            if 2 ** len(parts) > MAX_SETS:
                raise not_emulated(f"GROUP BY with more than {MAX_SETS} groupings")
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
