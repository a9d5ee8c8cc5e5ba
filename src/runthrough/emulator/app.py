"""The whole emulator as one ASGI application: AWS first, then the Confluent route table.

A Confluent request is read whole, matched, authenticated, and handed to its handler: in a worker
thread, or at once where the handler never waits for anything (`Route.quick`); whatever goes wrong
is answered in the form of the route's family.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from runthrough.emulator.aws.app import handles
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.families import CONTROL, Family, authenticate
from runthrough.emulator.confluent.http import LIVE_HAS_IT, Call, Refusal, Reply
from runthrough.emulator.confluent.matching import Match
from runthrough.emulator.confluent.permits import permit
from runthrough.emulator.confluent.rate_limits import RateLimit
from runthrough.emulator.confluent.route import Route
from runthrough.emulator.confluent.routes import match

log = logging.getLogger("runthrough.emulator")

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a Confluent request; the largest honest one holds a statement of 4 MB."""

MAX_HEAD = 64 * 1024
"""Bytes of a request's headers, names and values together; no client here sends a tenth of it."""

_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:]+\](:\d+)?")


class TooLargeError(Exception):
    """A request above a limit.

    Attributes:
        refusal: what the client is told.
    """

    def __init__(self, status: int, detail: str, code: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(status, detail, code=code, headers={"Connection": "close"})


def build_app(cloud: Cloud, aws: ASGIApp) -> ASGIApp:
    """Return the application that answers for this cloud and this AWS account."""
    limit = RateLimit(cloud.clock)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the emulator speaks HTTP only, not {scope['type']}")
        if handles(scope):
            await aws(scope, receive, send)  # counts the bytes of its bodies itself
            return
        found = match(_raw_path(scope))
        family = _family(found, str(scope["method"]))
        limits = limit.count() if family.is_control_plane else {}
        try:
            _check_head(scope)
            body = await _read_body(scope, receive)
        except TooLargeError as e:
            await _send(family.form(e.refusal), send, limits)
            return
        if body is None:
            return
        route = None if found is None else found.methods.get(scope["method"])
        if route is not None and route.quick:
            answer = respond(cloud, scope, found, body)
        else:
            answer = await run_in_threadpool(respond, cloud, scope, found, body)
        await _send(answer, send, limits)

    return app


def respond(cloud: Cloud, scope: Scope, found: Match | None, body: bytes) -> Reply:
    """Answer one Confluent request; `found` is what `match` says of its path."""
    method, path = str(scope["method"]), _raw_path(scope)
    if found is None:
        return CONTROL.form(
            Refusal(404, "Route not found", code="route_not_found", omits=frozenset({"id"}))
        )
    route = found.methods.get(method)
    family = _family(found, method)
    try:
        if route is None:
            raise _wrong_method(method, path, found.methods)
        return _carry_out(cloud, route, scope, path, found.params, body)
    except Refusal as refusal:
        return family.form(refusal)
    except Exception:
        log.exception("%s %s failed inside the emulator", method, path)
        return family.form(Refusal(500, f"{method} {path} failed inside the emulator; see its log"))


def _family(found: Match | None, method: str) -> Family:
    """Return the family that answers; the control plane says that a path is no route."""
    if found is None:
        return CONTROL
    route = found.methods.get(method) or next(iter(found.methods.values()))
    return route.family


def _carry_out(
    cloud: Cloud,
    route: Route,
    scope: Scope,
    path: str,
    params: Mapping[str, str],
    body: bytes,
) -> Reply:
    headers = dict(scope["headers"])
    caller = authenticate(
        _header(headers, b"authorization"),
        cloud.identity,
        route.family,
        identity_pool=_header(headers, b"confluent-identity-pool-id"),
    )
    if route.handler is None:
        raise _not_emulated(route)
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    call = Call(
        method=route.method,
        path=path,
        base_url=_base_url(scope, headers),
        params=params,
        query=dict(query),
        caller=caller,
        body=body,
        content_type=_header(headers, b"content-type") or "",
        pairs=tuple(query),
        headers=headers,
    )
    permit(cloud, call, route.family, route.path)
    return route.handler(cloud, call)


def _header(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


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


def _raw_path(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.partition(b"?")[0].decode("latin-1")


def _base_url(scope: Scope, headers: Mapping[bytes, bytes]) -> str:
    """Return scheme and host as the client wrote them, so that links lead back to us."""
    host = _header(headers, b"host") or ""
    if not _HOST.fullmatch(host):
        address, port = scope["server"]
        host = f"{address}:{port}"
    return f"{scope['scheme']}://{host}"


def _check_head(scope: Scope) -> None:
    size = sum(len(name) + len(value) for name, value in scope["headers"])
    if size > MAX_HEAD:
        raise TooLargeError(
            431,
            f"the request's headers have {size} bytes; the limit is {MAX_HEAD}",
            "request_header_fields_too_large",
        )


async def _read_body(scope: Scope, receive: Receive) -> bytes | None:
    """Return the body, or None where the client has gone before its end."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > MAX_BODY:
        raise _body_too_large(f"the request body has {int(announced)} bytes")
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            raise _body_too_large(f"the request body has more than {MAX_BODY} bytes")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _body_too_large(what: str) -> TooLargeError:
    return TooLargeError(413, f"{what}; the limit is {MAX_BODY}", "request_too_large")


async def _send(answer: Reply, send: Send, limits: Mapping[str, str]) -> None:
    headers = {"X-Request-Id": uuid.uuid4().hex, **limits, **answer.headers}
    if answer.content:
        headers["Content-Type"] = answer.media_type
    if answer.status >= 200 and answer.status not in {204, 304}:
        headers["Content-Length"] = str(len(answer.content))
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": answer.content})
