"""Changelog records, and how the difference of two results becomes some.

Rows that share a key are an update, the rest are deletions and insertions
(facts/flink-sql-ai.md 5.7).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE = range(4)

_NEAR = 100
"""How many rows are looked at to find the other half of an update."""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Change:
    """One changelog record: op and the values of the query's columns."""

    op: int
    row: Row


def paired(
    removed: Sequence[Row], added: Sequence[Row], width: int, key: tuple[int, ...] | None
) -> list[Change]:
    """Return a difference in order: deletions, then updates and insertions.

    Args:
        removed: rows, of which the first `width` values are the query's.
        added: such rows.
        width: how many columns the query has.
        key: positions of what the halves of an update share; None = there are no updates.
    """
    waiting: dict[Any, list[Row]] = defaultdict(list)
    if key is not None:
        for row in removed:
            waiting[_hashable([row[n] for n in key])].append(row)
    changes: list[Change] = []
    for row in added:
        partners = waiting.get(_hashable([row[n] for n in key])) if key is not None else None
        if partners:
            changes.append(Change(UPDATE_BEFORE, partners.pop(0)[:width]))
            changes.append(Change(UPDATE_AFTER, row[:width]))
        else:
            changes.append(Change(INSERT, row[:width]))
    gone = removed if key is None else [row for rows in waiting.values() for row in rows]
    return [*(Change(DELETE, row[:width]) for row in gone), *changes]


def passed(rows: Sequence[Sequence[Row]]) -> list[Change]:
    """Return records that go through with the kinds they have.

    A row's two halves may lie in two partitions and arrive apart; a -U stands before the +U
    that is most like it.

    Args:
        rows: of each kind, in the order of the kinds.
    """
    return [
        *(Change(DELETE, row) for row in rows[DELETE]),
        *_halves_together(rows[UPDATE_BEFORE], rows[UPDATE_AFTER]),
        *(Change(INSERT, row) for row in rows[INSERT]),
    ]


def _halves_together(before: Sequence[Row], after: Sequence[Row]) -> list[Change]:
    """Return updates with each -U in front of the +U that shares most values with it."""
    left = list(after)
    changes: list[Change] = []
    for row in before:
        changes.append(Change(UPDATE_BEFORE, row))
        if left:
            near = left[:_NEAR]
            shared = [sum(a == b for a, b in zip(row, other, strict=True)) for other in near]
            changes.append(Change(UPDATE_AFTER, left.pop(shared.index(max(shared)))))
    return [*changes, *(Change(UPDATE_AFTER, row) for row in left)]


def _hashable(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_hashable(item) for item in value)
    if isinstance(value, dict):
        return tuple((_hashable(k), _hashable(v)) for k, v in value.items())
    return value
