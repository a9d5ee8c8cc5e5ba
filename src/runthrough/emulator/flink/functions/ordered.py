"""The table of functions over windows that Python computes (facts/flink-sql-ai.md 4.2)."""

from __future__ import annotations

from runthrough.emulator.flink.functions.anomalies import SERIES_FUNCTIONS
from runthrough.emulator.flink.functions.ordered_base import OrderedFunction

ORDERED: dict[str, OrderedFunction] = {function.name: function for function in SERIES_FUNCTIONS}
"""By name in upper case."""
