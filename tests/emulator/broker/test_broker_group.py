"""Several brokers behind the interface of one."""

from __future__ import annotations

import inspect

import pytest

from runthrough.emulator.broker import Broker, BrokerGroup, Record
from runthrough.emulator.broker.group import split
from runthrough.errors import EmulatorError


def test_nothing_of_a_single_broker_is_left_to_chance() -> None:
    """What the group does not answer itself would be answered by a broker that never started."""
    public = {name for name, _ in inspect.getmembers(Broker) if not name.startswith("_")}
    assert public <= set(vars(BrokerGroup))


def test_topics_of_one_name_are_told_apart() -> None:
    one, two = Broker(), Broker()
    one.start()
    two.start()
    seen: list[Record] = []
    group = BrokerGroup({"": one})
    try:
        group.subscribe(seen.extend)
        group.add("lkc-2/", two)
        group.create_topic("t", 1)
        group.create_topic("lkc-2/t", 2)
        assert group.topics() == {"t": 1, "lkc-2/t": 2}
        assert (one.topics(), two.topics()) == ({"t": 1}, {"t": 2})
        group.produce("t", value=b"a")
        written = group.produce("lkc-2/t", value=b"b", partition=1)
        assert (written.partition, written.offset) == (1, 0)
        group.catch_up(["t", "lkc-2/t"])
        assert {(r.topic, r.value) for r in seen} == {("t", b"a"), ("lkc-2/t", b"b")}
        assert group.end_offsets("lkc-2/t") == {0: 0, 1: 1}
        assert group.remove("lkc-2/") is two
        assert group.topics() == {"t": 1}
        with pytest.raises(EmulatorError, match="cluster of topic 't' is gone"):
            group.create_topic("lkc-2/t")
        with pytest.raises(EmulatorError, match="no address in common"):
            _ = group.bootstrap
        with pytest.raises(EmulatorError, match="one broker's"):
            group.group("g")
        assert group.groups() == []
    finally:
        one.close()
        two.close()


def test_a_topic_has_a_prefix_and_a_name() -> None:
    assert [split(t) for t in ("t", "lkc-2/t")] == [("", "t"), ("lkc-2/", "t")]
