"""Schema Registry: which subjects there are and what their schemas hold."""

from __future__ import annotations

import json
from dataclasses import dataclass

from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
from httpx2 import HTTPError  # what the registry client speaks HTTP with

from runthrough.errors import ServiceError
from runthrough.settings import Settings


@dataclass(frozen=True)
class Schema:
    """The latest version of a subject."""

    subject: str
    version: int
    id: int
    text: str

    @property
    def fields(self) -> tuple[str, ...]:
        """The field names of an Avro record; () for a primitive."""
        parsed = json.loads(self.text)
        return tuple(f["name"] for f in parsed["fields"]) if isinstance(parsed, dict) else ()


class Registry:
    """The Schema Registry of the settings."""

    def __init__(self, client: SchemaRegistryClient) -> None:
        self._client = client

    @classmethod
    def from_settings(cls, settings: Settings) -> Registry:
        """Build the client. Raises SettingsError where the registry's settings are missing."""
        settings.require("SCHEMA_REGISTRY_REST_ENDPOINT", "SCHEMA_REGISTRY_API_KEY")
        key = settings.text("SCHEMA_REGISTRY_API_KEY")
        secret = settings.text("SCHEMA_REGISTRY_API_SECRET")
        url = settings.text("SCHEMA_REGISTRY_REST_ENDPOINT")
        config = {
            "url": url,
            "basic.auth.user.info": f"{key}:{secret}",
            "cache.latest.ttl.sec": 0,  # who waits for a schema must not be told yesterday's
        }
        return cls(SchemaRegistryClient(config))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def subjects(self) -> tuple[str, ...]:
        """Return the names of all subjects. Raises ServiceError."""
        try:
            return tuple(self._client.get_subjects())
        except (SchemaRegistryError, HTTPError) as e:
            raise _translated("the list of subjects", e) from e

    def latest(self, subject: str) -> Schema:
        """Return the newest schema of a subject. Raises ServiceError, status 404 if none."""
        try:
            found = self._client.get_latest_version(subject)
        except (SchemaRegistryError, HTTPError) as e:
            raise _translated(f"the subject {subject!r}", e) from e
        if found.version is None or found.schema_id is None or found.schema.schema_str is None:
            raise ServiceError(f"Schema Registry sent half an answer for the subject {subject!r}")
        return Schema(subject, found.version, found.schema_id, found.schema.schema_str)

    def delete(self, subject: str) -> None:
        """Delete a subject for good; one that is gone already counts as deleted.

        A registry wants to be told twice: first softly, then for good.
        """
        for permanent in (False, True):
            try:
                self._client.delete_subject(subject, permanent=permanent)
            except (SchemaRegistryError, HTTPError) as e:
                if getattr(e, "http_status_code", None) != 404:
                    raise _translated(f"the subject {subject!r}", e) from e


def _translated(what: str, error: Exception) -> ServiceError:
    status = getattr(error, "http_status_code", None)
    return ServiceError(f"Schema Registry refused {what}: {error}", status=status)
