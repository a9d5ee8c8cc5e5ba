"""Where a Tableflow request is about: an environment, one of its clusters, a topic.

Source: facts/confluent-cloud-api.md 3.8: single topics are asked for with `environment` and
`spec.kafka_cluster`. Where no fact gives a wording, it is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from runthrough.emulator.confluent.bodies import invalid
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import (
    Json,
    check_environment,
    environment_crn,
    environment_reference,
    not_found,
    require_environment,
)
from runthrough.emulator.confluent.http import Call, Refusal
from runthrough.emulator.confluent.planes import KafkaPlane

CLUSTER = "spec.kafka_cluster"


@dataclass(frozen=True)
class Place:
    """One Kafka cluster of one environment, and what serves it."""

    environment: str
    cluster: str
    plane: KafkaPlane

    def key(self, topic: str) -> tuple[str, str, str]:
        """Return what a topic of this place is known by."""
        return self.environment, self.cluster, topic


def find_place(cloud: Cloud, environment: str, cluster: str) -> Place:
    """Return a place by its ids. Raises Refusal (404) where there is none."""
    check_environment(cloud, environment)
    if cluster not in {known.id for known in cloud.account.clusters(environment)}:
        raise not_found(f"Kafka cluster {cluster} was not found in environment {environment}.")
    return Place(environment, cluster, cloud.kafka(cluster))


def queried_place(cloud: Cloud, call: Call) -> Place:
    """Return the place of the query parameters. Raises Refusal (400, 404)."""
    require_environment(cloud, call)
    cluster = call.query.get(CLUSTER, "")
    if not cluster:
        raise Refusal(
            400,
            f"the query parameter {CLUSTER} is required",
            code="invalid_filter",
            pointer=CLUSTER,
        )
    return find_place(cloud, call.query["environment"], cluster)


def cluster_crn(cloud: Cloud, environment: str, cluster: str) -> str:
    """Return the CRN of a Kafka cluster, with its `/kafka=` part (facts 1.7)."""
    return f"{environment_crn(cloud.within(environment))}/cloud-cluster={cluster}/kafka={cluster}"


def place_references(cloud: Cloud, call: Call, environment: str, cluster: str) -> Json:
    """Return how a spec refers to its environment and cluster."""
    seen = cloud.within(environment)
    return {
        "environment": environment_reference(seen, call),
        "kafka_cluster": {
            "id": cluster,
            "environment": environment,
            "api_version": "cmk/v2",
            "kind": "Cluster",
            "related": f"{call.base_url}/cmk/v2/clusters/{cluster}",
            "resource_name": cluster_crn(cloud, environment, cluster),
        },
    }


def check_integration(cloud: Cloud, environment: str, integration: str, pointer: str) -> None:
    """Check a provider integration's id. Raises Refusal (422) where there is none."""
    if cloud.integrations.get(integration, environment) is None:
        raise invalid(f"Provider Integration {integration} not found", pointer)
