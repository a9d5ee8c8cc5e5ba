"""The Schema Registry, judged by Confluent's own client and serializers, and by raw requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import confluent_sql
import httpx
import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.waiting import eventually

from ..conftest import Emulated

Unique = Callable[[str], str]
Clients = Callable[[], SchemaRegistryClient]
MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"


def record(*fields: dict[str, Any], name: str = "Order") -> str:
    return json.dumps({"type": "record", "name": name, "fields": list(fields)})


ID = {"name": "id", "type": "int"}
NOTE = {"name": "note", "type": ["null", "string"], "default": None}
PRICE = {"name": "price", "type": "double"}
ORDER = record(ID, NOTE)


def code(answer: httpx.Response) -> tuple[int, int]:
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["message"]
    return answer.status_code, answer.json()["error_code"]


# --- serializers --------------------------------------------------------------------------------


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


# --- subjects and versions ----------------------------------------------------------------------


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


# --- levels, modes, compatibility ---------------------------------------------------------------


def test_a_schema_old_readers_data_cannot_fill_is_refused(
    registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("strict")
    registry.register_schema(subject, Schema(ORDER))
    assert registry.test_compatibility(subject, Schema(record(ID)))
    assert not registry.test_compatibility(subject, Schema(record(ID, PRICE)))
    assert not registry.test_compatibility_all_versions(subject, Schema(record(ID, PRICE)))
    with pytest.raises(SchemaRegistryError) as caught:
        registry.register_schema(subject, Schema(record(ID, PRICE)))
    assert (caught.value.http_status_code, caught.value.error_code) == (409, 409)
    assert subject in caught.value.error_message
    assert "price" in caught.value.error_message
    registry.set_compatibility(subject, "NONE")
    assert registry.test_compatibility(subject, Schema(record(ID, PRICE)))
    registry.register_schema(subject, Schema(record(ID, PRICE)))
    assert registry.get_versions(subject) == [1, 2]


def test_a_check_against_one_version_looks_at_that_one_only(
    registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject, note = unique("steps"), {"name": "note", "type": "string"}
    registry.set_compatibility(subject, "NONE")
    registry.register_schema(subject, Schema(record(ID, note)))
    registry.register_schema(subject, Schema(record(ID)))
    registry.set_compatibility(subject, "BACKWARD_TRANSITIVE")
    wanted = Schema(record(ID, note))
    assert registry.test_compatibility(subject, wanted, version=1)
    assert not registry.test_compatibility(subject, wanted, version=2)
    assert not registry.test_compatibility_all_versions(subject, wanted)


def test_a_check_gives_its_reasons_when_it_is_asked_for_them(
    raw: httpx.Client, registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("why")
    registry.register_schema(subject, Schema(ORDER))
    path, body = f"/compatibility/subjects/{subject}/versions/latest", {"schema": record(PRICE)}
    assert raw.post(path, json=body).json() == {"is_compatible": False, "messages": []}
    told = raw.post(path + "?verbose=true", json=body).json()
    assert "price" in " ".join(told["messages"])


def test_a_check_that_cannot_be_done_is_not_pretended(
    raw: httpx.Client, registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("json")
    registry.register_schema(subject, Schema('{"type":"string"}', "JSON"))
    body = {"schema": '{"not":{"type":"string"}}', "schemaType": "JSON"}
    for path in (
        f"/compatibility/subjects/{subject}/versions/latest",
        f"/subjects/{subject}/versions",
    ):
        answer = raw.post(path, json=body)
        assert code(answer) == (501, 501)
        assert "`not`" in answer.json()["message"]


def test_a_level_is_set_read_and_taken_back(registry: SchemaRegistryClient, unique: Unique) -> None:
    subject = unique("level")
    assert registry.get_compatibility() == "BACKWARD"
    with pytest.raises(SchemaRegistryError) as caught:
        registry.get_compatibility(subject)
    assert (caught.value.http_status_code, caught.value.error_code) == (404, 40408)
    assert registry.set_compatibility(subject, "full") == {"compatibility": "FULL"}
    assert registry.get_compatibility(subject) == "FULL"
    registry.delete_config(subject)
    with pytest.raises(SchemaRegistryError):
        registry.get_compatibility(subject)


def test_a_subject_that_is_read_only_takes_no_schema(
    registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("frozen")
    assert registry.get_global_mode() == "READWRITE"
    assert registry.update_mode(subject, "READONLY") == "READONLY"
    assert registry.get_mode(subject) == "READONLY"
    with pytest.raises(SchemaRegistryError) as caught:
        registry.register_schema(subject, Schema(ORDER))
    assert (caught.value.http_status_code, caught.value.error_code) == (422, 42205)
    registry.delete_mode(subject)
    registry.register_schema(subject, Schema(ORDER))


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/subjects/nobody/versions", (404, 40401)),
        ("GET", "/subjects/nobody/versions/latest", (404, 40401)),
        ("GET", "/subjects/nobody/versions/0", (422, 42202)),
        ("GET", "/subjects/nobody/versions/-2", (422, 42202)),
        ("GET", "/subjects/nobody/versions/99999999999999", (422, 42202)),
        ("GET", "/subjects/nobody/versions/%D9%A1", (422, 42202)),
        ("GET", "/subjects/a%00b/versions", (422, 42208)),
        ("GET", "/subjects/:.other:a/versions", (501, 501)),
        ("DELETE", "/subjects/nobody", (404, 40401)),
        ("GET", "/schemas/ids/1", (404, 40403)),
        ("GET", "/schemas/ids/x", (404, 404)),
        ("GET", "/schemas/ids/" + "9" * 5000, (404, 404)),
        ("GET", "/schemas/ids/100001?format=serialized", (501, 501)),
        ("GET", "/schemas/guids/nobody", (404, 40403)),
        ("GET", "/subjects?limit=x", (400, 400)),
        ("GET", "/subjects?subjectPrefix=:.other:", (501, 501)),
        ("GET", "/exporters", (501, 501)),
        ("GET", "/catalog/v1/search/attribute", (501, 501)),
        ("GET", "/mode/nobody", (404, 40409)),
        ("DELETE", "/mode/nobody", (404, 40401)),
        ("DELETE", "/config/nobody", (404, 40401)),
        ("GET", "/associations/resources/-/orders?resourceType=topic", (404, 40401)),
        ("PATCH", "/subjects/nobody", (405, 405)),
    ],
)
def test_what_cannot_be_answered_has_the_registrys_form(
    raw: httpx.Client, method: str, path: str, expected: tuple[int, int]
) -> None:
    assert code(raw.request(method, path)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (422, 42201)),
        ({"schema": ""}, (422, 42201)),
        ({"schema": {"type": "int"}}, (422, 42201)),
        ({"schema": "{"}, (422, 42201)),
        ({"schema": '{"type":"nope"}'}, (422, 42201)),
        ({"schema": '{"type":"record"}'}, (422, 42201)),
        ({"schema": '"int"', "schemaType": "XML"}, (422, 42201)),
        ({"schema": '"int"', "schemaType": 3}, (422, 42201)),
        ({"schema": '"int"', "references": "x"}, (422, 42201)),
        ({"schema": '"int"', "references": [{"name": "x"}]}, (422, 42201)),
        (
            {"schema": '"int"', "references": [{"name": "x", "subject": "no", "version": 1}]},
            (422, 42201),
        ),
        ({"schema": "[" * 100_000}, (422, 42201)),
        ({"schema": '"int"', "metadata": {"tags": 1}}, (422, 42201)),
        ({"schema": '"int"', "metadata": {"owner": "x"}}, (422, 42201)),
        ({"schema": '"int"', "ruleSet": {"domainRules": [{}]}}, (422, 42210)),
        ({"schema": '"int"', "ruleSet": {"rules": []}}, (422, 42210)),
        ({"schema": '"int"', "schemaTagsToAdd": [{}]}, (501, 501)),
        ({"schema": '"int"', "schemer": "x"}, (422, 422)),
        ({"schema": '"int"', "id": "x"}, (422, 42201)),
        ({"schema": '"int"', "id": 5}, (422, 42205)),
        ({"schema": '{"type": 1}', "schemaType": "JSON"}, (422, 42201)),
        ({"schema": "message {", "schemaType": "PROTOBUF"}, (422, 42201)),
        ([], (400, 400)),
    ],
)
def test_what_is_no_schema_is_refused_and_leaves_no_subject(
    raw: httpx.Client, unique: Unique, body: object, expected: tuple[int, int]
) -> None:
    subject = unique("bad")
    assert code(raw.post(f"/subjects/{subject}/versions", json=body)) == expected
    assert raw.get("/subjects", params={"subjectPrefix": subject}).json() == []


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/config", {"compatibility": "SOMETIMES"}, (422, 42203)),
        ("/config", {}, (422, 42203)),
        ("/config/s", {"compatibility": "FULL", "alias": "x"}, (501, 501)),
        ("/config/s", {"compatibility": "FULL", "level": "x"}, (422, 422)),
        ("/config/s", {"normalize": "yes"}, (422, 422)),
        ("/config/s", {"defaultMetadata": {"tags": 3}}, (422, 42201)),
        ("/mode", {"mode": "SIDEWAYS"}, (422, 42204)),
        ("/mode", {"mode": None}, (422, 42204)),
        ("/mode/s", {"mode": "FORWARD"}, (501, 501)),
        ("/mode/s", {"mode": "READONLY_OVERRIDE"}, (422, 42204)),
    ],
)
def test_settings_that_do_not_exist_are_refused(
    raw: httpx.Client, path: str, body: object, expected: tuple[int, int]
) -> None:
    assert code(raw.put(path, json=body)) == expected


def test_keys_of_other_services_stay_outside(emulated: Emulated) -> None:
    for scope in ("kafka", "flink", "cloud", None):
        with emulated.http(scope) as client:
            answer = client.get("/subjects")
            assert code(answer) == (401, 401)
            assert answer.headers["www-authenticate"].startswith("Basic")
    with emulated.http("global") as client:
        assert client.get("/subjects").status_code == 200


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["schema", "schemaType", "references", "name", "version"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=8,
    )
)
def test_no_body_breaks_a_registration(raw: httpx.Client, body: object) -> None:
    answer = raw.post("/subjects/any/versions", json=body)
    assert answer.status_code in {200, 400, 409, 422, 501}
