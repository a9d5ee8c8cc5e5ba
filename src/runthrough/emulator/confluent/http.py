"""What all Confluent routes share: a request as data, an answer, a refusal, paging.

Handlers are plain functions `(Cloud, Call) -> Reply` and know no web framework; `app.py` turns
ASGI into these and back. Sources: facts/confluent-cloud-api.md 1.3 to 1.6.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlencode

from runthrough.emulator.confluent.identity.parts import NOBODY, Caller

T = TypeVar("T")

DEFAULT_PAGE_SIZE = 10
MAX_PAGE_SIZE = 100
LIVE_HAS_IT = "is not emulated; the live target has it"

_JSON_TYPE = re.compile(r"\s*($|;|application/([-\w.]+\+)?json\s*($|;))", re.IGNORECASE)
"""`application/json` and `application/…+json`; nothing at all passes too."""


class Refusal(Exception):
    """A request that is answered with an error.

    Attributes:
        status: the HTTP status.
        detail: the text for the caller.
        code: the family's own code: a word (`resource_not_found`) or a number (`40401`).
        pointer: JSON pointer or query parameter at fault, if one is.
        headers: additional response headers.
        omits: fields of the main envelope that the real answer does not have (facts 1.6).
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str | int | None = None,
        title: str | None = None,
        pointer: str | None = None,
        headers: Mapping[str, str] | None = None,
        omits: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.code, self.title = status, detail, code, title
        self.pointer, self.headers, self.omits = pointer, dict(headers or {}), omits


@dataclass(frozen=True)
class Reply:
    """An answer: bytes, their type, a status."""

    status: int = 200
    content: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def reply(body: object, status: int = 200, *, media_type: str = "application/json") -> Reply:
    """Return a JSON answer."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, content, media_type)


@dataclass(frozen=True)
class Call:
    """One request, authenticated and matched to a route.

    Attributes:
        path: as sent, still percent-encoded.
        base_url: scheme and host the client used, so that links lead back to us (facts 1.4).
        params: the values of the route's `{names}`, decoded.
        query: the last value of each parameter.
        caller: who makes the request.
        content_type: as sent; "" where the client gave none.
        pairs: every parameter of the query as it was sent, repeated ones too.
        headers: names in lower case, as ASGI hands them on; they hold the caller's secret.
    """

    method: str
    path: str
    base_url: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    caller: Caller = NOBODY
    body: bytes = field(default=b"", repr=False)
    content_type: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    headers: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)

    def values(self, name: str) -> list[str]:
        """Return every value of a query parameter, in order."""
        return [value for key, value in self.pairs if key == name]

    def header(self, name: str) -> str:
        """Return a header by its name in lower case; "" where the client sent none."""
        return self.headers.get(name.encode("latin-1"), b"").decode("latin-1")

    def json(self) -> object:
        """Return the body as JSON.

        Raises:
            Refusal: 415, it says it is something else; 400, it is not JSON. A body without a
                content type is taken as JSON (no fact says what the service does with one).
        """
        if not _JSON_TYPE.match(self.content_type):
            raise Refusal(
                415,
                f"the content type {self.content_type!r} is not JSON: send application/json",
                code="unsupported_media_type",
            )
        try:
            body = json.loads(self.body, parse_constant=_no_number)
            if b"\\u" in self.body:
                # Half of a surrogate pair is no text: nothing behind could write it down again.
                json.dumps(body, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as e:
            raise Refusal(
                400, f"the request body is not valid JSON: {e}", code="bad_request"
            ) from e
        return body

    def json_object(self) -> dict[str, object]:
        """Return the body as a JSON object. Raises Refusal (400) where it is none."""
        body = self.json()
        if not isinstance(body, dict):
            raise Refusal(400, "the request body must be a JSON object", code="bad_request")
        return body

    def flag(self, name: str) -> bool:
        """Return a true/false query parameter; a missing one is false."""
        return self.query.get(name, "").lower() == "true"

    @property
    def url(self) -> str:
        """The address of what was asked for, without its query."""
        return self.base_url + self.path


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def page(items: Sequence[T], call: Call, *, key: Callable[[T], str]) -> tuple[list[T], str]:
    """Cut one page out of a list and return it with the address of the next one ("" = the end).

    Args:
        items: all items, in ascending order of `key`.
        call: its `page_size` (10 unless given, 100 at most) and `page_token` decide.
        key: what a token remembers, so that paging survives deletions in between.

    Raises:
        Refusal: 400, the size is no number from 1 to 100 or the token is not one of ours.
    """
    size = page_size(call)
    sent = call.query.get("page_token", "")
    after = read_token(sent) if sent else None
    rest = [item for item in items if after is None or key(item) > after]
    if len(rest) <= size:
        return list(rest), ""
    kept = list(rest[:size])
    return kept, next_url(call, token(key(kept[-1])))


def next_url(call: Call, page_token: str) -> str:
    """Return the address of the next page; `page_token` is its last parameter (facts 1.4)."""
    others = {name: value for name, value in call.query.items() if name != "page_token"}
    return f"{call.url}?{urlencode({**others, 'page_token': page_token})}"


def token(text: str) -> str:
    """Return an opaque, URL-safe page token."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_token(text: str) -> str:
    """Return what a page token remembers. Raises Refusal (400) where it is not one of ours."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as e:
        raise Refusal(
            400, "invalid page_token", code="invalid_page_token", pointer="page_token"
        ) from e


def read_position(call: Call) -> int | None:
    """Return the number a call's `page_token` remembers, None where it has none.

    Raises:
        Refusal: 400, it is not one of ours.
    """
    sent = call.query.get("page_token", "")
    if not sent:
        return None
    remembered = read_token(sent)
    if not (remembered.isascii() and remembered.isdigit()) or len(remembered) > 18:
        raise Refusal(400, "invalid page_token", code="invalid_page_token", pointer="page_token")
    return int(remembered)


def page_size(call: Call) -> int:
    """Return how many items a page may have: 10 unless given, 100 at most (facts 1.4).

    Raises:
        Refusal: 400, it is no number from 1 to 100.
    """
    text = call.query.get("page_size", str(DEFAULT_PAGE_SIZE))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_PAGE_SIZE):
        raise Refusal(
            400,
            f"page_size must be a number from 1 to {MAX_PAGE_SIZE}",
            code="invalid_page_size",
            pointer="page_size",
        )
    return int(text)


def timestamp(moment: datetime) -> str:
    """Return an instant as RFC 3339 in UTC with microseconds and Z (facts 1.3)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def errors_form(refusal: Refusal) -> Reply:
    """Render a refusal as the control plane and the Flink gateway do (facts 1.6)."""
    error: dict[str, object] = {"id": uuid.uuid4().hex, "status": str(refusal.status)}
    if refusal.code is not None:
        error["code"] = str(refusal.code)
    if refusal.title is not None:
        error["title"] = refusal.title
    error["detail"] = refusal.detail
    error["source"] = {} if refusal.pointer is None else {_source(refusal.pointer): refusal.pointer}
    shown = {name: value for name, value in error.items() if name not in refusal.omits}
    return _with_headers(reply({"errors": [shown]}, refusal.status), refusal)


