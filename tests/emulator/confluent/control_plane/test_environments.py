"""The organization and its environments over HTTP, answers by schema.

Facts: facts/confluent-cloud-api.md 1.6, 3.1, 6.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from ..conftest import Emulated
from ..schemas import account as forms
from .bodies import (
    CLUSTERS,
    ENVIRONMENTS,
    POOLS,
    REGISTRIES,
    Unique,
    cluster_body,
    make_environment,
    pool_body,
    read,
    refused,
)

# -- the organization and its regions --------------------------------------------------------------


def test_the_organization_can_be_renamed(cloud: httpx.Client) -> None:
    [own] = read(cloud.get("/org/v2/organizations"), forms.OrganizationList).data
    address = f"/org/v2/organizations/{own.id}"
    assert (
        read(cloud.patch(address, json={"display_name": "Lake Hotels"}), forms.Organization)
    ).display_name == "Lake Hotels"
    assert read(cloud.get(address), forms.Organization).display_name == "Lake Hotels"
    refused(cloud.patch(address, json={"display_name": "x" * 32}), 422, at="/display_name")
    refused(cloud.patch("/org/v2/organizations/other", json={}), 403)
    cloud.patch(address, json={"display_name": own.display_name})


def test_each_region_is_found_alone(emulated: Emulated, cloud: httpx.Client) -> None:
    for region in emulated.world.regions:
        where = {"cloud": "aws", "region_name": region}
        [found] = read(cloud.get("/fcpm/v2/regions", params=where), forms.RegionList).data
        assert (found.id, found.cloud) == (f"aws.{region}", "AWS")


# -- environments ----------------------------------------------------------------------------------


def test_an_environment_comes_changes_and_goes(cloud: httpx.Client, unique: Unique) -> None:
    name = unique("env")
    answer = cloud.post(ENVIRONMENTS, json={"display_name": name})
    made = read(answer, forms.Environment, 201)
    assert "stream_governance_config" not in answer.json()  # Terraform would wait for a registry
    assert made.metadata.resource_name.endswith(f"/environment={made.id}")
    address = f"{ENVIRONMENTS}/{made.id}"
    assert read(cloud.get(address), forms.Environment) == made
    [listed] = read(
        cloud.get(ENVIRONMENTS, params={"display_name": name}), forms.EnvironmentList
    ).data
    assert listed == made

    change = {"display_name": name + "-2", "stream_governance_config": {"package": "ADVANCED"}}
    changed = read(cloud.patch(address, json=change), forms.Environment)
    assert changed.display_name == name + "-2"
    assert changed.stream_governance_config == forms.Governance(package="ADVANCED")
    assert changed.metadata.created_at == made.metadata.created_at < changed.metadata.updated_at
    down = {"stream_governance_config": {"package": "ESSENTIALS"}}
    refused(cloud.patch(address, json=down), 422, at="/stream_governance_config/package")

    assert cloud.delete(address).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        refused(cloud.request(method, address, json={}), 404, code="resource_not_found")


def test_of_environments_of_one_name_exactly_one_is_made(
    emulated: Emulated, unique: Unique
) -> None:
    name = unique("race")

    def create(_: int) -> int:
        with emulated.http("cloud") as client:
            return client.post(ENVIRONMENTS, json={"display_name": name}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(create, range(8))) == [201, *[409] * 7]


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        ({}, 400, "/display_name"),
        ({"display_name": ""}, 422, "/display_name"),
        ({"display_name": 7}, 400, "/display_name"),
        ({"display_name": "x", "colour": "red"}, 400, "/colour"),
        (
            {"display_name": "x", "stream_governance_config": {"package": "SOME"}},
            422,
            "/stream_governance_config/package",
        ),
    ],
)
def test_a_bad_environment_is_refused_at_its_place(
    cloud: httpx.Client, body: dict[str, Any], status: int, place: str
) -> None:
    refused(cloud.post(ENVIRONMENTS, json=body), status, at=place)


def test_an_environment_with_things_in_it_stays(cloud: httpx.Client, unique: Unique) -> None:
    environment = make_environment(cloud, unique("full"))
    where = {"environment": environment}
    body = cluster_body(environment, "inside")
    cluster = read(cloud.post(CLUSTERS, json=body), forms.Cluster, 202)
    pool = read(cloud.post(POOLS, json=pool_body(environment, "inside")), forms.ComputePool, 202)
    address = f"{ENVIRONMENTS}/{environment}"
    detail = refused(cloud.delete(address), 409)
    assert cluster.id in detail
    assert pool.id in detail
    assert cloud.delete(f"{CLUSTERS}/{cluster.id}", params=where).status_code == 204
    assert pool.id in refused(cloud.delete(address), 409)
    assert cloud.delete(f"{POOLS}/{pool.id}", params=where).status_code == 204
    assert cloud.delete(address).status_code == 204
    for path in (CLUSTERS, POOLS, REGISTRIES):
        refused(cloud.get(path, params=where), 404)
