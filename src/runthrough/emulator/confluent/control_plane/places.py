"""The read side of the control plane: what the world holds, as api.confluent.cloud shows it.

Sources: facts/confluent-cloud-api.md 3.1 to 3.3 and 3.5 (the objects), 1.6 (a deleted or unknown
environment is 404, most other unknown objects are 403).
"""

from __future__ import annotations

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import (
    Json,
    check_environment,
    crn,
    environment_crn,
    environment_reference,
    forbidden,
    head,
    listing,
    matches,
    metadata,
    require_environment,
)
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply

# --- organizations and environments (org/v2) ----------------------------------------------------


def list_organizations(cloud: Cloud, call: Call) -> Reply:
    """GET /org/v2/organizations."""
    return listing(call, "org/v2", "Organization", [_organization(cloud, call)])


def get_organization(cloud: Cloud, call: Call) -> Reply:
    """GET /org/v2/organizations/{organization}."""
    if call.params["organization"] != cloud.world.organization.id:
        raise forbidden()
    return reply(_organization(cloud, call))


def list_environments(cloud: Cloud, call: Call) -> Reply:
    """GET /org/v2/environments."""
    wanted = matches(call, "display_name")
    found = [_environment(cloud, call)]
    return listing(call, "org/v2", "Environment", [e for e in found if wanted(e["display_name"])])


def get_environment(cloud: Cloud, call: Call) -> Reply:
    """GET /org/v2/environments/{environment}."""
    check_environment(cloud, call.params["environment"])
    return reply(_environment(cloud, call))


def _organization(cloud: Cloud, call: Call) -> Json:
    organization = cloud.world.organization
    path = f"/org/v2/organizations/{organization.id}"
    return {
        **head("org/v2", "Organization", organization.id),
        "display_name": organization.name,
        "jit_enabled": False,
        "metadata": metadata(cloud, call, path, crn(cloud)),
    }


def _environment(cloud: Cloud, call: Call) -> Json:
    environment = cloud.world.environment
    path = f"/org/v2/environments/{environment.id}"
    return {
        **head("org/v2", "Environment", environment.id),
        "display_name": environment.name,
        "metadata": metadata(cloud, call, path, environment_crn(cloud)),
        "stream_governance_config": {"package": environment.package},
    }


# --- Kafka clusters (cmk/v2) --------------------------------------------------------------------


def list_clusters(cloud: Cloud, call: Call) -> Reply:
    """GET /cmk/v2/clusters?environment=."""
    require_environment(cloud, call)
    wanted = matches(call, "spec.display_name")
    found = [_cluster(cloud, call)] if wanted(cloud.world.cluster.name) else []
    return listing(call, "cmk/v2", "Cluster", found)


def get_cluster(cloud: Cloud, call: Call) -> Reply:
    """GET /cmk/v2/clusters/{cluster}?environment=."""
    require_environment(cloud, call)
    if call.params["cluster"] != cloud.world.cluster.id:
        raise forbidden()
    return reply(_cluster(cloud, call))


def cluster_crn(cloud: Cloud) -> str:
    """Return the CRN of the Kafka cluster; Terraform needs its `/kafka=` part (facts 3.2)."""
    cluster = cloud.world.cluster.id
    return f"{environment_crn(cloud)}/cloud-cluster={cluster}/kafka={cluster}"


def _cluster(cloud: Cloud, call: Call) -> Json:
    cluster, world = cloud.world.cluster, cloud.world
    path = f"/cmk/v2/clusters/{cluster.id}"
    return {
        **head("cmk/v2", "Cluster", cluster.id),
        "metadata": metadata(cloud, call, path, cluster_crn(cloud)),
        "spec": {
            "display_name": cluster.name,
            "availability": cluster.availability,
            "cloud": world.cloud,
            "region": world.region,
            "config": {"kind": cluster.kind},
            "deletion_protection": False,
            "environment": environment_reference(cloud, call),
            "http_endpoint": call.base_url,
            "api_endpoint": call.base_url,  # an older name; mcp-confluent wants it
            "kafka_bootstrap_endpoint": cloud.bootstrap,
        },
        "status": {"phase": "PROVISIONED"},
    }


