from __future__ import annotations

from collections.abc import Callable

import confluent_sql
import httpx
import pytest
from confluent_kafka import Producer

from ..conftest import Emulated

Unique = Callable[[str], str]


def create(kafka: httpx.Client, name: str, **body: object) -> httpx.Response:
    return kafka.post("/topics", json={"topic_name": name, **body})


def test_a_topic_is_created_read_listed_and_deleted(
    emulated: Emulated, kafka: httpx.Client, unique: Unique
) -> None:
    name = unique("topic")
    made = create(kafka, name, partitions_count=3, replication_factor=3)
    assert made.status_code == 201
    topic = made.json()
    assert (topic["kind"], topic["topic_name"], topic["partitions_count"]) == (
        "KafkaTopic",
        name,
        3,
    )
    cluster = emulated.world.cluster.id
    assert topic["metadata"]["resource_name"] == f"crn:///kafka={cluster}/topic={name}"
    assert kafka.get(f"/topics/{name}").json() == topic
    assert topic in kafka.get("/topics").json()["data"]
    assert kafka.delete(f"/topics/{name}").status_code == 204
    gone = kafka.get(f"/topics/{name}")
    assert gone.status_code == 404
    assert gone.json() == {
        "error_code": 40403,
        "message": "This server does not host this topic-partition.",
    }
    assert kafka.delete(f"/topics/{name}").status_code == 404


def test_links_of_a_topic_can_be_followed(
    emulated: Emulated, kafka: httpx.Client, unique: Unique
) -> None:
    topic = create(kafka, unique("linked"), partitions_count=2).json()
    with emulated.http("kafka") as client:
        partitions = client.get(topic["partitions"]["related"]).json()["data"]
        assert [p["partition_id"] for p in partitions] == [0, 1]
        for partition in partitions:
            assert client.get(partition["metadata"]["self"]).json() == partition
        for config in client.get(topic["configs"]["related"]).json()["data"]:
            assert client.get(config["metadata"]["self"]).json() == config


def test_a_setting_of_its_own_is_told_apart_from_a_default(
    kafka: httpx.Client, unique: Unique
) -> None:
    name = unique("configured")
    create(kafka, name, configs=[{"name": "cleanup.policy", "value": "compact"}])
    configs = {c["name"]: c for c in kafka.get(f"/topics/{name}/configs").json()["data"]}
    own, default = configs["cleanup.policy"], configs["retention.ms"]
    assert (own["value"], own["source"]) == ("compact", "DYNAMIC_TOPIC_CONFIG")
    assert (default["is_default"], default["source"]) == (True, "DEFAULT_CONFIG")
    missing = kafka.get(f"/topics/{name}/configs/no.such")
    assert (missing.status_code, missing.json()["error_code"]) == (404, 40404)


def test_a_topic_of_rest_is_a_table_and_a_table_is_a_topic(
    kafka: httpx.Client, driver: confluent_sql.Connection, unique: Unique
) -> None:
    topic, table = unique("topic"), unique("table")
    create(kafka, topic).raise_for_status()
    driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT) DISTRIBUTED INTO 2 BUCKETS")
    with driver.closing_cursor() as cursor:
        cursor.execute("SHOW TABLES")
        assert {(topic,), (table,)} <= set(cursor.fetchall())
    assert kafka.get(f"/topics/{table}").json()["partitions_count"] == 2


def test_a_topic_of_rest_takes_records_of_a_kafka_client(
    emulated: Emulated, kafka: httpx.Client, unique: Unique
) -> None:
    name = unique("written")
    create(kafka, name, partitions_count=1).raise_for_status()
    bootstrap = emulated.running.exports["KAFKA_BOOTSTRAP_SERVERS"].partition("://")[2]
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(name, value=b"hello")
    assert producer.flush(10) == 0
    assert [record.value for record in emulated.running.engine.records(name)] == [b"hello"]


