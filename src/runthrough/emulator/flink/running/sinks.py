"""Where a statement's changes go: to its result page, or to a topic."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from runthrough.emulator.broker import Broker, Outgoing
from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.encoding import encode
from runthrough.emulator.flink.formats.arrow import Blobs, Numbers
from runthrough.emulator.flink.formats.formats import stored_columns
from runthrough.emulator.flink.formats.row_writer import RowWriter
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.running.bulk_writer import Bulk, BulkWriter
from runthrough.emulator.flink.running.changes import INSERT, Change
from runthrough.emulator.flink.running.execution import Execution
from runthrough.emulator.flink.running.store import Store

_STICKY = 100
"""Records without a key that go to one partition before the next one's turn: as a producer's
batches do, so that a small INSERT keeps its order."""

_ROWS_AT_ONCE = 1_000
_BYTES_AT_ONCE = 2_000_000
"""So much is read back before more is written: the broker keeps 5 MB a partition."""


class Sink(Protocol):
    """What takes a statement's changes; a bulk of insertions only where `takes_bulk`."""

    topic: str | None
    takes_bulk: bool

    def write_bulk(self, bulk: Bulk) -> None:
        """Take rows; they can be read when this returns."""
        ...

    def write(self, changes: Sequence[Change]) -> None:
        """Take changes, in order; they can be read when this returns."""
        ...


class ResultSink:
    """Keeps the rows of a foreground SELECT for paging, encoded as they are sent."""

    topic: str | None = None
    takes_bulk = False

    def __init__(self, execution: Execution, columns: Sequence[Column], zone: str) -> None:
        self._execution, self._zone = execution, zone
        self._types = [column.type for column in columns]

    def write_bulk(self, bulk: Bulk) -> None:
        """Take none: pages are made of single rows."""
        raise RuntimeError("a result takes single rows, as takes_bulk says")

    def write(self, changes: Sequence[Change]) -> None:
        """Encode and keep."""
        self._execution.add_rows(
            [
                (c.op, [encode(v, t, self._zone) for v, t in zip(c.row, self._types, strict=True)])
                for c in changes
            ]
        )


class TopicSink:
    """Produces to a table's topic, in the mode the table had when the statement was submitted."""

    takes_bulk = True

    def __init__(
        self,
        table: Table,
        columns: Sequence[Column],
        broker: Broker,
        schemas: SchemaStore,
        store: Store,
    ) -> None:
        """Prepare a writer.

        Args:
            table: where to.
            columns: of the query; the table's by position, or by name where it has more.
            broker: who has the topic.
            schemas: who has its schemas.
            store: where the topic's records are read from.
        """
        self.topic: str | None = table.topic
        self._name, self._mode = table.topic, table.mode
        self._broker, self._store = broker, store
        self._writer = RowWriter(table, table.mode, schemas)
        self._partitions = broker.partitions_of(table.topic) or table.buckets
        self._sent = 0
        self._names = _names(table, columns)
        self._bulks = BulkWriter(table, self._names, broker, store, schemas)
        self._missing: dict[str, Any] = dict.fromkeys(
            c for c in _writable(table) if c not in self._names
        )

    def write_bulk(self, bulk: Bulk) -> None:
        """Produce all rows, those singly that do not go in bulk."""
        written = self._bulks.write(bulk, self._partitions_of)
        self._sent += written
        if written == len(bulk):
            return
        connection = self._store.connect()
        try:
            columns = ", ".join(bulk.columns)
            left = connection.execute(
                f"SELECT {columns} FROM {bulk.table} WHERE rowid >= {written} ORDER BY rowid"
            )
            while rows := left.fetchmany(_ROWS_AT_ONCE):
                self.write([Change(INSERT, row) for row in rows])
        finally:
            connection.close()

    def _partitions_of(self, values: Blobs, first: int) -> Numbers:
        """Return `_placed`'s partition for each of many values without a key."""
        if self._mode == "retract":
            data, ends = values.data.data, values.starts.tolist()
            hashes = (zlib.crc32(data[a:b]) for a, b in itertools.pairwise(ends))
            return np.fromiter(hashes, dtype=np.int64, count=len(values)) % self._partitions
        sent = self._sent + first + np.arange(len(values), dtype=np.int64)
        return sent // _STICKY % self._partitions

    def write(self, changes: Sequence[Change]) -> None:
        """Produce and wait until the engine has read it back: the topic is the only truth."""
        records: list[Outgoing] = []
        size = 0
        for change in changes:
            record = self._writer.write(self._row(change), change.op)
            if record is None:
                continue
            records.append(self._placed(record))
            size += len(record.value or b"") + len(record.key or b"")
            if size > _BYTES_AT_ONCE:
                self._produce(records)
                records, size = [], 0
        if records:
            self._produce(records)

    def _produce(self, records: Sequence[Outgoing]) -> None:
        self._broker.flush(self._name, self._broker.produce_all(self._name, records), 30)

    def _row(self, change: Change) -> dict[str, Any]:
        return self._missing | dict(zip(self._names, change.row, strict=True))

    def _placed(self, record: Outgoing) -> Outgoing:
        """Choose a partition for a record without a key.

        The records of a retract table that cancel each other must meet in one partition.
        """
        if record.key is not None:
            return record
        if self._mode == "retract":
            return replace(record, partition=zlib.crc32(record.value or b"") % self._partitions)
        self._sent += 1
        return replace(record, partition=(self._sent - 1) // _STICKY % self._partitions)


def _writable(table: Table) -> list[str]:
    return [c.name for c in stored_columns(table) if not c.virtual]


def _names(table: Table, columns: Sequence[Column]) -> list[str]:
    """Return the table's column for each of a query's: by position, else by name."""
    wanted = _writable(table)
    return wanted if len(wanted) == len(columns) else [c.name for c in columns]


def sink_key(table: Table, columns: Sequence[Column]) -> tuple[int, ...] | None:
    """Return where the primary key of an upsert sink is among a query's columns."""
    if table.mode != "upsert":
        return None
    names = _names(table, columns)
    return tuple(names.index(name) for name in table.primary_key)
