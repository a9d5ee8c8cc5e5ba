"""The Kafka broker of the settings: read what a topic holds, send records to it.

Every wait has a limit, and every failure is a ServiceError that names the topic.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from runthrough.data.records import Record
from runthrough.errors import ServiceError
from runthrough.settings import Settings

_ANSWER_SECONDS = 15.0
_SILENCE_SECONDS = 30.0  # between two signs of life while reading or sending
_DELIVERY_SECONDS = 120.0  # one record's way, waiting in the queue included
_REPORT_EVERY = 1_000

_PRODUCER = {
    "enable.idempotence": True,
    "message.timeout.ms": int(_DELIVERY_SECONDS * 1_000),
    "partitioner": "murmur2_random",  # where Java clients and Flink put the same key
    "linger.ms": 5,
}
_CONSUMER = {
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "error",
    "fetch.wait.max.ms": 10,  # the end of a partition is told after this wait
}

_log = logging.getLogger(__name__)


class Broker:
    """One cluster, through its own protocol; close it, or use it in a `with` block.

    One consumer and one producer serve all topics: each new one costs a round of introductions,
    for an idempotent producer half a second.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._last_error = ""
        common = config | {"error_cb": self._remember}
        self._producer = Producer(common | _PRODUCER, logger=_log)
        group = {"group.id": f"runthrough-data-{uuid.uuid4()}"}
        self._consumer = Consumer(common | _CONSUMER | group, logger=_log)

    @classmethod
    def from_settings(cls, settings: Settings) -> Broker:
        """Build it from the settings. Raises SettingsError naming what is missing."""
        return cls(settings.kafka_login())

    def close(self) -> None:
        """Close the connections; records without an answer are given up."""
        self._producer.purge()
        self._consumer.close()

    def __enter__(self) -> Broker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def held(self, topic: str) -> tuple[tuple[bytes, bytes], ...]:
        """Return key and value of every record a topic holds; () of an empty one.

        Raises:
            ServiceError: the broker does not know the topic, or fell silent for 30 seconds.
        """
        try:
            starts = [
                TopicPartition(topic, partition, low)
                for partition, low, high in self._offsets(topic)
                if high > low
            ]
            if not starts:
                return ()
            self._consumer.assign(starts)
            messages = list(self._read(topic, partitions=len(starts)))
            self._consumer.unassign()
        except KafkaException as e:
            raise ServiceError(
                f"the broker does not tell what topic {topic!r} holds: {_text(e)}{self._because()}"
            ) from e
        return tuple((m.key() or b"", m.value() or b"") for m in messages)

    def send(
        self,
        records: Mapping[str, Sequence[Record]],
        progress: Callable[[str, int], None] | None = None,
    ) -> None:
        """Send records of some topics and wait until the broker has confirmed every one.

        Args:
            records: topic → its records, sent in this order.
            progress: told a topic and how many of its records are confirmed, now and then while
                it grows, and once at the end.

        Raises:
            ServiceError: a record was refused, or some stayed without an answer; it names the
                topic and a key.
        """
        deliveries = _Deliveries(progress or _nobody)
        for topic, of_topic in records.items():
            for number, record in enumerate(of_topic, start=1):
                self._hand_over(topic, record, deliveries)
                if number % _REPORT_EVERY == 0:
                    self._producer.poll(0)
                    deliveries.tell()
        self._wait(deliveries)
        deliveries.tell()
        for topic, of_topic in records.items():
            self._check(topic, of_topic, deliveries)

    def _hand_over(self, topic: str, record: Record, deliveries: _Deliveries) -> None:
        heard, seen = time.monotonic(), deliveries.answered
        while time.monotonic() - heard < _SILENCE_SECONDS:
            try:
                self._producer.produce(
                    topic,
                    key=record.key,
                    value=record.value,
                    timestamp=record.timestamp,
                    on_delivery=deliveries.listener(topic, record.name),
                )
                return
            except BufferError:  # the queue is full: let some of it go first
                self._producer.poll(0.5)
                if deliveries.answered > seen:
                    heard, seen = time.monotonic(), deliveries.answered
            except KafkaException as e:
                raise ServiceError(
                    f"the record {record.name!r} of topic {topic!r} cannot be sent: {_text(e)}"
                ) from e
        raise ServiceError(
            f"the record {record.name!r} of topic {topic!r} waited {_SILENCE_SECONDS:.0f} seconds"
            f" while the broker confirmed nothing{self._because()}"
        )

    def _wait(self, deliveries: _Deliveries) -> None:
        """Wait for the answers, as long as any arrive."""
        seen, heard = deliveries.answered, time.monotonic()
        while self._producer.flush(0.5) and time.monotonic() - heard < _SILENCE_SECONDS:
            if deliveries.answered > seen:
                seen, heard = deliveries.answered, time.monotonic()
                deliveries.tell()

    def _check(self, topic: str, records: Sequence[Record], deliveries: _Deliveries) -> None:
        refused, confirmed = deliveries.refused.get(topic, ()), deliveries.confirmed[topic]
        if refused:
            name, error = refused[0]
            raise ServiceError(
                f"{len(refused)} of {len(records)} records of topic {topic!r} were not delivered,"
                f" the first of them {name!r}: {error.str()}{self._because()}",
                code=error.name(),
            )
        if confirmed < len(records):
            raise ServiceError(
                f"{confirmed} of {len(records)} records of topic {topic!r} are confirmed, then"
                f" nothing for {_SILENCE_SECONDS:.0f} seconds; the last of them is"
                f" {records[-1].name!r}{self._because()}"
            )

    def _offsets(self, topic: str) -> Iterator[tuple[int, int, int]]:
        """Yield (partition, first offset, offset after the last)."""
        for partition in self._partitions(topic):
            place = TopicPartition(topic, partition)
            low, high = self._consumer.get_watermark_offsets(place, timeout=_ANSWER_SECONDS)
            yield partition, low, high

    def _partitions(self, topic: str) -> tuple[int, ...]:
        """Return a topic's partitions; one just created may take a moment to be known."""
        deadline, pause = time.monotonic() + _ANSWER_SECONDS, 0.05
        while True:
            found = self._consumer.list_topics(topic, timeout=_ANSWER_SECONDS).topics[topic]
            if found.error is None and found.partitions:
                return tuple(sorted(found.partitions))
            if time.monotonic() > deadline:
                why = found.error.str() if found.error else "it has no partitions"
                raise ServiceError(f"the broker does not know topic {topic!r}: {why}")
            time.sleep(pause)
            pause = min(pause * 2, 1.0)

    def _read(self, topic: str, *, partitions: int) -> Iterator[Message]:
        """Yield every record up to the end of that many partitions."""
        ended, heard = 0, time.monotonic()
        while ended < partitions:
            messages = self._consumer.consume(1_000, timeout=0.05)
            if messages:
                heard = time.monotonic()
            elif time.monotonic() - heard > _SILENCE_SECONDS:
                raise ServiceError(
                    f"the broker sent nothing of topic {topic!r} for {_SILENCE_SECONDS:.0f}"
                    f" seconds{self._because()}"
                )
            for message in messages:
                error = message.error()
                if error is None:
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:
                    ended += 1
                elif not error.retriable():
                    raise ServiceError(f"topic {topic!r} cannot be read: {error.str()}")

    def _remember(self, error: KafkaError) -> None:
        self._last_error = error.str()

    def _because(self) -> str:
        return f" (last seen: {self._last_error})" if self._last_error else ""


