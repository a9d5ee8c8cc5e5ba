"""The one consumer that reads every topic of the broker, and hands on what it finds.

Every record reaches the subscriber exactly once and in partition order. What the mock broker
dropped unread, or can no longer give to a Kafka client, is put into `warnings` and logged.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from confluent_kafka import (
    Consumer,
    KafkaError,
    Message,
    TopicPartition,
)

from runthrough.emulator.broker.admin import Admin, list_topics
from runthrough.emulator.broker.bulk import Delivered
from runthrough.emulator.broker.commands import Command
from runthrough.emulator.broker.records import Record, read_record
from runthrough.errors import EmulatorError

log = logging.getLogger(__name__)

DISCOVERY_SECONDS = 0.2
"""How often the broker is asked for topics that clients created by producing to them."""
DISCOVERY_SHARE = 20
"""So many times longer than a look takes is the pause after it: thousands of topics take long."""
DELETED_TOPICS = 500
"""After so many a new consumer reads on: librdkafka's looks through all topics it ever knew."""
FETCH_WAIT_MS = 5
"""The mock answers an empty fetch only when this is over: it bounds the latency of ingestion."""

_POLL_SECONDS = 0.005
"""What another thread asks for waits so long at most; shorter than the fetch, it costs nothing."""
_BATCH = 10_000
_KEPT_BYTES = 5 * 1024 * 1024
_KEPT_BATCHES = 100_000


