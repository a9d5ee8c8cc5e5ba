"""Every record of every topic, and the relations that queries read them through.

A topic's log keeps the records as they came, in the order they came. The first reader of a table
makes DuckDB hold the log as typed columns (a `Shelf`), which is brought up to date before each
evaluation: so a schema that is registered after the first record still applies to all of them.

A relation has the contract of `plan.Source` plus `__seq`, the number of the record in the order
of arrival over all topics: folded by the table's mode (facts/flink-sql-ai.md 5.1), survivors keep
their `$rowtime` and `__seq`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from runthrough.emulator.broker import Record
from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.formats.formats import stored_columns
from runthrough.emulator.flink.formats.row_reader import DecodeError, RowReader, read_op
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.functions import udfs
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import duckdb_type

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SYSTEM = (
    '"__op" UTINYINT, "__gone" BOOLEAN, "__partition" INTEGER, '
    '"$rowtime" TIMESTAMP WITH TIME ZONE, "__seq" BIGINT'
)

_DECIDES_READING = (
    "key.format",
    "value.format",
    "value.fields-include",
    "error-handling.mode",
)
_ADDS = '"__op" IN (0, 2)'


def quoted(name: str) -> str:
    """Return an identifier as DuckDB reads it."""
    return '"' + name.replace('"', '""') + '"'


@dataclass
class Log:
    """The records of one topic, with their numbers, both in the order of arrival."""

    records: list[Record] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    offsets: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Span:
    """Record numbers after `after` and up to `upto`.

    Attributes:
        op: records of one kind alone.
        bounds: DuckDB text over `__partition` and `__seq` that holds for the records to be read,
            where a partition begins or ends at a place of its own; empty = all.
    """

    after: int
    upto: int
    op: int | None = None
    bounds: str = ""

    @property
    def condition(self) -> str:
        """DuckDB text that holds for the span's records."""
        kind = "" if self.op is None else f' AND "__op" = {self.op}'
        bounds = f" AND ({self.bounds})" if self.bounds else ""
        return f'"__seq" > {self.after} AND "__seq" <= {self.upto}{kind}{bounds}'


