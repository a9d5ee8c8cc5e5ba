from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import confluent_sql
import httpx
import pytest
from pydantic import SecretStr

from runthrough.emulator.server import Running, serve
from runthrough.emulator.world import ConfluentKey, World, read_world

GLOBAL_KEY = ConfluentKey(
    id="RTGLOBALKEY00001",
    secret=SecretStr("global-secret-of-a-test"),
    scope="global",
    owner="sa-rh5t1q",
)


def world_with_global_key() -> World:
    world = read_world()
    return world.model_copy(update={"keys": (*world.keys, GLOBAL_KEY)})


@dataclass
class Emulated:
    """A running emulator as its tests see it: addresses, keys, and clients we did not write."""

    running: Running

    @property
    def url(self) -> str:
        return self.running.url

    @property
    def world(self) -> World:
        return self.running.world

    @property
    def gateway(self) -> str:
        world = self.world
        return f"/sql/v1/organizations/{world.organization.id}/environments/{world.environment.id}"

    def auth(self, scope: str) -> tuple[str, str]:
        key = self.world.key(scope)
        return key.id, key.secret.get_secret_value()

    @contextmanager
    def http(self, scope: str | None, **options: Any) -> Iterator[httpx.Client]:
        auth = self.auth(scope) if scope else None
        with httpx.Client(base_url=self.url, auth=auth, trust_env=False, **options) as client:
            yield client

    def connect(self, **options: Any) -> confluent_sql.Connection:
        key, secret = self.auth("flink")
        known = {
            "endpoint": self.url,
            "controlplane_endpoint": self.url,
            "flink_api_key": key,
            "flink_api_secret": secret,
            "environment_id": self.world.environment.id,
            "organization_id": self.world.organization.id,
            "database": self.world.cluster.name,
        }
        return confluent_sql.connect(**{**known, **options})


@pytest.fixture(scope="module")
def emulated() -> Iterator[Emulated]:
    with serve(world_with_global_key()) as running:
        yield Emulated(running)


@pytest.fixture
def driver(emulated: Emulated) -> Iterator[confluent_sql.Connection]:
    connection = emulated.connect()
    yield connection
    connection.close()


@pytest.fixture
def flink(emulated: Emulated) -> Iterator[httpx.Client]:
    """The statement routes, raw, with the right key."""
    with emulated.http("flink") as client:
        client.base_url = httpx.URL(emulated.url + emulated.gateway)
        yield client


@pytest.fixture
def cloud(emulated: Emulated) -> Iterator[httpx.Client]:
    """The control plane, raw, with the right key."""
    with emulated.http("cloud") as client:
        yield client


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Makes names nobody else uses: the emulator is shared by the tests of a module."""
    return lambda prefix: f"{prefix}-{uuid.uuid4().hex[:8]}"
