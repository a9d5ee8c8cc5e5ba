"""Kafka REST v3: how far behind consumer groups are.

The shapes are those of the public API reference of Kafka REST v3. A lag names the consumer that
reads the partition now; where none does its ids are empty strings. A group that has committed
nothing has no lags (404).
"""

from __future__ import annotations

from dataclasses import dataclass

from runthrough.emulator.broker import GroupView, MemberView
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply
from runthrough.emulator.confluent.kafka_rest.groups import (
    consumer_address,
    group_address,
    group_of,
)
from runthrough.emulator.confluent.kafka_rest.parts import Cluster, Json, listing, unknown_topic

_NOBODY = MemberView("", None, "", "", b"", b"")


@dataclass(frozen=True)
class Lag:
    """How far a group is behind in one partition.

    Attributes:
        consumer: who reads it.
    """

    topic: str
    partition: int
    current: int
    end: int
    consumer: MemberView

    @property
    def records(self) -> int:
        """How many records are still to be read."""
        return max(self.end - self.current, 0)


def get_lag_summary(cloud: Cloud, call: Call) -> Reply:
    """GET …/consumer-groups/{group}/lag-summary."""
    cluster, group = group_of(cloud, call)
    address, lags = group_address(cluster, group.id), _lags(cluster, group)
    worst = max(lags, key=lambda lag: lag.records)
    partition = f"{cluster.root}/topics/{worst.topic}/partitions/{worst.partition}"
    consumer = consumer_address(cluster, group.id, worst.consumer.id)
    crn = ("consumer-group", group.id)
    return reply(
        {
            **cluster.resource("KafkaConsumerGroupLagSummary", f"{address}/lag-summary", crn),
            "consumer_group_id": group.id,
            "max_lag_consumer_id": worst.consumer.id,
            "max_lag_instance_id": worst.consumer.instance,
            "max_lag_client_id": worst.consumer.client_id,
            "max_lag_topic_name": worst.topic,
            "max_lag_partition_id": worst.partition,
            "max_lag": worst.records,
            "total_lag": sum(lag.records for lag in lags),
            "max_lag_consumer": {"related": consumer},
            "max_lag_partition": {"related": partition},
        }
    )


def list_lags(cloud: Cloud, call: Call) -> Reply:
    """GET …/consumer-groups/{group}/lags: of every partition the group has committed."""
    cluster, group = group_of(cloud, call)
    lags = [_render(cluster, group, lag) for lag in _lags(cluster, group)]
    return listing(call, "KafkaConsumerLagList", lags)


def get_lag(cloud: Cloud, call: Call) -> Reply:
    """GET …/consumer-groups/{group}/lags/{topic}/partitions/{partition}."""
    cluster, group = group_of(cloud, call)
    wanted = call.params["topic"], call.params["partition"]
    for lag in _lags(cluster, group):
        if (lag.topic, str(lag.partition)) == wanted:
            return reply(_render(cluster, group, lag))
    raise unknown_topic()


def _lags(cluster: Cluster, group: GroupView) -> list[Lag]:
    """Return the lags of a group by topic and partition. Raises Refusal (404) without any."""
    committed = cluster.broker.committed(group.id)
    if not committed:
        raise Refusal(404, f"Consumer group {group.id} cannot be found.", code=404)
    ends = {topic: cluster.broker.end_offsets(topic) for topic in {t for t, _ in committed}}
    readers = {place: member for member in group.members for place in member.assigned}
    return [
        Lag(
            topic,
            partition,
            offset,
            ends[topic].get(partition, offset),
            readers.get((topic, partition), _NOBODY),
        )
        for (topic, partition), offset in sorted(committed.items())
    ]


def _render(cluster: Cluster, group: GroupView, lag: Lag) -> Json:
    place = f"{lag.topic}/partitions/{lag.partition}"
    address = f"{group_address(cluster, group.id)}/lags/{place}"
    crn = (("consumer-group", group.id), ("lag", f"{lag.topic}/partition={lag.partition}"))
    return {
        **cluster.resource("KafkaConsumerLag", address, *crn),
        "consumer_group_id": group.id,
        "topic_name": lag.topic,
        "partition_id": lag.partition,
        "current_offset": lag.current,
        "log_end_offset": lag.end,
        "lag": lag.records,
        "consumer_id": lag.consumer.id,
        "instance_id": lag.consumer.instance,
        "client_id": lag.consumer.client_id,
    }
