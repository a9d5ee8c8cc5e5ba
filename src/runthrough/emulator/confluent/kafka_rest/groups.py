"""Kafka REST v3: consumer groups, who is in them and what each of them reads.

The shapes are those of the public API reference of Kafka REST v3 (a group's assignments too, which
Confluent Platform has and the cloud's reference leaves out). A group that only ever committed
offsets is simple; one that has neither members nor offsets is not known (404). The words of a
consumer or an assignment that is not there are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from runthrough.emulator.broker import GroupView, MemberView
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply
from runthrough.emulator.confluent.kafka_rest.clusters import BROKER_ID
from runthrough.emulator.confluent.kafka_rest.parts import (
    Cluster,
    Json,
    cluster_of,
    listing,
)
from runthrough.emulator.confluent.sights import Sight
from runthrough.errors import EmulatorError

T = TypeVar("T")

_STATES = {
    "Empty": "EMPTY",
    "PreparingRebalance": "PREPARING_REBALANCE",
    "CompletingRebalance": "COMPLETING_REBALANCE",
    "Stable": "STABLE",
}
_NO_GROUP = "Dead"


def list_groups(cloud: Cloud, call: Call) -> Reply:
    """GET …/consumer-groups: those the caller may see."""
    cluster = cluster_of(cloud, call)
    groups = _told(cluster.broker.groups)
    shown = Sight(cloud, call).groups(cluster.id, [group.id for group in groups])
    return listing(
        call,
        "KafkaConsumerGroupList",
        [_group(cluster, group) for group in groups if group.id in shown],
    )


def get_group(cloud: Cloud, call: Call) -> Reply:
    """GET …/consumer-groups/{group}."""
    cluster, group = group_of(cloud, call)
    return reply(_group(cluster, group))


def list_consumers(cloud: Cloud, call: Call) -> Reply:
    """GET …/consumer-groups/{group}/consumers."""
    cluster, group = group_of(cloud, call)
    consumers = [_consumer(cluster, group, member) for member in group.members]
    return listing(call, "KafkaConsumerList", consumers)


def get_consumer(cloud: Cloud, call: Call) -> Reply:
    """GET …/consumer-groups/{group}/consumers/{consumer}."""
    return reply(_consumer(*_consumer_of(cloud, call)))


def list_assignments(cloud: Cloud, call: Call) -> Reply:
    """GET …/consumer-groups/{group}/consumers/{consumer}/assignments."""
    cluster, group, member = _consumer_of(cloud, call)
    found = [_assignment(cluster, group, member, *place) for place in member.assigned]
    return listing(call, "KafkaConsumerAssignmentList", found)


def get_assignment(cloud: Cloud, call: Call) -> Reply:
    """GET …/consumers/{consumer}/assignments/{topic}/partitions/{partition}."""
    cluster, group, member = _consumer_of(cloud, call)
    for topic, partition in member.assigned:
        if (topic, str(partition)) == (call.params["topic"], call.params["partition"]):
            return reply(_assignment(cluster, group, member, topic, partition))
    raise Refusal(404, f"Consumer {member.id} does not read that partition.", code=404)


def group_of(cloud: Cloud, call: Call) -> tuple[Cluster, GroupView]:
    """Return the cluster and the group of the path. Raises Refusal (404)."""
    cluster, name = cluster_of(cloud, call), call.params["group"]
    group = _told(lambda: cluster.broker.group(name))
    if group.state == _NO_GROUP:
        raise Refusal(404, f"Consumer group {name} cannot be found.", code=404)
    return cluster, group


def group_address(cluster: Cluster, group: str) -> str:
    """Return where a group is read."""
    return f"{cluster.root}/consumer-groups/{quote(group, safe='')}"


def consumer_address(cluster: Cluster, group: str, consumer: str) -> str:
    """Return where a member of a group is read."""
    return f"{group_address(cluster, group)}/consumers/{quote(consumer, safe='')}"


def _told(ask: Callable[[], T]) -> T:
    """Return what the broker tells. Raises Refusal (503): it does not."""
    try:
        return ask()
    except EmulatorError as e:
        raise Refusal(503, str(e)) from e


def _consumer_of(cloud: Cloud, call: Call) -> tuple[Cluster, GroupView, MemberView]:
    cluster, group = group_of(cloud, call)
    for member in group.members:
        if member.id == call.params["consumer"]:
            return cluster, group, member
    raise Refusal(404, f"Consumer {call.params['consumer']} cannot be found.", code=404)


def _group(cluster: Cluster, group: GroupView) -> Json:
    address = group_address(cluster, group.id)
    return {
        **cluster.resource("KafkaConsumerGroup", address, ("consumer-group", group.id)),
        "consumer_group_id": group.id,
        "is_simple": not group.protocol_type,
        "partition_assignor": group.protocol,
        "state": _STATES[group.state],
        "coordinator": {"related": f"{cluster.root}/brokers/{BROKER_ID}"},
        "consumer": {"related": f"{address}/consumers"},
        "lag_summary": {"related": f"{address}/lag-summary"},
    }


def _consumer(cluster: Cluster, group: GroupView, member: MemberView) -> Json:
    address = consumer_address(cluster, group.id, member.id)
    crn = (("consumer-group", group.id), ("consumer", member.id))
    return {
        **cluster.resource("KafkaConsumer", address, *crn),
        "consumer_group_id": group.id,
        "consumer_id": member.id,
        "instance_id": member.instance,
        "client_id": member.client_id,
        "assignments": {"related": f"{address}/assignments"},
    }


def _assignment(
    cluster: Cluster, group: GroupView, member: MemberView, topic: str, partition: int
) -> Json:
    place = f"{topic}/partitions/{partition}"
    address = f"{consumer_address(cluster, group.id, member.id)}/assignments/{place}"
    crn = (
        ("consumer-group", group.id),
        ("consumer", member.id),
        ("assignment", f"{topic}/partition={partition}"),
    )
    return {
        **cluster.resource("KafkaConsumerAssignment", address, *crn),
        "consumer_group_id": group.id,
        "consumer_id": member.id,
        "topic_name": topic,
        "partition_id": partition,
        "partition": {"related": f"{cluster.root}/topics/{place}"},
        "lag": {"related": f"{group_address(cluster, group.id)}/lags/{place}"},
    }
