from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from runthrough.emulator.server import serve
from runthrough.emulator.world import read_world

from ..conftest import Emulated
from ..schemas.base import Errors
from ..schemas.iam import ServiceAccount, ServiceAccountList, User, UserList
from .iam_client import Iam

ACCOUNTS = "/iam/v2/service-accounts"
Unique = Callable[[str], str]


def test_a_service_account_lives_and_dies(cloud: httpx.Client, unique: Unique) -> None:
    name = unique("runner")
    made = cloud.post(ACCOUNTS, json={"display_name": name, "description": "runs statements"})
    assert made.status_code == 201
    account = ServiceAccount.model_validate_json(made.content)
    assert (account.display_name, account.description) == (name, "runs statements")
    assert account.metadata.resource_name == f"crn://confluent.cloud/service-account={account.id}"
    assert cloud.get(f"{ACCOUNTS}/{account.id}").json() == made.json()
    changed = cloud.patch(f"{ACCOUNTS}/{account.id}", json={"description": "now retired"})
    assert changed.status_code == 200
    assert ServiceAccount.model_validate_json(changed.content).description == "now retired"
    assert changed.json()["display_name"] == name
    found = cloud.get(ACCOUNTS, params={"display_name": name})
    assert [a.id for a in ServiceAccountList.model_validate_json(found.content).data] == [
        account.id
    ]
    gone = cloud.delete(f"{ACCOUNTS}/{account.id}")
    assert (gone.status_code, gone.content) == (204, b"")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_deleted_service_account_is_forbidden(
    iam: Iam, cloud: httpx.Client, unique: Unique, method: str
) -> None:
    account = iam.account(unique("gone"))
    cloud.delete(f"{ACCOUNTS}/{account}")
    answer = cloud.request(method, f"{ACCOUNTS}/{account}", json={})
    assert answer.status_code == 403
    error = Errors.model_validate_json(answer.content).errors[0]
    assert (error.code, error.title) == ("forbidden_access", "Forbidden Access")


def test_what_terraform_sends_back_is_taken(iam: Iam, cloud: httpx.Client, unique: Unique) -> None:
    path = f"{ACCOUNTS}/{iam.account(unique('echo'))}"
    whole = cloud.get(path).json()
    assert cloud.patch(path, json={**whole, "description": "new"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 400, "/display_name"),
        ({"display_name": 7}, 400, "/display_name"),
        ({"display_name": None}, 400, "/display_name"),
        ({"display_name": "x", "colour": "red"}, 400, "/colour"),
        ({"display_name": "x", "description": ["d"]}, 400, "/description"),
    ],
)
def test_a_body_of_another_shape_is_refused_by_its_place(
    cloud: httpx.Client, body: dict[str, Any], status: int, pointer: str
) -> None:
    answer = cloud.post(ACCOUNTS, json=body)
    error = Errors.model_validate_json(answer.content).errors[0]
    assert (answer.status_code, error.source) == (status, {"pointer": pointer})


@pytest.mark.parametrize("name", ["", "x" * 65])
def test_a_name_that_cannot_be_is_refused(cloud: httpx.Client, name: str) -> None:
    answer = cloud.post(ACCOUNTS, json={"display_name": name})
    assert answer.status_code in (400, 422)
    error = Errors.model_validate_json(answer.content).errors[0]
    assert error.source == {"pointer": "/display_name"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"nul"])
