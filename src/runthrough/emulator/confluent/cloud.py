"""The state behind the Confluent routes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from runthrough.emulator.confluent.account.records import ComputePool
from runthrough.emulator.confluent.account.store import Account
from runthrough.emulator.confluent.connect.store import ConnectorStore
from runthrough.emulator.confluent.gateway.statements import StatementStore
from runthrough.emulator.confluent.http import Refusal
from runthrough.emulator.confluent.identity.store import Identity
from runthrough.emulator.confluent.integration_store import IntegrationStore
from runthrough.emulator.confluent.planes import KafkaPlane, Planes
from runthrough.emulator.confluent.registry.settings import RegistrySettings
from runthrough.emulator.confluent.tableflow.catalog_store import CatalogStore
from runthrough.emulator.confluent.tableflow.service import Tableflow
from runthrough.emulator.flink.engine import Engine
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.world import Clock, World


@dataclass(frozen=True)
class Cloud:
    """One emulated Confluent Cloud, seen from one of its environments.

    Attributes:
        environment_id: whose engine, schemas, registry and statements these are: the world's own,
            or the one that `within` was asked for.
        bootstrap: the broker's address for clients, with its scheme.
        started: when the world began, the creation time of all it holds.
    """

    world: World
    environment_id: str
    engine: Engine
    schemas: SchemaStore
    registry: RegistrySettings
    statements: StatementStore
    bootstrap: str
    started: datetime
    clock: Clock
    account: Account
    planes: Planes
    identity: Identity
    integrations: IntegrationStore
    connectors: ConnectorStore
    tableflow: Tableflow
    catalogs: CatalogStore

    def within(self, environment_id: str) -> Cloud:
        """Return this cloud seen from another environment. Raises Refusal (404): there is none."""
        try:
            plane = self.planes.environment(environment_id)
        except Refusal as e:
            raise Refusal(404, f"environment {environment_id} was not found") from e
        if plane.engine is self.engine:
            return self
        return replace(
            self,
            environment_id=environment_id,
            engine=plane.engine,
            schemas=plane.schemas,
            registry=plane.registry,
            statements=plane.statements,
        )

    def kafka(self, cluster_id: str) -> KafkaPlane:
        """Return what serves a Kafka cluster. Raises Refusal (404) where there is none."""
        try:
            return self.planes.kafka(cluster_id)
        except Refusal as e:
            raise Refusal(404, f"Cluster {cluster_id} cannot be found.", code=404) from e

    def running_statements(self, pool: ComputePool) -> int:
        """Return how many statements run in a pool: each takes one CFU at least (facts 6)."""
        plane, now = self.planes.opened(pool.environment_id), self.clock()
        if plane is None:
            return 0
        own = (s for s in plane.statements.all() if s.order.compute_pool_id == pool.id)
        return sum(s.look(now).phase == "RUNNING" for s in own)
