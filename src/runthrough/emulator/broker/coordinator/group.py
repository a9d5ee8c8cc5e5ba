"""One consumer group: its members, and how they come to share the work.

A state machine without input, output or clock: what happens is told with the time in seconds, and
what comes due is returned as answers to the tickets that questions were asked with.

A change (a member comes, goes or dies) makes the group prepare a rebalance: all members join again.
As soon as the last one has, or the longest of their rebalance timeouts is over, a generation
begins: those missing are dropped, a protocol is chosen that all members know, and the leader is
told who is there. The leader's sync brings everybody's assignment, and the group is stable.

Sources: the Apache Kafka protocol guide (group membership API), KIP-62 (rebalance timeout apart
from the session's), KIP-345 (static members), KIP-394 (an id before the first join).
"""

from __future__ import annotations

import math
import uuid
from collections import Counter
from dataclasses import dataclass

from runthrough.emulator.broker.coordinator.messages import (
    Answer,
    Code,
    GroupView,
    Join,
    Joined,
    MemberView,
    State,
    Sync,
    Synced,
)
from runthrough.emulator.broker.coordinator.subscriptions import CONSUMERS, assigned

INITIAL_DELAY_S = 0.1
"""An empty group waits so long for more members before it begins, again after each that comes.

It is the broker's setting `group.initial.rebalance.delay.ms`; with the cloud it is 3 seconds.
"""


@dataclass
class Member:
    """A member as the coordinator knows it.

    Attributes:
        asked: its latest join.
        joining: the ticket of a join that is not answered yet.
        syncing: the ticket of a sync that is not answered yet.
        dies: when it is dropped unless it is heard of.
    """

    id: str
    asked: Join
    assignment: bytes = b""
    joining: object = None
    syncing: object = None
    dies: float = math.inf

    def heard(self, now: float) -> None:
        """Let it live on; whoever waits for an answer lives until it is given."""
        waits = self.joining is not None or self.syncing is not None
        self.dies = math.inf if waits else now + self.asked.session_s


