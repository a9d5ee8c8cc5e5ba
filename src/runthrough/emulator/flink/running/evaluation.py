"""A query, evaluated again and again: what changed since the last time.

Stateless queries see new records only. All others see their inputs whole, and the difference
between two results is their changelog (design §7): rows that share a key are an update, the rest
are deletions and insertions (facts/flink-sql-ai.md 5.7).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from runthrough.emulator.flink.plan import (
    EvaluateStage,
    ModelStage,
    OverStage,
    Query,
    SqlStage,
)
from runthrough.emulator.flink.running.bulk_writer import Bulk
from runthrough.emulator.flink.running.callers import Caller
from runthrough.emulator.flink.running.evaluate_stage import measure
from runthrough.emulator.flink.running.extents import Extent
from runthrough.emulator.flink.running.memory import give_back
from runthrough.emulator.flink.running.model_stage import call_model
from runthrough.emulator.flink.running.ordered import compute_stage
from runthrough.emulator.flink.running.relations import columns_of, count_of, in_order
from runthrough.emulator.flink.running.shelved import Shelved
from runthrough.emulator.flink.running.source_time import SourceTimes, TimeSettings
from runthrough.emulator.flink.running.store import Store, quoted

INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE = range(4)

BULK = 1_000
"""So many insertions are written faster in bulk."""

_NEAR = 100
"""How many rows are looked at to find the other half of an update."""


class EvaluationError(Exception):
    """The emulator's own rules are broken: said instead of a wrong result."""


@dataclass(frozen=True)
class Change:
    """One changelog record: op and the values of the query's columns."""

    op: int
    row: tuple[Any, ...]


