"""One route: a method of a path, the family it belongs to and what carries it out.

Each room lists its own (`control_plane/routes.py`, `gateway/routes.py`, …); `routes.py` puts them
together and finds the one of a request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.families import Family
from runthrough.emulator.confluent.http import Call, Reply

Handler = Callable[[Cloud, Call], Reply]


@dataclass(frozen=True)
class Route:
    """One method of one path.

    Attributes:
        path: a template; `{name}` is one segment, `{name*}` at the end is all that is left.
        handler: None where the live target has the route and the emulator has not: it answers 501.
        quick: whether the handler only looks at what is there and never waits, so that the event
            loop can call it itself.
        note: what of it is other than on the live target, for readers of the list.
    """

    family: Family
    method: str
    path: str
    handler: Handler | None = None
    quick: bool = False
    note: str = ""

    @property
    def emulated(self) -> bool:
        """Whether the emulator carries the route out."""
        return self.handler is not None


def seen_from(route: Route, environment_of: Callable[[Cloud, Call], str]) -> Route:
    """Have a route's handler called with the cloud as it looks from an environment.

    Args:
        route: of a service that every environment has for itself.
        environment_of: which environment a call is about.
    """
    if route.handler is None:
        return route
    handler = route.handler

    @wraps(handler)
    def handle(cloud: Cloud, call: Call) -> Reply:
        return handler(cloud.within(environment_of(cloud, call)), call)

    return replace(route, handler=handle)


def missing(family: Family, methods: str, path: str) -> tuple[Route, ...]:
    """Return routes the live target has and the emulator has not, one a method."""
    return tuple(Route(family, method, path) for method in methods.split())
