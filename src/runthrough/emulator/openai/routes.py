"""The table of routes: what is answered, and what the live target has and the emulator has not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

ROOT = "/v1/"
CHAT, EMBEDDINGS, MODELS = "/v1/chat/completions", "/v1/embeddings", "/v1/models"


@dataclass(frozen=True)
class Route:
    """One method of one path.

    Attributes:
        path: a template; `{name}` is one segment, `{name*}` at the end is all that is left.
        handler: what answers it, by its name in the service; None = 501.
    """

    method: str
    path: str
    handler: str | None = None

    @property
    def emulated(self) -> bool:
        """Whether the emulator carries the route out."""
        return self.handler is not None


def _missing(methods: str, *paths: str) -> Iterator[Route]:
    yield from (Route(method, path) for path in paths for method in methods.split())


ROUTES: tuple[Route, ...] = (
    Route("POST", CHAT, "chat"),
    Route("POST", EMBEDDINGS, "embeddings"),
    Route("GET", MODELS, "models"),
    Route("GET", f"{MODELS}/{{model}}", "model"),
    *_missing("DELETE", f"{MODELS}/{{model}}"),
    *_missing("GET", CHAT, f"{CHAT}/{{rest*}}"),
    *_missing("POST DELETE", f"{CHAT}/{{rest*}}"),
    *_missing("POST", "/v1/completions", "/v1/moderations"),
    *_missing("POST", "/v1/images/{rest*}", "/v1/audio/{rest*}"),
    *_missing("GET POST DELETE", "/v1/responses/{rest*}", "/v1/conversations/{rest*}"),
    *_missing("POST", "/v1/responses", "/v1/conversations"),
    *_missing("GET POST", "/v1/files", "/v1/batches", "/v1/vector_stores", "/v1/assistants"),
    *_missing("GET POST DELETE", "/v1/files/{rest*}", "/v1/batches/{rest*}"),
    *_missing("GET POST DELETE", "/v1/vector_stores/{rest*}", "/v1/assistants/{rest*}"),
    *_missing("GET POST DELETE", "/v1/threads/{rest*}", "/v1/fine_tuning/{rest*}"),
    *_missing("POST", "/v1/threads", "/v1/uploads", "/v1/videos"),
    *_missing("GET POST DELETE", "/v1/uploads/{rest*}", "/v1/videos/{rest*}", "/v1/evals/{rest*}"),
    *_missing("GET POST DELETE", "/v1/realtime/{rest*}", "/v1/containers/{rest*}"),
    *_missing("GET POST DELETE", "/v1/organization/{rest*}"),
)


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route of a request, with what stands in its path decoded; None = there is none.

    `path` is as it was sent, still percent-encoded.
    """
    for route in ROUTES:
        if route.method == method:
            values = _match(route.path, path)
            if values is not None:
                return route, values
    return None


def find_any(method: str, path: str) -> Route | None:
    """Return the route of a path, that of another method where this one has none."""
    found = find(method, path)
    if found is not None:
        return found[0]
    return next((route for route in ROUTES if _match(route.path, path) is not None), None)


def other_methods(path: str) -> tuple[str, ...]:
    """Return the methods that a path has."""
    methods = (route.method for route in ROUTES if _match(route.path, path) is not None)
    return tuple(dict.fromkeys(methods))


def _match(template: str, path: str) -> dict[str, str] | None:
    wanted, given = template.split("/"), path.rstrip("/").split("/")
    values: dict[str, str] = {}
    for at, part in enumerate(wanted):
        if part.endswith("*}"):
            return values if len(given) > at else None
        if at >= len(given):
            return None
        if part.startswith("{"):
            if not given[at]:
                return None
            values[part[1:-1]] = unquote(given[at])
        elif part != given[at]:
            return None
    return values if len(wanted) == len(given) else None
