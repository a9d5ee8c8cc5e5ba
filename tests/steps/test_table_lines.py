"""What lines about tables ask for, and what they say where it differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pytest

from steps import tables


@dataclass
class FakeFlink:
    """Counts the rows of two tables; a condition leaves half of the source's."""

    source: int
    target: int

    def count(self, table: str, *, where: str | None = None) -> int:
        rows = self.source if table == "changes" else self.target
        return rows // 2 if where == "n >= 3" else rows


def follow(source: int, target: int, condition: str | None = None) -> None:
    flink = cast(Any, FakeFlink(source, target))
    tables.follow_changes(flink, "changes", condition, "summaries")


def test_every_change_has_a_row() -> None:
    follow(4, 4)
    with pytest.raises(AssertionError, match="3 rows for 4 changes"):
        follow(4, 3)


def test_a_condition_leaves_changes_out() -> None:
    follow(4, 2, "n >= 3")
    with pytest.raises(AssertionError, match="4 rows for 2 changes"):
        follow(4, 4, "n >= 3")


def test_a_table_without_changes_proves_nothing() -> None:
    with pytest.raises(AssertionError, match="no such change yet"):
        follow(0, 0)
