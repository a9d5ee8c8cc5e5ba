"""Consumer groups as Kafka REST tells of them, joined and committed by real consumers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from confluent_kafka import Consumer, TopicPartition

from tests.waiting import eventually

from ..schemas.kafka_rest import (
    Assignment,
    ConsumerGroup,
    GroupConsumer,
    Lag,
    LagSummary,
    Listing,
)

Unique = Callable[[str], str]


@pytest.fixture
def group(kafka: httpx.Client, bootstrap: str, unique: Unique) -> tuple[str, str]:
    """A group that has read 3 of 5 records of partition 0, and 1 of 1 of partition 1."""
    group, topic = unique("grüppe/1"), unique("read")
    kafka.post("/topics", json={"topic_name": topic, "partitions_count": 3}).raise_for_status()
    for partition in (0, 0, 0, 0, 0, 1):
        kafka.post(f"/topics/{topic}/records", json={"partition_id": partition}).raise_for_status()
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "log_level": 0})
    places = [TopicPartition(topic, 0, 3), TopicPartition(topic, 1, 1)]
    consumer.commit(offsets=places, asynchronous=False)
    consumer.close()
    return group, topic


def test_lags_are_what_is_left_to_read(kafka: httpx.Client, group: tuple[str, str]) -> None:
    name, topic = group
    path = f"/consumer-groups/{name.replace('/', '%2F')}"
    found = Listing[Lag].model_validate_json(kafka.get(f"{path}/lags").content).data
    assert [(lag.topic_name, lag.partition_id, lag.lag) for lag in found] == [
        (topic, 0, 2),
        (topic, 1, 0),
    ]
    assert (found[0].current_offset, found[0].log_end_offset) == (3, 5)
    for lag in found:
        assert kafka.get(lag.metadata.self).json() == lag.model_dump()
    summary = LagSummary.model_validate_json(kafka.get(f"{path}/lag-summary").content)
    assert (summary.max_lag, summary.total_lag, summary.max_lag_partition_id) == (2, 2, 0)
    assert kafka.get(summary.max_lag_partition.related).json()["partition_id"] == 0
    assert kafka.get(f"{path}/lags/{topic}/partitions/2").status_code == 404


def test_a_group_that_committed_nothing_is_not_known(kafka: httpx.Client) -> None:
    for path in ("", "/consumers", "/lags", "/lag-summary", "/lags/t/partitions/0"):
        answer = kafka.get(f"/consumer-groups/nobody{path}")
        assert (answer.status_code, "nobody" in answer.json()["message"]) == (404, True)


def test_what_only_committed_offsets_is_a_simple_group(
    kafka: httpx.Client, group: tuple[str, str]
) -> None:
    name, _ = group
    found = Listing[ConsumerGroup].model_validate_json(kafka.get("/consumer-groups").content).data
    [ours] = [one for one in found if one.consumer_group_id == name]
    assert (ours.is_simple, ours.state, ours.partition_assignor) == (True, "EMPTY", "")
    assert kafka.get(ours.metadata.self).json() == ours.model_dump()
    assert kafka.get(ours.consumer.related).json()["data"] == []
    assert kafka.get(ours.lag_summary.related).json()["max_lag_consumer_id"] == ""
    assert kafka.get(ours.coordinator.related).json()["broker_id"] == 1


@contextmanager
def reading(bootstrap: str, group: str, topic: str, **more: Any) -> Iterator[Consumer]:
    """Give a consumer that has read something, and so has its assignment."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "client.id": "reader",
            "auto.offset.reset": "earliest",
            "log_level": 0,
            **more,
        }
    )
    consumer.subscribe([topic])
    try:
        eventually(lambda: consumer.poll(0.1), lambda message: message is not None)
        yield consumer
    finally:
        consumer.close()


@pytest.mark.parametrize(
    ("protocol", "assignor"),
    [
        (
            {"partition.assignment.strategy": "roundrobin", "group.instance.id": "seat-1"},
            "roundrobin",
        ),
        ({"partition.assignment.strategy": "cooperative-sticky"}, "cooperative-sticky"),
        ({"group.protocol": "consumer"}, "uniform"),
    ],
)
def test_members_are_told_with_what_they_read(
    kafka: httpx.Client,
    bootstrap: str,
    unique: Unique,
    group: tuple[str, str],
    protocol: dict[str, str],
    assignor: str,
) -> None:
    _, topic = group
    name = unique("members")
    path = f"/consumer-groups/{name}"
    with reading(bootstrap, name, topic, **protocol) as consumer:
        consumer.commit(offsets=[TopicPartition(topic, 0, 3)], asynchronous=False)
        seen = ConsumerGroup.model_validate_json(kafka.get(path).content)
        assert (seen.is_simple, seen.state, seen.partition_assignor) == (False, "STABLE", assignor)
        listed = kafka.get(seen.consumer.related).content
        [member] = Listing[GroupConsumer].model_validate_json(listed).data
        assert member.client_id == "reader"
        assert member.instance_id == protocol.get("group.instance.id")
        assert kafka.get(member.metadata.self).json() == member.model_dump()
        listed = kafka.get(member.assignments.related).content
        places = Listing[Assignment].model_validate_json(listed).data
        assert [(one.topic_name, one.partition_id) for one in places] == [
            (topic, number) for number in range(3)
        ]
        assert kafka.get(places[0].metadata.self).json() == places[0].model_dump()
        assert kafka.get(places[0].partition.related).json()["partition_id"] == 0
        lag = Lag.model_validate_json(kafka.get(places[0].lag.related).content)
        assert (lag.lag, lag.consumer_id, lag.client_id, lag.instance_id) == (
            2,
            member.consumer_id,
            "reader",
            member.instance_id,
        )
        summary = LagSummary.model_validate_json(kafka.get(f"{path}/lag-summary").content)
        assert summary.max_lag_consumer_id == member.consumer_id
        assert kafka.get(summary.max_lag_consumer.related).json() == member.model_dump()
        for gone in (
            f"{path}/consumers/nobody",
            f"{member.assignments.related}/{topic}/partitions/9",
        ):
            assert kafka.get(gone).status_code == 404
    if "group.instance.id" not in protocol:  # a static member does not leave
        eventually(lambda: kafka.get(path).json()["state"] == "EMPTY")
