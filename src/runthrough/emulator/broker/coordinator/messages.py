"""What members ask the coordinator of a group, and what it answers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Code(IntEnum):
    """The error codes of the Kafka protocol that a coordinator answers with."""

    NONE = 0
    UNKNOWN_TOPIC_OR_PARTITION = 3
    COORDINATOR_NOT_AVAILABLE = 15
    ILLEGAL_GENERATION = 22
    INCONSISTENT_GROUP_PROTOCOL = 23
    INVALID_GROUP_ID = 24
    UNKNOWN_MEMBER_ID = 25
    INVALID_SESSION_TIMEOUT = 26
    REBALANCE_IN_PROGRESS = 27
    NON_EMPTY_GROUP = 68
    GROUP_ID_NOT_FOUND = 69
    MEMBER_ID_REQUIRED = 79
    FENCED_INSTANCE_ID = 82
    GROUP_SUBSCRIBED_TO_TOPIC = 86
    FENCED_MEMBER_EPOCH = 110
    UNRELEASED_INSTANCE_ID = 111
    UNSUPPORTED_ASSIGNOR = 112
    STALE_MEMBER_EPOCH = 113
    INVALID_REGULAR_EXPRESSION = 128


class State(StrEnum):
    """The states of a group, as Kafka names them."""

    EMPTY = "Empty"
    PREPARING = "PreparingRebalance"
    COMPLETING = "CompletingRebalance"
    STABLE = "Stable"
    DEAD = "Dead"


@dataclass(frozen=True)
class Join:
    """A client wants to be a member.

    Attributes:
        member: its id; empty = it has none yet.
        instance: its `group.instance.id`, None for a dynamic member.
        session_s: without a word for so long it is dropped.
        rebalance_s: the others wait for it so long when the group rebalances.
        protocol_type: `consumer` for consumers.
        protocols: the assignors it knows, the one it likes best first, with its subscription.
        id_required: it is given an id first and joins with it then (KIP-394).
        client_id: how it names itself.
        client_host: where it connects from.
    """

    member: str
    instance: str | None
    session_s: float
    rebalance_s: float
    protocol_type: str
    protocols: Mapping[str, bytes]
    id_required: bool = False
    client_id: str = ""
    client_host: str = ""


@dataclass(frozen=True)
class Joined:
    """What a join is answered.

    Attributes:
        members: for the leader, each member's instance and subscription by its id.
    """

    code: Code
    member: str
    generation: int = -1
    protocol: str = ""
    leader: str = ""
    members: Mapping[str, tuple[str | None, bytes]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sync:
    """A member wants its assignment; the leader brings those of all, by member."""

    member: str
    instance: str | None
    generation: int
    assignments: Mapping[str, bytes]


@dataclass(frozen=True)
class Synced:
    """What a sync is answered."""

    code: Code
    assignment: bytes = b""


@dataclass(frozen=True)
class Answer:
    """An answer that has come due.

    Attributes:
        ticket: what the question was asked with.
    """

    ticket: object
    body: Joined | Synced


@dataclass(frozen=True)
class MemberView:
    """A member as others see it; without a rebalance its subscription and assignment too.

    Attributes:
        assigned: the topics and partitions a consumer reads.
    """

    id: str
    instance: str | None
    client_id: str
    client_host: str
    subscription: bytes
    assignment: bytes
    assigned: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class GroupView:
    """A group as others see it.

    Attributes:
        protocol_type: empty for a group that only ever had offsets.
        protocol: the assignor in use, empty unless the group is stable.
        modern: it is one of the newer consumer protocol.
    """

    id: str
    state: State
    protocol_type: str = ""
    protocol: str = ""
    members: tuple[MemberView, ...] = ()
    modern: bool = False
