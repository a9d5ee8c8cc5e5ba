"""Data planes: what serves one environment (Flink, Schema Registry) and one Kafka cluster.

The control plane's objects are in `account`; here is what answers once they are provisioned. Each
environment has a Flink engine, a Schema Registry and statements of its own, each Kafka cluster a
broker of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from runthrough.emulator.broker import Broker, BrokerGroup, Record, TopicDesk
from runthrough.emulator.confluent.account.store import Account
from runthrough.emulator.confluent.gateway.statements import StatementStore
from runthrough.emulator.confluent.kafka_rest.acl_store import AclStore
from runthrough.emulator.confluent.pace import Pace
from runthrough.emulator.confluent.refusals import forbidden
from runthrough.emulator.confluent.registry.settings import RegistrySettings
from runthrough.emulator.flink.engine import Engine, Place, TopicInfo
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.world import Clock, World


@dataclass(frozen=True)
class DataPlane:
    """What serves one environment.

    Attributes:
        brokers: of its Kafka clusters, by the prefix of their topics.
    """

    environment_id: str
    brokers: BrokerGroup = field(repr=False)
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

    @property
    def bootstrap(self) -> str:
        """The broker's address for clients, with its scheme."""
        return self.broker.bootstrap


EngineMaker = Callable[[Callable[[], Place], BrokerGroup, SchemaStore], Engine]
"""Builds an engine that is not started yet."""

DeskMaker = Callable[[KafkaPlane], TopicDesk]
"""Gives who creates, changes and deletes the topics of a cluster for an `AdminClient`."""


class Planes:
    """The data planes of all environments and Kafka clusters; thread-safe.

    One is built when something first asks for it: an engine costs threads and a database, a broker
    a port, and most that is created in a lesson is only looked at.
    """

    def __init__(
        self,
        world: World,
        account: Account,
        broker: Broker,
        make_engine: EngineMaker,
        *,
        clock: Clock,
        pace: Pace,
        make_desk: DeskMaker,
    ) -> None:
        """Put the planes together.

        Args:
            world: its cluster has `broker`.
            account: which environments and clusters there are.
            broker: started, and its owner's to close; those of other clusters are made here.
            make_engine: builds the engine of an environment.
            clock: where statements ask for the time.
            pace: of statements.
            make_desk: gives who carries out what an `AdminClient` of a cluster asks for.
        """
        self._make_desk = make_desk
        self._home, self._account, self._broker = world.cluster.id, account, broker
        self._make_engine, self._clock, self._pace = make_engine, clock, pace
        self._lock = threading.RLock()
        self._environments: dict[str, DataPlane] = {}
        self._clusters: dict[str, KafkaPlane] = {}
        self._joined: dict[str, int] = {}
        self._seen: dict[str, tuple[int, Place]] = {}

    def environment(self, environment_id: str) -> DataPlane:
        """Return what serves an environment. Raises Refusal (404) where there is none."""
        revision = self._account.revision
        found = self._environments.get(environment_id)
        if found is not None and self._joined.get(environment_id) == revision:
            return found
        with self._lock:
            self._account.environment(environment_id)
            if environment_id not in self._environments:
                self._environments[environment_id] = self._open(environment_id)
            plane = self._environments[environment_id]
            for cluster in self._account.clusters(environment_id):
                if cluster.id not in self._clusters:
                    self._clusters[cluster.id] = self._join(plane, cluster.id)
            self._joined[environment_id] = revision
            return plane

    def opened(self, environment_id: str) -> DataPlane | None:
        """Return what serves an environment, None where nothing has asked for it yet."""
        return self._environments.get(environment_id)

    def kafka(self, cluster_id: str) -> KafkaPlane:
        """Return what serves a Kafka cluster. Raises Refusal (403) where there is none."""
        found = self._clusters.get(cluster_id)
        if found is not None:
            return found
        with self._lock:
            self.environment(self._account.cluster(cluster_id).environment_id)
            joined = self._clusters.get(cluster_id)
        if joined is None:  # deleted since
            raise forbidden()
        return joined

    def renamed(self, cluster_id: str, old: str, new: str) -> None:
        """Take along what the engine knows of a cluster by its display name."""
        plane = self._clusters.get(cluster_id)
        if plane is not None and old != new:
            plane.engine.rename_database(old, new)

    def close_cluster(self, environment_id: str, cluster_id: str, display_name: str) -> None:
        """End the broker of a cluster that is gone; statements on its topics fail."""
        with self._lock:
            plane = self._clusters.pop(cluster_id, None)
            home = self._environments.get(environment_id)
            if plane is None or home is None:
                return
            plane.engine.drop_database(display_name, plane.prefix)
            home.brokers.remove(plane.prefix)
            if plane.broker is self._broker:
                plane.broker.empty()
            else:
                plane.broker.close()

    def close_environment(self, environment_id: str) -> None:
        """End what serves an environment that is gone."""
        with self._lock:
            plane = self._environments.pop(environment_id, None)
            if plane is not None:
                plane.engine.close()

    def running(self) -> tuple[DataPlane, ...]:
        """Return the data planes of the environments that something has asked for."""
        with self._lock:
            return tuple(self._environments.values())

    def engines(self) -> tuple[Engine, ...]:
        """Return the engines that run."""
        with self._lock:
            return tuple(plane.engine for plane in self._environments.values())

    def close(self) -> None:
        """End every engine, and every broker that was made here."""
        with self._lock:
            for plane in self._environments.values():
                plane.engine.close()
            for cluster in self._clusters.values():
                if cluster.broker is not self._broker:
                    cluster.broker.close()
            self._environments.clear()
            self._clusters.clear()

    def _open(self, environment_id: str) -> DataPlane:
        schemas, brokers = SchemaStore(), BrokerGroup()
        engine = self._make_engine(lambda: self._place(environment_id), brokers, schemas)
        engine.start()
        return DataPlane(
            environment_id=environment_id,
            brokers=brokers,
            engine=engine,
            schemas=schemas,
            registry=RegistrySettings(schemas),
            statements=StatementStore(engine, clock=self._clock, pace=self._pace),
        )

    def _join(self, plane: DataPlane, cluster_id: str) -> KafkaPlane:
        """Give a cluster its broker; the world's has one from the beginning."""
        if cluster_id == self._home:
            broker, prefix = self._broker, ""
        else:
            broker, prefix = Broker(), f"{cluster_id}/"
            broker.start()
        plane.brokers.add(prefix, broker)
        joined = KafkaPlane(cluster_id, broker, plane.engine, prefix)
        broker.serve_topics(self._make_desk(joined))
        return joined

    def _place(self, environment_id: str) -> Place:
        """Return an environment as its engine is to see it now."""
        revision = self._account.revision
        seen = self._seen.get(environment_id)
        if seen is not None and seen[0] == revision:
            return seen[1]
        environments = self._account.environments()
        others = [e.id for e in environments if e.id != environment_id]
        place = replace(
            self._alone(environment_id), others=tuple(self._alone(other) for other in others)
        )
        self._seen[environment_id] = (revision, place)
        return place

    def _alone(self, environment_id: str) -> Place:
        environment = self._account.environment(environment_id)
        clusters = self._account.clusters(environment_id)
        return Place(
            organization_id=self._account.organization.id,
            environment_id=environment_id,
            environment_name=environment.display_name,
            databases=tuple((c.id, c.display_name) for c in clusters),
            plain=self._home,
            has_registry=bool(self._account.registries(environment_id)),
        )