def test_a_body_that_is_no_json_object_is_refused(cloud: httpx.Client, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert cloud.post(ACCOUNTS, content=content, headers=headers).status_code == 400


def test_a_name_is_taken_once(iam: Iam, cloud: httpx.Client, unique: Unique) -> None:
    name, other = unique("twin"), iam.account(unique("other"))
    iam.account(name)
    again = cloud.post(ACCOUNTS, json={"display_name": name})
    assert again.status_code == 409
    assert Errors.model_validate_json(again.content).errors[0].code == "resource_already_exists"
    renamed = cloud.patch(f"{ACCOUNTS}/{other}", json={"display_name": name})
    assert renamed.status_code == 409


def test_a_user_is_no_service_account(emulated: Emulated, cloud: httpx.Client) -> None:
    user = next(p.id for p in emulated.world.principals if p.kind == "User")
    assert cloud.get(f"{ACCOUNTS}/{user}").status_code == 403
    assert cloud.get(f"/iam/v2/users/{user}").status_code == 200


def test_pages_lead_to_every_service_account_once(
    iam: Iam, cloud: httpx.Client, unique: Unique
) -> None:
    made = {iam.account(unique("page")) for _ in range(5)}
    seen: list[str] = []
    address = f"{ACCOUNTS}?page_size=2"
    while address:
        answer = cloud.get(address)
        listed = ServiceAccountList.model_validate_json(answer.content)
        seen += [account.id for account in listed.data]
        address = listed.metadata.next
    assert made <= set(seen)
    assert len(seen) == len(set(seen))


def test_deleting_an_account_takes_its_keys_and_roles(
    iam: Iam, cloud: httpx.Client, unique: Unique
) -> None:
    account = iam.account(unique("owner"))
    binding = iam.bind(account, "EnvironmentAdmin", iam.environment)
    key = iam.key(account, "cloud")
    with httpx.Client(base_url=iam.emulated.url, auth=key, trust_env=False) as client:
        assert client.get("/org/v2/environments").status_code == 200
        cloud.delete(f"{ACCOUNTS}/{account}")
        refused = client.get("/org/v2/environments")
    assert refused.status_code == 401
    assert refused.json()["errors"][0]["detail"] == "Unauthorized"
    assert cloud.get(f"/iam/v2/api-keys/{key[0]}").status_code == 403
    assert cloud.get(f"/iam/v2/role-bindings/{binding}").status_code == 403


def test_a_statement_stops_when_its_principal_goes(
    iam: Iam, cloud: httpx.Client, unique: Unique
) -> None:
    account = iam.account(unique("runner"))
    iam.bind(account, "EnvironmentAdmin", iam.environment)
    table, name = unique("t").replace("-", "_"), unique("s")
    path = f"{iam.emulated.gateway}/statements"
    world = iam.emulated.world
    where = {
        "sql.current-catalog": world.environment.id,
        "sql.current-database": world.cluster.name,
    }
    with iam.as_(account, "flink") as flink, iam.emulated.http("flink") as other:
        for sql, called in (
            (f"CREATE TABLE {table} (a INT)", unique("c")),
            (f"SELECT a FROM {table}", name),
        ):
            spec = {"statement": sql, "properties": where}
            made = flink.post(path, json={"name": called, "spec": spec})
            assert made.status_code == 201, made.text
        assert made.json()["status"]["phase"] == "RUNNING", made.text
        assert made.json()["spec"]["principal"] == account
        cloud.delete(f"{ACCOUNTS}/{account}")
        seen = other.get(f"{path}/{name}").json()
        while seen["status"]["phase"] in ("RUNNING", "STOPPING"):
            seen = other.get(f"{path}/{name}").json()
        assert seen["status"]["phase"] == "STOPPED"


def test_users_are_read_changed_and_deleted() -> None:
    with serve(read_world()) as running:
        emulated = Emulated(running)
        with emulated.http("cloud") as cloud:
            listed = UserList.model_validate_json(cloud.get("/iam/v2/users").content)
            (user,) = listed.data
            path = f"/iam/v2/users/{user.id}"
            changed = cloud.patch(path, json={"full_name": "somebody else"})
            assert User.model_validate_json(changed.content).full_name == "somebody else"
            assert cloud.delete(path).status_code == 204
            assert cloud.get(path).status_code == 401  # it was the owner of the key


def test_a_quota_is_named() -> None:
    with serve(read_world()) as running:
        served = Emulated(running)
        with served.http("cloud") as cloud:
            for number in range(999):
                cloud.post(ACCOUNTS, json={"display_name": f"account-{number}"})
            over = cloud.post(ACCOUNTS, json={"display_name": "one-too-many"})
    assert over.status_code == 402
    error = Errors.model_validate_json(over.content).errors[0]
    assert error.code == "quota_exceeded"
    assert "is currently limited to 1000 (service_accounts_per_org)" in error.detail
