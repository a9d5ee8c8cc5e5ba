from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient

from ..conftest import Emulated

Clients = Callable[[], SchemaRegistryClient]


@pytest.fixture
def client(emulated: Emulated) -> Iterator[Clients]:
    """Makes clients: each has a cache of its own, so a new one asks the server."""
    key, secret = emulated.auth("schema-registry")
    config = {"url": emulated.url, "basic.auth.user.info": f"{key}:{secret}"}
    with ExitStack() as stack:
        yield lambda: stack.enter_context(SchemaRegistryClient(config))


@pytest.fixture
def registry(client: Clients) -> SchemaRegistryClient:
    return client()


@pytest.fixture
def raw(emulated: Emulated) -> Iterator[httpx.Client]:
    """The registry's routes, raw, with the right key."""
    with emulated.http("schema-registry") as client:
        yield client
