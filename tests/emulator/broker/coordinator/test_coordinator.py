"""All groups of a broker together: which there are, and what is refused of them."""

from __future__ import annotations

import pytest

from runthrough.emulator.broker.coordinator.coordinator import Coordinator
from runthrough.emulator.broker.coordinator.messages import Code, Join, Joined, State, Sync
from runthrough.emulator.broker.coordinator.modern import Beat
from runthrough.emulator.broker.coordinator.offsets import Committed
from runthrough.emulator.broker.coordinator.subscriptions import (
    assigned,
    subscribed,
    write_assignment,
    write_subscription,
)

WANTS_ORDERS = write_subscription(["orders"])


def join(session_s: float = 10, member: str = "", kind: str = "consumer") -> Join:
    return Join(member, None, session_s, 60, kind, {"range": WANTS_ORDERS})


@pytest.fixture
def groups() -> Coordinator:
    return Coordinator(initial_delay_s=0)


def enter(groups: Coordinator, group: str, kind: str = "consumer") -> str:
    """Let a member in; return its id."""
    [answer] = groups.join(group, join(kind=kind), "t", 0)
    assert isinstance(answer.body, Joined)
    groups.sync(group, Sync(answer.body.member, None, 1, {}), "t", 0)
    return answer.body.member


@pytest.mark.parametrize(
    ("group", "asked", "code"),
    [
        ("", join(), Code.INVALID_GROUP_ID),
        ("g", join(5.9), Code.INVALID_SESSION_TIMEOUT),
        ("g", join(1801), Code.INVALID_SESSION_TIMEOUT),
        ("g", join(member="x"), Code.UNKNOWN_MEMBER_ID),
    ],
)
def test_a_join_that_cannot_be_makes_no_group(
    groups: Coordinator, group: str, asked: Join, code: Code
) -> None:
    [answer] = groups.join(group, asked, "t", 0)
    assert (answer.ticket, answer.body.code) == ("t", code)
    assert groups.views() == []


def test_of_a_group_that_is_not_there_nothing_is_known(groups: Coordinator) -> None:
    assert groups.heartbeat("g", "m", None, 1, 0) is Code.UNKNOWN_MEMBER_ID
    assert groups.heartbeat("", "m", None, 1, 0) is Code.INVALID_GROUP_ID
    assert groups.leave("g", "m", None, 0) == (Code.UNKNOWN_MEMBER_ID, [])
    [answer] = groups.sync("g", Sync("m", None, 1, {}), "t", 0)
    assert answer.body.code is Code.UNKNOWN_MEMBER_ID
    assert groups.check_commit("g", "m", None, 1, 0) is Code.ILLEGAL_GENERATION
    assert groups.check_commit("g", "", None, -1, 0) is Code.NONE
    assert groups.delete("g") is Code.GROUP_ID_NOT_FOUND
    assert groups.delete_offsets("g", []) == (Code.GROUP_ID_NOT_FOUND, {})
    assert groups.view("g").state is State.DEAD


def test_offsets_alone_make_a_simple_group(groups: Coordinator) -> None:
    groups.commit("g", {("orders", 0): Committed(3)})
    assert (groups.view("g").state, groups.view("g").protocol_type) == (State.EMPTY, "")
    groups.forget_topic("orders")
    assert groups.views() == []


def test_what_is_read_keeps_its_offsets(groups: Coordinator) -> None:
    offsets = {("orders", 0): Committed(3), ("other", 1): Committed(4)}
    groups.commit("g", offsets)
    member = enter(groups, "g")
    assert groups.delete("g") is Code.NON_EMPTY_GROUP
    assert groups.delete_offsets("g", offsets) == (
        Code.NONE,
        {("orders", 0): Code.GROUP_SUBSCRIBED_TO_TOPIC, ("other", 1): Code.NONE},
    )
    assert groups.committed("g") == {("orders", 0): Committed(3)}
    enter(groups, "workers", kind="connect")
    assert groups.delete_offsets("workers", offsets) == (Code.NON_EMPTY_GROUP, {})
    groups.leave("g", member, None, 0)
    assert (groups.delete("g"), groups.committed("g")) == (Code.NONE, {})


def test_the_two_protocols_do_not_mix_in_one_group(groups: Coordinator) -> None:
    beat = Beat("m", 0, topics=frozenset({"orders"}))
    member = enter(groups, "g")
    assert groups.beat("g", beat, {"orders": 1}, 0).code is Code.INCONSISTENT_GROUP_PROTOCOL
    groups.leave("g", member, None, 0)
    assert groups.beat("g", beat, {"orders": 1}, 0).code is Code.NONE
    [answer] = groups.join("g", join(), "t", 0)
    assert answer.body.code is Code.INCONSISTENT_GROUP_PROTOCOL
    assert groups.view("g").members[0].assigned == (("orders", 0),)
    assert groups.beat("", beat, {}, 0).code is Code.INVALID_GROUP_ID
    groups.expire(groups.next_deadline())
    assert groups.view("g").state is State.EMPTY


def test_clearing_tells_those_who_wait(groups: Coordinator) -> None:
    groups.join("g", join(), "first", 0)
    groups.join("g", join(), "second", 0)
    groups.commit("h", {("orders", 0): Committed(3)})
    told = {answer.ticket: answer.body.code for answer in groups.clear()}
    assert told["second"] is Code.UNKNOWN_MEMBER_ID
    assert (groups.views(), groups.committed("h")) == ([], {})


def test_subscriptions_and_assignments_are_read_as_consumers_write_them() -> None:
    places = [("b", 2), ("a", 1), ("a", 0)]
    assert assigned(write_assignment(places)) == sorted(places)
    assert subscribed(write_subscription(["b", "a"])) == {"a", "b"}
    assert (assigned(b"?"), subscribed(b"?")) == ([], set())
