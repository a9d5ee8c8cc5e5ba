"""Kafka REST v3: clusters and their brokers.

Sources: facts/confluent-cloud-api.md 3.6; the shapes of a broker and a replica are those of the
public API reference of Kafka REST v3. There is one broker, the emulator's own.
"""

from __future__ import annotations

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply
from runthrough.emulator.confluent.kafka_rest.parts import (
    Cluster,
    Json,
    cluster_of,
    listing,
    partition_of,
)
from runthrough.emulator.confluent.sights import Sight

BROKER_ID = 1


def list_clusters(cloud: Cloud, call: Call) -> Reply:
    """GET /kafka/v3/clusters: the live target lists the one behind the address, we the key's."""
    root = f"{call.base_url}/kafka/v3/clusters"
    key = call.caller.key
    if key is not None and key.resource.scope == "kafka":
        found = [key.resource.id]
    else:
        sight = Sight(cloud, call)
        every = cloud.account.all_clusters()
        found = [c.id for c in every if sight.cluster(c.environment_id, c.id)]
    clusters = [Cluster(cloud.kafka(cluster), f"{root}/{cluster}") for cluster in found]
    return listing(call, "KafkaClusterList", map(_cluster, clusters))


def get_cluster(cloud: Cloud, call: Call) -> Reply:
    """GET /kafka/v3/clusters/{cluster}."""
    return reply(_cluster(cluster_of(cloud, call)))


def list_brokers(cloud: Cloud, call: Call) -> Reply:
    """GET …/brokers."""
    return listing(call, "KafkaBrokerList", [_broker(cluster_of(cloud, call))])


def get_broker(cloud: Cloud, call: Call) -> Reply:
    """GET …/brokers/{broker}."""
    cluster = cluster_of(cloud, call)
    _check_broker(call)
    return reply(_broker(cluster))


def list_replicas(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/{topic}/partitions/{partition}/replicas: the one there is, the leader."""
    return listing(call, "KafkaReplicaList", [_replica(cloud, call)])


def get_replica(cloud: Cloud, call: Call) -> Reply:
    """GET …/topics/{topic}/partitions/{partition}/replicas/{broker}."""
    replica = _replica(cloud, call)
    _check_broker(call)
    return reply(replica)


def _check_broker(call: Call) -> None:
    if call.params["broker"] != str(BROKER_ID):
        raise Refusal(404, f"Broker {call.params['broker']} cannot be found.", code=404)


def _cluster(cluster: Cluster) -> Json:
    return {
        **cluster.resource("KafkaCluster", cluster.root),
        "controller": {"related": f"{cluster.root}/brokers/{BROKER_ID}"},
        "acls": {"related": f"{cluster.root}/acls"},
        "brokers": {"related": f"{cluster.root}/brokers"},
        "broker_configs": {"related": f"{cluster.root}/broker-configs"},
        "consumer_groups": {"related": f"{cluster.root}/consumer-groups"},
        "topics": {"related": f"{cluster.root}/topics"},
        "partition_reassignments": {
            "related": f"{cluster.root}/topics/-/partitions/-/reassignments"
        },
    }


def _broker(cluster: Cluster) -> Json:
    address = f"{cluster.root}/brokers/{BROKER_ID}"
    host, _, port = cluster.broker.bootstrap.partition("://")[2].rpartition(":")
    return {
        **cluster.resource("KafkaBroker", address, ("broker", str(BROKER_ID))),
        "broker_id": BROKER_ID,
        "host": host,
        "port": int(port),
        "configs": {"related": f"{address}/configs"},
        "partition_replicas": {"related": f"{address}/partition-replicas"},
    }


def _replica(cloud: Cloud, call: Call) -> Json:
    cluster, topic, partition = partition_of(cloud, call)
    address = f"{cluster.root}/topics/{topic.name}/partitions/{partition}/replicas/{BROKER_ID}"
    crn = (("topic", topic.name), ("partition", str(partition)), ("replica", str(BROKER_ID)))
    return {
        **cluster.resource("KafkaReplica", address, *crn),
        "topic_name": topic.name,
        "partition_id": partition,
        "broker_id": BROKER_ID,
        "is_leader": True,
        "is_in_sync": True,
        "broker": {"related": f"{cluster.root}/brokers/{BROKER_ID}"},
    }
