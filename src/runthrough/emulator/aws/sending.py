"""Sending an answer that comes piece by piece.

A frame goes out as soon as it is made. The frames are made between two sends, on the event loop:
making one takes microseconds and waits for nothing, so a slow client holds no thread, only its own
place in the loop. A client that goes ends its stream.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import closing, suppress
from typing import Any

from runthrough.emulator.aws.eventstream import exception
from runthrough.emulator.aws.replies import EventStream

log = logging.getLogger("runthrough.emulator")

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def send_stream(
    reply: EventStream, headers: Mapping[str, str], receive: Receive, send: Send
) -> None:
    """Send a stream to its end, or until the client has gone.

    A fault of ours in the middle is logged and told as an `internalServerException`.
    """
    written = {**headers, "Content-Type": reply.content_type}
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in written.items()]
    gone = asyncio.create_task(_wait_for_end(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        with closing(_whole(reply.frames)) as frames:
            for frame in frames:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
                await asyncio.sleep(0)  # sending to a fast client never waits: others' turn
                if gone.done():
                    return
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone


def _whole(frames: Iterator[bytes]) -> Generator[bytes]:
    try:
        yield from frames
    except Exception:
        log.exception("a stream failed inside the emulator")
        said = (
            "The system encountered an unexpected error during processing. Try your request again."
        )
        yield exception("internalServerException", said)


async def _wait_for_end(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
