"""Lines about accounts and what they own."""

from __future__ import annotations

from pytest_bdd import parsers, then

from runthrough.clients.aws import Identity
from runthrough.clients.confluent import ControlPlane, Resource
from runthrough.settings import Settings


@then("the Cloud API key sees my environment")
def see_environment(confluent: ControlPlane, settings: Settings) -> None:
    ids = [environment.id for environment in confluent.environments()]
    assert settings.text("CONFLUENT_ENVIRONMENT_ID") in ids, f"the key sees {ids}"


@then(parsers.re(r"the (?P<kind>Kafka cluster|compute pool|Schema Registry) is (?P<phase>[A-Z]+)"))
def see_resource(confluent: ControlPlane, kind: str, phase: str) -> None:
    resource = _resource(confluent, kind)
    assert resource.phase == phase, f"{kind} {resource.id} is {resource.phase}"


@then("cluster and pool share one region")
def share_region(confluent: ControlPlane) -> None:
    cluster, pool = confluent.cluster().spec["region"], confluent.compute_pool().spec["region"]
    assert cluster == pool, f"the cluster is in {cluster}, the compute pool in {pool}"


@then("AWS knows who I am")
def know_identity(identity: Identity) -> None:
    caller = identity.caller()
    assert caller.account, f"AWS did not name an account for {caller.arn}"


def _resource(confluent: ControlPlane, kind: str) -> Resource:
    read = {
        "Kafka cluster": confluent.cluster,
        "compute pool": confluent.compute_pool,
        "Schema Registry": confluent.schema_registry,
    }
    return read[kind]()
