"""Which compute pool a statement runs in, and whether it can.

Sources: facts/confluent-cloud-api.md 2.2 (without a pool the environment's default one), 3.3, 6 (a
pool that is not provisioned; a statement reaches the topics of its pool's region only). The
wordings are ours, but for `logical compute pool=… not found` (1.6).
"""

from __future__ import annotations

from runthrough.emulator.confluent.account.records import ComputePool, KafkaCluster
from runthrough.emulator.confluent.bodies import malformed
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Refusal

POINTER = "/spec/compute_pool_id"
DEFAULT_NAME = "default-compute-pool"
"""What a pool is called that nobody made."""


def find_pool(cloud: Cloud, pool_id: str) -> ComputePool:
    """Return a pool of the environment; "" = the default one, which is made where that is allowed.

    Raises:
        Refusal: 400 there is no such pool, or it is being deleted; 422 none is named and the
            organization wants no default ones.
    """
    if not pool_id:
        return _default(cloud)
    try:
        pool = cloud.account.compute_pools.get(pool_id, cloud.environment_id)
    except Refusal:
        raise _unknown(pool_id) from None
    if pool.leaving is not None:
        raise _unknown(pool_id)
    return pool


def obstacle(cloud: Cloud, pool_id: str, database: str | None) -> str:
    """Return why no statement on a database can run in a pool now; "" where it can.

    Args:
        cloud: seen from the statement's environment.
        pool_id: of a pool that `find_pool` has returned.
        database: the session's, by id or display name.
    """
    pool = find_pool(cloud, pool_id)
    phase = pool.life.look()
    if phase != "PROVISIONED":
        return f"The compute pool {pool.id} is not ready: it is {phase}."
    for cluster in cloud.account.clusters(cloud.environment_id):
        if database in (cluster.id, cluster.display_name):
            return out_of_reach(cloud, pool_id).get(cluster.display_name, "")
    return ""


def out_of_reach(cloud: Cloud, pool_id: str) -> dict[str, str]:
    """Return the databases whose topics a pool does not reach, by display name, and why."""
    pool = find_pool(cloud, pool_id)
    return {
        cluster.display_name: (
            f"The database '{cluster.display_name}' is in {_where(cluster)}, but the compute"
            f" pool {pool.id} is in {_where(pool)}: a statement reaches the topics of its"
            " pool's region only."
        )
        for cluster in cloud.account.clusters(cloud.environment_id)
        if not _together(pool, cluster)
    }


def cfu_limit(cloud: Cloud, pool_id: str) -> int:
    """Return how many statements a pool takes, one a CFU (facts 6); none where it is gone."""
    try:
        return cloud.account.compute_pools.get(pool_id, cloud.environment_id).max_cfu
    except Refusal:
        return 0


def _default(cloud: Cloud) -> ComputePool:
    pools, world = cloud.account.compute_pools, cloud.world
    return pools.default_or_new(
        cloud.environment_id, cloud=world.cloud, region=world.region, display_name=DEFAULT_NAME
    )


def _together(pool: ComputePool, cluster: KafkaCluster) -> bool:
    return (pool.cloud, pool.region) == (cluster.cloud, cluster.region)


def _where(thing: ComputePool | KafkaCluster) -> str:
    return f"{thing.cloud} {thing.region}"


def _unknown(pool_id: str) -> Refusal:
    return malformed(f"logical compute pool={pool_id} not found", POINTER)
