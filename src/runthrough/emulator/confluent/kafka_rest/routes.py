"""The routes of Kafka REST v3: facts/confluent-cloud-api.md 3.6."""

from __future__ import annotations

from runthrough.emulator.confluent.families import KAFKA
from runthrough.emulator.confluent.kafka_rest import (
    acls,
    clusters,
    configs,
    groups,
    lags,
    records,
    topics,
)
from runthrough.emulator.confluent.route import Handler, Route, missing

_CLUSTER = "/kafka/v3/clusters/{cluster}"
_TOPIC = f"{_CLUSTER}/topics/{{topic}}"
_PARTITION = f"{_TOPIC}/partitions/{{partition}}"
_GROUP = f"{_CLUSTER}/consumer-groups/{{group}}"
_CONSUMER = f"{_GROUP}/consumers/{{consumer}}"
_PLACE = "{topic}/partitions/{partition}"


def _route(method: str, path: str, handler: Handler, note: str = "") -> Route:
    return Route(KAFKA, method, path, handler, note=note)


_ONE_BROKER = "there is one broker"
_NOT_ENFORCED = "rules are kept and nobody enforces them"


KAFKA_REST_ROUTES: tuple[Route, ...] = (
    _route("GET", "/kafka/v3/clusters", clusters.list_clusters),
    _route("GET", _CLUSTER, clusters.get_cluster),
    _route("GET", f"{_CLUSTER}/brokers", clusters.list_brokers, _ONE_BROKER),
    _route("GET", f"{_CLUSTER}/brokers/{{broker}}", clusters.get_broker),
    *missing(KAFKA, "GET", f"{_CLUSTER}/brokers/{{broker}}/{{path*}}"),
    *missing(KAFKA, "GET", f"{_CLUSTER}/broker-configs"),
    *missing(KAFKA, "GET PUT DELETE", f"{_CLUSTER}/broker-configs/{{config}}"),
    *missing(KAFKA, "POST", f"{_CLUSTER}/broker-configs:alter"),
    _route("GET", f"{_CLUSTER}/topics", topics.list_topics),
    _route("POST", f"{_CLUSTER}/topics", topics.create_topic),
    _route("GET", f"{_CLUSTER}/topics/-/configs", configs.list_all_configs),
    *missing(KAFKA, "GET", f"{_CLUSTER}/topics/-/partitions/-/reassignments"),
    _route("GET", _TOPIC, topics.get_topic),
    _route("PATCH", _TOPIC, topics.update_topic, "only while the topic holds no record"),
    _route("DELETE", _TOPIC, topics.delete_topic),
    _route("GET", f"{_TOPIC}/configs", configs.list_configs),
    _route("POST", f"{_TOPIC}/configs:alter", configs.alter_configs),
    _route("GET", f"{_TOPIC}/configs/{{config}}", configs.get_config),
    _route("PUT", f"{_TOPIC}/configs/{{config}}", configs.put_config),
    _route("DELETE", f"{_TOPIC}/configs/{{config}}", configs.delete_config),
    _route("GET", f"{_TOPIC}/default-configs", configs.list_default_configs),
    _route("GET", f"{_TOPIC}/partitions", topics.list_partitions),
    *missing(KAFKA, "GET", f"{_TOPIC}/partitions/-/reassignments"),
    _route("GET", _PARTITION, topics.get_partition),
    *missing(KAFKA, "GET", f"{_PARTITION}/reassignment"),
    _route("GET", f"{_PARTITION}/replicas", clusters.list_replicas),
    _route("GET", f"{_PARTITION}/replicas/{{broker}}", clusters.get_replica),
    _route("POST", f"{_TOPIC}/records", records.produce),
    _route("POST", f"{_TOPIC}/records:batch", records.produce_batch),
    _route("GET", f"{_CLUSTER}/acls", acls.list_acls),
    _route("POST", f"{_CLUSTER}/acls", acls.create_acl, _NOT_ENFORCED),
    _route("DELETE", f"{_CLUSTER}/acls", acls.delete_acls),
    _route("POST", f"{_CLUSTER}/acls:batch", acls.create_acls, _NOT_ENFORCED),
    _route("GET", f"{_CLUSTER}/consumer-groups", groups.list_groups),
    _route("GET", _GROUP, groups.get_group),
    _route("GET", f"{_GROUP}/consumers", groups.list_consumers),
    _route("GET", _CONSUMER, groups.get_consumer),
    _route("GET", f"{_CONSUMER}/assignments", groups.list_assignments),
    _route("GET", f"{_CONSUMER}/assignments/{_PLACE}", groups.get_assignment),
    _route("GET", f"{_GROUP}/lag-summary", lags.get_lag_summary),
    _route("GET", f"{_GROUP}/lags", lags.list_lags),
    _route("GET", f"{_GROUP}/lags/{_PLACE}", lags.get_lag),
    *missing(KAFKA, "GET POST", f"{_CLUSTER}/links"),
    *missing(KAFKA, "GET PATCH DELETE", f"{_CLUSTER}/links/{{path*}}"),
)
