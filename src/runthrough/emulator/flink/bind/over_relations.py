"""The operators of windows over rows, ranks and times.

They stand apart from `relations.py`, which names them in `Relation`. Sources:
facts/flink-sql-ai.md 5.2 (rows 13-15, 22-28, 37), 5.7.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from runthrough.emulator.flink.bind.fields import KeepsTime

if TYPE_CHECKING:
    from runthrough.emulator.flink.bind.expression import Expr
    from runthrough.emulator.flink.bind.relations import Field, Relation, SortKey


@dataclass(frozen=True)
class Frame:
    """Which rows of the partition a call sees.

    Attributes:
        rows: counted in rows; otherwise in values of the order.
        lower: how far back it begins, in rows or (for times) ms; None = at the first row.
        upper: DuckDB text of its end.
        ends_here: it ends with the current row, as streaming Flink asks.
        month: a bound was given in months, which Flink refuses.
        in_time: bounds are ms.
    """

    rows: bool
    lower: str | None = None
    upper: str = "CURRENT ROW"
    ends_here: bool = True
    month: bool = False
    in_time: bool = False

    def text(self) -> str:
        """Return the frame as SQL and plans write it."""
        kind = "ROWS" if self.rows else "RANGE"
        lower = "UNBOUNDED PRECEDING" if self.lower is None else self.lower
        return f"{kind} BETWEEN {lower} AND {self.upper}"


@dataclass(frozen=True)
class OverCall:
    """One call over a window.

    Attributes:
        name: of the function, in upper case.
        bound: type and text; its DuckDB text ends with `OVER "over"`, or is empty where Python
            computes the call over the ordered rows of each partition (`functions/ordered.py`).
        arguments: of a call that Python computes.
        nullable: whether an argument can be NULL.
    """

    name: str
    bound: Expr
    output: Field
    arguments: tuple[Expr, ...] = ()
    nullable: bool = True

    @property
    def in_python(self) -> bool:
        """Whether DuckDB cannot compute it."""
        return not self.bound.sql


@dataclass(frozen=True)
class Over:
    """Calls over windows that partition, order and frame in the same way.

    Attributes:
        helpers: ids and DuckDB text of what the calls need first, over the window `"rows"`.
        order: the id of the row's number in the order of time and arrival.
        row: the id of a column that tells a row of the input from all others.
        time: the id of the time attribute the rows are ordered by; None if it is something else.
        windows: how many different windows the SELECT has; a stream may have one.
        whole: the list above computes nothing, so that Flink does not narrow the rows before.
    """

    input: Relation
    partition: tuple[Expr, ...]
    keys: tuple[SortKey, ...]
    frame: Frame
    calls: tuple[OverCall, ...]
    helpers: tuple[tuple[str, str], ...]
    order: tuple[str, ...]
    row: str
    time: str | None
    windows: int = 1
    whole: bool = False

    @property
    def fields(self) -> tuple[Field, ...]:
        """The input's columns, then one for each call."""
        return self.input.fields + tuple(call.output for call in self.calls)

    @property
    def wm(self) -> tuple[str, ...]:
        """The ids of the watermarks that were there when the row came."""
        return self.input.wm


@dataclass(frozen=True)
class Rank(KeepsTime):
    """Top-N: the rows of each partition from one rank to another.

    Attributes:
        function: ROW_NUMBER, or what Flink refuses.
        output: the rank's column, computed even where nothing looks at it.
        first, last: ranks, both included.
        time: the id of the time attribute that comes first in the order; None without one.
        over: the numbering of all rows that it was made of.
    """

    function: str
    partition: tuple[Expr, ...]
    keys: tuple[SortKey, ...]
    output: Field
    first: int
    last: int | None
    time: str | None
    over: Over

    @property
    def fields(self) -> tuple[Field, ...]:
        """The input's columns, then the rank."""
        return (*self.input.fields, self.output)

    @property
    def one(self) -> bool:
        """Whether a partition has one row at most, whose rank is known."""
        return self.first == self.last

    @property
    def by_time_alone(self) -> bool:
        """Whether the first (or last) of a partition is told by its time alone."""
        return self.first == self.last == 1 and self.time is not None and len(self.keys) == 1


@dataclass(frozen=True)
class TimeSort:
    """ORDER BY a time attribute, ascending: rows leave in that order, after the watermark.

    Attributes:
        order: the id of the row's number in that order.
        time: the id of the time attribute.
    """

    input: Relation
    keys: tuple[SortKey, ...]
    order: tuple[str, ...]
    time: str

    @property
    def fields(self) -> tuple[Field, ...]:
        """The input's columns."""
        return self.input.fields

    @property
    def wm(self) -> tuple[str, ...]:
        """The ids of the watermarks that were there when the row came."""
        return self.input.wm


@dataclass(frozen=True)
class TemporalKey:
    """Two expressions that must be equal, and their DuckDB text in a type they share."""

    left: Expr
    right: Expr
    left_sql: str
    right_sql: str


@dataclass(frozen=True)
class TemporalJoin:
    """FOR SYSTEM_TIME AS OF: each left row with the version of a right row at its time.

    Attributes:
        right: all versions of its rows.
        keys: what must be equal: a version is looked for among those with the same values.
        condition: the keys as a condition. rest: what else must be true of the version found.
        left_time, right_time: ids of the time attributes.
        gone: the id of the column that marks the end of a row, if rows can end.
        primary: ids of the right side's primary key.
    """

    kind: Literal["INNER", "LEFT"]
    left: Relation
    right: Relation
    keys: tuple[TemporalKey, ...]
    condition: Expr | None
    rest: Expr | None
    left_time: str
    right_time: str
    gone: str | None
    primary: tuple[str, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns of both sides; the right ones carry no time any more."""
        optional = self.kind == "LEFT"
        return self.left.fields + tuple(
            replace(f, type=f.type.or_null() if optional else f.type, time_attribute=False)
            for f in self.right.fields
        )

    @property
    def order(self) -> tuple[str, ...]:
        """The ids that tell the rows' arrival."""
        return self.left.order

    @property
    def wm(self) -> tuple[str, ...]:
        """The ids of the watermarks that were there when the row came."""
        return self.left.wm
