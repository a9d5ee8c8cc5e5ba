"""A race into Kafka: at once, or second by second at a pace of one's own.

Other races may be in the topics already: the id of the race tells them apart. Rows of this race
that are there are left out, so a race that was broken off goes on where it ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import groupby

from confluent_kafka.schema_registry import SchemaRegistryClient

from runthrough.data.broker import Broker
from runthrough.data.produce import NEEDED
from runthrough.data.race import SECOND, TOPICS, in_time
from runthrough.data.records import FRAME_BYTES, Encoder, Record, registry_client
from runthrough.data.river_hotels import Dataset
from runthrough.data.stream import Event
from runthrough.data.topics import create_topics
from runthrough.settings import Settings

Batch = tuple[Event, ...]


def produce_race(
    settings: Settings,
    race: Dataset,
    *,
    rate: float | None = None,
    told: Callable[[Event], None] = lambda event: None,
    pause: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
    registry: SchemaRegistryClient | None = None,
) -> int:
    """Create the topics, register the schemas and send the rows that are not there yet.

    Args:
        settings: where the services are.
        race: of `race.generate`.
        rate: 6 runs the race in a sixth of its time; None sends it at once.
        told: called with each row that was sent.
        pause: waits that many seconds.
        now: seconds of a clock, so that what sending takes does not make the race longer.
        registry: a Schema Registry client to use instead of the settings' own.

    Returns:
        How many rows were sent.

    Raises:
        ValueError: the rate is not above 0.
        SettingsError: a setting of the Kafka cluster or of the Schema Registry is missing.
        ServiceError: a service refused or did not answer.
    """
    if rate is not None and rate <= 0:
        raise ValueError(f"the rate must be above 0, not {rate}")
    settings.require(*NEEDED)
    own = nullcontext(registry) if registry is not None else registry_client(settings)
    sent = 0
    with own as client, Broker.from_settings(settings) as broker:
        new_topics = create_topics(settings, TOPICS)
        encoders = {topic.name: Encoder(client, topic) for topic in TOPICS}
        there = {
            topic: frozenset() if topic in new_topics else _bodies(broker, topic)
            for topic in encoders
        }
        due = now()
        for batch in _batches(race, at_once=rate is None):
            records: dict[str, list[Record]] = {topic: [] for topic in encoders}
            new = []
            for event in batch:
                (record,) = encoders[event.topic].encode((event.row,))
                if record.body not in there[event.topic]:
                    records[event.topic].append(record)
                    new.append(event)
            if sent and new and rate is not None:  # nobody waits for what happened already
                due += SECOND / 1_000 / rate
                pause(max(0.0, due - now()))
            broker.send({topic: found for topic, found in records.items() if found})
            sent += len(new)
            for event in new:
                told(event)
    return sent


def _batches(race: Dataset, *, at_once: bool) -> Iterator[Batch]:
    """Yield what happens in a second, or in the whole race."""
    events = in_time(race)
    if at_once:
        yield tuple(events)
        return
    for _, second in groupby(events, key=lambda event: event.at):
        yield tuple(second)


def _bodies(broker: Broker, topic: str) -> frozenset[tuple[bytes, bytes]]:
    """Return what a topic holds, without the schemas' ids."""
    return frozenset((key[FRAME_BYTES:], value[FRAME_BYTES:]) for key, value in broker.held(topic))
