"""Every record of every topic, and the relations that queries read them through.

A topic's log keeps the records as they came, in the order they came. The first reader of a table
makes DuckDB hold the log as typed columns (a `Shelf`), which is brought up to date before each
evaluation: so a schema that is registered after the first record still applies to all of them.

A relation has the contract of `plan.Source`: folded by the table's mode (facts/flink-sql-ai.md
5.1), with `__seq`, the number of the record in the order of arrival over all topics.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

import duckdb
import numpy as np

from runthrough.emulator.broker import Record
from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.formats.arrow import Numbers, Truths
from runthrough.emulator.flink.formats.avro_sql import Encoding
from runthrough.emulator.flink.formats.blocks import Block
from runthrough.emulator.flink.formats.formats import stored_columns
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.functions import udfs
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.running.folds import Span, quoted
from runthrough.emulator.flink.running.log import Log, Placed
from runthrough.emulator.flink.running.shelf import Rows, Shelf, Unread
from runthrough.emulator.flink.zones import is_offset

__all__ = ["Rows", "Span", "Store", "Written", "quoted"]

_DECIDES_READING = (
    "key.format",
    "value.format",
    "value.fields-include",
    "error-handling.mode",
)


_MUCH = 10_000
"""So many records are worth a thread."""


@dataclass(frozen=True)
class Written:
    """Where records came to lie: in the order of their rows; `timestamp` in ms is of all."""

    partitions: Numbers
    offsets: Numbers
    timestamp: int
    encoding: Encoding


class Store:
    """The logs of all topics and the DuckDB database queries run in; thread-safe."""

    def __init__(
        self, schemas: SchemaStore, on_placed: Callable[[str], None] = lambda topic: None
    ) -> None:
        """Open the database; `on_placed` is told each topic that got rows by `place`."""
        self._schemas, self._on_placed = schemas, on_placed
        self._database = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": "false",
                "TimeZone": "UTC",
                # Memory of tables that are gone goes back to the system.
                "allocator_background_threads": "true",
            },
        )
        udfs.register(self._database)
        self._database.execute("CREATE SCHEMA shelves")
        self._logs: dict[str, Log] = {}
        self._shelves: dict[tuple[str, object], Shelf] = {}
        self._names = itertools.count(1)
        self._last = 0
        self._lock = threading.RLock()

    def append(self, records: Sequence[Record]) -> None:
        """Take records, in order."""
        with self._lock:
            for topic, run in groupby(records, key=lambda record: record.topic):
                listed = list(run)
                self._logs.setdefault(topic, Log()).append(listed, self._last + 1)
                self._last += len(listed)

    def forget(self, topic: str) -> None:
        """Drop all that is kept of a topic."""
        with self._lock:
            self._logs.pop(topic, None)
            for key in [k for k in self._shelves if k[0] == topic]:
                self._shelves.pop(key).drop()

    def records(self, topic: str) -> tuple[Record, ...]:
        """Return every record of a topic, in the order of arrival."""
        with self._lock:
            log = self._logs.get(topic, Log())
            return tuple(record for block in log.blocks() for _, record in block.records())

    def end(self, topic: str) -> int:
        """Return the number of the topic's last record, 0 if it has none."""
        with self._lock:
            return self._logs.get(topic, Log()).end

    def position(self, topic: str) -> tuple[int, dict[int, int]]:
        """Return `end`, and for each partition the offset that follows it."""
        with self._lock:
            log = self._logs.get(topic, Log())
            return log.end, dict(log.offsets)

    def numbers(self, topic: str, after: int, upto: int, most: int) -> list[int]:
        """Return the first numbers of a topic's records after one, up to another."""
        with self._lock:
            return self._logs.get(topic, Log()).numbers(after, upto, most)

    def numbers_before(self, topic: str, timestamp: int) -> dict[int, int]:
        """Return, for each partition, the number of the last record before a place in time.

        That place is the partition's first record at or after the time, in ms, as Kafka finds
        offsets for times; without one it is the partition's end. A number is 0 where no record
        lies before.
        """
        return self._numbers_where(topic, lambda _, __, times: times >= timestamp)

    def numbers_at(self, topic: str, offsets: Mapping[int, int]) -> dict[int, int]:
        """Return, for each partition, the number of the last record before an offset."""
        return self._numbers_where(
            topic, lambda partition, places, _: places >= offsets.get(partition, 0)
        )

    def _numbers_where(
        self, topic: str, is_beyond: Callable[[int, Numbers, Numbers], Truths]
    ) -> dict[int, int]:
        last: dict[int, int] = {}
        beyond: set[int] = set()
        with self._lock:
            for numbers, partitions, offsets, times in self._logs.get(topic, Log()).places():
                all_times = np.broadcast_to(np.asarray(times), numbers.shape)
                for partition in sorted(set(partitions.tolist())):
                    last.setdefault(partition, 0)
                    own = partitions == partition
                    if partition in beyond:
                        continue
                    found = np.flatnonzero(is_beyond(partition, offsets[own], all_times[own]))
                    if len(found):
                        beyond.add(partition)
                    before = numbers[own][: found[0] if len(found) else None]
                    if len(before):
                        last[partition] = int(before[-1])
        return last

    def connect(self, time_zone: str = "UTC") -> duckdb.DuckDBPyConnection:
        """Return a connection of its own to the database; the caller closes it.

        Raises:
            SqlError: the time zone is unknown.
        """
        connection = self._database.cursor()
        try:
            # DuckDB's client knows no zone that is only an offset; nothing depends on it.
            connection.execute("SET TimeZone = ?", ["UTC" if is_offset(time_zone) else time_zone])
        except duckdb.Error as e:
            connection.close()
            raise SqlError(f"The time zone '{time_zone}' is not known.") from e
        return connection

    def new_table_name(self) -> str:
        """Return a name for a table that lives longer than one connection."""
        return f"shelves.s{next(self._names)}"

    def read_ahead(self, wanted: Sequence[tuple[Table, int]]) -> None:
        """Read tables' records up to their numbers, much of it for several tables at once."""

        def read(table: Table, upto: int) -> None:
            shelf = self._shelf(table)
            with shelf.lock:
                self._read(shelf, table.topic, upto)

        much = [(t, upto) for t, upto in wanted if upto - self._shelf(t).read >= _MUCH]
        if len(much) > 1:
            with ThreadPoolExecutor(len(much), "runthrough-reading") as pool:
                for done in [pool.submit(read, table, upto) for table, upto in much]:
                    done.result()

    def bind(
        self,
        connection: duckdb.DuckDBPyConnection,
        relation: str,
        table: Table,
        span: Span,
        marks: str | None = None,
        *,
        versions: bool = False,
    ) -> None:
        """Make `relation` a view of the table's rows within the span, on this connection.

        Args:
            connection: where the view is made.
            relation: its name.
            table: whose rows.
            span: which of them.
            marks: a table of `__wm` by `__seq`; without it there is no watermark.
            versions: every record rather than the rows that are left (`plan.Source`).

        Raises:
            DecodeError: a record within the span is not a row (error-handling 'fail').
        """
        shelf = self._up_to_date(table, span)
        rows = shelf.select(table, span, marks, versions=versions)
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(relation)} AS {rows}")

    def bind_history(
        self,
        connection: duckdb.DuckDBPyConnection,
        relation: str,
        table: Table,
        span: Span,
        marks: str | None = None,
    ) -> None:
        """Make `<relation>_history` a view of every version of the rows; else as `bind`."""
        rows = self._up_to_date(table, span).history(table, span, marks)
        name = quoted(f"{relation}_history")
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {rows}")

    def proposals(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: Table,
        span: Span,
        expression: str | None,
    ) -> list[tuple[int, int, int | None]]:
        """Return number, partition and proposed watermark of the span's records, as they came.

        Args:
            connection: where to compute.
            table: whose records; retractions and deletions count as well.
            span: which of them.
            expression: DuckDB text in ms since 1970; None = the record's own time.

        Raises:
            DecodeError: as `bind`.
        """
        shelf = self._up_to_date(table, span)
        return connection.execute(shelf.proposals(span, expression)).fetchall()

    def unread(self, table: Table, after: int, upto: int) -> list[Unread]:
        """Return the records between two numbers that are no rows of a table."""
        shelf = self._shelf(table)
        with shelf.lock:
            self._read(shelf, table.topic, upto)
            return shelf.unread(after, upto)

    def place(self, table: Table, rows: Rows, written: Written) -> None:
        """Take rows that the engine has written to a topic as if they had been read from it.

        Nothing else of that topic may arrive meanwhile: its reader stands still.
        """
        shelf = self._shelf(table)
        with shelf.lock:
            log, [placed] = self._numbered(table.topic, shelf, [written])
            self._read(shelf, table.topic, log.end)
            shelf.place(rows, placed)
            self._log(log, shelf, [placed])
        self._on_placed(table.topic)

    def may_adopt(self, table: Table, rows: str, encoding: Encoding) -> bool:
        """Return whether a table of rows that are written to an empty topic can be its shelf."""
        shelf = self._shelf(table)
        with shelf.lock:
            return self.end(table.topic) == 0 and shelf.fits(rows, encoding)

    def adopt(self, table: Table, rows: str, written: Sequence[Written]) -> tuple[Shelf, int, int]:
        """Make a table the shelf of the topic that all its rows were written to, in order.

        It is lent once. Else as `place`; `may_adopt` has said that it can be, and nothing has
        arrived since. Returns the shelf, and the numbers of its first row and of the last one.
        """
        shelf = self._shelf(table)
        with shelf.lock:
            log, placed = self._numbered(table.topic, shelf, written)
            shelf.adopt(rows, placed)
            self._log(log, shelf, placed)
        shelf.lend()
        self._on_placed(table.topic)
        return shelf, int(placed[0].numbers[0]), int(placed[-1].numbers[-1])

    def _numbered(
        self, topic: str, shelf: Shelf, written: Sequence[Written]
    ) -> tuple[Log, list[Placed]]:
        """Return a topic's log, and the next numbers for records that it does not have yet."""
        placed = []
        with self._lock:
            for part in written:
                numbers = np.arange(len(part.offsets), dtype=np.int64) + self._last + 1
                self._last += len(numbers)
                placed.append(
                    Placed(
                        shelf,
                        numbers,
                        part.partitions,
                        part.offsets,
                        part.timestamp,
                        part.encoding,
                    )
                )
            return self._logs.setdefault(topic, Log()), placed

    def _log(self, log: Log, shelf: Shelf, placed: Sequence[Placed]) -> None:
        with self._lock:
            for part in placed:
                log.place(part)
        shelf.read = log.end

    def _up_to_date(self, table: Table, span: Span) -> Shelf:
        """Return a table's shelf, with the log's records up to the span's end.

        Raises:
            DecodeError: a record within the span is not a row (error-handling 'fail').
        """
        shelf = self._shelf(table)
        with shelf.lock:
            self._read(shelf, table.topic, span.upto)
            shelf.check(span)
        return shelf

    def _read(self, shelf: Shelf, topic: str, upto: int) -> None:
        if upto <= shelf.read:
            return
        with self._lock:
            log = self._logs.get(topic, Log())
            parts, single = log.between(shelf.read, upto)
        for part in parts:
            if isinstance(part, Block):
                shelf.add_block(part)
            elif not shelf.holds(part):
                shelf.add_block(part.holder.written(part).between(shelf.read, upto))
        shelf.add_records(single)
        shelf.read = upto

    def _shelf(self, table: Table) -> Shelf:
        kind = (
            stored_columns(table),
            table.distributed_by or table.primary_key,
            tuple((name, table.options.get(name)) for name in _DECIDES_READING),
        )
        with self._lock:
            key = (table.topic, kind)
            if key not in self._shelves:
                connection = self._database.cursor()
                self._shelves[key] = Shelf(connection, self.new_table_name(), table, self._schemas)
            return self._shelves[key]

    def close(self) -> None:
        """Free the database."""
        with self._lock:
            self._shelves.clear()
            self._database.close()
