"""Tableflow in another environment than the world's own, until its cluster is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from confluent_kafka import Producer

from runthrough.emulator.server import serve
from runthrough.emulator.world import read_world
from tests.emulator.confluent.schemas.tableflow import Topic
from tests.waiting import eventually

from ..conftest import GLOBAL_KEY, Emulated
from .conftest import PIM, TOPICS, Lab


@pytest.fixture(scope="module")
def emulated() -> Iterator[Emulated]:
    """A world whose global key is the author's, who administers every environment."""
    world = read_world()
    author = next(one.id for one in world.principals if one.kind == "User")
    key = GLOBAL_KEY.model_copy(update={"owner": author})
    with serve(world.model_copy(update={"keys": (*world.keys, key)})) as running:
        yield Emulated(running)


@pytest.fixture
def cluster(cloud: httpx.Client) -> dict[str, Any]:
    """A cluster of an environment of its own, provisioned."""
    environment = cloud.post("/org/v2/environments", json={"display_name": "elsewhere"}).json()
    spec = {
        "display_name": "elsewhere",
        "availability": "LOW",
        "cloud": "AWS",
        "region": "us-east-1",
        "config": {"kind": "Standard"},
        "environment": {"id": environment["id"]},
    }
    made = cloud.post("/cmk/v2/clusters", json={"spec": spec}).json()
    where = {"environment": environment["id"]}
    return eventually(
        lambda: cloud.get(f"/cmk/v2/clusters/{made['id']}", params=where).json(),
        lambda seen: seen["status"]["phase"] == "PROVISIONED",
    )


def test_each_cluster_has_its_own_topics_and_takes_them_along(
    emulated: Emulated, cloud: httpx.Client, lab: Lab, cluster: dict[str, Any]
) -> None:
    environment = cluster["spec"]["environment"]["id"]
    where = {"environment": environment}
    place = {**where, "spec.kafka_cluster": cluster["id"]}
    lab.done("CREATE TABLE twice (id INT)")
    with emulated.http("global") as client:
        path = f"/kafka/v3/clusters/{cluster['id']}/topics"
        assert client.post(path, json={"topic_name": "twice"}).status_code == 201
        spec = lab.spec(
            "twice", environment={"id": environment}, kafka_cluster={"id": cluster["id"]}
        )
        made = client.post(TOPICS, json={"spec": spec})
        assert made.status_code == 202, made.text
        assert lab.enable("twice").status_code == 202

        def look() -> Topic:
            answer = client.get(f"{TOPICS}/twice", params=place)
            return Topic.model_validate_json(answer.content)

        shown = eventually(look, lambda seen: seen.status.phase == "RUNNING")
        assert shown.spec.storage.table_path != lab.path("twice")
        servers = cluster["spec"]["kafka_bootstrap_endpoint"].rpartition("/")[2]
        producer = Producer({"bootstrap.servers": servers})
        producer.produce("twice", key=b"k", value=b"v")
        assert producer.flush(30) == 0
        lab.until_rows(shown.spec.storage.table_path, [(b"k", b"v")])
        lab.until("twice", "RUNNING")
        assert lab.rows(lab.path("twice")) == []

        role = "arn:aws:iam::000011112222:role/lab"
        integration = {
            "display_name": "lab",
            "provider": "aws",
            "environment": {"id": environment},
            "config": {"kind": "AwsIntegrationConfig", "customer_iam_role_arn": role},
        }
        assert cloud.post(PIM, json=integration).status_code == 201
        assert cloud.get(PIM, params={"environment": lab.place["environment"]}).json()["data"] == []
        assert cloud.delete(f"/cmk/v2/clusters/{cluster['id']}", params=where).status_code == 204
        assert client.get(f"{TOPICS}/twice", params=place).status_code in (403, 404)
        assert lab.get("twice").status_code == 200
    assert cloud.delete(f"/org/v2/environments/{environment}").status_code == 204
    assert cloud.get(PIM, params=where).status_code == 404
