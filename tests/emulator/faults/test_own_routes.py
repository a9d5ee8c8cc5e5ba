"""The routes of the emulator itself, on every address it has."""

from __future__ import annotations

import httpx
import pytest

from runthrough.emulator.server import Running
from tests.connecting import connect


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Expecting value"),
        (b"[" * 100_000, "nested too deeply"),
        (b"\xff", "utf-8"),
        (b"[]", "not fault rules"),
        (b'{"match": {"method": "GET"}}', "not fault rules: say what happens"),
        (b'{"match": {"famly": "x"}}', "match: there is no key 'famly'; did you mean 'family'?"),
    ],
)
def test_what_is_no_rule_is_refused_and_nothing_is_set(
    control: httpx.Client, body: bytes, said: str
) -> None:
    answer = control.post("/faults", content=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert control.get("/faults").json() == {"faults": []}


def test_a_body_without_end_is_refused(control: httpx.Client) -> None:
    assert control.post("/faults", content=b" " * (1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope", 404),
        ("GET", "/reset", 404),
        ("DELETE", "/faults/fault-999", 404),
        ("GET", "/requests?limit=x", 400),
        ("GET", "/requests?page=2", 400),
    ],
)
def test_other_routes_there_are_none(
    control: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = control.request(method, path)
    assert (answer.status_code, "error" in answer.json()) == (status, True)


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_a_page_of_another_site_cannot_reach_them(
    control: httpx.Client, headers: dict[str, str]
) -> None:
    assert control.post("/reset", headers=headers).status_code == 403


def test_the_log_names_route_status_and_key_and_no_secret(
    running: Running, control: httpx.Client
) -> None:
    connection = connect(running)
    connection.execute_snapshot_ddl("SHOW TABLES")
    connection.close()
    httpx.get(f"{running.url}/nope?token=very-secret", trust_env=False)
    answer = control.get("/requests")
    entries = answer.json()["requests"]
    assert [e["number"] for e in entries] == sorted(e["number"] for e in entries)
    posted = next(e for e in reversed(entries) if e["method"] == "POST")
    assert (posted["family"], posted["status"]) == ("Flink statements", 201)
    assert posted["route"].endswith("/environments/{environment}/statements")
    assert posted["key"] == running.exports["FLINK_API_KEY"]
    assert (entries[-1]["path"], entries[-1]["route"], entries[-1]["status"]) == ("/nope", "", 404)
    for name, value in running.exports.items():
        if name.endswith(("SECRET", "SECRET_ACCESS_KEY", "TOKEN")):
            assert value not in answer.text, name
    assert "very-secret" not in answer.text
    after = control.get("/requests", params={"after": entries[-1]["number"]}).json()
    assert after == {"requests": []}
