"""Sending an answer that comes piece by piece.

A piece goes out as soon as it is made. Most are made between two sends, on the event loop: making
one takes microseconds and waits for nothing, so a slow client holds no thread, only its own place
in the loop. Pieces that wait for another server (`--llm`) are made in threads, one a stream, so
that a slow server holds up nobody else. A client that goes ends its stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import closing, suppress
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def send_pieces(
    pieces: Generator[bytes],
    headers: Mapping[str, str],
    receive: Receive,
    send: Send,
    *,
    waits: bool = False,
) -> None:
    """Send an answer to its end, or until the client has gone; then close it.

    Args:
        pieces: of the answer's body.
        headers: of the answer, whose status is 200.
        receive: tells that the client has gone.
        send: takes what is sent.
        waits: whether a piece may have to wait for another server.
    """
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    following = _in_a_thread() if waits else _at_once
    gone = asyncio.create_task(_wait_for_end(receive))
    try:
        with closing(pieces):
            await send({"type": "http.response.start", "status": 200, "headers": raw})
            while (piece := await following(pieces)) is not None:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                await asyncio.sleep(0)  # sending to a fast client never waits: others' turn
                if gone.done():
                    return
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone


async def _at_once(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


def _in_a_thread() -> Callable[[Iterator[bytes]], Awaitable[bytes | None]]:
    """Return what makes the next piece of one stream in a thread, outside the common few."""
    limiter = CapacityLimiter(1)

    async def following(pieces: Iterator[bytes]) -> bytes | None:
        return await run_sync(next, pieces, None, limiter=limiter)

    return following


async def _wait_for_end(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