# --- compute pools and regions (fcpm/v2) --------------------------------------------------------


def list_compute_pools(cloud: Cloud, call: Call) -> Reply:
    """GET /fcpm/v2/compute-pools?environment=&spec.region=."""
    require_environment(cloud, call)
    in_region = matches(call, "spec.region")(cloud.world.region)
    found = [_compute_pool(cloud, call)] if in_region else []
    return listing(call, "fcpm/v2", "ComputePool", found)


def get_compute_pool(cloud: Cloud, call: Call) -> Reply:
    """GET /fcpm/v2/compute-pools/{pool}?environment=."""
    require_environment(cloud, call)
    pool = call.params["pool"]
    if pool != cloud.world.compute_pool.id:
        raise Refusal(403, f"The compute pool {pool} was not found.")
    return reply(_compute_pool(cloud, call))


def list_regions(cloud: Cloud, call: Call) -> Reply:
    """GET /fcpm/v2/regions?cloud=&region_name=."""
    in_cloud, named = matches(call, "cloud", ignore_case=True), matches(call, "region_name")
    found = [
        _region(cloud, call, region)
        for region in cloud.world.regions
        if in_cloud(cloud.world.cloud) and named(region)
    ]
    return listing(call, "fcpm/v2", "Region", found)


def _compute_pool(cloud: Cloud, call: Call) -> Json:
    pool, world = cloud.world.compute_pool, cloud.world
    gateway = f"/sql/v1/organizations/{world.organization.id}/environments/{world.environment.id}"
    region = f"flink-region={world.cloud.lower()}.{world.region}"
    name = f"{environment_crn(cloud)}/{region}/compute-pool={pool.id}"
    return {
        **head("fcpm/v2", "ComputePool", pool.id),
        "metadata": metadata(cloud, call, f"/fcpm/v2/compute-pools/{pool.id}", name),
        "spec": {
            "display_name": pool.name,
            "cloud": world.cloud,
            "region": world.region,
            "max_cfu": pool.max_cfu,
            "default_pool": False,
            "http_endpoint": call.base_url + gateway,
            "environment": environment_reference(cloud, call),
        },
        "status": {"phase": "PROVISIONED", "current_cfu": cloud.running_statements()},
    }


def _region(cloud: Cloud, call: Call, region: str) -> Json:
    return {
        **head("fcpm/v2", "Region", f"{cloud.world.cloud.lower()}.{region}"),
        "metadata": {"self": ""},
        "cloud": cloud.world.cloud,
        "region_name": region,
        "display_name": region,
        "http_endpoint": call.base_url,
        "private_http_endpoint": "",
    }


# --- Schema Registry clusters (srcm/v3) ---------------------------------------------------------


def list_schema_registries(cloud: Cloud, call: Call) -> Reply:
    """GET /srcm/v3/clusters?environment=."""
    require_environment(cloud, call)
    return listing(call, "srcm/v3", "Cluster", [_schema_registry(cloud, call)])


def get_schema_registry(cloud: Cloud, call: Call) -> Reply:
    """GET /srcm/v3/clusters/{registry}?environment=."""
    require_environment(cloud, call)
    if call.params["registry"] != cloud.world.schema_registry.id:
        raise forbidden()
    return reply(_schema_registry(cloud, call))


def _schema_registry(cloud: Cloud, call: Call) -> Json:
    registry, world = cloud.world.schema_registry, cloud.world
    name = f"{environment_crn(cloud)}/schema-registry={registry.id}"
    return {
        **head("srcm/v3", "Cluster", registry.id),
        "metadata": metadata(cloud, call, f"/srcm/v3/clusters/{registry.id}", name),
        "spec": {
            "display_name": "Stream Governance Package",
            "package": world.environment.package,
            "cloud": world.cloud,
            "region": world.region,
            "http_endpoint": call.base_url,
            "catalog_http_endpoint": call.base_url,
            "private_http_endpoint": "",
            "private_networking_config": {},
            "environment": environment_reference(cloud, call),
        },
        "status": {"phase": "PROVISIONED"},
    }
