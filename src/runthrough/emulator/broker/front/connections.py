"""The two ends of a client's connection: the client's own, and one to the mock broker.

What is not ours is handed on as it came, except for its correlation id: on the way to the mock it
has a number of ours, so that answers are told apart whatever clients number them by. Answers leave
in the order of the questions, as Kafka's own broker gives them. An end that does not read in time
makes the other stop reading.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol, cast

from runthrough.emulator.broker.front.apis import OWN, Api
from runthrough.emulator.broker.front.frames import (
    METADATA,
    Frames,
    Head,
    read_head,
    wants_no_answer,
    with_correlation,
)
from runthrough.emulator.broker.front.rewriting import Versions, put_port
from runthrough.emulator.broker.front.topic_apis import TOPIC_APIS
from runthrough.emulator.broker.wire import INT32, BadFrame, Reader, Values

log = logging.getLogger(__name__)

MAX_OPEN = 1000
"""A client that has asked so much without an answer is not read any more."""

_REQUEST_CORRELATION, _ANSWER_CORRELATION = 4, 0


class Slot:
    """The place of an answer in its connection's order; what a request is known by meanwhile."""

    __slots__ = ("api", "client", "frame", "head", "parts")

    def __init__(self, client: Client, head: Head, frame: bytes, api: Api | None = None) -> None:
        self.client, self.head, self.frame, self.api = client, head, frame, api
        self.parts: tuple[bytes | memoryview, ...] | None = None

    def answer(self, values: Mapping[str, Any], version: int | None = None) -> None:
        """Answer a request of our own."""
        if self.api is None:
            raise TypeError("an answer of the mock broker is not ours to write")
        version = self.head.version if version is None else version
        body = self.api.write_response({"throttle_ms": 0, **values}, version)
        number = INT32.form.pack(self.head.correlation)
        self.fill(INT32.form.pack(len(number) + len(body)) + number + body)

    def fill(self, *parts: bytes | memoryview) -> None:
        """Take the answer as it is to be sent."""
        self.parts = parts
        self.client.flush()


class Desk(Protocol):
    """Who answers what is ours."""

    port: int
    mock: tuple[str, int]
    offer: Mapping[int, Versions]
    clients: set[Client]

    def ask(self, slot: Slot, values: Values) -> None:
        """Answer a request now or later."""


