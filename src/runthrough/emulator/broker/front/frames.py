"""Frames: how messages follow one another on a connection, and what their heads tell.

Source: the Apache Kafka protocol guide (request and response headers).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from runthrough.emulator.broker.wire import INT16, INT32, MAYBE_STRING, BadFrame, Reader

MAX_BYTES = 104_857_600
"""The longest frame; Kafka's own limit of a request (`socket.request.max.bytes`)."""

PRODUCE, METADATA = 0, 3
FLEXIBLE_SINCE = {PRODUCE: 9, METADATA: 9}
"""Of those requests to the mock broker that we look into."""

_SIZE = struct.Struct(">i")


class Frames:
    """Puts frames together from what arrives."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size, self._wanted = 0, _SIZE.size

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take what has arrived and yield the frames that are whole, without their size.

        Raises:
            BadFrame: a size cannot be right.
        """
        self._parts.append(data)
        self._size += len(data)
        if self._size < self._wanted:
            return
        whole = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        place, end = 0, len(whole)
        self._wanted = _SIZE.size
        while end - place >= _SIZE.size:
            (size,) = _SIZE.unpack_from(whole, place)
            if not 0 <= size <= MAX_BYTES:
                raise BadFrame(f"a frame of {size} bytes")
            if end - place < _SIZE.size + size:
                self._wanted = _SIZE.size + size
                break
            yield whole[place + _SIZE.size : place + _SIZE.size + size]
            place += _SIZE.size + size
        self._parts = [whole[place:]] if place < end else []
        self._size = end - place


@dataclass(frozen=True, slots=True)
class Head:
    """What every request begins with."""

    key: int
    version: int
    correlation: int
    client_id: str


def read_head(reader: Reader) -> Head:
    """Return the head of a request, without tags. Raises BadFrame: there is none."""
    key, version = (INT16.read(reader, 0, flexible=False) for _ in range(2))
    correlation = INT32.read(reader, 0, flexible=False)
    client_id = MAYBE_STRING.read(reader, 0, flexible=False) or ""
    return Head(key, version, correlation, client_id)


def wants_no_answer(head: Head, reader: Reader) -> bool:
    """Return whether a request is a `Produce` that nobody confirms (`acks=0`).

    Raises:
        BadFrame: it ends before it tells.
    """
    if head.key != PRODUCE:
        return False
    flexible = head.version >= FLEXIBLE_SINCE[PRODUCE]
    if flexible:
        reader.skip_tags()
    if head.version >= 3:
        MAYBE_STRING.read(reader, 0, flexible=flexible)
    return bool(INT16.read(reader, 0, flexible=False) == 0)


def with_correlation(frame: bytes, place: int, number: int) -> tuple[bytes, memoryview]:
    """Return a frame as it is sent with another correlation id, which begins at `place`."""
    rest = memoryview(frame)[place + _SIZE.size :]
    return _SIZE.pack(len(frame)) + frame[:place] + _SIZE.pack(number), rest
