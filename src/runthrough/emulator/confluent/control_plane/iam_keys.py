"""API keys (iam/v2): what each opens, whose it is, and its secret once.

Source: facts/confluent-cloud-api.md 3.4 (the resource by purpose; 202; the secret in the create
answer only), 1.6 (a deleted key is 403), 3.9 (examples). What a key may be made for, and the
wording of refusals, are ours.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from runthrough.emulator.confluent.bodies import Body, Envelope, Reference, invalid, read_body
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.control_plane.iam_parts import stamped
from runthrough.emulator.confluent.envelope import (
    Json,
    created,
    crn,
    forbidden,
    head,
    listing,
    matches,
)
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply
from runthrough.emulator.confluent.identity.crns import below
from runthrough.emulator.confluent.identity.parts import ApiKey, Resource, Scope
from runthrough.emulator.confluent.identity.roles import Need, Verb
from runthrough.emulator.confluent.identity.store import QuotaError
from runthrough.emulator.confluent.permits import require
from runthrough.emulator.confluent.refusals import over_quota

Text = Annotated[str, StringConstraints(max_length=1024)]


class NewKeySpec(Body):
    """What a new key is for. Without a resource it is a Cloud key."""

    owner: Reference
    resource: Reference | None = None
    display_name: Text | None = None
    description: Text | None = None
    secret: str | None = None


class NewKey(Envelope):
    """The body that creates a key."""

    spec: NewKeySpec


class KeyChangeSpec(Body):
    """What of a key may change: its texts. Owner and resource may be sent back as they were."""

    owner: Reference | None = None
    resource: Reference | None = None
    display_name: Text | None = None
    description: Text | None = None
    secret: str | None = None


class KeyChange(Envelope):
    """The body that changes a key."""

    spec: KeyChangeSpec


# --- handlers -----------------------------------------------------------------------------------


def list_api_keys(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/api-keys?spec.owner=&spec.resource=: those the caller may see."""
    owner, resource = matches(call, "spec.owner"), matches(call, "spec.resource")
    found = [
        _render(cloud, call, key)
        for key in cloud.identity.api_keys()
        if owner(key.owner) and resource(key.resource.id) and _may(cloud, call, key, "describe")
    ]
    return listing(call, "iam/v2", "ApiKey", found)


def create_api_key(cloud: Cloud, call: Call) -> Reply:
    """POST /iam/v2/api-keys: 202, the only answer that shows the secret."""
    spec = read_body(call, NewKey).spec
    if cloud.identity.principal(spec.owner.id) is None:
        raise invalid(f"the owner {spec.owner.id} does not exist", "/spec/owner/id")
    resource = _read_resource(cloud, spec.resource)
    if spec.owner.id != call.caller.owner:
        require(cloud, call, Need("keys", "create", _resource_crn(cloud, resource)))
    try:
        made = cloud.identity.create_api_key(
            spec.owner.id,
            resource,
            name=spec.display_name or "",
            description=spec.description or "",
        )
    except QuotaError as e:
        raise over_quota(e.quota, "API keys per organization", e.limit) from e
    except KeyError as e:  # deleted since it was found
        raise invalid(f"the owner {spec.owner.id} does not exist", "/spec/owner/id") from e
    body = _render(cloud, call, made, secret=made.secret.get_secret_value())
    return created(body, f"{call.url}/{made.id}", 202)