class Store:
    """The logs of all topics and the DuckDB database queries run in; thread-safe."""

    def __init__(self, schemas: SchemaStore) -> None:
        self._schemas = schemas
        self._database = duckdb.connect(
            ":memory:", config={"autoinstall_known_extensions": "false", "TimeZone": "UTC"}
        )
        udfs.register(self._database)
        self._database.execute("CREATE SCHEMA shelves")
        self._logs: dict[str, Log] = {}
        self._shelves: dict[tuple[str, object], Shelf] = {}
        self._numbers = itertools.count(1)
        self._names = itertools.count(1)
        self._last = 0
        self._lock = threading.RLock()

    def append(self, records: Sequence[Record]) -> None:
        """Take records, in order."""
        with self._lock:
            for record in records:
                log = self._logs.setdefault(record.topic, Log())
                self._last = next(self._numbers)
                log.records.append(record)
                log.numbers.append(self._last)
                log.offsets[record.partition] = record.offset + 1

    def forget(self, topic: str) -> None:
        """Drop all that is kept of a topic."""
        with self._lock:
            self._logs.pop(topic, None)
            for key in [k for k in self._shelves if k[0] == topic]:
                self._shelves.pop(key).drop()

    def records(self, topic: str) -> tuple[Record, ...]:
        """Return every record of a topic, in the order of arrival."""
        with self._lock:
            log = self._logs.get(topic)
            return tuple(log.records) if log else ()

    def end(self, topic: str) -> int:
        """Return the number of the topic's last record, 0 if it has none."""
        with self._lock:
            log = self._logs.get(topic)
            return log.numbers[-1] if log and log.numbers else 0

    def position(self, topic: str) -> tuple[int, dict[int, int]]:
        """Return `end`, and for each partition the offset that follows it."""
        with self._lock:
            log = self._logs.get(topic)
            return (log.numbers[-1], dict(log.offsets)) if log and log.numbers else (0, {})

    def numbers_before(self, topic: str, timestamp: int) -> dict[int, int]:
        """Return, for each partition, the number of the last record before a place in time.

        That place is the partition's first record at or after the time, in ms, as Kafka finds
        offsets for times; without one it is the partition's end. A number is 0 where no record
        lies before.
        """
        return self._numbers_where(topic, lambda record: record.timestamp >= timestamp)

    def numbers_at(self, topic: str, offsets: Mapping[int, int]) -> dict[int, int]:
        """Return, for each partition, the number of the last record before an offset."""
        return self._numbers_where(
            topic, lambda record: record.offset >= offsets.get(record.partition, 0)
        )

    def _numbers_where(self, topic: str, is_beyond: Callable[[Record], bool]) -> dict[int, int]:
        last: dict[int, int] = {}
        beyond: set[int] = set()
        with self._lock:
            log = self._logs.get(topic, Log())
            for record, number in zip(log.records, log.numbers, strict=True):
                last.setdefault(record.partition, 0)
                if record.partition not in beyond and is_beyond(record):
                    beyond.add(record.partition)
                if record.partition not in beyond:
                    last[record.partition] = number
        return last

    def connect(self, time_zone: str = "UTC") -> duckdb.DuckDBPyConnection:
        """Return a connection of its own to the database; the caller closes it.

        Raises:
            SqlError: the time zone is unknown.
        """
        connection = self._database.cursor()
        try:
            connection.execute("SET TimeZone = ?", [time_zone])
        except duckdb.Error as e:
            connection.close()
            raise SqlError(f"The time zone '{time_zone}' is not known.") from e
        return connection

    def new_table_name(self) -> str:
        """Return a name for a table that lives longer than one connection."""
        return f"shelves.s{next(self._names)}"

    def bind(
        self,
        connection: duckdb.DuckDBPyConnection,
        relation: str,
        table: Table,
        span: Span,
        marks: str | None = None,
    ) -> None:
        """Make `relation` a view of the table's rows within the span, on this connection.

        Args:
            connection: where the view is made.
            relation: its name.
            table: whose rows.
            span: which of them.
            marks: a table of `__wm` by `__seq`; without it there is no watermark.

        Raises:
            DecodeError: a record within the span is not a row (error-handling 'fail').
        """
        shelf = self._shelf(table)
        shelf.update(span.upto)
        shelf.check(span)
        rows = shelf.select(table, span, marks)
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(relation)} AS {rows}")

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
        shelf = self._shelf(table)
        shelf.update(span.upto)
        shelf.check(span)
        return connection.execute(shelf.proposals(span, expression)).fetchall()

    def _shelf(self, table: Table) -> Shelf:
        kind = (
            stored_columns(table),
            table.distributed_by or table.primary_key,
            tuple((name, table.options.get(name)) for name in _DECIDES_READING),
        )
        with self._lock:
            key = (table.name, kind)
            if key not in self._shelves:
                log = self._logs.setdefault(table.name, Log())
                self._shelves[key] = Shelf(
                    self._database.cursor(), self.new_table_name(), table, log, self._schemas
                )
            return self._shelves[key]

    def close(self) -> None:
        """Free the database."""
        with self._lock:
            self._shelves.clear()
            self._database.close()


