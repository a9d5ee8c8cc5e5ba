"""What consumers tell each other through the coordinator: the topics they want, those they get.

The coordinator hands these bytes on as they are; only who describes a group looks into them.
Source: the Apache Kafka protocol guide (ConsumerProtocolSubscription, ConsumerProtocolAssignment):
both begin alike in all versions.
"""

from __future__ import annotations

from runthrough.emulator.broker.coordinator.offsets import Place
from runthrough.emulator.broker.wire import (
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
