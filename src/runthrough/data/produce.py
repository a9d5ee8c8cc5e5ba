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
        there = {topic: _already_there(broker, topic, records[topic]) for topic in records}
        for topic, number in there.items():
            if number:
                note = f"already holds {number} records"
                tell(Progress(topic, len(records[topic]), len(records[topic]), note))
        missing = {topic: new for topic, new in records.items() if not there[topic]}
        broker.send(missing, lambda t, sent: tell(Progress(t, sent, len(missing[t]))))


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
        sent = {t: _already_there(broker, t, history[t]) - len(history[t]) for t in PAUSES}
        last = millis(dataset.base)
        for event in events:
            sent[event.topic] -= 1
            if sent[event.topic] < 0:
                pause((event.at - last) / 1000)
                broker.send({event.topic: encoders[event.topic].encode((event.row,))})
                told(event)
            last = event.at


def _already_there(broker: Broker, topic: str, records: tuple[Record, ...]) -> int:
    """Return how many records a topic holds: 0, or all of ours and maybe later ones.

    Later ones are what a stream or a reader added after the history; they do no harm.

    Raises:
        ServiceError: the topic holds something, but not each of our records exactly once.
    """
    held = Counter((key[FRAME_BYTES:], value[FRAME_BYTES:]) for key, value in broker.held(topic))
    if not held:
        return 0
    copies = [held[record.body] for record in records]
    if any(number != 1 for number in copies):
        raise ServiceError(
            f"topic {topic!r} holds {held.total()} records, and of the {len(records)} to produce"
            f" {copies.count(0)} are missing and {sum(n > 1 for n in copies)} are there more than"
            " once; delete the topic, or produce with the seed and scale it was filled with"
        )
    return held.total()


def _nobody(_: Progress) -> None:
    """Listen to nothing."""
