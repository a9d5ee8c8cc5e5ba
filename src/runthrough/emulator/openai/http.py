"""OpenAI over HTTP: every path below `/v1/` that Confluent does not have is OpenAI's."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from runthrough.emulator.openai.replies import (
    EVENTS,
    EventStream,
    Refused,
    Reply,
    event,
    refusal_body,
    refusal_reply,
)
from runthrough.emulator.openai.routes import ROOT
from runthrough.emulator.openai.service import OpenAi
from runthrough.emulator.streaming import send_pieces

log = logging.getLogger("runthrough.emulator")

MAX_BODY = 32 * 1024 * 1024
"""Bytes; two pictures of a chat fit."""


def handles(scope: Mapping[str, Any]) -> bool:
    """Whether a request is OpenAI's."""
    return scope["type"] == "http" and raw_path(scope).startswith(ROOT)


def raw_path(scope: Mapping[str, Any]) -> str:
    """Return the path as it was sent, still percent-encoded, without its query."""
    raw: bytes = scope.get("raw_path") or str(scope["path"]).encode()
    return raw.partition(b"?")[0].decode("latin-1")


def with_openai(app: ASGIApp, openai: OpenAi) -> ASGIApp:
    """Return an application that answers OpenAI's paths and leaves all else to `app`."""

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        if not handles(scope):
            await app(scope, receive, send)
            return
        reply = await _answer(openai, scope, receive)
        if isinstance(reply, EventStream):
            headers = {**reply.headers, "content-type": EVENTS, "cache-control": "no-cache"}
            await send_pieces(_whole(reply.events), headers, receive, send, waits=reply.waits)
            return
        response = Response(reply.body, reply.status, dict(reply.headers), "application/json")
        await response(scope, receive, send)

    return route


def _whole(events: Iterator[bytes]) -> Generator[bytes]:
    """Return the events; a fault of ours in the middle is logged and told as an event."""
    try:
        yield from events
    except Exception:
        log.exception("a stream failed inside the emulator")
        message = "the stream failed inside the emulator; see its log"
        yield event(refusal_body(Refused(500, message, kind="server_error")))


async def _answer(openai: OpenAi, scope: Scope, receive: Receive) -> Reply | EventStream:
    body = await _read_body(receive)
    if body is None:
        message = f"The request body has more than {MAX_BODY} bytes."
        return refusal_reply(Refused(413, message))
    key, method, path = _bearer(scope["headers"]), scope["method"], raw_path(scope)
    try:
        return await run_in_threadpool(openai.answer, method, path, body, key=key)
    except Exception:
        log.exception("%s %s failed inside the emulator", method, path)
        message = f"{method} {path} failed inside the emulator; see its log"
        return refusal_reply(Refused(500, message, kind="server_error"))


def _bearer(headers: list[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name.lower() == b"authorization" and value[:7].lower() == b"bearer ":
            return value[7:].decode("utf-8", "surrogateescape").strip()
    return ""


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body; None where it is too long."""
    kept = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(kept)
        kept += message.get("body", b"")
        if len(kept) > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(kept)
