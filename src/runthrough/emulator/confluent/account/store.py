"""The store of an account, seeded from the world file; thread-safe.

Sources: facts/confluent-cloud-api.md 1.6 (a gone environment is 404, most else 403), 3.1 to 3.3,
3.5 and 6 (quotas, what appears when). That names are unique, and what stands against a deletion,
is ours: the sheet says only that 409 exists.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from runthrough.emulator.confluent.account.pools import ComputePools
from runthrough.emulator.confluent.account.records import (
    ComputePool,
    Environment,
    KafkaCluster,
    KafkaConfig,
    Organization,
    SchemaRegistry,
)
from runthrough.emulator.confluent.bodies import invalid, taken
from runthrough.emulator.confluent.ids import new_id
from runthrough.emulator.confluent.pace import (
    KAFKA_CLUSTER,
    SCHEMA_REGISTRY,
    Life,
    LifeCycle,
    Pace,
    settled,
)
from runthrough.emulator.confluent.refusals import (
    forbidden,
    in_use,
    not_found,
    over_quota,
)
from runthrough.emulator.world import Clock, World

ENVIRONMENTS_PER_ORG = 25
CLUSTERS_PER_ENVIRONMENT = 20
CLUSTERS_PER_ORG = 400


class Account:
    """Organization, environments, Kafka clusters, registries; `compute_pools` has the pools."""

    def __init__(self, world: World, *, clock: Clock, pace: Pace) -> None:
        self._clock, self._pace = clock, pace
        self._lock = threading.RLock()
        self._environments: dict[str, Environment] = {}
        self._clusters: dict[str, KafkaCluster] = {}
        self._registries: dict[str, SchemaRegistry] = {}
        self._revision = 0
        self.compute_pools = ComputePools(self._lock, clock=clock, pace=pace)
        self._seed(world)

    def _seed(self, world: World) -> None:
        now, env = self._clock(), world.environment
        self._organization = Organization(world.organization.id, world.organization.name, now, now)
        self._environments[env.id] = Environment(env.id, env.name, env.package, now, now)
        there = self._life(settled("PROVISIONED"))
        self._clusters[world.cluster.id] = KafkaCluster(
            id=world.cluster.id,
            environment_id=env.id,
            display_name=world.cluster.name,
            availability=world.cluster.availability,
            cloud=world.cloud,
            region=world.region,
            config=KafkaConfig(world.cluster.kind),
            deletion_protection=False,
            created_at=now,
            updated_at=now,
            life=there,
        )
        self._registries[world.schema_registry.id] = SchemaRegistry(
            world.schema_registry.id, env.id, world.cloud, world.region, now, now, there
        )
        pool = ComputePool(
            id=world.compute_pool.id,
            environment_id=env.id,
            display_name=world.compute_pool.name,
            cloud=world.cloud,
            region=world.region,
            max_cfu=world.compute_pool.max_cfu,
            default_pool=True,
            enable_ai=False,
            created_at=now,
            updated_at=now,
            life=there,
        )
        self.compute_pools.put(pool)

    @property
    def revision(self) -> int:
        """How often environments and clusters have changed."""
        with self._lock:
            return self._revision

    # --- the organization ------------------------------------------------------------------------

    @property
    def organization(self) -> Organization:
        """The organization."""
        with self._lock:
            return self._organization

    def rename_organization(self, display_name: str) -> Organization:
        """Give the organization another name."""
        with self._lock:
            self._organization = replace(
                self._organization, display_name=display_name, updated_at=self._clock()
            )
            return self._organization

    # --- environments ----------------------------------------------------------------------------

    def environments(self) -> tuple[Environment, ...]:
        """Return every environment, the oldest first."""
        with self._lock:
            return tuple(self._environments.values())

    def environment(self, environment_id: str) -> Environment:
        """Return an environment. Raises Refusal (404) where there is none."""
        with self._lock:
            found = self._environments.get(environment_id)
        if found is None:
            raise not_found(f"Environment {environment_id} was not found.")
        return found

    def create_environment(self, display_name: str, package: str | None) -> Environment:
        """Create an environment. Raises Refusal: 409 the name is taken, 402 there are 25."""
        with self._lock:
            self._check_environment_name(display_name)
            if len(self._environments) >= ENVIRONMENTS_PER_ORG:
                raise over_quota(
                    "environments_per_org", "environments per organization", ENVIRONMENTS_PER_ORG
                )
            now = self._clock()
            made = Environment(self._new_id("env"), display_name, package, now, now)
            self._environments[made.id] = made
            self._revision += 1
            return made

    def change_environment(
        self, environment_id: str, *, display_name: str | None, package: str | None
    ) -> Environment:
        """Change name or package; None = leave it.

        Raises:
            Refusal: 404 no such environment; 409 the name is taken; 422 the package would be less.
        """
        with self._lock:
            old = self.environment(environment_id)
            if display_name not in (None, old.display_name):
                self._check_environment_name(str(display_name))
            if old.package == "ADVANCED" and package == "ESSENTIALS":
                raise invalid(
                    "the Stream Governance package cannot go from ADVANCED to ESSENTIALS",
                    "/stream_governance_config/package",
                )
            new = replace(
                old,
                display_name=display_name or old.display_name,
                package=package or old.package,
                updated_at=self._clock(),
            )
            self._environments[environment_id] = new
            self._revision += 1
            self._govern(environment_id)
            return new

    def delete_environment(self, environment_id: str) -> None:
        """Delete an empty environment with its registry.

        Raises:
            Refusal: 404 no such environment; 409 it has Kafka clusters or compute pools.
        """
        with self._lock:
            self.environment(environment_id)
            inside = [c.id for c in self._clusters.values() if c.environment_id == environment_id]
            inside += self.compute_pools.alive(environment_id)
            if inside:
                raise in_use(
                    f"Environment {environment_id} still has {', '.join(inside)}: delete them first"
                )
            del self._environments[environment_id]
            self._revision += 1
            self.compute_pools.forget(environment_id)
            for registry in self.registries(environment_id):
                del self._registries[registry.id]

    def _check_environment_name(self, name: str) -> None:
        if any(e.display_name == name for e in self._environments.values()):
            raise taken(f"An environment named {name} already exists.")

    # --- Kafka clusters --------------------------------------------------------------------------

    def clusters(self, environment_id: str) -> tuple[KafkaCluster, ...]:
        """Return the clusters of an environment, the oldest first."""
        with self._lock:
            return tuple(c for c in self._clusters.values() if c.environment_id == environment_id)

    def all_clusters(self) -> tuple[KafkaCluster, ...]:
        """Return the clusters of all environments, the oldest first."""
        with self._lock:
            return tuple(self._clusters.values())

    def cluster(self, cluster_id: str, environment_id: str | None = None) -> KafkaCluster:
        """Return a cluster of an environment (None = any). Raises Refusal (403): there is none."""
        with self._lock:
            found = self._clusters.get(cluster_id)
        if found is None or environment_id not in (None, found.environment_id):
            raise forbidden()
        return found

    def create_cluster(
        self,
        environment_id: str,
        *,
        display_name: str,
        availability: str,
        cloud: str,
        region: str,
        config: KafkaConfig,
        deletion_protection: bool,
    ) -> KafkaCluster:
        """Create a cluster; the first of a governed environment brings its Schema Registry.

        Raises:
            Refusal: 404 no such environment; 409 the name is taken; 402 there are too many.
        """
        with self._lock:
            self.environment(environment_id)
            siblings = self.clusters(environment_id)
            if any(c.display_name == display_name for c in siblings):
                raise taken(f"A Kafka cluster named {display_name} already exists.")
            if len(siblings) >= CLUSTERS_PER_ENVIRONMENT:
                raise over_quota(
                    "kafka_clusters_per_environment",
                    "Kafka clusters per environment",
                    CLUSTERS_PER_ENVIRONMENT,
                )
            if len(self._clusters) >= CLUSTERS_PER_ORG:
                raise over_quota(
                    "kafka_clusters_per_org", "Kafka clusters per organization", CLUSTERS_PER_ORG
                )
            now = self._clock()
            made = KafkaCluster(
                id=self._new_id("lkc"),
                environment_id=environment_id,
                display_name=display_name,
                availability=availability,
                cloud=cloud,
                region=region,
                config=config,
                deletion_protection=deletion_protection,
                created_at=now,
                updated_at=now,
                life=self._life(KAFKA_CLUSTER),
            )
            self._clusters[made.id] = made
            self._revision += 1
            self._govern(environment_id)
            return made

    def change_cluster(
        self, cluster_id: str, change: Callable[[KafkaCluster], KafkaCluster]
    ) -> KafkaCluster:
        """Put a changed cluster in its place; `change` may refuse.

        Raises:
            Refusal: 403 no such cluster; 409 the name is taken.
        """
        with self._lock:
            old = self.cluster(cluster_id)
            new = replace(change(old), updated_at=self._clock())
            names = {c.display_name for c in self.clusters(old.environment_id) if c.id != old.id}
            if new.display_name in names:
                raise taken(f"A Kafka cluster named {new.display_name} already exists.")
            self._clusters[cluster_id] = new
            self._revision += 1
            return new

    def delete_cluster(self, cluster_id: str) -> None:
        """Delete a cluster. Raises Refusal: 403 there is none; 409 it is protected."""
        with self._lock:
            if self.cluster(cluster_id).deletion_protection:
                raise in_use(
                    f"Kafka cluster {cluster_id} is protected against deletion: set"
                    " spec.deletion_protection to false first"
                )
            del self._clusters[cluster_id]
            self._revision += 1

    # --- Schema Registry clusters ----------------------------------------------------------------

    def registries(self, environment_id: str) -> tuple[SchemaRegistry, ...]:
        """Return the registry of an environment, if it has one already."""
        with self._lock:
            return tuple(r for r in self._registries.values() if r.environment_id == environment_id)

    def registry(self, registry_id: str, environment_id: str | None = None) -> SchemaRegistry:
        """Return a registry of an environment (None = any). Raises Refusal (403): none."""
        with self._lock:
            found = self._registries.get(registry_id)
        if found is None or environment_id not in (None, found.environment_id):
            raise forbidden()
        return found

    def _govern(self, environment_id: str) -> None:
        """Give a governed environment its registry, once it has a Kafka cluster (facts 3.2)."""
        clusters = self.clusters(environment_id)
        governed = self._environments[environment_id].package is not None
        if not governed or not clusters or self.registries(environment_id):
            return
        now, first = self._clock(), clusters[0]
        made = SchemaRegistry(
            self._new_id("lsrc"),
            environment_id,
            first.cloud,
            first.region,
            now,
            now,
            self._life(SCHEMA_REGISTRY),
        )
        self._registries[made.id] = made

    # --- ids and lives ---------------------------------------------------------------------------

    def _life(self, cycle: LifeCycle) -> Life:
        return Life(cycle, self._pace, self._clock)

    def _new_id(self, prefix: str) -> str:
        return new_id(prefix, {*self._environments, *self._clusters, *self._registries})
