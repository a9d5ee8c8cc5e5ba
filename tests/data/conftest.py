"""A Kafka cluster for the data room's tests: librdkafka's mock broker and a small Kafka REST."""

from __future__ import annotations

import json
import threading
import uuid
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient

from runthrough.settings import Settings
from tests.waiting import LIMIT_SECONDS

LOGIN = "Basic " + b64encode(b"kafka-key:kafka-secret").decode()


@dataclass
class Cluster:
    """The mock broker, and what its Kafka REST was asked."""

    broker: Producer
    settings: Settings
    registry: SchemaRegistryClient
    created: list[dict[str, Any]] = field(default_factory=list)
    refuse: tuple[int, bytes] | None = None


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A cluster of one broker without topics."""
    producer = Producer({"bootstrap.servers": "unused", "test.mock.num.brokers": 1})
    broker = next(iter(producer.list_topics(timeout=LIMIT_SECONDS).brokers.values()))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _KafkaRest)
    settings = Settings(
        KAFKA_ID="lkc-test",
        KAFKA_BOOTSTRAP_SERVERS=f"PLAINTEXT://{broker.host}:{broker.port}",
        KAFKA_REST_ENDPOINT=f"http://127.0.0.1:{server.server_port}",
        KAFKA_API_KEY="kafka-key",
        KAFKA_API_SECRET="kafka-secret",  # type: ignore[arg-type]
    )
    registry = SchemaRegistryClient.new_client({"url": f"mock://{uuid.uuid4()}"})
    found = Cluster(producer, settings, registry)
    server.cluster = found  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()
    registry.close()


class _KafkaRest(BaseHTTPRequestHandler):
    """Creates topics. The mock broker makes four partitions, whatever is asked for."""

    def do_POST(self) -> None:
        cluster: Cluster = self.server.cluster  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != LOGIN:
            return self._answer(401, b'{"error_code":401,"message":"Unauthorized"}')
        assert self.path == "/kafka/v3/clusters/lkc-test/topics"
        if cluster.refuse:
            return self._answer(*cluster.refuse)
        name = body["topic_name"]
        if name in (topic["topic_name"] for topic in cluster.created):
            text = {"error_code": 40002, "message": f"Topic '{name}' already exists."}
            return self._answer(400, json.dumps(text).encode())
        cluster.created.append(body)
        cluster.broker.list_topics(name, timeout=LIMIT_SECONDS)  # asking for a topic makes it
        return self._answer(201, json.dumps({"topic_name": name}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