class _Deliveries:
    """The broker's answers to the records of one sending."""

    def __init__(self, progress: Callable[[str, int], None]) -> None:
        self._progress = progress
        self._told: dict[str, int] = {}
        self.confirmed: Counter[str] = Counter()
        self.refused: dict[str, list[tuple[str, KafkaError]]] = {}

    @property
    def answered(self) -> int:
        """How many records have an answer, good or bad."""
        return self.confirmed.total() + sum(len(names) for names in self.refused.values())

    def listener(self, topic: str, name: str) -> Callable[[KafkaError | None, Message], None]:
        """Return what to call when the record of that key has its answer."""

        def delivered(error: KafkaError | None, _: Message) -> None:
            if error is None:
                self.confirmed[topic] += 1
            else:
                self.refused.setdefault(topic, []).append((name, error))

        return delivered

    def tell(self) -> None:
        """Report the topics that have grown."""
        for topic, confirmed in self.confirmed.items():
            if self._told.get(topic) != confirmed:
                self._told[topic] = confirmed
                self._progress(topic, confirmed)


def _nobody(_topic: str, _confirmed: int) -> None:
    """Listen to nothing."""


def _text(error: KafkaException) -> str:
    """Return librdkafka's own words of an exception."""
    inner = error.args[0] if error.args else error
    return str(inner.str()) if isinstance(inner, KafkaError) else str(inner)
