"""What no client should send, to every route there is: a refusal in the form of its family."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runthrough.emulator.app import MAX_BODY
from runthrough.emulator.confluent.families import KAFKA, Family
from runthrough.emulator.confluent.route import Route
from runthrough.emulator.confluent.routes import ROUTES
from runthrough.emulator.server import serve

from .conftest import Emulated, world_with_global_key

WRITING = [r for r in ROUTES if r.emulated and r.method in ("POST", "PUT", "PATCH")]
WITH_BODY = [
    r
    for r in WRITING
    if not re.search(
        r"/(pause|resume|restart|usages)$|refresh|access_tokens|associations/res", r.path
    )
]
"""Those that read what is sent."""
NAMED = [r for r in ROUTES if r.emulated and "{" in r.path and r.method == "GET"]
TYPES = {
    "application/xml",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
}
FAMILIES = {r.family.name: r for r in ROUTES}


def label(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def emulated() -> Iterator[Emulated]:
    """An emulator of its own: some of what is sent is taken."""
    with serve(world_with_global_key()) as running:
        yield Emulated(running)


@dataclass(frozen=True)
class Asker:
    """Somebody who may come in everywhere, with one connection for all requests."""

    emulated: Emulated
    client: httpx.Client
    token: str

    def ask(self, route: Route, path: str, **sent: Any) -> httpx.Response:
        """Send something to a route: with a key of its family, else with the CLI's token."""
        scopes = sorted(route.family.scopes - {"global"})
        if scopes:
            sent["auth"] = self.emulated.auth(scopes[0])
        elif route.family.tokens:
            sent["headers"] = {**sent.get("headers", {}), "Authorization": f"Bearer {self.token}"}
        return self.client.request(route.method, path, **sent)


@pytest.fixture(scope="module")
def asker(emulated: Emulated) -> Iterator[Asker]:
    [user] = [p for p in emulated.world.principals if p.kind == "User"]
    assert user.password is not None
    login = {"email": user.email, "password": user.password.get_secret_value()}
    with emulated.http(None) as client:
        token = client.post("/api/sessions", json=login).json()["token"]
        yield Asker(emulated, client, str(token))


def path_of(emulated: Emulated, route: Route, **names: str) -> str:
    """Fill in a template: what the world has, and a name that nothing has."""
    world = emulated.world
    known = {
        "organization": world.organization.id,
        "environment": world.environment.id,
        "cluster": world.cluster.id,
        "database": world.cluster.id,
        **names,
    }
    return re.sub(r"\{(\w+)\*?\}", lambda found: known.get(found[1], "none"), route.path)


def check_refusal(answer: httpx.Response, family: Family) -> None:
    """Check that an answer of 4xx or 501 has the form of its family."""
    assert 400 <= answer.status_code < 502, answer.text
    assert answer.status_code != 500, answer.text
    if answer.status_code == 401 and family is KAFKA:
        return
    body = answer.json()
    if isinstance(body, dict) and "errors" in body:
        [error] = body["errors"]
        assert (error["status"], bool(error["detail"])) == (str(answer.status_code), True)
    elif isinstance(body, dict) and "error" in body:
        assert body["error"]["message"]
    else:
        assert (isinstance(body["error_code"], int), bool(body["message"])) == (True, True)


@pytest.mark.parametrize("route", WITH_BODY, ids=label)
def test_what_is_no_json_is_refused(asker: Asker, route: Route) -> None:
    path = path_of(asker.emulated, route)
    for content in (b"{", b"nonsense", b"[" * 50_000, b'{"a": NaN}', b'{"a": "\\ud800"}', b"\xff"):
        answer = asker.ask(route, path, content=content)
        assert 400 <= answer.status_code < 500 or _streams(answer), (content[:10], answer.text)
        if not _streams(answer):
            check_refusal(answer, route.family)


def _streams(answer: httpx.Response) -> bool:
    """Return whether records are answered one by one, each with a code of its own."""
    if answer.status_code != 200:
        return False
    return all(json.loads(line)["error_code"] >= 400 for line in answer.text.splitlines())


@pytest.mark.parametrize("route", WITH_BODY, ids=label)
def test_what_says_that_it_is_no_json_is_refused(asker: Asker, route: Route) -> None:
    path = path_of(asker.emulated, route)
    for kind in sorted(TYPES):
        answer = asker.ask(route, path, content=b"{}", headers={"Content-Type": kind})
        assert answer.status_code in (400, 403, 404, 415, 422), answer.text
        check_refusal(answer, route.family)


