"""The routes of Kafka REST v3: facts/confluent-cloud-api.md 3.6."""

from __future__ import annotations

from runthrough.emulator.confluent.families import KAFKA
from runthrough.emulator.confluent.kafka_rest import topics
from runthrough.emulator.confluent.route import Route, missing

_KAFKA = "/kafka/v3/clusters/{cluster}"

KAFKA_REST_ROUTES: tuple[Route, ...] = (
    *missing(KAFKA, "GET", "/kafka/v3/clusters"),
    Route(KAFKA, "GET", _KAFKA, topics.get_cluster),
    Route(KAFKA, "GET", f"{_KAFKA}/topics", topics.list_topics),
    Route(KAFKA, "POST", f"{_KAFKA}/topics", topics.create_topic),
    Route(KAFKA, "GET", f"{_KAFKA}/topics/{{topic}}", topics.get_topic),
    *missing(KAFKA, "PATCH", f"{_KAFKA}/topics/{{topic}}"),
    Route(KAFKA, "DELETE", f"{_KAFKA}/topics/{{topic}}", topics.delete_topic),
    Route(KAFKA, "GET", f"{_KAFKA}/topics/{{topic}}/configs", topics.list_configs),
    Route(KAFKA, "GET", f"{_KAFKA}/topics/{{topic}}/configs/{{config}}", topics.get_config),
    *missing(KAFKA, "POST", f"{_KAFKA}/topics/{{topic}}/configs:alter"),
    *missing(KAFKA, "PUT DELETE", f"{_KAFKA}/topics/{{topic}}/configs/{{config}}"),
    Route(KAFKA, "GET", f"{_KAFKA}/topics/{{topic}}/partitions", topics.list_partitions),
    Route(
        KAFKA,
        "GET",
        f"{_KAFKA}/topics/{{topic}}/partitions/{{partition}}",
        topics.get_partition,
    ),
    *missing(KAFKA, "POST", f"{_KAFKA}/topics/{{topic}}/records"),
    *missing(KAFKA, "GET POST DELETE", f"{_KAFKA}/acls"),
    *missing(KAFKA, "POST", f"{_KAFKA}/acls:batch"),
    *missing(KAFKA, "GET", f"{_KAFKA}/consumer-groups"),
    *missing(KAFKA, "GET", f"{_KAFKA}/consumer-groups/{{path*}}"),
    *missing(KAFKA, "GET", f"{_KAFKA}/brokers"),
)
