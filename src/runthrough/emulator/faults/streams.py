"""Faults inside an event stream: a slow one, one that ends with an exception, one that breaks off.

Works on the frames that are sent, whatever made them (facts amazon-bedrock 2.8, 2.9). An answer
that is no event stream, such as a refusal before the first byte, passes as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

from starlette.types import Message, Send

from runthrough.emulator.aws import eventstream

EXCEPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "internalServerException": (
            "The system encountered an unexpected error during processing. Try your request again."
        ),
        "modelStreamErrorException": "The model failed while its answer was streaming.",
        "validationException": "The request does not fit any more.",
        "throttlingException": "Too many requests, please wait before trying again.",
        "serviceUnavailableException": "Bedrock is unable to process your request.",
        "modelTimeoutException": (
            "Model has timed out in processing the request. Try your request again."
        ),
    }
)
"""The exceptions streams have (facts 2.9), and the usual text of each (2.11; those of
modelStreamErrorException and validationException are ours)."""

_MEDIA_TYPE = b"application/vnd.amazon.eventstream"


class SpoiltStream:
    """The `send` of a request whose event stream is slowed down, and may end early.

    Attributes:
        is_stream: whether what was sent is an event stream.
    """

    def __init__(
        self, send: Send, *, pause: float, after_events: int | None, last: bytes | None
    ) -> None:
        """Stand before a `send`.

        Args:
            send: where messages go on to.
            pause: seconds before each event.
            after_events: events that go out before the end; None = all, and then as it ends.
            last: the frame that is then the last; None = nothing more is sent, not even the end.
        """
        self._send, self._pause, self._left, self._last = send, pause, after_events, last
        self._rest = b""
        self._over = self.is_stream = False

    async def __call__(self, message: Message) -> None:
        """Pass one message on, as far as the stream goes."""
        if message["type"] == "http.response.start":
            self.is_stream = (b"content-type", _MEDIA_TYPE) in [
                (name.lower(), value) for name, value in message["headers"]
            ]
        if message["type"] != "http.response.body" or not self.is_stream:
            await self._send(message)
            return
        self._rest += message.get("body", b"")
        frames = list(eventstream.split(self._rest))
        self._rest = self._rest[sum(map(len, frames)) :]
        for frame in frames:
            await self._send_event(frame)
        if not message.get("more_body", False):
            await self._end()

    async def _send_event(self, frame: bytes) -> None:
        if self._left == 0:
            await self._end()
        if self._over:
            return
        if self._left is not None:
            self._left -= 1
        await asyncio.sleep(self._pause)
        await self._send({"type": "http.response.body", "body": frame, "more_body": True})

    async def _end(self) -> None:
        """End the stream: with the last frame, as it ended itself, or not at all."""
        if self._over:
            return
        self._over = True
        if self._last is not None or self._left is None:
            await self._send({"type": "http.response.body", "body": self._last or b""})
