"""Kafka REST v3: the cluster, its topics, their configuration and partitions.

Source: facts/confluent-cloud-api.md 3.6; codes 40002 (bad request, topic exists), 40403 (no such
topic). A cluster id that is not ours is 404, as the sheet does not say.
"""

from __future__ import annotations

import re

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply
from runthrough.emulator.flink.engine import TopicInfo
from runthrough.errors import EmulatorError

Json = dict[str, object]

NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
"""Kafka's own rule for topic names; `.` and `..` are refused besides."""

DEFAULT_PARTITIONS = 6
MAX_PARTITIONS = 100
REPLICATION = 3
BAD_REQUEST, NO_TOPIC, NO_CONFIG = 40002, 40403, 40404
DEFAULT_CONFIGS = {
    "cleanup.policy": "delete",
    "max.message.bytes": "2097164",
    "retention.bytes": "-1",
    "retention.ms": "604800000",
    "segment.bytes": "104857600",
    "segment.ms": "604800000",
    "min.insync.replicas": "2",
}
"""What the cloud sets where a topic says nothing else; the emulator never deletes by time."""


def get_cluster(cloud: Cloud, call: Call) -> Reply:
    """GET /kafka/v3/clusters/{cluster}."""
    root = _check_cluster(cloud, call)
    cluster = cloud.world.cluster.id
    return reply(
        {
            "kind": "KafkaCluster",
            "metadata": {"self": root, "resource_name": f"crn:///kafka={cluster}"},
            "cluster_id": cluster,
            "topics": {"related": f"{root}/topics"},
            "acls": {"related": f"{root}/acls"},
            "consumer_groups": {"related": f"{root}/consumer-groups"},
        }
    )


