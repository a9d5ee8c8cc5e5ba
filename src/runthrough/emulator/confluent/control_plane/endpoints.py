"""Endpoints (endpoint/v1): where each service of an environment answers.

Source: facts/confluent-cloud-api.md 3.8 and 5.1: `confluent flink endpoint use` wants exactly the
address a row has, so every row has the address its caller used. There is no language service,
hence no row of it; the `id` of a row is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import (
    environment_reference,
    head,
    listing,
    matches,
    require_environment,
)
from runthrough.emulator.confluent.http import Call, Refusal, Reply

SERVICES = ("FLINK", "KAFKA", "SCHEMA_REGISTRY")
_PAGE_SIZE = "100"
"""The default of this list alone (facts 1.4)."""


def list_endpoints(cloud: Cloud, call: Call) -> Reply:
    """GET /endpoint/v1/endpoints?environment=&service=&cloud=&region=&is_private=&resource=."""
    environment = require_environment(cloud, call)
    service = call.query.get("service", "")
    if service not in SERVICES:
        raise Refusal(
            400,
            f"the query parameter service must be one of {', '.join(SERVICES)}",
            code="invalid_filter",
            pointer="service",
        )
    rows = [
        row
        for row in _rows(cloud, call, environment)
        if row["service"] == service and _fits(call, row)
    ]
    sized = replace(call, query={"page_size": _PAGE_SIZE, **call.query})
    return listing(sized, "endpoint/v1", "Endpoint", rows)


def _fits(call: Call, row: dict[str, Any]) -> bool:
    return (
        matches(call, "cloud", ignore_case=True)(row["cloud"])
        and matches(call, "region")(row["region"])
        and matches(call, "is_private", ignore_case=True)(row["is_private"])
        and matches(call, "resource")(row.get("resource", {}).get("id"))
    )


def _rows(cloud: Cloud, call: Call, environment: str) -> Iterator[dict[str, Any]]:
    for region in cloud.world.regions:
        yield _row(cloud, call, environment, "FLINK", "REST", region)
    for cluster in cloud.account.clusters(environment):
        if cluster.life.peek() != "PROVISIONED":
            continue
        kafka = {"id": cluster.id, "kind": "Cluster"}
        for kind, endpoint in (
            ("REST", call.base_url),
            ("BOOTSTRAP", cloud.kafka(cluster.id).bootstrap),
        ):
            row = _row(cloud, call, environment, "KAFKA", kind, cluster.region, cluster.id)
            yield {**row, "endpoint": endpoint, "resource": kafka}
    for registry in cloud.account.registries(environment):
        row = _row(
            cloud, call, environment, "SCHEMA_REGISTRY", "REST", registry.region, registry.id
        )
        yield {**row, "resource": {"id": registry.id, "kind": "SchemaRegistry"}}


def _row(
    cloud: Cloud,
    call: Call,
    environment: str,
    service: str,
    kind: str,
    region: str,
    resource: str = "",
) -> dict[str, Any]:
    parts = [service, kind, region, *([resource] if resource else [])]
    name = "-".join(("ep", *parts)).lower().replace("_", "-")
    return {
        **head("endpoint/v1", "Endpoint", name),
        "metadata": {"self": ""},
        "cloud": cloud.world.cloud,
        "region": region,
        "service": service,
        "is_private": False,
        "connection_type": "PUBLIC",
        "endpoint": call.base_url,
        "endpoint_type": kind,
        "environment": environment_reference(cloud, call, environment),
    }
