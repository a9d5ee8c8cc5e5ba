"""Kafka: topics through the cluster's REST API, records through the broker's own protocol.

An AdminClient is not used: the REST API creates topics on Confluent Cloud and on the emulator
alike, with the same key.
"""

from __future__ import annotations

import uuid
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from runthrough.clients.http import Http
from runthrough.errors import ServiceError
from runthrough.settings import Settings

_SECONDS = 15.0


class Kafka:
    """The Kafka cluster of the settings."""

    def __init__(self, http: Http, *, cluster: str, consumer: dict[str, Any]) -> None:
        self._http, self._base = http, f"/kafka/v3/clusters/{cluster}"
        self._config = consumer

    @classmethod
    def from_settings(cls, settings: Settings) -> Kafka:
        """Build the client. Raises SettingsError naming what is missing."""
        settings.require(
            "KAFKA_ID", "KAFKA_REST_ENDPOINT", "KAFKA_BOOTSTRAP_SERVERS", "KAFKA_API_KEY"
        )
        http = Http(
            base_url=settings.text("KAFKA_REST_ENDPOINT"),
            key=settings.text("KAFKA_API_KEY"),
            secret=settings.text("KAFKA_API_SECRET"),
        )
        return cls(http, cluster=settings.text("KAFKA_ID"), consumer=settings.kafka_login())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def topics(self) -> tuple[str, ...]:
        """Return the names of all topics. Raises ServiceError."""
        return tuple(topic["topic_name"] for topic in self._http.pages(f"{self._base}/topics"))

    def partitions(self, topic: str) -> int:
        """Return how many partitions a topic has. Raises ServiceError, status 404 if none."""
        return int(self._http.get(f"{self._base}/topics/{topic}")["partitions_count"])

    def brokers(self) -> int:
        """Return how many brokers answer behind the bootstrap address. Raises ServiceError."""
        consumer = Consumer({**self._config, "group.id": f"runthrough-{uuid.uuid4()}"})
        try:
            return len(consumer.list_topics(timeout=_SECONDS).brokers)
        except KafkaException as e:
            raise ServiceError(f"no broker answered within {_SECONDS:.0f} seconds: {e}") from e
        finally:
            consumer.close()

    def delete_topic(self, topic: str) -> None:
        """Delete a topic and its records; one that is gone already counts as deleted."""
        self._http.delete(f"{self._base}/topics/{topic}")

    def count(self, topic: str) -> int:
        """Return how many records a topic holds, read from its partitions' offsets.

        Raises:
            ServiceError: the broker did not answer within 15 seconds.
        """
        consumer = Consumer({**self._config, "group.id": f"runthrough-{uuid.uuid4()}"})
        try:
            metadata = consumer.list_topics(topic, timeout=_SECONDS).topics[topic]
            if metadata.error is not None:
                raise ServiceError(f"the broker says of topic {topic!r}: {metadata.error.str()}")
            ends = [
                consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=_SECONDS)
                for p in metadata.partitions
            ]
        except KafkaException as e:
            raise ServiceError(f"the broker did not tell the size of topic {topic!r}: {e}") from e
        finally:
            consumer.close()
        return sum(high - low for low, high in ends)