def list_topics(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics."""
    root = _check_cluster(cloud, call)
    topics = sorted(cloud.engine.topics(), key=lambda t: t.name)
    return _list(call, "KafkaTopicList", [_topic(cloud, root, topic) for topic in topics])


def get_topic(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/{topic}."""
    root = _check_cluster(cloud, call)
    return reply(_topic(cloud, root, _find(cloud, call.params["topic"])))


def create_topic(cloud: Cloud, call: Call) -> Reply:
    """POST …/topics."""
    root = _check_cluster(cloud, call)
    body = call.json_object()
    name = body.get("topic_name")
    if not isinstance(name, str) or not NAME.fullmatch(name) or name in {".", ".."}:
        raise Refusal(400, f"Topic name is invalid: {name!r}", code=BAD_REQUEST)
    partitions = _read_partitions(body)
    configs = _read_configs(body)
    if any(topic.name == name for topic in cloud.engine.topics()):
        raise Refusal(400, f"Topic '{name}' already exists.", code=BAD_REQUEST)
    try:
        cloud.engine.create_topic(name, partitions=partitions, configs=configs)
    except EmulatorError as e:
        raise Refusal(400, str(e), code=BAD_REQUEST) from e
    return reply(_topic(cloud, root, _find(cloud, name)), 201)


def delete_topic(cloud: Cloud, call: Call) -> Reply:
    """DELETE …/topics/{topic}."""
    _check_cluster(cloud, call)
    try:
        cloud.engine.delete_topic(_find(cloud, call.params["topic"]).name)
    except EmulatorError as e:
        raise _unknown() from e
    return Reply(204)


def list_configs(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/{topic}/configs."""
    root = _check_cluster(cloud, call)
    topic = _find(cloud, call.params["topic"])
    names = sorted({*DEFAULT_CONFIGS, *topic.configs})
    configs = [_config(cloud, root, topic, name) for name in names]
    return _list(call, "KafkaTopicConfigList", configs)


def get_config(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/{topic}/configs/{config}."""
    root = _check_cluster(cloud, call)
    topic, name = _find(cloud, call.params["topic"]), call.params["config"]
    if name not in {*DEFAULT_CONFIGS, *topic.configs}:
        raise Refusal(404, f"Config {name} cannot be found for TOPIC {topic.name}", code=NO_CONFIG)
    return reply(_config(cloud, root, topic, name))


def list_partitions(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/{topic}/partitions."""
    root = _check_cluster(cloud, call)
    topic = _find(cloud, call.params["topic"])
    partitions = [_partition(cloud, root, topic, number) for number in range(topic.partitions)]
    return _list(call, "KafkaPartitionList", partitions)


def get_partition(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/{topic}/partitions/{partition}."""
    root = _check_cluster(cloud, call)
    topic, number = _find(cloud, call.params["topic"]), call.params["partition"]
    if number not in {str(n) for n in range(topic.partitions)}:
        raise _unknown()
    return reply(_partition(cloud, root, topic, int(number)))


def _check_cluster(cloud: Cloud, call: Call) -> str:
    """Check the cluster of the path and return its address."""
    cluster = call.params["cluster"]
    cloud.kafka(cluster)
    return f"{call.base_url}/kafka/v3/clusters/{cluster}"


def _find(cloud: Cloud, name: str) -> TopicInfo:
    for topic in cloud.engine.topics():
        if topic.name == name:
            return topic
    raise _unknown()


def _unknown() -> Refusal:
    return Refusal(404, "This server does not host this topic-partition.", code=NO_TOPIC)


def _read_partitions(body: Json) -> int:
    count = body.get("partitions_count", DEFAULT_PARTITIONS)
    if isinstance(count, bool) or not isinstance(count, int):
        raise Refusal(400, "partitions_count must be a number", code=BAD_REQUEST)
    if not 1 <= count <= MAX_PARTITIONS:
        raise Refusal(400, f"partitions_count must be from 1 to {MAX_PARTITIONS}", code=BAD_REQUEST)
    return count


def _read_configs(body: Json) -> dict[str, str]:
    sent = body.get("configs") or []
    if not isinstance(sent, list):
        raise Refusal(400, "configs must be a list", code=BAD_REQUEST)
    configs: dict[str, str] = {}
    for item in sent:
        name = item.get("name") if isinstance(item, dict) else None
        value = item.get("value") if isinstance(item, dict) else None
        if not isinstance(name, str) or not isinstance(value, str | None):
            raise Refusal(400, "a config has a name and a value, both strings", code=BAD_REQUEST)
        if value is not None:
            configs[name] = value
    return configs


def _topic(cloud: Cloud, root: str, topic: TopicInfo) -> Json:
    cluster = cloud.world.cluster.id
    address = f"{root}/topics/{topic.name}"
    return {
        "kind": "KafkaTopic",
        "metadata": {
            "self": address,
            "resource_name": f"crn:///kafka={cluster}/topic={topic.name}",
        },
        "cluster_id": cluster,
        "topic_name": topic.name,
        "is_internal": False,
        "replication_factor": REPLICATION,
        "partitions_count": topic.partitions,
        "partitions": {"related": f"{address}/partitions"},
        "configs": {"related": f"{address}/configs"},
        "partition_reassignments": {"related": f"{address}/partitions/-/reassignment"},
    }


def _config(cloud: Cloud, root: str, topic: TopicInfo, name: str) -> Json:
    """Return one setting; Terraform keeps those whose source is DYNAMIC_TOPIC_CONFIG."""
    cluster = cloud.world.cluster.id
    own = name in topic.configs
    value = topic.configs[name] if own else DEFAULT_CONFIGS[name]
    source = "DYNAMIC_TOPIC_CONFIG" if own else "DEFAULT_CONFIG"
    return {
        "kind": "KafkaTopicConfig",
        "metadata": {
            "self": f"{root}/topics/{topic.name}/configs/{name}",
            "resource_name": f"crn:///kafka={cluster}/topic={topic.name}/config={name}",
        },
        "cluster_id": cluster,
        "topic_name": topic.name,
        "name": name,
        "value": value,
        "is_default": not own,
        "is_read_only": False,
        "is_sensitive": False,
        "source": source,
        "synonyms": [{"name": name, "value": value, "source": source}],
    }


def _partition(cloud: Cloud, root: str, topic: TopicInfo, number: int) -> Json:
    cluster = cloud.world.cluster.id
    address = f"{root}/topics/{topic.name}/partitions/{number}"
    return {
        "kind": "KafkaPartition",
        "metadata": {
            "self": address,
            "resource_name": f"crn:///kafka={cluster}/topic={topic.name}/partition={number}",
        },
        "cluster_id": cluster,
        "topic_name": topic.name,
        "partition_id": number,
        "leader": {"related": f"{address}/replicas/1"},
        "replicas": {"related": f"{address}/replicas"},
        "reassignment": {"related": f"{address}/reassignment"},
    }


def _list(call: Call, kind: str, items: list[Json]) -> Reply:
    metadata = {"self": call.url, "next": None}
    return reply({"kind": kind, "metadata": metadata, "data": items})
