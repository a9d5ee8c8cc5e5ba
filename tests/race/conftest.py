"""A race on a mock broker, and the page over a board that a test fills itself."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from tests.waiting import LIMIT_SECONDS

TOPIC_STRATEGY = {"subject.name.strategy.type": "TOPIC"}


@dataclass
class Mock:
    """librdkafka's mock broker and a registry in memory, filled by Confluent's own serializers."""

    producer: Producer
    registry: SchemaRegistryClient
    login: dict[str, str]

    def send_avro(self, topic: str, schema: dict[str, Any], *rows: dict[str, Any]) -> None:
        write = AvroSerializer(self.registry, json.dumps(schema), conf=TOPIC_STRATEGY)
        context = SerializationContext(topic, MessageField.VALUE)
        self.send(topic, *(write(row, context) for row in rows))

    def send_json(self, topic: str, *rows: dict[str, Any]) -> None:
        """As Flink writes `json-registry`: the frame, then JSON."""
        text = json.dumps({"type": "object", "title": topic})
        number = self.registry.register_schema(f"{topic}-value", Schema(text, "JSON"))
        frame = b"\0" + number.to_bytes(4, "big")
        self.send(topic, *(frame + json.dumps(row).encode() for row in rows))

    def send(self, topic: str, *values: bytes | None, key: bytes | None = None) -> None:
        self.producer.list_topics(topic, timeout=LIMIT_SECONDS)  # asking for a topic makes it
        for value in values:
            self.producer.produce(topic, value=value, key=key, partition=0)
        assert self.producer.flush(10) == 0


@pytest.fixture
def mock() -> Iterator[Mock]:
    producer = Producer({"bootstrap.servers": "unused", "test.mock.num.brokers": 1})
    broker = next(iter(producer.list_topics(timeout=LIMIT_SECONDS).brokers.values()))
    registry = SchemaRegistryClient.new_client({"url": f"mock://{uuid.uuid4()}"})
    yield Mock(producer, registry, {"bootstrap.servers": f"{broker.host}:{broker.port}"})
    registry.close()
