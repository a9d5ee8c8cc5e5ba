"""What a function over windows is that Python computes.

Such a function sees the rows of one partition, in the order of the window, and gives one value for
each of them. A row's value may depend on the rows before it alone: then what was given once never
changes when more rows come. Source: facts/flink-sql-ai.md 4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.types import FlinkType

Compute = Callable[[Sequence[tuple[Any, ...]]], Sequence[Any]]
"""The arguments of a partition's rows, in order → one value for each (a dict for a ROW)."""


@dataclass(frozen=True)
class OrderedFunction:
    """One function.

    Attributes:
        name: in upper case.
        forms: how it is written, for the published list.
        counts: the numbers of arguments it takes, least and most.
        result: checks the bound arguments and gives the type. Raises Refused.
        compute: gives the values.
    """

    name: str
    forms: str
    counts: tuple[int, int]
    result: Callable[[tuple[Expr, ...]], FlinkType]
    compute: Compute
