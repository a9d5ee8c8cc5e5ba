"""The control plane of Confluent Cloud, read side: what exists and in which phase it is.

Source of the shapes: facts/confluent-cloud-api.md 3.1-3.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runthrough.clients.http import Http
from runthrough.errors import NotReadyError, ServiceError
from runthrough.settings import Settings


@dataclass(frozen=True)
class Resource:
    """A resource as the control plane shows it.

    Attributes:
        phase: `PROVISIONED`, …; "" for kinds that have none (environments, organizations).
        raw: the whole answer.
    """

    id: str
    name: str
    phase: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def from_response(cls, body: Mapping[str, Any]) -> Resource:
        """Read one object of a control plane answer. Raises ServiceError if it has no id."""
        spec, status = body.get("spec") or {}, body.get("status") or {}
        try:
            return cls(
                id=body["id"],
                name=body.get("display_name") or spec.get("display_name") or "",
                phase=status.get("phase") or "",
                raw=body,
            )
        except KeyError as e:
            raise ServiceError(f"a {body.get('kind', 'resource')} in this answer has no {e}") from e

    @property
    def spec(self) -> Mapping[str, Any]:
        """The `spec` of the resource; flat kinds have their fields at the top."""
        return self.raw.get("spec") or self.raw


class ControlPlane:
    """Confluent Cloud's resource API with a Cloud key."""

    def __init__(self, http: Http, settings: Settings) -> None:
        self._http, self._settings = http, settings

    @classmethod
    def from_settings(cls, settings: Settings) -> ControlPlane:
        """Build the client. Raises SettingsError where the Cloud key is missing."""
        settings.require("CONFLUENT_CLOUD_API_KEY", "CONFLUENT_CLOUD_API_SECRET")
        return cls(
            Http(
                base_url=settings.CONFLUENT_CLOUD_REST_ENDPOINT,
                key=settings.text("CONFLUENT_CLOUD_API_KEY"),
                secret=settings.text("CONFLUENT_CLOUD_API_SECRET"),
            ),
            settings,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def organization(self) -> Resource:
        """Return the organization of the settings."""
        return self._one(
            f"/org/v2/organizations/{self._settings.text('CONFLUENT_ORGANIZATION_ID')}"
        )

    def environments(self) -> tuple[Resource, ...]:
        """Return every environment the key sees."""
        return self._list("/org/v2/environments")

    def environment(self) -> Resource:
        """Return the environment of the settings."""
        return self._one(f"/org/v2/environments/{self._environment}")

    def cluster(self) -> Resource:
        """Return the Kafka cluster of the settings."""
        return self._in_environment(f"/cmk/v2/clusters/{self._settings.text('KAFKA_ID')}")

    def compute_pool(self) -> Resource:
        """Return the compute pool of the settings."""
        pool = self._settings.text("FLINK_COMPUTE_POOL_ID")
        return self._in_environment(f"/fcpm/v2/compute-pools/{pool}")

    def schema_registry(self) -> Resource:
        """Return the Schema Registry cluster of the environment. Raises NotReadyError if none."""
        clusters = self._list("/srcm/v3/clusters", environment=self._environment)
        if not clusters:
            raise NotReadyError(f"the environment {self._environment} has no Schema Registry yet")
        return clusters[0]

    def regions(self) -> tuple[Resource, ...]:
        """Return the Flink regions, `id` as in `aws.us-east-1`."""
        return self._list("/fcpm/v2/regions")

    @property
    def _environment(self) -> str:
        return self._settings.text("CONFLUENT_ENVIRONMENT_ID")

    def _in_environment(self, path: str) -> Resource:
        body = self._http.get(path, {"environment": self._environment})
        return Resource.from_response(body)

    def _one(self, path: str) -> Resource:
        return Resource.from_response(self._http.get(path))

    def _list(self, path: str, **params: str) -> tuple[Resource, ...]:
        return tuple(Resource.from_response(body) for body in self._http.pages(path, params))
