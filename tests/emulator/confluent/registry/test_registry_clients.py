"""The Schema Registry, judged by Confluent's own client and serializers, and by raw requests."""

from __future__ import annotations

import json
from collections.abc import Callable

import confluent_sql
import httpx
import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

from tests.waiting import eventually

from ..conftest import Emulated
from .records import ID, MEDIA_TYPE, ORDER, Unique, record

Clients = Callable[[], SchemaRegistryClient]


# -- serializers -----------------------------------------------------------------------------------


def test_what_an_avro_serializer_wrote_is_read_by_sql_and_by_a_deserializer(
    emulated: Emulated,
    client: Clients,
    registry: SchemaRegistryClient,
    driver: confluent_sql.Connection,
    unique: Unique,
) -> None:
    topic = unique("orders")
    create_topic(emulated, topic)
    serialize = AvroSerializer(registry, ORDER)
    context = SerializationContext(topic, MessageField.VALUE)
    rows = [{"id": number, "note": None if number else "first"} for number in range(5)]
    producer = Producer({"bootstrap.servers": bootstrap(emulated)})
    for row in rows:
        producer.produce(topic, serialize(row, context))
    assert producer.flush(20) == 0
    with driver.closing_cursor() as cursor:
        cursor.execute(f"SELECT id, note FROM `{topic}`")
        assert sorted(cursor.fetchall()) == [(r["id"], r["note"]) for r in rows]
    deserialize = AvroDeserializer(client())
    found = [deserialize(value, context) for value in consume(emulated, topic, len(rows))]
    assert sorted(found, key=lambda r: r["id"]) == rows


def test_what_sql_wrote_is_read_by_a_deserializer(
    emulated: Emulated,
    registry: SchemaRegistryClient,
    driver: confluent_sql.Connection,
    unique: Unique,
) -> None:
    table = unique("hotels")
    driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT, name STRING)")
    driver.execute_snapshot_ddl(f"INSERT INTO `{table}` VALUES (1, 'River'), (2, 'Sea')")
    context = SerializationContext(table, MessageField.VALUE)
    deserialize = AvroDeserializer(registry)
    found = [deserialize(value, context) for value in consume(emulated, table, 2)]
    assert sorted(found, key=lambda r: r["id"]) == [
        {"id": 1, "name": "River"},
        {"id": 2, "name": "Sea"},
    ]
    assert registry.get_latest_version(f"{table}-value").schema.schema_type == "AVRO"


def bootstrap(emulated: Emulated) -> str:
    return emulated.running.exports["KAFKA_BOOTSTRAP_SERVERS"].removeprefix("PLAINTEXT://")


def create_topic(emulated: Emulated, name: str) -> None:
    with emulated.http("kafka") as client:
        cluster = emulated.world.cluster.id
        body = {"topic_name": name, "partitions_count": 2}
        client.post(f"/kafka/v3/clusters/{cluster}/topics", json=body).raise_for_status()


def consume(emulated: Emulated, topic: str, count: int) -> list[bytes]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap(emulated),
            "group.id": topic,
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )
    values: list[bytes] = []

    def look() -> list[bytes]:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            values.append(message.value())
        return values

    try:
        consumer.subscribe([topic])
        return eventually(look, lambda seen: len(seen) >= count)
    finally:
        consumer.close()


# -- subjects and versions -------------------------------------------------------------------------


