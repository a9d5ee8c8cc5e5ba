"""A column of an operator's rows."""

from __future__ import annotations

from dataclasses import dataclass

from runthrough.emulator.flink.types import FlinkType


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