def test_a_second_topic_of_a_name_is_refused(kafka: httpx.Client, unique: Unique) -> None:
    name = unique("taken")
    create(kafka, name).raise_for_status()
    answer = create(kafka, name)
    assert answer.status_code == 400
    assert answer.json() == {"error_code": 40002, "message": f"Topic '{name}' already exists."}


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "a b", "x" * 250, "é", None, 1])
def test_a_name_kafka_does_not_allow_is_refused(kafka: httpx.Client, name: object) -> None:
    answer = kafka.post("/topics", json={"topic_name": name})
    assert (answer.status_code, answer.json()["error_code"]) == (400, 40002)


@pytest.mark.parametrize(
    "body",
    [
        {"partitions_count": 0},
        {"partitions_count": 101},
        {"partitions_count": "6"},
        {"partitions_count": True},
        {"configs": {"a": "b"}},
        {"configs": [{"name": "retention.ms", "value": 1}]},
        {"configs": ["x"]},
        {"configs": [{"name": "no.such", "value": "1"}]},
        {"configs": [{"name": "retention.ms", "value": "soon"}]},
        {"configs": [{"name": "cleanup.policy", "value": "burn"}]},
        {"configs": [{"name": "flush.ms", "value": "1"}]},
        {"replication_factor": 1},
        {"replication_factor": "3"},
        {"validate_only": "yes"},
    ],
)
def test_a_malformed_topic_is_refused(
    kafka: httpx.Client, unique: Unique, body: dict[str, object]
) -> None:
    answer = create(kafka, unique("bad"), **body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, 40002)


def test_an_unknown_field_is_refused(kafka: httpx.Client, unique: Unique) -> None:
    answer = create(kafka, unique("bad"), partition_count=3)
    assert (answer.status_code, answer.json()["error_code"]) == (400, 400)
    assert "partition_count" in answer.json()["message"]


def test_a_topic_that_is_only_validated_is_not_made(kafka: httpx.Client, unique: Unique) -> None:
    name = unique("checked")
    made = create(kafka, name, partitions_count=2, validate_only=True)
    assert (made.status_code, made.json()["partitions_count"]) == (201, 2)
    assert kafka.get(f"/topics/{name}").status_code == 404


def test_an_empty_topic_takes_more_partitions(
    kafka: httpx.Client, driver: confluent_sql.Connection, unique: Unique
) -> None:
    name = unique("growing")
    create(kafka, name, partitions_count=2)
    grown = kafka.patch(f"/topics/{name}", json={"partitions_count": 5})
    assert (grown.status_code, grown.json()["partitions_count"]) == (200, 5)
    assert kafka.get(f"/topics/{name}").json() == grown.json()
    for count, said in ((5, "already has 5"), (4, "higher than the requested 4"), (0, "from 1")):
        answer = kafka.patch(f"/topics/{name}", json={"partitions_count": count})
        assert (answer.status_code, answer.json()["error_code"]) == (400, 40002)
        assert said in answer.json()["message"]
    sent = kafka.post(f"/topics/{name}/records", json={"partition_id": 4})
    assert sent.json()["error_code"] == 200
    with driver.closing_cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM `{name}`")
        assert cursor.fetchall() == [(1,)]
    late = kafka.patch(f"/topics/{name}", json={"partitions_count": 6})
    assert (late.status_code, "holds records" in late.json()["message"]) == (501, True)


def test_the_cluster_is_described_and_another_is_not_found(emulated: Emulated) -> None:
    cluster = emulated.world.cluster.id
    with emulated.http("kafka") as client:
        assert client.get(f"/kafka/v3/clusters/{cluster}").json()["cluster_id"] == cluster
        answer = client.get("/kafka/v3/clusters/lkc-nope/topics")
    assert (answer.status_code, "lkc-nope" in answer.text) == (404, True)


def test_the_wrong_key_gets_a_page_of_html(emulated: Emulated) -> None:
    for scope in (None, "cloud", "schema-registry"):
        with emulated.http(scope) as client:
            answer = client.get(f"/kafka/v3/clusters/{emulated.world.cluster.id}/topics")
        assert answer.status_code == 401
        assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/links"),
        ("GET", "/broker-configs"),
    ],
)
def test_what_is_not_emulated_says_so(kafka: httpx.Client, method: str, path: str) -> None:
    answer = kafka.request(method, path)
    assert (answer.status_code, answer.json()["error_code"]) == (501, 501)
    assert "the live target has it" in answer.json()["message"]
