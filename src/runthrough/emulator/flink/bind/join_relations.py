"""The operators that have two inputs and match their rows.

How they are bound is in `from_clause.py`, `subqueries.py` and `time_bounds.py`, their DuckDB text
in `planning/join_text.py` and `planning/time_joins.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.fields import Field, KeepsLeftTime

if TYPE_CHECKING:
    from runthrough.emulator.flink.bind.relations import Relation

JoinKind = Literal["INNER", "LEFT", "RIGHT", "FULL"]


@dataclass(frozen=True)
class TimeBounds:
    """What the condition of a join says about the times of its sides.

    Attributes:
        left, right: ids of the time attributes.
        lower, upper: of left - right, in ms; None = not bounded.
        wm: the id of the watermark that the result's rows know, once both bounds are there.
    """

    left: str
    right: str
    lower: int | None
    upper: int | None
    wm: str = ""

    @property
    def complete(self) -> bool:
        """Whether it is bounded on both sides, which makes an interval join."""
        return self.lower is not None and self.upper is not None


@dataclass(frozen=True)
class Join:
    """A join of all that came so far on both sides.

    Attributes:
        condition: None for a cross join.
        times: how its condition bounds the time attributes of both sides by one another.
        lateral: the right side is computed for each row of the left.
    """

    kind: JoinKind
    left: Relation
    right: Relation
    condition: Expr | None
    fields: tuple[Field, ...]
    times: TimeBounds | None = None
    lateral: bool = False

    @property
    def interval(self) -> TimeBounds | None:
        """The bounds, if it is an interval join."""
        return self.times if self.times is not None and self.times.complete else None

    @property
    def order(self) -> tuple[str, ...]:
        """The ids that tell the rows' arrival."""
        return self.left.order + self.right.order

    @property
    def wm(self) -> tuple[str, ...]:
        """The ids of the watermarks that were there when the row came."""
        return (self.interval.wm,) if self.interval else self.left.wm + self.right.wm


@dataclass(frozen=True)
class SemiJoin(KeepsLeftTime):
    """IN, EXISTS and their negations: the left rows that have (or lack) a partner.

    Attributes:
        right: the subquery; its own filters may look at columns of `left`.
        value: the left side of IN; None for EXISTS.
        text: the condition as a plan prints it.
    """

    right: Relation
    value: Expr | None
    negated: bool
    text: str

    @property
    def fields(self) -> tuple[Field, ...]:
        """The left columns."""
        return self.left.fields
