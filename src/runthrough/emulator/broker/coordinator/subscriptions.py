"""What consumers tell each other through the coordinator: the topics they want, those they get.

The coordinator hands these bytes on as they are; only who describes a group looks into them.
Source: the Apache Kafka protocol guide (ConsumerProtocolSubscription, ConsumerProtocolAssignment):
both begin alike in all versions.
"""

from __future__ import annotations

from collections.abc import Iterable

from runthrough.emulator.broker.coordinator.offsets import Place
from runthrough.emulator.broker.wire import (
    BYTES,
    INT16,
    INT32,
    STRING,
    Array,
    BadFrame,
    Field,
    Reader,
    Struct,
)

CONSUMERS = "consumer"
"""The protocol type of consumers; the members of other groups speak a language of their own."""

_SUBSCRIPTION = Struct(Field("version", INT16), Field("topics", Array(STRING)))
_ASSIGNMENT = Struct(
    Field("version", INT16),
    Field("topics", Array(Struct(Field("topic", STRING), Field("partitions", Array(INT32))))),
)


_USER_DATA = BYTES.write(b"", 0, flexible=False)


def write_subscription(topics: Iterable[str]) -> bytes:
    """Return the topics a consumer wants as consumers write them."""
    value = {"version": 0, "topics": sorted(topics)}
    return _SUBSCRIPTION.write(value, 0, flexible=False) + _USER_DATA


def write_assignment(places: Iterable[Place]) -> bytes:
    """Return the partitions a consumer reads as consumers write them."""
    topics: dict[str, list[int]] = {}
    for topic, number in sorted(places):
        topics.setdefault(topic, []).append(number)
    told = [{"topic": topic, "partitions": numbers} for topic, numbers in topics.items()]
    return _ASSIGNMENT.write({"version": 0, "topics": told}, 0, flexible=False) + _USER_DATA


def subscribed(subscription: bytes) -> set[str]:
    """Return the topics a consumer wants; none where the bytes tell nothing."""
    try:
        return set(_SUBSCRIPTION.read(Reader(subscription), 0, flexible=False)["topics"])
    except BadFrame:
        return set()


def assigned(assignment: bytes) -> list[Place]:
    """Return the partitions a consumer reads, in order; none where the bytes tell nothing."""
    try:
        topics = _ASSIGNMENT.read(Reader(assignment), 0, flexible=False)["topics"]
    except BadFrame:
        return []
    return sorted((each["topic"], number) for each in topics for number in each["partitions"])
