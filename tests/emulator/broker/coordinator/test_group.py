"""A consumer group against clients that come, go, die and change their minds in any order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.broker.coordinator.group import Group
from runthrough.emulator.broker.coordinator.messages import Code, Join, Joined, State, Sync

from .simulation import REBALANCE_S, SESSION_S, Client, Sitting


def settle(sitting: Sitting, alive: list[Client]) -> None:
    """Let honest clients go on until the group is quiet and the dead are dropped."""
    for _ in range(40):
        for client in alive:
            sitting.do_what_is_due(client)
        sitting.pass_time(SESSION_S / 4)


def shared(sitting: Sitting, alive: list[Client]) -> None:
    """Check that exactly those who live share the last generation's work."""
    group = sitting.group
    assert {c.member for c in alive} == set(group.members)
    if not alive:
        assert group.state is State.EMPTY
        return
    assert group.state is State.STABLE
    assert {c.place for c in alive} == {"in"}, [(c.number, c.place) for c in alive]
    assert {c.generation for c in alive} == {group.generation}
    for client in alive:
        assert client.assignment == sitting.given[group.generation][client.member]


@pytest.fixture
def sitting() -> Sitting:
    return Sitting(Group("g", initial_delay_s=0.1))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_happens_those_who_live_share_the_work(data: st.DataObject) -> None:
    sitting = Sitting(Group("g", initial_delay_s=data.draw(st.sampled_from([0.0, 0.1]))))
    dead: set[int] = set()

    def some(*places: str) -> list[Client]:
        return [c for c in sitting.clients if c.place in places and c.number not in dead]

    def any_of(clients: list[Client], act: Callable[[Client], object]) -> None:
        if clients:
            act(data.draw(st.sampled_from(clients)))

    def change(client: Client) -> None:
        client.version += 1
        sitting.join(client)

    def start_again(client: Client) -> None:
        """A static member's process ends without a word and begins again."""
        dead.add(client.number)
        sitting.add(client.instance, client.protocols)

    for _ in range(data.draw(st.integers(1, 25))):
        match data.draw(st.integers(0, 8)):
            case 0:
                sitting.add(None, data.draw(st.sampled_from([("range",), ("sticky", "range")])))
            case 1:
                taken = {c.instance for c in sitting.clients}
                free = [name for name in ("one", "two") if name not in taken]
                if free:
                    sitting.add(free[0])
            case 2 | 3 | 4:
                any_of(some("out", "joined", "in"), sitting.do_what_is_due)
            case 5:
                any_of(some("joining", "joined", "syncing", "in"), sitting.leave)
            case 6:
                any_of(some("joining", "joined", "syncing", "in"), lambda c: dead.add(c.number))
            case 7:
                any_of(some("joined", "in"), change)
                any_of([c for c in some("in") if c.instance], start_again)
            case _:
                sitting.pass_time(data.draw(st.sampled_from([0.05, 0.2, 3.0, 11.0, 61.0])))
    alive = [c for c in sitting.clients if c.number not in dead and c.place != "left"]
    settle(sitting, [c for c in alive if not c.fenced])
    shared(sitting, [c for c in alive if not c.fenced])
    silent = {waiting.number for waiting in sitting.open.values()}
    assert silent <= dead | {-1}


def test_a_group_begins_when_its_first_members_have_come(sitting: Sitting) -> None:
    first = sitting.add()
    sitting.pass_time(0.05)
    second = sitting.add()
    assert (first.place, second.place) == ("joining", "joining")
    sitting.pass_time(0.1)
    assert (first.generation, second.generation) == (1, 1)


def test_a_change_does_not_wait_for_anybody_but_the_members(sitting: Sitting) -> None:
    """A second member's coming takes no time of its own, nor does the last one's going."""
    first = sitting.add()
    settle(sitting, [first])
    second, began = sitting.add(), sitting.now
    sitting.heartbeat(first)
    assert (first.place, second.place, sitting.now) == ("joined", "joined", began)
    sitting.leave(first)
    sitting.leave(second)
    assert (sitting.group.state, sitting.now) == (State.EMPTY, began)


