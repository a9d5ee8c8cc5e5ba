"""A generation into Kafka: topics, schemas, records, and never the same record twice.

Topics that already hold the data are left alone; topics that hold anything else are refused
before the first record is sent, so that no lab counts on numbers that are not there.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass

from confluent_kafka.schema_registry import SchemaRegistryClient

from runthrough.data.broker import Broker
from runthrough.data.records import FRAME_BYTES, Encoder, Record, registry_client
from runthrough.data.river_hotels import Dataset, millis
from runthrough.data.schemas import TOPICS
from runthrough.data.stream import PAUSES, Event
from runthrough.data.topics import create_topics
from runthrough.errors import ServiceError
from runthrough.settings import Settings


@dataclass(frozen=True)
class Progress:
    """How far one topic is.

    Attributes:
        sent: records of the generation that are in the topic for certain.
        total: records of the generation.
        note: "already holds 400 records" where there was nothing to send, else empty.
    """

    topic: str
    sent: int
    total: int
    note: str = ""


NEEDED = ("KAFKA_BOOTSTRAP_SERVERS", "KAFKA_REST_ENDPOINT", "KAFKA_ID", "KAFKA_API_KEY")

Listener = Callable[[Progress], None]


def produce_dataset(
    settings: Settings,
    dataset: Dataset,
    *,
    progress: Listener | None = None,
    registry: SchemaRegistryClient | None = None,
) -> None:
    """Create topics, register schemas and send the rows that are not there yet.

    Sending that was broken off goes on where it ended.

    Args:
        settings: where the services are.
        dataset: what to send.
        progress: called while records are sent, at least once a topic.
        registry: a Schema Registry client to use instead of the settings' own.

    Raises:
        SettingsError: a setting of the Kafka cluster or of the Schema Registry is missing.
        ServiceError: a service refused or did not answer, or a topic holds other records.
    """
    settings.require(*NEEDED)
    tell = progress or _nobody
    own = nullcontext(registry) if registry is not None else registry_client(settings)
    with own as client, Broker.from_settings(settings) as broker:
        create_topics(settings, TOPICS)
        records = {t.name: Encoder(client, t).encode(dataset.rows[t.name]) for t in TOPICS}
        found = {topic: _found(broker, topic, records[topic]) for topic in records}
        missing: dict[str, tuple[Record, ...]] = {}
        for topic, (held, rest) in found.items():
            if rest:
                missing[topic] = rest
            else:
                note = f"already holds {held} records"
                tell(Progress(topic, len(records[topic]), len(records[topic]), note))

        def tell_sent(topic: str, sent: int) -> None:
            there = len(records[topic]) - len(missing[topic])
            tell(Progress(topic, there + sent, len(records[topic])))

        broker.send(missing, tell_sent)


def stream_dataset(
    settings: Settings,
    dataset: Dataset,
    events: Iterator[Event],
    *,
    told: Callable[[Event], None],
    pause: Callable[[float], None] = time.sleep,
    registry: SchemaRegistryClient | None = None,
) -> None:
    """Send what happens after the history, at its own pace, until there are no more events.

    Events that an earlier stream of the same seed sent already are left out, so a stream that
    was broken off goes on where it ended.

    Args:
        settings: where the services are; their topics hold the history.
        dataset: the history.
        events: of `stream_rows`.
        told: called with each event that was sent.
        pause: waits that many seconds.
        registry: a Schema Registry client to use instead of the settings' own.

    Raises:
        SettingsError: a setting of the Kafka cluster or of the Schema Registry is missing.
        ServiceError: a service refused or did not answer, or a topic does not hold the history.
    """
    settings.require(*NEEDED)
    own = nullcontext(registry) if registry is not None else registry_client(settings)
    with own as client, Broker.from_settings(settings) as broker:
        encoders = {topic.name: Encoder(client, topic) for topic in TOPICS}
        history = {t: encoders[t].encode(dataset.rows[t]) for t in PAUSES}
        sent = {t: _whole(broker, t, history[t]) - len(history[t]) for t in PAUSES}
        last = millis(dataset.base)
        for event in events:
            sent[event.topic] -= 1
            if sent[event.topic] < 0:
                pause((event.at - last) / 1000)
                broker.send({event.topic: encoders[event.topic].encode((event.row,))})
                told(event)
            last = event.at


def _whole(broker: Broker, topic: str, records: tuple[Record, ...]) -> int:
    """Return how many records a topic holds: 0, or all of ours and maybe later ones.

    Raises:
        ServiceError: the topic holds something, but not each of our records exactly once.
    """
    held, missing = _found(broker, topic, records)
    if held and missing:
        raise _other_records(topic, held, records, missing=len(missing), doubled=0)
    return held


def _found(
    broker: Broker, topic: str, records: tuple[Record, ...]
) -> tuple[int, tuple[Record, ...]]:
    """Return how many records a topic holds, and which of ours are not among them.

    Beside all of ours there may be later ones, of a stream or of a reader; they do no harm. Beside
    a part of ours there must be nothing: then it is what a producer sent that was broken off.

    Raises:
        ServiceError: ours are there more than once, or some are missing among others.
    """
    held = Counter((key[FRAME_BYTES:], value[FRAME_BYTES:]) for key, value in broker.held(topic))
    missing = tuple(record for record in records if not held[record.body])
    doubled = sum(held[record.body] > 1 for record in records)
    others = held.total() - sum(held[record.body] for record in records)
    if doubled or (missing and others):
        raise _other_records(topic, held.total(), records, missing=len(missing), doubled=doubled)
    return held.total(), missing


def _other_records(
    topic: str, held: int, records: tuple[Record, ...], *, missing: int, doubled: int
) -> ServiceError:
    return ServiceError(
        f"topic {topic!r} holds {held} records, and of the {len(records)} to produce {missing} are"
        f" missing and {doubled} are there more than once; delete the topic, or produce with the"
        " seed and scale it was filled with"
    )


def _nobody(_: Progress) -> None:
    """Listen to nothing."""
