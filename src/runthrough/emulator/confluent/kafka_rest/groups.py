"""Kafka REST v3: how far consumer groups have come.

The mock broker tells what a group has committed, and nothing else: not which groups there are, not
who is in one. So lags are answered for a group that is named, with empty strings for the consumer
nobody can tell, and the rest is 501. The shapes are those of the public API reference of Kafka
REST v3; a group that has committed nothing is not known (404).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply
from runthrough.emulator.confluent.kafka_rest.parts import (
    Cluster,
    Json,
    cluster_of,
    listing,
    unknown_topic,
)
from runthrough.errors import EmulatorError

NOBODY = ""


@dataclass(frozen=True)
class Lag:
    """How far a group is behind in one partition."""

    topic: str
    partition: int
    current: int
    end: int

    @property
    def records(self) -> int:
        """How many records are still to be read."""
        return max(self.end - self.current, 0)


def get_lag_summary(cloud: Cloud, call: Call) -> Reply:
    """GET …/consumer-groups/{group}/lag-summary."""
    cluster = cluster_of(cloud, call)
    address, lags = _address(cluster, call), _lags(cluster, call)
    worst = max(lags, key=lambda lag: lag.records)
    partition = f"{cluster.root}/topics/{worst.topic}/partitions/{worst.partition}"
    crn = ("consumer-group", call.params["group"])
    return reply(
        {
            **cluster.resource("KafkaConsumerGroupLagSummary", f"{address}/lag-summary", crn),
            "consumer_group_id": call.params["group"],
            "max_lag_consumer_id": NOBODY,
            "max_lag_instance_id": None,
            "max_lag_client_id": NOBODY,
            "max_lag_topic_name": worst.topic,
            "max_lag_partition_id": worst.partition,
            "max_lag": worst.records,
            "total_lag": sum(lag.records for lag in lags),
            "max_lag_consumer": {"related": f"{address}/consumers/{NOBODY}"},
            "max_lag_partition": {"related": partition},
        }
    )


def list_lags(cloud: Cloud, call: Call) -> Reply:
    """GET …/consumer-groups/{group}/lags: of every partition the group has committed."""
    cluster = cluster_of(cloud, call)
    lags = [_render(cluster, call, lag) for lag in _lags(cluster, call)]
    return listing(call, "KafkaConsumerLagList", lags)


def get_lag(cloud: Cloud, call: Call) -> Reply:
    """GET …/consumer-groups/{group}/lags/{topic}/partitions/{partition}."""
    cluster = cluster_of(cloud, call)
    wanted = call.params["topic"], call.params["partition"]
    for lag in _lags(cluster, call):
        if (lag.topic, str(lag.partition)) == wanted:
            return reply(_render(cluster, call, lag))
    raise unknown_topic()


def _lags(cluster: Cluster, call: Call) -> list[Lag]:
    """Return the lags of a group by topic and partition. Raises Refusal (404) without any."""
    group = call.params["group"]
    try:
        committed = cluster.broker.committed(group)
    except EmulatorError as e:
        raise Refusal(503, str(e)) from e
    if not committed:
        raise Refusal(404, f"Consumer group {group} cannot be found.", code=404)
    ends = {topic: cluster.broker.end_offsets(topic) for topic in {t for t, _ in committed}}
    return [
        Lag(topic, partition, offset, ends[topic].get(partition, offset))
        for (topic, partition), offset in sorted(committed.items())
    ]


def _address(cluster: Cluster, call: Call) -> str:
    return f"{cluster.root}/consumer-groups/{quote(call.params['group'], safe='')}"


def _render(cluster: Cluster, call: Call, lag: Lag) -> Json:
    group = call.params["group"]
    address = f"{_address(cluster, call)}/lags/{lag.topic}/partitions/{lag.partition}"
    crn = (
        ("consumer-group", group),
        ("lag", f"{lag.topic}/partition={lag.partition}"),
    )
    return {
        **cluster.resource("KafkaConsumerLag", address, *crn),
        "consumer_group_id": group,
        "topic_name": lag.topic,
        "partition_id": lag.partition,
        "current_offset": lag.current,
        "log_end_offset": lag.end,
        "lag": lag.records,
        "consumer_id": NOBODY,
        "instance_id": None,
        "client_id": NOBODY,
    }