def test_a_schema_gets_an_id_a_version_and_is_found_again(
    client: Clients, registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("s")
    text = record(ID, name=subject.replace("-", "_"))
    known = registry.register_schema_full_response(subject, Schema(text))
    assert (known.version, known.schema_id >= 100001) == (1, True)
    asked = client()
    assert asked.get_schema(known.schema_id).schema_str == json.dumps(
        json.loads(text), separators=(",", ":")
    )
    assert asked.lookup_schema(subject, Schema(text)).version == 1
    assert asked.get_version(subject, 1).schema_id == known.schema_id
    assert asked.get_latest_version(subject).subject == subject
    assert asked.get_versions(subject) == [1]
    assert subject in asked.get_subjects()
    assert asked.get_subjects(subject_prefix=subject) == [subject]
    assert asked.get_subjects_by_schema_id(known.schema_id) == [subject]
    versions = asked.get_schema_versions(known.schema_id)
    assert [(v.subject, v.version) for v in versions] == [(subject, 1)]


def test_the_same_schema_has_one_id_everywhere_and_one_version_a_subject(
    registry: SchemaRegistryClient, unique: Unique
) -> None:
    one, two, schema = (
        unique("a"),
        unique("b"),
        Schema(record(ID, name=unique("R").replace("-", "_"))),
    )
    first = registry.register_schema(one, schema)
    assert registry.register_schema(two, schema) == first
    spaced = Schema(json.dumps(json.loads(schema.schema_str), indent=4))
    assert registry.register_schema(one, spaced) == first
    assert registry.get_versions(one) == [1]
    assert registry.get_subjects_by_schema_id(first) == [one, two]


def test_a_subject_with_a_slash_and_a_space_is_one_subject(
    client: Clients, registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("../a b/ü%2F")
    registry.register_schema(subject, Schema(ORDER))
    assert client().get_latest_version(subject).subject == subject
    assert registry.delete_subject(subject) == [1]


def test_a_deletion_is_soft_first_and_then_for_good(
    client: Clients, registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("gone")
    registry.register_schema(subject, Schema(ORDER))
    with pytest.raises(SchemaRegistryError) as caught:
        registry.delete_subject(subject, permanent=True)
    assert (caught.value.http_status_code, caught.value.error_code) == (404, 40405)
    assert registry.delete_subject(subject) == [1]
    asked = client()
    assert subject not in asked.get_subjects()
    assert subject in asked.get_subjects(deleted=True)
    assert subject in asked.get_subjects(deleted_only=True)
    assert asked.delete_subject(subject, permanent=True) == [1]
    assert subject not in asked.get_subjects(deleted=True)


def test_one_version_is_deleted(registry: SchemaRegistryClient, unique: Unique) -> None:
    subject = unique("versions")
    registry.register_schema(subject, Schema(record(ID)))
    registry.register_schema(subject, Schema(ORDER))
    assert registry.delete_version(subject, 1) == 1
    assert registry.get_versions(subject) == [2]
    assert registry.get_versions(subject, deleted=True) == [1, 2]
    assert registry.delete_version(subject, 1, permanent=True) == 1
    assert registry.get_versions(subject, deleted=True) == [2]


def test_a_schema_somebody_refers_to_is_not_deleted(
    registry: SchemaRegistryClient, unique: Unique
) -> None:
    base, user = unique("base"), unique("user")
    registry.register_schema(base, Schema(record(ID, name="Base")))
    field = {"name": "base", "type": "Base"}
    schema = Schema(record(field), "AVRO", [SchemaReference("Base", base, 1)])
    number = registry.register_schema(user, schema)
    assert registry.get_referenced_by(base, 1) == [number]
    for delete in (lambda: registry.delete_subject(base), lambda: registry.delete_version(base, 1)):
        with pytest.raises(SchemaRegistryError) as caught:
            delete()
        assert (caught.value.http_status_code, caught.value.error_code) == (422, 42206)
        assert user in caught.value.error_message
    registry.delete_subject(user)
    assert registry.delete_subject(base) == [1]


def test_json_schemas_carry_their_type(
    client: Clients, registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject, text = unique("json"), '{"type":"object","properties":{"id":{"type":"integer"}}}'
    registry.register_schema(subject, Schema(text, "JSON"))
    found = client().get_latest_version(subject)
    assert (found.schema.schema_type, found.schema.schema_str) == ("JSON", text)


def test_the_texts_of_schemas_and_the_small_lists_are_there(
    raw: httpx.Client, registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("text")
    number = registry.register_schema(subject, Schema(ORDER))
    for path in (f"/subjects/{subject}/versions/latest/schema", f"/schemas/ids/{number}/schema"):
        answer = raw.get(path)
        assert (answer.status_code, answer.json()) == (200, json.loads(ORDER))
        assert answer.headers["content-type"] == MEDIA_TYPE
    assert sorted(registry.get_schema_types()) == ["AVRO", "JSON", "PROTOBUF"]
    assert registry.get_contexts() == ["."]
    cut = raw.get("/subjects", params={"offset": 1, "limit": 1}).json()
    assert cut == raw.get("/subjects").json()[1:2]
