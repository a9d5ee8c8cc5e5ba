"""The front, asked byte by byte: what it hands on, what it refuses, in which order."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka import Consumer, Producer

from runthrough.emulator.broker import Broker
from runthrough.emulator.broker.front import apis
from runthrough.emulator.broker.front.apis import Api
from runthrough.emulator.broker.front.connections import MAX_OPEN
from runthrough.emulator.broker.front.frames import MAX_BYTES, Frames
from runthrough.emulator.broker.wire import BadFrame, Reader, Values
from tests.waiting import eventually

METADATA = 3


class Wire:
    """A connection that sends what it is told to."""

    def __init__(self, broker: Broker) -> None:
        host, _, port = broker.bootstrap.removeprefix("PLAINTEXT://").rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=30)

    def send(self, key: int, version: int, number: int, body: bytes = b"") -> None:
        head = struct.pack(">hhi", key, version, number) + b"\x00\x01c"
        self.raw(struct.pack(">i", len(head) + len(body)) + head + body)

    def raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, api: Api, version: int, number: int, **values: object) -> None:
        flexible = api.flexible(version)
        body = api.request.write(values, version, flexible=flexible)
        self.send(api.key, version, number, (b"\0" if flexible else b"") + body)

    def frame(self) -> bytes:
        (size,) = struct.unpack(">i", self.exactly(4))
        return self.exactly(size)

    def exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            assert more, "the connection is closed"
            data += more
        return data

    def answer(self, api: Api, version: int) -> tuple[int, Values]:
        """Return the next answer: its correlation id and what it says."""
        reader = Reader(self.frame())
        (number,) = struct.unpack(">i", reader.take(4))
        flexible = api.flexible(version)
        if flexible and not api.plain_head:
            reader.skip_tags()
        return number, api.response.read(reader, version, flexible=flexible)

    def is_closed(self) -> bool:
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    broker = Broker()
    broker.start()
    broker.create_topic("orders", 2)
    yield broker
    broker.close()


@pytest.fixture
def wire(broker: Broker) -> Iterator[Wire]:
    wire = Wire(broker)
    yield wire
    wire.socket.close()


def port_of(broker: Broker) -> int:
    return int(broker.bootstrap.rpartition(":")[2])


@pytest.mark.parametrize("version", range(14))
def test_every_metadata_names_this_port(broker: Broker, wire: Wire, version: int) -> None:
    """The mock's own port would lead a client past the coordinator."""
    flexible = version >= 9
    all_topics = b"\0" if flexible else struct.pack(">i", 0 if version == 0 else -1)
    flags = 0 if version < 4 else 1 if version < 8 else 3 if version < 11 else 2
    tags = b"\0" if flexible else b""
    wire.send(METADATA, version, 7, tags + all_topics + b"\0" * flags + tags)
    answer = wire.frame()
    assert answer[:4] == struct.pack(">i", 7)
    assert struct.pack(">i", port_of(broker)) in answer
    assert b"orders" in answer


def test_find_coordinator_leads_here(broker: Broker, wire: Wire) -> None:
    wire.ask(apis.FIND_COORDINATOR, 0, 3, key="g")
    assert wire.answer(apis.FIND_COORDINATOR, 0) == (
        3,
        {"error": 0, "node": 1, "host": "127.0.0.1", "port": port_of(broker)},
    )


@pytest.mark.parametrize("version", [0, 1, 2, 3])
def test_versions_are_told(wire: Wire, version: int) -> None:
    wire.ask(apis.API_VERSIONS, version, 1, client_name="c", client_version="1")
    _, told = wire.answer(apis.API_VERSIONS, version)
    offered = {api["key"]: (api["first"], api["last"]) for api in told["apis"]}
    assert offered[apis.JOIN_GROUP.key] == (0, 5)
    assert offered[apis.FIND_COORDINATOR.key] == (0, 0)
    assert offered[METADATA][1] >= 9


def test_a_later_version_of_that_question_is_told_which_are_there(wire: Wire) -> None:
    wire.send(apis.API_VERSIONS.key, 9, 1, b"\0\x02c\x02\x31\0")
    _, told = wire.answer(apis.API_VERSIONS, 0)
    assert (told["error"], told["apis"]) == (35, [{"key": 18, "first": 0, "last": 3}])


