from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import httpx
import pytest
from confluent_kafka import Producer
from deltalake import DeltaTable

from runthrough.emulator.flink.catalog import Session
from runthrough.emulator.flink.engine import Execution
from tests.waiting import LIMIT_SECONDS, becomes, eventually

from ..conftest import Emulated

PIM = "/pim/v1/integrations"
TOPICS = "/tableflow/v1/tableflow-topics"


@dataclass
class Lab:
    """Tables made with SQL, and Tableflow over HTTP."""

    emulated: Emulated
    http: httpx.Client
    names: Iterator[int]

    @property
    def place(self) -> dict[str, str]:
        world = self.emulated.world
        return {"environment": world.environment.id, "spec.kafka_cluster": world.cluster.id}

    def spec(self, topic: str, **changes: Any) -> dict[str, Any]:
        world = self.emulated.world
        return {
            "display_name": topic,
            "environment": {"id": world.environment.id},
            "kafka_cluster": {"id": world.cluster.id},
            "storage": {"kind": "Managed"},
            "table_formats": ["DELTA"],
            **changes,
        }

    def start(self, text: str) -> Execution:
        """Submit a statement."""
        world = self.emulated.world
        session = Session(world.environment.id, world.cluster.name)
        return self.emulated.running.engine.submit(f"sql-{next(self.names)}", text, session)

    def sql(self, text: str) -> str:
        """Carry out a statement that ends; return its phase and detail."""
        execution = self.start(text)
        execution.wait_for_end(LIMIT_SECONDS)
        return f"{execution.phase} {execution.detail}"

    def done(self, text: str) -> None:
        said = self.sql(text)
        assert said.startswith("COMPLETED"), said

    def produce(self, topic: str, *, key: bytes | None, value: bytes | None) -> None:
        """Send a record as any Kafka client does."""
        servers = self.emulated.running.exports["KAFKA_BOOTSTRAP_SERVERS"]
        producer = Producer({"bootstrap.servers": servers.rpartition("/")[2]})
        producer.produce(topic, key=key, value=value)
        assert producer.flush(LIMIT_SECONDS) == 0

    def add_field(self, topic: str, field: dict[str, Any]) -> None:
        """Register the topic's next schema: the latest one and a field more."""
        with self.emulated.http("schema-registry") as registry:
            subject = f"/subjects/{topic}-value/versions"
            latest = json.loads(registry.get(f"{subject}/latest").json()["schema"])
            latest["fields"].append(field)
            answer = registry.post(subject, json={"schema": json.dumps(latest)})
            assert answer.status_code == 200, answer.text

    def enable(self, topic: str, **changes: Any) -> httpx.Response:
        return self.http.post(TOPICS, json={"spec": self.spec(topic, **changes)})

    def get(self, topic: str) -> httpx.Response:
        return self.http.get(f"{TOPICS}/{topic}", params=self.place)

    def patch(self, topic: str, **spec: Any) -> httpx.Response:
        world = self.emulated.world
        body = {
            "environment": {"id": world.environment.id},
            "kafka_cluster": {"id": world.cluster.id},
            **spec,
        }
        return self.http.patch(f"{TOPICS}/{topic}", json={"spec": body})

    def disable(self, topic: str) -> httpx.Response:
        return self.http.delete(f"{TOPICS}/{topic}", params=self.place)

    def until(self, topic: str, phase: str) -> dict[str, Any]:
        """Return the topic once it is in a phase."""
        return eventually(
            lambda: self.get(topic).json(), lambda seen: seen["status"]["phase"] == phase
        )

    def path(self, topic: str) -> str:
        return self.get(topic).json()["spec"]["storage"]["table_path"]

    def rows(self, path: str) -> list[tuple[Any, ...]]:
        """Return what a reader of the Delta table finds: the files of its newest version."""
        files = DeltaTable(path).file_uris()
        if not files:
            return []
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            found = f"FROM read_parquet({files!r}, union_by_name = true)"
            return connection.execute(f"SELECT * {found} ORDER BY ALL").fetchall()

    def until_rows(self, path: str, expected: list[tuple[Any, ...]]) -> None:
        becomes(lambda: self.rows(path), expected)


def integrate(lab: Lab) -> str:
    """Make a provider integration; return its id."""
    body = {
        "display_name": "lab-s3",
        "provider": "aws",
        "environment": {"id": lab.place["environment"]},
        "config": {
            "kind": "AwsIntegrationConfig",
            "customer_iam_role_arn": "arn:aws:iam::000011112222:role/lab",
        },
    }
    with lab.emulated.http("cloud") as cloud:
        answer = cloud.post(PIM, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@pytest.fixture
def lab(emulated: Emulated) -> Iterator[Lab]:
    with emulated.http("tableflow") as client:
        yield Lab(emulated, client, _NUMBERS)


_NUMBERS = itertools.count(1)
