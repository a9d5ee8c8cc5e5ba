"""What stands before all routes: faults strike here, requests are counted and logged.

Its own routes (`own.py`) are for this machine only. Rules are sent as in a file (`rules.py`), as
JSON, and answered with their ids; the log of requests takes `?after=` and `?limit=`; a reset is
whole or not at all.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runthrough.emulator.faults.connection import close_connection
from runthrough.emulator.faults.own import PREFIX, own_route
from runthrough.emulator.faults.places import locate, locate_confluent, locate_models, raw_path
from runthrough.emulator.faults.requests import KEPT, RequestLog
from runthrough.emulator.faults.rules import Answer, Faults, Rule, Strike, parse_rules
from runthrough.emulator.faults.streams import SpoiltStream
from runthrough.emulator.world import Clock
from runthrough.errors import EmulatorError

log = logging.getLogger("runthrough.emulator")

DRAIN_SECONDS = 5.0
"""How long a reset waits for requests that are being answered."""
MAX_RULES_BODY = 1024 * 1024
MAX_DOCUMENTS_BODY = 64 * 1024 * 1024
_MODEL_PREFIXES = ("/v1/", "/model/")
_LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Changeable(Protocol):
    """What stands behind the routes, as far as our own routes change it."""

    def start_over(self) -> None:
        """Bring the world back to its start. Raises EmulatorError where that fails."""

    def change_account(self, more: Mapping[str, Any] | None) -> None:
        """Change the AWS account; None = the world's own. Raises EmulatorError: it is none."""

    def put_documents(self, data: object) -> int:
        """Fill a collection of an external table.

        Raises:
            ValueError: it is not told rightly, or not to be filled.
            EmulatorError: the database behind it did not take them.
        """


