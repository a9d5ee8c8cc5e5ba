"""Tableflow: topics kept as tables in a bucket, through its REST API.

Source of the shapes: facts/confluent-cloud-api.md 3.8 and 3.9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runthrough.clients.http import Http
from runthrough.errors import ServiceError
from runthrough.settings import Settings

_TOPICS = "/tableflow/v1/tableflow-topics"


@dataclass(frozen=True)
class StoredTopic:
    """A topic that Tableflow is on for.

    Attributes:
        phase: `PENDING`, `RUNNING` or `FAILED`.
        write_mode: `APPEND` or `UPSERT`.
        table_path: where its table lies; "" while nobody knows.
        error: why it is FAILED, in the service's words.
    """

    name: str
    phase: str
    write_mode: str
    table_path: str
    error: str

    @classmethod
    def from_response(cls, body: Mapping[str, Any]) -> StoredTopic:
        """Read a topic of Tableflow. Raises ServiceError where a part is missing."""
        try:
            spec, status = body["spec"], body["status"]
            return cls(
                name=spec["display_name"],
                phase=status["phase"],
                write_mode=status.get("write_mode") or "",
                table_path=spec["storage"].get("table_path") or "",
                error=status.get("error_message") or "",
            )
        except KeyError as e:
            raise ServiceError(f"the Tableflow topic in this answer has no {e}") from e


class Tableflow:
    """Tableflow for the Kafka cluster of the settings.

    Tables are stored in the bucket of `TABLEFLOW_BUCKET`, reached with the provider integration of
    `TABLEFLOW_PROVIDER_INTEGRATION_ID`; without a bucket in Confluent's own storage.
    """

    def __init__(self, http: Http, settings: Settings) -> None:
        self._http = http
        self._environment = settings.text("CONFLUENT_ENVIRONMENT_ID")
        self._cluster = settings.text("KAFKA_ID")
        self._storage = _storage(settings)

    @classmethod
    def from_settings(cls, settings: Settings) -> Tableflow:
        """Build the client. Raises SettingsError naming what is missing."""
        settings.require("TABLEFLOW_API_KEY", "CONFLUENT_ENVIRONMENT_ID", "KAFKA_ID")
        http = Http(
            base_url=settings.CONFLUENT_CLOUD_REST_ENDPOINT,
            key=settings.text("TABLEFLOW_API_KEY"),
            secret=settings.text("TABLEFLOW_API_SECRET"),
        )
        return cls(http, settings)

    def close(self) -> None:
        """Close the connections; what is on stays on."""
        self._http.close()

    def turn_on(self, topic: str) -> StoredTopic:
        """Have a topic kept as a Delta table.

        Raises:
            ServiceError: refused; status 409 where it is on already.
        """
        spec = {
            "display_name": topic,
            "environment": {"id": self._environment},
            "kafka_cluster": {"id": self._cluster},
            "storage": self._storage,
            "table_formats": ["DELTA"],
        }
        return StoredTopic.from_response(self._http.post(_TOPICS, {"spec": spec}))

    def find(self, topic: str) -> StoredTopic | None:
        """Return how a topic is stored, or None where Tableflow is off for it."""
        try:
            return StoredTopic.from_response(self._http.get(f"{_TOPICS}/{topic}", self._place))
        except ServiceError as e:
            if e.status == 404:
                return None
            raise

    def turn_off(self, topic: str) -> None:
        """Stop keeping a topic; its files stay. One that is off already counts as done."""
        self._http.delete(f"{_TOPICS}/{topic}", self._place)

    @property
    def _place(self) -> Mapping[str, str]:
        return {"environment": self._environment, "spec.kafka_cluster": self._cluster}


def _storage(settings: Settings) -> Mapping[str, str]:
    if settings.TABLEFLOW_BUCKET is None:
        return {"kind": "Managed"}
    return {
        "kind": "ByobAws",
        "bucket_name": settings.TABLEFLOW_BUCKET,
        "provider_integration_id": settings.text("TABLEFLOW_PROVIDER_INTEGRATION_ID"),
    }
