"""Kafka REST v3: the settings of topics, read and altered.

Sources: facts/confluent-cloud-api.md 3.6: Terraform keeps those whose `source` is
DYNAMIC_TOPIC_CONFIG; 40404 (no such setting). A change shows in `SHOW CREATE TABLE` where tables
have an option for it.
"""

from __future__ import annotations

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply
from runthrough.emulator.confluent.kafka_rest.parts import (
    NO_CONFIG,
    Cluster,
    Json,
    bad_request,
    check_fields,
    cluster_of,
    listing,
    read_body,
    read_flag,
    read_objects,
    topic_of,
)
from runthrough.emulator.confluent.kafka_rest.settings import SETTINGS, changeable, check_setting
from runthrough.emulator.confluent.kafka_rest.topics import shown_topics
from runthrough.emulator.flink.engine import TopicInfo


def list_configs(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/{topic}/configs."""
    return listing(call, "KafkaTopicConfigList", _configs(*topic_of(cloud, call)))


def list_all_configs(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/-/configs: of every topic the caller may see."""
    cluster = cluster_of(cloud, call)
    topics = shown_topics(cloud, call, cluster)
    found = [config for topic in topics for config in _configs(cluster, topic)]
    return listing(call, "KafkaTopicConfigList", found)


def list_default_configs(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/{topic}/default-configs: what a topic of that name would begin with."""
    cluster = cluster_of(cloud, call)
    topic = TopicInfo(call.params["topic"], 0)
    return listing(call, "KafkaTopicConfigList", _configs(cluster, topic))


def get_config(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/{topic}/configs/{config}."""
    cluster, topic = topic_of(cloud, call)
    return reply(_config(cluster, topic, _known(call, topic)))


def put_config(cloud: Cloud, call: Call) -> Reply:
    """PUT …/topics/{topic}/configs/{config}."""
    cluster, topic = topic_of(cloud, call)
    name = _known(call, topic)
    value = read_body(call, "value").get("value")
    if not isinstance(value, str):
        raise bad_request("the value of a config must be a string")
    cluster.plane.alter_topic(topic.name, {name: check_setting(name, value)})
    return Reply(204)


def delete_config(cloud: Cloud, call: Call) -> Reply:
    """DELETE …/topics/{topic}/configs/{config}: back to its default."""
    cluster, topic = topic_of(cloud, call)
    name = _known(call, topic)
    changeable(name)
    cluster.plane.alter_topic(topic.name, {name: None})
    return Reply(204)


def alter_configs(cloud: Cloud, call: Call) -> Reply:
    """POST …/topics/{topic}/configs:alter: all changes, or none where one is refused."""
    cluster, topic = topic_of(cloud, call)
    body = read_body(call, "data", "validate_only")
    if "data" not in body:
        raise bad_request("data is required: a list of configs")
    changes = dict(map(_read_change, read_objects(body, "data")))
    if not read_flag(body, "validate_only"):
        cluster.plane.alter_topic(topic.name, changes)
    return Reply(204)


def _read_change(item: Json) -> tuple[str, str | None]:
    check_fields(item, ("name", "value", "operation"))
    name, value = item.get("name"), item.get("value")
    operation = item.get("operation") or "SET"
    if not isinstance(name, str) or not isinstance(value, str | None):
        raise bad_request("a config has a name and a value, both strings")
    return name, change(name, operation, value)


def change(name: str, operation: object, value: str | None) -> str | None:
    """Return what a change sets a setting to, None for its default. Raises KafkaRefusal."""
    if operation == "DELETE":
        changeable(name)
        return None
    if operation != "SET":
        raise bad_request(f"the operation of config {name} must be SET or DELETE")
    if value is None:
        raise bad_request(f"the operation SET of config {name} needs a value")
    return check_setting(name, value)


def _known(call: Call, topic: TopicInfo) -> str:
    name = call.params["config"]
    if name not in SETTINGS and name not in topic.configs:
        raise Refusal(404, f"Config {name} cannot be found for TOPIC {topic.name}", code=NO_CONFIG)
    return name


def names_of(topic: TopicInfo) -> list[str]:
    """Return the settings a topic has, by name."""
    return sorted({*SETTINGS, *topic.configs})


def values_of(topic: TopicInfo, name: str) -> list[tuple[str, str]]:
    """Return where a setting has a value and which, the one that counts first."""
    values = []
    if name in topic.configs:
        values.append(("DYNAMIC_TOPIC_CONFIG", topic.configs[name]))
    if (setting := SETTINGS.get(name)) is not None:
        values.append(("DEFAULT_CONFIG", setting.default))
    return values


def _configs(cluster: Cluster, topic: TopicInfo) -> list[Json]:
    return [_config(cluster, topic, name) for name in names_of(topic)]


def _config(cluster: Cluster, topic: TopicInfo, name: str) -> Json:
    setting = SETTINGS.get(name)
    values = values_of(topic, name)
    source, value = values[0]
    address = f"{cluster.root}/topics/{topic.name}/configs/{name}"
    return {
        **cluster.resource("KafkaTopicConfig", address, ("topic", topic.name), ("config", name)),
        "topic_name": topic.name,
        "name": name,
        "value": value,
        "is_default": source == "DEFAULT_CONFIG",
        "is_read_only": setting is not None and setting.fixed,
        "is_sensitive": False,
        "source": source,
        "synonyms": [{"name": name, "value": v, "source": s} for s, v in values],
    }
