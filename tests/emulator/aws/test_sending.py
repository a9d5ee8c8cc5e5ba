"""What a stream does when its client goes, is slow, or when it fails itself."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.eventstream import EventStreamBuffer

from runthrough.emulator.aws.eventstream import event
from runthrough.emulator.aws.replies import EventStream
from runthrough.emulator.aws.sending import send_stream
from tests.emulator.aws.conftest import serve
from tests.waiting import LIMIT_SECONDS


class Client:
    """The other side of a connection: takes messages, and may go."""

    def __init__(self, *, goes_after: int | None = None) -> None:
        self.got: list[dict[str, Any]] = []
        self._goes_after, self._gone = goes_after, asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.got.append(message)
        if self._goes_after is not None and len(self.got) > self._goes_after:
            self._gone.set()

    @property
    def body(self) -> bytes:
        return b"".join(one.get("body", b"") for one in self.got)


def endless(made: list[int]) -> Iterator[bytes]:
    while True:
        made.append(1)
        yield event("chunk", {"bytes": ""})


def test_a_client_that_goes_ends_its_stream() -> None:
    async def run() -> None:
        made: list[int] = []
        client = Client(goes_after=3)
        await send_stream(EventStream(endless(made)), {}, client.receive, client.send)
        assert 3 <= len(made) < 10
        assert client.got[-1]["more_body"] is True

    asyncio.run(run())


def test_a_stream_to_a_fast_client_leaves_others_their_turn() -> None:
    async def run() -> None:
        made: list[int] = []
        client = Client()
        stream = asyncio.create_task(
            send_stream(EventStream(endless(made)), {}, client.receive, client.send)
        )
        for _ in range(5):
            before = len(made)
            await asyncio.sleep(0)
            assert len(made) <= before + 1
        stream.cancel()

    asyncio.run(run())


def test_a_slow_client_holds_up_nobody_and_no_thread() -> None:
    async def run() -> None:
        free = asyncio.Event()

        class Slow(Client):
            async def send(self, message: dict[str, Any]) -> None:
                await super().send(message)
                await free.wait()

        def frames() -> Iterator[bytes]:
            yield from (event("chunk", {"bytes": str(n)}) for n in range(3))

        slow, quick = [Slow() for _ in range(100)], Client()
        waiting = [
            asyncio.create_task(send_stream(EventStream(frames()), {}, one.receive, one.send))
            for one in slow
        ]
        await send_stream(EventStream(frames()), {}, quick.receive, quick.send)
        assert quick.got[-1] == {"type": "http.response.body", "body": b""}
        assert threading.active_count() <= before
        assert not any(one.done() for one in waiting)
        free.set()
        await asyncio.gather(*waiting)
        assert {one.body for one in slow} == {quick.body}

    before = threading.active_count()
    asyncio.run(run())


def test_a_connection_that_is_closed_ends_the_stream_on_the_server() -> None:
    ended = threading.Event()

    def frames() -> Iterator[bytes]:
        try:
            yield from endless([])
        finally:
            ended.set()

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await send_stream(EventStream(frames()), {}, receive, send)

    with serve(lambda: app) as url, httpx.stream("GET", url, trust_env=False) as response:
        arriving = response.iter_bytes()  # kept: httpx closes the connection with its iterator
        assert next(arriving)
        assert not ended.is_set()
        response.close()
        assert ended.wait(timeout=LIMIT_SECONDS)


def test_a_fault_of_ours_is_told_in_a_frame(caplog: pytest.LogCaptureFixture) -> None:
    def frames() -> Iterator[bytes]:
        yield event("messageStart", {"role": "assistant"})
        raise KeyError("what nobody may see")

    async def run() -> bytes:
        client = Client()
        await send_stream(EventStream(frames()), {}, client.receive, client.send)
        assert client.got[-1] == {"type": "http.response.body", "body": b""}
        return client.body

    with caplog.at_level(logging.ERROR, logger="runthrough.emulator"):
        body = asyncio.run(run())
    buffer = EventStreamBuffer()
    buffer.add_data(body)
    first, last = buffer
    assert first.headers[":event-type"] == "messageStart"
    assert last.headers[":exception-type"] == "internalServerException"
    assert b"what nobody may see" not in body
    assert "a stream failed inside the emulator" in caplog.text
