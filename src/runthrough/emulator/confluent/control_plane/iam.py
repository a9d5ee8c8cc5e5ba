"""The read side of iam/v2: people, service accounts, API keys, role bindings.

Source: facts/confluent-cloud-api.md 3.4.
"""

from __future__ import annotations

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import (
    Json,
    crn,
    environment_crn,
    forbidden,
    head,
    listing,
    matches,
    metadata,
)
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply
from runthrough.emulator.world import ConfluentKey, Principal


def list_service_accounts(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/service-accounts?display_name=."""
    wanted = matches(call, "display_name")
    found = [
        _principal(cloud, call, p) for p in _of_kind(cloud, "ServiceAccount") if wanted(p.name)
    ]
    return listing(call, "iam/v2", "ServiceAccount", found)


def get_service_account(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/service-accounts/{principal}."""
    return reply(_find_principal(cloud, call, "ServiceAccount"))


def list_users(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/users."""
    found = [_principal(cloud, call, p) for p in _of_kind(cloud, "User")]
    return listing(call, "iam/v2", "User", found)


def get_user(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/users/{principal}."""
    return reply(_find_principal(cloud, call, "User"))


def list_api_keys(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/api-keys?spec.owner=&spec.resource=. Secrets are shown at creation only."""
    owner, resource = matches(call, "spec.owner"), matches(call, "spec.resource")
    found = [
        _api_key(cloud, call, key)
        for key in cloud.world.keys
        if owner(key.owner) and resource(_resource(cloud, key)["id"])
    ]
    return listing(call, "iam/v2", "ApiKey", found)


def get_api_key(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/api-keys/{key}."""
    for key in cloud.world.keys:
        if key.id == call.params["key"]:
            return reply(_api_key(cloud, call, key))
    raise forbidden()


def list_role_bindings(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/role-bindings?crn_pattern=&principal=&role_name=.

    Nothing is refused for want of a role here, so the bindings say what is so: users administer
    the organization, service accounts the environment. A trailing `*` matches any rest.
    """
    pattern = call.query.get("crn_pattern", "")
    if not pattern:
        raise Refusal(400, "crn_pattern is required", code=400)
    principal, role = matches(call, "principal"), matches(call, "role_name")
    found = [
        binding
        for binding in (_role_binding(cloud, call, p) for p in cloud.world.principals)
        if _covers(pattern, str(binding["crn_pattern"]))
        and principal(binding["principal"])
        and role(binding["role_name"])
    ]
    return listing(call, "iam/v2", "RoleBinding", found)


def _of_kind(cloud: Cloud, kind: str) -> list[Principal]:
    return [principal for principal in cloud.world.principals if principal.kind == kind]


def _find_principal(cloud: Cloud, call: Call, kind: str) -> Json:
    for principal in _of_kind(cloud, kind):
        if principal.id == call.params["principal"]:
            return _principal(cloud, call, principal)
    raise forbidden()


def _principal(cloud: Cloud, call: Call, principal: Principal) -> Json:
    if principal.kind == "User":
        path = f"/iam/v2/users/{principal.id}"
        names: Json = {
            "email": principal.email,
            "full_name": principal.name,
            "auth_type": "AUTH_TYPE_LOCAL",
        }
        name = f"{crn(cloud)}/user={principal.id}"
    else:
        path = f"/iam/v2/service-accounts/{principal.id}"
        names = {"display_name": principal.name, "description": ""}
        name = f"crn://confluent.cloud/service-account={principal.id}"
    return {
        **head("iam/v2", principal.kind, principal.id),
        "metadata": metadata(cloud, call, path, name),
        **names,
    }


def _api_key(cloud: Cloud, call: Call, key: ConfluentKey) -> Json:
    kind = next((p.kind for p in cloud.world.principals if p.id == key.owner), "ServiceAccount")
    collection = "users" if kind == "User" else "service-accounts"
    name = f"{crn(cloud)}/{kind.lower()}={key.owner}/api-key={key.id}"
    return {
        **head("iam/v2", "ApiKey", key.id),
        "metadata": metadata(cloud, call, f"/iam/v2/api-keys/{key.id}", name),
        "spec": {
            "display_name": key.scope,
            "description": "",
            "owner": {
                **head("iam/v2", kind, key.owner),
                "related": f"{call.base_url}/iam/v2/{collection}/{key.owner}",
            },
            "resource": _resource(cloud, key),
        },
    }


def _resource(cloud: Cloud, key: ConfluentKey) -> Json:
    """Return what a key opens; Terraform decides by kind and api_version (facts 3.4)."""
    world = cloud.world
    region = f"{world.cloud.lower()}.{world.region}"
    resources: dict[str, Json] = {
        "cloud": head("iam/v2", "Cloud", "cloud"),
        "global": head("global/v1", "Global", "global"),
        "tableflow": head("tableflow/v1", "Tableflow", "tableflow"),
        "kafka": head("cmk/v2", "Cluster", world.cluster.id),
        "schema-registry": head("srcm/v3", "Cluster", world.schema_registry.id),
        "flink": head("fcpm/v2", "Region", region),
    }
    resource = resources[key.scope]
    if key.scope in {"kafka", "schema-registry", "flink"}:
        resource["environment"] = world.environment.id
    return resource


def _role_binding(cloud: Cloud, call: Call, principal: Principal) -> Json:
    user = principal.kind == "User"
    binding = f"rb-{principal.id.partition('-')[2]}"
    name = f"{crn(cloud)}/rolebinding={binding}"
    return {
        **head("iam/v2", "RoleBinding", binding),
        "metadata": metadata(cloud, call, f"/iam/v2/role-bindings/{binding}", name),
        "principal": f"User:{principal.id}",
        "role_name": "OrganizationAdmin" if user else "EnvironmentAdmin",
        "crn_pattern": crn(cloud) if user else environment_crn(cloud),
    }


def _covers(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
