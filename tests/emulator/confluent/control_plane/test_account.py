"""Environments, Kafka clusters, compute pools and registries over HTTP, answers by schema.

Facts: facts/confluent-cloud-api.md 1.6, 3.1 to 3.3, 3.5, 6.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx
import pytest
from pydantic import BaseModel

from runthrough.emulator.confluent.account.store import (
    CLUSTERS_PER_ENVIRONMENT,
    ENVIRONMENTS_PER_ORG,
)

from ..conftest import Emulated
from ..schemas import account as forms
from ..schemas.base import Errors

ENVIRONMENTS, CLUSTERS = "/org/v2/environments", "/cmk/v2/clusters"
POOLS, REGISTRIES = "/fcpm/v2/compute-pools", "/srcm/v3/clusters"
CONFIG = "/fcpm/v2/compute-pool-config"
Unique = Callable[[str], str]
T = TypeVar("T", bound=BaseModel)


def read(answer: httpx.Response, form: type[T], status: int = 200) -> T:
    assert answer.status_code == status, answer.text
    return form.model_validate_json(answer.content)


def refused(answer: httpx.Response, status: int, *, code: str | None = None, at: str = "") -> str:
    """Return the detail of a refusal of the documented form."""
    assert answer.status_code == status, answer.text
    [error] = Errors.model_validate_json(answer.content).errors
    assert error.status == str(status)
    if code is not None:
        assert error.code == code
    if at:
        assert error.source == {"pointer": at}
    return error.detail


def make_environment(cloud: httpx.Client, name: str, package: str | None = "ESSENTIALS") -> str:
    body: dict[str, Any] = {"display_name": name}
    if package:
        body["stream_governance_config"] = {"package": package}
    return read(cloud.post(ENVIRONMENTS, json=body), forms.Environment, 201).id


def cluster_body(environment: str, name: str, **changes: Any) -> dict[str, Any]:
    spec = {
        "display_name": name,
        "availability": "SINGLE_ZONE",
        "cloud": "AWS",
        "region": "us-east-1",
        "config": {"kind": "Basic"},
        "environment": {"id": environment},
    }
    return {"spec": {k: v for k, v in {**spec, **changes}.items() if v is not None}}


def pool_body(owner: str, name: str, **changes: Any) -> dict[str, Any]:
    spec = {
        "display_name": name,
        "cloud": "AWS",
        "region": "us-east-1",
        "max_cfu": 10,
        "environment": {"id": owner},
    }
    return {"spec": {k: v for k, v in {**spec, **changes}.items() if v is not None}}


# --- the organization and its regions -----------------------------------------------------------


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


# --- environments -------------------------------------------------------------------------------


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


# --- Kafka clusters -----------------------------------------------------------------------------


def test_a_cluster_is_provisioned_and_brings_the_registry(
    cloud: httpx.Client, unique: Unique
) -> None:
    environment = make_environment(cloud, unique("env"), "ADVANCED")
    where = {"environment": environment}
    assert read(cloud.get(REGISTRIES, params=where), forms.SchemaRegistryList).data == []
    made = read(cloud.post(CLUSTERS, json=cluster_body(environment, "c")), forms.Cluster, 202)
    assert made.status.phase == "PROVISIONING"
    name = made.metadata.resource_name
    assert name.endswith(f"/environment={environment}/cloud-cluster={made.id}/kafka={made.id}")
    address = f"{CLUSTERS}/{made.id}"
    ready = read(cloud.get(address, params=where), forms.Cluster)
    assert ready.status.phase == "PROVISIONED"
    assert ready.spec.http_endpoint == str(cloud.base_url).rstrip("/")
    assert "127.0.0.1:" in ready.spec.kafka_bootstrap_endpoint
    [registry] = read(cloud.get(REGISTRIES, params=where), forms.SchemaRegistryList).data
    assert (registry.spec.package, registry.spec.environment.id) == ("ADVANCED", environment)
    single = cloud.get(f"{REGISTRIES}/{registry.id}", params=where)
    assert read(single, forms.SchemaRegistry).status.phase == "PROVISIONED"

    assert cloud.delete(address, params=where).status_code == 204
    refused(cloud.get(address, params=where), 403, code="forbidden_access")
    refused(cloud.delete(address, params=where), 403)
    [same] = read(cloud.get(REGISTRIES, params=where), forms.SchemaRegistryList).data
    assert same.id == registry.id


def test_a_cluster_of_an_ungoverned_environment_has_no_registry(
    cloud: httpx.Client, unique: Unique
) -> None:
    environment = make_environment(cloud, unique("env"), None)
    where = {"environment": environment}
    read(cloud.post(CLUSTERS, json=cluster_body(environment, "c")), forms.Cluster, 202)
    assert read(cloud.get(REGISTRIES, params=where), forms.SchemaRegistryList).data == []
    governed = {"stream_governance_config": {"package": "ESSENTIALS"}}
    read(cloud.patch(f"{ENVIRONMENTS}/{environment}", json=governed), forms.Environment)
    assert len(read(cloud.get(REGISTRIES, params=where), forms.SchemaRegistryList).data) == 1


def test_a_cluster_is_changed_by_what_is_sent(cloud: httpx.Client, unique: Unique) -> None:
    environment = make_environment(cloud, unique("env"))
    made = read(cloud.post(CLUSTERS, json=cluster_body(environment, "c")), forms.Cluster, 202)
    address, own = f"{CLUSTERS}/{made.id}", {"environment": {"id": environment}}

    def change(**spec: Any) -> httpx.Response:
        return cloud.patch(address, json={"spec": {**spec, **own}})

    changed = read(change(display_name="d"), forms.Cluster).spec
    assert (changed.display_name, changed.config.kind) == ("d", "Basic")
    assert read(change(config={"kind": "Standard"}), forms.Cluster).spec.config.kind == "Standard"
    refused(change(config={"kind": "Basic"}), 422, at="/spec/config/kind")
    refused(change(region="us-west-2"), 422, at="/spec/region")
    refused(change(availability="HIGH"), 422, at="/spec/availability")
    refused(cloud.patch(address, json={"spec": {}}), 400, at="/spec/environment")
    other = {"spec": {"environment": {"id": "env-none00"}}}
    refused(cloud.patch(address, json=other), 404)


def test_a_protected_cluster_cannot_be_deleted(cloud: httpx.Client, unique: Unique) -> None:
    environment = make_environment(cloud, unique("env"))
    body = cluster_body(environment, "c", deletion_protection=True)
    made = read(cloud.post(CLUSTERS, json=body), forms.Cluster, 202)
    address, where = f"{CLUSTERS}/{made.id}", {"environment": environment}
    assert made.id in refused(cloud.delete(address, params=where), 409)
    off = {"spec": {"deletion_protection": False, "environment": {"id": environment}}}
    assert not read(cloud.patch(address, json=off), forms.Cluster).spec.deletion_protection
    assert cloud.delete(address, params=where).status_code == 204


def test_a_dedicated_cluster_has_its_size(cloud: httpx.Client, unique: Unique) -> None:
    environment = make_environment(cloud, unique("env"))
    dedicated = {"kind": "Dedicated", "cku": 2}
    body = cluster_body(environment, "c", config=dedicated, availability="MULTI_ZONE")
    made = read(cloud.post(CLUSTERS, json=body), forms.Cluster, 202)
    assert (made.spec.config.cku, made.status.cku) == (2, 2)
    larger = {"config": {"kind": "Dedicated", "cku": 3}, "environment": {"id": environment}}
    changed = cloud.patch(f"{CLUSTERS}/{made.id}", json={"spec": larger})
    assert read(changed, forms.Cluster).spec.config.cku == 3


@pytest.mark.parametrize(
    ("changes", "status", "place"),
    [
        ({"display_name": None}, 400, "/spec/display_name"),
        ({"availability": "SOMETIMES"}, 422, "/spec/availability"),
        ({"config": {"kind": "Huge"}}, 422, "/spec/config/kind"),
        ({"config": {"kind": "Dedicated"}}, 422, "/spec/config/cku"),
        ({"config": {"kind": "Basic", "cku": 1}}, 422, "/spec/config/cku"),
        ({"config": {}}, 400, "/spec/config/kind"),
        ({"config": None}, 400, "/spec/config"),
        ({"region": "mars-1"}, 422, "/spec/region"),
        ({"cloud": "NIMBUS"}, 422, "/spec/cloud"),
        ({"cloud": "GCP"}, 501, "/spec/cloud"),
        ({"byok": {"id": "cck-1"}}, 501, "/spec/byok"),
        ({"network": {"id": "n-1"}}, 501, "/spec/network"),
        ({"deletion_protection": "yes"}, 400, "/spec/deletion_protection"),
        ({"colour": "red"}, 400, "/spec/colour"),
    ],
)
def test_a_bad_cluster_is_refused_at_its_place(
    emulated: Emulated, cloud: httpx.Client, changes: dict[str, Any], status: int, place: str
) -> None:
    body = cluster_body(emulated.world.environment.id, "bad")
    spec = {k: v for k, v in {**body["spec"], **changes}.items() if v is not None}
    refused(cloud.post(CLUSTERS, json={"spec": spec}), status, at=place)


def test_clusters_of_another_environment_are_not_seen(
    emulated: Emulated, cloud: httpx.Client, unique: Unique
) -> None:
    environment = make_environment(cloud, unique("env"))
    where = {"environment": environment}
    assert read(cloud.get(CLUSTERS, params=where), forms.ClusterList).data == []
    refused(cloud.get(f"{CLUSTERS}/{emulated.world.cluster.id}", params=where), 403)
    refused(cloud.post(CLUSTERS, json=cluster_body("env-none00", "c")), 404)


# --- compute pools ------------------------------------------------------------------------------


def test_a_pool_comes_changes_and_goes(cloud: httpx.Client, unique: Unique) -> None:
    environment = make_environment(cloud, unique("env"))
    where = {"environment": environment}
    made = read(cloud.post(POOLS, json=pool_body(environment, "p")), forms.ComputePool, 202)
    assert (made.status.phase, made.status.current_cfu) == ("PROVISIONING", 0)
    assert f"/flink-region=aws.us-east-1/compute-pool={made.id}" in made.metadata.resource_name
    address = f"{POOLS}/{made.id}"
    assert read(cloud.get(address, params=where), forms.ComputePool).status.phase == "PROVISIONED"
    change = {"spec": {"max_cfu": 50, "enable_ai": True, "environment": {"id": environment}}}
    changed = read(cloud.patch(address, json=change), forms.ComputePool).spec
    assert (changed.max_cfu, changed.enable_ai, changed.display_name) == (50, True, "p")
    for region, count in (("us-east-1", 1), ("us-west-2", 0)):
        listed = cloud.get(POOLS, params={**where, "spec.region": region})
        assert len(read(listed, forms.ComputePoolList).data) == count
    assert cloud.delete(address, params=where).status_code == 204
    detail = refused(cloud.get(address, params=where), 403)
    assert detail == f"The compute pool {made.id} was not found."


@pytest.mark.parametrize(
    ("changes", "status", "place"),
    [
        ({"max_cfu": 7}, 422, "/spec/max_cfu"),
        ({"max_cfu": "10"}, 422, "/spec/max_cfu"),
        ({"max_cfu": None}, 400, "/spec/max_cfu"),
        ({"display_name": "a b"}, 422, "/spec/display_name"),
        ({"display_name": "p" * 65}, 422, "/spec/display_name"),
        ({"region": "mars-1"}, 422, "/spec/region"),
        ({"cloud": "AZURE"}, 501, "/spec/cloud"),
        ({"network": {"id": "n-1"}}, 501, "/spec/network"),
        ({"environment": "env-1"}, 400, "/spec/environment"),
        ({"colour": "red"}, 400, "/spec/colour"),
    ],
)
def test_a_bad_pool_is_refused_at_its_place(
    emulated: Emulated, cloud: httpx.Client, changes: dict[str, Any], status: int, place: str
) -> None:
    body = pool_body(emulated.world.environment.id, "bad", **changes)
    refused(cloud.post(POOLS, json=body), status, at=place)


def test_terraforms_zero_is_the_default_size(cloud: httpx.Client, unique: Unique) -> None:
    environment = make_environment(cloud, unique("env"))
    body = pool_body(environment, "p", max_cfu=0)
    assert read(cloud.post(POOLS, json=body), forms.ComputePool, 202).spec.max_cfu == 5


def test_an_environment_has_one_default_pool_a_region(cloud: httpx.Client, unique: Unique) -> None:
    environment = make_environment(cloud, unique("env"))
    for name, region, status in (
        ("p", "us-east-1", 202),
        ("q", "us-east-1", 409),
        ("r", "us-west-2", 202),
    ):
        body = pool_body(environment, name, region=region, default_pool=True)
        assert cloud.post(POOLS, json=body).status_code == status


def test_what_holds_for_default_pools_can_be_changed(cloud: httpx.Client) -> None:
    before = read(cloud.get(CONFIG), forms.PoolConfig).spec
    change = {"spec": {"default_pool_enabled": False, "default_pool_max_cfu": 30}}
    read(cloud.patch(CONFIG, json=change), forms.PoolConfig)
    after = read(cloud.get(CONFIG), forms.PoolConfig).spec
    assert (after.default_pool_enabled, after.default_pool_max_cfu) == (False, 30)
    wrong = {"spec": {"default_pool_max_cfu": 31}}
    refused(cloud.patch(CONFIG, json=wrong), 422, at="/spec/default_pool_max_cfu")
    read(cloud.patch(CONFIG, json={"spec": before.model_dump()}), forms.PoolConfig)


# --- quotas, and what is sent back --------------------------------------------------------------


def test_quotas_are_named_when_they_are_reached(cloud: httpx.Client, unique: Unique) -> None:
    environment = make_environment(cloud, unique("full"))
    for number in range(CLUSTERS_PER_ENVIRONMENT):
        answer = cloud.post(CLUSTERS, json=cluster_body(environment, f"c{number}"))
        assert answer.status_code == 202
    answer = cloud.post(CLUSTERS, json=cluster_body(environment, "one-more"))
    detail = refused(answer, 402, code="quota_exceeded")
    assert "kafka_clusters_per_environment" in detail
    assert "is currently limited to 20" in detail
    made = []
    while len(made) <= ENVIRONMENTS_PER_ORG:
        answer = cloud.post(ENVIRONMENTS, json={"display_name": unique("many")})
        if answer.status_code != 201:
            break
        made.append(answer.json()["id"])
    assert "environments_per_org" in refused(answer, 402, code="quota_exceeded")
    for identity in made:
        assert cloud.delete(f"{ENVIRONMENTS}/{identity}").status_code == 204


def test_what_was_read_may_be_sent_back(cloud: httpx.Client, unique: Unique) -> None:
    """Clients put the whole object back; what only the service sets counts for nothing."""
    environment = make_environment(cloud, unique("env"))
    where = {"environment": environment}
    made = [
        (CLUSTERS, forms.Cluster, cloud.post(CLUSTERS, json=cluster_body(environment, "c")).json()),
        (POOLS, forms.ComputePool, cloud.post(POOLS, json=pool_body(environment, "p")).json()),
    ]
    for path, form, thing in made:
        address = f"{path}/{thing['id']}"
        whole = cloud.get(address, params=where).json()
        answer = cloud.patch(address, json=whole)
        read(answer, form)
        assert answer.json()["spec"] == whole["spec"]
    address = f"{ENVIRONMENTS}/{environment}"
    read(cloud.patch(address, json=cloud.get(address).json()), forms.Environment)


def test_a_missing_environment_parameter_is_refused(cloud: httpx.Client) -> None:
    for path in (CLUSTERS, POOLS, REGISTRIES):
        answer = cloud.get(path)
        assert answer.status_code == 400
        [error] = Errors.model_validate_json(answer.content).errors
        assert error.source == {"parameter": "environment"}
