"""The columns of an operator's rows, and the times that its rows keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runthrough.emulator.flink.types import FlinkType

if TYPE_CHECKING:
    from runthrough.emulator.flink.bind.relations import Relation


@dataclass(frozen=True)
class Field:
    """A column of an operator's rows.

    Attributes:
        id: unique in the statement; its name in DuckDB.
        name: as the query calls it.
        hidden: not part of `*` (`$rowtime`, helpers of ORDER BY).
        time_attribute: carries a watermark, as `$rowtime` does.
    """

    id: str
    name: str
    type: FlinkType
    hidden: bool = False
    time_attribute: bool = False


@dataclass(frozen=True)
class KeepsTime:
    """An operator whose rows keep the arrival and the watermark of the row they come from."""

    input: Relation

    @property
    def order(self) -> tuple[str, ...]:
        """The ids that tell the rows' arrival."""
        return self.input.order

    @property
    def wm(self) -> tuple[str, ...]:
        """The ids of the watermarks that were there when the row came."""
        return self.input.wm


@dataclass(frozen=True)
class KeepsLeftTime:
    """An operator whose rows keep the arrival and the watermark of their left row."""

    left: Relation

    @property
    def order(self) -> tuple[str, ...]:
        """The ids that tell the rows' arrival."""
        return self.left.order

    @property
    def wm(self) -> tuple[str, ...]:
        """The ids of the watermarks that were there when the row came."""
        return self.left.wm


class Timeless:
    """An operator whose rows have no time."""

    @property
    def wm(self) -> tuple[str, ...]:
        """Nothing: no watermark comes with them."""
        return ()
