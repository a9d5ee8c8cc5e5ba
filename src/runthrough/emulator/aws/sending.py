"""Sending an event stream: every frame as soon as it is made (see `emulator.streaming`)."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Mapping

from runthrough.emulator.aws.eventstream import exception
from runthrough.emulator.aws.replies import EventStream
from runthrough.emulator.streaming import Receive, Send, send_pieces

log = logging.getLogger("runthrough.emulator")


async def send_stream(
    reply: EventStream, headers: Mapping[str, str], receive: Receive, send: Send
) -> None:
    """Send a stream to its end, or until the client has gone.

    A fault of ours in the middle is logged and told as an `internalServerException`.
    """
    written = {**headers, "Content-Type": reply.content_type}
    await send_pieces(_whole(reply.frames), written, receive, send, waits=reply.waits)


def _whole(frames: Iterator[bytes]) -> Generator[bytes]:
    try:
        yield from frames
    except Exception:
        log.exception("a stream failed inside the emulator")
        said = (
            "The system encountered an unexpected error during processing. Try your request again."
        )
        yield exception("internalServerException", said)
