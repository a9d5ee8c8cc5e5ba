"""Commands about materialized tables (facts/flink-sql-ai.md 1.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from runthrough.emulator.flink.catalog import Table
    from runthrough.emulator.flink.plan import Query


@dataclass(frozen=True)
class CreateMaterialized:
    """CREATE [OR ALTER] MATERIALIZED TABLE; `table` carries its definition."""

    table: Table
    query: Query
    or_alter: bool = False
    if_not_exists: bool = False

    @property
    def sql_kind(self) -> str:
        """What `traits.sql_kind` says (facts/confluent-cloud-api.md 2.4)."""
        return f"CREATE_{'OR_ALTER_' if self.or_alter else ''}MATERIALIZED_TABLE"


@dataclass(frozen=True)
class AlterMaterialized:
    """ALTER MATERIALIZED TABLE: the table as it is after the change.

    Attributes:
        action: what becomes of its query: it is stopped, goes on, is replaced by `query`, or is
            left alone.
    """

    table: Table
    action: Literal["SUSPEND", "RESUME", "REPLACE", "KEEP"]
    query: Query | None = None
    sql_kind: str = "ALTER_MATERIALIZED_TABLE"
