"""The login as the CLI makes it: its calls in its order, over httpx."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from runthrough.emulator.confluent.identity.roles import ROLES as ALLOWS
from runthrough.emulator.confluent.login.roles import ROLES

from ..conftest import Emulated

EMAIL = "author@example.com"


@pytest.fixture
def cli(emulated: Emulated) -> Iterator[httpx.Client]:
    with emulated.http(None) as client:
        yield client


def password(emulated: Emulated) -> str:
    user = next(p for p in emulated.world.principals if p.email == EMAIL)
    assert user.password is not None
    return user.password.get_secret_value()


def log_in(client: httpx.Client, emulated: Emulated, **changes: str) -> httpx.Response:
    body = {"email": EMAIL, "password": password(emulated), **changes}
    return client.post("/api/sessions", json=body)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def test_a_login_goes_as_the_cli_makes_it(emulated: Emulated, cli: httpx.Client) -> None:
    realm = cli.get("/api/login/realm", params={"email": EMAIL})
    assert realm.json() == {"is_sso": False, "realm": ""}
    session = log_in(cli, emulated)
    assert session.status_code == 200
    body = session.json()
    assert body["error"] is None
    assert body["organization"]["resource_id"] == emulated.world.organization.id
    assert claims(body["token"])["exp"] > time.time()
    me = cli.get("/api/me", headers=bearer(body["token"])).json()
    assert me == {
        "error": None,
        "user": {"id": 1, "email": EMAIL, "resource_id": "u-rh0a7c"},
        "organization": body["organization"],
        "accounts": [
            {"id": emulated.world.environment.id, "name": emulated.world.environment.name}
        ],
    }
    trial = cli.get("/api/growth/v1/free-trial-info", headers=bearer(body["token"]))
    assert trial.json() == {"error": None, "promo_code_claims": []}


@pytest.mark.parametrize("name", ["org_resource_id", "orgResourceId"])
def test_the_organization_may_be_named(emulated: Emulated, cli: httpx.Client, name: str) -> None:
    assert log_in(cli, emulated, **{name: emulated.world.organization.id}).status_code == 200
    assert log_in(cli, emulated, **{name: "another"}).status_code == 403


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"email": "nobody@example.com"}])
def test_a_wrong_login_is_403_and_says_nothing_of_what_was_sent(
    emulated: Emulated, cli: httpx.Client, changes: dict[str, str]
) -> None:
    answer = log_in(cli, emulated, **changes)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == 403
    assert not any(value in answer.text for value in (*changes.values(), password(emulated)))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"email": 1}', 400),
        (b'{"user": "x"}', 400),
        (b"{}", 403),
        (b'{"refresh_token": "nonsense"}', 403),
        (b'{"id_token": "of.another.service"}', 501),
    ],
)
def test_other_bodies_are_refused(cli: httpx.Client, body: bytes, status: int) -> None:
    answer = cli.post("/api/sessions", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, status)


def test_one_token_opens_the_control_plane_another_the_data_plane(
    emulated: Emulated, cli: httpx.Client
) -> None:
    session = log_in(cli, emulated).json()["token"]
    assert cli.get("/api/org/v2/environments", headers=bearer(session)).status_code == 200
    statements = emulated.gateway + "/statements"
    assert cli.get(statements, headers=bearer(session)).status_code == 401
    for path in ("/api/access_tokens", "/cpdev.cloud/api/access_tokens"):
        exchanged = cli.post(path, json={}, headers=bearer(session)).json()
        assert exchanged["error"] == ""
        assert claims(exchanged["token"])["exp"] > time.time()
        assert cli.get(statements, headers=bearer(exchanged["token"])).status_code == 200
        again = cli.post(path, json={}, headers=bearer(exchanged["token"]))
        assert again.status_code == 401


def test_a_statement_of_the_cli_belongs_to_its_user(
    emulated: Emulated, cli: httpx.Client, unique: Any
) -> None:
    session = log_in(cli, emulated).json()["token"]
    token = cli.post("/api/access_tokens", json={}, headers=bearer(session)).json()["token"]
    order = {"name": unique("cli"), "spec": {"statement": "SHOW TABLES"}}
    made = cli.post(emulated.gateway + "/statements", json=order, headers=bearer(token))
    assert (made.status_code, made.json()["spec"]["principal"]) == (201, "u-rh0a7c")


def test_a_session_can_be_renewed_until_it_is_closed(emulated: Emulated, cli: httpx.Client) -> None:
    first = log_in(cli, emulated).json()
    renewed = cli.post("/api/sessions", json={"refresh_token": first["refresh_token"]}).json()
    me = cli.get("/api/me", headers=bearer(renewed["token"]))
    assert me.json()["user"]["email"] == EMAIL
    data = cli.post("/api/access_tokens", json={}, headers=bearer(renewed["token"])).json()
    out = cli.delete("/api/sessions", headers=bearer(renewed["token"]))
    assert (out.status_code, out.json()) == (200, {"token": "", "error": None})
    for token in (first["token"], renewed["token"]):
        assert cli.get("/api/me", headers=bearer(token)).status_code == 401
    statements = emulated.gateway + "/statements"
    assert cli.get(statements, headers=bearer(data["token"])).status_code == 401
    again = cli.post("/api/sessions", json={"refresh_token": first["refresh_token"]})
    assert again.status_code == 403


def test_an_api_key_is_no_session(emulated: Emulated) -> None:
    with emulated.http("cloud") as client:
        for path in ("/api/me", "/api/growth/v1/free-trial-info"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["error"]["message"]) == (401, "Unauthorized")


def test_usage_is_taken_and_roles_are_told(emulated: Emulated, cli: httpx.Client) -> None:
    assert cli.post("/api/cli/v1/usages", json={"command": "version"}).status_code == 204
    headers = bearer(log_in(cli, emulated).json()["token"])
    roles = cli.get("/api/metadata/security/v2alpha1/roles", headers=headers).json()
    names = cli.get("/api/metadata/security/v2alpha1/roleNames", headers=headers).json()
    assert [role["name"] for role in roles] == names == sorted(role.name for role in ROLES)
    assert set(names) == set(ALLOWS), "what can be bound is what is listed"
    assert all(
        {"bindingScope", "bindWithResource"} == p.keys() for r in roles for p in r["policies"]
    )


def test_the_log_of_requests_holds_no_token(emulated: Emulated, cli: httpx.Client) -> None:
    token = log_in(cli, emulated).json()["token"]
    cli.get("/api/me", headers=bearer(token))
    entries = cli.get("/_emulator/requests").json()["requests"]
    assert [e["route"] for e in entries[-2:]] == ["/api/sessions", "/api/me"]
    assert entries[-1]["key"] == "(bearer token)"
