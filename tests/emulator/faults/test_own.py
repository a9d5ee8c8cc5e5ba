from __future__ import annotations

import httpx
import pytest

from runthrough.emulator.faults.own import OWN_ROUTES, OwnRoute, own_route
from runthrough.emulator.server import serve


@pytest.mark.parametrize("route", OWN_ROUTES, ids=lambda r: f"{r.method} {r.path}")
def test_a_route_is_found_by_its_own_path(route: OwnRoute) -> None:
    assert own_route(route.method, route.path.replace("{fault}", "fault-1")) is route


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/_emulator/faults"),
        ("GET", "/_emulator/"),
        ("GET", "/_emulator/faults/fault-1"),
        ("POST", "/_emulator/reset/all"),
        ("GET", "/_emulator/nope"),
    ],
)
def test_other_routes_there_are_none(method: str, path: str) -> None:
    assert own_route(method, path) is None


def test_every_route_is_carried_out() -> None:
    """What the list of what is emulated says is there."""
    with serve() as running, httpx.Client(base_url=running.url, trust_env=False) as client:
        rule = {"match": {"path": "/nowhere"}, "answer": {"status": 500}}
        for route in OWN_ROUTES:
            path = route.path.replace("{fault}", "fault-1")
            answer = client.request(
                route.method, path, json=rule if route.path.endswith("faults") else None
            )
            missing = f"there is no {route.method}"
            assert missing not in answer.text
            assert answer.status_code < 500
