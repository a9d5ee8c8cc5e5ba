"""Schema Registry clusters (srcm/v3), which come with the first Kafka cluster.

Source: facts/confluent-cloud-api.md 3.5.
"""

from __future__ import annotations

from runthrough.emulator.confluent.account.records import SchemaRegistry
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import (
    Json,
    environment_crn,
    environment_reference,
    head,
    listing,
    metadata,
    require_environment,
)
from runthrough.emulator.confluent.http import Call, Reply, reply


def list_schema_registries(cloud: Cloud, call: Call) -> Reply:
    """GET /srcm/v3/clusters?environment=."""
    environment = require_environment(cloud, call)
    found = cloud.account.registries(environment)
    return listing(call, "srcm/v3", "Cluster", [_render(cloud, call, r) for r in found])


def get_schema_registry(cloud: Cloud, call: Call) -> Reply:
    """GET /srcm/v3/clusters/{registry}?environment=."""
    environment = require_environment(cloud, call)
    found = cloud.account.registry(call.params["registry"], environment)
    return reply(_render(cloud, call, found))


def registry_crn(cloud: Cloud, registry: SchemaRegistry) -> str:
    """Return the CRN of a registry."""
    return f"{environment_crn(cloud, registry.environment_id)}/schema-registry={registry.id}"


def _render(cloud: Cloud, call: Call, registry: SchemaRegistry) -> Json:
    environment = cloud.account.environment(registry.environment_id)
    return {
        **head("srcm/v3", "Cluster", registry.id),
        "metadata": metadata(
            cloud,
            call,
            f"/srcm/v3/clusters/{registry.id}",
            registry_crn(cloud, registry),
            created=registry.created_at,
            updated=registry.updated_at,
        ),
        "spec": {
            "display_name": "Stream Governance Package",
            "package": environment.package,
            "cloud": registry.cloud,
            "region": registry.region,
            "http_endpoint": call.base_url,
            "catalog_http_endpoint": call.base_url,
            "private_http_endpoint": "",
            "private_networking_config": {},
            "environment": environment_reference(cloud, call, registry.environment_id),
        },
        "status": {"phase": registry.life.look()},
    }
