from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from ..conftest import Emulated


@pytest.fixture
def kafka(emulated: Emulated) -> Iterator[httpx.Client]:
    """The routes of the world's cluster, with the right key."""
    with emulated.http("kafka") as client:
        client.base_url = httpx.URL(f"{emulated.url}/kafka/v3/clusters/{emulated.world.cluster.id}")
        yield client


@pytest.fixture
def bootstrap(emulated: Emulated) -> str:
    """The broker's address as a Kafka client takes it."""
    return emulated.running.exports["KAFKA_BOOTSTRAP_SERVERS"].partition("://")[2]
