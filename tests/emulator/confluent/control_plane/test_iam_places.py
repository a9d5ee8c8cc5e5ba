"""Keys and roles in an account with two environments, each with its cluster and registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest

from ..conftest import Emulated
from ..schemas.base import Errors
from ..schemas.iam import NewApiKey
from .iam_client import Iam

Unique = Callable[[str], str]


@dataclass(frozen=True)
class Second:
    """An environment beside the world's, with what is in it."""

    environment: str
    cluster: str
    registry: str


@pytest.fixture
def second(emulated: Emulated, cloud: httpx.Client, unique: Unique) -> Iterator[Second]:
    body = {
        "display_name": unique("second"),
        "stream_governance_config": {"package": "ESSENTIALS"},
    }
    environment = cloud.post("/org/v2/environments", json=body).json()["id"]
    spec = {
        "display_name": unique("cluster"),
        "availability": "LOW",
        "cloud": emulated.world.cloud,
        "region": emulated.world.region,
        "config": {"kind": "Basic"},
        "environment": {"id": environment},
    }
    cluster = cloud.post("/cmk/v2/clusters", json={"spec": spec}).json()["id"]
    there = {"environment": environment}
    while True:
        listed = cloud.get("/srcm/v3/clusters", params=there).json()["data"]
        seen = cloud.get(f"/cmk/v2/clusters/{cluster}", params=there).json()
        if listed and seen["status"]["phase"] == "PROVISIONED":
            break
    yield Second(environment, cluster, listed[0]["id"])
    cloud.delete(f"/cmk/v2/clusters/{cluster}", params=there)
    cloud.delete(f"/org/v2/environments/{environment}")


@contextmanager
def holding(iam: Iam, answer: httpx.Response) -> Iterator[httpx.Client]:
    """Whoever holds the key of this answer."""
    assert answer.status_code == 202, answer.text
    made = NewApiKey.model_validate_json(answer.content)
    auth = made.id, made.spec.secret
    with httpx.Client(base_url=iam.emulated.url, auth=auth, trust_env=False) as client:
        yield client


@pytest.fixture
def owner(iam: Iam, unique: Unique) -> str:
    account = iam.account(unique("owner"))
    iam.bind(account, "OrganizationAdmin", iam.organization)
    return account


def test_a_kafka_key_opens_its_own_cluster_only(iam: Iam, owner: str, second: Second) -> None:
    ours = iam.emulated.world.cluster.id
    with holding(iam, iam.ask_key(owner, second.cluster)) as client:
        assert client.get(f"/kafka/v3/clusters/{second.cluster}/topics").status_code == 200
        refused = client.get(f"/kafka/v3/clusters/{ours}/topics")
    assert refused.status_code == 401
    assert refused.headers["content-type"].startswith("text/html")


def test_a_flink_key_opens_its_own_environment_only(iam: Iam, owner: str, second: Second) -> None:
    world = iam.emulated.world
    region = f"aws.{world.region}"
    theirs = iam.emulated.gateway.replace(world.environment.id, second.environment)
    with holding(iam, iam.ask_key(owner, region, environment=second.environment)) as client:
        assert client.get(f"{theirs}/statements").status_code == 200
        refused = client.get(f"{iam.emulated.gateway}/statements")
    assert refused.status_code == 401
    error = Errors.model_validate_json(refused.content).errors[0]
    assert error.detail == "Unauthorized"


def test_a_registry_key_sees_its_own_subjects_only(
    iam: Iam, owner: str, second: Second, unique: Unique
) -> None:
    subject = unique("orders")
    schema = {"schema": '{"type": "string"}'}
    with holding(iam, iam.ask_key(owner, second.registry)) as client:
        assert client.post(f"/subjects/{subject}/versions", json=schema).status_code == 200
        assert client.get("/subjects").json() == [subject]
    with iam.emulated.http("schema-registry") as ours:
        assert subject not in ours.get("/subjects").json()


def test_an_administrator_of_one_environment_is_nobody_in_another(
    iam: Iam, second: Second, unique: Unique
) -> None:
    admin = iam.account(unique("admin"))
    iam.bind(admin, "EnvironmentAdmin", f"{iam.organization}/environment={second.environment}")
    with iam.as_(admin, "cloud") as client:
        for environment, status in (
            (second.environment, 200),
            (iam.emulated.world.environment.id, 403),
        ):
            there = {"environment": environment}
            assert client.get("/cmk/v2/clusters", params=there).status_code == status
            assert client.get(f"/org/v2/environments/{environment}").status_code == status
        assert client.post("/org/v2/environments", json={"display_name": "x"}).status_code == 403


def test_a_key_of_a_deleted_cluster_opens_nothing(
    iam: Iam, cloud: httpx.Client, owner: str, second: Second
) -> None:
    with holding(iam, iam.ask_key(owner, second.cluster)) as client:
        there = {"environment": second.environment}
        assert cloud.delete(f"/cmk/v2/clusters/{second.cluster}", params=there).status_code == 204
        answer = client.get(f"/kafka/v3/clusters/{second.cluster}/topics")
    assert answer.status_code in (401, 404)
    assert iam.ask_key(owner, second.cluster).status_code == 403
