from __future__ import annotations

import json
from collections.abc import Callable

import confluent_sql
import httpx
import pytest

from runthrough.emulator.confluent.gateway.secrets import KEYS
from runthrough.emulator.flink.running.connections import TYPES

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


ENDPOINTS = {
    "MONGODB": "mongodb+srv://cluster.example.mongodb.net",
    "COUCHBASE": "couchbases://cb.example.com",
    "CONFLUENT_JDBC": "jdbc:postgresql://db.example.com:5432/labs",
}
WAYS = [
    pytest.param(kind, choice, id=f"{kind}-{choice[0]}")
    for kind, keys in KEYS.items()
    for choice in keys.choices
]


@pytest.mark.parametrize(("kind", "choice"), WAYS)
def test_every_type_takes_each_of_its_sets_of_keys(
    flink: httpx.Client, unique: Unique, kind: str, choice: tuple[str, ...]
) -> None:
    name, endpoint = unique("typed"), ENDPOINTS.get(kind, ENDPOINT)
    data = dict.fromkeys(choice, "hush-hush")
    sent = body(name, data=data, connection_type=kind, endpoint=endpoint)
    created = flink.post("/connections", json=sent)
    assert (created.status_code, created.json()["spec"]["connection_type"]) == (201, kind)
    data = {**data, choice[0]: "other-hush"}
    changed = body(name, data=data, connection_type=kind, endpoint=endpoint)
    assert flink.put(f"/connections/{name}", json=changed).status_code == 200
    assert "hush" not in flink.get(f"/connections/{name}").text
    for missing in choice:
        left = {key: value for key, value in data.items() if key != missing}
        refused = body(unique("bad"), data=left, connection_type=kind, endpoint=endpoint)
        answer = flink.post("/connections", json=refused)
        assert (answer.status_code, missing in answer.text) == (400, True)
    assert flink.delete(f"/connections/{name}").status_code == 200


def test_the_types_are_those_of_the_specification() -> None:
    assert set(KEYS) == set(TYPES)


@pytest.mark.parametrize(
    ("kind", "data", "named"),
    [
        ("OPENAI", {"API_KEY": "k", "PASSWORD": "p"}, "PASSWORD is invalid for connection OPENAI."),
        ("BEDROCK", {**SECRETS, "AUTH_TYPE": "BASIC"}, "AUTH_TYPE is invalid for connection"),
        ("OPENAI", {"API_KEY": "k", "AUTH_TYPE": "MAGIC"}, "AUTH_TYPE must be one of"),
        ("OPENAI", {"API_KEY": "é" * 2001}, "API_KEY is longer than 4000 bytes"),
        ("REST", {"USERNAME": "u"}, "no secrets provided for type REST"),
        ("MCP_SERVER", {"API_KEY": "k", "TRANSPORT_TYPE": "PIGEON"}, "TRANSPORT_TYPE must be one"),
        (
            "MCP_SERVER",
            {"API_KEY": "k", "TRANSPORT_TYPE": "STREAMABLE_HTTP", "SSE_ENDPOINT": "https://x"},
            "SSE_ENDPOINT is invalid with TRANSPORT_TYPE STREAMABLE_HTTP",
        ),
    ],
)
def test_wrong_keys_are_refused_by_name(
    flink: httpx.Client, unique: Unique, kind: str, data: dict[str, str], named: str
) -> None:
    answer = flink.post("/connections", json=body(unique("bad"), data=data, connection_type=kind))
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["source"] == {"pointer": "/spec/auth_data/data"}
    assert named in error["detail"]


def test_the_largest_secret_and_endpoint_are_taken(flink: httpx.Client, unique: Unique) -> None:
    endpoint = "https://example.com/" + "x" * (16384 - len("https://example.com/"))
    sent = body(
        unique("large"),
        data={"API_KEY": "k" * 4000, "AUTH_TYPE": "API_KEY"},
        connection_type="openai",
        endpoint=endpoint,
    )
    answer = flink.post("/connections", json=sent)
    assert (answer.status_code, answer.json()["spec"]["endpoint"]) == (201, endpoint)


def test_a_put_over_an_older_version_is_a_conflict_and_without_one_is_taken(
    flink: httpx.Client, unique: Unique
) -> None:
    name = unique("versions")
    first = flink.post("/connections", json=body(name)).json()
    sent = {**body(name), "metadata": {"resource_version": first["metadata"]["resource_version"]}}
    assert flink.put(f"/connections/{name}", json=sent).status_code == 200
    answer = flink.put(f"/connections/{name}", json=sent)
    assert (answer.status_code, "read it again" in answer.text) == (409, True)
    for _ in range(3):
        assert flink.put(f"/connections/{name}", json=body(name)).status_code == 200
    version = flink.get(f"/connections/{name}").json()["metadata"]["resource_version"]
    assert int(version) == int(first["metadata"]["resource_version"]) + 4


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"surprise": 1}, "/surprise"),
        ({"metadata": {"etag": ""}}, "/metadata/etag"),
        ({"kind": "Statement"}, "/kind"),
        ({"environment_id": "env-other"}, "/environment_id"),
    ],
)
def test_fields_nobody_knows_are_refused_by_name(
    flink: httpx.Client, unique: Unique, change: dict[str, object], place: str
) -> None:
    answer = flink.post("/connections", json={**body(unique("bad")), **change})
    assert (answer.status_code, answer.json()["errors"][0]["source"]) == (400, {"pointer": place})
    sent = body(unique("bad"), region="us-east-1")
    answer = flink.post("/connections", json=sent)
    assert answer.json()["errors"][0]["source"] == {"pointer": "/spec/region"}


def test_sql_shows_an_mcp_server_and_says_that_it_cannot_change_it(
    flink: httpx.Client, driver: confluent_sql.Connection, unique: Unique
) -> None:
    name = unique("mcp")
    sent = body(
        name, data={"API_KEY": "hush"}, connection_type="MCP_SERVER", endpoint="https://m.c"
    )
    assert flink.post("/connections", json=sent).status_code == 201
    with driver.closing_cursor() as cursor:
        cursor.execute(f"DESCRIBE CONNECTION `{name}`")
        assert cursor.fetchall()[0][1] == "MCP_SERVER"
    with pytest.raises(confluent_sql.OperationalError, match="of type MCP_SERVER by SQL"):
        driver.execute_snapshot_ddl(f"ALTER CONNECTION `{name}` SET ('api-key' = 'other')")


def test_the_list_is_filtered_by_type(flink: httpx.Client, unique: Unique) -> None:
    flink.post("/connections", json=body(unique("typed"))).raise_for_status()

    def kinds(kind: str) -> set[str]:
        query = {"spec.connection_type": kind, "page_size": 100}
        listed = flink.get("/connections", params=query).json()["data"]
        return {connection["spec"]["connection_type"] for connection in listed}

    assert kinds("bedrock") == {"BEDROCK"}
    assert kinds("PINECONE") == set()


def test_a_cloud_key_opens_connections_and_a_kafka_key_does_not(emulated: Emulated) -> None:
    for scope, status in (("cloud", 200), ("global", 200), ("kafka", 401)):
        with emulated.http(scope) as client:
            assert client.get(f"{emulated.gateway}/connections").status_code == status
