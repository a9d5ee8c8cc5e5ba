"""The address of the broker for clients: a port of its own, in a thread with its own event loop.

Clients come here, unchanged; the emulator's own producers and readers go to the mock directly. The
coordinator of groups lives in this thread: others ask through `Front.ask`.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from runthrough.emulator.broker.coordinator.coordinator import Coordinator
from runthrough.emulator.broker.coordinator.messages import Code
from runthrough.emulator.broker.front import apis
from runthrough.emulator.broker.front.apis import OWN
from runthrough.emulator.broker.front.connections import Client, Slot
from runthrough.emulator.broker.front.desk import TopicDesk
from runthrough.emulator.broker.front.questions import NODE, Questions, Topic
from runthrough.emulator.broker.front.rewriting import Versions, combine, read_offer
from runthrough.emulator.broker.front.topic_apis import TOPIC_APIS
from runthrough.emulator.broker.front.topic_questions import answer
from runthrough.emulator.broker.wire import INT16, INT32, MAYBE_STRING, BadFrame, Values
from runthrough.errors import EmulatorError

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
_SECONDS = 60
"""How long the thread of the front may take; a busy machine needs more than it should."""
_UNSUPPORTED_VERSION = 35

T = TypeVar("T")
Describe = Callable[[Collection[str]], dict[str, Topic]]


class Front:
    """A port that speaks Kafka: groups are answered here, all else by the mock broker."""

    def __init__(
        self, mock: str, describe: Describe, topics: Callable[[], Collection[str]]
    ) -> None:
        """Prepare.

        Args:
            mock: the mock broker's `host:port`.
            describe: tells the id and the partitions of those of some topics that there are.
            topics: tells the names of all topics. Both may block, and raise EmulatorError where
                they cannot tell.
        """
        host, _, port = mock.rpartition(":")
        self.mock, self.port = (host, int(port)), 0
        self.offer: Mapping[int, Versions] = {}
        self.clients: set[Client] = set()
        self._describe, self._topics = describe, topics
        self._mock_offers: Mapping[int, Versions] = {}
        self._desk: TopicDesk | None = None
        self._coordinator = Coordinator()
        self._known: dict[str, Topic] = {}
        self._deletions = 0
        self._loop = _new_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="runthrough-kafka", daemon=True
        )

    def start(self) -> None:
        """Open the port. Raises EmulatorError: the mock broker does not answer."""
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(_SECONDS)
        except (OSError, BadFrame, TimeoutError, EOFError) as e:
            self._end_thread()
            raise EmulatorError(f"the broker cannot be opened for clients: {e}") from e

    def close(self) -> None:
        """Close the port and all connections. Closing twice does nothing."""
        if not self._loop.is_closed():
            asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(_SECONDS)
            self._end_thread()

    @property
    def bootstrap(self) -> str:
        """The address, `127.0.0.1:port`."""
        return f"{HOST}:{self.port}"

    def look(self, see: Callable[[Coordinator], T]) -> T:
        """Return what another thread wants to know of the groups."""
        return self._in_loop(lambda: see(self._coordinator))

    def serve_topics(self, desk: TopicDesk | None) -> None:
        """Offer what an `AdminClient` asks for of topics, carried out by a desk; None = refuse."""

        def serve() -> None:
            self._desk = desk
            own = [*OWN.values(), *(() if desk is None else TOPIC_APIS.values())]
            self.offer = combine(self._mock_offers, own)

        self._in_loop(serve)

    def forget_topic(self, topic: str) -> None:
        """Forget a topic that is deleted, with what was committed in it."""

        def forget() -> None:
            self._deletions += 1
            self._known.pop(topic, None)
            self._coordinator.forget_topic(topic)

        self._in_loop(forget)

    def clear(self) -> None:
        """Forget all groups and topics; members are told that they are none."""

        def forget() -> None:
            self._deletions += 1
            self._known.clear()
            self._questions.deliver(self._coordinator.clear())

        self._in_loop(forget)

    def ask(self, slot: Slot, values: Values) -> None:
        """Answer a request of a client; called in the loop."""
        if slot.head.key == apis.API_VERSIONS.key:
            self._tell_versions(slot)
        elif slot.head.key == apis.FIND_COORDINATOR.key:
            found = {"error": Code.NONE, "node": NODE, "host": HOST, "port": self.port}
            slot.answer(found)
        elif slot.head.key in TOPIC_APIS:
            self._questions.later(self._administer, slot, values)
        else:
            self._questions.ask(slot, values)

    async def _administer(self, slot: Slot, values: Values) -> None:
        if (desk := self._desk) is None:  # it was taken away since
            slot.client.close()
            return
        carry_out = partial(answer, desk, slot.head.key, values)
        slot.answer(await self._loop.run_in_executor(None, carry_out))

    def _in_loop(self, action: Callable[[], T]) -> T:
        found: Future[T] = Future()

        def run() -> None:
            try:
                found.set_result(action())
            except BaseException as e:
                found.set_exception(e)

        self._loop.call_soon_threadsafe(run)
        return found.result(_SECONDS)

    def _tell_versions(self, slot: Slot) -> None:
        """Tell what is offered; who asks in a version we lack learns which we have (KIP-511)."""
        known = slot.head.version <= apis.API_VERSIONS.last
        keys = self.offer if known else [apis.API_VERSIONS.key]
        offered = [
            {"key": key, "first": self.offer[key][0], "last": self.offer[key][1]} for key in keys
        ]
        error = Code.NONE if known else _UNSUPPORTED_VERSION
        slot.answer({"error": error, "apis": offered}, slot.head.version if known else 0)

    async def _open(self) -> None:
        self._mock_offers = await self._ask_mock()
        self.offer = combine(self._mock_offers, OWN.values())
        self._questions = Questions(self._coordinator, self)
        self._server = await self._loop.create_server(lambda: Client(self), HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _ask_mock(self) -> dict[int, Versions]:
        reader, writer = await asyncio.open_connection(*self.mock)
        try:
            head = [INT16.form.pack(apis.API_VERSIONS.key), INT16.form.pack(0)]
            number = INT32.form.pack(1)
            request = b"".join([*head, number, MAYBE_STRING.write(None, 0, flexible=False)])
            writer.write(INT32.form.pack(len(request)) + request)
            (size,) = INT32.form.unpack(await reader.readexactly(INT32.form.size))
            return read_offer((await reader.readexactly(size))[len(number) :])
        finally:
            writer.close()

    async def names(self) -> Collection[str]:
        """Return the names of all topics."""
        return await self._loop.run_in_executor(None, self._topics)

    async def topics(self, names: Iterable[str]) -> dict[str, Topic]:
        """Return those of some topics that there are; each of them is asked for once.

        None grows, and who deletes one says so.
        """
        names = set(names)
        if missing := names - self._known.keys():
            deletions = self._deletions
            found = await self._loop.run_in_executor(None, self._describe, missing)
            if deletions != self._deletions:
                return found | {n: self._known[n] for n in names if n in self._known}
            self._known |= found
        return {name: self._known[name] for name in names if name in self._known}

    async def _shut(self) -> None:
        self._server.close()
        self._questions.close()
        for client in list(self.clients):
            client.transport.abort()
        while self.clients:
            await asyncio.sleep(0.001)
        await self._loop.shutdown_default_executor()

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()


def _new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.SelectorEventLoop()
    import uvloop

    return uvloop.new_event_loop()