class Evaluation:
    """One query of one statement."""

    def __init__(
        self,
        query: Query,
        store: Store,
        callers: Mapping[str, Caller],
        *,
        extents: Mapping[str, Extent],
        time_zone: str,
        time: TimeSettings,
        key: tuple[int, ...] | None = None,
    ) -> None:
        """Prepare an evaluation.

        Args:
            query: what to evaluate.
            store: where the inputs are.
            callers: model stage's relation → who calls.
            extents: source's relation → what is read of it.
            time_zone: the session's.
            time: how the sources keep their watermarks.
            key: positions of an upsert sink's primary key; the last row of each key counts.
        """
        self._query, self._store, self._callers = query, store, callers
        self._extents, self._time_zone, self._key = dict(extents), time_zone, key
        self._done = {name: extent.after for name, extent in extents.items()}
        self._fresh = True
        self._kept: str | None = None
        self._last: str | None = None
        self._shelved: Shelved | None = None
        self._times = SourceTimes(query, store, time)

    def time_has_moved(self) -> bool:
        """Return whether a watermark rose that the query waits for, without a record."""
        return self._query.timed and self._times.pass_time()

    def waits_for_time(self) -> bool:
        """Return whether a watermark that the query waits for may rise without a record."""
        return self._query.timed and self._times.waits()

    def end(self, relation: str, newest: int) -> int:
        """Return up to which number a source is read, where its topic ends at `newest`."""
        upto = self._extents[relation].upto
        return newest if upto is None else min(newest, upto)

    def is_behind(self, upto: Mapping[str, int]) -> bool:
        """Return whether a source has records that were not seen yet."""
        return any(upto[relation] > done for relation, done in self._done.items())

    def changes(self, upto: Mapping[str, int]) -> list[Change]:
        """Evaluate with each source up to a record number; return what is new, row by row.

        Raises as `evaluate`.
        """
        found = self.evaluate(upto, bulk=False)
        if isinstance(found, Bulk):
            raise EvaluationError("a bulk that nobody asked for")
        return found

    def release(self, found: list[Change] | Bulk) -> None:
        """Free what was returned; what is kept of it is read from its topic's shelf, if it can."""
        if not isinstance(found, Bulk):
            return
        connection = self._store.connect()
        try:
            if found.table == self._last:
                self._share(connection, found)
            if found.table != self._last:
                connection.execute(f"DROP TABLE IF EXISTS {found.table}")
        finally:
            connection.close()
        give_back()

    def _share(self, connection: duckdb.DuckDBPyConnection, found: Bulk) -> None:
        """Let the shelf's rows be the last result, where they are the same to the last bit."""
        shelved = found.shelved
        if shelved is None or self._query.identity:
            return
        shelved.shelf.lend()
        if shelved.equals(connection, found.table, found.columns):
            self._shelved, self._last = shelved, f"({shelved.select(found.columns)})"
        else:
            shelved.shelf.take_back()

    def evaluate(self, upto: Mapping[str, int], *, bulk: bool) -> list[Change] | Bulk:
        """Evaluate with each source up to a record number; return what is new.

        Args:
            upto: source's relation → the number of the last record to be seen.
            bulk: many insertions may be returned as a `Bulk`, to be released after use.

        Raises:
            duckdb.Error: the query failed on its data.
            DecodeError: an input holds a record that is not a row.
            ModelError: a model call failed.
            EvaluationError: an insert-only query gave an update.
        """
        connection = self._store.connect(self._time_zone)
        try:
            self._times.advance(
                connection,
                {n: e.span(self._done[n], upto[n]) for n, e in self._extents.items()},
            )
            if self._query.passes and self._key is None:
                found = self._passed(connection, upto, bulk=bulk)
            else:
                keep = self._keeps_first()
                self._compute(connection, upto, keep=keep)
                self._kept = self._last if keep else None
                stateless = self._query.stateless
                found = (
                    self._all_rows(connection, bulk=bulk)
                    if stateless
                    else self._diff(connection, bulk=bulk)
                )
        finally:
            connection.close()
        self._done, self._fresh = dict(upto), False
        return found

    def _keeps_first(self) -> bool:
        """Return whether the last stage's rows are the result to be kept as they are."""
        if self._last is not None or self._query.stateless or self._key is not None:
            return False
        return isinstance(self._query.stages[-1], SqlStage)

    def _compute(
        self,
        connection: duckdb.DuckDBPyConnection,
        upto: Mapping[str, int],
        op: int | None = None,
        *,
        keep: bool = False,
    ) -> None:
        """Run the stages over the sources.

        Args:
            connection: where to.
            upto: as `evaluate`.
            op: over new records of this kind alone.
            keep: the last stage's rows become the last result.
        """
        only_new = self._query.stateless or op is not None
        connection.execute("SET TimeZone = ?", [self._time_zone])
        self._store.read_ahead([(s.table, upto[s.relation]) for s in self._query.sources])
        for source in self._query.sources:
            relation = source.relation
            extent = self._extents[relation]
            after = self._done[relation] if only_new else extent.after
            span = extent.span(after, upto[relation], op)
            marks = self._times.marks(relation)
            self._store.bind(
                connection, relation, source.table, span, marks, versions=source.versions
            )
            if source.history:
                self._store.bind_history(connection, relation, source.table, span, marks)
        for stage in self._query.stages:
            if isinstance(stage, ModelStage):
                call_model(connection, stage, self._callers[stage.relation])
            elif isinstance(stage, EvaluateStage):
                measure(connection, stage)
            elif isinstance(stage, OverStage):
                compute_stage(connection, stage)
            else:
                kind, name = "TEMP TABLE", quoted(stage.relation)
                if keep and stage is self._query.stages[-1]:
                    kind, name = "TABLE", self._store.new_table_name()
                    self._last = name
                connection.execute(f"CREATE OR REPLACE {kind} {name} AS {stage.sql}")
            for relation in self._read_last_by(stage):
                connection.execute(f"DROP TABLE IF EXISTS {quoted(relation)}")
        # What is fetched afterwards is instants; Python's side knows fewer zones than DuckDB's.
        connection.execute("SET TimeZone = 'UTC'")

    def _read_last_by(self, stage: object) -> list[str]:
        """Return the stages before this one that none behind it names."""
        place = self._query.stages.index(stage)
        behind = " ".join(repr(later) for later in self._query.stages[place + 1 :])
        if not behind:
            return []
        before = [s for s in self._query.stages[:place] if isinstance(s, SqlStage | ModelStage)]
        return [s.relation for s in before if s.relation not in behind]

    def _passed(
        self, connection: duckdb.DuckDBPyConnection, upto: Mapping[str, int], *, bulk: bool
    ) -> list[Change] | Bulk:
        """Return what was there at the start, and later each record with its own kind.

        A row's two halves may lie in two partitions and arrive apart; a -U stands before the +U
        that is most like it.
        """
        if self._fresh:
            self._compute(connection, upto)
            return self._all_rows(connection, bulk=bulk)
        rows: dict[int, list[tuple[Any, ...]]] = {}
        for op in (INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE):
            self._compute(connection, upto, op)
            rows[op] = [change.row for change in self._new_rows(connection)]
        return [
            *(Change(DELETE, row) for row in rows[DELETE]),
            *_halves_together(rows[UPDATE_BEFORE], rows[UPDATE_AFTER]),
            *(Change(INSERT, row) for row in rows[INSERT]),
        ]

    def close(self) -> None:
        """Forget the last result and the watermarks."""
        tables = list(self._times.tables())
        if self._shelved is not None:
            self._shelved.shelf.take_back()
        elif self._last is not None:
            tables.append(self._last)
        self._last = self._shelved = None
        if tables:
            connection = self._store.connect()
            for table in tables:
                connection.execute(f"DROP TABLE IF EXISTS {table}")
            connection.close()

    def _result(self, connection: duckdb.DuckDBPyConnection) -> tuple[str, list[str]]:
        """Return the last stage's relation and its columns that count."""
        relation = self._kept or quoted(self._query.stages[-1].relation)
        names = columns_of(connection, relation)[: len(self._query.columns)]
        return relation, [*names, *(quoted(name) for name in self._query.identity)]

    def _new_rows(self, connection: duckdb.DuckDBPyConnection) -> list[Change]:
        relation, names = self._result(connection)
        width = len(self._query.columns)
        rows = connection.execute(f"SELECT {', '.join(names[:width])} FROM {relation}").fetchall()
        return [Change(INSERT, row) for row in rows]

    def _all_rows(
        self, connection: duckdb.DuckDBPyConnection, *, bulk: bool
    ) -> list[Change] | Bulk:
        """Return the result as insertions."""
        relation, names = self._result(connection)
        if not bulk or count_of(connection, relation) < BULK:
            return self._new_rows(connection)
        table, columns = self._store.new_table_name(), names[: len(self._query.columns)]
        connection.execute(f"CREATE TABLE {table} AS SELECT {', '.join(columns)} FROM {relation}")
        return Bulk(table, columns, count_of(connection, table))

    def _diff(self, connection: duckdb.DuckDBPyConnection, *, bulk: bool) -> list[Change] | Bulk:
        relation, names = self._result(connection)
        if self._kept is not None:
            others = set(columns_of(connection, self._kept)) - set(names)
            for name in others:
                connection.execute(f"ALTER TABLE {self._kept} DROP COLUMN {name}")
            return self._first(connection, names, bulk=bulk)
        columns = ", ".join(names)
        now = f"SELECT {columns} FROM {relation}"
        if self._key is not None:
            keys = ", ".join(names[position] for position in self._key)
            order = f"row_number() OVER (PARTITION BY {keys} ORDER BY rowid DESC)"
            now += f" QUALIFY {order} = 1"
        if self._last is None:
            self._last = self._store.new_table_name()
            connection.execute(f"CREATE TABLE {self._last} AS {now}")
            return self._first(connection, names, bulk=bulk)
        connection.execute(f'CREATE OR REPLACE TEMP TABLE "__now" AS {now}')
        before, after = f"SELECT * FROM {self._last}", 'SELECT * FROM "__now"'
        added = in_order(connection, names, f"{after} EXCEPT ALL {before}")
        removed = connection.execute(f"{before} EXCEPT ALL {after}").fetchall()
        if added or removed:
            if self._shelved is not None:
                self._shelved.shelf.take_back()
                self._shelved, self._last = None, self._store.new_table_name()
            connection.execute(f"CREATE OR REPLACE TABLE {self._last} AS {after}")
        return self._pair(removed, added)

    def _first(
        self, connection: duckdb.DuckDBPyConnection, names: Sequence[str], *, bulk: bool
    ) -> list[Change] | Bulk:
        """Return all of the first result."""
        last = self._last or ""
        count = count_of(connection, last)
        if bulk and count >= BULK:
            return Bulk(last, names[: len(self._query.columns)], count)
        return self._pair([], connection.execute(f"SELECT * FROM {last}").fetchall())

    def _pair(
        self, removed: Sequence[tuple[Any, ...]], added: Sequence[tuple[Any, ...]]
    ) -> list[Change]:
        """Order the difference: deletions, then updates and insertions."""
        width = len(self._query.columns)
        if removed and self._query.insert_only and self._key is None:
            raise EvaluationError(
                "The emulator computed an update of a row that Flink would never change. This is a "
                "fault of the emulator; the live target is not affected."
            )
        key = self._pairing_key()
        waiting: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
        if key is not None:
            for row in removed:
                waiting[_hashable([row[n] for n in key])].append(row)
        changes: list[Change] = []
        for row in added:
            partners = waiting.get(_hashable([row[n] for n in key])) if key is not None else None
            if partners:
                changes.append(Change(UPDATE_BEFORE, partners.pop(0)[:width]))
                changes.append(Change(UPDATE_AFTER, row[:width]))
            else:
                changes.append(Change(INSERT, row[:width]))
        gone = removed if key is None else [row for rows in waiting.values() for row in rows]
        return [*(Change(DELETE, row[:width]) for row in gone), *changes]

    def _pairing_key(self) -> tuple[int, ...] | None:
        if self._key is not None:
            return self._key
        width = len(self._query.columns)
        if self._query.identity:
            return tuple(range(width, width + len(self._query.identity)))
        return self._query.upsert_key


def _halves_together(
    before: Sequence[tuple[Any, ...]], after: Sequence[tuple[Any, ...]]
) -> list[Change]:
    """Return updates with each -U in front of the +U that shares most values with it."""
    left = list(after)
    changes: list[Change] = []
    for row in before:
        changes.append(Change(UPDATE_BEFORE, row))
        if left:
            near = left[:_NEAR]
            shared = [sum(a == b for a, b in zip(row, other, strict=True)) for other in near]
            changes.append(Change(UPDATE_AFTER, left.pop(shared.index(max(shared)))))
    return [*changes, *(Change(UPDATE_AFTER, row) for row in left)]


def _hashable(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_hashable(item) for item in value)
    if isinstance(value, dict):
        return tuple((_hashable(k), _hashable(v)) for k, v in value.items())
    return value
