"""The names of all functions that the emulator computes, of every kind."""

from __future__ import annotations

from runthrough.emulator.flink.functions.ordered import ORDERED
from runthrough.emulator.flink.functions.over import OVER_FUNCTIONS
from runthrough.emulator.flink.functions.table import (
    AGGREGATES,
    FORMS,
    MANAGED_FUNCTIONS,
    MODEL_FUNCTIONS,
    SCALARS,
    SEARCH_FUNCTIONS,
)


def function_names() -> frozenset[str]:
    """Return them, in upper case."""
    calls = (*MODEL_FUNCTIONS, *SEARCH_FUNCTIONS, *MANAGED_FUNCTIONS, *FORMS)
    return frozenset({*SCALARS, *AGGREGATES, *OVER_FUNCTIONS, *ORDERED, *calls})
