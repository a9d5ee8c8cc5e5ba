"""Kafka clusters and their registries over HTTP, answers by schema.

Facts: facts/confluent-cloud-api.md 1.6, 3.2, 3.5, 6.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from ..conftest import Emulated
from ..schemas import account as forms
from .bodies import (
    CLUSTERS,
    ENVIRONMENTS,
    REGISTRIES,
    Unique,
    cluster_body,
    make_environment,
    read,
    refused,
)


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
