"""Groups of the newer consumer protocol (`group.protocol=consumer`, KIP-848).

The mock broker coordinates them; what it answers to their heartbeats tells who is in one, so that
offsets are kept and groups are listed here for both protocols.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from runthrough.emulator.broker.coordinator.messages import Code, GroupView, MemberView, State
from runthrough.emulator.broker.coordinator.subscriptions import CONSUMERS

SESSION_S = 45.0
"""Kafka's default of `group.consumer.session.timeout.ms`; a client cannot choose another."""


@dataclass(frozen=True)
class ModernMember:
    """A member as its last heartbeat tells.

    Attributes:
        epoch: the generation it knows.
        dies: when it is taken for gone unless it is heard of.
        assigned: what it reads: the topics' ids and the partitions; None = as before.
    """

    id: str
    epoch: int
    client_id: str
    client_host: str
    dies: float
    instance: str | None = None
    assigned: tuple[tuple[bytes, int], ...] | None = None


class ModernGroups:
    """Who is in which group; one thread at a time may use it."""

    def __init__(self) -> None:
        self._groups: dict[str, dict[str, ModernMember]] = {}

    def heard(self, group: str, member: ModernMember) -> None:
        """Take note of a member that the broker has answered."""
        members = self._groups.setdefault(group, {})
        if member.assigned is None and (known := members.get(member.id)) is not None:
            member = replace(member, assigned=known.assigned)
        members[member.id] = member

    def gone(self, group: str, member: str) -> None:
        """Take note of a member that has left or was dropped."""
        self._groups.get(group, {}).pop(member, None)

    def groups(self) -> list[str]:
        """Return the groups there are."""
        return list(self._groups)

    def members(self, group: str, now: float) -> list[ModernMember]:
        """Return those who are in a group."""
        return [member for member in self._groups.get(group, {}).values() if member.dies > now]

    def view(self, group: str, now: float) -> GroupView | None:
        """Return a group as others see it, None where there is none of that name."""
        if group not in self._groups:
            return None
        members = tuple(
            MemberView(
                m.id,
                m.instance,
                m.client_id,
                m.client_host,
                b"",
                b"",
                assigned_ids=m.assigned or (),
            )
            for m in self.members(group, now)
        )
        state = State.STABLE if members else State.EMPTY
        return GroupView(group, state, CONSUMERS, members=members, modern=True)

    def check_commit(self, group: str, member: str, epoch: int, now: float) -> Code:
        """Say whether offsets may be committed."""
        members = {each.id: each for each in self.members(group, now)}
        if epoch < 0 and not members:
            return Code.NONE
        if member not in members:
            return Code.UNKNOWN_MEMBER_ID
        return Code.NONE if epoch == members[member].epoch else Code.STALE_MEMBER_EPOCH

    def delete(self, group: str) -> None:
        """Forget a group."""
        self._groups.pop(group, None)

    def clear(self) -> None:
        """Forget all groups."""
        self._groups.clear()
