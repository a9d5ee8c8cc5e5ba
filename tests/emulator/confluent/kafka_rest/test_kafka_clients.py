"""What Kafka's own clients may do with the broker, and what it refuses them at once."""

from __future__ import annotations

from collections.abc import Callable

import confluent_sql
import httpx
import pytest
from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
)

from tests.waiting import eventually

Unique = Callable[[str], str]

EVERYBODY = AclBinding(
    ResourceType.TOPIC,
    "t",
    ResourcePatternType.LITERAL,
    "User:*",
    "*",
    AclOperation.READ,
    AclPermissionType.ALLOW,
)


@pytest.fixture
def topic(kafka: httpx.Client, unique: Unique) -> str:
    name = unique("clients")
    kafka.post("/topics", json={"topic_name": name, "partitions_count": 2}).raise_for_status()
    return name


@pytest.fixture
def admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})


def test_an_admin_client_sees_topics_offsets_and_the_cluster(
    kafka: httpx.Client, admin: AdminClient, topic: str
) -> None:
    kafka.post(f"/topics/{topic}/records", json={"partition_id": 1}).raise_for_status()
    assert len(admin.list_topics(timeout=10).topics[topic].partitions) == 2
    place = TopicPartition(topic, 1)
    asked = admin.list_offsets({place: OffsetSpec.latest()}, request_timeout=10)
    assert asked[place].result().offset == 1
    cluster = admin.describe_cluster(request_timeout=10).result()
    assert [node.id for node in cluster.nodes] == [1]
    assert cluster.controller is not None


def test_an_admin_client_reads_what_a_group_committed(
    bootstrap: str, admin: AdminClient, topic: str, unique: Unique
) -> None:
    group = unique("group")
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "log_level": 0})
    consumer.commit(offsets=[TopicPartition(topic, 0, 7)], asynchronous=False)
    consumer.close()
    asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])
    answer = admin.list_consumer_group_offsets([asked], request_timeout=10)[group].result()
    assert [place.offset for place in answer.topic_partitions] == [7]


def test_an_admin_client_is_told_at_once_what_is_not_there(admin: AdminClient) -> None:
    with pytest.raises(KafkaException) as caught:
        admin.create_acls([EVERYBODY], request_timeout=20)[EVERYBODY].result()
    assert caught.value.args[0].code() == KafkaError._UNSUPPORTED_FEATURE


def test_a_transaction_is_refused_before_it_begins(
    kafka: httpx.Client, bootstrap: str, topic: str
) -> None:
    """An aborted one would stay visible to readers of committed records: nothing is written."""
    settings = {"bootstrap.servers": bootstrap, "transactional.id": topic, "log_level": 0}
    producer = Producer({**settings, "error_cb": lambda _: None})
    with pytest.raises(KafkaException) as caught:
        producer.init_transactions(20)
    assert caught.value.args[0].code() == KafkaError._UNSUPPORTED_FEATURE
    with pytest.raises(KafkaException):
        producer.produce(topic, b"lost")
    first = kafka.post(f"/topics/{topic}/records", json={"partition_id": 0}).json()
    assert first["offset"] == 0


def test_an_idempotent_producer_and_a_group_share_the_work(
    bootstrap: str, topic: str, driver: confluent_sql.Connection, unique: Unique
) -> None:
    producer = Producer(
        {"bootstrap.servers": bootstrap, "enable.idempotence": True, "log_level": 0}
    )
    for number in range(20):
        producer.produce(topic, str(number).encode(), partition=number % 2)
    assert producer.flush(20) == 0
    config = {
        "bootstrap.servers": bootstrap,
        "group.id": unique("pair"),
        "auto.offset.reset": "earliest",
        "log_level": 0,
    }
    members = [Consumer(config), Consumer(config)]
    seen: set[int] = set()

    def look() -> set[int]:
        for member in members:
            message = member.poll(0.1)
            if message is not None and message.error() is None:
                seen.add(int(message.value() or b""))
        return seen

    try:
        for member in members:
            member.subscribe([topic])
        eventually(look, lambda numbers: len(numbers) == 20)
    finally:
        for member in members:
            member.close()
    assert seen == set(range(20))
    with driver.closing_cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM `{topic}`")
        assert cursor.fetchall() == [(20,)]


def test_a_topic_nobody_made_appears_by_being_written_to(
    kafka: httpx.Client, bootstrap: str, unique: Unique
) -> None:
    name = unique("by-itself")
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0})
    producer.produce(name, b"x")
    assert producer.flush(20) == 0
    assert kafka.get(f"/topics/{name}").json()["partitions_count"] == 4
    assert kafka.delete(f"/topics/{name}").status_code == 204
