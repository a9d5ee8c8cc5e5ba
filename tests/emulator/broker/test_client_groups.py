"""Consumer groups as Kafka's own client lives in them: it comes, goes, comes back and dies."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from confluent_kafka import (
    Consumer,
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from runthrough.emulator.broker import Broker, Outgoing
from tests.waiting import eventually

PARTITIONS = 4


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    broker = Broker()
    broker.start()
    broker.create_topic("orders", PARTITIONS)
    broker.produce_all("orders", [Outgoing(None, b"%d" % n, partition=n % 4) for n in range(40)])
    yield broker
    broker.close()


@pytest.fixture
def admin(broker: Broker) -> AdminClient:
    return AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})


def settings(broker: Broker, group: str, **more: Any) -> dict[str, Any]:
    return {
        "bootstrap.servers": broker.bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        **({} if "group.protocol" in more else {"heartbeat.interval.ms": 100}),
        "log_level": 0,
        **more,
    }


@contextmanager
def member(broker: Broker, group: str, **more: Any) -> Iterator[Consumer]:
    consumer = Consumer(settings(broker, group, **more))
    consumer.subscribe(["orders"])
    try:
        yield consumer
    finally:
        consumer.close()


def look(*consumers: Consumer) -> list[list[int]]:
    """Let each go on a little; return the partitions that each of them has."""
    for consumer in consumers:
        consumer.poll(0.02)
    return [sorted(place.partition for place in one.assignment()) for one in consumers]


def shared_by(count: int) -> Callable[[list[list[int]]], bool]:
    """Return whether all partitions are read, each by one, and nobody is idle."""

    def fits(seen: list[list[int]]) -> bool:
        places = sorted(place for one in seen for place in one)
        return places == list(range(PARTITIONS)) and sum(map(bool, seen)) == count

    return fits


@pytest.mark.parametrize(
    "more",
    [
        {"partition.assignment.strategy": "range"},
        {"partition.assignment.strategy": "cooperative-sticky"},
        {"group.protocol": "consumer"},
    ],
    ids=["range", "cooperative-sticky", "consumer"],
)
def test_members_share_the_partitions_as_they_come_and_go(
    broker: Broker, request: pytest.FixtureRequest, more: dict[str, str]
) -> None:
    group = request.node.callspec.id
    with ExitStack() as stack:
        first = stack.enter_context(member(broker, group, **more))
        eventually(lambda: look(first), shared_by(1))
        second = stack.enter_context(member(broker, group, **more))
        eventually(lambda: look(first, second), shared_by(2))
        with member(broker, group, **more) as third:
            eventually(lambda: look(first, second, third), shared_by(3))
        eventually(lambda: look(first, second), shared_by(2))
    assert broker.group(group).members == ()


def test_a_consumer_that_is_started_again_goes_on_where_it_was(broker: Broker) -> None:
    seen: list[int] = []
    for _ in range(5):
        with member(broker, "again") as consumer:
            for _ in range(8):
                message = eventually(lambda: consumer.poll(0.1), lambda m: m is not None)
                assert message is not None
                seen.append(int(message.value() or b""))
                consumer.commit(message, asynchronous=False)
    assert sorted(seen) == list(range(40))


def test_a_static_member_comes_back_to_its_partitions(broker: Broker) -> None:
    def start(seat: str) -> Any:
        return member(broker, "static", **{"group.instance.id": seat})

    with start("one") as first:
        with start("two") as second:
            eventually(lambda: look(first, second), shared_by(2))
            mine = look(second)[0]
            left = broker.group("static")
        assert {m.id for m in broker.group("static").members} == {m.id for m in left.members}
        with start("two") as second:
            eventually(lambda: look(first, second), shared_by(2))
            assert look(second)[0] == mine
    assert {m.instance for m in broker.group("static").members} == {"one", "two"}


def die_in_a_group(given: dict[str, Any]) -> None:
    consumer = Consumer(given)
    consumer.subscribe(["orders"])
    eventually(lambda: look(consumer)[0])
    os._exit(0)


def test_the_work_of_a_member_that_dies_goes_to_the_others(broker: Broker) -> None:
    """It is noticed after its session timeout, of which 6 seconds are the shortest."""
    given = settings(broker, "mortal", **{"session.timeout.ms": 6000})
    child = multiprocessing.get_context("spawn").Process(target=die_in_a_group, args=(given,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert len(broker.group("mortal").members) == 1
    with member(broker, "mortal") as heir:
        eventually(lambda: look(heir), shared_by(1))


def test_an_old_generation_commits_nothing(broker: Broker) -> None:
    with member(broker, "old") as first:
        eventually(lambda: look(first), shared_by(1))
        stranger = Consumer(settings(broker, "old"))
        with pytest.raises(KafkaException) as caught:
            stranger.commit(offsets=[TopicPartition("orders", 0, 5)], asynchronous=False)
        stranger.close()
    assert caught.value.args[0].code() == KafkaError.UNKNOWN_MEMBER_ID
    assert broker.committed("old") == {}


def test_an_admin_client_lists_describes_and_deletes_groups(
    broker: Broker, admin: AdminClient
) -> None:
    with member(broker, "watched", **{"client.id": "me"}) as consumer:
        eventually(lambda: look(consumer), shared_by(1))
        consumer.commit(offsets=[TopicPartition("orders", 1, 5)], asynchronous=False)
        stable = {ConsumerGroupState.STABLE}
        listed = admin.list_consumer_groups(states=stable, request_timeout=20).result()
        assert "watched" in {group.group_id for group in listed.valid}
        told = admin.describe_consumer_groups(["watched"], request_timeout=20)["watched"].result()
        assert (told.state, told.partition_assignor) == (ConsumerGroupState.STABLE, "range")
        [seen] = told.members
        assert (seen.client_id, seen.host) == ("me", "/127.0.0.1")
        assert {p.partition for p in seen.assignment.topic_partitions} == set(range(PARTITIONS))
        with pytest.raises(KafkaException) as caught:
            admin.delete_consumer_groups(["watched"], request_timeout=20)["watched"].result()
        assert caught.value.args[0].code() == KafkaError.NON_EMPTY_GROUP
    changed = ConsumerGroupTopicPartitions("watched", [TopicPartition("orders", 2, 7)])
    admin.alter_consumer_group_offsets([changed], request_timeout=20)["watched"].result()
    assert broker.committed("watched") == {("orders", 1): 5, ("orders", 2): 7}
    everything = ConsumerGroupTopicPartitions("watched")
    found = admin.list_consumer_group_offsets([everything], request_timeout=20)["watched"].result()
    assert {(p.partition, p.offset) for p in found.topic_partitions} == {(1, 5), (2, 7)}
    admin.delete_consumer_groups(["watched"], request_timeout=20)["watched"].result()
    assert (broker.committed("watched"), broker.group("watched").state) == ({}, "Dead")
    with pytest.raises(KafkaException) as caught:
        admin.delete_consumer_groups(["watched"], request_timeout=20)["watched"].result()
    assert caught.value.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND


def test_offsets_belong_to_partitions_that_exist(broker: Broker, admin: AdminClient) -> None:
    broker.create_topic("short-lived", 1)
    consumer = Consumer(settings(broker, "offsets"))

    def commit(topic: str, partition: int) -> list[KafkaError | None]:
        place = TopicPartition(topic, partition, 1)
        try:
            done = consumer.commit(offsets=[place], asynchronous=False)
        except KafkaException as e:
            return [e.args[0]]
        return [one.error for one in done or []]

    assert commit("short-lived", 0) == [None]
    for absent in (("short-lived", 1), ("nowhere", 0)):
        [error] = commit(*absent)
        assert error is not None
        assert error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART
    assert broker.committed("offsets") == {("short-lived", 0): 1}
    broker.delete_topic("short-lived")
    assert broker.committed("offsets") == {}
    [error] = commit("short-lived", 0)
    assert error is not None
    consumer.close()
    asked = TopicCollection(["orders"])
    assert len(admin.describe_topics(asked)["orders"].result().partitions) == PARTITIONS
