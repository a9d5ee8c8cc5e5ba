"""The operators of windows.

They stand apart from `relations.py` because they have much in common with one another and nothing
with the rest. How they are bound is in `windows.py`, how they are carried out in
`planning/windows.py`. Source: facts/flink-sql-ai.md 5.2 (rows 16-21), 5.7, 6.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from runthrough.emulator.flink.bind.fields import Field

if TYPE_CHECKING:
    from runthrough.emulator.flink.bind.relations import Aggregate, Relation

WindowKind = Literal["TUMBLE", "HOP", "CUMULATE", "SESSION"]


@dataclass(frozen=True)
class WindowSpec:
    """What windows there are. Two inputs have the same windows iff their specs are equal.

    Attributes:
        size: ms; the largest size of CUMULATE, the gap of SESSION.
        slide: ms; of HOP, and the step of CUMULATE; 0 of the others.
        offset: ms by which all windows are moved.
        zone: the time zone whose clock the bounds show, if the time is TIMESTAMP_LTZ; else None.
    """

    kind: WindowKind
    size: int
    slide: int = 0
    offset: int = 0
    zone: str | None = None


@dataclass(frozen=True)
class WindowTable:
    """A window function over rows: each row once for every window it is in.

    Attributes:
        time: the id of the time column.
        partition: ids of the PARTITION BY columns of SESSION.
        bounds: the columns added: window_start, window_end, window_time; they end `fields`.
        batch: evaluated once over what is there; nothing is late, nothing waits.
    """

    input: Relation
    spec: WindowSpec
    time: str
    partition: tuple[str, ...]
    bounds: tuple[Field, Field, Field]
    batch: bool

    @property
    def fields(self) -> tuple[Field, ...]:
        """The input's columns, then the bounds."""
        return self.input.fields + self.bounds

    @property
    def order(self) -> tuple[str, ...]:
        """The ids that tell the rows' arrival."""
        return self.input.order

    @property
    def wm(self) -> tuple[str, ...]:
        """The watermarks when the row came.

        A session's rows come out when it is over, so that nothing behind finds them late.
        """
        return () if self.waits else self.input.wm

    @property
    def waits(self) -> bool:
        """Whether rows come out only when their window is over: a session may still grow."""
        return self.spec.kind == "SESSION" and not self.batch


@dataclass(frozen=True)
class WindowColumns:
    """Which of an operator's columns are the bounds of windows.

    Attributes:
        starts, ends, times: ids of columns with window_start, window_end, window_time.
        partition: ids of the columns that a session's windows are apart by.
        time: the name of the column the windows are made of; None where they were made below an
            operator that already works by windows.
    """

    spec: WindowSpec
    starts: frozenset[str]
    ends: frozenset[str]
    times: frozenset[str]
    partition: frozenset[str] = frozenset()
    time: str | None = None


@dataclass(frozen=True)
class JoinedWindows:
    """The same windows on both sides of a join, which are equal there."""

    left: WindowColumns
    right: WindowColumns


@dataclass(frozen=True)
class WindowAggregate:
    """GROUP BY window_start, window_end: one result for each window, when it is over.

    Attributes:
        aggregate: the aggregate over the input, late rows and all.
        window: the bounds among the input's columns.
        fields: the aggregate's, with window_time marked as a time attribute.
        end: the id of the result's window_end.
        order: the number of the result, by windows.
    """

    aggregate: Aggregate
    window: WindowColumns
    fields: tuple[Field, ...]
    end: str
    order: tuple[str, ...]

    @property
    def input(self) -> Relation:
        """What is aggregated."""
        return self.aggregate.input

    @property
    def wm(self) -> tuple[str, ...]:
        """Nothing: a result comes before the watermark that made it, so it is never late."""
        return ()
