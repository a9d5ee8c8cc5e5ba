"""The Kafka broker of the emulator: its topics, and what the engine writes to them.

Clients come to a front (`front.Front`), which coordinates their groups itself and hands all else on
to librdkafka's mock cluster; what the engine writes and reads goes to the mock directly.

Whatever any client writes to any topic reaches `subscribe`'s callback exactly once and in
partition order (`ingestion`); so does what the engine itself writes: the topic is the only truth.

Limits (facts/tools.md): the mock broker keeps 5 MB or 100,000 batches a partition and drops the
oldest beyond that: see `warnings`. Transactions are refused, and what an `AdminClient` does to
topics where nobody carries it out (`serve_topics`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial

import numpy as np
import numpy.typing as npt
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from runthrough.emulator.broker.admin import list_topics
from runthrough.emulator.broker.bulk import Buffer, BulkProducer, Delivered
from runthrough.emulator.broker.coordinator.messages import GroupView
from runthrough.emulator.broker.front.desk import TopicDesk
from runthrough.emulator.broker.front.front import Front
from runthrough.emulator.broker.ingestion import Ingestion
from runthrough.emulator.broker.mock_cluster import MockCluster
from runthrough.emulator.broker.records import Batch, Header, Outgoing, Places, Record, Written
from runthrough.errors import EmulatorError

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 2_097_164
"""What Confluent Cloud takes in one record by default (facts/flink-sql-ai.md 1.3)."""

_ANY_PARTITION = -1
OnDelivery = Callable[[KafkaError | None, Message], None]
Numbers = npt.NDArray[np.int64]


class Broker:
    """A Kafka broker on 127.0.0.1, with a producer and the ingestion of every topic."""

    def __init__(self) -> None:
        self._cluster: MockCluster | None = None
        self._front: Front | None = None
        self._ingestion: Ingestion | None = None
        self._bulk: BulkProducer | None = None
        self._bulk_turn = threading.Lock()
        self._met: set[str] = set()
        self._gone: set[str] = set()
        self._stop = threading.Event()
        self._deliveries: threading.Thread | None = None

    def start(self) -> None:
        """Open the port. Raises EmulatorError when the bundled library is not found."""
        self._cluster = MockCluster()
        self._common = common = {
            "bootstrap.servers": self._cluster.bootstrap,
            "log_level": 0,
            "error_cb": self._on_error,
            # A topic that was deleted stays away, and is not asked for again and again.
            "allow.auto.create.topics": False,
            "topic.metadata.propagation.max.ms": 0,
        }
        self._producer = Producer(
            {
                **common,
                "linger.ms": 1,
                "max.in.flight.requests.per.connection": 1,
                "queue.buffering.max.messages": 2_000_000,
                "partitioner": "murmur2_random",
                "delivery.timeout.ms": 30_000,
                "message.max.bytes": MAX_MESSAGE_BYTES,
            }
        )
        self._ingestion = Ingestion(common, MAX_MESSAGE_BYTES)
        self._front = Front(self._cluster.bootstrap, self._describe, self.topics)
        self._front.start()
        self._deliveries = threading.Thread(
            target=self._serve_deliveries, name="runthrough-deliveries", daemon=True
        )
        self._deliveries.start()

    def subscribe(self, on_records: Callable[[Sequence[Record]], None]) -> None:
        """Begin ingestion; `on_records` is called from one thread and must not raise."""
        self._reading().subscribe(on_records)

    def close(self) -> None:
        """End the threads and the broker. Closing twice does nothing."""
        self._stop.set()
        if self._cluster is None:
            return
        if self._front is not None:
            self._front.close()
        reading = self._reading()
        reading.stop()
        if self._deliveries is not None:
            self._deliveries.join(timeout=10)
        if self._bulk is not None:
            self._bulk.close()
        reading.close()
        self._producer.purge()
        self._producer.flush(1)
        self._cluster.close()
        self._cluster = None

    def empty(self) -> None:
        """Delete every topic and let go of the subscriber; the address stays, for a new one.

        Clients stay connected; one that writes on makes its topic again, as to any new topic.

        Raises:
            EmulatorError: a topic cannot be deleted; the broker is not to be used any more.
        """
        cluster, reading = self._running(), self._reading()
        reading.stop()
        names = list(reading.existing())
        reading.close()
        with self._bulk_turn:
            if self._bulk is not None:
                self._bulk.close()
                self._bulk = None
        self._producer.purge()
        for name in names:
            cluster.delete_topic(name)
        self._met.clear()
        self._door().serve_topics(None)
        self._door().clear()
        self._ingestion = Ingestion(self._common, MAX_MESSAGE_BYTES)

    def serve_topics(self, desk: TopicDesk) -> None:
        """Let an `AdminClient` create, change and delete topics, until the broker is emptied.

        Args:
            desk: carries out what it asks for; without one it is refused at once.
        """
        self._door().serve_topics(desk)

    @property
    def bootstrap(self) -> str:
        """The address for clients, scheme first: `PLAINTEXT://127.0.0.1:port`."""
        return f"PLAINTEXT://{self._door().bootstrap}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the mock broker dropped, one sentence a partition."""
        return () if self._ingestion is None else tuple(self._ingestion.warnings)

    def topics(self) -> dict[str, int]:
        """Return the partitions of every topic, with those made a moment ago by a client."""
        return self._reading().existing()

    def has_topic(self, name: str) -> bool:
        """Return whether the topic exists now."""
        return self.partitions_of(name) > 0

    def partitions_of(self, name: str) -> int:
        """Return the partitions of one topic, 0 where there is none."""
        return self._reading().partitions_of(name)

    def create_topic(self, name: str, partitions: int = 6) -> None:
        """Create an empty topic. Raises EmulatorError if it exists or the name is refused."""
        self._running().create_topic(name, partitions)
        self._reading().look(name)

    def delete_topic(self, name: str) -> None:
        """Delete a topic; nothing of it is handed on afterwards. Raises EmulatorError if absent."""
        if not self.has_topic(name):
            raise EmulatorError(f"topic {name!r} does not exist")
        self._reading().delete(name, lambda: self._running().delete_topic(name))
        self._door().forget_topic(name)
        self._met.discard(name)
        self._gone.add(name)

    def grow_empty(self, name: str, partitions: int) -> None:
        """Give a topic that never held a record more partitions.

        The mock broker cannot add any, so it is made anew; where there are no records, nobody can
        tell but by the offsets consumer groups have committed, which are all 0.

        Raises:
            EmulatorError: there is no such topic, or it holds or held a record.
        """
        ends = self.end_offsets(name)
        if not ends:
            raise EmulatorError(f"topic {name!r} does not exist")
        if any(ends.values()):
            raise EmulatorError(f"topic {name!r} holds records: the broker cannot add partitions")
        self.delete_topic(name)
        self.create_topic(name, partitions)

    def produce(
        self,
        topic: str,
        key: bytes | None = None,
        value: bytes | None = None,
        headers: Sequence[Header] = (),
        timestamp: int | None = None,
        partition: int | None = None,
    ) -> Written:
        """Write one record and return where it lies. Raises EmulatorError if it is refused."""
        record = Outgoing(key, value, tuple(headers), timestamp, partition)
        [(where, offset)] = self.produce_all(topic, [record]).items()
        return Written(where, offset)

    def produce_all(self, topic: str, records: Iterable[Outgoing]) -> dict[int, int]:
        """Write records in order; return the last offset of each partition written to.

        Raises:
            EmulatorError: the topic does not exist, or a record was refused or not confirmed.
        """
        self._meet(topic)
        batch = Batch()
        for record in records:
            batch.sent += 1
            self._send(topic, record, batch.delivered)
        return batch.wait(topic)

    def produce_each(
        self, topic: str, records: Sequence[Outgoing]
    ) -> list[Written | EmulatorError]:
        """Write records in order; return for each where it lies, or why it was refused."""
        try:
            self._meet(topic)
        except EmulatorError as e:
            return [e for _ in records]
        places = Places(len(records))
        for number, record in enumerate(records):
            try:
                self._send(topic, record, partial(places.delivered, number))
            except EmulatorError as e:
                places.put(number, e)
        return places.wait()

    def produce_bulk(
        self,
        topic: str,
        keys: Buffer | None,
        values: Buffer,
        *,
        partitions: Numbers | None,
        timestamp: int,
    ) -> Delivered:
        """Write many records in order, without headers; see `BulkProducer.write`.

        Raises:
            EmulatorError: there is no such topic, or a record was refused or not confirmed.
        """
        with self._bulk_turn:
            if not self.has_topic(topic):
                raise EmulatorError(f"topic {topic!r} does not exist")
            if self._bulk is not None and topic in self._gone:
                self._bulk.close()
                self._bulk = None
            if self._bulk is None:
                self._gone.clear()
                self._bulk = BulkProducer(self._running().bootstrap, MAX_MESSAGE_BYTES)
            return self._bulk.write(topic, keys, values, partitions, timestamp)

    def standstill(self, topic: str) -> AbstractContextManager[None]:
        """Read nothing of a topic until the block ends; see `Ingestion.standstill`."""
        return self._reading().standstill(topic)

    def follows(self, topic: str, delivered: Delivered) -> bool:
        """Return whether records follow what was read of their topic, with no other between."""
        return self._reading().follows(topic, delivered)

    def pass_over(self, topic: str, delivered: Delivered) -> None:
        """Count records as read, within a `standstill`."""
        self._reading().pass_over(topic, delivered)

    def flush(self, topic: str, offsets: Mapping[int, int], timeout: float = 10.0) -> None:
        """Wait until these offsets of the topic's partitions are read; see `Ingestion.flush`."""
        self._reading().flush(topic, offsets, timeout)

    def catch_up(self, topics: Iterable[str], timeout: float = 10.0) -> None:
        """Wait until all that is in these topics now is read; see `Ingestion.catch_up`."""
        self._reading().catch_up(topics, timeout)

    def end_offsets(self, topic: str) -> dict[int, int]:
        """Return, for each partition, the offset the next record would get."""
        return self._reading().end_offsets(topic)

    def committed(self, group: str) -> dict[tuple[str, int], int]:
        """Return the offsets a consumer group has committed, by topic and partition."""
        found = self._door().look(lambda coordinator: coordinator.committed(group))
        return {place: committed.offset for place, committed in found.items()}

    def groups(self) -> list[GroupView]:
        """Return all consumer groups by name."""
        return self._door().look(lambda coordinator: coordinator.views())

    def group(self, name: str) -> GroupView:
        """Return one consumer group; one that does not exist is Dead."""
        return self._door().look(lambda coordinator: coordinator.view(name))

    def _meet(self, topic: str) -> None:
        """Have the producer see a topic as it is now, if it has not since it was made.

        Raises:
            EmulatorError: it does not exist.
        """
        if topic in self._met:
            return
        if topic not in list_topics(self._producer, topic):
            raise EmulatorError(f"topic {topic!r} does not exist")
        self._met.add(topic)

    def _send(self, topic: str, record: Outgoing, on_delivery: OnDelivery) -> None:
        try:
            self._producer.produce(
                topic,
                value=record.value,
                key=record.key,
                headers=list(record.headers) or None,
                on_delivery=on_delivery,
                partition=_ANY_PARTITION if record.partition is None else record.partition,
                timestamp=record.timestamp or 0,
            )
        except (KafkaException, BufferError) as e:
            self._met.discard(topic)
            raise EmulatorError(f"a record for topic {topic!r} was refused: {e}") from e

    def _describe(self, names: Collection[str]) -> dict[str, tuple[bytes, int]]:
        return self._reading().describe(names)

    def _running(self) -> MockCluster:
        if self._cluster is None:
            raise EmulatorError("the broker is not running")
        return self._cluster

    def _door(self) -> Front:
        self._running()
        if self._front is None:
            raise EmulatorError("the broker is not running")
        return self._front

    def _reading(self) -> Ingestion:
        self._running()
        if self._ingestion is None:
            raise EmulatorError("the broker is not running")
        return self._ingestion

    def _on_error(self, error: KafkaError) -> None:
        # librdkafka's own log would go to stderr; at the end the broker is gone before them.
        if not self._stop.is_set():
            log.warning("the broker's connections: %s", error.str())

    def _serve_deliveries(self) -> None:
        while not self._stop.is_set():
            self._producer.poll(0.05)
