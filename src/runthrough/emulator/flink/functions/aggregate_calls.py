"""What an aggregate function is to the planner, and a call of one.

The functions are in `aggregates.py` and `statistics.py`. Source: facts/flink-sql-ai.md 6.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runthrough.emulator.flink.bind.expression import Expr, combine
from runthrough.emulator.flink.bind.type_rules import plain
from runthrough.emulator.flink.parse.refusals import Refused
from runthrough.emulator.flink.types import FlinkType


@dataclass(frozen=True)
class AggregateCall:
    """A call of an aggregate function.

    Attributes:
        star: COUNT(*).
        condition: of FILTER (WHERE …).
        order: DuckDB text that sorts the input rows by arrival.
        grouped: whether the query has GROUP BY; without it results can be NULL.
        words: what the parser noted beside the arguments (ABSENT ON NULL …).
        zone: the session's time zone.
        window: the name of the window that the call is made over, if it is.
    """

    name: str
    arguments: tuple[Expr, ...]
    distinct: bool
    star: bool
    condition: Expr | None
    order: str
    grouped: bool
    window: str = ""
    words: Mapping[str, Any] = field(default_factory=dict)
    zone: str = "UTC"

    def text(self) -> str:
        """Return the call as a plan prints it."""
        inside = "*" if self.star else ", ".join(a.text for a in self.arguments)
        head = f"{self.name}({'DISTINCT ' if self.distinct else ''}{inside})"
        return head + (f" FILTER {self.condition.text}" if self.condition else "")

    def over_rows(self, call: str, *conditions: str) -> str:
        """Return DuckDB text for a call over the rows that FILTER and other conditions leave."""
        needed = [*conditions, *([self.condition.sql] if self.condition else [])]
        rows = f" FILTER (WHERE {' AND '.join(needed)})" if needed else ""
        return call + rows + (f" OVER {self.window}" if self.window else "")

    def result(self, sql: str, t: FlinkType) -> Expr:
        """Return the bound call."""
        parts = (*self.arguments, *([self.condition] if self.condition else []))
        return combine(sql, t, self.text(), *parts)

    def nullable(self) -> bool:
        """Return whether the result can be NULL: no rows, or only NULLs, to look at."""
        return not self.grouped or self.condition is not None or self.arguments[0].type.nullable

    def wrong_type(self, form: str) -> Refused:
        """Return the refusal of an argument of a wrong type."""
        types = ", ".join(f"<{plain(a.type)}>" for a in self.arguments)
        return Refused(
            f"Cannot apply '{self.name}' to arguments of type '{self.name}({types})'. "
            f"Supported form(s): '{self.name}({form})'"
        )


Binder = Callable[[AggregateCall], Expr]


@dataclass(frozen=True)
class Aggregate:
    """One aggregate function: how it is written, how many arguments, how it is bound."""

    name: str
    forms: str
    counts: tuple[int, int]
    bind: Binder
