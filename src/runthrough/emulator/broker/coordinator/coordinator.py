"""All consumer groups of a broker: who is in them and what they have committed.

One thread uses it (`front.Front`); time is told, answers that come due are returned.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from runthrough.emulator.broker.coordinator.group import INITIAL_DELAY_S, Group
from runthrough.emulator.broker.coordinator.messages import (
    Answer,
    Code,
    GroupView,
    Join,
    Joined,
    State,
    Sync,
    Synced,
)
from runthrough.emulator.broker.coordinator.modern import Beat, ModernGroup, Told
from runthrough.emulator.broker.coordinator.offsets import Committed, OffsetStore, Place
from runthrough.emulator.broker.coordinator.sharing import Sizes
from runthrough.emulator.broker.coordinator.subscriptions import CONSUMERS, subscribed

MIN_SESSION_S, MAX_SESSION_S = 6.0, 1800.0
"""Kafka's own limits of a session timeout (`group.min.session.timeout.ms` and `…max…`)."""


class Coordinator:
    """Finds the group of every question; a group begins with its first member or offset."""

    def __init__(self, *, initial_delay_s: float = INITIAL_DELAY_S) -> None:
        """Begin without groups."""
        self._delay_s = initial_delay_s
        self._groups: dict[str, Group] = {}
        self._offsets = OffsetStore()
        self._modern: dict[str, ModernGroup] = {}

    def join(self, group: str, asked: Join, ticket: object, now: float) -> list[Answer]:
        """Take a join; see `Group.join`. The first join makes the group."""
        if not group:
            code = Code.INVALID_GROUP_ID
        elif not MIN_SESSION_S <= asked.session_s <= MAX_SESSION_S:
            code = Code.INVALID_SESSION_TIMEOUT
        elif group not in self._groups and asked.member:
            code = Code.UNKNOWN_MEMBER_ID
        elif self._has_modern_members(group):
            code = Code.INCONSISTENT_GROUP_PROTOCOL
        else:
            if group not in self._groups:
                self._groups[group] = Group(group, initial_delay_s=self._delay_s)
            return self._groups[group].join(asked, ticket, now)
        return [Answer(ticket, Joined(code, asked.member))]

    def sync(self, group: str, asked: Sync, ticket: object, now: float) -> list[Answer]:
        """Take a sync; see `Group.sync`."""
        if (found := self._groups.get(group)) is None:
            return [Answer(ticket, Synced(_unknown(group)))]
        return found.sync(asked, ticket, now)

    def heartbeat(
        self, group: str, member: str, instance: str | None, generation: int, now: float
    ) -> Code:
        """Take a sign of life; see `Group.heartbeat`."""
        found = self._groups.get(group)
        return (
            _unknown(group) if found is None else found.heartbeat(member, instance, generation, now)
        )

    def wanted(self, group: str) -> tuple[set[str], bool]:
        """Return what members of the newer protocol want; see `ModernGroup.wanted`."""
        found = self._modern.get(group)
        return (set(), False) if found is None else found.wanted()

    def beat(self, group: str, beat: Beat, sizes: Sizes, now: float) -> Told:
        """Take a heartbeat of the newer protocol; see `ModernGroup.heartbeat`."""
        if not group:
            return Told(Code.INVALID_GROUP_ID, beat.member, 0)
        if (old := self._groups.get(group)) is not None and old.members:
            return Told(Code.INCONSISTENT_GROUP_PROTOCOL, beat.member, 0)
        found = self._modern.get(group)
        if found is None:
            if beat.epoch:
                return Told(Code.UNKNOWN_MEMBER_ID, beat.member, 0)
            found = self._modern[group] = ModernGroup(group)
        return found.heartbeat(beat, sizes, now)

    def leave(
        self, group: str, member: str, instance: str | None, now: float
    ) -> tuple[Code, list[Answer]]:
        """Let a member go; see `Group.leave`."""
        found = self._groups.get(group)
        return (_unknown(group), []) if found is None else found.leave(member, instance, now)

    def expire(self, now: float) -> list[Answer]:
        """Let the time pass; see `Group.expire`."""
        for modern in self._modern.values():
            modern.expire(now)
        return [answer for group in self._groups.values() for answer in group.expire(now)]

    def next_deadline(self) -> float:
        """Return when `expire` has something to do, if nothing happens before."""
        groups: list[Group | ModernGroup] = [*self._groups.values(), *self._modern.values()]
        return min((group.next_deadline() for group in groups), default=math.inf)

    def check_commit(
        self, group: str, member: str, instance: str | None, generation: int, now: float
    ) -> Code:
        """Say whether offsets may be committed; see `Group.check_commit`."""
        if not group:
            return Code.INVALID_GROUP_ID
        if self._has_modern_members(group):
            return self._modern[group].check_commit(member, generation)
        if (found := self._groups.get(group)) is not None:
            return found.check_commit(member, instance, generation, now)
        return Code.ILLEGAL_GENERATION if generation >= 0 else Code.NONE

    def commit(self, group: str, offsets: Mapping[Place, Committed]) -> None:
        """Keep offsets; `check_commit` has let them pass, and their partitions exist."""
        for place, committed in offsets.items():
            self._offsets.commit(group, place, committed)

    def committed(self, group: str) -> dict[Place, Committed]:
        """Return what a group has committed."""
        return self._offsets.of(group)

    def views(self) -> list[GroupView]:
        """Return all groups by name."""
        names = {*self._groups, *self._modern, *self._offsets.groups()}
        return [self.view(name) for name in sorted(names)]

    def view(self, group: str) -> GroupView:
        """Return one group; one that does not exist is Dead."""
        modern, found = self._modern.get(group), self._groups.get(group)
        if modern is not None and (modern.members or found is None):
            return modern.view()
        if found is not None:
            return found.view()
        has_offsets = bool(self._offsets.of(group))
        return GroupView(group, State.EMPTY if has_offsets else State.DEAD)

    def delete(self, group: str) -> Code:
        """Delete a group and its offsets, if nobody is in it."""
        seen = self.view(group)
        if seen.state is State.DEAD:
            return _missing(group)
        if seen.state is not State.EMPTY:
            return Code.NON_EMPTY_GROUP
        self._groups.pop(group, None)
        self._modern.pop(group, None)
        self._offsets.delete_group(group)
        return Code.NONE

    def delete_offsets(self, group: str, places: Iterable[Place]) -> tuple[Code, dict[Place, Code]]:
        """Forget offsets of topics that no consumer in the group reads.

        Returns:
            Why the group cannot, and of each partition why it was not done.
        """
        seen = self.view(group)
        if seen.state is State.DEAD:
            return _missing(group), {}
        if seen.members and seen.protocol_type != CONSUMERS:
            return Code.NON_EMPTY_GROUP, {}
        wanted = self.wanted(group)[0] | (
            set()
            if (found := self._groups.get(group)) is None
            else {
                topic
                for member in found.members.values()
                for subscription in member.asked.protocols.values()
                for topic in subscribed(subscription)
            }
        )
        codes = {
            place: Code.GROUP_SUBSCRIBED_TO_TOPIC if place[0] in wanted else Code.NONE
            for place in places
        }
        self._offsets.delete(group, [place for place, code in codes.items() if not code])
        return Code.NONE, codes

    def forget_topic(self, topic: str) -> None:
        """Forget what was committed in a topic that is deleted."""
        self._offsets.delete_topic(topic)

    def _has_modern_members(self, group: str) -> bool:
        found = self._modern.get(group)
        return found is not None and bool(found.members)

    def clear(self) -> list[Answer]:
        """Forget all groups; who waits in one is told that it is no member."""
        answers = [answer for group in self._groups.values() for answer in group.end()]
        self._groups.clear()
        self._modern.clear()
        self._offsets.clear()
        return answers


def _unknown(group: str) -> Code:
    return Code.UNKNOWN_MEMBER_ID if group else Code.INVALID_GROUP_ID


def _missing(group: str) -> Code:
    return Code.GROUP_ID_NOT_FOUND if group else Code.INVALID_GROUP_ID
