"""Kafka REST v3: access control lists.

They are kept and listed, as Terraform and the CLI need them. **The emulator's broker does not
enforce them**: it asks nobody who they are. Sources: facts/confluent-cloud-api.md 3.6 (DELETE needs
resource_type, pattern_type, operation and permission); the values of the fields are those of the
public API reference of Kafka REST v3; the words of refusals are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Reply
from runthrough.emulator.confluent.kafka_rest.acl_store import ANY, Acl, AclFilter
from runthrough.emulator.confluent.kafka_rest.parts import (
    Cluster,
    Json,
    bad_request,
    check_fields,
    cluster_of,
    listing,
    read_body,
    read_objects,
)

FIELDS = (
    "resource_type",
    "resource_name",
    "pattern_type",
    "principal",
    "host",
    "operation",
    "permission",
)
DELETION_NEEDS = ("resource_type", "pattern_type", "operation", "permission")
CLUSTER_NAME = "kafka-cluster"

VALUES: Mapping[str, tuple[str, ...]] = {
    "resource_type": ("TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN"),
    "pattern_type": ("LITERAL", "PREFIXED"),
    "operation": (
        "ALL",
        "READ",
        "WRITE",
        "CREATE",
        "DELETE",
        "ALTER",
        "DESCRIBE",
        "CLUSTER_ACTION",
        "DESCRIBE_CONFIGS",
        "ALTER_CONFIGS",
        "IDEMPOTENT_WRITE",
    ),
    "permission": ("ALLOW", "DENY"),
}


def list_acls(cloud: Cloud, call: Call) -> Reply:
    """GET …/acls: those that fit the query."""
    cluster = cluster_of(cloud, call)
    return _listing(cluster, call, cluster.plane.acls.find(_read_filter(call)))


def create_acl(cloud: Cloud, call: Call) -> Reply:
    """POST …/acls: one that is there already is no fault."""
    cluster = cluster_of(cloud, call)
    cluster.plane.acls.add([_read_acl(read_body(call, *FIELDS))])
    return Reply(201)


def create_acls(cloud: Cloud, call: Call) -> Reply:
    """POST …/acls:batch: all of them, or none where one is refused."""
    cluster = cluster_of(cloud, call)
    items = read_objects(read_body(call, "data"), "data")
    if not items:
        raise bad_request("data is required: a list of ACLs")
    for item in items:
        check_fields(item, FIELDS)
    cluster.plane.acls.add([_read_acl(item) for item in items])
    return Reply(201)


def delete_acls(cloud: Cloud, call: Call) -> Reply:
    """DELETE …/acls: those that fit the query, which are answered."""
    cluster = cluster_of(cloud, call)
    missing = [name for name in DELETION_NEEDS if not call.query.get(name)]
    if missing:
        raise bad_request(f"the query parameter {missing[0]} is required")
    return _listing(cluster, call, cluster.plane.acls.delete(_read_filter(call)))


def _read_acl(body: Json) -> Acl:
    values = {}
    for name in FIELDS:
        value = body.get(name)
        if not isinstance(value, str) or not value:
            raise bad_request(f"{name} is required: a string")
        values[name] = value.upper() if name in VALUES else value
        _check_value(name, values[name], VALUES.get(name))
    acl = Acl(**values)
    _check_principal(acl.principal)
    if acl.resource_type == "CLUSTER" and acl.resource_name != CLUSTER_NAME:
        raise bad_request(f"the resource_name of a CLUSTER must be {CLUSTER_NAME}")
    return acl


def _read_filter(call: Call) -> AclFilter:
    values: dict[str, str] = {}
    for name in FIELDS:
        if not (value := call.query.get(name, "")):
            continue
        values[name] = value.upper() if name in VALUES else value
        if name in VALUES:
            also = ("MATCH", ANY) if name == "pattern_type" else (ANY,)
            _check_value(name, values[name], (*VALUES[name], *also))
    return AclFilter(**values)


def _check_value(name: str, value: str, known: tuple[str, ...] | None) -> None:
    if known is not None and value not in known:
        raise bad_request(f"{name} must be one of {', '.join(known)}, not {value}")


def _check_principal(principal: str) -> None:
    kind, colon, name = principal.partition(":")
    if not (kind and colon and name):
        raise bad_request(f"principal must be written Type:name, as User:sa-abc123: {principal}")


def _listing(cluster: Cluster, call: Call, acls: list[Acl]) -> Reply:
    return listing(call, "KafkaAclList", [_acl(cluster, acl) for acl in acls])


def _acl(cluster: Cluster, acl: Acl) -> Json:
    fields = {name: getattr(acl, name) for name in FIELDS}
    return {
        "kind": "KafkaAcl",
        "metadata": {"self": f"{cluster.root}/acls?{urlencode(fields)}"},
        "cluster_id": cluster.id,
        **fields,
    }
