"""What OpenAI answers: a reply, a stream of events, a refusal, and how each is written.

Bodies of errors have one form: `{"error": {"message", "type", "param", "code"}}`. Texts are those
that users of the API have posted; those marked *ours* in a docstring follow the same form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

INVALID = "invalid_request_error"
EVENTS = "text/event-stream; charset=utf-8"


class Refused(Exception):
    """A request that is not carried out.

    Attributes:
        param: the member of the request it is about, such as `messages[0].role`.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | int | None = None,
        param: str | None = None,
        kind: str = INVALID,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.param, self.kind = status, code, param, kind
        self.headers = dict(headers or {})


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> Refused:
    """Return the refusal of a request that does not fit the API (400)."""
    return Refused(400, message, param=param, code=code)


def not_emulated(what: str, *, param: str | None = None) -> Refused:
    """Return the refusal of something OpenAI does and this emulator does not (501)."""
    return Refused(
        501,
        f"{what} is not emulated; the live target has it",
        code="not_emulated",
        param=param,
        kind="not_implemented",
    )


@dataclass(frozen=True)
class Reply:
    """One JSON answer."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EventStream:
    """One answer that comes piece by piece, as server-sent events.

    Attributes:
        waits: whether an event may have to wait for another server.
    """

    events: Iterator[bytes] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    waits: bool = False


def json_reply(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    """Write a JSON answer. A lone surrogate, which JSON can carry and UTF-8 cannot, becomes `?`."""
    return Reply(status, _encode(value), headers or {})


def refusal_reply(refused: Refused) -> Reply:
    """Write a refusal."""
    return json_reply(refusal_body(refused), status=refused.status, headers=refused.headers)


def refusal_body(refused: Refused) -> dict[str, object]:
    """Return the body of a refusal."""
    error = {
        "message": str(refused),
        "type": refused.kind,
        "param": refused.param,
        "code": refused.code,
    }
    return {"error": error}


def event(value: object) -> bytes:
    """Write one event of a stream."""
    return b"data: " + _encode(value) + b"\n\n"


LAST_EVENT = b"data: [DONE]\n\n"


def _encode(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