KEYS = st.text(max_size=4) | st.sampled_from(
    [
        *("spec", "config", "name", "display_name", "environment", "id", "owner", "resource"),
        *("topic_name", "partitions_count", "configs", "value", "key", "schema", "references"),
        *("kafka_cluster", "storage", "kind", "metadata", "principal", "crn_pattern"),
        *("data", "statement", "query"),
    ]
)
"""Words that mean something to one route or another."""
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("route", WRITING, ids=label)
def test_no_json_is_a_fault_of_ours(asker: Asker, route: Route) -> None:
    path = path_of(asker.emulated, route)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(body=JSON)
    def send(body: object) -> None:
        if (isinstance(body, float) and body != body) or body in (float("inf"), float("-inf")):
            return
        answer = asker.ask(route, path, content=json.dumps(body).encode())
        if answer.status_code >= 300:
            check_refusal(answer, route.family)

    send()


@pytest.mark.parametrize("route", NAMED, ids=label)
def test_names_that_climb_lead_nowhere(asker: Asker, route: Route) -> None:
    names = re.findall(r"\{(\w+)\*?\}", route.path)
    for name in ("..%2f..%2fetc%2fpasswd", "%2e%2e", "%00", "a%0ab", "%ff%fe", "a" * 5000, "%25"):
        for place in names:
            path = path_of(asker.emulated, route, **{place: name})
            answer = asker.ask(route, path)
            assert answer.status_code in (200, 400, 403, 404, 422, 501), (path, answer.text)
            if answer.status_code != 200:
                check_refusal(answer, route.family)
            assert b"root:" not in answer.content


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_what_is_too_large_is_refused_in_the_form_of_the_family(asker: Asker, name: str) -> None:
    route = FAMILIES[name]
    path = path_of(asker.emulated, route)
    large = asker.ask(route, path, content=b" " * (MAX_BODY + 1))
    assert large.status_code == 413
    check_refusal(large, route.family)
    headed = asker.ask(route, path, headers={"X-Large": "x" * 1_000_000})
    assert headed.status_code == 431
    check_refusal(headed, route.family)


def _clusters(emulated: Emulated) -> tuple[str, dict[str, Any], int, str]:
    spec = {**_placed(emulated), "availability": "LOW", "config": {"kind": "Basic"}}
    return "/cmk/v2/clusters", {"spec": spec}, 202, "cloud"


def _pools(emulated: Emulated) -> tuple[str, dict[str, Any], int, str]:
    return "/fcpm/v2/compute-pools", {"spec": {**_placed(emulated), "max_cfu": 5}}, 202, "cloud"


def _accounts(_: Emulated) -> tuple[str, dict[str, Any], int, str]:
    return "/iam/v2/service-accounts", {"display_name": "wanted"}, 201, "cloud"


def _connectors(emulated: Emulated) -> tuple[str, dict[str, Any], int, str]:
    world = emulated.world
    keys = {"kafka.api.key": "RTKAFKAKEY000001", "kafka.api.secret": "a-secret-of-a-test"}
    config = {"connector.class": "DatagenSource", "name": "wanted", **keys}
    root = f"/connect/v1/environments/{world.environment.id}/clusters/{world.cluster.id}"
    return f"{root}/connectors", {"name": "wanted", "config": config}, 201, "cloud"


def _materialized(emulated: Emulated) -> tuple[str, dict[str, Any], int, str]:
    path = f"{emulated.gateway}/databases/{emulated.world.cluster.id}/materialized-tables"
    return path, {"name": "wanted", "spec": {"query": "SELECT 1 AS a"}}, 201, "flink"


def _placed(emulated: Emulated) -> dict[str, Any]:
    world = emulated.world
    return {
        "display_name": "wanted",
        "cloud": world.cloud,
        "region": world.region,
        "environment": {"id": world.environment.id},
    }


@pytest.mark.parametrize("kind", [_clusters, _pools, _accounts, _connectors, _materialized])
def test_of_many_who_want_a_name_at_once_exactly_one_gets_it(
    emulated: Emulated, kind: Callable[[Emulated], tuple[str, dict[str, Any], int, str]]
) -> None:
    """Statements, connections, topics, schemas and Tableflow are asked so in their own rooms."""
    path, body, made, scope = kind(emulated)
    with emulated.http(scope) as client, ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: client.post(path, json=body).status_code, range(12)))
    assert sorted(statuses) == [made] + [409] * 11
