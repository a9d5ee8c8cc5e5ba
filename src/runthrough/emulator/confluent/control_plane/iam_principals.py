"""Service accounts and users (iam/v2).

Source: facts/confluent-cloud-api.md 3.4; a deleted one is 403 (1.6). Lengths, that the names of
service accounts are unique and the wording of refusals are ours.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from runthrough.emulator.confluent.bodies import Envelope, read_body, taken
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
from runthrough.emulator.confluent.http import Call, Reply, reply
from runthrough.emulator.confluent.identity.parts import Kind, Principal
from runthrough.emulator.confluent.identity.store import NameTakenError, QuotaError
from runthrough.emulator.confluent.refusals import over_quota

Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Description = Annotated[str, StringConstraints(max_length=128)]


class NewServiceAccount(Envelope):
    """The body that creates a service account."""

    display_name: Name
    description: Description | None = None


class ServiceAccountChange(Envelope):
    """The body that changes a service account."""

    display_name: Name | None = None
    description: Description | None = None


class UserChange(Envelope):
    """The body that changes a user; the e-mail and the way to log in stay."""

    full_name: Name | None = None
    email: str | None = None
    auth_type: str | None = None


# --- service accounts ---------------------------------------------------------------------------


def list_service_accounts(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/service-accounts?display_name=."""
    wanted = matches(call, "display_name")
    found = [p for p in _of_kind(cloud, "ServiceAccount") if wanted(p.name)]
    return listing(call, "iam/v2", "ServiceAccount", [_render(cloud, call, p) for p in found])


def create_service_account(cloud: Cloud, call: Call) -> Reply:
    """POST /iam/v2/service-accounts: 201."""
    body = read_body(call, NewServiceAccount)
    try:
        made = cloud.identity.create_service_account(body.display_name, body.description or "")
    except NameTakenError as e:
        raise taken(str(e)) from e
    except QuotaError as e:
        raise over_quota(e.quota, "service accounts per organization", e.limit) from e
    return created(_render(cloud, call, made), f"{call.url}/{made.id}")


def get_service_account(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/service-accounts/{principal}."""
    return reply(_render(cloud, call, _find(cloud, call, "ServiceAccount")))


def update_service_account(cloud: Cloud, call: Call) -> Reply:
    """PATCH /iam/v2/service-accounts/{principal}."""
    account = _find(cloud, call, "ServiceAccount")
    body = read_body(call, ServiceAccountChange)
    return reply(_change(cloud, call, account, body.display_name, body.description))


def delete_service_account(cloud: Cloud, call: Call) -> Reply:
    """DELETE /iam/v2/service-accounts/{principal}: 204, with its keys and role bindings."""
    return _delete(cloud, _find(cloud, call, "ServiceAccount"))


# --- users --------------------------------------------------------------------------------------


def list_users(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/users."""
    found = [_render(cloud, call, p) for p in _of_kind(cloud, "User")]
    return listing(call, "iam/v2", "User", found)


def get_user(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/users/{principal}."""
    return reply(_render(cloud, call, _find(cloud, call, "User")))


def update_user(cloud: Cloud, call: Call) -> Reply:
    """PATCH /iam/v2/users/{principal}: the full name."""
    user = _find(cloud, call, "User")
    body = read_body(call, UserChange)
    return reply(_change(cloud, call, user, body.full_name, None))


def delete_user(cloud: Cloud, call: Call) -> Reply:
    """DELETE /iam/v2/users/{principal}: 204, with the user's keys and role bindings."""
    return _delete(cloud, _find(cloud, call, "User"))


# --- both ---------------------------------------------------------------------------------------


def _of_kind(cloud: Cloud, kind: Kind) -> list[Principal]:
    return [principal for principal in cloud.identity.principals() if principal.kind == kind]


def _find(cloud: Cloud, call: Call, kind: Kind) -> Principal:
    principal = cloud.identity.principal(call.params["principal"])
    if principal is None or principal.kind != kind:
        raise forbidden()
    return principal


def _change(
    cloud: Cloud, call: Call, old: Principal, name: str | None, description: str | None
) -> Json:
    try:
        changed = cloud.identity.change_principal(old.id, name=name, description=description)
    except NameTakenError as e:
        raise taken(str(e)) from e
    except KeyError as e:  # deleted since it was found
        raise forbidden() from e
    return _render(cloud, call, changed)


def _delete(cloud: Cloud, principal: Principal) -> Reply:
    try:
        cloud.identity.delete_principal(principal.id)
    except KeyError as e:  # deleted since it was found
        raise forbidden() from e
    _stop_statements(cloud, principal)
    return Reply(204)


def _stop_statements(cloud: Cloud, principal: Principal) -> None:
    """Stop what runs as a principal that is gone (facts 2.3)."""
    for plane in cloud.planes.running():
        for statement in plane.statements.all():
            if statement.order.principal == principal.id:
                statement.stop()


def _render(cloud: Cloud, call: Call, principal: Principal) -> Json:
    if principal.kind == "User":
        path, name = f"/iam/v2/users/{principal.id}", f"{crn(cloud)}/user={principal.id}"
        fields: Json = {
            "email": principal.email,
            "full_name": principal.name,
            "auth_type": "AUTH_TYPE_LOCAL",
        }
    else:
        path = f"/iam/v2/service-accounts/{principal.id}"
        name = f"crn://confluent.cloud/service-account={principal.id}"
        fields = {"display_name": principal.name, "description": principal.description}
    return {
        **head("iam/v2", principal.kind, principal.id),
        "metadata": stamped(call, path, name, principal.created_at, principal.updated_at),
        **fields,
    }
