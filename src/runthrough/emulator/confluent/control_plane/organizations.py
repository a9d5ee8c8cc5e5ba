"""Organizations (org/v2): there is one, which can be read and renamed.

Source: facts/confluent-cloud-api.md 3.1.
"""

from __future__ import annotations

from runthrough.emulator.confluent.bodies import read_body
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.control_plane.bodies import OrganizationPatch
from runthrough.emulator.confluent.envelope import Json, crn, forbidden, head, listing, metadata
from runthrough.emulator.confluent.http import Call, Reply, reply
from runthrough.emulator.confluent.refusals import not_emulated


def list_organizations(cloud: Cloud, call: Call) -> Reply:
    """GET /org/v2/organizations."""
    return listing(call, "org/v2", "Organization", [_render(cloud, call)])


def get_organization(cloud: Cloud, call: Call) -> Reply:
    """GET /org/v2/organizations/{organization}."""
    _check(cloud, call)
    return reply(_render(cloud, call))


def update_organization(cloud: Cloud, call: Call) -> Reply:
    """PATCH /org/v2/organizations/{organization}: another name."""
    _check(cloud, call)
    body = read_body(call, OrganizationPatch)
    if body.jit_enabled:
        raise not_emulated("just-in-time provisioning of users", "/jit_enabled")
    if body.display_name is not None:
        cloud.account.rename_organization(body.display_name)
    return reply(_render(cloud, call))


def _check(cloud: Cloud, call: Call) -> None:
    if call.params["organization"] != cloud.account.organization.id:
        raise forbidden()


def _render(cloud: Cloud, call: Call) -> Json:
    organization = cloud.account.organization
    return {
        **head("org/v2", "Organization", organization.id),
        "display_name": organization.display_name,
        "jit_enabled": False,
        "metadata": metadata(
            cloud,
            call,
            f"/org/v2/organizations/{organization.id}",
            crn(cloud),
            created=organization.created_at,
            updated=organization.updated_at,
        ),
    }
