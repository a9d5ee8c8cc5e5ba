"""The records of one topic in the order of arrival, in bulk: no object stays for each of them.

New records wait as objects in a tail until they are worth a block. What the engine wrote itself
lies in a shelf as rows already (`Placed`); its bytes are made again when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from runthrough.emulator.broker import Record
from runthrough.emulator.flink.formats.arrow import Numbers
from runthrough.emulator.flink.formats.avro_sql import Encoding
from runthrough.emulator.flink.formats.blocks import Block, pack

WORTH_A_BLOCK = 256
"""So many records that come at once are a block of their own."""

TAIL = 2_048
"""So many single records become a block."""


class Holder(Protocol):
    """What holds rows that the engine wrote."""

    def written(self, placed: Placed) -> Block:
        """Return them as records."""
        ...


@dataclass(frozen=True)
class Placed:
    """Records that the engine wrote, and whose rows a shelf holds.

    Attributes:
        numbers: of the records, one after another.
        timestamp: of all of them, in ms.
        encoding: how their bytes are made.
    """

    holder: Holder
    numbers: Numbers
    partitions: Numbers
    offsets: Numbers
    timestamp: int
    encoding: Encoding

    def __len__(self) -> int:
        """Return how many records there are."""
        return len(self.numbers)


Part = Block | Placed
"""A piece of a log."""


class Log:
    """One topic's records. Not thread-safe: the store is."""

    def __init__(self) -> None:
        self.offsets: dict[int, int] = {}
        self.end = 0
        self._parts: list[Part] = []
        self._tail: list[tuple[int, Record]] = []

    def append(self, records: Sequence[Record], first: int) -> None:
        """Take records; the first gets the number `first`."""
        numbers = range(first, first + len(records))
        for record in records:
            self.offsets[record.partition] = record.offset + 1
        self.end = numbers[-1]
        if len(records) >= WORTH_A_BLOCK:
            self._pack_tail()
            self._parts.append(pack(records, numbers))
            return
        self._tail += zip(numbers, records, strict=True)
        if len(self._tail) >= TAIL:
            self._pack_tail()

    def place(self, placed: Placed) -> None:
        """Take records whose rows are held already."""
        self._pack_tail()
        self._parts.append(placed)
        self.end = int(placed.numbers[-1])
        for partition in set(placed.partitions.tolist()):
            last = int(placed.offsets[placed.partitions == partition].max())
            self.offsets[partition] = last + 1

    def between(self, after: int, upto: int) -> tuple[list[Part], list[tuple[int, Record]]]:
        """Return what has numbers after one and up to another: pieces, then single records.

        A piece the engine wrote comes whole, if any of it is asked for.
        """
        parts: list[Part] = []
        for part in self._parts:
            if int(part.numbers[-1]) <= after or int(part.numbers[0]) > upto:
                continue
            parts.append(part.between(after, upto) if isinstance(part, Block) else part)
        return parts, [(n, record) for n, record in self._tail if after < n <= upto]

    def numbers(self, after: int, upto: int, most: int) -> list[int]:
        """Return the first numbers after one and up to another, `most` at most."""
        found: list[int] = []
        for part in self._parts:
            if len(found) < most and int(part.numbers[-1]) > after:
                fresh = part.numbers[(part.numbers > after) & (part.numbers <= upto)]
                found += fresh[: most - len(found)].tolist()
        found += [number for number, _ in self._tail if after < number <= upto]
        return found[:most]

    def blocks(self) -> Iterator[Block]:
        """Return all records, as blocks."""
        for part in self._parts:
            yield part if isinstance(part, Block) else part.holder.written(part)
        if self._tail:
            numbers, records = zip(*self._tail, strict=True)
            yield pack(records, numbers)

    def places(self) -> Iterator[tuple[Numbers, Numbers, Numbers, Numbers | int]]:
        """Return numbers, partitions, offsets and timestamps of all records, piece by piece."""
        for part in self._parts:
            times = part.timestamps if isinstance(part, Block) else part.timestamp
            yield part.numbers, part.partitions, part.offsets, times
        if self._tail:
            numbers, records = zip(*self._tail, strict=True)
            block = pack(records, numbers)
            yield block.numbers, block.partitions, block.offsets, block.timestamps

    def _pack_tail(self) -> None:
        if self._tail:
            numbers, records = zip(*self._tail, strict=True)
            self._parts.append(pack(records, numbers))
            self._tail.clear()
