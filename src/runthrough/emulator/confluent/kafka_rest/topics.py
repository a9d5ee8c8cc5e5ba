"""Kafka REST v3: topics and their partitions.

Source: facts/confluent-cloud-api.md 3.6; codes 40002 (bad request, topic exists), 40403 (no such
topic). The words of partitions that cannot be are Kafka's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from runthrough.emulator.broker import TopicError
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import LIVE_HAS_IT, Call, Refusal, Reply, reply
from runthrough.emulator.confluent.kafka_rest.clusters import BROKER_ID
from runthrough.emulator.confluent.kafka_rest.parts import (
    Cluster,
    Json,
    bad_request,
    check_fields,
    cluster_of,
    find_topic,
    listing,
    partition_of,
    read_body,
    read_flag,
    read_objects,
    topic_of,
    unknown_topic,
)
from runthrough.emulator.confluent.kafka_rest.settings import check_setting
from runthrough.emulator.confluent.planes import KafkaPlane
from runthrough.emulator.confluent.sights import Sight
from runthrough.emulator.flink.engine import TopicInfo
from runthrough.errors import EmulatorError

NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
"""Kafka's own rule for topic names; `.` and `..` are refused besides."""

DEFAULT_PARTITIONS = 6
MAX_PARTITIONS = 100
REPLICATION = 3
"""What the cloud's topics have; the emulator's one broker keeps one copy."""


