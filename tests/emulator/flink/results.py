"""What a statement that runs has given so far."""

from __future__ import annotations

from typing import Any

from runthrough.emulator.flink.running.execution import TERMINAL, Execution
from tests.waiting import eventually


def changes(execution: Execution, count: int) -> list[tuple[int, list[Any]]]:
    """Return the changes of a running statement once there are so many."""

    def look() -> list[tuple[int, list[Any]]]:
        found = execution.results(0, 10_000).rows
        assert len(found) >= count or execution.phase not in TERMINAL, execution.detail
        return list(found)

    return eventually(look, lambda found: len(found) >= count)
