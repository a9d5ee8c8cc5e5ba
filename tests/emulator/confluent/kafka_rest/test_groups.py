"""How far consumer groups are, committed by real consumers."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from confluent_kafka import Consumer, TopicPartition

from ..schemas.kafka_rest import Lag, LagSummary, Listing

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
    for path in ("lags", "lag-summary", "lags/t/partitions/0"):
        answer = kafka.get(f"/consumer-groups/nobody/{path}")
        assert (answer.status_code, "nobody" in answer.json()["message"]) == (404, True)
