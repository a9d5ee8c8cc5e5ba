"""What a request needs a role for, found from its route, and the refusal of who has none.

Source: facts/confluent-cloud-api.md 1.6 (the 403), 1.7 (CRNs), 6 (a role on one compute pool gets
403 for a missing statement). Which role allows what is in `identity/roles.py`. A route whose need
no fact gives asks for none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import crn
from runthrough.emulator.confluent.families import (
    CONNECTIONS,
    CONTROL,
    FLINK,
    KAFKA,
    REGISTRY,
    Family,
    unauthorized,
)
from runthrough.emulator.confluent.http import Call, Refusal
from runthrough.emulator.confluent.identity.crns import below
from runthrough.emulator.confluent.identity.roles import PLACES, Area, Need, Verb
from runthrough.emulator.confluent.identity.seed import region_id
from runthrough.emulator.confluent.registry.target import names_another, target

_DETAIL = "You do not have access to this resource, or it does not exist."
"""Ours."""

_VERBS: dict[str, Verb] = {
    "GET": "describe",
    "POST": "create",
    "PUT": "alter",
    "PATCH": "alter",
    "DELETE": "delete",
}
_CONTROL_AREAS: tuple[tuple[str, Area], ...] = (
    ("/org/v2/organizations", "organization"),
    ("/org/v2/environments", "environments"),
    ("/cmk/v2/clusters", "clusters"),
    ("/fcpm/v2/compute-pool", "pools"),
    ("/srcm/v3/clusters", "registries"),
    ("/pim/", "integrations"),
    ("/connect/", "connectors"),
    ("/artifact/", "artifacts"),
    ("/tableflow/v1/tableflow-topics", "tableflow"),
    ("/tableflow/v1/catalog-integrations", "tableflow"),
    ("/v2/metrics", "metrics"),
    ("/billing/", "billing"),
)
_PRINCIPALS = ("/iam/v2/service-accounts", "/iam/v2/users")


def denied(family: Family) -> Refusal:
    """Return the 403 of a family for a role that is missing."""
    return Refusal(403, _DETAIL, code=family.denied, title="Forbidden Access")


def require(cloud: Cloud, call: Call, need: Need, family: Family = CONTROL) -> None:
    """Check that the caller has a role for something. Raises Refusal (403)."""
    if not cloud.identity.may(call.caller.owner, need):
        raise denied(family)


def permit(cloud: Cloud, call: Call, family: Family, path: str) -> None:
    """Check that the caller's key is one of this place and that the caller has the role needed.

    Args:
        cloud: where.
        call: the request.
        family: of its route.
        path: the template of its route.

    Raises:
        Refusal: 401, the key is of another cluster, registry, region or environment; 403, there is
            no role for it.
    """
    if family.is_open:
        return
    _check_place(cloud, call)
    need = _need(cloud, call, family, path)
    if need is None or cloud.identity.may(call.caller.owner, need):
        return
    if need.area == "statements" and _may_in_pool(cloud, call, need):
        return
    raise denied(family)


def check_run_as(cloud: Cloud, call: Call, principal: str) -> None:
    """Check that the caller may run a statement as a principal: itself, or one assigned to it.

    Raises:
        Refusal: 403, the caller is neither and has no role (Assigner) on the principal.
    """
    if principal != call.caller.owner:
        kind = "user" if principal.startswith("u-") else "service-account"
        require(cloud, call, Need("principals", "use", below(crn(cloud), (kind, principal))))


def _check_place(cloud: Cloud, call: Call) -> None:
    """Check that a key opens this very cluster, registry, or region and environment.

    In the cloud each of these has a host of its own, which knows nothing of other keys: so the
    401 is the one of an unknown key (ours). What is not there at all is left to the handler.
    """
    if call.caller.key is None:
        return
    here, resource = call.params, call.caller.key.resource
    fits = True
    if resource.scope == "kafka":
        clusters = {cluster.id for cluster in cloud.account.all_clusters()}
        asked = here.get("cluster", resource.id)
        fits = asked == resource.id or asked not in clusters
    elif resource.scope == "schema-registry":
        registries = cloud.account.registries(resource.environment)
        known = resource.id in {registry.id for registry in registries}
        fits = known and not names_another(call)
    elif resource.scope == "flink":
        asked = here.get("environment", resource.environment)
        there = asked == resource.environment or not _exists(cloud, asked)
        fits = there and resource.id in _flink_regions(cloud, asked)
    if not fits:
        raise unauthorized()


def _exists(cloud: Cloud, environment: str) -> bool:
    return any(known.id == environment for known in cloud.account.environments())


def _flink_regions(cloud: Cloud, environment: str) -> set[str]:
    """Return where Flink answers for an environment: the world's region, and those of its pools."""
    pools = cloud.account.compute_pools.all(environment)
    return {region_id(cloud.world), *(f"{p.cloud.lower()}.{p.region}" for p in pools)}


# --- the need of a route ------------------------------------------------------------------------


def _need(cloud: Cloud, call: Call, family: Family, path: str) -> Need | None:
    if family in (FLINK, CONNECTIONS):
        return _flink_need(cloud, call, path)
    if family is KAFKA:
        return _kafka_need(cloud, call, path)
    if family is REGISTRY:
        return _registry_need(cloud, call, path)
    return _control_need(cloud, call, path)


