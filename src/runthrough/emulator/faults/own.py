"""The emulator's own routes (design 7), which no live target has; `app.py` carries them out."""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "/_emulator/"


@dataclass(frozen=True)
class OwnRoute:
    """One of them.

    Attributes:
        path: a template.
        note: what it does, for readers.
    """

    method: str
    path: str
    note: str


OWN_ROUTES = (
    OwnRoute("POST", "/_emulator/faults", "sets rules: what to answer, delay or cut"),
    OwnRoute("GET", "/_emulator/faults", "the rules that are set, and how often each struck"),
    OwnRoute("DELETE", "/_emulator/faults", "takes all rules away"),
    OwnRoute("DELETE", "/_emulator/faults/{fault}", "takes one rule away"),
    OwnRoute("GET", "/_emulator/requests", "who asked what, without secrets"),
    OwnRoute("POST", "/_emulator/aws-account", "goes on with other members of a world's `aws`"),
    OwnRoute("DELETE", "/_emulator/aws-account", "back to the world's AWS account"),
    OwnRoute("PUT", "/_emulator/documents", "fills a collection that external tables search"),
    OwnRoute("POST", "/_emulator/reset", "back to the world's start"),
)


def own_route(method: str, path: str) -> OwnRoute | None:
    """Return the route of a request, None where there is none."""
    name, _, one = path.removeprefix(PREFIX).partition("/")
    template = f"{PREFIX}{name}" + ("/{fault}" if one else "")
    return next((r for r in OWN_ROUTES if (r.method, r.path) == (method, template)), None)
