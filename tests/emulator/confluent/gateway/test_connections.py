from __future__ import annotations

import json
from collections.abc import Callable

import confluent_sql
import httpx
import pytest

from ..conftest import Emulated

Unique = Callable[[str], str]

ENDPOINT = "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.some-model/invoke"
SECRETS = {"AWS_ACCESS_KEY_ID": "AKIAHUSH", "AWS_SECRET_ACCESS_KEY": "hush-hush"}


def body(name: str, *, data: object = None, **spec: object) -> dict[str, object]:
    text = json.dumps(SECRETS if data is None else data)
    known = {
        "connection_type": "BEDROCK",
        "endpoint": ENDPOINT,
        "auth_data": {"kind": "PlaintextProvider", "data": text},
    }
    return {"name": name, "spec": {**known, **spec}}


def test_a_created_connection_is_ready_and_keeps_its_secret(
    emulated: Emulated, flink: httpx.Client, unique: Unique
) -> None:
    name = unique("bedrock")
    created = flink.post("/connections", json=body(name))
    assert created.status_code == 201
    answer = created.json()
    assert (answer["kind"], answer["name"]) == ("Connection", name)
    assert answer["spec"] == {
        "connection_type": "BEDROCK",
        "endpoint": ENDPOINT,
        "auth_data": {"kind": "PlaintextProvider", "data": "<REDACTED>"},
    }
    assert answer["status"] == {"phase": "READY", "detail": ""}
    assert answer["metadata"]["self"].startswith(f"{emulated.url}{emulated.gateway}/connections/")
    assert flink.get(f"/connections/{name}").json() == answer
    listed = flink.get("/connections")
    assert answer in listed.json()["data"]
    assert "hush" not in (created.text + listed.text).lower()


def test_sql_sees_what_rest_made_and_the_other_way_round(
    driver: confluent_sql.Connection, flink: httpx.Client, unique: Unique
) -> None:
    by_rest, by_sql = unique("rest"), unique("sql")
    flink.post("/connections", json=body(by_rest)).raise_for_status()
    driver.execute_snapshot_ddl(
        f"CREATE CONNECTION `{by_sql}` WITH ('type' = 'bedrock', 'endpoint' = '{ENDPOINT}',"
        " 'aws-access-key' = 'AKIAHUSH', 'aws-secret-key' = 'hush-hush')"
    )
    with driver.closing_cursor() as cursor:
        cursor.execute("SHOW CONNECTIONS")
        assert {(by_rest,), (by_sql,)} <= set(cursor.fetchall())
    answer = flink.get(f"/connections/{by_sql}")
    assert answer.json()["spec"]["connection_type"] == "BEDROCK"
    assert "hush" not in answer.text.lower()


def test_new_credentials_change_the_version_and_nothing_else(
    emulated: Emulated, flink: httpx.Client, unique: Unique
) -> None:
    name = unique("updated")
    before = flink.post("/connections", json=body(name)).json()
    data = {**SECRETS, "AWS_SESSION_TOKEN": "a-token"}
    answer = flink.put(f"/connections/{name}", json=body(name, data=data))
    assert (answer.status_code, answer.content) == (200, b"")
    after = flink.get(f"/connections/{name}").json()
    assert after["spec"] == before["spec"]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["metadata"]["updated_at"] > before["metadata"]["updated_at"]
    assert after["metadata"]["resource_version"] != before["metadata"]["resource_version"]
    kept = emulated.running.engine.connections.get(name)
    assert kept is not None
    assert kept.secrets["AWS_SESSION_TOKEN"].get_secret_value() == "a-token"


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "https://example.com"},
        {"connection_type": "OPENAI"},
        {"auth_data": {"kind": "Other", "data": "{}"}},
    ],
)
def test_type_and_endpoint_are_fixed(
    flink: httpx.Client, unique: Unique, change: dict[str, object]
) -> None:
    name = unique("fixed")
    flink.post("/connections", json=body(name)).raise_for_status()
    assert flink.put(f"/connections/{name}", json=body(name, **change)).status_code == 400


