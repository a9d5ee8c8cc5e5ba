from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from runthrough.emulator.broker import Broker, Outgoing, Record
from runthrough.emulator.broker.bulk import Buffer, Delivered
from runthrough.emulator.broker.ingestion import DELETED_TOPICS
from runthrough.emulator.broker.mock_cluster import bundled_library
from runthrough.errors import EmulatorError
from tests.waiting import LIMIT_SECONDS, eventually


class Collector:
    """What ingestion handed on, and a way to wait for it."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._changed = threading.Condition()

    def __call__(self, records: Sequence[Record]) -> None:
        with self._changed:
            self.records.extend(records)
            self._changed.notify_all()

    def wait_for(self, count: int) -> list[Record]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.records) >= count, LIMIT_SECONDS), (
                self.records
            )
            return list(self.records)


@pytest.fixture
def collector() -> Collector:
    return Collector()


@pytest.fixture
def broker(collector: Collector) -> Iterator[Broker]:
    broker = Broker()
    broker.start()
    broker.subscribe(collector)
    yield broker
    broker.close()


def client(broker: Broker) -> dict[str, str]:
    return {"bootstrap.servers": broker.bootstrap.removeprefix("PLAINTEXT://")}


def test_a_topic_has_the_partitions_it_was_created_with(broker: Broker) -> None:
    broker.create_topic("orders", 3)
    assert broker.topics() == {"orders": 3}


def test_a_second_topic_of_the_same_name_is_refused(broker: Broker) -> None:
    broker.create_topic("orders", 3)
    with pytest.raises(EmulatorError, match="topic 'orders' exists already"):
        broker.create_topic("orders", 3)


def test_what_is_produced_is_handed_on_with_key_headers_and_time(
    broker: Broker, collector: Collector
) -> None:
    broker.create_topic("orders", 2)
    written = broker.produce("orders", b"k", b"v", [("op", b"\x01")], 1_700_000_000_123, 1)
    assert (written.partition, written.offset) == (1, 0)
    assert collector.wait_for(1) == [
        Record("orders", 1, 0, 1_700_000_000_123, b"k", b"v", (("op", b"\x01"),))
    ]


def test_every_record_arrives_once_and_in_partition_order(
    broker: Broker, collector: Collector
) -> None:
    broker.create_topic("orders", 6)
    sent = [Outgoing(b"k%d" % (n % 50), b"%d" % n) for n in range(4000)]
    broker.flush("orders", broker.produce_all("orders", sent))
    seen: dict[int, list[int]] = defaultdict(list)
    for record in collector.records:
        seen[record.partition].append(record.offset)
    assert sorted(r.value for r in collector.records) == sorted(m.value for m in sent)
    assert all(offsets == list(range(len(offsets))) for offsets in seen.values())
    assert broker.warnings == ()


def test_a_topic_that_a_client_creates_by_producing_is_found(
    broker: Broker, collector: Collector
) -> None:
    producer = Producer(client(broker))
    producer.produce("walk-in", b"hello")
    producer.flush(10)
    assert broker.has_topic("walk-in")
    assert [r.value for r in collector.wait_for(1)] == [b"hello"]


def test_catch_up_waits_for_what_clients_have_written(broker: Broker, collector: Collector) -> None:
    broker.create_topic("orders", 4)
    producer = Producer(client(broker))
    for n in range(1000):
        producer.produce("orders", b"%d" % n)
    producer.flush(10)
    broker.catch_up(["orders", "no-such-topic"])
    assert len(collector.records) == 1000


def test_another_client_reads_what_the_broker_wrote(broker: Broker) -> None:
    broker.create_topic("orders", 1)
    broker.produce("orders", b"k", b"v", [("h", b"1")])
    consumer = Consumer({**client(broker), "group.id": "reader", "auto.offset.reset": "earliest"})
    consumer.subscribe(["orders"])
    message = consumer.poll(20)
    consumer.close()
    assert message is not None
    assert (message.key(), message.value(), message.headers()) == (b"k", b"v", [("h", b"1")])


def test_a_record_of_two_megabytes_passes_and_a_larger_one_is_refused(
    broker: Broker, collector: Collector
) -> None:
    broker.create_topic("large", 1)
    broker.flush("large", broker.produce_all("large", [Outgoing(None, b"x" * 2_000_000)]))
    assert len(collector.records[0].value or b"") == 2_000_000
    with pytest.raises(EmulatorError, match=r"topic 'large' was refused: .*MSG_SIZE_TOO_LARGE"):
        broker.produce("large", None, b"x" * 2_200_000)


def test_a_recreated_topic_starts_empty(broker: Broker, collector: Collector) -> None:
    broker.create_topic("orders", 6)
    broker.flush("orders", broker.produce_all("orders", [Outgoing(b"k", b"old")]))
    broker.delete_topic("orders")
    assert not broker.has_topic("orders")
    broker.create_topic("orders", 2)
    assert broker.end_offsets("orders") == {0: 0, 1: 0}
    broker.flush("orders", broker.produce_all("orders", [Outgoing(b"k", b"new")]))
    assert [r.value for r in collector.records] == [b"old", b"new"]
    assert broker.warnings == ()


def test_a_client_can_use_a_topic_as_soon_as_it_is_made(broker: Broker) -> None:
    names = [f"t{n}" for n in range(20)]
    producer = Producer(client(broker))
    reader = Consumer({**client(broker), "group.id": "reader", "allow.auto.create.topics": False})
    for name in names:
        broker.create_topic(name, 3)
        assert len(reader.list_topics(name, timeout=LIMIT_SECONDS).topics[name].partitions) == 3
        producer.produce(name, name.encode(), partition=2)
    assert producer.flush(10) == 0
    reader.assign([TopicPartition(name, 2, 0) for name in names])
    assert sorted(m.value() or b"" for m in reader.consume(20, timeout=LIMIT_SECONDS)) == sorted(
        name.encode() for name in names
    )
    reader.close()


def test_of_topics_that_come_and_go_at_once_every_record_is_read_once(
    broker: Broker, collector: Collector
) -> None:
    def come_and_go(name: str) -> None:
        for life in range(10):
            broker.create_topic(name, 1 + life % 3)
            records = [Outgoing(None, b"%d" % life)] * 5
            broker.flush(name, broker.produce_all(name, records))
            broker.delete_topic(name)
            assert not broker.has_topic(name)

    names = [f"t{n}" for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(come_and_go, names))
    found = Counter((record.topic, record.value) for record in collector.records)
    assert found == {(name, b"%d" % life): 5 for name in names for life in range(10)}
    assert (broker.topics(), broker.warnings) == ({}, ())


def test_reading_goes_on_however_many_topics_went(broker: Broker, collector: Collector) -> None:
    broker.create_topic("kept", 3)
    broker.create_topic("still", 1)
    wanted = [f"{n}-{life}" for n in range(8) for life in range(DELETED_TOPICS // 8 + 10)]

    def come_and_go(name: str) -> None:
        broker.create_topic(name, 1)
        broker.produce("kept", None, name.encode())
        broker.delete_topic(name)

    with broker.standstill("still"):
        passed = broker.produce("still", None, b"passed over")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(come_and_go, wanted))
        broker.pass_over("still", Delivered(np.array([0]), np.array([passed.offset])))
    broker.produce("still", None, b"read")
    broker.catch_up(["kept", "still"])
    found = Counter((record.topic, record.value) for record in collector.records)
    assert found == {("kept", name.encode()): 1 for name in wanted} | {("still", b"read"): 1}
    assert broker.warnings == ()


def test_of_a_new_topic_nothing_is_read_while_it_stands_still(
    broker: Broker, collector: Collector
) -> None:
    for n in range(10):
        name = f"t{n}"
        broker.create_topic(name, 1)
        with broker.standstill(name):
            where = broker.produce(name, None, b"passed over")
            places = Delivered(np.array([where.partition]), np.array([where.offset]))
            assert broker.follows(name, places)
            broker.pass_over(name, places)
        broker.flush(name, broker.produce_all(name, [Outgoing(None, b"read")]))
    assert [r.value for r in collector.records] == [b"read"] * 10
    assert broker.warnings == ()


def test_writing_to_a_topic_that_does_not_exist_is_refused(broker: Broker) -> None:
    with pytest.raises(EmulatorError, match="topic 'nope' does not exist"):
        broker.produce("nope", None, b"v")
    with pytest.raises(EmulatorError, match="topic 'nope' does not exist"):
        broker.delete_topic("nope")


def bulk(broker: Broker, topic: str, partition: int) -> Delivered:
    values = Buffer(np.frombuffer(b"bulk", dtype=np.uint8), np.array([0, 4]))
    where = np.array([partition])
    return broker.produce_bulk(topic, None, values, partitions=where, timestamp=1)


def test_writing_makes_no_topic_that_was_deleted_or_never_was(broker: Broker) -> None:
    broker.create_topic("gone", 2)
    broker.produce("gone", None, b"v")
    bulk(broker, "gone", 1)
    broker.delete_topic("gone")
    for name in ("gone", "nope"):
        [refused] = broker.produce_each(name, [Outgoing(None, b"v")])
        assert str(refused) == f"topic '{name}' does not exist"
        with pytest.raises(EmulatorError, match=f"topic '{name}' does not exist"):
            bulk(broker, name, 0)
    assert broker.topics() == {}


@pytest.mark.parametrize("by_client", [False, True])
def test_a_topic_that_comes_again_is_written_to_as_it_is_then(
    broker: Broker, collector: Collector, by_client: bool
) -> None:
    with pytest.raises(EmulatorError, match="topic 'orders' does not exist"):
        broker.produce("orders", None, b"too early")
    for partitions in (1, 4, 2):
        if by_client:
            producer = Producer(client(broker))
            producer.produce("orders", b"client")
            assert producer.flush(10) == 0
            partitions = 4
        else:
            broker.create_topic("orders", partitions)
        bulk(broker, "orders", partitions - 1)
        broker.produce("orders", None, b"one", partition=partitions - 1)
        broker.catch_up(["orders"])
        broker.delete_topic("orders")
    found = Counter(record.value for record in collector.records)
    assert found == {b"bulk": 3, b"one": 3} | ({b"client": 3} if by_client else {})


def test_a_wait_for_records_that_never_come_ends_naming_the_place(broker: Broker) -> None:
    broker.create_topic("orders", 2)
    with pytest.raises(EmulatorError, match=r"orders\[1\]"):
        broker.flush("orders", {1: 7}, timeout=0.05)


def test_records_the_broker_dropped_before_they_were_read_are_reported(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    broker = Broker()
    broker.start()
    try:
        broker.create_topic("big", 1)
        broker.produce_all("big", [Outgoing(None, b"x" * 500_000) for _ in range(30)])
        broker.subscribe(collector)
        broker.catch_up(["big"])
        first = collector.records[0].offset
        assert first > 0
        assert f"records 0 to {first - 1} were dropped by the broker" in broker.warnings[0]
        assert "'big', partition 0" in caplog.text
    finally:
        broker.close()


def test_records_lost_to_later_clients_are_reported(broker: Broker, collector: Collector) -> None:
    broker.create_topic("big", 1)
    for _ in range(30):
        broker.flush("big", broker.produce_all("big", [Outgoing(None, b"x" * 500_000)]))
    assert len(collector.records) == 30
    assert "has dropped records before offset" in eventually(lambda: broker.warnings)[0]


def test_a_failing_reader_fails_whoever_waits(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(_: Sequence[Record]) -> None:
        raise RuntimeError("no room")

    broker = Broker()
    broker.start()
    try:
        broker.subscribe(refuse)
        broker.create_topic("orders", 1)
        written = broker.produce_all("orders", [Outgoing(None, b"v")])
        with pytest.raises(EmulatorError, match="reading the topics has failed: no room"):
            broker.flush("orders", written)
    finally:
        broker.close()
    assert "no room" in caplog.text


def test_closing_ends_the_threads_and_closing_twice_is_allowed() -> None:
    broker = Broker()
    broker.start()
    broker.subscribe(lambda records: None)
    broker.close()
    broker.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("runthrough-ingestion")]
    with pytest.raises(EmulatorError, match="not running"):
        broker.topics()


def test_a_package_without_the_library_is_told_clearly(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match="needs the librdkafka that confluent-kafka's wheel"):
        bundled_library(tmp_path / "confluent_kafka")


def test_the_library_is_found_on_macos(tmp_path: Path) -> None:
    package = tmp_path / "confluent_kafka"
    (package / ".dylibs").mkdir(parents=True)
    (package / ".dylibs" / "librdkafka++.1.dylib").touch()
    (package / ".dylibs" / "librdkafka.1.dylib").touch()
    assert bundled_library(package).name == "librdkafka.1.dylib"
