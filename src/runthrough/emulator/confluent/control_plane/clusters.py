"""Kafka clusters (cmk/v2).

Sources: facts/confluent-cloud-api.md 3.2 (the object, 202 and PROVISIONING), 1.6 (a deleted one is
403), 6 (quotas). Which changes a cluster takes is ours where the sheet is silent: its name, its
protection, its size, and Basic to Standard.
"""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.confluent.account.records import KafkaCluster, KafkaConfig
from runthrough.emulator.confluent.bodies import invalid, read_body
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.control_plane.bodies import (
    ClusterChange,
    ClusterConfig,
    ClusterPatch,
    ClusterPost,
    ClusterSpec,
)
from runthrough.emulator.confluent.control_plane.regions import check_region
from runthrough.emulator.confluent.envelope import (
    Json,
    created,
    environment_crn,
    environment_reference,
    head,
    listing,
    matches,
    metadata,
    require_environment,
)
from runthrough.emulator.confluent.http import Call, Reply, reply
from runthrough.emulator.confluent.refusals import not_emulated
from runthrough.emulator.confluent.sights import Sight


def list_clusters(cloud: Cloud, call: Call) -> Reply:
    """GET /cmk/v2/clusters?environment=: those the caller may see."""
    environment = require_environment(cloud, call)
    wanted, sight = matches(call, "spec.display_name"), Sight(cloud, call)
    found = [
        cluster
        for cluster in cloud.account.clusters(environment)
        if wanted(cluster.display_name) and sight.cluster(environment, cluster.id)
    ]
    return listing(call, "cmk/v2", "Cluster", [_render(cloud, call, c) for c in found])


def get_cluster(cloud: Cloud, call: Call) -> Reply:
    """GET /cmk/v2/clusters/{cluster}?environment=."""
    environment = require_environment(cloud, call)
    return reply(_render(cloud, call, cloud.account.cluster(call.params["cluster"], environment)))


def create_cluster(cloud: Cloud, call: Call) -> Reply:
    """POST /cmk/v2/clusters."""
    spec = read_body(call, ClusterPost).spec
    cloud.account.environment(spec.environment.id)
    _refuse_networks(spec)
    check_region(cloud, spec.cloud, spec.region)
    made = cloud.account.create_cluster(
        spec.environment.id,
        display_name=spec.display_name,
        availability=spec.availability,
        cloud=spec.cloud,
        region=spec.region,
        config=_config(spec.config),
        deletion_protection=bool(spec.deletion_protection),
    )
    return created(_render(cloud, call, made), f"{call.url}/{made.id}", 202)


def update_cluster(cloud: Cloud, call: Call) -> Reply:
    """PATCH /cmk/v2/clusters/{cluster}; the environment is in the body."""
    spec = read_body(call, ClusterPatch).spec
    cloud.account.environment(spec.environment.id)
    cluster = cloud.account.cluster(call.params["cluster"], spec.environment.id)
    changed = cloud.account.change_cluster(cluster.id, lambda old: _changed(old, spec))
    cloud.planes.renamed(cluster.id, cluster.display_name, changed.display_name)
    return reply(_render(cloud, call, changed))


def delete_cluster(cloud: Cloud, call: Call) -> Reply:
    """DELETE /cmk/v2/clusters/{cluster}?environment=."""
    environment = require_environment(cloud, call)
    cluster = cloud.account.cluster(call.params["cluster"], environment)
    cloud.account.delete_cluster(cluster.id)
    cloud.tableflow.leave(environment, cluster.id)
    cloud.catalogs.leave(environment, cluster.id)
    cloud.connectors.leave((environment, cluster.id))
    cloud.planes.close_cluster(environment, cluster.id, cluster.display_name)
    return Reply(204)


def cluster_crn(cloud: Cloud, cluster: KafkaCluster | None = None) -> str:
    """Return a cluster's CRN; Terraform needs its `/kafka=` part (facts 3.2). None = the world's.

    Raises:
        Refusal: 403, the world's cluster is gone.
    """
    cluster = cluster or cloud.account.cluster(cloud.world.cluster.id)
    environment = environment_crn(cloud, cluster.environment_id)
    return f"{environment}/cloud-cluster={cluster.id}/kafka={cluster.id}"


def _refuse_networks(spec: ClusterSpec | ClusterChange) -> None:
    for name, what in (("network", "a private network"), ("byok", "a key of one's own")):
        if getattr(spec, name) is not None:
            raise not_emulated(f"a Kafka cluster with {what}", f"/spec/{name}")
    if spec.config is not None and spec.config.encryption_key:
        raise not_emulated("a Kafka cluster with an encryption key", "/spec/config/encryption_key")


def _config(sent: ClusterConfig) -> KafkaConfig:
    """Return a type and its size. Raises Refusal (422) where they do not go together."""
    dedicated = sent.kind == "Dedicated"
    if dedicated and sent.cku is None:
        raise invalid("a Dedicated cluster needs spec.config.cku", "/spec/config/cku")
    if not dedicated and sent.cku is not None:
        raise invalid(f"a {sent.kind} cluster has no cku", "/spec/config/cku")
    if dedicated and sent.max_ecku is not None:
        raise invalid("a Dedicated cluster has no max_ecku", "/spec/config/max_ecku")
    return KafkaConfig(sent.kind, sent.cku, sent.max_ecku)


def _changed(old: KafkaCluster, spec: ClusterChange) -> KafkaCluster:
    """Return a cluster as it is to be. Raises Refusal (422) for what stays as it is."""
    _refuse_networks(spec)
    for name in ("availability", "cloud", "region"):
        sent = getattr(spec, name)
        if sent not in (None, getattr(old, name)):
            raise invalid(f"the {name} of a cluster cannot be changed", f"/spec/{name}")
    config = old.config if spec.config is None else _config(spec.config)
    if config.kind != old.config.kind and (old.config.kind, config.kind) != ("Basic", "Standard"):
        raise invalid(
            f"a {old.config.kind} cluster cannot become {config.kind}", "/spec/config/kind"
        )
    protected = spec.deletion_protection
    return replace(
        old,
        display_name=spec.display_name or old.display_name,
        config=config,
        deletion_protection=old.deletion_protection if protected is None else protected,
    )


def _render(cloud: Cloud, call: Call, cluster: KafkaCluster) -> Json:
    """Return a cluster; its addresses are there once it is PROVISIONED."""
    phase = cluster.life.look()
    config: Json = {"kind": cluster.config.kind}
    status: Json = {"phase": phase}
    if cluster.config.cku is not None:
        config["cku"] = status["cku"] = cluster.config.cku
    if cluster.config.max_ecku is not None:
        config["max_ecku"] = cluster.config.max_ecku
    ready = phase == "PROVISIONED"
    return {
        **head("cmk/v2", "Cluster", cluster.id),
        "metadata": metadata(
            cloud,
            call,
            f"/cmk/v2/clusters/{cluster.id}",
            cluster_crn(cloud, cluster),
            created=cluster.created_at,
            updated=cluster.updated_at,
        ),
        "spec": {
            "display_name": cluster.display_name,
            "availability": cluster.availability,
            "cloud": cluster.cloud,
            "region": cluster.region,
            "config": config,
            "deletion_protection": cluster.deletion_protection,
            "environment": environment_reference(cloud, call, cluster.environment_id),
            "http_endpoint": call.base_url if ready else "",
            "api_endpoint": call.base_url if ready else "",  # an older name; mcp-confluent wants it
            "kafka_bootstrap_endpoint": cloud.kafka(cluster.id).bootstrap if ready else "",
        },
        "status": status,
    }
