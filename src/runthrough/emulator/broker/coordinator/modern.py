"""One group of the newer consumer protocol (`group.protocol=consumer`, KIP-848).

Members only send heartbeats; the group decides who reads what. Whenever members, their wishes or
the topics change, the group's epoch grows and there is a new target. Each member is led there on
its own: it is first told what to give up, and gets what others have given up once they have said
so; only then does it stand at the new epoch. Like `Group` without input, output or clock.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from runthrough.emulator.broker.coordinator.messages import Code, GroupView, MemberView, State
from runthrough.emulator.broker.coordinator.offsets import Place
from runthrough.emulator.broker.coordinator.sharing import (
    Shares,
    Sizes,
    share_by_range,
    share_uniformly,
)
from runthrough.emulator.broker.coordinator.subscriptions import (
    CONSUMERS,
    write_assignment,
    write_subscription,
)

SESSION_S = 45.0
"""Kafka's default of `group.consumer.session.timeout.ms`; a client cannot choose another."""

INTERVAL_MS = 1000
"""How often a member is to be heard; Kafka's default is 5 seconds, which makes sharing slow."""

UNIFORM, RANGE = "uniform", "range"
_JOINS, _LEAVES, _STATIC_LEAVES = 0, -1, -2


@dataclass(frozen=True)
class Beat:
    """A heartbeat; None = nothing new since the last one.

    Attributes:
        epoch: where the member stands; 0 joins, -1 leaves, -2 leaves for a moment (static members).
        topics: those it wants by name.
        pattern: those it wants by their names' form; empty = none.
        owned: what it reads now.
    """

    member: str
    epoch: int
    instance: str | None = None
    topics: frozenset[str] | None = None
    pattern: str | None = None
    assignor: str | None = None
    owned: frozenset[Place] | None = None
    rebalance_s: float = 300.0
    client_id: str = ""
    client_host: str = ""


@dataclass(frozen=True)
class Told:
    """What a heartbeat is answered; `assignment` is None where it is as before."""

    code: Code
    member: str
    epoch: int
    assignment: frozenset[Place] | None = None


@dataclass
class ModernMember:
    """A member.

    Attributes:
        before: the epoch before its own: the answer that told of its own may have got lost.
        assigned: what it may read.
        revoking: what it is to give up and has not said yet that it has.
        limit: until when it has to.
    """

    id: str
    beat: Beat
    topics: frozenset[str] = frozenset()
    pattern: str = ""
    assignor: str = UNIFORM
    epoch: int = 0
    before: int = 0
    assigned: frozenset[Place] = frozenset()
    revoking: frozenset[Place] = frozenset()
    dies: float = math.inf
    limit: float = math.inf

    def wishes(self, topics: Collection[str]) -> frozenset[str]:
        """Return those of some topics that it wants."""
        return frozenset(
            t
            for t in topics
            if t in self.topics or (self.pattern and re.fullmatch(self.pattern, t))
        )


