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
from runthrough.emulator.flink.formats.avro_sql import encoded, prepare
from runthrough.emulator.flink.formats.block_reader import BlockReader
from runthrough.emulator.flink.formats.blocks import Block, Parts
from runthrough.emulator.flink.formats.formats import stored_columns
from runthrough.emulator.flink.formats.row_reader import DecodeError, RowReader, read_op
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.running.log import Placed
from runthrough.emulator.flink.types import duckdb_type

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SYSTEM = (
    '"__op" UTINYINT, "__gone" BOOLEAN, "__partition" INTEGER, '
    '"$rowtime" TIMESTAMP WITH TIME ZONE, "__seq" BIGINT'
)
_REMOVES = (1, 3)
_ADDS = '"__op" IN (0, 2)'
_NONE = 1 << 62
_FEW = 64
"""Fewer records than this are read faster one by one."""


def quoted(name: str) -> str:
    """Return an identifier as DuckDB reads it."""
    return '"' + name.replace('"', '""') + '"'


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


@dataclass(frozen=True)
class Rows:
    """Rows in DuckDB that were written to a topic.

    Attributes:
        select: gives the table's columns under their names, and `__row`, each row's number.
        first: the number of the first of them; the others follow.
    """

    select: str
    first: int


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
        self._connection, self._topic = connection, table.name
        self._columns = stored_columns(table)
        self._rows, self._blocks = RowReader(table, schemas), BlockReader(table, schemas)
        self._fails = table.options.get("error-handling.mode", "fail") == "fail"
        self._errors: list[tuple[int, str]] = []
        self._first_removal = _NONE
        self._readers, self._is_done = 0, False
        names = relation_names(table)
        columns = [f"{quoted(names[c.name])} {duckdb_type(c.type)}" for c in self._columns]
        connection.execute(f"CREATE TABLE {name} ({', '.join([*columns, _SYSTEM])})")
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
                    self._note(row[-1], f"{_place(records[row[-1]])}: {e}")
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
            self._note(number, str(e))
            return []
        when = _EPOCH + dt.timedelta(milliseconds=record.timestamp)
        gone = record.value is None
        return [(*values, read_op(record), gone, record.partition, when, number)]

    def _note(self, number: int, error: str) -> None:
        if self._fails:
            self._errors.append((number, error))

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
        for number, error in self._errors:
            if span.after < number <= span.upto:
                raise DecodeError(error)

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
            stored += f', ("__gone" OR NOT {_ADDS}) AS "__gone", "__op"'
            table = replace(table, mode="append")
        if marks is None:
            return self._fold(table, span, f'{stored}, CAST(NULL AS BIGINT) AS "__wm"')
        folded = self._fold(table, span, stored)
        return f'SELECT f.*, m."__wm" FROM ({folded}) f JOIN {marks} m USING ("__seq")'

    def history(self, table: Table, span: Span, marks: str | None = None) -> str:
        """Return the query of every version of every row, and when it was taken back.

        `plan.Source.history` says what it has; `marks` is as in `select`. Of equal rows of a
        retract table the oldest is taken back first.
        """
        columns = [quoted(c.name) for c in stored_columns(table)]
        stored = ", ".join(f"v.{name}" for name in [*columns, '"$rowtime"', '"__seq"'])
        rows = f"{self.name} WHERE {span.condition}"
        next_one, kept = "CAST(NULL AS BIGINT)", "true"
        if table.mode == "upsert":
            keys = ", ".join(quoted(name) for name in table.primary_key)
            next_one = f'lead("__seq") OVER (PARTITION BY {keys} ORDER BY "__seq")'
            kept = 'NOT v."__gone"'
        elif table.mode == "retract":
            same = ", ".join(quoted(c.name) for c in table.columns if c.kind == "physical")
            place = f'row_number() OVER (PARTITION BY {same}, {_ADDS} ORDER BY "__seq")'
            taken = (
                f'list("__seq" ORDER BY "__seq") FILTER (WHERE NOT {_ADDS}) '
                f"OVER (PARTITION BY {same})"
            )
            next_one, kept = f"list_extract({taken}, {place})", _ADDS
        versions = f'SELECT *, {next_one} AS "__next" FROM {rows}'
        least = "CAST('-9223372036854775808' AS BIGINT)"
        if marks is None:
            marks = f'(SELECT "__seq", CAST(NULL AS BIGINT) AS "__wm" FROM {self.name})'
        return (
            f'SELECT {stored}, m."__wm", CASE WHEN v."__next" IS NOT NULL '
            f'THEN coalesce(g."__wm", {least}) END AS "__taken" FROM ({versions}) v '
            f'JOIN {marks} m USING ("__seq") LEFT JOIN {marks} g ON g."__seq" = v."__next" '
            f"WHERE {kept}"
        )

    def proposals(self, span: Span, expression: str | None) -> str:
        """Return the query of `Store.proposals`."""
        proposed = expression or 'epoch_ms("$rowtime")'
        return (
            f'SELECT "__seq", "__partition", CAST({proposed} AS BIGINT) FROM {self.name} '
            f'WHERE {span.condition} ORDER BY "__seq"'
        )

    def _fold(self, table: Table, span: Span, shown: str) -> str:
        rows, names = f"{self.name} WHERE {span.condition}", relation_names(table)
        if span.op is not None:
            return f'SELECT {shown} FROM {rows} ORDER BY "__seq"'
        if table.mode == "upsert":
            keys = ", ".join(quoted(names[name]) for name in table.primary_key)
            return (
                f'SELECT {shown} FROM {rows} AND "__seq" IN (SELECT max("__seq") FROM {rows} '
                f'GROUP BY {keys}) AND NOT "__gone" ORDER BY "__seq"'
            )
        if table.mode == "retract" and self._first_removal <= span.upto:
            return _without_retracted(table, rows, shown)
        return f"SELECT {shown} FROM {rows}"

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


def _without_retracted(table: Table, rows: str, shown: str) -> str:
    """Return the query of the rows that are left of a retract table's records.

    Most rows are never taken back: only those that some retraction names are counted.
    """
    names = relation_names(table)
    columns = [quoted(names[c.name]) for c in table.columns if c.kind == "physical"]
    same = ", ".join(columns)
    equal = " AND ".join(f"r.{name} IS NOT DISTINCT FROM g.{name}" for name in columns)
    gone = f"(SELECT DISTINCT {same} FROM {rows} AND NOT {_ADDS}) g ON {equal}"
    counted = (
        f'row_number() OVER (PARTITION BY {same}, {_ADDS} ORDER BY "__seq" DESC) AS "__rank", '
        f'sum(CASE WHEN {_ADDS} THEN 1 ELSE -1 END) OVER (PARTITION BY {same}) AS "__left"'
    )
    return (
        f"SELECT {shown} FROM (SELECT * FROM {rows}) r ANTI JOIN {gone} UNION ALL "
        f"SELECT {shown} FROM (SELECT *, {counted} FROM (SELECT * FROM {rows}) r SEMI JOIN {gone}) "
        f'WHERE {_ADDS} AND "__rank" <= "__left" ORDER BY "__seq"'
    )


def _parts(blobs: Blobs) -> Parts:
    return Parts(blobs.data, blobs.starts[:-1], np.diff(blobs.starts))


def _place(record: Record) -> str:
    return (
        f"The record in topic '{record.topic}', partition {record.partition}, "
        f"offset {record.offset} does not fit the table"
    )