def get_api_key(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/api-keys/{key}."""
    return reply(_render(cloud, call, _find(cloud, call, "describe")))


def update_api_key(cloud: Cloud, call: Call) -> Reply:
    """PATCH /iam/v2/api-keys/{key}: its name and description."""
    key = _find(cloud, call, "alter")
    spec = read_body(call, KeyChange).spec
    if spec.owner is not None and spec.owner.id != key.owner:
        raise invalid("the owner of an API key cannot be changed", "/spec/owner")
    if spec.resource is not None and spec.resource.id != key.resource.id:
        raise invalid("the resource of an API key cannot be changed", "/spec/resource")
    try:
        changed = cloud.identity.change_api_key(
            key.id, name=spec.display_name, description=spec.description
        )
    except KeyError as e:  # deleted since it was found
        raise forbidden() from e
    return reply(_render(cloud, call, changed))


def delete_api_key(cloud: Cloud, call: Call) -> Reply:
    """DELETE /iam/v2/api-keys/{key}: 204."""
    key = _find(cloud, call, "delete")
    try:
        cloud.identity.delete_api_key(key.id)
    except KeyError as e:  # deleted since it was found
        raise forbidden() from e
    return Reply(204)


# --- carrying it out ----------------------------------------------------------------------------


def _find(cloud: Cloud, call: Call, verb: Verb) -> ApiKey:
    key = cloud.identity.api_key(call.params["key"])
    if key is None or not _may(cloud, call, key, verb):
        raise forbidden()
    return key


def _may(cloud: Cloud, call: Call, key: ApiKey, verb: Verb) -> bool:
    """Return whether the caller may: with an own key always, else with a role on its resource."""
    if key.owner == call.caller.owner:
        return True
    need = Need("keys", verb, _resource_crn(cloud, key.resource))
    return cloud.identity.may(call.caller.owner, need)


def _read_resource(cloud: Cloud, sent: Reference | None) -> Resource:
    """Return what a key is to open; kind and version come from the id (facts 3.4).

    Raises:
        Refusal: 422, no key can be made for it; 403, there is no such cluster or registry.
    """
    if sent is None:
        return Resource("cloud", "cloud")
    whole: dict[str, Scope] = {"cloud": "cloud", "global": "global", "tableflow": "tableflow"}
    if sent.id in whole:
        return Resource(whole[sent.id], sent.id)
    if sent.id.startswith("lkc-"):
        return Resource("kafka", sent.id, _cluster_environment(cloud, sent.id))
    if sent.id.startswith("lsrc-"):
        return Resource("schema-registry", sent.id, _registry_environment(cloud, sent.id))
    return _read_region(cloud, sent)


def _read_region(cloud: Cloud, sent: Reference) -> Resource:
    world = cloud.world
    if sent.id not in {f"{world.cloud.lower()}.{region}" for region in world.regions}:
        raise invalid(
            f"no API key can be made for {sent.id!r}: name a Kafka cluster, a Schema Registry, a"
            " Flink region, cloud, global or tableflow",
            "/spec/resource/id",
        )
    if not sent.environment:
        raise invalid("a key for a Flink region needs an environment", "/spec/resource/environment")
    if sent.environment not in {environment.id for environment in cloud.account.environments()}:
        raise Refusal(
            404,
            f"Environment {sent.environment} was not found.",
            code="resource_not_found",
            title="Resource Not Found",
        )
    return Resource("flink", sent.id, sent.environment)


def _cluster_environment(cloud: Cloud, cluster: str) -> str:
    return cloud.account.cluster(cluster).environment_id


def _registry_environment(cloud: Cloud, registry: str) -> str:
    return cloud.account.registry(registry).environment_id


def _resource_crn(cloud: Cloud, resource: Resource) -> str:
    """Return the CRN a role must cover to touch somebody else's key."""
    if not resource.environment:
        return crn(cloud)
    inside = {
        "kafka": ("cloud-cluster", resource.id),
        "schema-registry": ("schema-registry", resource.id),
        "flink": ("flink-region", resource.id),
    }
    return below(crn(cloud), ("environment", resource.environment), inside[resource.scope])


_HEADS = {
    "cloud": ("iam/v2", "Cloud"),
    "global": ("global/v1", "Global"),
    "tableflow": ("tableflow/v1", "Tableflow"),
    "kafka": ("cmk/v2", "Cluster"),
    "schema-registry": ("srcm/v3", "Cluster"),
    "flink": ("fcpm/v2", "Region"),
}


def _render(cloud: Cloud, call: Call, key: ApiKey, *, secret: str | None = None) -> Json:
    owner = cloud.identity.principal(key.owner)
    kind = owner.kind if owner else "ServiceAccount"
    collection, part = _OWNERS[kind]
    name = f"crn://api.confluent.cloud/organization={cloud.world.organization.id}"
    spec: Json = {"display_name": key.name, "description": key.description}
    if secret is not None:
        spec["secret"] = secret
    return {
        **head("iam/v2", "ApiKey", key.id),
        "metadata": stamped(
            call,
            f"/iam/v2/api-keys/{key.id}",
            f"{name}/{part}={key.owner}/api-key={key.id}",
            key.created_at,
            key.updated_at,
        ),
        "spec": {
            **spec,
            "owner": {
                **head("iam/v2", kind, key.owner),
                "related": f"{call.base_url}/iam/v2/{collection}/{key.owner}",
                "resource_name": f"crn://confluent.cloud/{part}={key.owner}",
            },
            "resource": _render_resource(cloud, key.resource),
        },
    }


_OWNERS = {"User": ("users", "user"), "ServiceAccount": ("service-accounts", "service-account")}


def _render_resource(cloud: Cloud, resource: Resource) -> Json:
    """Return what a key opens; Terraform decides by kind and api_version (facts 3.4)."""
    shown = head(*_HEADS[resource.scope], resource.id)
    if resource.environment:
        shown["environment"] = resource.environment
    return {**shown, "resource_name": _resource_crn(cloud, resource)}
