"""An engine for each test: a desk takes SQL, a bench takes what a planner would answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.flink.engine_bench import Bench, open_bench
from tests.emulator.flink.sql_bench import Desk, open_desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    yield from open_desk()


@pytest.fixture
def bench() -> Iterator[Bench]:
    yield from open_bench()
