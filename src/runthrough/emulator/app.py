"""The whole emulator as one ASGI application: AWS first, then the Confluent route table.

A Confluent request is read whole, matched, authenticated, and handed to its handler in a worker
thread; whatever goes wrong is answered in the form of the route's family.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from runthrough.emulator.aws.app import handles
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.families import CONTROL, authenticate
from runthrough.emulator.confluent.http import LIVE_HAS_IT, Call, Refusal, Reply
from runthrough.emulator.confluent.route import Route
from runthrough.emulator.confluent.routes import match

log = logging.getLogger("runthrough.emulator")

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a Confluent request; the largest honest one holds a statement of 4 MB."""

_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:]+\](:\d+)?")


class TooLargeError(Exception):
    """A request body above the limit."""


def build_app(cloud: Cloud, aws: ASGIApp) -> ASGIApp:
    """Return the application that answers for this cloud and this AWS account."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the emulator speaks HTTP only, not {scope['type']}")
        if handles(scope):
            await aws(scope, receive, send)  # counts the bytes of its bodies itself
            return
        try:
            body = await _read_body(scope, receive)
        except TooLargeError as e:
            await _send(_too_large(scope, str(e)), scope, receive, send)
            return
        if body is None:
            return
        answer = await run_in_threadpool(respond, cloud, scope, body)
        await _send(answer, scope, receive, send)

    return app


def respond(cloud: Cloud, scope: Scope, body: bytes) -> Reply:
    """Answer one Confluent request."""
    method, path = str(scope["method"]), _raw_path(scope)
    found = match(path)
    if found is None:
        return CONTROL.form(Refusal(404, "Route not found", code="route_not_found"))
    route = found.methods.get(method)
    family = (route or next(iter(found.methods.values()))).family
    try:
        if route is None:
            raise _wrong_method(method, path, found.methods)
        return _carry_out(cloud, route, scope, path, found.params, body)
    except Refusal as refusal:
        return family.form(refusal)
    except Exception:
        log.exception("%s %s failed inside the emulator", method, path)
        return family.form(Refusal(500, f"{method} {path} failed inside the emulator; see its log"))


def _carry_out(
    cloud: Cloud,
    route: Route,
    scope: Scope,
    path: str,
    params: Mapping[str, str],
    body: bytes,
) -> Reply:
    headers = Headers(scope=scope)
    if not route.family.scopes:
        raise _not_emulated(route)
    key = authenticate(headers.get("authorization"), cloud.world, route.family)
    if route.handler is None:
        raise _not_emulated(route)
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    call = Call(
        method=route.method,
        path=path,
        base_url=_base_url(scope, headers),
        params=params,
        query=dict(query),
        key=key,
        body=body,
    )
    return route.handler(cloud, call)


def _not_emulated(route: Route) -> Refusal:
    return Refusal(501, f"{route.method} {route.path} {LIVE_HAS_IT}")


def _wrong_method(method: str, path: str, methods: Mapping[str, Route]) -> Refusal:
    allowed = ", ".join(sorted(methods))
    return Refusal(
        405,
        f"{path} takes {allowed}, not {method}",
        code="method_not_allowed",
        headers={"Allow": allowed},
    )


def _too_large(scope: Scope, detail: str) -> Reply:
    found = match(_raw_path(scope))
    family = CONTROL if found is None else next(iter(found.methods.values())).family
    return family.form(Refusal(413, detail, code="request_too_large"))


def _raw_path(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.partition(b"?")[0].decode("latin-1")


def _base_url(scope: Scope, headers: Headers) -> str:
    """Return scheme and host as the client wrote them, so that links lead back to us."""
    host = headers.get("host", "")
    if not _HOST.fullmatch(host):
        address, port = scope["server"]
        host = f"{address}:{port}"
    return f"{scope['scheme']}://{host}"


async def _read_body(scope: Scope, receive: Receive) -> bytes | None:
    """Return the body, or None where the client has gone before its end."""
    announced = Headers(scope=scope).get("content-length", "0")
    if announced.isdigit() and int(announced) > MAX_BODY:
        raise TooLargeError(f"the request body has {announced} bytes; the limit is {MAX_BODY}")
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            raise TooLargeError(f"the request body has more than {MAX_BODY} bytes")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _send(answer: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {"X-Request-Id": uuid.uuid4().hex, **answer.headers}
    media_type = answer.media_type if answer.content else None
    response = Response(answer.content, answer.status, headers, media_type)
    await response(scope, receive, send)
