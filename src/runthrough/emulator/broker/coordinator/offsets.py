"""How far groups are: the offsets they have committed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Place = tuple[str, int]
"""A topic and one of its partitions."""


@dataclass(frozen=True)
class Committed:
    """What a group has committed in a partition.

    Attributes:
        offset: of the next record it reads.
        leader_epoch: of the record before, -1 where the client does not tell.
        metadata: the client's own words.
    """

    offset: int
    leader_epoch: int = -1
    metadata: str = ""


class OffsetStore:
    """The offsets of all groups; one thread at a time may use it."""

    def __init__(self) -> None:
        self._groups: dict[str, dict[Place, Committed]] = {}

    def groups(self) -> list[str]:
        """Return the groups that have offsets."""
        return list(self._groups)

    def of(self, group: str) -> dict[Place, Committed]:
        """Return all that a group has committed."""
        return dict(self._groups.get(group, {}))

    def commit(self, group: str, place: Place, committed: Committed) -> None:
        """Keep an offset in place of the one before."""
        self._groups.setdefault(group, {})[place] = committed

    def delete(self, group: str, places: Iterable[Place]) -> None:
        """Forget offsets of a group; it is none any more without one."""
        kept = self._groups.get(group, {})
        for place in places:
            kept.pop(place, None)
        if not kept:
            self._groups.pop(group, None)

    def delete_group(self, group: str) -> None:
        """Forget all offsets of a group."""
        self._groups.pop(group, None)

    def delete_topic(self, topic: str) -> None:
        """Forget what all groups have committed in a topic."""
        for group, kept in list(self._groups.items()):
            self.delete(group, [place for place in kept if place[0] == topic])

    def clear(self) -> None:
        """Forget everything."""
        self._groups.clear()
