"""A creation says where the new object is (facts/confluent-cloud-api.md 1.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ..conftest import Emulated

Made = Callable[[Emulated, str], dict[str, Any]]


def environment(_: Emulated, name: str) -> dict[str, Any]:
    return {"display_name": name}


def cluster(emulated: Emulated, name: str) -> dict[str, Any]:
    spec = {"availability": "LOW", "config": {"kind": "Basic"}, **placed(emulated, name)}
    return {"spec": spec}


def pool(emulated: Emulated, name: str) -> dict[str, Any]:
    return {"spec": {"max_cfu": 5, **placed(emulated, name)}}


def placed(emulated: Emulated, name: str) -> dict[str, Any]:
    world = emulated.world
    return {
        "display_name": name,
        "cloud": world.cloud,
        "region": world.region,
        "environment": {"id": world.environment.id},
    }


def key(emulated: Emulated, name: str) -> dict[str, Any]:
    return {"spec": {"display_name": name, "owner": {"id": emulated.world.principals[0].id}}}


def binding(emulated: Emulated, _: str) -> dict[str, Any]:
    return {
        "principal": f"User:{emulated.world.principals[0].id}",
        "role_name": "MetricsViewer",
        "crn_pattern": f"crn://confluent.cloud/organization={emulated.world.organization.id}",
    }


def integration(emulated: Emulated, name: str) -> dict[str, Any]:
    return {
        "display_name": name,
        "provider": "AWS",
        "environment": {"id": emulated.world.environment.id},
        "config": {
            "kind": "AwsIntegrationConfig",
            "customer_iam_role_arn": "arn:aws:iam::000011112222:role/lab",
        },
    }


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/org/v2/environments", environment, 201),
        ("/cmk/v2/clusters", cluster, 202),
        ("/fcpm/v2/compute-pools", pool, 202),
        ("/iam/v2/service-accounts", environment, 201),
        ("/iam/v2/api-keys", key, 202),
        ("/iam/v2/role-bindings", binding, 201),
        ("/pim/v1/integrations", integration, 201),
    ],
)
def test_the_location_is_where_the_new_object_is_read(
    emulated: Emulated,
    cloud: httpx.Client,
    unique: Callable[[str], str],
    path: str,
    body: Made,
    status: int,
) -> None:
    made = cloud.post(path, json=body(emulated, unique("placed")))
    assert made.status_code == status, made.text
    where = {"environment": emulated.world.environment.id}
    found = cloud.get(made.headers["location"], params=where)
    assert (found.status_code, found.json()["id"]) == (200, made.json()["id"])


def test_the_location_of_a_connector_is_its_name(
    emulated: Emulated, cloud: httpx.Client, unique: Callable[[str], str]
) -> None:
    world, name = emulated.world, unique("a b/ü")
    path = f"/connect/v1/environments/{world.environment.id}/clusters/{world.cluster.id}/connectors"
    config = {
        "connector.class": "DatagenSource",
        "name": name,
        "kafka.api.key": "RTKAFKAKEY000001",
        "kafka.api.secret": "a-secret-of-a-test",
    }
    made = cloud.post(path, json={"name": name, "config": config})
    assert made.status_code == 201, made.text
    assert cloud.get(made.headers["location"]).json()["name"] == name