def test_who_does_not_join_again_is_dropped_at_the_rebalance_timeout(sitting: Sitting) -> None:
    first = sitting.add()
    settle(sitting, [first])
    second = sitting.add()
    for _ in range(int(REBALANCE_S) + 1):
        sitting.group.heartbeat(first.member, None, first.generation, sitting.now)
        sitting.pass_time(1)
    assert second.place == "joined"
    assert list(sitting.group.members) == [second.member]


def test_a_leader_that_dies_before_it_assigns_is_replaced(sitting: Sitting) -> None:
    leader, other = sitting.add(), sitting.add()
    sitting.pass_time(0.2)
    sitting.sync(other)
    settle(sitting, [other])
    assert leader.place == "joined"
    shared(sitting, [other])


def test_a_static_member_comes_back_without_a_rebalance(sitting: Sitting) -> None:
    leader, other = sitting.add("one"), sitting.add("two")
    settle(sitting, [leader, other])
    generation, kept = sitting.group.generation, other.assignment
    back = sitting.add("two")
    sitting.do_what_is_due(back)
    assert (sitting.group.generation, back.assignment) == (generation, kept)
    assert sitting.heartbeat(other) is Code.FENCED_INSTANCE_ID
    again, kept = sitting.add("one"), leader.assignment
    assert again.told is not None
    assert again.told.leader == leader.member
    sitting.do_what_is_due(again)
    assert (sitting.group.generation, again.assignment) == (generation, kept)


def test_the_protocol_is_one_that_all_members_know(sitting: Sitting) -> None:
    many = sitting.add(protocols=("sticky", "range"))
    few = sitting.add(protocols=("range",))
    none = sitting.add(protocols=("own",))
    settle(sitting, [many, few])
    assert sitting.group.protocol == "range"
    assert (none.place, none.member in sitting.group.members) == ("out", False)


@pytest.mark.parametrize("initial", [0.0, 0.1])
def test_strangers_and_the_late_are_told(initial: float) -> None:
    sitting = Sitting(Group("g", initial_delay_s=initial))
    assert sitting.group.heartbeat("x", None, 1, 0) is Code.UNKNOWN_MEMBER_ID
    assert sitting.group.leave("x", None, 0) == (Code.UNKNOWN_MEMBER_ID, [])
    client = sitting.add()
    settle(sitting, [client])
    group, now = sitting.group, sitting.now
    assert group.heartbeat(client.member, None, 99, now) is Code.ILLEGAL_GENERATION
    assert group.heartbeat(client.member, "i", 1, now) is Code.UNKNOWN_MEMBER_ID
    [answer] = group.sync(Sync("x", None, 1, {}), "t", now)
    assert answer.body.code is Code.UNKNOWN_MEMBER_ID
    [answer] = group.join(Join("x", None, 9, 9, "consumer", {"range": b""}), "t", now)
    assert answer.body == Joined(Code.UNKNOWN_MEMBER_ID, "x")
    [answer] = group.join(Join("", None, 9, 9, "connect", {"range": b""}), "t", now)
    assert answer.body.code is Code.INCONSISTENT_GROUP_PROTOCOL
    [answer] = group.join(Join("", None, 9, 9, "consumer", {}), "t", now)
    assert answer.body.code is Code.INCONSISTENT_GROUP_PROTOCOL


def test_offsets_are_committed_by_members_of_this_generation(sitting: Sitting) -> None:
    group = sitting.group
    assert group.check_commit("", None, -1, 0) is Code.NONE
    client = sitting.add()
    sitting.pass_time(0.2)
    check = group.check_commit
    assert check(client.member, None, 1, sitting.now) is Code.REBALANCE_IN_PROGRESS
    sitting.sync(client)
    assert check(client.member, None, 1, sitting.now) is Code.NONE
    assert check(client.member, None, 0, sitting.now) is Code.ILLEGAL_GENERATION
    assert check("", None, -1, sitting.now) is Code.UNKNOWN_MEMBER_ID
    other = sitting.add()
    assert check(client.member, None, 1, sitting.now) is Code.NONE
    assert check(other.member, None, 2, sitting.now) is Code.ILLEGAL_GENERATION
