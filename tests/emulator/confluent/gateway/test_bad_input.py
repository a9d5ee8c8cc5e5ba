"""What no client should send, and what clients do at the wrong moment: right status, right body,
and the emulator alive afterwards."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import confluent_sql
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.waiting import LIMIT_SECONDS

from ..conftest import Emulated

Unique = Callable[[str], str]


@pytest.fixture(autouse=True)
def alive(flink: httpx.Client, unique: Unique) -> Iterator[None]:
    """After each of these tests the emulator takes and answers a statement."""
    yield
    name = unique("alive")
    answer = flink.post("/statements", json={"name": name, "spec": {"statement": "SELECT 1"}})
    assert answer.json()["status"]["phase"] == "COMPLETED"
    flink.delete(f"/statements/{name}")


@contextmanager
def connection(emulated: Emulated) -> Iterator[socket.socket]:
    port = int(emulated.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS) as opened:
        yield opened


def read_all(opened: socket.socket) -> bytes:
    answer = b""
    while chunk := opened.recv(65536):
        answer += chunk
    return answer


def request(emulated: Emulated, path: str, method: str = "GET", *, close: bool = True) -> bytes:
    token = base64.b64encode(":".join(emulated.auth("flink")).encode()).decode()
    lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Basic {token}"]
    if close:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def body_of(answer: bytes) -> Any:
    return json.loads(answer.partition(b"\r\n\r\n")[2])


# --- bodies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"name": "a" "spec": {}}',
        b'{"name": NaN}',
        b'{"name": -Infinity}',
        b'{"name": "\\ud800"}',
        b'{"name": "a", "spec": {"statement": "\\udfff"}}',
        b'{"name": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b"\xff\xfe\x00",
    ],
    ids=lambda body: repr(body[:24]),
)
@pytest.mark.parametrize("route", ["POST /statements", "PATCH /statements/x", "POST /connections"])
def test_what_is_not_json_is_refused(flink: httpx.Client, route: str, body: bytes) -> None:
    method, path = route.split()
    if method == "PATCH":
        flink.post("/statements", json={"name": "x", "spec": {"statement": "SELECT 1"}})
    answer = flink.request(method, path, content=body)
    assert answer.status_code == 400
    assert "request body" in answer.json()["errors"][0]["detail"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = ("name", "spec", "metadata", "status", "kind", "organization_id", "result")
SPEC = ("statement", "properties", "stopped", "compute_pool_id", "principal", "scaling")
SHAPED = st.fixed_dictionaries(
    {"name": JSON | st.just("shaped")},
    optional={
        **{field: JSON for field in FIELDS if field != "name"},
        "spec": JSON | st.fixed_dictionaries({}, optional={name: JSON for name in SPEC}),
    },
)


@given(body=JSON | SHAPED)
@settings(max_examples=60, deadline=None)
def test_no_json_breaks_the_routes(emulated: Emulated, body: object) -> None:
    """Every answer is a statement or a refusal, never a fault of ours."""
    with emulated.http("flink") as client:
        for method, path in (
            ("POST", "/statements"),
            ("PUT", "/statements/shaped"),
            ("PATCH", "/statements/shaped"),
            ("POST", "/connections"),
        ):
            answer = client.request(method, emulated.gateway + path, json=body)
            assert answer.status_code in {200, 201, 202, 400, 404, 409}, answer.text
        client.delete(f"{emulated.gateway}/statements/shaped")


@pytest.mark.parametrize("size", ["0", "101", "-1", "ten", "1e1", "", "٣"])
def test_a_page_size_that_is_none_is_refused(flink: httpx.Client, size: str) -> None:
    for path in ("/statements", "/connections"):
        answer = flink.get(path, params={"page_size": size})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["source"] == {"parameter": "page_size"}


@pytest.mark.parametrize("token", ["nope!", "LTE", "eA", "A" * 300])
def test_a_page_token_that_is_not_ours_is_refused(flink: httpx.Client, token: str) -> None:
    answer = flink.get("/statements", params={"page_token": token})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"parameter": "page_token"}


# --- paths --------------------------------------------------------------------------------------

CLIMBING = ["..%2f..%2fconnections", "%2e%2e", "..%5c..", "%2e%2e%2fstatements", "%00", "a%2fb"]


@pytest.mark.parametrize("name", CLIMBING)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_name_that_climbs_is_an_unknown_name(emulated: Emulated, name: str, method: str) -> None:
    for kind, noun in (("statements", "Statement"), ("connections", "Connection")):
        if kind == "connections" and method == "PATCH":
            continue
        with connection(emulated) as opened:
            opened.sendall(request(emulated, f"{emulated.gateway}/{kind}/{name}", method))
            answer = read_all(opened)
        assert status_of(answer) == 404
        assert body_of(answer)["errors"][0]["detail"].startswith(f"{noun} resource=")


def test_segments_that_climb_lead_nowhere(emulated: Emulated) -> None:
    for path in ("/statements/../connections", "/../../../../org/v2/environments", "/./statements"):
        with connection(emulated) as opened:
            opened.sendall(request(emulated, emulated.gateway + path))
            answer = read_all(opened)
        assert status_of(answer) == 404
        assert body_of(answer)["errors"][0]["code"] == "route_not_found"


# --- connections --------------------------------------------------------------------------------


def test_a_header_of_a_megabyte_is_refused(emulated: Emulated) -> None:
    head = request(emulated, f"{emulated.gateway}/statements")[:-2]
    with connection(emulated) as opened:
        opened.sendall(head + b"X-Large: " + b"x" * 1_000_000 + b"\r\n\r\n")
        answer = read_all(opened)
    assert status_of(answer) == 431
    assert body_of(answer)["errors"][0]["status"] == "431"


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_not_http_is_refused(emulated: Emulated, sent: bytes) -> None:
    with connection(emulated) as opened:
        opened.sendall(sent)
        assert status_of(read_all(opened)) == 400


def test_a_half_closed_connection_gets_its_answer(emulated: Emulated) -> None:
    for path in ("/statements", "/statements/no-such/results", "/connections"):
        with connection(emulated) as opened:
            opened.sendall(request(emulated, emulated.gateway + path, close=False))
            opened.shutdown(socket.SHUT_WR)
            answer = read_all(opened)
        assert status_of(answer) == (404 if "no-such" in path else 200)


def test_a_connection_that_ends_within_its_request_is_let_go(
    emulated: Emulated, flink: httpx.Client
) -> None:
    whole = request(emulated, f"{emulated.gateway}/statements", "POST")
    head = whole[:-2] + b"Content-Length: 100\r\n\r\n"
    for part in (whole[:20], head, head + b'{"name": "cut-off"'):
        with connection(emulated) as opened:
            opened.sendall(part)
            opened.shutdown(socket.SHUT_WR)
            assert read_all(opened) == b""
    assert flink.get("/statements/cut-off").status_code == 404


def test_slow_connections_hold_nobody_up(emulated: Emulated, flink: httpx.Client) -> None:
    sent = request(emulated, f"{emulated.gateway}/statements")
    with ThreadPoolExecutor(8) as pool:
        slow = [pool.submit(dribble, emulated, sent) for _ in range(8)]
        answered = 0
        while not all(one.done() for one in slow):
            assert flink.get("/statements").status_code == 200
            answered += 1
        assert {status_of(one.result()) for one in slow} == {200}
    assert answered > 0


def dribble(emulated: Emulated, sent: bytes) -> bytes:
    with connection(emulated) as opened:
        for place in range(0, len(sent), 5):
            opened.sendall(sent[place : place + 5])
            time.sleep(0.01)
        return read_all(opened)


def test_connections_that_say_nothing_hold_nobody_up(
    emulated: Emulated, flink: httpx.Client
) -> None:
    with (
        connection(emulated) as silent,
        connection(emulated) as broken,
        connection(emulated) as reading,
    ):
        broken.sendall(b"POST / HTTP/1.1\r\nContent-Le")
        reading.sendall(request(emulated, f"{emulated.gateway}/statements") * 50)  # reads nothing
        assert silent.fileno() > 0
        assert flink.get("/statements").status_code == 200


# --- at the wrong moment ------------------------------------------------------------------------


def test_of_many_who_want_a_name_at_once_exactly_one_gets_it(
    flink: httpx.Client, unique: Unique
) -> None:
    for kind, spec in (
        ("statements", {"statement": "SELECT 1"}),
        (
            "connections",
            {
                "connection_type": "OPENAI",
                "endpoint": "https://api.example.com/v1",
                "auth_data": {"kind": "PlaintextProvider", "data": '{"API_KEY": "k"}'},
            },
        ),
    ):
        name = unique("wanted")
        body = {"name": name, "spec": spec}

        def create(_: int, kind: str = kind, body: object = body) -> int:
            return flink.post(f"/{kind}", json=body).status_code

        with ThreadPoolExecutor(12) as pool:
            assert sorted(pool.map(create, range(12))) == [201] + [409] * 11


def test_of_many_who_delete_a_statement_nobody_sees_a_fault(
    flink: httpx.Client, unique: Unique
) -> None:
    name = unique("deleted")
    flink.post("/statements", json={"name": name, "spec": {"statement": "SELECT 1"}})
    with ThreadPoolExecutor(8) as pool:
        statuses = list(
            pool.map(lambda _: flink.delete(f"/statements/{name}").status_code, "12345678")
        )
    assert set(statuses) <= {202, 404}
    assert 202 in statuses
    assert flink.get(f"/statements/{name}").status_code == 404


@pytest.fixture
def streaming(
    flink: httpx.Client, driver: confluent_sql.Connection, unique: Unique
) -> tuple[str, str]:
    """A table, and the name of a SELECT that runs over it."""
    table, name = unique("stream"), unique("reading")
    driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT)")
    driver.streaming_cursor().execute(f"SELECT * FROM `{table}`", statement_name=name)
    return table, name


def test_a_stop_while_results_are_read_ends_them(
    flink: httpx.Client,
    driver: confluent_sql.Connection,
    streaming: tuple[str, str],
) -> None:
    table, name = streaming
    seen: list[int] = []
    reading = threading.Event()

    def read() -> int:
        address = f"/statements/{name}/results"
        while address:
            answer = flink.get(address)
            if answer.status_code != 200:
                return answer.status_code
            body = answer.json()
            seen.extend(int(row["row"][0]) for row in body["results"]["data"])
            reading.set()
            address = body["metadata"]["next"]
        return 200

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read)
        driver.execute_snapshot_ddl(f"INSERT INTO `{table}` VALUES (1), (2), (3)")
        assert reading.wait(10)
        operation = {"op": "replace", "path": "/spec/stopped", "value": True}
        assert flink.patch(f"/statements/{name}", json=[operation]).status_code == 200
        assert reader.result(timeout=LIMIT_SECONDS) == 200
    assert len(seen) == len(set(seen))
    assert set(seen) <= {1, 2, 3}


def test_a_delete_while_results_are_read_tells_the_reader(
    flink: httpx.Client, streaming: tuple[str, str]
) -> None:
    _, name = streaming
    first = flink.get(f"/statements/{name}/results").json()["metadata"]["next"]
    assert flink.delete(f"/statements/{name}").status_code == 202
    answer = flink.get(first)
    assert answer.status_code == 404
    assert f"Statement resource={name} does not exist" in answer.text
    assert flink.get(f"/statements/{name}").status_code == 404
    body = {"name": name, "spec": {"statement": "SELECT 1"}}
    assert flink.post("/statements", json=body).status_code == 201


def test_a_running_insert_that_is_deleted_writes_no_more(
    flink: httpx.Client, driver: confluent_sql.Connection, unique: Unique
) -> None:
    source, target, name = unique("source"), unique("target"), unique("writing")
    for table in (source, target):
        driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT)")
    sql = f"INSERT INTO `{target}` SELECT id FROM `{source}`"
    driver.execute_streaming_ddl(sql, statement_name=name)
    assert flink.delete(f"/statements/{name}").status_code == 202
    driver.execute_snapshot_ddl(f"INSERT INTO `{source}` VALUES (1)")
    with driver.closing_cursor() as cursor:
        cursor.execute(f"SELECT id FROM `{target}`")
        assert cursor.fetchall() == []