def _source(pointer: str) -> str:
    return "pointer" if pointer.startswith("/") else "parameter"


def registry_form(refusal: Refusal) -> Reply:
    """Render a refusal as Schema Registry does, of its own media type."""
    answer = code_form(refusal)
    return replace(answer, media_type="application/vnd.schemaregistry.v1+json")


def code_form(refusal: Refusal) -> Reply:
    """Render a refusal as Kafka REST and role bindings do: `error_code` and `message`."""
    code = refusal.code if isinstance(refusal.code, int) else refusal.status
    body = {"error_code": code, "message": refusal.detail}
    return _with_headers(reply(body, refusal.status), refusal)


def kafka_form(refusal: Refusal) -> Reply:
    """Render a refusal as Kafka REST does: JSON, but 401 is an HTML page (facts 1.6)."""
    if refusal.status != 401:
        return code_form(refusal)
    html = (
        "<html><head><title>Error 401 Unauthorized</title></head>"
        f"<body><h2>HTTP ERROR 401 Unauthorized</h2><p>{refusal.detail}</p></body></html>"
    )
    return Reply(401, html.encode(), "text/html;charset=iso-8859-1", refusal.headers)


def login_form(refusal: Refusal) -> Reply:
    """Render a refusal as the login does: one `error` with code and message (facts 5.1)."""
    code = refusal.code if isinstance(refusal.code, int) else refusal.status
    body = {"error": {"code": code, "message": refusal.detail}}
    return _with_headers(reply(body, refusal.status), refusal)


def _with_headers(answer: Reply, refusal: Refusal) -> Reply:
    return replace(answer, headers=refusal.headers)