def join(wire: Wire, number: int, group: str, member: str = "", version: int = 3) -> None:
    wire.ask(
        apis.JOIN_GROUP,
        version,
        number,
        group=group,
        session_ms=10_000,
        rebalance_ms=60_000,
        member=member,
        instance=None,
        protocol_type="consumer",
        protocols=[{"name": "range", "metadata": b"m"}],
    )


def test_answers_come_in_the_order_of_the_questions(broker: Broker, wire: Wire) -> None:
    """A join that waits for others holds up what was asked after it, the mock's answers too."""
    other = Wire(broker)
    join(other, 1, "order")
    _, first = other.answer(apis.JOIN_GROUP, 3)
    join(wire, 11, "order")
    wire.send(METADATA, 1, 11, struct.pack(">i", -1))
    wire.ask(apis.LIST_GROUPS, 0, 13)
    eventually(lambda: broker.group("order").state == "PreparingRebalance")
    join(other, 2, "order", first["member"])
    number, joined = wire.answer(apis.JOIN_GROUP, 3)
    assert (number, joined["generation"]) == (11, 2)
    assert struct.unpack(">i", wire.frame()[:4]) == (11,)
    number, groups = wire.answer(apis.LIST_GROUPS, 0)
    assert number == 13
    assert "order" in {group["group"] for group in groups["groups"]}
    other.socket.close()


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (struct.pack(">i", -1), "a frame of -1 bytes"),
        (struct.pack(">i", MAX_BYTES + 1), f"a frame of {MAX_BYTES + 1} bytes"),
        (struct.pack(">ihhi", 8, 11, 0, 1), "2 bytes are announced where 0 are left"),
        (struct.pack(">ihhih", 10, 999, 0, 1, -1), "request 999 in version 0 is not offered"),
        (struct.pack(">ihhih", 10, 11, 9, 1, -1), "request 11 in version 9 is not offered"),
        (struct.pack(">ihhih", 10, 16, 0, 1, -1), None),
        (struct.pack(">ihhih", 11, 16, 0, 1, -1) + b"x", "1 bytes follow a request ListGroups"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "a frame of 1195725856 bytes"),
    ],
)
def test_what_is_no_request_ends_that_connection_alone(
    broker: Broker, wire: Wire, caplog: pytest.LogCaptureFixture, sent: bytes, reason: str | None
) -> None:
    other = Wire(broker)
    with caplog.at_level(logging.WARNING):
        wire.raw(sent)
        if reason is None:
            assert wire.answer(apis.LIST_GROUPS, 0)[1]["error"] == 0
        else:
            assert wire.is_closed()
            assert reason in caplog.text
    other.ask(apis.LIST_GROUPS, 0, 1)
    assert other.answer(apis.LIST_GROUPS, 0)[0] == 1
    other.socket.close()


def test_a_client_that_goes_away_in_the_middle_leaves_nothing_behind(broker: Broker) -> None:
    clients = broker._door().clients
    before = len(clients)
    for sent in (b"", b"\0\0", struct.pack(">ihhi", 5000, 0, 3, 1)):
        gone = Wire(broker)
        gone.send(METADATA, 1, 1, struct.pack(">i", -1))
        gone.raw(sent)
        gone.socket.shutdown(socket.SHUT_WR)
        gone.socket.close()
    eventually(lambda: len(clients) <= before)


def test_frames_come_whole_however_they_arrive() -> None:
    sent = b"".join(struct.pack(">i", size) + bytes([size]) * size for size in (0, 1, 200, 3))
    for step in (1, 2, 3, 7, 150, 1000):
        frames = Frames()
        found = [f for at in range(0, len(sent), step) for f in frames.feed(sent[at : at + step])]
        assert [len(frame) for frame in found] == [0, 1, 200, 3]
    with pytest.raises(BadFrame):
        list(Frames().feed(b"\xff\xff\xff\xff"))


