"""Role bindings (iam/v2), in the form of the service behind them: `error_code`, `message`.

Source: facts/confluent-cloud-api.md 3.4 and 1.7. That the same role cannot be given twice, and the
wording of refusals, are ours.
"""

from __future__ import annotations

from runthrough.emulator.confluent.bodies import Envelope, read_body, taken
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import Json, created, crn, head, listing, matches
from runthrough.emulator.confluent.families import ROLES as FAMILY
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply, timestamp
from runthrough.emulator.confluent.identity.crns import covers, normal
from runthrough.emulator.confluent.identity.parts import RoleBinding
from runthrough.emulator.confluent.identity.roles import ROLES, Need
from runthrough.emulator.confluent.identity.store import NameTakenError
from runthrough.emulator.confluent.permits import denied, require


class NewRoleBinding(Envelope):
    """The body that gives a role."""

    principal: str
    role_name: str
    crn_pattern: str


def list_role_bindings(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/role-bindings?crn_pattern=&principal=&role_name=.

    A trailing `*` of the pattern matches any rest.
    """
    pattern = call.query.get("crn_pattern", "")
    if not pattern:
        raise Refusal(400, "crn_pattern is required", code=400)
    principal, role = matches(call, "principal"), matches(call, "role_name")
    found = [
        _render(cloud, call, binding)
        for binding in cloud.identity.role_bindings()
        if _fits(pattern, binding.crn)
        and principal(f"User:{binding.principal}")
        and role(binding.role)
    ]
    return listing(call, "iam/v2", "RoleBinding", found)


def create_role_binding(cloud: Cloud, call: Call) -> Reply:
    """POST /iam/v2/role-bindings: 201."""
    body = read_body(call, NewRoleBinding)
    principal = _read_principal(cloud, body.principal)
    role = _read_role(body.role_name)
    _check_pattern(cloud, body.crn_pattern)
    require(cloud, call, Need("bindings", "create", body.crn_pattern), FAMILY)
    try:
        made = cloud.identity.create_role_binding(principal, role, body.crn_pattern)
    except NameTakenError as e:
        raise taken(str(e)) from e
    except KeyError as e:  # deleted since it was found
        raise _unknown_principal(body.principal) from e
    return created(_render(cloud, call, made), f"{call.url}/{made.id}")


def get_role_binding(cloud: Cloud, call: Call) -> Reply:
    """GET /iam/v2/role-bindings/{binding}."""
    return reply(_render(cloud, call, _find(cloud, call)))


def delete_role_binding(cloud: Cloud, call: Call) -> Reply:
    """DELETE /iam/v2/role-bindings/{binding}: 200 with the binding that was."""
    binding = _find(cloud, call)
    require(cloud, call, Need("bindings", "delete", binding.crn), FAMILY)
    try:
        return reply(_render(cloud, call, cloud.identity.delete_role_binding(binding.id)))
    except KeyError as e:  # deleted since it was found
        raise denied(FAMILY) from e


def _find(cloud: Cloud, call: Call) -> RoleBinding:
    for binding in cloud.identity.role_bindings():
        if binding.id == call.params["binding"]:
            return binding
    raise denied(FAMILY)


def _read_principal(cloud: Cloud, sent: str) -> str:
    kind, _, principal = sent.partition(":")
    if kind != "User" or not principal:
        raise _bad(f"principal {sent!r} is not of the form User:sa-… or User:u-…", "/principal")
    if cloud.identity.principal(principal) is None:
        raise _unknown_principal(sent)
    return principal


def _unknown_principal(sent: str) -> Refusal:
    return _bad(f"principal {sent} does not exist", "/principal")


def _read_role(sent: str) -> str:
    if sent not in ROLES:
        known = ", ".join(sorted(ROLES))
        raise _bad(f"role_name {sent!r} is no role; the roles are {known}", "/role_name")
    return sent


def _check_pattern(cloud: Cloud, sent: str) -> None:
    """Check that a pattern lies in the organization. Raises Refusal (400)."""
    if not covers(crn(cloud), normal(sent, cloud.world.organization.id)):
        raise _bad(
            f"crn_pattern {sent!r} does not begin with this organization's: {crn(cloud)}",
            "/crn_pattern",
        )


def _bad(detail: str, pointer: str) -> Refusal:
    return Refusal(400, detail, code=400, pointer=pointer)


def _render(cloud: Cloud, call: Call, binding: RoleBinding) -> Json:
    path = f"/iam/v2/role-bindings/{binding.id}"
    return {
        **head("iam/v2", "RoleBinding", binding.id),
        "metadata": {
            "self": call.base_url + path,
            "resource_name": f"{crn(cloud)}/rolebinding={binding.id}",
            "created_at": timestamp(binding.created_at),
        },
        "principal": f"User:{binding.principal}",
        "role_name": binding.role,
        "crn_pattern": binding.crn,
    }


def _fits(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
