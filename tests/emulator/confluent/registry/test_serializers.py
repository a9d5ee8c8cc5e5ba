"""Round trips through Confluent's serializers and consumers, and what SQL reads of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import confluent_sql
import httpx
import pytest
from confluent_kafka import DeserializingConsumer, SerializingProducer, TopicPartition
from confluent_kafka.schema_registry import (
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    topic_subject_name_strategy,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.serialization import (
    MessageField,
    SerializationContext,
    StringDeserializer,
    StringSerializer,
)

from ..conftest import Emulated

Unique = Callable[[str], str]
Clients = Callable[[], SchemaRegistryClient]

VISIT = {
    "type": "record",
    "name": "Visit",
    "fields": [{"name": "id", "type": "int"}, {"name": "hotel", "type": "string"}],
}
VISIT_JSON = {
    "title": "Visit",
    "type": "object",
    "properties": {"id": {"type": "integer"}, "hotel": {"type": "string"}},
}
VISITS: list[dict[str, Any]] = [{"id": n, "hotel": f"Hotel {n}"} for n in range(4)]


@pytest.fixture
def topic(emulated: Emulated, unique: Unique) -> str:
    name = unique("visits")
    path = f"/kafka/v3/clusters/{emulated.world.cluster.id}/topics"
    with emulated.http("kafka") as client:
        body = {"topic_name": name, "partitions_count": 1}
        client.post(path, json=body).raise_for_status()
    return name


def bootstrap(emulated: Emulated) -> str:
    return emulated.running.exports["KAFKA_BOOTSTRAP_SERVERS"].partition("://")[2]


def write(emulated: Emulated, topic: str, serializer: Any) -> None:
    producer = SerializingProducer(
        {
            "bootstrap.servers": bootstrap(emulated),
            "key.serializer": StringSerializer("utf_8"),
            "value.serializer": serializer,
        }
    )
    for visit in VISITS:
        producer.produce(topic, key=str(visit["id"]), value=visit)
    assert producer.flush(20) == 0


def read(emulated: Emulated, topic: str, deserializer: Any) -> list[tuple[str, Any]]:
    consumer = DeserializingConsumer(
        {
            "bootstrap.servers": bootstrap(emulated),
            "group.id": topic,
            "key.deserializer": StringDeserializer("utf_8"),
            "value.deserializer": deserializer,
        }
    )
    consumer.assign([TopicPartition(topic, 0, 0)])
    try:
        messages = [consumer.poll(20) for _ in VISITS]
    finally:
        consumer.close()
    return [(m.key(), m.value()) for m in messages if m is not None]


@pytest.mark.parametrize("kind", ["AVRO", "JSON"])
def test_a_serializing_producer_and_consumer_understand_each_other(
    emulated: Emulated,
    client: Clients,
    driver: confluent_sql.Connection,
    topic: str,
    kind: str,
) -> None:
    if kind == "AVRO":
        writer: Any = AvroSerializer(client(), json.dumps(VISIT))
        reader: Any = AvroDeserializer(client())
    else:
        writer = JSONSerializer(json.dumps(VISIT_JSON), client())
        reader = JSONDeserializer(None, schema_registry_client=client())
    write(emulated, topic, writer)
    assert read(emulated, topic, reader) == [(str(v["id"]), v) for v in VISITS]
    assert client().get_latest_version(f"{topic}-value").schema.schema_type == kind
    with driver.closing_cursor() as cursor:
        cursor.execute(f"SELECT id, hotel FROM `{topic}`")
        assert sorted(cursor.fetchall()) == [(v["id"], v["hotel"]) for v in VISITS]


def test_a_reader_of_the_old_schema_reads_the_new_one(
    emulated: Emulated, client: Clients, topic: str
) -> None:
    old = json.dumps(VISIT)
    note = {"name": "note", "type": ["null", "string"], "default": None}
    new = json.dumps({**VISIT, "fields": [*VISIT["fields"], note]})
    client().register_schema(f"{topic}-value", Schema(old))
    write(emulated, topic, AvroSerializer(client(), new))
    assert client().get_versions(f"{topic}-value") == [1, 2]
    values = [value for _, value in read(emulated, topic, AvroDeserializer(client(), old))]
    assert values == VISITS


def test_a_serializer_that_registers_nothing_uses_the_latest_schema(
    client: Clients, topic: str
) -> None:
    subject = f"{topic}-value"
    number = client().register_schema(subject, Schema(json.dumps(VISIT)))
    config = {"auto.register.schemas": False, "use.latest.version": True}
    serialize = AvroSerializer(client(), None, conf=config)
    data = serialize(VISITS[0], SerializationContext(topic, MessageField.VALUE))
    assert data is not None
    assert int.from_bytes(data[1:5], "big") == number


def test_a_record_made_of_two_subjects_goes_round(client: Clients, topic: str) -> None:
    base = f"{topic}-base"
    client().register_schema(base, Schema(json.dumps(VISIT)))
    outer = {"type": "record", "name": "Trip", "fields": [{"name": "visit", "type": "Visit"}]}
    schema = Schema(json.dumps(outer), "AVRO", [SchemaReference("Visit", base, 1)])
    context = SerializationContext(topic, MessageField.VALUE)
    data = AvroSerializer(client(), schema)({"visit": VISITS[1]}, context)
    assert AvroDeserializer(client())(data, context) == {"visit": VISITS[1]}


def test_an_association_names_the_subject_of_a_topic(
    raw: httpx.Client, client: Clients, topic: str
) -> None:
    """A serializer that is told to ask for associations writes under that subject."""
    subject = f"{topic}-chosen"
    body = {
        "resourceName": topic,
        "resourceNamespace": "lkc-any",
        "resourceId": f"lkc-any:{topic}",
        "resourceType": "topic",
        "associations": [
            {
                "subject": subject,
                "associationType": "value",
                "schema": {"schema": json.dumps(VISIT)},
            }
        ],
    }
    raw.post("/associations", json=body).raise_for_status()
    context = SerializationContext(topic, MessageField.VALUE)
    data = AvroSerializer(client(), json.dumps(VISIT))(VISITS[0], context)
    assert data is not None
    assert AvroDeserializer(client())(data, context) == VISITS[0]
    assert f"{topic}-value" not in client().get_subjects()
    plain = {"subject.name.strategy": topic_subject_name_strategy}
    AvroSerializer(client(), json.dumps(VISIT), conf=plain)(VISITS[0], context)
    assert f"{topic}-value" in client().get_subjects()