def test_a_deleted_connection_is_gone(flink: httpx.Client, unique: Unique) -> None:
    name = unique("deleted")
    flink.post("/connections", json=body(name)).raise_for_status()
    assert flink.delete(f"/connections/{name}").status_code == 200
    for answer in (
        flink.get(f"/connections/{name}"),
        flink.delete(f"/connections/{name}"),
        flink.put(f"/connections/{name}", json=body(name)),
    ):
        assert answer.status_code == 404
        assert f"Connection resource={name} does not exist" in answer.text


def test_a_second_connection_of_a_name_is_a_conflict(flink: httpx.Client, unique: Unique) -> None:
    name = unique("taken")
    assert flink.post("/connections", json=body(name)).status_code == 201
    answer = flink.post("/connections", json=body(name))
    assert (answer.status_code, name in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("spec", "pointer"),
    [
        ({"connection_type": "NOPE"}, "/spec/connection_type"),
        ({"connection_type": None}, "/spec/connection_type"),
        ({"endpoint": "http://example.com"}, "/spec/endpoint"),
        ({"endpoint": "https://"}, "/spec/endpoint"),
        ({"endpoint": "https://[/"}, "/spec/endpoint"),
        ({"endpoint": "https://example.com/" + "x" * 16384}, "/spec/endpoint"),
        ({"auth_data": {"kind": "Vault", "data": "{}"}}, "/spec/auth_data/kind"),
        ({"auth_data": None}, "/spec/auth_data/kind"),
        ({"data": []}, "/spec/auth_data/data"),
        ({"data": {"AWS_ACCESS_KEY_ID": "x"}}, "/spec/auth_data/data"),
        ({"data": {**SECRETS, "API_KEY": "x"}}, "/spec/auth_data/data"),
        ({"data": {**SECRETS, "AWS_SESSION_TOKEN": "x" * 4001}}, "/spec/auth_data/data"),
        ({"data": {**SECRETS, "AWS_SESSION_TOKEN": 1}}, "/spec/auth_data/data"),
    ],
)
def test_a_malformed_connection_is_refused_at_its_place(
    flink: httpx.Client, unique: Unique, spec: dict[str, object], pointer: str
) -> None:
    answer = flink.post("/connections", json=body(unique("bad"), **spec))  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"pointer": pointer}
    assert "hush" not in answer.text.lower()


def test_data_that_is_not_json_is_refused_without_repeating_it(
    flink: httpx.Client, unique: Unique
) -> None:
    auth = {"kind": "PlaintextProvider", "data": '{"AWS_SECRET_ACCESS_KEY": "hush'}
    answer = flink.post("/connections", json=body(unique("bad"), auth_data=auth))
    assert (answer.status_code, "hush" in answer.text) == (400, False)


@pytest.mark.parametrize("name", ["", "../x", "a b", "-a", "a" * 101])
def test_a_name_that_cannot_be_one_is_refused(flink: httpx.Client, name: str) -> None:
    assert flink.post("/connections", json=body(name)).status_code == 400


def test_a_type_that_is_not_emulated_says_so(flink: httpx.Client, unique: Unique) -> None:
    answer = flink.post("/connections", json=body(unique("other"), connection_type="openai"))
    assert answer.status_code == 501
    assert "the connection type OPENAI is not emulated; the live target has it" in answer.text


def test_the_list_is_filtered_by_type(flink: httpx.Client, unique: Unique) -> None:
    flink.post("/connections", json=body(unique("typed"))).raise_for_status()

    def count(kind: str) -> int:
        query = {"spec.connection_type": kind, "page_size": 100}
        return len(flink.get("/connections", params=query).json()["data"])

    assert count("BEDROCK") >= 1
    assert count("OPENAI") == 0


def test_a_cloud_key_opens_connections_and_a_kafka_key_does_not(emulated: Emulated) -> None:
    for scope, status in (("cloud", 200), ("global", 200), ("kafka", 401)):
        with emulated.http(scope) as client:
            assert client.get(f"{emulated.gateway}/connections").status_code == status
