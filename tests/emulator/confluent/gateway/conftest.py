from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.waiting import eventually

from ..conftest import Emulated
from ..schemas.gateway import check


@pytest.fixture
def flink(emulated: Emulated) -> Iterator[httpx.Client]:
    """The statement routes, raw, with the right key; every answer is compared with its schema."""
    with emulated.http("flink", event_hooks={"response": [check]}) as client:
        client.base_url = httpx.URL(emulated.url + emulated.gateway)
        yield client


def take(cursor: Any, count: int) -> list[Any]:
    """Fetch so many rows, asking again while there are fewer: a page may be empty."""
    rows: list[Any] = []

    def look() -> list[Any]:
        rows.extend(cursor.fetchmany(count - len(rows)))
        return rows

    return eventually(look, lambda seen: len(seen) == count)
