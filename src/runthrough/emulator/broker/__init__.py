"""The Kafka broker of the emulator.

Librdkafka's mock cluster keeps the records, a front of ours keeps the consumer groups, and one
consumer reads all of it for the engine.
"""

from __future__ import annotations

from runthrough.emulator.broker.broker import Broker
from runthrough.emulator.broker.coordinator.messages import GroupView, MemberView
from runthrough.emulator.broker.front.desk import (
    Change,
    TopicDesk,
    TopicError,
    TopicRefused,
    TopicSetting,
)
from runthrough.emulator.broker.group import BrokerGroup
from runthrough.emulator.broker.records import Header, Outgoing, Record, Written

__all__ = [
    "Broker",
    "BrokerGroup",
    "Change",
    "GroupView",
    "Header",
    "MemberView",
    "Outgoing",
    "Record",
    "TopicDesk",
    "TopicError",
    "TopicRefused",
    "TopicSetting",
    "Written",
]
