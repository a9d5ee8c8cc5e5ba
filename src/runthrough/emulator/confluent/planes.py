"""Data planes: what serves one environment (Flink, Schema Registry) and one Kafka cluster.

The control plane's objects are in `account`; here is what answers once they are provisioned. Each
environment has a Flink engine, a Schema Registry and statements of its own, each Kafka cluster a
broker of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runthrough.emulator.broker import Broker, Record
from runthrough.emulator.confluent.gateway.statements import StatementStore
from runthrough.emulator.confluent.kafka_rest.acl_store import AclStore
from runthrough.emulator.confluent.registry.settings import RegistrySettings
from runthrough.emulator.flink.engine import Engine, TopicInfo
from runthrough.emulator.flink.formats.schemas import SchemaStore


@dataclass(frozen=True)
class DataPlane:
    """What serves one environment."""

    environment_id: str
    engine: Engine
    schemas: SchemaStore
    registry: RegistrySettings
    statements: StatementStore


@dataclass(frozen=True)
class KafkaPlane:
    """What serves one Kafka cluster; topics are named here as its clients name them.

    Attributes:
        broker: the cluster's own.
        engine: of its environment; it knows the cluster as one of its databases.
        prefix: what the engine writes before the names of this cluster's topics.
        acls: its access control lists, which nobody enforces.
    """

    cluster_id: str
    broker: Broker
    engine: Engine
    prefix: str = ""
    acls: AclStore = field(default_factory=AclStore)

    def topics(self) -> tuple[TopicInfo, ...]:
        """Return the cluster's topics, by name."""
        return tuple(
            TopicInfo(topic.name.removeprefix(self.prefix), topic.partitions, topic.configs)
            for topic in self.engine.topics()
            if topic.name.startswith(self.prefix)
        )

    def create_topic(
        self, name: str, *, partitions: int = 6, configs: Mapping[str, str] | None = None
    ) -> None:
        """Create a topic. Raises EmulatorError if it exists or the name is refused."""
        self.engine.create_topic(self.prefix + name, partitions=partitions, configs=configs)

    def delete_topic(self, name: str) -> None:
        """Delete a topic and its table; statements on it fail. Raises EmulatorError if absent."""
        self.engine.delete_topic(self.prefix + name)

    def alter_topic(self, name: str, changes: Mapping[str, str | None]) -> None:
        """Change settings of a topic; None = back to the default."""
        self.engine.alter_topic(self.prefix + name, changes)

    def records(self, name: str) -> tuple[Record, ...]:
        """Return every record of a topic, also those the broker keeps no more."""
        return self.engine.records(self.prefix + name)
