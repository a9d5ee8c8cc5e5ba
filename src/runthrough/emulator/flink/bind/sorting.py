"""One item of ORDER BY."""

from __future__ import annotations

from sqlglot import exp

from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.relations import SortKey


def sort_key(expression: Expr, ordered: exp.Expr) -> SortKey:
    """Return one item of ORDER BY; NULLs count as the smallest unless said otherwise."""
    descending = bool(ordered.args.get("desc"))
    nulls_first = ordered.args.get("nulls_first")
    first = not descending if nulls_first is None else bool(nulls_first)
    return SortKey(expression, descending, first)
