"""confluent-kafka at its day's work: topics over REST, registry, serializers, messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.serialization import (
    MessageField,
    SerializationContext,
    StringDeserializer,
    StringSerializer,
)

from runthrough.emulator.server import Running
from tests.connecting import connect
from tests.waiting import LIMIT_SECONDS, eventually

ORDER = {
    "type": "record",
    "name": "Order",
    "fields": [{"name": "id", "type": "int"}, {"name": "note", "type": ["null", "string"]}],
}
ROOM = {
    "title": "Room",
    "type": "object",
    "properties": {"number": {"type": "integer"}, "hotel": {"type": "string"}},
    "required": ["number"],
}


@pytest.fixture
def registry(running: Running) -> Iterator[SchemaRegistryClient]:
    settings = running.exports
    names = ("SCHEMA_REGISTRY_API_KEY", "SCHEMA_REGISTRY_API_SECRET")
    login = ":".join(settings[name] for name in names)
    with SchemaRegistryClient({"url": running.url, "basic.auth.user.info": login}) as client:
        yield client


@pytest.fixture
def rest(running: Running) -> Iterator[httpx.Client]:
    """The topics of the cluster, over Kafka REST."""
    settings = running.exports
    auth = (settings["KAFKA_API_KEY"], settings["KAFKA_API_SECRET"])
    address = f"{running.url}/kafka/v3/clusters/{settings['KAFKA_ID']}"
    with httpx.Client(base_url=address, auth=auth, trust_env=False) as client:
        yield client


def bootstrap(running: Running) -> str:
    return running.exports["KAFKA_BOOTSTRAP_SERVERS"].removeprefix("PLAINTEXT://")


def make(rest: httpx.Client, topic: str, partitions: int = 1) -> None:
    order = {"topic_name": topic, "partitions_count": partitions}
    assert rest.post("/topics", json=order).status_code == 201


def read(running: Running, topic: str, count: int, group: str) -> list[Any]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap(running),
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            # The mock lets nobody into a group again for that long after its last member has left.
            "session.timeout.ms": 6000,
        }
    )
    consumer.subscribe([topic])
    found: list[Any] = []

    def look() -> list[Any]:
        message = consumer.poll(1)
        if message is not None:
            assert message.error() is None
            found.append(message)
        return found

    try:
        eventually(look, lambda seen: len(seen) >= count)
        consumer.commit(asynchronous=False)
    finally:
        consumer.close()
    return found


@pytest.mark.parametrize(
    ("schema", "write_with", "read_with", "value"),
    [
        (ORDER, AvroSerializer, AvroDeserializer, {"id": 7, "note": None}),
        (ROOM, JSONSerializer, JSONDeserializer, {"number": 12, "hotel": "Ibis"}),
    ],
    ids=["avro", "json"],
)
def test_what_a_serializer_writes_its_deserializer_reads(
    running: Running,
    registry: SchemaRegistryClient,
    rest: httpx.Client,
    schema: dict[str, Any],
    write_with: Callable[..., Any],
    read_with: Callable[..., Any],
    value: dict[str, Any],
) -> None:
    topic = f"typed-{schema.get('name', schema.get('title'))}"
    make(rest, topic)
    text = json.dumps(schema)
    context = SerializationContext(topic, MessageField.VALUE)
    is_avro = write_with is AvroSerializer
    serializer = write_with(registry, text) if is_avro else write_with(text, registry)
    producer = Producer({"bootstrap.servers": bootstrap(running)})
    key = StringSerializer()("k", SerializationContext(topic, MessageField.KEY))
    producer.produce(topic, key=key, value=serializer(value, context))
    assert producer.flush(30) == 0
    (message,) = read(running, topic, 1, topic)
    reader = read_with(registry) if is_avro else read_with(text, schema_registry_client=registry)
    assert reader(message.value(), context) == value
    assert StringDeserializer()(message.key()) == "k"
    assert registry.get_latest_version(f"{topic}-value").schema.schema_type == (
        "AVRO" if is_avro else "JSON"
    )


def test_a_schema_that_breaks_its_readers_is_refused(registry: SchemaRegistryClient) -> None:
    subject = "guarded-value"
    registry.register_schema(subject, Schema(json.dumps(ORDER), "AVRO"))
    registry.set_compatibility(subject, "BACKWARD")
    price = {"name": "price", "type": "double"}
    broken = Schema(json.dumps({**ORDER, "fields": [*ORDER["fields"], price]}), "AVRO")
    assert not registry.test_compatibility(subject, broken)
    assert registry.get_versions(subject) == [1]
    assert registry.delete_subject(subject) == [1]
    assert subject not in registry.get_subjects()


def test_rows_of_sql_are_messages_and_messages_are_rows(
    running: Running, registry: SchemaRegistryClient
) -> None:
    connection = connect(running)
    connection.execute_snapshot_ddl("CREATE TABLE both_ways (id INT, hotel STRING)")
    connection.execute_streaming_ddl("INSERT INTO both_ways VALUES (1, 'Ibis')")
    (message,) = read(running, "both_ways", 1, "both-ways")
    context = SerializationContext("both_ways", MessageField.VALUE)
    assert AvroDeserializer(registry)(message.value(), context) == {"id": 1, "hotel": "Ibis"}
    schema = registry.get_latest_version("both_ways-value").schema.schema_str
    producer = Producer({"bootstrap.servers": bootstrap(running)})
    row = AvroSerializer(registry, schema, conf={"auto.register.schemas": False})
    producer.produce("both_ways", value=row({"id": 2, "hotel": "Ritz"}, context))
    assert producer.flush(30) == 0
    with connection.closing_cursor() as cursor:
        cursor.execute("SELECT * FROM both_ways")
        assert sorted(cursor.fetchall()) == [(1, "Ibis"), (2, "Ritz")]
    connection.close()


def test_a_group_goes_on_where_it_was(running: Running, rest: httpx.Client) -> None:
    make(rest, "groups", partitions=2)
    producer = Producer({"bootstrap.servers": bootstrap(running)})
    for number in range(4):
        producer.produce("groups", str(number), partition=number % 2)
    assert producer.flush(30) == 0
    assert len(read(running, "groups", 4, "reader")) == 4
    for number in range(2):
        producer.produce("groups", f"later-{number}", partition=number)
    assert producer.flush(30) == 0
    later = read(running, "groups", 2, "reader")
    assert sorted(message.value() for message in later) == [b"later-0", b"later-1"]


def test_headers_times_and_offsets_come_as_they_were_sent(
    running: Running, rest: httpx.Client
) -> None:
    make(rest, "details")
    sent: list[Any] = []
    producer = Producer({"bootstrap.servers": bootstrap(running)})
    producer.produce(
        "details",
        b"v",
        headers=[("h", b"1")],
        timestamp=1_700_000_000_000,
        on_delivery=lambda error, message: sent.append((error, message.offset())),
    )
    assert producer.flush(30) == 0
    assert sent == [(None, 0)]
    (message,) = read(running, "details", 1, "details")
    assert (message.headers(), message.timestamp()[1]) == ([("h", b"1")], 1_700_000_000_000)
    consumer = Consumer({"bootstrap.servers": bootstrap(running), "group.id": "marks"})
    assert consumer.get_watermark_offsets(TopicPartition("details", 0), timeout=LIMIT_SECONDS) == (
        0,
        1,
    )
    consumer.close()


def test_the_admin_client_makes_lists_and_deletes_topics(
    running: Running, rest: httpx.Client
) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap(running)})
    (made,) = admin.create_topics([NewTopic("by-admin", 3)]).values()
    assert made.result(LIMIT_SECONDS) is None
    topics = admin.list_topics(timeout=LIMIT_SECONDS).topics
    assert len(topics["by-admin"].partitions) == 3
    assert rest.get("/topics/by-admin").json()["partitions_count"] == 3
    (gone,) = admin.delete_topics(["by-admin"]).values()
    assert gone.result(LIMIT_SECONDS) is None
    assert rest.get("/topics/by-admin").status_code == 404


def test_transactions_are_refused_in_words(running: Running) -> None:
    """The mock would commit what was aborted, so it does not begin."""
    settings = {"transactional.id": "t", "log_level": 0}
    producer = Producer({"bootstrap.servers": bootstrap(running), **settings})
    with pytest.raises(KafkaException) as caught:
        producer.init_transactions(20)
    assert caught.value.args[0].code() == KafkaError._UNSUPPORTED_FEATURE


def test_topics_live_and_die_over_rest(rest: httpx.Client) -> None:
    make(rest, "short-lived", partitions=2)
    about = rest.get("/topics/short-lived").json()
    assert (about["partitions_count"], about["replication_factor"]) == (2, 3)
    twice = rest.post("/topics", json={"topic_name": "short-lived"})
    assert (twice.status_code, twice.json()["error_code"]) == (400, 40002)
    change = {"data": [{"name": "retention.ms", "value": "60000"}]}
    assert rest.post("/topics/short-lived/configs:alter", json=change).status_code == 204
    listed = rest.get("/topics/short-lived/configs").json()["data"]
    assert {c["name"]: c["value"] for c in listed}["retention.ms"] == "60000"
    assert rest.delete("/topics/short-lived").status_code == 204
    gone = rest.get("/topics/short-lived")
    assert (gone.status_code, gone.json()["error_code"]) == (404, 40403)