class ModernGroup:
    """A group; one thread at a time may use it."""

    def __init__(self, group_id: str) -> None:
        """Begin an empty group."""
        self.id, self.epoch = group_id, 0
        self.members: dict[str, ModernMember] = {}
        self._target: Shares = {}
        self._made_for: object = None

    def heartbeat(self, beat: Beat, sizes: Sizes, now: float) -> Told:
        """Take a heartbeat.

        Args:
            beat: the heartbeat.
            sizes: the partitions of the topics there are, at least of those anybody wants.
            now: the time.
        """
        if code := self._refusal(beat):
            return Told(code, beat.member, 0)
        if beat.epoch in (_LEAVES, _STATIC_LEAVES):
            return self._leave(beat, now)
        member = self._join(beat) if beat.epoch == _JOINS else self.members[beat.member]
        self._update(member, beat, now)
        self._aim(sizes)
        changed = self._lead(member, beat, now)
        tell = changed or beat.epoch == _JOINS or beat.owned not in (None, member.assigned)
        return Told(Code.NONE, member.id, member.epoch, member.assigned if tell else None)

    def wanted(self) -> tuple[set[str], bool]:
        """Return the topics that members name, and whether anybody wants some by a pattern."""
        names = {topic for member in self.members.values() for topic in member.topics}
        return names, any(member.pattern for member in self.members.values())

    def expire(self, now: float) -> None:
        """Drop who was silent too long or has not given up in time what it was to."""
        for member in list(self.members.values()):
            if min(member.dies, member.limit) <= now:
                del self.members[member.id]

    def next_deadline(self) -> float:
        """Return when `expire` has something to do, if nothing happens before."""
        return min((min(m.dies, m.limit) for m in self.members.values()), default=math.inf)

    def check_commit(self, member: str, epoch: int) -> Code:
        """Say whether offsets may be committed; members prove that they are up to date."""
        if epoch < 0 and not self.members:
            return Code.NONE
        if (known := self.members.get(member)) is None:
            return Code.UNKNOWN_MEMBER_ID
        return Code.NONE if epoch == known.epoch else Code.STALE_MEMBER_EPOCH

    def view(self) -> GroupView:
        """Return the group as others see it; one that shares anew is stable here all the time."""
        members = tuple(
            MemberView(
                m.id,
                m.beat.instance,
                m.beat.client_id,
                m.beat.client_host,
                write_subscription(m.topics),
                write_assignment(m.assigned),
                tuple(sorted(m.assigned)),
            )
            for m in self.members.values()
        )
        state = State.STABLE if members else State.EMPTY
        protocol = self._assignor() if members else ""
        return GroupView(self.id, state, CONSUMERS, protocol, members, modern=True)

    def _refusal(self, beat: Beat) -> Code:
        """Return why a heartbeat is refused, NONE where it is not."""
        if beat.assignor not in (None, UNIFORM, RANGE):
            return Code.UNSUPPORTED_ASSIGNOR
        if beat.pattern and not _is_pattern(beat.pattern):
            return Code.INVALID_REGULAR_EXPRESSION
        holder = self._seat(beat.instance)
        if beat.epoch == _JOINS:
            taken = holder is not None and holder.id != beat.member
            away = holder is not None and holder.epoch == _STATIC_LEAVES
            return Code.UNRELEASED_INSTANCE_ID if taken and not away else Code.NONE
        if (member := self.members.get(beat.member)) is None:
            return Code.UNKNOWN_MEMBER_ID
        if holder is not None and holder is not member:
            return Code.FENCED_INSTANCE_ID
        if beat.epoch < _JOINS or beat.epoch == member.epoch:
            return Code.NONE
        lost = beat.epoch == member.before and (beat.owned or frozenset()) <= member.assigned
        return Code.NONE if lost else Code.FENCED_MEMBER_EPOCH

    def _seat(self, instance: str | None) -> ModernMember | None:
        if instance is None:
            return None
        return next((m for m in self.members.values() if m.beat.instance == instance), None)

    def _join(self, beat: Beat) -> ModernMember:
        """Return the member that joins; a static one takes its seat again."""
        name = beat.member or str(uuid.uuid4())
        seat = self._seat(beat.instance)
        if seat is not None and seat.id != name:
            del self.members[seat.id]
            self._target[name] = self._target.pop(seat.id, frozenset())
        member = self.members.setdefault(name, ModernMember(name, beat))
        member.epoch = member.before = _JOINS
        member.assigned = member.revoking = frozenset()
        member.limit = math.inf
        return member

    def _leave(self, beat: Beat, now: float) -> Told:
        member = self.members[beat.member]
        if beat.epoch == _STATIC_LEAVES and member.beat.instance is not None:
            member.epoch, member.dies, member.limit = _STATIC_LEAVES, now + SESSION_S, math.inf
        else:
            del self.members[member.id]
        return Told(Code.NONE, member.id, beat.epoch)

    def _update(self, member: ModernMember, beat: Beat, now: float) -> None:
        member.beat, member.dies = beat, now + SESSION_S
        if beat.topics is not None:
            member.topics, member.pattern = beat.topics, beat.pattern or ""
        elif beat.pattern is not None:
            member.pattern = beat.pattern
        if beat.assignor is not None:
            member.assignor = beat.assignor
        if beat.owned is not None and not beat.owned & member.revoking:
            member.revoking, member.limit = frozenset(), math.inf

    def _assignor(self) -> str:
        asked = {member.assignor for member in self.members.values()}
        return RANGE if asked == {RANGE} else UNIFORM

    def _aim(self, sizes: Sizes) -> None:
        """Find a new target if anything it depends on is not as it was."""
        wishes = {member.id: member.wishes(sizes) for member in self.members.values()}
        wanted = {topic for topics in wishes.values() for topic in topics}
        there = {topic: size for topic, size in sizes.items() if topic in wanted}
        made_for = (wishes, there, self._assignor())
        if made_for == self._made_for:
            return
        self._made_for, self.epoch = made_for, self.epoch + 1
        if self._assignor() == RANGE:
            self._target = share_by_range(wishes, there)
        else:
            self._target = share_uniformly(wishes, there, self._target)

    def _lead(self, member: ModernMember, beat: Beat, now: float) -> bool:
        """Bring a member nearer to its target; return whether what it may read has changed."""
        if member.revoking:
            return False
        target = self._target[member.id]
        if extra := member.assigned - target:
            member.assigned, member.revoking = member.assigned & target, extra
            member.limit = now + beat.rebalance_s
            return True
        if member.epoch != self.epoch:
            member.before, member.epoch = member.epoch, self.epoch
        others = [m for m in self.members.values() if m is not member]
        held = {place for m in others for place in m.assigned | m.revoking}
        free = target - held
        changed = free != member.assigned
        member.assigned = free
        return changed


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True
