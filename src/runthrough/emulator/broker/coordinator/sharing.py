"""Who reads which partition: what the broker decides for members of the newer consumer protocol.

Source: KIP-848 (server-side assignors `uniform` and `range`); how they break ties is ours.
"""

from __future__ import annotations

from collections.abc import Mapping

from runthrough.emulator.broker.coordinator.offsets import Place

Wishes = Mapping[str, frozenset[str]]
"""The topics each member wants."""
Sizes = Mapping[str, int]
"""The partitions of each topic there is."""
Shares = dict[str, frozenset[Place]]
"""The partitions of each member."""


def share_uniformly(wishes: Wishes, sizes: Sizes, before: Mapping[str, frozenset[Place]]) -> Shares:
    """Give everybody about as many partitions; who had one before keeps it where that is fair."""
    places = {(topic, n) for topic, size in sizes.items() for n in range(size)}
    found: dict[str, set[Place]] = {
        member: {
            place for place in before.get(member, ()) if place in places and place[0] in topics
        }
        for member, topics in wishes.items()
    }
    taken = {place for share in found.values() for place in share}
    for place in sorted(places - taken):
        wanting = [member for member, topics in wishes.items() if place[0] in topics]
        if wanting:
            min((found[member] for member in wanting), key=len).add(place)
    for place in sorted(places):
        owner = next((member for member, share in found.items() if place in share), None)
        wanting = [member for member, topics in wishes.items() if place[0] in topics]
        if owner is not None:
            least = min(wanting, key=lambda member: len(found[member]))
            if len(found[owner]) > len(found[least]) + 1:
                found[owner].discard(place)
                found[least].add(place)
    return {member: frozenset(share) for member, share in found.items()}


def share_by_range(wishes: Wishes, sizes: Sizes) -> Shares:
    """Give each member a run of each topic's partitions, the first members the longer ones."""
    found: dict[str, set[Place]] = {member: set() for member in wishes}
    for topic, size in sizes.items():
        wanting = sorted(member for member, topics in wishes.items() if topic in topics)
        for n in range(size if wanting else 0):
            # The first `size % len` members have one more than the others.
            short, longer = divmod(size, len(wanting))
            edge = longer * (short + 1)
            place = n // (short + 1) if n < edge else longer + (n - edge) // short
            found[wanting[place]].add((topic, n))
    return {member: frozenset(share) for member, share in found.items()}
