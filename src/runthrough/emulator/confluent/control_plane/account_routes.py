"""The routes of organizations, environments, clusters and pools: facts 3.1 to 3.3 and 3.5."""

from __future__ import annotations

from runthrough.emulator.confluent.control_plane import (
    clusters,
    compute_pools,
    environments,
    organizations,
    regions,
    schema_registries,
)
from runthrough.emulator.confluent.families import CONTROL
from runthrough.emulator.confluent.route import Route

_ORGANIZATIONS = "/org/v2/organizations"
_ENVIRONMENTS = "/org/v2/environments"
_CLUSTERS = "/cmk/v2/clusters"
_POOLS = "/fcpm/v2/compute-pools"

ACCOUNT_ROUTES: tuple[Route, ...] = (
    Route(CONTROL, "GET", _ORGANIZATIONS, organizations.list_organizations),
    Route(CONTROL, "GET", f"{_ORGANIZATIONS}/{{organization}}", organizations.get_organization),
    Route(
        CONTROL, "PATCH", f"{_ORGANIZATIONS}/{{organization}}", organizations.update_organization
    ),
    Route(CONTROL, "GET", _ENVIRONMENTS, environments.list_environments),
    Route(CONTROL, "POST", _ENVIRONMENTS, environments.create_environment),
    Route(CONTROL, "GET", f"{_ENVIRONMENTS}/{{environment}}", environments.get_environment),
    Route(CONTROL, "PATCH", f"{_ENVIRONMENTS}/{{environment}}", environments.update_environment),
    Route(CONTROL, "DELETE", f"{_ENVIRONMENTS}/{{environment}}", environments.delete_environment),
    Route(CONTROL, "GET", _CLUSTERS, clusters.list_clusters),
    Route(
        CONTROL,
        "POST",
        _CLUSTERS,
        clusters.create_cluster,
        note="with public addresses; no private network, no key of one's own",
    ),
    Route(CONTROL, "GET", f"{_CLUSTERS}/{{cluster}}", clusters.get_cluster),
    Route(CONTROL, "PATCH", f"{_CLUSTERS}/{{cluster}}", clusters.update_cluster),
    Route(CONTROL, "DELETE", f"{_CLUSTERS}/{{cluster}}", clusters.delete_cluster),
    Route(CONTROL, "GET", _POOLS, compute_pools.list_compute_pools),
    Route(CONTROL, "POST", _POOLS, compute_pools.create_compute_pool),
    Route(CONTROL, "GET", f"{_POOLS}/{{pool}}", compute_pools.get_compute_pool),
    Route(CONTROL, "PATCH", f"{_POOLS}/{{pool}}", compute_pools.update_compute_pool),
    Route(CONTROL, "DELETE", f"{_POOLS}/{{pool}}", compute_pools.delete_compute_pool),
    Route(CONTROL, "GET", "/fcpm/v2/compute-pool-config", compute_pools.get_pool_config),
    Route(CONTROL, "PATCH", "/fcpm/v2/compute-pool-config", compute_pools.update_pool_config),
    Route(CONTROL, "GET", "/fcpm/v2/regions", regions.list_regions),
    Route(CONTROL, "GET", "/srcm/v3/clusters", schema_registries.list_schema_registries),
    Route(CONTROL, "GET", "/srcm/v3/clusters/{registry}", schema_registries.get_schema_registry),
)
