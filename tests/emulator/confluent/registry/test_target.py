"""Which registry a token's request goes to: the one the header names (facts 1.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from ..conftest import Emulated

AVRO = '{"type":"record","name":"Stay","fields":[]}'


@pytest.fixture
def other(cloud: httpx.Client, unique: Callable[[str], str]) -> str:
    """The registry of another environment."""
    body = {
        "display_name": unique("target"),
        "stream_governance_config": {"package": "ESSENTIALS"},
    }
    environment = cloud.post("/org/v2/environments", json=body).json()["id"]
    spec = {
        "display_name": "one",
        "availability": "LOW",
        "cloud": "AWS",
        "region": "us-east-1",
        "config": {"kind": "Basic"},
        "environment": {"id": environment},
    }
    cloud.post("/cmk/v2/clusters", json={"spec": spec}).raise_for_status()
    [found] = cloud.get("/srcm/v3/clusters", params={"environment": environment}).json()["data"]
    return str(found["id"])


@pytest.fixture
def token(emulated: Emulated) -> Iterator[str]:
    """A data-plane token, as the CLI has one."""
    [user] = [p for p in emulated.world.principals if p.kind == "User"]
    assert user.password is not None
    login = {"email": user.email, "password": user.password.get_secret_value()}
    with emulated.http(None) as client:
        session = client.post("/api/sessions", json=login).json()["token"]
        bearer = {"Authorization": f"Bearer {session}"}
        yield client.post("/api/access_tokens", json={}, headers=bearer).json()["token"]


def subjects(emulated: Emulated, scope: str | None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with emulated.http(scope) as client:
        return client.get("/subjects", headers=named)


def test_a_client_with_a_token_reaches_the_registry_it_names(
    emulated: Emulated, token: str, other: str
) -> None:
    config = {
        "url": emulated.url,
        "bearer.auth.credentials.source": "STATIC_TOKEN",
        "bearer.auth.token": token,
        "bearer.auth.logical.cluster": other,
        "bearer.auth.identity.pool.id": "pool-none",
    }
    with SchemaRegistryClient(config) as client:
        client.register_schema("there-value", Schema(AVRO, "AVRO"))
        assert client.get_subjects() == ["there-value"]
    bearer = f"Bearer {token}"
    assert "there-value" not in subjects(emulated, None, authorization=bearer).json()
    for scope in ("global", "schema-registry"):
        assert "there-value" not in subjects(emulated, scope).json()
    assert subjects(emulated, None, authorization=bearer, target_sr_cluster=other).json() == [
        "there-value"
    ]


def test_a_role_counts_where_it_was_given(emulated: Emulated, other: str) -> None:
    """The owner of the global key has a role in the world's environment alone."""
    own = emulated.world.schema_registry.id
    assert subjects(emulated, "global", target_sr_cluster=own).status_code == 200
    assert subjects(emulated, "global", target_sr_cluster=other).status_code == 403


def test_a_registry_there_is_none_of_is_refused(emulated: Emulated, token: str) -> None:
    for scope, bearer in (("global", {}), (None, {"authorization": f"Bearer {token}"})):
        answer = subjects(emulated, scope, target_sr_cluster="lsrc-none", **bearer)
        assert (answer.status_code, answer.json()["error_code"]) == (403, 40301)
        assert "lsrc-none" in answer.json()["message"]


def test_a_registrys_own_key_opens_no_other(emulated: Emulated, other: str) -> None:
    own = emulated.world.schema_registry.id
    assert subjects(emulated, "schema-registry", target_sr_cluster=own).status_code == 200
    assert subjects(emulated, "schema-registry", target_sr_cluster=other).status_code == 401
