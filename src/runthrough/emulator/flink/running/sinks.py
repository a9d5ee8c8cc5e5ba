"""Where a statement's changes go: to its result page, or to a topic."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from runthrough.emulator.broker import Broker, Outgoing
from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.encoding import encode
from runthrough.emulator.flink.formats.formats import stored_columns
from runthrough.emulator.flink.formats.row_writer import RowWriter
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.running.evaluation import Change
from runthrough.emulator.flink.running.execution import Execution

_STICKY = 100
"""Records without a key that go to one partition before the next one's turn: as a producer's
batches do, so that a small INSERT keeps its order."""


class Sink(Protocol):
    """What takes a statement's changes."""

    topic: str | None

    def write(self, changes: Sequence[Change]) -> None:
        """Take changes, in order; they can be read when this returns."""
        ...


class ResultSink:
    """Keeps the rows of a foreground SELECT for paging, encoded as they are sent."""

    topic: str | None = None

    def __init__(self, execution: Execution, columns: Sequence[Column], zone: str) -> None:
        self._execution, self._zone = execution, zone
        self._types = [column.type for column in columns]

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

    def __init__(
        self, table: Table, columns: Sequence[Column], broker: Broker, schemas: SchemaStore
    ) -> None:
        """Prepare a writer.

        Args:
            table: where to.
            columns: of the query; the table's by position, or by name where it has more.
            broker: who has the topic.
            schemas: who has its schemas.
        """
        self.topic: str | None = table.name
        self._name, self._mode = table.name, table.mode
        self._broker = broker
        self._writer = RowWriter(table, table.mode, schemas)
        self._partitions = broker.topics().get(table.name, table.buckets)
        self._sent = 0
        self._names = _names(table, columns)
        self._missing: dict[str, Any] = dict.fromkeys(
            c for c in _writable(table) if c not in self._names
        )

    def write(self, changes: Sequence[Change]) -> None:
        """Produce and wait until the engine has read it back: the topic is the only truth."""
        records = [
            self._placed(record)
            for change in changes
            for record in [self._writer.write(self._row(change), change.op)]
            if record is not None
        ]
        if records:
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
