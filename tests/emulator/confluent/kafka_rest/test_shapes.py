"""Every answer of Kafka REST has the fields it should have, and its links lead somewhere."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from pydantic import TypeAdapter

from ..conftest import Emulated
from ..schemas import kafka_rest as shapes

Unique = Callable[[str], str]


def read(shape: type, answer: httpx.Response) -> None:
    assert answer.status_code < 300, answer.text
    TypeAdapter(shape).validate_json(answer.content)


def test_clusters_and_brokers(emulated: Emulated, kafka: httpx.Client) -> None:
    with emulated.http("kafka") as client:
        clusters = client.get("/kafka/v3/clusters")
        read(shapes.Listing[shapes.Cluster], clusters)
        cluster = client.get(clusters.json()["data"][0]["metadata"]["self"])
    read(shapes.Cluster, cluster)
    read(shapes.Listing[shapes.Broker], kafka.get("/brokers"))
    broker = kafka.get(cluster.json()["controller"]["related"])
    read(shapes.Broker, broker)
    assert kafka.get("/brokers/2").status_code == 404
    bootstrap = emulated.running.exports["KAFKA_BOOTSTRAP_SERVERS"]
    assert bootstrap.endswith(f"{broker.json()['host']}:{broker.json()['port']}")


def test_topics_partitions_replicas_and_settings(kafka: httpx.Client, unique: Unique) -> None:
    name = unique("shaped")
    body = {"topic_name": name, "configs": [{"name": "retention.ms", "value": "1000"}]}
    read(shapes.Topic, kafka.post("/topics", json=body))
    read(shapes.Topic, kafka.get(f"/topics/{name}"))
    read(shapes.Listing[shapes.Topic], kafka.get("/topics"))
    read(shapes.Listing[shapes.Partition], kafka.get(f"/topics/{name}/partitions"))
    partition = kafka.get(f"/topics/{name}/partitions/3")
    read(shapes.Partition, partition)
    read(shapes.Replica, kafka.get(partition.json()["leader"]["related"]))
    read(shapes.Listing[shapes.Replica], kafka.get(partition.json()["replicas"]["related"]))
    for path in (f"{name}/configs", "-/configs", f"{name}/default-configs"):
        read(shapes.Listing[shapes.Config], kafka.get(f"/topics/{path}"))
    for path in (f"/topics/{name}/partitions/6", f"/topics/{name}/partitions/x/replicas"):
        missing = kafka.get(path)
        assert (missing.status_code, missing.json()["error_code"]) == (404, 40403)
        shapes.Problem.model_validate_json(missing.content)


def test_the_settings_of_a_topic_to_be_are_the_defaults(kafka: httpx.Client) -> None:
    answer = kafka.get("/topics/not-there-yet/default-configs")
    configs = {c["name"]: c["value"] for c in answer.json()["data"]}
    assert configs["cleanup.policy"] == "delete"
    assert all(c["is_default"] for c in answer.json()["data"])