def list_topics(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics: those the caller may see."""
    cluster = cluster_of(cloud, call)
    found = shown_topics(cloud, call, cluster)
    return listing(call, "KafkaTopicList", [_topic(cluster, topic) for topic in found])


def shown_topics(cloud: Cloud, call: Call, cluster: Cluster) -> list[TopicInfo]:
    """Return the topics of a cluster that the caller may see, by name."""
    topics = sorted(cluster.plane.topics(), key=lambda t: t.name)
    names = Sight(cloud, call).topics(cluster.id, [topic.name for topic in topics])
    return [topic for topic in topics if topic.name in names]


def get_topic(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/{topic}."""
    return reply(_topic(*topic_of(cloud, call)))


def create_topic(cloud: Cloud, call: Call) -> Reply:
    """POST …/topics; with `validate_only` it is checked and not made."""
    cluster = cluster_of(cloud, call)
    fields = ("topic_name", "partitions_count", "replication_factor", "configs", "validate_only")
    body = read_body(call, *fields)
    name = body.get("topic_name")
    if not isinstance(name, str):
        raise bad_request(f"Topic name is invalid: {name!r}", TopicError.INVALID_TOPIC)
    made = make_topic(
        cluster.plane,
        name,
        partitions=_read_number(body, "partitions_count"),
        replication=_read_number(body, "replication_factor"),
        configs=_read_configs(body),
        validate_only=read_flag(body, "validate_only"),
    )
    return reply(_topic(cluster, made), 201)


def make_topic(
    plane: KafkaPlane,
    name: str,
    *,
    partitions: int | None,
    replication: int | None,
    configs: Mapping[str, str],
    validate_only: bool,
) -> TopicInfo:
    """Create a topic and return it; None stands for the cluster's defaults.

    Raises:
        KafkaRefusal: the name, a number or a setting cannot be, or the topic exists.
    """
    if not NAME.fullmatch(name) or name in {".", ".."}:
        raise bad_request(f"Topic name is invalid: {name!r}", TopicError.INVALID_TOPIC)
    count = DEFAULT_PARTITIONS if partitions is None else partitions
    _check_partitions(count)
    checked = {key: check_setting(key, value) for key, value in configs.items()}
    if replication not in (None, REPLICATION):
        text = f"Topic replication factor must be {REPLICATION}"
        raise bad_request(text, TopicError.INVALID_REPLICATION_FACTOR)
    exists = bad_request(f"Topic '{name}' already exists.", TopicError.TOPIC_ALREADY_EXISTS)
    if any(topic.name == name for topic in plane.topics()):
        raise exists
    if validate_only:
        return TopicInfo(name, count, checked)
    try:
        plane.create_topic(name, partitions=count, configs=checked)
    except EmulatorError as e:  # somebody else was faster
        raise exists from e
    return find_topic(plane, name)


def update_topic(cloud: Cloud, call: Call) -> Reply:
    """PATCH …/topics/{topic}: more partitions, where the topic never held a record."""
    cluster, topic = topic_of(cloud, call)
    wanted = _read_number(read_body(call, "partitions_count"), "partitions_count")
    if wanted is None:
        raise bad_request("partitions_count must be a number")
    grow_topic(cluster.plane, topic.name, wanted, validate_only=False)
    return reply(_topic(cluster, cluster.topic(topic.name)))


def grow_topic(plane: KafkaPlane, name: str, wanted: int, *, validate_only: bool) -> None:
    """Give a topic so many partitions.

    The mock broker cannot add a partition to a topic with records: that is 501. The live target
    can.

    Raises:
        KafkaRefusal: there is no such topic, or it cannot have so many.
        Refusal: 501, it holds records.
    """
    now = find_topic(plane, name).partitions
    _check_partitions(wanted)
    if wanted < now:
        text = f"Topic currently has {now} partitions, which is higher than the requested {wanted}."
        raise bad_request(text, TopicError.INVALID_PARTITIONS)
    if wanted == now:
        raise bad_request(f"Topic already has {now} partitions.", TopicError.INVALID_PARTITIONS)
    if any(plane.broker.end_offsets(name).values()):
        raise Refusal(501, f"adding partitions to a topic that holds records {LIVE_HAS_IT}")
    if validate_only:
        return
    try:
        plane.broker.grow_empty(name, wanted)
    except EmulatorError as e:  # a record came in between, or the topic went
        raise bad_request(str(e)) from e


def delete_topic(cloud: Cloud, call: Call) -> Reply:
    """DELETE …/topics/{topic}."""
    cluster, topic = topic_of(cloud, call)
    drop_topic(cluster.plane, topic.name)
    return Reply(204)


def drop_topic(plane: KafkaPlane, name: str) -> None:
    """Delete a topic. Raises KafkaRefusal: there is none of that name."""
    try:
        plane.delete_topic(find_topic(plane, name).name)
    except EmulatorError as e:
        raise unknown_topic() from e


def list_partitions(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/{topic}/partitions."""
    cluster, topic = topic_of(cloud, call)
    partitions = [_partition(cluster, topic, number) for number in range(topic.partitions)]
    return listing(call, "KafkaPartitionList", partitions)


def get_partition(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/{topic}/partitions/{partition}."""
    return reply(_partition(*partition_of(cloud, call)))


def _check_partitions(count: int) -> None:
    if not 1 <= count <= MAX_PARTITIONS:
        text = f"partitions_count must be from 1 to {MAX_PARTITIONS}"
        raise bad_request(text, TopicError.INVALID_PARTITIONS)


def _read_number(body: Json, name: str) -> int | None:
    number = body.get(name)
    if isinstance(number, bool) or not isinstance(number, int | None):
        raise bad_request(f"{name} must be a number")
    return number


def _read_configs(body: Json) -> dict[str, str]:
    configs: dict[str, str] = {}
    for item in read_objects(body, "configs"):
        check_fields(item, ("name", "value"))
        name, value = item.get("name"), item.get("value")
        if not isinstance(name, str) or not isinstance(value, str | None):
            raise bad_request("a config has a name and a value, both strings")
        if value is not None:
            configs[name] = value
    return configs


def _topic(cluster: Cluster, topic: TopicInfo) -> Json:
    address = f"{cluster.root}/topics/{topic.name}"
    return {
        **cluster.resource("KafkaTopic", address, ("topic", topic.name)),
        "topic_name": topic.name,
        "is_internal": False,
        "replication_factor": REPLICATION,
        "partitions_count": topic.partitions,
        "partitions": {"related": f"{address}/partitions"},
        "configs": {"related": f"{address}/configs"},
        "partition_reassignments": {"related": f"{address}/partitions/-/reassignments"},
    }


def _partition(cluster: Cluster, topic: TopicInfo, number: int) -> Json:
    address = f"{cluster.root}/topics/{topic.name}/partitions/{number}"
    return {
        **cluster.resource(
            "KafkaPartition", address, ("topic", topic.name), ("partition", str(number))
        ),
        "topic_name": topic.name,
        "partition_id": number,
        "leader": {"related": f"{address}/replicas/{BROKER_ID}"},
        "replicas": {"related": f"{address}/replicas"},
        "reassignment": {"related": f"{address}/reassignment"},
    }
