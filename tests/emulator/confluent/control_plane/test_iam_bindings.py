from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from runthrough.emulator.confluent.identity.roles import ROLES
from runthrough.emulator.confluent.login import roles as listed

from ..schemas.base import CodeError
from ..schemas.iam import RoleBinding, RoleBindingList
from .iam_client import Iam

BINDINGS = "/iam/v2/role-bindings"
Unique = Callable[[str], str]


def test_a_role_binding_lives_and_dies(iam: Iam, cloud: httpx.Client, unique: Unique) -> None:
    account = iam.account(unique("bound"))
    body = {
        "principal": f"User:{account}",
        "role_name": "EnvironmentAdmin",
        "crn_pattern": iam.environment,
    }
    made = cloud.post(BINDINGS, json=body)
    assert made.status_code == 201
    binding = RoleBinding.model_validate_json(made.content)
    assert body == {name: made.json()[name] for name in body}
    path = f"{BINDINGS}/{binding.id}"
    assert cloud.get(path).json() == made.json()
    query = {"crn_pattern": iam.environment, "principal": f"User:{account}"}
    found = RoleBindingList.model_validate_json(cloud.get(BINDINGS, params=query).content)
    assert [b.id for b in found.data] == [binding.id]
    gone = cloud.delete(path)
    assert (gone.status_code, gone.json()) == (200, made.json())
    for method in ("GET", "DELETE"):
        answer = cloud.request(method, path)
        assert answer.status_code == 403
        assert CodeError.model_validate_json(answer.content).error_code == 40301


def test_a_role_is_given_once(iam: Iam, cloud: httpx.Client, unique: Unique) -> None:
    account = iam.account(unique("twice"))
    iam.bind(account, "MetricsViewer", iam.organization)
    body = {
        "principal": f"User:{account}",
        "role_name": "MetricsViewer",
        "crn_pattern": iam.organization,
    }
    answer = cloud.post(BINDINGS, json=body)
    assert answer.status_code == 409
    assert CodeError.model_validate_json(answer.content).error_code == 409


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"principal": "sa-1"}, "is not of the form"),
        ({"principal": "User:sa-nobody"}, "does not exist"),
        ({"role_name": "Emperor"}, "is no role"),
        ({"crn_pattern": "crn://confluent.cloud/organization=other"}, "this organization's"),
        ({"crn_pattern": ""}, "this organization's"),
        ({"crn_pattern": 7}, "/crn_pattern"),
        ({"principal": None}, "/principal"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_bad_orders_are_refused_in_the_form_of_the_service(
    iam: Iam, cloud: httpx.Client, unique: Unique, change: dict[str, Any], words: str
) -> None:
    body = {
        "principal": f"User:{iam.account(unique('bad'))}",
        "role_name": "MetricsViewer",
        "crn_pattern": iam.organization,
    }
    answer = cloud.post(BINDINGS, json={**body, **change})
    assert answer.status_code == 400
    assert words in CodeError.model_validate_json(answer.content).message


def test_the_roles_the_cli_lists_can_be_bound() -> None:
    assert {role.name for role in listed.ROLES} <= ROLES.keys()


def test_roles_are_given_only_by_who_may(iam: Iam, unique: Unique) -> None:
    """An EnvironmentAdmin gives roles in the environment, and none above it."""
    admin, other = iam.account(unique("admin")), iam.account(unique("other"))
    iam.bind(admin, "EnvironmentAdmin", iam.environment)
    with iam.as_(admin, "cloud") as client:
        order = {"principal": f"User:{other}", "role_name": "DeveloperRead"}
        topic = f"{iam.cluster}/kafka={iam.emulated.world.cluster.id}/topic=orders"
        inside = client.post(BINDINGS, json={**order, "crn_pattern": topic})
        assert inside.status_code == 201
        above = client.post(BINDINGS, json={**order, "crn_pattern": iam.organization})
        assert above.status_code == 403
        assert CodeError.model_validate_json(above.content).error_code == 40301
        assert client.delete(f"{BINDINGS}/{inside.json()['id']}").status_code == 200
