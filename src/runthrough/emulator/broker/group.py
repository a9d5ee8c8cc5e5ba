"""Several brokers behind the interface of one: the Kafka clusters of an environment.

The topics of a cluster are known here by its prefix and their own names, `lkc-4m9d2x/orders`: a
slash cannot be in a topic's name, so both parts can be told apart. One broker may be without a
prefix.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from runthrough.emulator.broker.broker import Broker, Numbers
from runthrough.emulator.broker.bulk import Buffer, Delivered
from runthrough.emulator.broker.coordinator.messages import GroupView
from runthrough.emulator.broker.front.desk import TopicDesk
from runthrough.emulator.broker.records import Header, Outgoing, Record, Written
from runthrough.errors import EmulatorError

OnRecords = Callable[[Sequence[Record]], None]


def split(topic: str) -> tuple[str, str]:
    """Return the prefix and the own name of a topic."""
    head, slash, name = topic.rpartition("/")
    return head + slash, name


class BrokerGroup(Broker):
    """Brokers that come and go; every call finds the one its topic belongs to.

    The brokers are their owners' to start and to close.
    """

    def __init__(self, members: Mapping[str, Broker] | None = None) -> None:
        super().__init__()
        self._members = dict(members or {})
        self._on_records: OnRecords | None = None
        self._turn = threading.RLock()

    def add(self, prefix: str, broker: Broker) -> None:
        """Take a started broker in; what is in its topics is handed on."""
        with self._turn:
            self._members = {**self._members, prefix: broker}
            if self._on_records is not None:
                broker.subscribe(_renaming(prefix, self._on_records))

    def remove(self, prefix: str) -> Broker | None:
        """Know a broker no more, and return it; None where there is none of that prefix."""
        with self._turn:
            members = dict(self._members)
            gone = members.pop(prefix, None)
            self._members = members
            return gone

    def start(self) -> None:
        """Do nothing: the brokers are started when they come."""

    def close(self) -> None:
        """Do nothing: the brokers are their owners' to close."""

    def subscribe(self, on_records: OnRecords) -> None:
        """Begin ingestion of every broker, each in a thread of its own."""
        with self._turn:
            self._on_records = on_records
            for prefix, broker in self._members.items():
                broker.subscribe(_renaming(prefix, on_records))

    def empty(self) -> None:
        """Empty every broker."""
        for broker in self._members.values():
            broker.empty()

    def serve_topics(self, desk: TopicDesk) -> None:
        """There is none for all of them. Raises EmulatorError."""
        raise EmulatorError("the topics of each broker have a desk of their own")

    @property
    def bootstrap(self) -> str:
        """There is none for all of them. Raises EmulatorError."""
        raise EmulatorError("several brokers have no address in common")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the mock brokers dropped, one sentence a partition."""
        return tuple(w for broker in self._members.values() for w in broker.warnings)

    def topics(self) -> dict[str, int]:
        """Return the partitions of every topic of every broker."""
        return {
            prefix + name: partitions
            for prefix, broker in self._members.items()
            for name, partitions in broker.topics().items()
        }

    def has_topic(self, name: str) -> bool:
        """Return whether the topic exists now."""
        return self.partitions_of(name) > 0

    def partitions_of(self, name: str) -> int:
        """Return the partitions of one topic, 0 where there is none."""
        prefix, own = split(name)
        broker = self._members.get(prefix)
        return 0 if broker is None else broker.partitions_of(own)

    def create_topic(self, name: str, partitions: int = 6) -> None:
        """Create an empty topic. Raises EmulatorError if it exists or the name is refused."""
        broker, own = self._of(name)
        broker.create_topic(own, partitions)

    def delete_topic(self, name: str) -> None:
        """Delete a topic; nothing of it is handed on afterwards. Raises EmulatorError if absent."""
        broker, own = self._of(name)
        broker.delete_topic(own)

    def grow_empty(self, name: str, partitions: int) -> None:
        """Give a topic that never held a record more partitions; see `Broker.grow_empty`."""
        broker, own = self._of(name)
        broker.grow_empty(own, partitions)

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
        broker, own = self._of(topic)
        return broker.produce(own, key, value, headers, timestamp, partition)

    def produce_all(self, topic: str, records: Iterable[Outgoing]) -> dict[int, int]:
        """Write records in order; see `Broker.produce_all`."""
        broker, own = self._of(topic)
        return broker.produce_all(own, records)

    def produce_each(
        self, topic: str, records: Sequence[Outgoing]
    ) -> list[Written | EmulatorError]:
        """Write records in order; return for each where it lies, or why it was refused."""
        broker, own = self._of(topic)
        return broker.produce_each(own, records)

    def produce_bulk(
        self,
        topic: str,
        keys: Buffer | None,
        values: Buffer,
        *,
        partitions: Numbers | None,
        timestamp: int,
    ) -> Delivered:
        """Write many records in order, without headers; see `BulkProducer.write`."""
        broker, own = self._of(topic)
        return broker.produce_bulk(own, keys, values, partitions=partitions, timestamp=timestamp)

    def standstill(self, topic: str) -> AbstractContextManager[None]:
        """Read nothing of a topic until the block ends; see `Ingestion.standstill`."""
        broker, own = self._of(topic)
        return broker.standstill(own)

    def follows(self, topic: str, delivered: Delivered) -> bool:
        """Return whether records follow what was read of their topic, with no other between."""
        broker, own = self._of(topic)
        return broker.follows(own, delivered)

    def pass_over(self, topic: str, delivered: Delivered) -> None:
        """Count records as read, within a `standstill`."""
        broker, own = self._of(topic)
        broker.pass_over(own, delivered)

    def flush(self, topic: str, offsets: Mapping[int, int], timeout: float = 10.0) -> None:
        """Wait until these offsets of the topic's partitions are read; see `Ingestion.flush`."""
        broker, own = self._of(topic)
        broker.flush(own, offsets, timeout)

    def catch_up(self, topics: Iterable[str], timeout: float = 10.0) -> None:
        """Wait until all that is in these topics now is read; see `Ingestion.catch_up`."""
        wanted: defaultdict[str, list[str]] = defaultdict(list)
        for topic in topics:
            prefix, own = split(topic)
            wanted[prefix].append(own)
        for prefix, names in wanted.items():
            if (broker := self._members.get(prefix)) is not None:
                broker.catch_up(names, timeout)

    def end_offsets(self, topic: str) -> dict[int, int]:
        """Return, for each partition, the offset the next record would get."""
        broker, own = self._of(topic)
        return broker.end_offsets(own)

    def committed(self, group: str) -> dict[tuple[str, int], int]:
        """Return the offsets a consumer group has committed, by topic and partition."""
        return {
            (prefix + topic, partition): offset
            for prefix, broker in self._members.items()
            for (topic, partition), offset in broker.committed(group).items()
        }

    def groups(self) -> list[GroupView]:
        """Return the consumer groups of all brokers; two may have one name."""
        return [view for broker in self._members.values() for view in broker.groups()]

    def group(self, name: str) -> GroupView:
        """There is none for all of them. Raises EmulatorError."""
        raise EmulatorError("a consumer group is one broker's")

    def _of(self, topic: str) -> tuple[Broker, str]:
        prefix, own = split(topic)
        broker = self._members.get(prefix)
        if broker is None:
            raise EmulatorError(f"the Kafka cluster of topic {own!r} is gone")
        return broker, own


def _renaming(prefix: str, on_records: OnRecords) -> OnRecords:
    """Return what takes the records of one broker and hands them on by the group's names."""
    if not prefix:
        return on_records

    def take(records: Sequence[Record]) -> None:
        on_records([replace(record, topic=prefix + record.topic) for record in records])

    return take
