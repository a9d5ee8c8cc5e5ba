"""The page, and its news as server-sent events (the HTML standard's `EventSource`).

An event's id is `<life>-<number>`: who comes back with the id of this life gets what they missed,
who comes from another life, or too late, gets the whole board. Served to this machine alone.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from runthrough.errors import RunthroughError
from runthrough.race.board import Board, Change

HOST = "127.0.0.1"
KEEP_ALIVE_SECONDS = 15.0
RETRY_MILLIS = 1_000
"""After which a browser asks again when the stream broke off."""
PAUSE_SECONDS = 0.05
"""Between two sendings, so that a fast race comes in mouthfuls."""
START_LIMIT = 10.0

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Page:
    """The three routes over one board."""

    def __init__(self, board: Board, *, keep_alive: float = KEEP_ALIVE_SECONDS) -> None:
        self._board, self._keep_alive = board, keep_alive
        self._life = secrets.token_hex(4)
        self._closing = threading.Event()
        routes = [
            Route("/", self._file("index.html")),
            Route("/board.css", self._file("board.css")),
            Route("/board.js", self._file("board.js")),
            Route("/icon.svg", self._file("icon.svg")),
            Route("/state", self._state),
            Route("/events", self._events),
        ]
        # Whoever reaches this port by another name was led here by somebody's page.
        hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
        self.app = Starlette(routes=routes, middleware=[hosts])

    def close(self) -> None:
        """End the streams, so that the server can stop."""
        self._closing.set()

    def _file(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        text = files("runthrough.race").joinpath("page", name).read_text(encoding="utf-8")
        kind = _TYPES[name.rpartition(".")[2]]

        async def answer(_: Request) -> Response:
            return Response(text, media_type=kind, headers=_HEADERS)

        return answer

    async def _state(self, _: Request) -> Response:
        return JSONResponse(dict(self._board.snapshot().body), headers=_HEADERS)

    async def _events(self, request: Request) -> Response:
        seen = self._number(request.headers.get("last-event-id", ""))
        return StreamingResponse(
            self._stream(seen), media_type="text/event-stream", headers=_HEADERS
        )

    def _number(self, event_id: str) -> int | None:
        life, _, number = event_id.partition("-")
        known = life == self._life and number.isascii() and number.isdigit() and len(number) < 16
        return int(number) if known else None

    async def _stream(self, seen: int | None) -> AsyncIterator[str]:
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(news.set)

        leave = self._board.listen(wake)
        try:
            yield f"retry: {RETRY_MILLIS}\n\n"
            spoken = time.monotonic()
            while not self._closing.is_set():
                news.clear()
                changes = None if seen is None else self._board.after(seen)
                if changes is None:
                    changes = (self._board.snapshot(),)
                if changes:
                    seen, spoken = changes[-1].number, time.monotonic()
                    yield "".join(self._event(change) for change in changes)
                    await asyncio.sleep(PAUSE_SECONDS)
                elif time.monotonic() - spoken >= self._keep_alive:
                    spoken = time.monotonic()
                    yield ": still here\n\n"
                await _wait(news, min(self._keep_alive, 0.5))
        finally:
            leave()

    def _event(self, change: Change) -> str:
        # ASCII alone: no line feed, no separator of Unicode's and no half a character gets out.
        data = json.dumps(change.body, allow_nan=False, separators=(",", ":"))
        return f"id: {self._life}-{change.number}\nevent: {change.kind}\ndata: {data}\n\n"


async def _wait(news: asyncio.Event, seconds: float) -> None:
    """Wait for news, but not for ever: the server may be closing."""
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return


@contextmanager
def serve_page(page: Page, *, port: int = 0) -> Iterator[str]:
    """Serve a page while the block lasts; gives its address.

    Args:
        page: what to serve.
        port: of this machine, 0 = any free one.

    Raises:
        RunthroughError: the port is taken, or the server did not start.
    """
    with _listen(port) as listener:
        config = uvicorn.Config(
            page.app,
            lifespan="off",
            ws="none",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=server.run, args=([listener],), name="race-page", daemon=True
        )
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield f"http://{HOST}:{listener.getsockname()[1]}/"
        finally:
            page.close()
            server.should_exit = True
            thread.join(START_LIMIT)


@contextmanager
def _listen(port: int) -> Iterator[socket.socket]:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listener:
        try:
            listener.bind((HOST, port))
            listener.listen()
        except OSError as e:
            why = e.strerror or type(e).__name__
            raise RunthroughError(
                f"port {port} of {HOST} cannot be used ({why}); --port takes another"
            ) from e
        yield listener


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    limit = time.monotonic() + START_LIMIT
    while not server.started:
        if not thread.is_alive() or time.monotonic() > limit:
            raise RunthroughError("the page's server did not start; see the log above")
        time.sleep(0.002)
