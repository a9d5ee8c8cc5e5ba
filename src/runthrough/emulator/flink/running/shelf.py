"""One table's records as typed rows in DuckDB.

A shelf reads its topic's log up to the number an evaluation asks for: blocks at once where that
goes, else record by record. Survivors of the fold keep their `$rowtime` and `__seq`.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np

from runthrough.emulator.broker import Record
from runthrough.emulator.flink.catalog import Table, relation_names
from runthrough.emulator.flink.formats.arrow import Blobs, Vector, fetch_blobs, scanned
from runthrough.emulator.flink.formats.avro_sql import Encoding, encoded, prepare
from runthrough.emulator.flink.formats.block_reader import BlockReader
from runthrough.emulator.flink.formats.blocks import Block, Parts
from runthrough.emulator.flink.formats.formats import stored_columns
from runthrough.emulator.flink.formats.row_reader import DecodeError, RowReader, read_op
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.running.folds import ADDS, Span, folded, history_of, quoted
from runthrough.emulator.flink.running.log import Placed
from runthrough.emulator.flink.types import duckdb_type

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SYSTEM = (
    '"__op" UTINYINT DEFAULT 0',
    '"__gone" BOOLEAN DEFAULT FALSE',
    '"__partition" INTEGER',
    '"$rowtime" TIMESTAMP WITH TIME ZONE',
    '"__seq" BIGINT',
)
_REMOVES = (1, 3)
_NONE = 1 << 62
_FEW = 64
"""Fewer records than this are read faster one by one."""


@dataclass(frozen=True)
class Rows:
    """Rows in DuckDB that were written to a topic.

    Attributes:
        select: gives the table's columns under their names, and `__row`, each row's number.
        first: the number of the first of them; the others follow.
    """

    select: str
    first: int


@dataclass(frozen=True)
class Unread:
    """A record that is no row of its table, its number, and why."""

    number: int
    error: str
    record: Record


class Shelf:
    """The rows. Its owner, the store, sees to it that one thread at a time adds to them."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        table: Table,
        schemas: SchemaStore,
    ) -> None:
        """Make an empty shelf for a table, as `name` in the connection's database."""
        self.name, self.read = name, 0
        self.lock = threading.Lock()
        self._connection, self._topic = connection, table.topic
        self._columns = stored_columns(table)
        self._rows, self._blocks = RowReader(table, schemas), BlockReader(table, schemas)
        self._handling = table.options.get("error-handling.mode", "fail")
        self._errors: list[Unread] = []
        self._first_removal = _NONE
        self._readers, self._is_done = 0, False
        names = relation_names(table)
        columns = [f"{quoted(names[c.name])} {duckdb_type(c.type)}" for c in self._columns]
        connection.execute(f"CREATE TABLE {name} ({', '.join([*columns, *_SYSTEM])})")
        self._appender = connection.appender(name)

    # -- adding ---------------------------------------------------------------------------------

    def add_block(self, block: Block) -> None:
        """Read a block, at once if that goes."""
        if len(block) >= _FEW and self._add_columns(block):
            return
        self.add_records(list(block.records()))

    def add_records(self, numbered: Sequence[tuple[int, Record]]) -> None:
        """Read records one by one; what cannot be read is noted."""
        rows = [row for number, record in numbered for row in self._row(number, record)]
        if not rows:
            return
        removals = (row[-1] for row in rows if row[-5] in _REMOVES)
        self._first_removal = min(self._first_removal, next(removals, _NONE))
        try:
            self._appender.append_rows(rows)
        except duckdb.Error:
            # One row at a time tells which of them does not fit its column (an INT of 2^40).
            self._appender.clear()
            records = dict(numbered)
            for row in rows:
                try:
                    self._appender.append_row(*row)
                except duckdb.Error as e:
                    record = records[row[-1]]
                    self._note(row[-1], f"{_place(record)}: {e}", record)
        self._appender.flush()

    def _add_columns(self, block: Block) -> bool:
        read = self._blocks.read(block)
        if read is None:
            return False
        try:
            with scanned(self._connection, "__block", read.vectors):
                self._connection.execute(
                    f'INSERT INTO {self.name} SELECT {read.select} FROM "__block"'
                )
        except duckdb.Error:
            return False
        removals = (int(block.numbers[n]) for n, op in read.ops.items() if op in _REMOVES)
        self._first_removal = min(self._first_removal, min(removals, default=_NONE))
        return True

    def _row(self, number: int, record: Record) -> list[tuple[Any, ...]]:
        try:
            values = self._rows.read(record)
        except DecodeError as e:
            self._note(number, str(e), record)
            return []
        when = _EPOCH + dt.timedelta(milliseconds=record.timestamp)
        gone = record.value is None
        return [(*values, read_op(record), gone, record.partition, when, number)]

    def _note(self, number: int, error: str, record: Record) -> None:
        if self._handling != "ignore":
            self._errors.append(Unread(number, error, record))

    def place(self, rows: Rows, placed: Placed) -> None:
        """Take rows that were written to the topic; each as a reader of its record sees it."""
        given = [placed.encoding.read_back.get(c.name) for c in self._columns]
        shown = ["NULL" if text is None else text for text in given]
        cast = ", ".join(
            f"CAST({text} AS {duckdb_type(c.type)})"
            for text, c in zip(shown, self._columns, strict=True)
        )
        with scanned(self._connection, "__written", {"__at": Vector(placed.partitions)}):
            self._connection.execute(
                f'INSERT INTO {self.name} SELECT {cast}, 0, FALSE, CAST(w."__at" AS INTEGER), '
                f"make_timestamptz({placed.timestamp} * 1000), "
                f'"__row" - {rows.first} + {placed.numbers[0]} '
                f'FROM ({rows.select}) t POSITIONAL JOIN "__written" w'
            )

    def fits(self, rows: str, encoding: Encoding) -> bool:
        """Return whether a table could be this shelf, which is empty.

        It has the shelf's columns with their types, and each row is what a reader of its record
        would see: a topic keeps milliseconds where a result may have more.
        """
        if self.read or self._errors:
            return False
        given = self._connection.execute(f"DESCRIBE {rows}").fetchall()
        mine = self._connection.execute(f"DESCRIBE {self.name}").fetchall()[: len(self._columns)]
        if [column[1] for column in given] != [column[1] for column in mine]:
            return False
        names = [quoted(c.name) for c in self._columns]
        read = [encoding.read_back.get(c.name, "NULL") for c in self._columns]
        pairs = zip(names, read, strict=True)
        differ = [f"{name} IS DISTINCT FROM {seen}" for name, seen in pairs if name != seen]
        if not differ:
            return True
        found = self._connection.execute(
            f"SELECT 1 FROM (SELECT * FROM {rows}) t({', '.join(names)}) "
            f"WHERE {' OR '.join(differ)} LIMIT 1"
        )
        return not found.fetchall()

    def adopt(self, rows: str, placed: Sequence[Placed]) -> None:
        """Become a table that `fits`, whose rows are these records, one after another."""
        connection = self._connection
        self._appender.flush()
        given = [quoted(c[0]) for c in connection.execute(f"DESCRIBE {rows}").fetchall()]
        wanted = [quoted(c.name) for c in self._columns]
        if given != wanted:  # by way of other names, for one may be another's now
            between = [f'"__column{n}"' for n in range(len(given))]
            for old, new in (*zip(given, between, strict=True), *zip(between, wanted, strict=True)):
                connection.execute(f"ALTER TABLE {rows} RENAME COLUMN {old} TO {new}")
        for column in _SYSTEM:
            connection.execute(f"ALTER TABLE {rows} ADD COLUMN {column}")
        sizes = [len(part) for part in placed]
        columns = {
            "__number": np.concatenate([part.numbers for part in placed]),
            "__at": np.concatenate([part.partitions for part in placed]),
            "__time": np.repeat(np.array([part.timestamp for part in placed]), sizes),
            "__place": np.arange(sum(sizes)),
        }
        vectors = {name: Vector(values) for name, values in columns.items()}
        with scanned(connection, "__written", vectors):
            connection.execute(
                f'UPDATE {rows} SET "__partition" = w."__at", '
                '"$rowtime" = make_timestamptz(w."__time" * 1000), "__seq" = w."__number" '
                f'FROM "__written" w WHERE {rows}.rowid = w."__place"'
            )
        name = self.name.rpartition(".")[2]
        connection.begin()
        connection.execute(f"DROP TABLE {self.name}")
        connection.execute(f"ALTER TABLE {rows} RENAME TO {name}")
        connection.commit()
        self._appender = connection.appender(self.name)

    def written(self, placed: Placed) -> Block:
        """Return rows that were placed as the records they are."""
        connection, encoding = self._connection.cursor(), placed.encoding
        first, last = placed.numbers[0], placed.numbers[-1]
        rows = f'SELECT * FROM {self.name} WHERE "__seq" BETWEEN {first} AND {last}'
        try:
            prepare(connection)
            found = fetch_blobs(connection.sql(encoded(encoding, f'{rows} ORDER BY "__seq"')))
        finally:
            connection.close()
        values = found[0]
        nothing = Parts(values.data, values.starts[:-1], np.full(len(placed), -1))
        return Block(
            self._topic,
            placed.numbers,
            placed.partitions,
            placed.offsets,
            np.full(len(placed), placed.timestamp),
            _parts(found[1]) if encoding.key else nothing,
            _parts(values),
            {},
        )

    def holds(self, placed: Placed) -> bool:
        """Return whether these rows are here."""
        return placed.holder is self

    # -- reading --------------------------------------------------------------------------------

    def check(self, span: Span) -> None:
        """Raise DecodeError if a record within the span could not be read."""
        if self._handling == "fail" and (found := self.unread(span.after, span.upto)):
            raise DecodeError(found[0].error)

    def unread(self, after: int, upto: int) -> list[Unread]:
        """Return what could not be read between two record numbers."""
        return [u for u in self._errors if after < u.number <= upto]

    def select(
        self, table: Table, span: Span, marks: str | None = None, *, versions: bool = False
    ) -> str:
        """Return the query that folds the span by the table's mode, in the order of arrival.

        `marks` is the table of `__wm` by `__seq`, `versions` asks for every record unfolded, as
        in `Store.bind`.
        """
        names = relation_names(table)
        columns = [quoted(names[c.name]) for c in stored_columns(table)]
        stored = ", ".join([*columns, '"$rowtime"', '"__seq"'])
        if versions:
            stored += f', ("__gone" OR NOT {ADDS}) AS "__gone", "__op"'
            table = replace(table, mode="append")
        if marks is None:
            return self._folded(table, span, f'{stored}, CAST(NULL AS BIGINT) AS "__wm"')
        rows = self._folded(table, span, stored)
        return f'SELECT f.*, m."__wm" FROM ({rows}) f JOIN {marks} m USING ("__seq")'

    def _folded(self, table: Table, span: Span, shown: str) -> str:
        has_removals = self._first_removal <= span.upto
        return folded(self.name, table, span, shown, has_removals=has_removals)

    def history(self, table: Table, span: Span, marks: str | None = None) -> str:
        """Return the query of every version of every row, as `folds.history_of`."""
        return history_of(self.name, table, span, marks)

    def proposals(self, span: Span, expression: str | None) -> str:
        """Return the query of `Store.proposals`."""
        proposed = expression or 'epoch_ms("$rowtime")'
        return (
            f'SELECT "__seq", "__partition", CAST({proposed} AS BIGINT) FROM {self.name} '
            f'WHERE {span.condition} ORDER BY "__seq"'
        )

    def lend(self) -> None:
        """Keep the rows, even beyond `drop`, until `take_back`."""
        with self.lock:
            self._readers += 1

    def take_back(self) -> None:
        """End one `lend`."""
        with self.lock:
            self._readers -= 1
            self._free()

    def drop(self) -> None:
        """Free the rows."""
        with self.lock:
            self._is_done = True
            self._free()

    def _free(self) -> None:
        if self._is_done and not self._readers:
            self._connection.execute(f"DROP TABLE IF EXISTS {self.name}")


def _parts(blobs: Blobs) -> Parts:
    return Parts(blobs.data, blobs.starts[:-1], np.diff(blobs.starts))


def _place(record: Record) -> str:
    return (
        f"The record in topic '{record.topic}', partition {record.partition}, "
        f"offset {record.offset} does not fit the table"
    )
