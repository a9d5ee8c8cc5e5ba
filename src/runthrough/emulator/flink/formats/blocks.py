"""Kafka records in bulk: their parts one after another in a buffer, not an object a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from runthrough.emulator.broker import Header, Record
from runthrough.emulator.flink.formats.arrow import Bytes, Numbers, Truths

MAX_BYTES = 1 << 30
"""More than this in one part does not fit the views DuckDB is given."""


@dataclass(frozen=True)
class Parts:
    """The keys or the values of some records; a length of -1 stands for none."""

    data: Bytes
    starts: Numbers
    lengths: Numbers

    @property
    def there(self) -> Truths:
        """Which of them are not null."""
        return self.lengths >= 0

    def one(self, n: int) -> bytes | None:
        """Return the bytes of one."""
        start, length = int(self.starts[n]), int(self.lengths[n])
        return None if length < 0 else self.data[start : start + length].tobytes()


@dataclass(frozen=True)
class Block:
    """Records of one topic in the order of arrival.

    Attributes:
        numbers: of the records, over all topics.
        timestamps: milliseconds since 1970.
        headers: by place within the block, of those records that have any.
    """

    topic: str
    numbers: Numbers
    partitions: Numbers
    offsets: Numbers
    timestamps: Numbers
    keys: Parts
    values: Parts
    headers: Mapping[int, tuple[Header, ...]]

    def __len__(self) -> int:
        """Return how many records there are."""
        return len(self.numbers)

    def slice(self, first: int, end: int) -> Block:
        """Return the records from one place up to another; it shares the buffers."""
        if (first, end) == (0, len(self)):
            return self
        cut = slice(first, end)
        keys = Parts(self.keys.data, self.keys.starts[cut], self.keys.lengths[cut])
        values = Parts(self.values.data, self.values.starts[cut], self.values.lengths[cut])
        headers = {n - first: h for n, h in self.headers.items() if first <= n < end}
        return Block(
            self.topic,
            self.numbers[cut],
            self.partitions[cut],
            self.offsets[cut],
            self.timestamps[cut],
            keys,
            values,
            headers,
        )

    def between(self, after: int, upto: int) -> Block:
        """Return the records with numbers after one and up to another."""
        first, end = self.numbers.searchsorted([after, upto], side="right").tolist()
        return self.slice(first, end)

    def records(self) -> Iterator[tuple[int, Record]]:
        """Return each record with its number."""
        listed = zip(
            *(c.tolist() for c in (self.numbers, self.partitions, self.offsets, self.timestamps)),
            strict=True,
        )
        for n, (number, partition, offset, timestamp) in enumerate(listed):
            headers = self.headers.get(n, ())
            key, value = self.keys.one(n), self.values.one(n)
            yield number, Record(self.topic, partition, offset, timestamp, key, value, headers)


def pack(records: Sequence[Record], numbers: Sequence[int]) -> Block:
    """Return records of one topic as a block."""
    return Block(
        records[0].topic,
        np.array(numbers, dtype=np.int64),
        _column([r.partition for r in records]),
        _column([r.offset for r in records]),
        _column([r.timestamp for r in records]),
        _parts([r.key for r in records]),
        _parts([r.value for r in records]),
        {n: r.headers for n, r in enumerate(records) if r.headers},
    )


def _column(values: list[int]) -> Numbers:
    return np.array(values, dtype=np.int64)


def _parts(parts: list[bytes | None]) -> Parts:
    lengths = _column([-1 if part is None else len(part) for part in parts])
    sizes = np.maximum(lengths, 0)
    data = b"".join(part for part in parts if part is not None)
    return Parts(np.frombuffer(data, dtype=np.uint8), np.cumsum(sizes) - sizes, lengths)
