"""Confluent's own clients, connected to a served emulator by what the emulator exports."""

from __future__ import annotations

import confluent_sql
from confluent_kafka.schema_registry import SchemaRegistryClient

from runthrough.emulator.server import Running


def connect(running: Running) -> confluent_sql.Connection:
    """Return a connection to the world's database."""
    settings = running.exports
    return confluent_sql.connect(
        endpoint=running.url,
        flink_api_key=settings["FLINK_API_KEY"],
        flink_api_secret=settings["FLINK_API_SECRET"],
        environment_id=settings["CONFLUENT_ENVIRONMENT_ID"],
        organization_id=settings["CONFLUENT_ORGANIZATION_ID"],
        database=settings["KAFKA_CLUSTER_NAME"],
    )


def subjects(running: Running) -> list[str]:
    """Return the subjects that the registry's client lists; it tries once."""
    settings = running.exports
    names = ("SCHEMA_REGISTRY_API_KEY", "SCHEMA_REGISTRY_API_SECRET")
    settings_of_client = {
        "url": running.url,
        "basic.auth.user.info": ":".join(settings[name] for name in names),
        "max.retries": 0,
    }
    with SchemaRegistryClient(settings_of_client) as client:
        found: list[str] = client.get_subjects()
    return found
