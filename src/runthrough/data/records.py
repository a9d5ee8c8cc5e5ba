"""Rows as Kafka records: keys and values in Avro, framed and registered by Confluent's serializer.

Subjects are `<topic>-key` and `<topic>-value`. The strategy is named because the serializer's
default asks the registry for associations first, one more question a subject that changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext
from httpx2 import HTTPError

from runthrough.data.river_hotels import Row
from runthrough.data.schemas import KEY_SCHEMA, Topic
from runthrough.errors import ServiceError
from runthrough.settings import Settings

FRAME_BYTES = 5  # a zero byte and the schema's id; the Avro body follows

_STRATEGY = {"subject.name.strategy.type": "TOPIC"}


@dataclass(frozen=True)
class Record:
    """One record as it goes to the broker.

    Attributes:
        name: the key as text, for messages.
        timestamp: the row's time, milliseconds since 1970.
    """

    name: str
    key: bytes
    value: bytes
    timestamp: int

    @property
    def body(self) -> tuple[bytes, bytes]:
        """Key and value without the schemas' ids, which are the registry's, not the data's."""
        return self.key[FRAME_BYTES:], self.value[FRAME_BYTES:]


def registry_client(settings: Settings) -> SchemaRegistryClient:
    """Return a client of the settings' Schema Registry. Raises SettingsError."""
    settings.require("SCHEMA_REGISTRY_REST_ENDPOINT", "SCHEMA_REGISTRY_API_KEY")
    key, secret = (
        settings.text("SCHEMA_REGISTRY_API_KEY"),
        settings.text("SCHEMA_REGISTRY_API_SECRET"),
    )
    url = settings.text("SCHEMA_REGISTRY_REST_ENDPOINT")
    return SchemaRegistryClient({"url": url, "basic.auth.user.info": f"{key}:{secret}"})


class Encoder:
    """Turns rows of a topic into records; the first one registers the topic's two schemas."""

    def __init__(self, registry: SchemaRegistryClient, topic: Topic) -> None:
        self._topic = topic
        self._key = AvroSerializer(registry, KEY_SCHEMA, conf=_STRATEGY)
        self._value = AvroSerializer(registry, topic.value_schema, conf=_STRATEGY)

    def encode(self, rows: Iterable[Row]) -> tuple[Record, ...]:
        """Return the records of some rows.

        Raises:
            ServiceError: the registry refused a schema, or did not answer.
        """
        name = self._topic.name
        key_context = SerializationContext(name, MessageField.KEY)
        value_context = SerializationContext(name, MessageField.VALUE)
        records = []
        try:
            for row in rows:
                key = str(row[self._topic.key_field])
                encoded = self._key(key, key_context), self._value(dict(row), value_context)
                records.append(Record(key, *encoded, timestamp=int(row[self._topic.time_field])))
        except SchemaRegistryError as e:
            raise ServiceError(
                f"Schema Registry refused a schema of topic {name!r}: {e.error_message}",
                status=e.http_status_code,
                code=str(e.error_code),
            ) from e
        except HTTPError as e:
            raise ServiceError(
                f"Schema Registry did not answer for topic {name!r}: {type(e).__name__}: {e}"
            ) from e
        return tuple(records)
