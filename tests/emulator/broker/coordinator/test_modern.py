"""A group of the newer consumer protocol against members that come, go, die and hesitate."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.broker.coordinator.messages import Code, State
from runthrough.emulator.broker.coordinator.modern import SESSION_S, Beat, ModernGroup, Told
from runthrough.emulator.broker.coordinator.offsets import Place

REBALANCE_S = 60.0


@dataclass
class Client:
    """A member that keeps the protocol: what it has and has not yet said.

    Attributes:
        owned: what it reads.
        slow: it does not give up at once what it is told to.
    """

    member: str
    instance: str | None = None
    topics: frozenset[str] = frozenset("a")
    pattern: str | None = None
    epoch: int = 0
    owned: frozenset[Place] = frozenset()
    told: frozenset[Place] = frozenset()
    place: str = "out"

    def beat(self, group: ModernGroup, sizes: dict[str, int], now: float) -> Told:
        joins = self.place == "out"
        beat = Beat(
            self.member,
            0 if joins else self.epoch,
            self.instance,
            self.topics,
            self.pattern,
            owned=frozenset() if joins else self.owned,
            rebalance_s=REBALANCE_S,
        )
        told = group.heartbeat(beat, sizes, now)
        if told.code:
            self.place, self.owned, self.told, self.epoch = "out", frozenset(), frozenset(), 0
            return told
        self.place, self.epoch = "in", told.epoch
        if told.assignment is not None:
            self.told = told.assignment
        return told

    def follow(self) -> None:
        """Read what it was told to read, and nothing else."""
        self.owned = self.told


@dataclass
class Sitting:
    group: ModernGroup = field(default_factory=lambda: ModernGroup("g"))
    sizes: dict[str, int] = field(default_factory=lambda: {"a": 4})
    now: float = 0.0

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while (deadline := self.group.next_deadline()) <= end:
            self.now = max(self.now, deadline)
            self.group.expire(self.now)
            assert self.group.next_deadline() > self.now
        self.now = end


def alone(clients: list[Client]) -> None:
    """Check that no partition is read by two."""
    owned = [place for client in clients for place in client.owned]
    assert len(owned) == len(set(owned)), [(c.member, c.owned) for c in clients]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_happens_no_partition_has_two_readers_and_all_are_read(
    data: st.DataObject,
) -> None:
    sitting = Sitting()
    clients: list[Client] = []
    for number in range(data.draw(st.integers(1, 40))):
        living = [c for c in clients if c.place != "gone"]
        match data.draw(st.integers(0, 8)):
            case 0 | 1:
                topics = data.draw(st.sampled_from([frozenset("a"), frozenset("ab")]))
                clients.append(Client(f"m{number}", topics=topics))
            case 2 | 3 | 4 if living:
                client = data.draw(st.sampled_from(living))
                client.beat(sitting.group, sitting.sizes, sitting.now)
            case 5 | 6 if living:
                data.draw(st.sampled_from(living)).follow()
            case 7 if living:
                client = data.draw(st.sampled_from(living))
                if client.place == "in" and data.draw(st.booleans()):
                    sitting.group.heartbeat(Beat(client.member, -1), sitting.sizes, sitting.now)
                client.place, client.owned = "gone", frozenset()
            case 8:
                sitting.sizes = data.draw(st.sampled_from([{"a": 4}, {"a": 4, "b": 3}]))
                sitting.pass_time(data.draw(st.sampled_from([1.0, 20.0])))
                for client in living:  # whoever is cut off stops to read by itself
                    if client.member not in sitting.group.members:
                        client.owned = client.told = frozenset()
        alone([c for c in clients if c.place == "in"])
    living = [c for c in clients if c.place != "gone"]
    for _ in range(60):
        for client in living:
            client.beat(sitting.group, sitting.sizes, sitting.now)
            client.follow()
            alone([c for c in living if c.place == "in"])
        sitting.pass_time(2)
    assert set(sitting.group.members) == {c.member for c in living}
    wanted = {topic for c in living for topic in c.topics} & set(sitting.sizes)
    read = sorted(place for c in living for place in c.owned)
    assert read == sorted((topic, n) for topic in wanted for n in range(sitting.sizes[topic]))
    assert {c.epoch for c in living} <= {sitting.group.epoch}


def settle(sitting: Sitting, *clients: Client) -> None:
    for _ in range(10):
        for client in clients:
            client.beat(sitting.group, sitting.sizes, sitting.now)
            client.follow()


def test_a_pattern_finds_topics_as_they_come() -> None:
    sitting, client = Sitting(), Client("m", topics=frozenset(), pattern="a.*")
    settle(sitting, client)
    assert client.owned == {("a", n) for n in range(4)}
    sitting.sizes = {"a": 4, "ab": 1, "b": 1}
    settle(sitting, client)
    assert client.owned == {("ab", 0), *(("a", n) for n in range(4))}


def test_a_static_member_finds_its_seat_again() -> None:
    sitting = Sitting()
    one, two = Client("m1", "one"), Client("m2", "two")
    settle(sitting, one, two)
    kept = two.owned
    taken = Client("m3", "two").beat(sitting.group, sitting.sizes, sitting.now)
    assert taken.code is Code.UNRELEASED_INSTANCE_ID
    sitting.group.heartbeat(Beat("m2", -2, "two"), sitting.sizes, sitting.now)
    settle(sitting, one)
    back = Client("m4", "two")
    settle(sitting, one, back)
    assert back.owned == kept
    sitting.group.heartbeat(Beat("m4", -2, "two"), sitting.sizes, sitting.now)
    for _ in range(int(SESSION_S) + 1):
        sitting.pass_time(1)
        one.beat(sitting.group, sitting.sizes, sitting.now)
        one.follow()
    assert len(one.owned) == 4


def test_who_does_not_give_up_in_time_is_dropped() -> None:
    sitting = Sitting()
    one, two = Client("m1"), Client("m2")
    settle(sitting, one)
    for _ in range(int(REBALANCE_S) + 1):
        one.beat(sitting.group, sitting.sizes, sitting.now)
        two.beat(sitting.group, sitting.sizes, sitting.now)
        sitting.pass_time(1)
    assert list(sitting.group.members) == ["m2"]
    assert one.beat(sitting.group, sitting.sizes, sitting.now).code is Code.UNKNOWN_MEMBER_ID


def test_a_lost_answer_is_given_again_and_an_old_epoch_is_fenced() -> None:
    sitting, one, two = Sitting(), Client("m1"), Client("m2")
    settle(sitting, one)
    before = one.epoch
    settle(sitting, one, two)
    assert one.epoch > before
    one.epoch = before
    assert one.beat(sitting.group, sitting.sizes, sitting.now).code is Code.NONE
    one.epoch = 99
    assert one.beat(sitting.group, sitting.sizes, sitting.now).code is Code.FENCED_MEMBER_EPOCH
    group = sitting.group
    assert group.check_commit("m2", two.epoch) is Code.NONE
    assert group.check_commit("m2", two.epoch - 1) is Code.STALE_MEMBER_EPOCH
    assert group.check_commit("m9", 1) is Code.UNKNOWN_MEMBER_ID
    assert group.check_commit("", -1) is Code.UNKNOWN_MEMBER_ID


def test_what_cannot_be_asked_is_told() -> None:
    sitting = Sitting()
    for beat, code in (
        (Beat("m", 3), Code.UNKNOWN_MEMBER_ID),
        (Beat("m", -1), Code.UNKNOWN_MEMBER_ID),
        (Beat("m", 0, assignor="own"), Code.UNSUPPORTED_ASSIGNOR),
        (Beat("m", 0, pattern="("), Code.INVALID_REGULAR_EXPRESSION),
    ):
        assert sitting.group.heartbeat(beat, sitting.sizes, 0).code is code
    assert sitting.group.view().state is State.EMPTY
    assert sitting.group.check_commit("", -1) is Code.NONE