class Shelf:
    """One table's records as typed rows in DuckDB."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        table: Table,
        log: Log,
        schemas: SchemaStore,
    ) -> None:
        self._connection, self._name, self._log = connection, name, log
        self._reader = RowReader(table, schemas)
        self._lock = threading.Lock()
        self._read = 0
        self._fails = table.options.get("error-handling.mode", "fail") == "fail"
        self._errors: list[tuple[int, str]] = []
        columns = [f"{quoted(c.name)} {duckdb_type(c.type)}" for c in stored_columns(table)]
        try:
            connection.execute(f"CREATE TABLE {name} ({', '.join([*columns, _SYSTEM])})")
        except duckdb.CatalogException as e:
            raise SqlError(
                f"Table '{table.name}' has columns that differ only in upper and lower case; the "
                "emulator does not read those, the live target does."
            ) from e
        self._appender = connection.appender(name)

    def update(self, upto: int) -> None:
        """Read the log's new records up to this number."""
        with self._lock:
            end = bisect_right(self._log.numbers, upto)
            if end <= self._read:
                return
            fresh = slice(self._read, end)
            numbered = zip(self._log.numbers[fresh], self._log.records[fresh], strict=True)
            self._insert([row for number, record in numbered for row in self._row(number, record)])
            self._read = end

    def _row(self, number: int, record: Record) -> list[tuple[Any, ...]]:
        try:
            values = self._reader.read(record)
        except DecodeError as e:
            self._note(number, str(e))
            return []
        when = _EPOCH + dt.timedelta(milliseconds=record.timestamp)
        gone = record.value is None
        return [(*values, read_op(record), gone, record.partition, when, number)]

    def _note(self, number: int, error: str) -> None:
        if self._fails:
            self._errors.append((number, error))

    def _insert(self, rows: list[tuple[Any, ...]]) -> None:
        try:
            self._appender.append_rows(rows)
        except duckdb.Error:
            # One row at a time tells which of them does not fit its column (an INT of 2^40).
            self._appender.clear()
            for row in rows:
                try:
                    self._appender.append_row(*row)
                except duckdb.Error as e:
                    self._note(row[-1], f"{self._place(row[-1])}: {e}")
        self._appender.flush()

    def _place(self, number: int) -> str:
        record = self._log.records[bisect_right(self._log.numbers, number) - 1]
        return (
            f"The record in topic '{record.topic}', partition {record.partition}, "
            f"offset {record.offset} does not fit the table"
        )

    def check(self, span: Span) -> None:
        """Raise DecodeError if a record within the span could not be read."""
        for number, error in self._errors:
            if span.after < number <= span.upto:
                raise DecodeError(error)

    def select(self, table: Table, span: Span, marks: str | None = None) -> str:
        """Return the query that folds the span by the table's mode, in the order of arrival.

        `marks` is the table of `__wm` by `__seq`, as in `Store.bind`.
        """
        columns = [quoted(c.name) for c in stored_columns(table)]
        stored = ", ".join([*columns, '"$rowtime"', '"__seq"'])
        if marks is None:
            return self._fold(table, span, f'{stored}, CAST(NULL AS BIGINT) AS "__wm"')
        folded = self._fold(table, span, stored)
        return f'SELECT f.*, m."__wm" FROM ({folded}) f JOIN {marks} m USING ("__seq")'

    def proposals(self, span: Span, expression: str | None) -> str:
        """Return the query of `Store.proposals`."""
        proposed = expression or 'epoch_ms("$rowtime")'
        return (
            f'SELECT "__seq", "__partition", CAST({proposed} AS BIGINT) FROM {self._name} '
            f'WHERE {span.condition} ORDER BY "__seq"'
        )

    def _fold(self, table: Table, span: Span, shown: str) -> str:
        rows = f"{self._name} WHERE {span.condition}"
        if span.op is not None:
            return f'SELECT {shown} FROM {rows} ORDER BY "__seq"'
        if table.mode == "upsert":
            keys = ", ".join(quoted(name) for name in table.primary_key)
            return (
                f"SELECT {shown} FROM (SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY "
                f'"__seq" DESC) AS "__rank" FROM {rows}) WHERE "__rank" = 1 AND NOT "__gone" '
                'ORDER BY "__seq"'
            )
        if table.mode == "retract":
            same = ", ".join(quoted(c.name) for c in table.columns if c.kind == "physical")
            return (
                f"SELECT {shown} FROM (SELECT *, "
                f'row_number() OVER (PARTITION BY {same}, {_ADDS} ORDER BY "__seq" DESC) AS '
                f'"__rank", sum(CASE WHEN {_ADDS} THEN 1 ELSE -1 END) OVER (PARTITION BY {same}) '
                f'AS "__left" FROM {rows}) WHERE {_ADDS} AND "__rank" <= "__left" '
                'ORDER BY "__seq"'
            )
        return f"SELECT {shown} FROM {rows}"

    def drop(self) -> None:
        """Free the rows."""
        with self._lock:
            self._connection.execute(f"DROP TABLE IF EXISTS {self._name}")
