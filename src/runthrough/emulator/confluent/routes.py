"""Every Confluent route there is, in one table: what is emulated and what is known to be missing.

The page "what is emulated" is made from `ROUTES`. A route without a handler answers 501. Paths
are those of facts/confluent-cloud-api.md 2.1, 3 and 5.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from runthrough.emulator.confluent.control_plane.routes import CONTROL_PLANE_ROUTES
from runthrough.emulator.confluent.families import OPENAI
from runthrough.emulator.confluent.gateway.routes import GATEWAY_ROUTES
from runthrough.emulator.confluent.kafka_rest.routes import KAFKA_REST_ROUTES
from runthrough.emulator.confluent.login.routes import LOGIN_ROUTES
from runthrough.emulator.confluent.registry.routes import REGISTRY_ROUTES
from runthrough.emulator.confluent.route import Route, missing
from runthrough.emulator.confluent.tableflow.routes import TABLEFLOW_ROUTES

ROUTES: tuple[Route, ...] = (
    *CONTROL_PLANE_ROUTES,
    *TABLEFLOW_ROUTES,
    *GATEWAY_ROUTES,
    *KAFKA_REST_ROUTES,
    *REGISTRY_ROUTES,
    *missing(OPENAI, "GET POST", "/v1/{path*}"),
)


# --- matching -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Match:
    """The routes of one path, by method, with the values of its names."""

    methods: dict[str, Route]
    params: dict[str, str]


def match(path: str) -> Match | None:
    """Find the routes of a path as it was sent.

    Segments are decoded one by one, so an encoded slash inside a name stays part of the name.
    The control plane also answers under `/api` (facts 1.1).
    """
    routes, segments = ROUTES, [unquote(segment) for segment in path.split("/")[1:]]
    if segments[:1] == ["api"]:
        routes, segments = (*CONTROL_PLANE_ROUTES, *TABLEFLOW_ROUTES, *LOGIN_ROUTES), segments[1:]
    for route in routes:
        params = _params(route.path, segments)
        if params is not None:
            methods = {other.method: other for other in routes if other.path == route.path}
            return Match(methods, params)
    return None


def _params(template: str, segments: list[str]) -> dict[str, str] | None:
    parts = template.split("/")[1:]
    if parts[-1].endswith("*}"):
        last = len(parts) - 1
        segments = [*segments[:last], "/".join(segments[last:])]
    if len(parts) != len(segments) or "" in segments:
        return None
    params: dict[str, str] = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            params[part.strip("{*}")] = segment
        elif part != segment:
            return None
    return params
