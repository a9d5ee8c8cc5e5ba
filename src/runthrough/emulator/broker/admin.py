"""What is asked of the broker besides reading: its topics and their ends.

All is asked through an admin client: it keeps nothing of the topics it was asked about. A consumer
or producer keeps every name for good, and looks through all of them in everything it does.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from runthrough.errors import EmulatorError

Place = tuple[str, int]
"""A topic and one of its partitions."""

_SECONDS = 30
_NO_TOPIC = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_EXCEPTION)
"""There is none of that name, or cannot be."""


class Admin:
    """Questions to one broker; thread-safe."""

    def __init__(self, common: Mapping[str, Any]) -> None:
        """Connect; `common` is what all clients of the broker are set to."""
        self._client = AdminClient(dict(common))

    def topics(self) -> dict[str, int]:
        """Return the partitions of every topic. Raises EmulatorError: the broker does not tell."""
        return list_topics(self._client)

    def partitions_of(self, topic: str) -> int:
        """Return the partitions of one topic, 0 where there is none; the others cost nothing.

        Raises:
            EmulatorError: the broker does not tell.
        """
        if not topic:
            return 0
        try:
            asked = self._client.describe_topics(TopicCollection([topic]), request_timeout=_SECONDS)
            return len(asked[topic].result().partitions)
        except KafkaException as e:
            if e.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return 0
            raise EmulatorError(f"the broker does not describe topic {topic!r}: {e}") from e

    def describe(self, names: Collection[str]) -> dict[str, tuple[bytes, int]]:
        """Return the id and the partitions of those of some topics that there are.

        Raises:
            EmulatorError: the broker does not tell.
        """
        named = [name for name in names if name]
        if not named:
            return {}
        found = {}
        asked = self._client.describe_topics(TopicCollection(named), request_timeout=_SECONDS)
        for name, answer in asked.items():
            try:
                topic = answer.result()
            except KafkaException as e:
                if e.args[0].code() not in _NO_TOPIC:
                    raise EmulatorError(f"the broker does not describe {name!r}: {e}") from e
                continue
            halves = (
                topic.topic_id.get_most_significant_bits(),
                topic.topic_id.get_least_significant_bits(),
            )
            found[name] = struct.pack(">qq", *halves), len(topic.partitions)
        return found

    def starts(self, places: Iterable[Place]) -> dict[Place, int]:
        """Return the offset of the first record that partitions still have. Raises as `ends`."""
        return self._offsets(places, OffsetSpec.earliest())  # type: ignore[no-untyped-call]

    def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """Return the offset that the next record of each partition would get.

        Raises:
            EmulatorError: a partition does not tell, or there is no such partition.
        """
        return self._offsets(places, OffsetSpec.latest())  # type: ignore[no-untyped-call]

    def _offsets(self, places: Iterable[Place], which: OffsetSpec) -> dict[Place, int]:
        asked = {TopicPartition(*place): which for place in places}
        if not asked:
            return {}
        found = {}
        for place, answer in self._client.list_offsets(asked, request_timeout=_SECONDS).items():
            try:
                found[place.topic, place.partition] = int(answer.result().offset)
            except KafkaException as e:
                where = f"{place.topic}[{place.partition}]"
                raise EmulatorError(f"{where} does not tell its offsets: {e}") from e
        return found


def list_topics(
    client: AdminClient | Consumer | Producer, topic: str | None = None
) -> dict[str, int]:
    """Return the partitions of every topic, or of one; the client knows them from then on.

    Raises:
        EmulatorError: the broker does not tell.
    """
    try:
        asked = {} if topic is None else {"topic": topic}
        found = client.list_topics(timeout=_SECONDS, **asked).topics
    except KafkaException as e:
        raise EmulatorError(f"the broker does not list its topics: {e}") from e
    return {name: len(t.partitions) for name, t in found.items() if t.error is None}