@pytest.mark.parametrize(
    ("topics", "pattern", "numbers"),
    [(["orders"], None, [0, 1]), (["orders"], "", [0, 1]), ([], "ord.*", [0, 1]), ([""], None, [])],
)
def test_a_member_of_the_newer_protocol_names_its_topics_as_its_client_does(
    wire: Wire, topics: list[str], pattern: str | None, numbers: list[int]
) -> None:
    """The mock broker ends the process at some of these; it never sees one."""

    def beat(epoch: int, **more: object) -> Values:
        values = {"topics": topics, "pattern": pattern, "owned": [], "assignor": None, **more}
        wire.ask(
            apis.MODERN_HEARTBEAT,
            1,
            1,
            group="modern",
            member="m",
            epoch=epoch,
            instance=None,
            rack=None,
            rebalance_ms=60_000,
            **values,
        )
        return wire.answer(apis.MODERN_HEARTBEAT, 1)[1]

    joined = beat(0)
    assert (joined["error"], joined["member"]) == (0, "m")
    given = joined["assignment"]["topics"]
    assert [n for topic in given for n in topic["partitions"]] == numbers
    assert beat(joined["epoch"], topics=None, pattern=None, owned=given)["assignment"] is None
    assert beat(-5)["error"] == 0 or beat(-5)["error"] == 25
    assert beat(-1)["epoch"] == -1
    assert beat(joined["epoch"])["error"] == 25


def test_large_records_and_unconfirmed_ones_pass(broker: Broker) -> None:
    broker.create_topic("large", 1)
    common = {"bootstrap.servers": broker.bootstrap, "message.max.bytes": 2_500_000}
    values = [bytes([n]) * 1_000_000 for n in range(4)]
    for acks in ("all", "0"):
        producer = Producer({**common, "acks": acks})
        for value in values[:2] if acks == "all" else values[2:]:
            producer.produce("large", value)
        assert producer.flush(30) == 0
    consumer = Consumer(
        {
            "bootstrap.servers": broker.bootstrap,
            "group.id": "large",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe(["large"])
    seen: list[bytes] = []

    def look() -> int:
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            seen.append(message.value() or b"")
        return len(seen)

    eventually(look, lambda count: count == len(values))
    consumer.close()
    assert seen == values


def test_a_client_that_asks_on_and_on_before_it_reads_gets_every_answer(
    broker: Broker, wire: Wire
) -> None:
    """It is not read any more meanwhile, nor the mock broker for it, and both go on afterwards."""
    for number in range(5):  # together the answers are far more than sockets hold
        broker.create_topic(f"broad-{number}", 100)
    count = 3 * MAX_OPEN

    def ask() -> None:
        for number in range(count):
            wire.send(METADATA, 1, number, struct.pack(">i", -1))

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        clients = broker._door().clients
        eventually(lambda: any(client._reasons for client in clients))
        got = [struct.unpack(">i", wire.frame()[:4])[0] for _ in range(count)]
        asking.result()
    assert got == list(range(count))


def test_many_clients_at_once_are_answered(broker: Broker) -> None:
    def ask(number: int) -> int:
        wire = Wire(broker)
        for turn in range(20):
            wire.send(METADATA, 1, turn, struct.pack(">i", -1))
            wire.ask(apis.LIST_GROUPS, 0, turn + 100)
        got = [struct.unpack(">i", wire.frame()[:4])[0] for _ in range(40)]
        wire.socket.close()
        assert got == [n for turn in range(20) for n in (turn, turn + 100)]
        return number

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(32))) == list(range(32))


def test_a_reset_forgets_groups_and_tells_their_members() -> None:
    broker = Broker()
    broker.start()
    try:
        broker.create_topic("orders", 1)
        wire = Wire(broker)
        join(wire, 1, "g")
        _, joined = wire.answer(apis.JOIN_GROUP, 3)
        join(wire, 2, "g")
        eventually(lambda: broker.group("g").state == "PreparingRebalance")
        broker.empty()
        assert wire.answer(apis.JOIN_GROUP, 3)[1]["error"] == 25
        assert broker.groups() == []
        wire.ask(
            apis.HEARTBEAT,
            3,
            3,
            group="g",
            generation=1,
            member=joined["member"],
            instance=None,
        )
        assert wire.answer(apis.HEARTBEAT, 3)[1]["error"] == 25
        wire.socket.close()
    finally:
        broker.close()
