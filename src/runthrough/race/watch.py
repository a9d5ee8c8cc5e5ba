"""Watching the topics of a race with a consumer, those that come late included (facts E.5, E16).

The consumer chooses its partitions itself: it looks every second which of the topics there are and
reads each from its beginning. It never asks the broker for a topic by name, because a broker that
makes topics on demand would then make it.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.schema_registry import SchemaRegistryClient

from runthrough.race.board import Board, Item, Source
from runthrough.race.decoding import Decoder
from runthrough.race.rows import Row, RowError, read_anomaly, read_comment, read_position

READING, WAITING, UNKNOWN = "reading", "waiting", "unknown"
LOOK_SECONDS = 1.0
"""Between two looks for topics while some are missing; five times that when all are there."""
ANSWER_SECONDS = 5.0
"""How long a broker may take to tell of its topics."""
_BATCH = 500
_BATCH_SECONDS = 0.05

_CONSUMER = {
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "fetch.wait.max.ms": 50,
    "allow.auto.create.topics": False,
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Topics:
    """What the topics of a race are called."""

    positions: str
    comments: str
    anomalies: str

    def readers(self) -> dict[str, Callable[[Row], Item | None]]:
        """Return topic → what reads its rows."""
        return {
            self.positions: read_position,
            self.comments: read_comment,
            self.anomalies: read_anomaly,
        }

    def kinds(self) -> dict[str, str]:
        """Return topic → what comes from it."""
        return {
            self.positions: "positions",
            self.comments: "comments",
            self.anomalies: "anomalies",
        }


@dataclass
class _Notes:
    """What cannot be read, by topic."""

    count: dict[str, int] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)

    def add(self, topic: str, why: str) -> None:
        self.count[topic] = self.count.get(topic, 0) + 1
        self.last[topic] = why

    def words(self) -> dict[str, str]:
        """Return topic → how many of its records are left out, and why the last one is."""
        return {
            topic: f"{count} record{'' if count == 1 else 's'} left out: {self.last[topic]}"
            for topic, count in self.count.items()
        }


class Watcher:
    """Reads the topics of a race onto a board."""

    def __init__(
        self,
        consumer: Consumer,
        decoder: Decoder,
        *,
        topics: Topics,
        board: Board,
        look_seconds: float = LOOK_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._consumer, self._decoder, self._board = consumer, decoder, board
        self._readers, self._kinds = topics.readers(), topics.kinds()
        self._look_seconds, self._answer_seconds = look_seconds, answer_seconds
        self._assigned: dict[str, frozenset[int]] = {}
        self._notes = _Notes()
        self._broker = ""

    def run(self, stop: threading.Event) -> None:
        """Watch until told to stop."""
        look_at = 0.0
        while not stop.is_set():
            if time.monotonic() >= look_at:
                self._look()
                all_there = len(self._assigned) == len(self._readers)
                look_at = time.monotonic() + self._look_seconds * (5 if all_there else 1)
            self._board.take(self._items(self._consumer.consume(_BATCH, timeout=_BATCH_SECONDS)))
            self._tell()

    def _look(self) -> None:
        """See which topics there are, begin with new ones and let go of those that went."""
        try:
            found = self._consumer.list_topics(timeout=self._answer_seconds).topics
        except KafkaException as e:
            self._broker = f"no broker answers: {_words(e)}"
            return
        self._broker = ""
        for topic in self._readers:
            there = found.get(topic)
            partitions = frozenset(there.partitions if there and there.error is None else ())
            self._assign(topic, partitions)

    def _assign(self, topic: str, partitions: frozenset[int]) -> None:
        assigned = self._assigned.get(topic, frozenset())
        if gone := assigned - partitions:
            self._consumer.incremental_unassign([TopicPartition(topic, p) for p in gone])
        if new := partitions - assigned:
            starts = [TopicPartition(topic, p, OFFSET_BEGINNING) for p in sorted(new)]
            self._consumer.incremental_assign(starts)
        if partitions:
            self._assigned[topic] = partitions
        else:
            self._assigned.pop(topic, None)

    def _items(self, messages: list[Message]) -> Iterator[Item]:
        for message in messages:
            topic, error = message.topic(), message.error()
            if error is not None:
                self._hear(error)
                continue
            if topic is None:
                continue
            try:
                row = self._decoder.row(message.key(), message.value())
                item = None if row is None else self._readers[topic](row)
            except RowError as e:
                self._notes.add(topic, str(e))
                continue
            if item is not None:
                yield item

    def _hear(self, error: KafkaError) -> None:
        # A topic that went is noticed by the next look; librdkafka goes on after all the others.
        if error.code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
            self._broker = error.str()

    def _tell(self) -> None:
        absent = UNKNOWN if self._broker else WAITING
        states = {
            topic: Source(kind, READING if topic in self._assigned else absent)
            for topic, kind in self._kinds.items()
        }
        notes = self._notes.words() | ({"broker": self._broker} if self._broker else {})
        self._board.tell_topics(states, notes)


@contextmanager
def watching(
    login: Mapping[str, Any],
    registry: SchemaRegistryClient,
    *,
    topics: Topics,
    board: Board,
    look_seconds: float = LOOK_SECONDS,
    answer_seconds: float = ANSWER_SECONDS,
) -> Iterator[None]:
    """Watch in a thread of its own while the block lasts.

    Args:
        login: of the brokers, `Settings.kafka_login()`.
        registry: where the schemas are.
        topics: what to read.
        board: where it goes.
        look_seconds: between two looks for topics.
        answer_seconds: how long the brokers may take to tell which there are.
    """
    group = {"group.id": f"runthrough-race-{uuid.uuid4()}"}
    consumer = Consumer({**login, **_CONSUMER, **group}, logger=_log)
    watcher = Watcher(
        consumer,
        Decoder(registry),
        topics=topics,
        board=board,
        look_seconds=look_seconds,
        answer_seconds=answer_seconds,
    )
    stop = threading.Event()
    thread = threading.Thread(target=watcher.run, args=(stop,), name="race-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        consumer.close()


def _words(error: KafkaException) -> str:
    inner = error.args[0] if error.args else error
    return str(inner.str()) if isinstance(inner, KafkaError) else str(inner)
