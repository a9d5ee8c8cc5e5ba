"""Compute pools over HTTP, answers by schema, and the quotas of an account.

Facts: facts/confluent-cloud-api.md 1.6, 3.3, 6.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from runthrough.emulator.confluent.account.store import (
    CLUSTERS_PER_ENVIRONMENT,
    ENVIRONMENTS_PER_ORG,
)

from ..conftest import Emulated
from ..schemas import account as forms
from ..schemas.base import Errors
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

CONFIG = "/fcpm/v2/compute-pool-config"


# -- compute pools ---------------------------------------------------------------------------------


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


# -- quotas, and what is sent back -----------------------------------------------------------------


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