class Watched:
    """The emulator as an ASGI application, watched."""

    def __init__(self, app: ASGIApp, *, faults: Faults, lives: Changeable, clock: Clock) -> None:
        """Stand before an application.

        Args:
            app: the routes.
            faults: the rules to begin with.
            lives: what can be changed behind the routes.
            clock: where the log has its times from.
        """
        self._app, self._lives, self._clock = app, lives, clock
        self.faults, self.requests = faults, RequestLog()
        self._busy = 0
        self._resetting = False
        self._released = asyncio.Event()
        self._released.set()
        self._broken = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif raw_path(scope).startswith(PREFIX):
            await self._answer_own(scope, receive, send)
        else:
            await self._answer_watched(scope, receive, send)

    async def _answer_watched(self, scope: Scope, receive: Receive, send: Send) -> None:
        at, began = self._clock(), time.monotonic()
        method, path = str(scope["method"]), raw_path(scope)
        place = locate_models(scope)
        strike: Strike | None = None
        if self.faults:
            strike = self.faults.strike(method, path, place or locate_confluent(method, path))
        status = 0

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if strike is not None:
                await self._strike(strike, scope, receive, note)
            else:
                await self._pass_on(scope, receive, note)
        finally:
            self.requests.add(
                at=at,
                method=method,
                path=path,
                place=place,
                status=status,
                seconds=time.monotonic() - began,
                authorization=_header(scope, b"authorization"),
                fault=strike.id if strike else "",
            )

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _is_for_a_model(scope):
            # A reset that waits for a statement's end must not hold up the statement's calls.
            await self._app(scope, receive, send)
            return
        await self._released.wait()
        if self._broken:
            await _say(send, scope, receive, 503, {"error": self._broken})
            return
        self._busy += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._busy -= 1

    # --- faults --------------------------------------------------------------------------------

    async def _strike(self, strike: Strike, scope: Scope, receive: Receive, send: Send) -> None:
        rule = strike.rule
        if rule.delay is not None:
            await asyncio.sleep(rule.delay.total_seconds())
        if rule.answer is not None:
            await _read(receive, None)
            await _answer(rule.answer, scope, receive, send)
        elif rule.is_for_streams:
            await self._spoil_stream(rule, scope, receive, send)
        elif rule.cut is None:
            await self._pass_on(scope, receive, send)
        elif rule.cut.after_bytes is None:
            await close_connection(scope, receive)
        else:
            await self._pass_on(scope, receive, _Cutting(send, rule.cut.after_bytes))
            await close_connection(scope, receive)

    async def _spoil_stream(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        cut, ending = rule.cut, rule.ends_with
        limit = cut.after_events if cut else ending.after_events if ending else None
        spoilt = SpoiltStream(
            send,
            pause=rule.pause.total_seconds() if rule.pause else 0,
            after_events=limit,
            last=ending.frame() if ending else None,
        )
        await self._pass_on(scope, receive, spoilt)
        if cut is not None and spoilt.is_stream:
            await close_connection(scope, receive)

    # --- our own routes ------------------------------------------------------------------------

    async def _answer_own(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            _check_local(scope)
            status, body = await self._carry_out(scope, receive)
        except _OwnError as e:
            status, body = e.status, {"error": str(e)}
        await _say(send, scope, receive, status, body)

    async def _carry_out(self, scope: Scope, receive: Receive) -> tuple[int, object]:
        method, path = str(scope["method"]), raw_path(scope)
        route = own_route(method, path)
        match route and (route.method, route.path.removeprefix(PREFIX)):
            case "POST", "faults":
                return 201, await self._add(receive)
            case "GET", "faults":
                return 200, {"faults": self.faults.listed()}
            case "DELETE", "faults":
                self.faults.clear()
                return 204, None
            case "DELETE", "faults/{fault}":
                one = path.removeprefix(f"{PREFIX}faults/")
                if not self.faults.remove(one):
                    raise _OwnError(404, f"there is no fault {one!r}")
                return 204, None
            case "GET", "requests":
                return 200, self._list_requests(scope)
            case "POST", "aws-account":
                await self._change_account(await _read_object(receive))
                return 200, {"changed": True}
            case "DELETE", "aws-account":
                await self._change_account(None)
                return 204, None
            case "PUT", "documents":
                return 200, {"documents": await self._fill(receive)}
            case "POST", "reset":
                await self._reset_all()
                return 200, {"reset": True}
        raise _OwnError(404, f"there is no {method} {path}")

    async def _add(self, receive: Receive) -> dict[str, list[str]]:
        body = await _read(receive, MAX_RULES_BODY)
        try:
            rules = parse_rules(json.loads(body))
            return {"ids": self.faults.add(rules)}
        except RecursionError as e:
            raise _OwnError(400, "the body is nested too deeply") from e
        except ValueError as e:
            raise _OwnError(400, str(e)) from e

    async def _change_account(self, more: dict[str, Any] | None) -> None:
        try:
            await run_in_threadpool(self._lives.change_account, more)
        except EmulatorError as e:
            raise _OwnError(400, str(e)) from e

    async def _fill(self, receive: Receive) -> int:
        body = await _read(receive, MAX_DOCUMENTS_BODY)
        try:
            return await run_in_threadpool(self._lives.put_documents, json.loads(body))
        except RecursionError as e:
            raise _OwnError(400, "the body is nested too deeply") from e
        except ValueError as e:
            raise _OwnError(400, str(e)) from e
        except EmulatorError as e:
            raise _OwnError(502, str(e)) from e

    def _list_requests(self, scope: Scope) -> dict[str, list[dict[str, Any]]]:
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        if unknown := query.keys() - {"after", "limit"}:
            raise _OwnError(400, f"there is no parameter {', '.join(sorted(unknown))}")
        found = self.requests.entries(
            after=_number(query, "after", 0), limit=_number(query, "limit", KEPT)
        )
        return {"requests": [vars(one) for one in found]}

    async def _reset_all(self) -> None:
        if self._resetting:
            raise _OwnError(409, "a reset is going on already")
        self._resetting = True
        self._released.clear()
        try:
            await self._drain()
            await run_in_threadpool(self._lives.start_over)
            self.faults.restart()
            self.requests.clear()
            self._broken = ""
        except EmulatorError as e:
            log.error("the reset has failed: %s", e)
            self._broken = f"the reset of the emulator has failed, start it again: {e}"
            raise _OwnError(500, self._broken) from e
        finally:
            self._resetting = False
            self._released.set()

    async def _drain(self) -> None:
        limit = time.monotonic() + DRAIN_SECONDS
        while self._busy:
            if time.monotonic() > limit:
                raise _OwnError(
                    409,
                    f"{self._busy} requests are still being answered; nothing was reset",
                )
            await asyncio.sleep(0.01)


def _is_for_a_model(scope: Scope) -> bool:
    return raw_path(scope).startswith(_MODEL_PREFIXES)


class _OwnError(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class _Cutting:
    """Sends so many bytes of a body and no more; its length was promised whole."""

    def __init__(self, send: Send, left: int) -> None:
        self._send, self._left = send, left

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")[: self._left]
            self._left -= len(body)
            message = {"type": "http.response.body", "body": body, "more_body": True}
        await self._send(message)


async def _answer(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {"X-Request-Id": uuid.uuid4().hex}
    if answer.body is None:
        place = locate(scope)
        made = place.refuse(answer.status, answer.code, answer.detail)
        content, media_type = made.body, made.media_type
        headers |= made.headers
    elif isinstance(answer.body, str):
        content, media_type = answer.body.encode(), "text/plain; charset=utf-8"
    else:
        content, media_type = json.dumps(answer.body).encode(), "application/json"
    given = {name.lower() for name in answer.headers}
    headers = {name: value for name, value in headers.items() if name.lower() not in given}
    if "content-type" not in given and content:
        headers["Content-Type"] = media_type
    response = Response(content, answer.status, {**headers, **answer.headers})
    await response(scope, receive, send)


async def _say(send: Send, scope: Scope, receive: Receive, status: int, body: object) -> None:
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    response = Response(content, status, media_type="application/json" if content else None)
    await response(scope, receive, send)


async def _read_object(receive: Receive) -> dict[str, Any]:
    """Return the body's JSON object."""
    try:
        value = json.loads(await _read(receive, MAX_RULES_BODY))
    except (ValueError, RecursionError) as e:
        raise _OwnError(400, f"the body is not JSON: {e}") from e
    if not isinstance(value, dict):
        raise _OwnError(400, "the body must be a JSON object")
    return value


async def _read(receive: Receive, limit: int | None) -> bytes:
    """Return the body; without a limit it is read and thrown away."""
    kept = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(kept)
        if limit is not None:
            kept += message.get("body", b"")
            if len(kept) > limit:
                raise _OwnError(413, f"the body has more than {limit} bytes")
        if not message.get("more_body", False):
            return bytes(kept)


def _check_local(scope: Scope) -> None:
    """Refuse pages of other sites, which a browser on this machine may have open."""
    host = _header(scope, b"host").rpartition(":")[0] or _header(scope, b"host")
    client = scope.get("client")
    if host not in _LOCAL or _header(scope, b"origin") or (client and client[0] != "127.0.0.1"):
        raise _OwnError(403, "these routes are for programs on this machine")


def _header(scope: Mapping[str, Any], wanted: bytes) -> str:
    for name, value in scope["headers"]:
        if name.lower() == wanted:
            return str(value.decode("latin-1"))
    return ""


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _OwnError(HTTPStatus.BAD_REQUEST, f"{name} must be a number")
    return int(text)
