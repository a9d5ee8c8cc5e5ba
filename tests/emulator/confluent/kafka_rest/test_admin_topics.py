"""Topics that Kafka's own AdminClient makes, changes and deletes: as Kafka REST would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import confluent_sql
import httpx
import pytest
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

Unique = Callable[[str], str]
_SECONDS = 60


@pytest.fixture
def admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})


def make(admin: AdminClient, *args: Any, validate_only: bool = False, **more: Any) -> None:
    topic = NewTopic(*args, **more)
    made = admin.create_topics([topic], request_timeout=_SECONDS, validate_only=validate_only)
    made[topic.topic].result()


def refused(act: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(KafkaException) as caught:
        act()
    error = caught.value.args[0]
    return error.code(), error.str()


def test_a_topic_is_a_table_and_known_to_rest(
    admin: AdminClient, kafka: httpx.Client, driver: confluent_sql.Connection, unique: Unique
) -> None:
    name = unique("made")
    make(admin, name, 2, 3, config={"retention.ms": "3600000"})
    assert kafka.get(f"/topics/{name}").json()["partitions_count"] == 2
    assert kafka.get(f"/topics/{name}/configs/retention.ms").json()["value"] == "3600000"
    with driver.closing_cursor() as cursor:
        cursor.execute(f"SHOW CREATE TABLE `{name}`")
        [(text,)] = cursor.fetchall()
    assert "1 h" in text
    admin.delete_topics([name], request_timeout=_SECONDS)[name].result()
    assert kafka.get(f"/topics/{name}").status_code == 404


def test_the_clusters_own_numbers_are_taken_where_none_are_given(
    admin: AdminClient, kafka: httpx.Client, unique: Unique
) -> None:
    name = unique("plain")
    make(admin, name)
    assert kafka.get(f"/topics/{name}").json()["partitions_count"] == 6


def test_what_is_only_validated_is_not_made(
    admin: AdminClient, kafka: httpx.Client, unique: Unique
) -> None:
    name = unique("thought")
    make(admin, name, 1, validate_only=True)
    assert kafka.get(f"/topics/{name}").status_code == 404


@pytest.mark.parametrize(
    ("wanted", "code", "words"),
    [
        ({"num_partitions": 0}, KafkaError.INVALID_PARTITIONS, "partitions_count"),
        ({"num_partitions": 101}, KafkaError.INVALID_PARTITIONS, "from 1 to 100"),
        ({"replication_factor": 1}, KafkaError.INVALID_REPLICATION_FACTOR, "must be 3"),
        ({"config": {"retention.ms": "soon"}}, KafkaError.INVALID_CONFIG, "retention.ms"),
        ({"config": {"no.such": "1"}}, KafkaError.INVALID_CONFIG, "no.such"),
        ({"config": {"segment.jitter.ms": "1"}}, KafkaError.INVALID_CONFIG, "cannot be altered"),
        ({"topic": "a b"}, KafkaError.TOPIC_EXCEPTION, "a b"),
        ({"replica_assignment": [[1]]}, KafkaError.INVALID_REQUEST, "not emulated"),
    ],
)
def test_what_the_cluster_refuses_is_refused_in_its_words(
    admin: AdminClient, unique: Unique, wanted: dict[str, Any], code: int, words: str
) -> None:
    wanted = {"topic": unique("not"), "num_partitions": 1, **wanted}
    found, text = refused(lambda: make(admin, **wanted))
    assert (found, words in text) == (code, True), text


def test_of_several_each_has_its_own_answer(admin: AdminClient, unique: Unique) -> None:
    good, bad = unique("good"), unique("bad")
    made = admin.create_topics([NewTopic(good, 1), NewTopic(bad, 0)], request_timeout=_SECONDS)
    assert made[good].result() is None
    assert refused(made[bad].result)[0] == KafkaError.INVALID_PARTITIONS
    assert refused(lambda: make(admin, good, 1))[0] == KafkaError.TOPIC_ALREADY_EXISTS
    gone = admin.delete_topics([good, bad], request_timeout=_SECONDS)
    assert gone[good].result() is None
    assert refused(gone[bad].result)[0] == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_partitions_are_added_where_there_is_no_record(
    admin: AdminClient, bootstrap: str, kafka: httpx.Client, unique: Unique
) -> None:
    name = unique("grown")
    make(admin, name, 2)

    def grow(count: int, **more: Any) -> None:
        wanted = NewPartitions(name, count)
        admin.create_partitions([wanted], request_timeout=_SECONDS, **more)[name].result()

    grow(5, validate_only=True)
    grow(3)
    assert kafka.get(f"/topics/{name}").json()["partitions_count"] == 3
    assert refused(lambda: grow(1))[0] == KafkaError.INVALID_PARTITIONS
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0})
    producer.produce(name, b"x")
    assert producer.flush(_SECONDS) == 0
    code, text = refused(lambda: grow(4))
    assert (code, "holds records" in text) == (KafkaError.INVALID_REQUEST, True)


def test_settings_are_read_and_altered(
    admin: AdminClient, kafka: httpx.Client, unique: Unique
) -> None:
    name = unique("set")
    make(admin, name, 1)

    def entries(kind: ResourceType = ResourceType.TOPIC, of: str = name) -> dict[str, ConfigEntry]:
        asked = ConfigResource(kind, of)
        found = admin.describe_configs([asked], request_timeout=_SECONDS)[asked].result()
        return dict(found)

    def alter(setting: str, operation: AlterConfigOpType, value: str | None) -> None:
        change = ConfigEntry(setting, value, incremental_operation=operation)
        resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=[change])
        admin.incremental_alter_configs([resource], request_timeout=_SECONDS)[resource].result()

    default = kafka.get(f"/topics/{name}/default-configs").json()["data"]
    assert {e.name: e.value for e in entries().values()} == {c["name"]: c["value"] for c in default}
    alter("retention.ms", AlterConfigOpType.SET, "7200000")
    seen = entries()["retention.ms"]
    assert (seen.value, seen.source) == (
        "7200000",
        ConfigSource.DYNAMIC_TOPIC_CONFIG.value,
    )
    assert kafka.get(f"/topics/{name}/configs/retention.ms").json()["value"] == "7200000"
    alter("retention.ms", AlterConfigOpType.DELETE, None)
    assert entries()["retention.ms"].is_default
    assert entries()["segment.jitter.ms"].is_read_only
    for setting, operation, value in (
        ("retention.ms", AlterConfigOpType.SET, "soon"),
        ("no.such", AlterConfigOpType.SET, "1"),
    ):
        case = (setting, operation, value)
        assert refused(lambda case=case: alter(*case))[0] == KafkaError.INVALID_CONFIG  # type: ignore[misc]
    assert (
        refused(lambda: alter("cleanup.policy", AlterConfigOpType.APPEND, "compact"))[0]
        == KafkaError.INVALID_REQUEST
    )
    assert refused(lambda: entries(of="nowhere"))[0] == KafkaError.UNKNOWN_TOPIC_OR_PART
    assert refused(lambda: entries(ResourceType.BROKER, "1"))[0] == KafkaError.INVALID_REQUEST
