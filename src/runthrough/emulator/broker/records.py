"""Kafka records as the emulator hands them about, and the confirmation of written ones."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import cast

from confluent_kafka import KafkaError, Message

from runthrough.errors import EmulatorError

Header = tuple[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Record:
    """A record as read from a topic; `timestamp` in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to write; without a partition the key's hash decides, without a time now."""

    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    timestamp: int | None = None
    partition: int | None = None


@dataclass(frozen=True)
class Written:
    """Where a record came to lie; the mock broker's report does not tell the record's time."""

    partition: int
    offset: int


class Batch:
    """The records of one call, until each is confirmed or refused."""

    def __init__(self) -> None:
        self.sent = 0
        self._confirmed = 0
        self._offsets: dict[int, int] = {}
        self._error: KafkaError | None = None
        self._changed = threading.Condition()

    def delivered(self, error: KafkaError | None, message: Message) -> None:
        """Take one delivery report (from the deliveries thread)."""
        with self._changed:
            self._confirmed += 1
            partition, offset = message.partition(), message.offset()
            if error is not None or partition is None or offset is None:
                self._error = error
            else:
                self._offsets[partition] = max(offset, self._offsets.get(partition, -1))
            self._changed.notify_all()

    def wait(self, topic: str) -> dict[int, int]:
        """Return the last offset of each partition once all reports are in."""
        with self._changed:
            done = self._changed.wait_for(lambda: self._confirmed == self.sent, timeout=60)
            if self._error is not None:
                raise EmulatorError(f"topic {topic!r} refused a record: {self._error.str()}")
            if not done:
                raise EmulatorError(f"topic {topic!r} did not confirm its records in 60 seconds")
            return dict(self._offsets)


class Places:
    """The places of the records of one call, one by one, until each is confirmed or refused."""

    def __init__(self, count: int) -> None:
        self._places: list[Written | EmulatorError | None] = [None] * count
        self._open = count
        self._changed = threading.Condition()

    def put(self, number: int, place: Written | EmulatorError) -> None:
        """Take the place of one record, or why it has none."""
        with self._changed:
            self._places[number] = place
            self._open -= 1
            self._changed.notify_all()

    def delivered(self, number: int, error: KafkaError | None, message: Message) -> None:
        """Take one delivery report (from the deliveries thread)."""
        partition, offset = message.partition(), message.offset()
        if error is not None or partition is None or offset is None:
            reason = "it has no place" if error is None else error.str()
            self.put(number, EmulatorError(f"the broker refused the record: {reason}"))
        else:
            self.put(number, Written(partition, offset))

    def wait(self) -> list[Written | EmulatorError]:
        """Return the places in order, once all reports are in or a minute is over."""
        late = EmulatorError("the broker did not confirm the record in 60 seconds")
        with self._changed:
            self._changed.wait_for(lambda: not self._open, timeout=60)
            return [late if place is None else place for place in self._places]


def read_record(message: Message) -> Record:
    """Return a message that carries no error. Raises EmulatorError if it has no place."""
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    if topic is None or partition is None or offset is None:
        raise EmulatorError("the broker handed on a record without a place")
    sent = cast(list[tuple[str, str | bytes | None]], message.headers() or [])
    headers = tuple((name, _bytes(value)) for name, value in sent)
    timestamp = message.timestamp()[1]
    return Record(topic, partition, offset, timestamp, message.key(), message.value(), headers)


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