class Group:
    """A group; one thread at a time may use it."""

    def __init__(self, group_id: str, *, initial_delay_s: float = INITIAL_DELAY_S) -> None:
        """Begin an empty group."""
        self.id, self._delay_s = group_id, initial_delay_s
        self.state = State.EMPTY
        self.generation = 0
        self.protocol_type = ""
        self.protocol = ""
        self.leader = ""
        self.members: dict[str, Member] = {}
        self._pending: dict[str, float] = {}
        self._not_before = self._limit = 0.0
        self._window_end = 0.0
        self._answers: list[Answer] = []

    def join(self, asked: Join, ticket: object, now: float) -> list[Answer]:
        """Take a join; it is answered once the others have joined too, or refused at once."""
        member = asked.member
        if not self._can_join(asked):
            self._refuse(ticket, Code.INCONSISTENT_GROUP_PROTOCOL, member)
        elif not member:
            self._join_new(asked, ticket, now)
        elif member in self._pending:
            del self._pending[member]
            self._add(member, asked, ticket, now)
        elif code := self._stranger(member, asked.instance):
            self._refuse(ticket, code, member)
        else:
            self._join_again(self.members[member], asked, ticket, now)
        return self._due()

    def sync(self, asked: Sync, ticket: object, now: float) -> list[Answer]:
        """Take a sync; it is answered once the leader's is there."""
        code = self._not_of_generation(asked.member, asked.instance, asked.generation)
        if not code and self.state is State.PREPARING:
            code = Code.REBALANCE_IN_PROGRESS
        if code:
            self._answers.append(Answer(ticket, Synced(code)))
            return self._due()
        member = self.members[asked.member]
        if self.state is State.STABLE:
            self._answers.append(Answer(ticket, Synced(Code.NONE, member.assignment)))
        else:
            self._give_up_sync(member)
            member.syncing = ticket
        member.heard(now)
        if self.state is State.COMPLETING and member.id == self.leader:
            self._distribute(asked, now)
        return self._due()

    def heartbeat(self, member: str, instance: str | None, generation: int, now: float) -> Code:
        """Take a sign of life; the member is told when it has to join again."""
        if code := self._not_of_generation(member, instance, generation):
            return code
        self.members[member].heard(now)
        return Code.REBALANCE_IN_PROGRESS if self.state is State.PREPARING else Code.NONE

    def check_commit(self, member: str, instance: str | None, generation: int, now: float) -> Code:
        """Say whether offsets may be committed; members of a generation prove that they are."""
        if generation < 0 and not self.members:
            return Code.NONE
        if code := self._not_of_generation(member, instance, generation):
            return code
        if self.state is State.COMPLETING:
            return Code.REBALANCE_IN_PROGRESS
        self.members[member].heard(now)
        return Code.NONE

    def leave(self, member: str, instance: str | None, now: float) -> tuple[Code, list[Answer]]:
        """Let a member go; a static one may be named by its instance alone."""
        if not member and instance is not None:
            member = self._static(instance) or ""
        if self._pending.pop(member, None) is None:
            if code := self._stranger(member, instance):
                return code, []
            self._remove(self.members[member])
        self._changed(now)
        return Code.NONE, self._due()

    def expire(self, now: float) -> list[Answer]:
        """Let the time pass: drop who was silent too long, end waits that are over."""
        self._pending = {member: dies for member, dies in self._pending.items() if dies > now}
        silent = [member for member in self.members.values() if member.dies <= now]
        if self.state is State.COMPLETING and self._limit <= now:
            silent += [m for m in self.members.values() if m.syncing is None and m not in silent]
        for member in silent:
            self._remove(member)
        if silent:
            self._changed(now)
        self._try_to_begin(now)
        return self._due()

    def next_deadline(self) -> float:
        """Return when `expire` has something to do, if nothing happens before."""
        times = [*self._pending.values(), *(member.dies for member in self.members.values())]
        if self.state is State.PREPARING:
            times.append(self._not_before if self._all_joined() else self._limit)
        elif self.state is State.COMPLETING:
            times.append(self._limit)
        return min(times, default=math.inf)

    def end(self) -> list[Answer]:
        """Drop everybody: the group is no more."""
        for member in list(self.members.values()):
            self._remove(member)
        self._pending.clear()
        self.state = State.DEAD
        return self._due()

    def view(self) -> GroupView:
        """Return the group as others see it."""
        stable = self.state is State.STABLE
        tells = stable and self.protocol_type == CONSUMERS
        members = tuple(
            MemberView(
                member.id,
                member.asked.instance,
                member.asked.client_id,
                member.asked.client_host,
                member.asked.protocols[self.protocol] if stable else b"",
                member.assignment if stable else b"",
                tuple(assigned(member.assignment)) if tells else (),
            )
            for member in self.members.values()
        )
        protocol = self.protocol if stable else ""
        return GroupView(self.id, self.state, self.protocol_type, protocol, members)

    def _can_join(self, asked: Join) -> bool:
        """Return whether a member would have a protocol in common with all the others."""
        others = [m.asked for m in self.members.values() if m.id != asked.member]
        if not asked.protocol_type or not asked.protocols:
            return False
        if others and asked.protocol_type != self.protocol_type:
            return False
        return any(all(name in o.protocols for o in others) for name in asked.protocols)

    def _stranger(self, member: str, instance: str | None) -> Code:
        """Return why somebody is no member, NONE for a member."""
        if instance is not None and (known := self._static(instance)) != member:
            return Code.UNKNOWN_MEMBER_ID if known is None else Code.FENCED_INSTANCE_ID
        return Code.NONE if member in self.members else Code.UNKNOWN_MEMBER_ID

    def _not_of_generation(self, member: str, instance: str | None, generation: int) -> Code:
        if code := self._stranger(member, instance):
            return code
        return Code.NONE if generation == self.generation else Code.ILLEGAL_GENERATION

    def _static(self, instance: str) -> str | None:
        return next((m.id for m in self.members.values() if m.asked.instance == instance), None)

    def _join_new(self, asked: Join, ticket: object, now: float) -> None:
        fresh = f"{asked.instance or asked.client_id}-{uuid.uuid4()}"
        known = None if asked.instance is None else self._static(asked.instance)
        if known is not None:
            self._replace(self.members[known], fresh, asked, ticket, now)
        elif asked.instance is None and asked.id_required:
            self._pending[fresh] = now + asked.session_s
            self._refuse(ticket, Code.MEMBER_ID_REQUIRED, fresh)
        else:
            self._add(fresh, asked, ticket, now)

    def _add(self, member: str, asked: Join, ticket: object, now: float) -> None:
        if not self.members:
            self.protocol_type = asked.protocol_type
        self.members[member] = Member(member, asked, joining=ticket)
        self._rebalance(now)

    def _replace(self, old: Member, fresh: str, asked: Join, ticket: object, now: float) -> None:
        """Let a static member go on under a new id: without a rebalance if nothing changes.

        Where it led the group it is told its old id as the leader's, so that it only asks for the
        assignment that is there.
        """
        leader_was = self.leader
        self._give_up_join(old, Code.FENCED_INSTANCE_ID)
        self._give_up_sync(old, Code.FENCED_INSTANCE_ID)
        self.members = {
            fresh if key == old.id else key: Member(fresh, asked, old.assignment, dies=old.dies)
            if key == old.id
            else member
            for key, member in self.members.items()
        }
        member = self.members[fresh]
        if self.leader == old.id:
            self.leader = fresh
        if self.state is State.STABLE and self._vote() == self.protocol:
            member.heard(now)
            body = Joined(Code.NONE, fresh, self.generation, self.protocol, leader_was)
            self._answers.append(Answer(ticket, body))
            return
        self._park(member, asked, ticket, now)

    def _join_again(self, member: Member, asked: Join, ticket: object, now: float) -> None:
        """Take the join of a member: it has news, or has missed the answer to its last one."""
        same = dict(asked.protocols) == dict(member.asked.protocols)
        follows = self.state is State.STABLE and member.id != self.leader
        if same and (follows or self.state is State.COMPLETING):
            member.asked = asked
            member.heard(now)
            self._answers.append(Answer(ticket, self._joined(member)))
        else:
            self._park(member, asked, ticket, now)

    def _park(self, member: Member, asked: Join, ticket: object, now: float) -> None:
        """Keep a join until the others have joined too."""
        self._give_up_join(member, Code.UNKNOWN_MEMBER_ID)
        member.asked, member.joining, member.dies = asked, ticket, math.inf
        if len(self.members) == 1:
            self.protocol_type = asked.protocol_type
        self._rebalance(now)

    def _rebalance(self, now: float) -> None:
        """Have everybody join again; who comes while that goes on makes an empty group wait."""
        if self.state is State.PREPARING:
            self._not_before = min(now + self._delay_s, self._window_end)
        else:
            empty = self.state is State.EMPTY
            longest = max((m.asked.rebalance_s for m in self.members.values()), default=0)
            self._limit = now + longest
            self._window_end = self._limit if empty else now
            self._not_before = min(now + self._delay_s, self._window_end)
            self.state = State.PREPARING
            for member in self.members.values():
                self._give_up_sync(member, now=now)
        self._try_to_begin(now)

    def _changed(self, now: float) -> None:
        """Go on after somebody has gone."""
        if self.state in (State.STABLE, State.COMPLETING):
            self._rebalance(now)
        self._try_to_begin(now)

    def _all_joined(self) -> bool:
        here = all(member.joining is not None for member in self.members.values())
        return not self.members or (here and not self._pending)

    def _try_to_begin(self, now: float) -> None:
        """Begin a generation if nobody is waited for any more."""
        if self.state is not State.PREPARING:
            return
        over = now >= self._limit
        if self.members and not over and (now < self._not_before or not self._all_joined()):
            return
        for member in list(self.members.values()):
            if member.joining is None and member.asked.instance is None:
                self._remove(member)
        if self.members and all(m.joining is None for m in self.members.values()):
            self._limit = now + max(m.asked.rebalance_s for m in self.members.values())
            return
        self._begin(now)

    def _begin(self, now: float) -> None:
        self.generation += 1
        if not self.members:
            self.state, self.protocol, self.leader = State.EMPTY, "", ""
            return
        self.state, self.protocol = State.COMPLETING, self._vote()
        here = [member for member in self.members.values() if member.joining is not None]
        if self.leader not in {member.id for member in here}:
            self.leader = here[0].id
        self._limit = now + max(m.asked.rebalance_s for m in self.members.values())
        for member in here:
            self._answers.append(Answer(member.joining, self._joined(member)))
            member.joining = None
            member.heard(now)

    def _vote(self) -> str:
        """Return the protocol most members like best among those that all of them know."""
        asked = [member.asked.protocols for member in self.members.values()]
        common = [name for name in asked[0] if all(name in known for known in asked)]
        votes = Counter(next(name for name in known if name in common) for known in asked)
        return votes.most_common(1)[0][0]

    def _joined(self, member: Member) -> Joined:
        told = {
            m.id: (m.asked.instance, m.asked.protocols[self.protocol])
            for m in self.members.values()
            if member.id == self.leader
        }
        code, generation = Code.NONE, self.generation
        return Joined(code, member.id, generation, self.protocol, self.leader, told)

    def _distribute(self, asked: Sync, now: float) -> None:
        """Give everybody what the leader has assigned; who is left out has nothing."""
        self.state = State.STABLE
        for member in self.members.values():
            member.assignment = asked.assignments.get(member.id, b"")
            if member.syncing is not None:
                answer = Synced(Code.NONE, member.assignment)
                self._answers.append(Answer(member.syncing, answer))
                member.syncing = None
                member.heard(now)

    def _remove(self, member: Member) -> None:
        self._give_up_join(member, Code.UNKNOWN_MEMBER_ID)
        self._give_up_sync(member, Code.UNKNOWN_MEMBER_ID)
        del self.members[member.id]

    def _refuse(self, ticket: object, code: Code, member: str) -> None:
        self._answers.append(Answer(ticket, Joined(code, member)))

    def _give_up_join(self, member: Member, code: Code) -> None:
        if member.joining is not None:
            self._refuse(member.joining, code, member.id)
            member.joining = None

    def _give_up_sync(
        self,
        member: Member,
        code: Code = Code.REBALANCE_IN_PROGRESS,
        now: float | None = None,
    ) -> None:
        if member.syncing is not None:
            self._answers.append(Answer(member.syncing, Synced(code)))
            member.syncing = None
            if now is not None:
                member.heard(now)

    def _due(self) -> list[Answer]:
        due, self._answers = self._answers, []
        return due