class Client(asyncio.Protocol):
    """A connection of a client."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._frames = Frames()
        self._order: deque[Slot] = deque()
        self._mock: MockEnd | None = None
        self._reasons: set[str] = set()
        self.host = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast(asyncio.Transport, transport)
        self.host = "/" + str(transport.get_extra_info("peername")[0])
        self._desk.clients.add(self)

    def data_received(self, data: bytes) -> None:
        """Take what the client sends."""
        try:
            for frame in self._frames.feed(data):
                self._take(frame)
        except BadFrame as e:
            log.warning("a Kafka client's connection is closed: %s", e)
            self.close()

    def connection_lost(self, _: Exception | None) -> None:
        """End the other side too."""
        self._desk.clients.discard(self)
        if self._mock is not None:
            self._mock.close()

    def pause_writing(self) -> None:
        """Have the mock wait while the client does not read."""
        if self._mock is not None:
            self._mock.hold()

    def resume_writing(self) -> None:
        """Go on."""
        if self._mock is not None:
            self._mock.go_on()

    def hold(self, reason: str) -> None:
        """Read no more from the client until there is no reason left."""
        if not self._reasons and not self.transport.is_closing():
            self.transport.pause_reading()
        self._reasons.add(reason)

    def go_on(self, reason: str) -> None:
        """Drop a reason not to read."""
        if reason in self._reasons:
            self._reasons.discard(reason)
            if not self._reasons and not self.transport.is_closing():
                self.transport.resume_reading()

    def close(self) -> None:
        """End the connection."""
        self.transport.close()

    def flush(self) -> None:
        """Send the answers that are there, in the order of their questions."""
        order = self._order
        while order and (parts := order[0].parts) is not None:
            order.popleft()
            if not self.transport.is_closing():
                self.transport.writelines(parts)
        if len(order) < MAX_OPEN:
            self.go_on("order")

    def _take(self, frame: bytes) -> None:
        reader = Reader(frame)
        head = read_head(reader)
        api = OWN.get(head.key) or TOPIC_APIS.get(head.key)
        slot = Slot(self, head, frame, api)
        if not self._is_offered(head):
            if api is None or not api.plain_head:
                raise BadFrame(f"request {head.key} in version {head.version} is not offered")
            self._order.append(slot)
            self._desk.ask(slot, {})
        elif api is not None:
            if api.flexible(head.version):
                reader.skip_tags()
            values = api.read_request(reader, head.version)
            self._order.append(slot)
            self._desk.ask(slot, values)
        else:
            self._forward(slot, answered=not wants_no_answer(head, reader))
        if len(self._order) >= MAX_OPEN:
            self.hold("order")

    def _is_offered(self, head: Head) -> bool:
        first, last = self._desk.offer.get(head.key, (0, -1))
        return first <= head.version <= last

    def _forward(self, slot: Slot, *, answered: bool) -> None:
        if answered:
            self._order.append(slot)
        if self._mock is None:
            self._mock = MockEnd(self, self._desk)
        self._mock.send(slot, answered=answered)


class MockEnd(asyncio.Protocol):
    """The connection to the mock broker on behalf of a client; opened with the first request."""

    def __init__(self, client: Client, desk: Desk) -> None:
        self._client, self._desk = client, desk
        self._frames = Frames()
        self._waiting: dict[int, Slot] = {}
        self._number = 0
        self._transport: asyncio.Transport | None = None
        self._closed = False
        self._unsent: list[bytes | memoryview] = []
        client.hold("connecting")
        self._opening = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, *self._desk.mock)
        except OSError as e:
            log.warning("a Kafka client's connection is closed: the broker does not answer: %s", e)
            self._client.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what the client has sent meanwhile."""
        self._transport = cast(asyncio.Transport, transport)
        if self._closed:
            self._transport.close()
            return
        self._transport.writelines(self._unsent)
        self._unsent.clear()
        self._client.go_on("connecting")

    def send(self, slot: Slot, *, answered: bool) -> None:
        """Hand a request on."""
        self._number = (self._number + 1) & 0x7FFF_FFFF
        if answered:
            self._waiting[self._number] = slot
        parts = with_correlation(slot.frame, _REQUEST_CORRELATION, self._number)
        slot.frame = b""
        if self._transport is None:
            self._unsent.extend(parts)
        elif not self._transport.is_closing():
            self._transport.writelines(parts)

    def data_received(self, data: bytes) -> None:
        """Take what the mock answers."""
        try:
            for frame in self._frames.feed(data):
                number = INT32.read(Reader(frame), 0, flexible=False)
                if (slot := self._waiting.pop(number, None)) is not None:
                    self._hand_on(slot, frame)
        except BadFrame as e:
            log.warning("a Kafka client's connection is closed: the broker answered %s", e)
            self._client.close()

    def _hand_on(self, slot: Slot, answer: bytes) -> None:
        if slot.head.key == METADATA:
            answer = put_port(answer, slot.head.version, self._desk.port)
        slot.fill(*with_correlation(answer, _ANSWER_CORRELATION, slot.head.correlation))

    def connection_lost(self, _: Exception | None) -> None:
        """End the client's side too."""
        self._closed = True
        self._client.close()

    def pause_writing(self) -> None:
        """Have the client wait while the mock does not read."""
        self._client.hold("mock")

    def resume_writing(self) -> None:
        """Go on."""
        self._client.go_on("mock")

    def hold(self) -> None:
        """Read no more from the mock."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def go_on(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self) -> None:
        """End the connection."""
        self._closed = True
        if self._transport is not None:
            self._transport.close()
