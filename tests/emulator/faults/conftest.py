"""A served emulator, and its own routes."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from runthrough.emulator.server import Running, serve


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve() as emulator:
        yield emulator


@pytest.fixture
def control(running: Running) -> Iterator[httpx.Client]:
    """The emulator's own routes, without a key; no fault is left behind."""
    with httpx.Client(base_url=running.url + "/_emulator", trust_env=False) as client:
        yield client
        client.delete("/faults").raise_for_status()
