from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from ..conftest import Emulated
from ..schemas.gateway import check


@pytest.fixture
def flink(emulated: Emulated) -> Iterator[httpx.Client]:
    """The statement routes, raw, with the right key; every answer is compared with its schema."""
    with emulated.http("flink", event_hooks={"response": [check]}) as client:
        client.base_url = httpx.URL(emulated.url + emulated.gateway)
        yield client
