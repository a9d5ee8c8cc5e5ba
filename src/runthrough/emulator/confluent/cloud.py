"""The state behind the Confluent routes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from runthrough.emulator.confluent.connect.store import ConnectorStore
from runthrough.emulator.confluent.gateway.statements import StatementStore
from runthrough.emulator.confluent.http import Refusal
from runthrough.emulator.confluent.identity.store import Identity
from runthrough.emulator.confluent.integration_store import IntegrationStore
from runthrough.emulator.confluent.planes import DataPlane, KafkaPlane
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
    planes: tuple[DataPlane, ...]
    kafka_planes: tuple[KafkaPlane, ...]
    identity: Identity
    integrations: IntegrationStore
    connectors: ConnectorStore
    tableflow: Tableflow
    catalogs: CatalogStore

    def within(self, environment_id: str) -> Cloud:
        """Return this cloud seen from another environment. Raises Refusal (404): there is none."""
        for plane in self.planes:
            if plane.environment_id == environment_id:
                return replace(
                    self,
                    environment_id=environment_id,
                    engine=plane.engine,
                    schemas=plane.schemas,
                    registry=plane.registry,
                    statements=plane.statements,
                )
        raise Refusal(404, f"environment {environment_id} was not found")

    def kafka(self, cluster_id: str) -> KafkaPlane:
        """Return what serves a Kafka cluster. Raises Refusal (404) where there is none."""
        for plane in self.kafka_planes:
            if plane.cluster_id == cluster_id:
                return plane
        raise Refusal(404, f"Cluster {cluster_id} cannot be found.", code=404)

    def running_statements(self) -> int:
        """Return how many statements run: each takes one CFU at least (facts 6)."""
        now = self.clock()
        return sum(s.look(now).phase == "RUNNING" for s in self.statements.all())
