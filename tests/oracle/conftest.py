"""Real Apache Flink as a fixture; without it these tests are skipped with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oracle.client import Referee, absent
from tests.oracle.judge import Judge
from tests.oracle.ours import Ours
from tests.oracle.world import TABLES

HERE = Path(__file__).parent


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
