"""Many records to one topic at once, through librdkafka's C functions.

A Python call for each record costs more than the record. Keys and values are handed over where
they lie, and every delivery report is read: so the caller knows each record's offset.
"""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from runthrough.emulator.broker.mock_cluster import load_library
from runthrough.errors import EmulatorError

Numbers = npt.NDArray[np.int64]

_PRODUCER = 0
_DELIVERY_REPORTS = 1
_UNASSIGNED = -1
_WAIT_SECONDS = 60.0
_REPORT = np.dtype(
    {
        "names": ["error", "partition", "offset", "place"],
        "formats": ["<i4", "<i4", "<i8", "<u8"],
        "offsets": [0, 16, 56, 64],
        "itemsize": 72,
    }
)
"""What counts of librdkafka's `rd_kafka_message_t`."""

_ARGUMENT = np.dtype(
    {
        "names": ["type", "value", "size"],
        "formats": ["<i4", "<i8", "<u8"],
        "offsets": [0, 8, 16],
        "itemsize": 72,
    }
)
"""librdkafka's `rd_kafka_vu_t`."""

_TOPIC, _PARTITION, _VALUE, _KEY, _OPAQUE, _TIMESTAMP = 2, 3, 4, 5, 6, 8
_ARGUMENTS = (_TOPIC, _PARTITION, _VALUE, _KEY, _OPAQUE, _TIMESTAMP)


@dataclass(frozen=True)
class Buffer:
    """Byte strings one after another: `data[starts[n]:starts[n + 1]]`."""

    data: npt.NDArray[np.uint8]
    starts: Numbers

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.starts) - 1


@dataclass(frozen=True)
class Delivered:
    """Where records came to lie, in the order they were given."""

    partitions: Numbers
    offsets: Numbers


class BulkProducer:
    """A producer of its own; one thread at a time may use it."""

    def __init__(self, bootstrap: str, max_bytes: int) -> None:
        """Open it. Raises EmulatorError if librdkafka refuses a setting."""
        self._library = load_library()
        error = ctypes.create_string_buffer(512)
        conf = self._library.rd_kafka_conf_new()
        for name, value in {
            "bootstrap.servers": bootstrap,
            "log_level": "0",
            "allow.auto.create.topics": "false",
            "topic.metadata.propagation.max.ms": "0",
            "linger.ms": "1",
            "max.in.flight.requests.per.connection": "1",
            "queue.buffering.max.messages": "2000000",
            "queue.buffering.max.kbytes": "1000000",
            "partitioner": "murmur2_random",
            "message.max.bytes": str(max_bytes),
            "delivery.timeout.ms": "30000",
        }.items():
            if self._library.rd_kafka_conf_set(conf, name.encode(), value.encode(), error, 512):
                raise EmulatorError(f"librdkafka refuses a setting: {error.value.decode()}")
        self._library.rd_kafka_conf_set_events(conf, _DELIVERY_REPORTS)
        self._client = self._library.rd_kafka_new(_PRODUCER, conf, error, 512)
        if not self._client:
            raise EmulatorError(f"librdkafka gives no client: {error.value.decode()}")
        self._queue = self._library.rd_kafka_queue_get_main(self._client)

    def write(
        self,
        topic: str,
        keys: Buffer | None,
        values: Buffer,
        partitions: Numbers | None,
        timestamp: int,
    ) -> Delivered:
        """Write records in order, each to its partition or to its key's.

        Args:
            topic: where to.
            keys: None = records without one.
            values: one for each record.
            partitions: None = the keys decide.
            timestamp: of all of them, in ms since 1970.

        Raises:
            EmulatorError: a record was refused or not confirmed.
        """
        handle = self._library.rd_kafka_topic_new(self._client, topic.encode(), None)
        try:
            calls = _calls(handle, keys, values, partitions, timestamp)
            sent, refusal = self._send(calls)
            reports = self._reports(topic, sent)
        finally:
            self._library.rd_kafka_topic_destroy(handle)
        if refusal:
            raise EmulatorError(f"topic {topic!r} refused a record: {refusal}")
        found = reports[np.argsort(reports["place"], kind="stable")]
        return Delivered(found["partition"].astype(np.int64), found["offset"].astype(np.int64))

    def _send(self, calls: npt.NDArray[np.void]) -> tuple[int, str]:
        """Hand records over; return how many were taken, and why the next one was not."""
        produce, client, count = self._library.rd_kafka_produceva, self._client, len(_ARGUMENTS)
        first, step = calls.ctypes.data, calls.strides[0]
        for place in range(len(calls)):
            if error := produce(client, first + place * step, count):
                text = self._library.rd_kafka_error_string(error).decode()
                self._library.rd_kafka_error_destroy(error)
                return place, text
        return len(calls), ""

    def _reports(self, topic: str, count: int) -> npt.NDArray[np.void]:
        """Wait for the reports of so many records; raise once all are in if one failed."""
        parts, missing = [], count
        limit = time.monotonic() + _WAIT_SECONDS
        while missing > 0:
            event = self._library.rd_kafka_queue_poll(self._queue, 100)
            if not event:
                if time.monotonic() > limit:
                    raise EmulatorError(f"topic {topic!r} did not confirm its records in time")
                continue
            size = self._library.rd_kafka_event_message_count(event)
            pointers = (ctypes.c_void_p * max(1, size))()
            size = self._library.rd_kafka_event_message_array(event, pointers, size)
            raw = b"".join(ctypes.string_at(p, _REPORT.itemsize) for p in pointers[:size] if p)
            parts.append(np.frombuffer(raw, dtype=_REPORT))
            missing -= size
            self._library.rd_kafka_event_destroy(event)
        reports = np.concatenate(parts) if parts else np.zeros(0, dtype=_REPORT)
        failed = reports["error"][reports["error"] != 0]
        if len(failed):
            raise EmulatorError(f"topic {topic!r} refused a record: {self._text(int(failed[0]))}")
        return reports

    def _text(self, code: int) -> str:
        return str(self._library.rd_kafka_err2str(code).decode())

    def close(self) -> None:
        """End it."""
        self._library.rd_kafka_queue_destroy(self._queue)
        self._library.rd_kafka_destroy(self._client)


def _calls(
    handle: int,
    keys: Buffer | None,
    values: Buffer,
    partitions: Numbers | None,
    timestamp: int,
) -> npt.NDArray[np.void]:
    """Return the arguments of one call for each record."""
    calls = np.zeros((len(values), len(_ARGUMENTS)), dtype=_ARGUMENT)
    calls["type"] = _ARGUMENTS
    given = {name: calls[:, place] for place, name in enumerate(_ARGUMENTS)}
    given[_TOPIC]["value"] = handle
    given[_PARTITION]["value"] = _UNASSIGNED if partitions is None else partitions
    given[_VALUE]["value"] = values.data.ctypes.data + values.starts[:-1]
    given[_VALUE]["size"] = np.diff(values.starts)
    if keys is not None:
        given[_KEY]["value"] = keys.data.ctypes.data + keys.starts[:-1]
        given[_KEY]["size"] = np.diff(keys.starts)
    given[_OPAQUE]["value"] = np.arange(1, len(values) + 1)
    given[_TIMESTAMP]["value"] = timestamp
    return calls
