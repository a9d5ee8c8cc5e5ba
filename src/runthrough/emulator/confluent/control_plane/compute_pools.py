"""Flink compute pools and the organization's word on default ones (fcpm/v2).

Sources: facts/confluent-cloud-api.md 3.3 (objects, names, sizes), 1.6 (what a deleted pool says).
"""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.confluent.account.pools import DEFAULT_MAX_CFU
from runthrough.emulator.confluent.account.records import ComputePool
from runthrough.emulator.confluent.bodies import invalid, read_body
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.control_plane.bodies import (
    PoolChange,
    PoolConfigPatch,
    PoolPatch,
    PoolPost,
)
from runthrough.emulator.confluent.control_plane.regions import check_region
from runthrough.emulator.confluent.envelope import (
    Json,
    created,
    environment_crn,
    environment_reference,
    head,
    listing,
    matches,
    metadata,
    require_environment,
)
from runthrough.emulator.confluent.http import Call, Reply, reply, timestamp
from runthrough.emulator.confluent.refusals import not_emulated


def list_compute_pools(cloud: Cloud, call: Call) -> Reply:
    """GET /fcpm/v2/compute-pools?environment=&spec.region=."""
    environment = require_environment(cloud, call)
    wanted = matches(call, "spec.region")
    found = [p for p in cloud.account.compute_pools.all(environment) if wanted(p.region)]
    return listing(call, "fcpm/v2", "ComputePool", [_render(cloud, call, p) for p in found])


def get_compute_pool(cloud: Cloud, call: Call) -> Reply:
    """GET /fcpm/v2/compute-pools/{pool}?environment=."""
    environment = require_environment(cloud, call)
    pool = cloud.account.compute_pools.get(call.params["pool"], environment)
    return reply(_render(cloud, call, pool))


def create_compute_pool(cloud: Cloud, call: Call) -> Reply:
    """POST /fcpm/v2/compute-pools."""
    spec = read_body(call, PoolPost).spec
    cloud.account.environment(spec.environment.id)
    if spec.network is not None:
        raise not_emulated("a compute pool with a private network", "/spec/network")
    check_region(cloud, spec.cloud, spec.region)
    made = cloud.account.compute_pools.create(
        spec.environment.id,
        display_name=spec.display_name,
        cloud=spec.cloud,
        region=spec.region,
        max_cfu=spec.max_cfu or DEFAULT_MAX_CFU,
        default_pool=bool(spec.default_pool),
        enable_ai=bool(spec.enable_ai),
    )
    return created(_render(cloud, call, made), f"{call.url}/{made.id}", 202)


def update_compute_pool(cloud: Cloud, call: Call) -> Reply:
    """PATCH /fcpm/v2/compute-pools/{pool}; the environment is in the body."""
    spec = read_body(call, PoolPatch).spec
    cloud.account.environment(spec.environment.id)
    pools = cloud.account.compute_pools
    pool = pools.get(call.params["pool"], spec.environment.id)
    changed = pools.change(pool.id, lambda old: _changed(old, spec))
    return reply(_render(cloud, call, changed))


def delete_compute_pool(cloud: Cloud, call: Call) -> Reply:
    """DELETE /fcpm/v2/compute-pools/{pool}?environment=."""
    environment = require_environment(cloud, call)
    pools = cloud.account.compute_pools
    pools.delete(pools.get(call.params["pool"], environment).id)
    return Reply(204)


def get_pool_config(cloud: Cloud, call: Call) -> Reply:
    """GET /fcpm/v2/compute-pool-config."""
    return reply(_render_config(cloud, call))


def update_pool_config(cloud: Cloud, call: Call) -> Reply:
    """PATCH /fcpm/v2/compute-pool-config."""
    spec = read_body(call, PoolConfigPatch).spec
    cloud.account.compute_pools.configure(
        enabled=spec.default_pool_enabled, max_cfu=spec.default_pool_max_cfu
    )
    return reply(_render_config(cloud, call))


def _changed(old: ComputePool, spec: PoolChange) -> ComputePool:
    """Return a pool as it is to be. Raises Refusal (422) for what stays as it is."""
    for name in ("cloud", "region", "default_pool"):
        sent = getattr(spec, name)
        if sent not in (None, getattr(old, name)):
            raise invalid(f"the {name} of a compute pool cannot be changed", f"/spec/{name}")
    if spec.network is not None:
        raise not_emulated("a compute pool with a private network", "/spec/network")
    return replace(
        old,
        display_name=spec.display_name or old.display_name,
        max_cfu=spec.max_cfu or old.max_cfu,
        enable_ai=old.enable_ai if spec.enable_ai is None else spec.enable_ai,
    )


def _render(cloud: Cloud, call: Call, pool: ComputePool) -> Json:
    environment = pool.environment_id
    gateway = f"/sql/v1/organizations/{cloud.account.organization.id}/environments/{environment}"
    region = f"flink-region={pool.cloud.lower()}.{pool.region}"
    name = f"{environment_crn(cloud, environment)}/{region}/compute-pool={pool.id}"
    return {
        **head("fcpm/v2", "ComputePool", pool.id),
        "metadata": metadata(
            cloud,
            call,
            f"/fcpm/v2/compute-pools/{pool.id}",
            name,
            created=pool.created_at,
            updated=pool.updated_at,
        ),
        "spec": {
            "display_name": pool.display_name,
            "cloud": pool.cloud,
            "region": pool.region,
            "max_cfu": pool.max_cfu,
            "default_pool": pool.default_pool,
            "enable_ai": pool.enable_ai,
            "http_endpoint": call.base_url + gateway,
            "environment": environment_reference(cloud, call, environment),
        },
        "status": {"phase": pool.phase(), "current_cfu": cloud.running_statements(pool)},
    }


def _render_config(cloud: Cloud, call: Call) -> Json:
    """Return the organization's word on default pools; its `kind` is ours."""
    config = cloud.account.compute_pools.config
    return {
        "api_version": "fcpm/v2",
        "kind": "OrgComputePoolConfig",
        "organization_id": cloud.account.organization.id,
        "metadata": {"self": call.url, "updated_at": timestamp(config.updated_at)},
        "spec": {
            "default_pool_enabled": config.default_pool_enabled,
            "default_pool_max_cfu": config.default_pool_max_cfu,
        },
    }