def _control_need(cloud: Cloud, call: Call, path: str) -> Need | None:
    verb = _VERBS[call.method]
    if path.startswith(_PRINCIPALS):
        if verb == "describe":
            return None
        name = call.params.get("principal", "")
        parts = [("user" if name.startswith("u-") else "service-account", name)] if name else []
        return Need("principals", verb, below(crn(cloud), *parts))
    area = next((area for start, area in _CONTROL_AREAS if path.startswith(start)), None)
    if area is None:
        return None
    environment = _environment(call)
    if environment is None:
        in_all = area in ("organization", "environments", "metrics", "billing")
        return Need(area, verb, crn(cloud), inside=verb == "describe") if in_all else None
    if not _exists(cloud, environment):
        return None
    place = below(crn(cloud), ("environment", environment))
    cluster = call.params.get("cluster") or call.query.get("spec.kafka_cluster")
    if cluster:
        place = below(place, ("cloud-cluster", cluster))
    return Need(area, verb, place, inside=verb == "describe" and area not in PLACES)


def _environment(call: Call) -> str | None:
    """Return the environment a control plane request is about: path, query or body."""
    named = call.params.get("environment") or call.query.get("environment")
    if named or call.method not in ("POST", "PATCH"):
        return named
    body = _body(call)
    spec = body.get("spec")
    holder = spec if isinstance(spec, dict) else body
    environment = holder.get("environment")
    found = environment.get("id") if isinstance(environment, dict) else environment
    return found if isinstance(found, str) and found else None


def flink_place(cloud: Cloud, call: Call) -> str:
    """Return the CRN of the region of an environment that a gateway request is about."""
    environment = ("environment", call.params["environment"])
    return below(crn(cloud), environment, ("flink-region", _flink_region(cloud, call)))


def _flink_need(cloud: Cloud, call: Call, path: str) -> Need | None:
    """Return the need of a gateway route: in a region of an environment."""
    if not _exists(cloud, call.params["environment"]):
        return None
    place = flink_place(cloud, call)
    area: Area = "flink-objects"
    if "/statements" in path:
        area = "statements"
    elif "/connections" in path:
        area = "connections"
    listed = call.method == "GET" and not path.endswith("}")
    return Need(area, _VERBS[call.method], place, inside=listed and "{statement}" not in path)


def _flink_region(cloud: Cloud, call: Call) -> str:
    """Return the region a call is about: the key's, as all regions share one address here."""
    key = call.caller.key
    own = key is not None and key.resource.scope == "flink"
    return key.resource.id if key is not None and own else region_id(cloud.world)


def _may_in_pool(cloud: Cloud, call: Call, need: Need) -> bool:
    """Return whether a role on the statement's compute pool is there (facts 6)."""
    name = call.params.get("statement")
    if name is None:
        pool = _text(_body(call).get("spec"), "compute_pool_id") or _default_pool(cloud, call)
    else:
        statements = cloud.within(call.params["environment"]).statements
        pool = next((s.order.compute_pool_id for s in statements.all() if s.order.name == name), "")
    place = below(need.crn, ("compute-pool", pool))
    return bool(pool) and cloud.identity.may(call.caller.owner, Need(need.area, need.verb, place))


def _default_pool(cloud: Cloud, call: Call) -> str:
    pools = cloud.account.compute_pools
    found = pools.default(call.params["environment"], cloud.world.region)
    return "" if found is None else found.id


def kafka_place(cloud: Cloud, environment: str, cluster: str) -> str:
    """Return the CRN of a Kafka cluster."""
    return below(
        crn(cloud), ("environment", environment), ("cloud-cluster", cluster), ("kafka", cluster)
    )


def _kafka_need(cloud: Cloud, call: Call, path: str) -> Need | None:
    """Return the need of a Kafka REST route: a topic, a group, or the cluster itself."""
    cluster = call.params.get("cluster")
    known = {c.id: c.environment_id for c in cloud.account.all_clusters()}
    if cluster is None or cluster not in known:
        return None
    place = kafka_place(cloud, known[cluster], cluster)
    if "/acls" in path:
        return Need("acls", _VERBS[call.method], place)
    if "/consumer-groups" in path:
        group = call.params.get("group")
        parts = [("group", group)] if group else []
        return Need("groups", _VERBS[call.method], below(place, *parts), inside=not group)
    if "/topics" in path:
        return _topic_need(call, path, place)
    return Need("clusters", _VERBS[call.method], place)


def _topic_need(call: Call, path: str, place: str) -> Need:
    topic = call.params.get("topic")
    verb: Verb = _VERBS[call.method]
    if topic is None and call.method == "POST":
        topic = _text(_body(call), "topic_name")
    if path.endswith("/records"):
        verb = "write"
    elif (topic is not None and call.method == "POST" and ":alter" in path) or (
        "/configs/" in path and call.method == "DELETE"
    ):
        verb = "alter"
    if topic is None:
        return Need("topics", verb, place, inside=verb == "describe")
    return Need("topics", verb, below(place, ("topic", topic)))


def registry_place(cloud: Cloud, call: Call) -> str:
    """Return the CRN of the registry a request is for. Raises Refusal (403): there is none."""
    registry, world = target(cloud, call), cloud.world
    return below(
        crn(cloud),
        ("environment", registry.environment_id if registry else world.environment.id),
        ("schema-registry", registry.id if registry else world.schema_registry.id),
    )


def _registry_need(cloud: Cloud, call: Call, path: str) -> Need:
    """Return the need of a Schema Registry route: a subject, or all of them."""
    place = registry_place(cloud, call)
    subject = call.params.get("subject")
    verb: Verb = _VERBS[call.method]
    if call.method == "POST":
        registers = path == "/subjects/{subject}/versions"
        verb = "write" if registers else "describe"
    if subject is None:
        return Need("subjects", verb, place, inside=verb == "describe")
    return Need("subjects", verb, below(place, ("subject", subject)))


def _body(call: Call) -> Mapping[str, object]:
    """Return a body as far as it says what it is about; the handler refuses a bad one."""
    try:
        body = json.loads(call.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _text(holder: object, name: str) -> str | None:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, str) and value else None
