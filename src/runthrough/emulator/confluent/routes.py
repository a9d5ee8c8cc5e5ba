"""Every Confluent route there is, in one table: what is emulated and what is known to be missing.

The page "what is emulated" is made from `ROUTES`. A route without a handler answers 501. Paths
are those of facts/confluent-cloud-api.md 2.1, 3 and 5.1.
"""

from __future__ import annotations

from runthrough.emulator.confluent.control_plane.routes import CONTROL_PLANE_ROUTES
from runthrough.emulator.confluent.gateway.routes import GATEWAY_ROUTES
from runthrough.emulator.confluent.kafka_rest.routes import KAFKA_REST_ROUTES
from runthrough.emulator.confluent.login.routes import LOGIN_ROUTES
from runthrough.emulator.confluent.matching import Match, RouteTree
from runthrough.emulator.confluent.registry.routes import REGISTRY_ROUTES
from runthrough.emulator.confluent.route import Route
from runthrough.emulator.confluent.tableflow.routes import TABLEFLOW_ROUTES

ROUTES: tuple[Route, ...] = (
    *CONTROL_PLANE_ROUTES,
    *TABLEFLOW_ROUTES,
    *GATEWAY_ROUTES,
    *KAFKA_REST_ROUTES,
    *REGISTRY_ROUTES,
    *LOGIN_ROUTES,
)


# --- matching -----------------------------------------------------------------------------------

_EVERYWHERE = RouteTree(ROUTES)
_UNDER_API = RouteTree((*CONTROL_PLANE_ROUTES, *TABLEFLOW_ROUTES))
"""The control plane also answers under `/api` (facts 1.1), beside the routes of the login."""


def match(path: str) -> Match | None:
    """Find the routes of a path as it was sent, still percent-encoded."""
    if path.startswith("/api/"):
        return _UNDER_API.find(path.removeprefix("/api")) or _EVERYWHERE.find(path)
    return _EVERYWHERE.find(path)