class Ingestion:
    """Reads the topics of one broker, in a thread of its own once it has a subscriber."""

    def __init__(self, common: Mapping[str, Any], max_message_bytes: int) -> None:
        """Connect; `common` is what all clients of the broker are set to."""
        self.topics: dict[str, int] = {}
        self.warnings: list[str] = []
        self._next: dict[tuple[str, int], int] = {}
        self._sizes: dict[tuple[str, int], int] = {}
        self._lossy: set[tuple[str, int]] = set()
        self._changed = threading.Condition()
        self._commands: deque[Command] = deque()
        self._still: set[str] = set()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._on_records: Callable[[Sequence[Record]], None] | None = None
        self._deleted = 0
        self._settings = {
            **common,
            "group.id": "runthrough-ingestion",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "allow.auto.create.topics": False,
            "fetch.wait.max.ms": FETCH_WAIT_MS,
            "fetch.queue.backoff.ms": 5,
            "fetch.message.max.bytes": 2 * max_message_bytes,
            "fetch.error.backoff.ms": 20,
        }
        self._consumer = Consumer(self._settings)
        self._admin = Admin(common)

    def subscribe(self, on_records: Callable[[Sequence[Record]], None]) -> None:
        """Begin; `on_records` is called from one thread and must not raise."""
        if self._on_records is not None:
            raise EmulatorError("the broker has its subscriber already")
        self._on_records = on_records
        self._thread = threading.Thread(
            target=self._ingest, name="runthrough-ingestion", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def close(self) -> None:
        """End the connection."""
        self._consumer.close()

    def existing(self) -> dict[str, int]:
        """Return the partitions of every topic, with those made a moment ago by a client."""
        return self._admin.topics()

    def partitions_of(self, topic: str) -> int:
        """Return the partitions of one topic, 0 where there is none; the others cost nothing."""
        return self._admin.partitions_of(topic)

    def describe(self, names: Collection[str]) -> dict[str, tuple[bytes, int]]:
        """Return the id and the partitions of those of some topics that there are."""
        return self._admin.describe(names)

    def look(self, topic: str) -> None:
        """Have a new topic found at the next turn rather than soon; nobody waits for that."""
        if self._on_records is not None:
            self._commands.append(Command(topic=topic))

    def delete(self, name: str, delete: Callable[[], None]) -> None:
        """Have a topic deleted; nothing of it is handed on afterwards."""

        def forget() -> None:
            partitions = range(self.topics.pop(name, 0))
            if name not in self._still:
                self._consumer.incremental_unassign([TopicPartition(name, p) for p in partitions])
            delete()
            self._deleted += 1
            for known in (self._next, self._sizes):
                for key in [k for k in known if k[0] == name]:
                    del known[key]
            self._lossy = {key for key in self._lossy if key[0] != name}

        self._in_ingestion(forget, name)

    @contextmanager
    def standstill(self, topic: str) -> Iterator[None]:
        """Read nothing of a topic until the block ends, except where `read_on` says so.

        Raises:
            EmulatorError: what is in the topic already is not read in time.
        """
        self.catch_up([topic])

        def stop() -> None:
            self._still.add(topic)
            partitions = range(self.topics.get(topic, 0))
            self._consumer.incremental_unassign([TopicPartition(topic, p) for p in partitions])

        def go_on() -> None:
            self._still.discard(topic)
            self._assign({topic: self.topics.get(topic, 0)})

        self._in_ingestion(stop)
        try:
            yield
        finally:
            self._in_ingestion(go_on)

    def follows(self, topic: str, delivered: Delivered) -> bool:
        """Return whether records follow what was read of their topic, with no other between."""
        for partition in set(delivered.partitions.tolist()):
            offsets = delivered.offsets[delivered.partitions == partition]
            first = self._next.get((topic, partition), 0)
            if offsets[0] != first or offsets[-1] != first + len(offsets) - 1:
                return False
        return True

    def pass_over(self, topic: str, delivered: Delivered) -> None:
        """Count records as read, within a `standstill`."""
        with self._changed:
            for partition in set(delivered.partitions.tolist()):
                offsets = delivered.offsets[delivered.partitions == partition]
                self._next[topic, partition] = int(offsets[-1]) + 1
            self._changed.notify_all()

    def flush(self, topic: str, offsets: Mapping[int, int], timeout: float = 10.0) -> None:
        """Wait until ingestion has handed on these offsets of the topic's partitions.

        Raises:
            EmulatorError: it has not within `timeout` seconds, or ingestion has failed.
        """
        ends = {(topic, partition): offset + 1 for partition, offset in offsets.items()}
        self._wait_for(ends, timeout)

    def catch_up(self, topics: Iterable[str], timeout: float = 10.0) -> None:
        """Wait until ingestion has handed on all that is in these topics now.

        Raises:
            EmulatorError: it has not within `timeout` seconds, or ingestion has failed.
        """
        names = set(topics)
        ends = self._admin.ends((t, p) for t in names for p in range(self.partitions_of(t)))
        self._wait_for({key: end for key, end in ends.items() if end > 0}, timeout)

    def end_offsets(self, topic: str) -> dict[int, int]:
        """Return, for each partition, the offset the next record would get."""
        ends = self._admin.ends((topic, p) for p in range(self.partitions_of(topic)))
        return {partition: end for (_, partition), end in ends.items()}

    def _wait_for(self, ends: Mapping[tuple[str, int], int], timeout: float) -> None:
        def behind() -> list[tuple[str, int]]:
            return [key for key, end in ends.items() if self._next.get(key, 0) < end]

        with self._changed:
            reached = self._changed.wait_for(lambda: self._failure or not behind(), timeout)
            if self._failure is not None:
                raise EmulatorError(f"reading the topics has failed: {self._failure}")
            if not reached:
                places = ", ".join(f"{topic}[{partition}]" for topic, partition in behind())
                raise EmulatorError(f"reading {places} took longer than {timeout:g} seconds")

    def _in_ingestion(self, action: Callable[[], None], topic: str | None = None) -> None:
        """Run an action between two polls: only that thread touches the assignment.

        A topic that comes or goes by the action is known to have done so when this returns.
        """
        if self._on_records is None:
            action()
            return
        command = Command(action, topic)
        self._commands.append(command)
        if not command.done.wait(10):
            raise EmulatorError(f"reading the topics has stopped: {self._failure or 'closed'}")
        if command.error is not None:
            raise command.error

    def _ingest(self) -> None:
        try:
            look = 0.0
            while not self._stop.is_set():
                self._carry_out()
                if time.monotonic() >= look:
                    began = time.monotonic()
                    self._discover()
                    self._report_losses()
                    look = time.monotonic()
                    look += max(DISCOVERY_SECONDS, DISCOVERY_SHARE * (look - began))
                if (first := self._consumer.poll(_POLL_SECONDS)) is not None:
                    self._hand_on([first, *self._consumer.consume(_BATCH, timeout=0)])
        except Exception as e:  # told to everyone who waits for ingestion
            with self._changed:
                self._failure = e
                self._changed.notify_all()
            log.exception("reading the topics has failed")

    def _carry_out(self) -> None:
        """Do what was asked for; topics that came or went are listed once for all of it.

        The broker answers only when the consumer's fetch is over: to list costs up to its wait.
        """
        commands = [self._commands.popleft() for _ in range(len(self._commands))]
        for command in commands:
            command.run()
        topics = {command.topic for command in commands if command.topic is not None}
        if self._deleted >= DELETED_TOPICS:
            self._read_on()
        if topics:
            self._discover(topics.pop() if len(topics) == 1 else None)
        for command in commands:
            command.done.set()

    def _read_on(self) -> None:
        """Let a new consumer go on where the old one was."""
        self._consumer.close()
        self._consumer, self._deleted = Consumer(self._settings), 0
        moving = {name: n for name, n in self.topics.items() if name not in self._still}
        self._assign(moving)

    def _assign(self, topics: Mapping[str, int]) -> None:
        """Read topics, given with their partitions, from where reading them has come to."""
        places = [
            TopicPartition(name, p, self._next.get((name, p), 0))
            for name, n in topics.items()
            for p in range(n)
        ]
        if places:
            self._consumer.incremental_assign(places)

    def _discover(self, topic: str | None = None) -> None:
        found = list_topics(self._consumer, topic)
        fresh = {name: n for name, n in found.items() if name not in self.topics}
        self.topics |= fresh
        self._assign({name: n for name, n in fresh.items() if name not in self._still})

    def _hand_on(self, messages: Iterable[Message]) -> None:
        records = [read_record(m) for m in messages if self._is_record(m)]
        if not records or self._on_records is None:
            return
        positions = self._positions_after(records)
        self._on_records(records)
        with self._changed:
            self._next.update(positions)
            self._changed.notify_all()

    def _positions_after(self, records: Sequence[Record]) -> dict[tuple[str, int], int]:
        """Return where each partition stands after these records, reporting gaps before them."""
        positions: dict[tuple[str, int], int] = {}
        for record in records:
            place = (record.topic, record.partition)
            expected = positions.get(place, self._next.get(place, 0))
            if record.offset > expected:
                self._warn(
                    f"topic {record.topic!r}, partition {record.partition}: records {expected} to "
                    f"{record.offset - 1} were dropped by the broker before they were read"
                )
            positions[place] = record.offset + 1
            self._sizes[place] = self._sizes.get(place, 0) + len(record.value or b"")
        return positions

    def _is_record(self, message: Message) -> bool:
        error = message.error()
        if error is None:
            return message.topic() in self.topics
        if error.code() not in (KafkaError._PARTITION_EOF, KafkaError.UNKNOWN_TOPIC_OR_PART):
            log.warning("reading %s: %s", message.topic() or "the broker", error.str())
        return False

    def _report_losses(self) -> None:
        for place, size in list(self._sizes.items()):
            count = self._next.get(place, 0)
            if place in self._lossy or (size < 0.8 * _KEPT_BYTES and count < 0.8 * _KEPT_BATCHES):
                continue
            if low := self._admin.starts([place])[place]:
                self._lossy.add(place)
                self._warn(
                    f"topic {place[0]!r}, partition {place[1]}: the broker keeps 5 MB a partition "
                    f"and has dropped records before offset {low}; SQL still has them, "
                    "a Kafka client that starts at the beginning does not"
                )

    def _warn(self, text: str) -> None:
        self.warnings.append(text)
        log.warning("%s", text)
