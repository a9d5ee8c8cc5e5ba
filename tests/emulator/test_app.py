from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from runthrough.emulator.app import MAX_BODY, respond
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.routes import match
from runthrough.emulator.server import Running, serve
from runthrough.emulator.world import read_world
from tests.waiting import LIMIT_SECONDS


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve() as running:
        yield running


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    auth = (running.exports["FLINK_API_KEY"], running.exports["FLINK_API_SECRET"])
    with httpx.Client(base_url=running.url, auth=auth, trust_env=False) as client:
        yield client


def gateway(running: Running) -> str:
    world = running.world
    return f"/sql/v1/organizations/{world.organization.id}/environments/{world.environment.id}"


def exchange(running: Running, request: bytes) -> bytes:
    """Send bytes no well-behaved client would send; return what comes back."""
    port = int(running.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def test_an_unknown_path_has_no_route(client: httpx.Client) -> None:
    answer = client.get("/no/such/path")
    assert answer.status_code == 404
    error = answer.json()["errors"][0]
    assert (error["code"], error["detail"]) == ("route_not_found", "Route not found")
    assert "id" not in error


def test_every_answer_has_an_id_of_its_own(client: httpx.Client) -> None:
    ids = {client.get("/nope").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


def test_a_method_that_a_path_does_not_take_is_told_those_it_takes(
    running: Running, client: httpx.Client
) -> None:
    answer = client.request("DELETE", f"{gateway(running)}/statements")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_a_family_without_anything_behind_it_says_so_without_a_key(running: Running) -> None:
    answer = httpx.post(f"{running.url}/v1/images/generations", json={}, trust_env=False)
    assert (answer.status_code, list(answer.json())) == (501, ["error"])
    assert "is not emulated; the live target has it" in answer.text


def test_a_body_announced_as_too_large_is_refused_unread(running: Running) -> None:
    head = f"POST {gateway(running)}/statements HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    answer = exchange(running, f"{head}Content-Length: {MAX_BODY + 1}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"request_too_large"' in answer


def test_a_body_that_turns_out_too_large_is_refused(running: Running, client: httpx.Client) -> None:
    chunks = (b" " * 65536 for _ in range(MAX_BODY // 65536 + 1))
    answer = client.post(f"{gateway(running)}/statements", content=chunks)
    assert answer.status_code == 413
    answer = client.post("/subjects/s/versions", content=b" " * (MAX_BODY + 1))
    assert (answer.status_code, answer.json()["error_code"]) == (413, 413)


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"\xff\xfe", b"[" * 50_000])
def test_malformed_json_is_refused(running: Running, client: httpx.Client, body: bytes) -> None:
    answer = client.post(f"{gateway(running)}/statements", content=body)
    assert answer.status_code == 400
    assert "request body" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("sent", ["text/plain", "application/x-www-form-urlencoded", "json"])
def test_a_body_of_another_content_type_is_refused(
    running: Running, client: httpx.Client, sent: str
) -> None:
    address = f"{gateway(running)}/statements"
    answer = client.post(address, content=b"{}", headers={"Content-Type": sent})
    assert answer.status_code == 415
    assert sent in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("sent", ["application/json; charset=utf-8", "application/merge+json", ""])
def test_json_by_another_name_and_without_one_is_taken(
    running: Running, client: httpx.Client, sent: str
) -> None:
    answer = client.post(
        f"{gateway(running)}/statements", content=b"{}", headers={"Content-Type": sent}
    )
    assert (answer.status_code, "name" in answer.text) == (400, True)


def test_headers_that_are_too_large_are_refused(running: Running, client: httpx.Client) -> None:
    answer = client.get(f"{gateway(running)}/statements", headers={"X-Large": "x" * 1_000_000})
    assert answer.status_code == 431
    assert answer.json()["errors"][0]["code"] == "request_header_fields_too_large"
    assert client.get(f"{gateway(running)}/statements").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/org/v2/../../etc/passwd",
        "/subjects/../config",
        "//org/v2/environments",
        "/%2e%2e/%2e%2e",
        "/\x00",
        "*",
    ],
)
def test_paths_that_climb_or_are_none_lead_nowhere(running: Running, path: str) -> None:
    answer = exchange(
        running, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    )
    assert answer.partition(b"\r\n")[0].split(b" ")[1] in {b"400", b"404"}


def test_a_host_that_cannot_be_one_is_not_repeated(running: Running, client: httpx.Client) -> None:
    answer = client.get(f"{gateway(running)}/statements", headers={"Host": 'x"><script>'})
    assert answer.json()["metadata"]["self"].startswith(running.url)


def test_links_follow_the_host_the_client_used(running: Running, client: httpx.Client) -> None:
    answer = client.get(f"{gateway(running)}/statements", headers={"Host": "emulator.example:81"})
    assert answer.json()["metadata"]["self"].startswith("http://emulator.example:81/sql/v1/")


def test_a_fault_of_ours_is_a_500_in_the_form_of_the_family_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing of the fault's text goes out: it may quote what nobody should read."""
    world = read_world()
    broken = cast(Cloud, cast(Any, SimpleNamespace(world=world)))
    key = world.key("kafka")
    token = httpx.BasicAuth(key.id, key.secret.get_secret_value())._auth_header
    path = f"/kafka/v3/clusters/{world.cluster.id}/topics"
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"x"), (b"authorization", token.encode())],
        "server": ("127.0.0.1", 1),
    }
    with caplog.at_level(logging.ERROR):
        answer = respond(broken, scope, match(path), b"")
    assert answer.status == 500
    assert json.loads(answer.content)["error_code"] == 500
    assert b"SimpleNamespace" not in answer.content
    assert "failed inside the emulator" in caplog.text


def test_aws_and_confluent_share_the_port(running: Running) -> None:
    answer = httpx.get(f"{running.url}/foundation-models", trust_env=False)
    assert "x-amzn-requestid" in answer.headers
    assert answer.status_code == 403
