"""What the CLI asks beside its work: free trial, usage, role names (facts 4.3, 5.1)."""

from __future__ import annotations

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Reply, reply
from runthrough.emulator.confluent.login.roles import ROLES


def get_free_trial(_cloud: Cloud, _call: Call) -> Reply:
    """GET /api/growth/v1/free-trial-info: no organization here is on a free trial."""
    return reply({"error": None, "promo_code_claims": []})


def take_usage(_cloud: Cloud, call: Call) -> Reply:
    """POST /api/cli/v1/usages: which command ran, by its own CLI; nothing of it is kept."""
    call.json_object()
    return Reply(204)


def list_roles(_cloud: Cloud, _call: Call) -> Reply:
    """GET /api/metadata/security/v2alpha1/roles: the roles one can bind, and where."""
    return reply(
        [
            {
                "name": role.name,
                "policies": [
                    {"bindingScope": scope, "bindWithResource": role.bound_to_resource}
                    for scope in role.scopes
                ],
            }
            for role in ROLES
        ]
    )


def list_role_names(_cloud: Cloud, _call: Call) -> Reply:
    """GET /api/metadata/security/v2alpha1/roleNames: the names alone."""
    return reply([role.name for role in ROLES])
