"""The read side of iam/v2: people, service accounts, API keys, role bindings.

Source: facts/confluent-cloud-api.md 3.4.
"""

from __future__ import annotations

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import (
    Json,
    crn,
    forbidden,
    head,
    listing,
    matches,
    metadata,
)
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply
from runthrough.emulator.confluent.identity.parts import ApiKey, Principal, Resource, RoleBinding


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
        for key in cloud.identity.api_keys()
        if owner(key.owner) and resource(key.resource.id)
    ]
    return listing(call, "iam/v2", "ApiKey", found)


def get_api_key(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/api-keys/{key}."""
    key = cloud.identity.api_key(call.params["key"])
    if key is None:
        raise forbidden()
    return reply(_api_key(cloud, call, key))


def list_role_bindings(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/role-bindings?crn_pattern=&principal=&role_name=.

    A trailing `*` of the pattern matches any rest.
    """
    pattern = call.query.get("crn_pattern", "")
    if not pattern:
        raise Refusal(400, "crn_pattern is required", code=400)
    principal, role = matches(call, "principal"), matches(call, "role_name")
    found = [
        binding
        for binding in (_role_binding(cloud, call, b) for b in cloud.identity.role_bindings())
        if _covers(pattern, str(binding["crn_pattern"]))
        and principal(binding["principal"])
        and role(binding["role_name"])
    ]
    return listing(call, "iam/v2", "RoleBinding", found)


def _of_kind(cloud: Cloud, kind: str) -> list[Principal]:
    return [principal for principal in cloud.identity.principals() if principal.kind == kind]


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


def _api_key(cloud: Cloud, call: Call, key: ApiKey) -> Json:
    owner = cloud.identity.principal(key.owner)
    kind = owner.kind if owner else "ServiceAccount"
    collection = "users" if kind == "User" else "service-accounts"
    name = f"{crn(cloud)}/{kind.lower()}={key.owner}/api-key={key.id}"
    return {
        **head("iam/v2", "ApiKey", key.id),
        "metadata": metadata(cloud, call, f"/iam/v2/api-keys/{key.id}", name),
        "spec": {
            "display_name": key.name,
            "description": key.description,
            "owner": {
                **head("iam/v2", kind, key.owner),
                "related": f"{call.base_url}/iam/v2/{collection}/{key.owner}",
            },
            "resource": _resource(key.resource),
        },
    }


_RESOURCE_HEADS = {
    "cloud": ("iam/v2", "Cloud"),
    "global": ("global/v1", "Global"),
    "tableflow": ("tableflow/v1", "Tableflow"),
    "kafka": ("cmk/v2", "Cluster"),
    "schema-registry": ("srcm/v3", "Cluster"),
    "flink": ("fcpm/v2", "Region"),
}


def _resource(resource: Resource) -> Json:
    """Return what a key opens; Terraform decides by kind and api_version (facts 3.4)."""
    shown = head(*_RESOURCE_HEADS[resource.scope], resource.id)
    return {**shown, "environment": resource.environment} if resource.environment else shown


def _role_binding(cloud: Cloud, call: Call, binding: RoleBinding) -> Json:
    name = f"{crn(cloud)}/rolebinding={binding.id}"
    return {
        **head("iam/v2", "RoleBinding", binding.id),
        "metadata": metadata(cloud, call, f"/iam/v2/role-bindings/{binding.id}", name),
        "principal": f"User:{binding.principal}",
        "role_name": binding.role,
        "crn_pattern": binding.crn,
    }


def _covers(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
