"""Real Apache Flink as a fixture; without it these tests are skipped with the reason."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "emulator" / "flink")]

from client import Referee, absent  # noqa: E402
from judge import Judge  # noqa: E402
from ours import Ours  # noqa: E402
from world import TABLES  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = absent()
    for item in items:
        if HERE in item.path.parents:
            # With `-n … --dist loadgroup` one worker, and so one Java process, takes them all.
            item.add_marker(pytest.mark.xdist_group("oracle"))
            if reason and "judge" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    referee, ours = Referee(), Ours(TABLES)
    yield Judge(referee, ours)
    ours.close()
    referee.close()
