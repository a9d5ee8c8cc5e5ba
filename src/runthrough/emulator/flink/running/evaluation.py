"""A query, evaluated again and again: what changed since the last time.

Stateless queries see new records only. All others see their inputs whole, and the difference
between two results is their changelog (design §7, `changes`). Where the planner says which keys
new records touch (`plan.Restriction`), two results of those keys alone are compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from runthrough.emulator.flink.plan import (
    EvaluateStage,
    ModelStage,
    OverStage,
    Query,
)
from runthrough.emulator.flink.running.bulk_writer import Bulk
from runthrough.emulator.flink.running.callers import Caller
from runthrough.emulator.flink.running.changes import (
    DELETE,
    INSERT,
    UPDATE_AFTER,
    UPDATE_BEFORE,
    Change,
    Row,
    paired,
    passed,
)
from runthrough.emulator.flink.running.evaluate_stage import measure
from runthrough.emulator.flink.running.extents import Extent
from runthrough.emulator.flink.running.memory import give_back
from runthrough.emulator.flink.running.model_stage import call_model
from runthrough.emulator.flink.running.ordered import compute_stage
from runthrough.emulator.flink.running.relations import columns_of, count_of, in_order
from runthrough.emulator.flink.running.shelved import Shelved
from runthrough.emulator.flink.running.source_time import SourceTimes, TimeSettings
from runthrough.emulator.flink.running.spent import spent_after
from runthrough.emulator.flink.running.store import Store, quoted

BULK = 1_000
"""So many insertions are written faster in bulk."""


class EvaluationError(Exception):
    """The emulator's own rules are broken: said instead of a wrong result."""


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

    @property
    def done(self) -> dict[str, int]:
        """The number of the last record that was seen, by source's relation."""
        return dict(self._done)

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
            elif self._query.stateless:
                self._bind(connection, self._done, upto)
                found = self._inserted(connection, self._compute(connection, keep=bulk), bulk=bulk)
            elif self._fresh:
                found = self._first(connection, upto, bulk=bulk)
            else:
                found = self._difference(connection, upto)
        finally:
            connection.close()
        self._done, self._fresh = dict(upto), False
        return found

    # -- computing ------------------------------------------------------------------------------

    def _bind(
        self,
        connection: duckdb.DuckDBPyConnection,
        after: Mapping[str, int],
        upto: Mapping[str, int],
        *,
        op: int | None = None,
        only: Mapping[str, str] | None = None,
    ) -> None:
        """Make the sources' relations.

        Args:
            connection: where.
            after: the numbers of the records after which they begin, by relation.
            upto: those of the last ones.
            op: records of this kind alone.
            only: DuckDB text that holds for the records to be read, by relation.
        """
        connection.execute("SET TimeZone = ?", [self._time_zone])
        self._store.read_ahead([(s.table, upto[s.relation]) for s in self._query.sources])
        for source in self._query.sources:
            relation = source.relation
            span = self._extents[relation].span(after[relation], upto[relation], op)
            span = span.narrowed((only or {}).get(relation, ""))
            marks = self._times.marks(relation)
            self._store.bind(
                connection, relation, source.table, span, marks, versions=source.versions
            )
            if source.history:
                self._store.bind_history(connection, relation, source.table, span, marks)

    def _compute(self, connection: duckdb.DuckDBPyConnection, *, keep: bool = False) -> str:
        """Run the stages over the relations that are bound; return the result's relation.

        It is a table that outlives the connection if it shall be kept.
        """
        made = ""
        spent = spent_after(self._query.stages)
        for stage, tables in zip(self._query.stages, spent, strict=True):
            made = quoted(stage.relation)
            if isinstance(stage, ModelStage):
                call_model(connection, stage, self._callers[stage.relation])
            elif isinstance(stage, EvaluateStage):
                measure(connection, stage)
            elif isinstance(stage, OverStage):
                compute_stage(connection, stage)
            else:
                kind = "TEMP TABLE"
                if keep and stage is self._query.stages[-1]:
                    kind, made = "TABLE", self._store.new_table_name()
                connection.execute(f"CREATE OR REPLACE {kind} {made} AS {stage.sql}")
            for table in tables:
                connection.execute(f"DROP TABLE IF EXISTS {quoted(table)}")
        # What is fetched afterwards is instants; Python's side knows fewer zones than DuckDB's.
        connection.execute("SET TimeZone = 'UTC'")
        return made

    def _passed(
        self, connection: duckdb.DuckDBPyConnection, upto: Mapping[str, int], *, bulk: bool
    ) -> list[Change] | Bulk:
        """Return what was there at the start, and later each record with its own kind."""
        if self._fresh:
            self._bind(connection, self._done, upto)
            return self._inserted(connection, self._compute(connection, keep=bulk), bulk=bulk)
        rows = []
        for op in (INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE):
            self._bind(connection, self._done, upto, op=op)
            rows.append(self._rows(connection, self._compute(connection)))
        return passed(rows)

    # -- what is new ----------------------------------------------------------------------------

    def _columns(self, connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
        """Return a result's columns that count: the query's, its identity's, when it was seen."""
        names = columns_of(connection, relation)[: len(self._query.columns)]
        seen = (self._query.seen,) if self._query.seen else ()
        return [*names, *(quoted(name) for name in (*self._query.identity, *seen))]

    def _rows(self, connection: duckdb.DuckDBPyConnection, relation: str) -> list[Row]:
        names = self._columns(connection, relation)[: len(self._query.columns)]
        return connection.execute(f"SELECT {', '.join(names)} FROM {relation}").fetchall()

    def _inserted(
        self, connection: duckdb.DuckDBPyConnection, relation: str, *, bulk: bool
    ) -> list[Change] | Bulk:
        """Return a result as insertions; in bulk it is a table that is handed on."""
        count = count_of(connection, relation) if bulk else 0
        if count >= BULK:
            names = self._columns(connection, relation)[: len(self._query.columns)]
            return Bulk(relation, names, count)
        rows = self._rows(connection, relation)
        if relation != self._last:
            connection.execute(f"DROP TABLE {relation}")
        return [Change(INSERT, row) for row in rows]

    def _first(
        self, connection: duckdb.DuckDBPyConnection, upto: Mapping[str, int], *, bulk: bool
    ) -> list[Change] | Bulk:
        """Return all of the first result; it is kept if the next one is compared with it."""
        self._bind(connection, self._done, upto)
        bulk = bulk and not self._query.seen
        if self._key is None:
            table = self._compute(connection, keep=True)
        else:
            table = self._store.new_table_name()
            folded = self._folded(connection, self._compute(connection))
            connection.execute(f"CREATE TABLE {table} AS {folded}")
        if not self._query.restrictions:
            self._last = table
            return self._inserted(connection, table, bulk=bulk)
        for name in columns_of(connection, table)[len(self._query.columns) :]:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
        return self._inserted(connection, table, bulk=bulk)

    def _folded(self, connection: duckdb.DuckDBPyConnection, relation: str) -> str:
        """Return the query of a result's rows; of each key of an upsert sink the last one."""
        names = self._columns(connection, relation)
        rows = f"SELECT {', '.join(names)} FROM {relation}"
        if self._key is None:
            return rows
        keys = ", ".join(names[position] for position in self._key)
        order = f"row_number() OVER (PARTITION BY {keys} ORDER BY rowid DESC)"
        return f"{rows} QUALIFY {order} = 1"

    def _difference(
        self, connection: duckdb.DuckDBPyConnection, upto: Mapping[str, int]
    ) -> list[Change]:
        """Return how the result differs from what it was before the new records."""
        if self._query.restrictions:
            if not self.is_behind(upto):
                return []
            only = self._touched(connection, upto)
            self._part(connection, "__before", self._done, only)
            self._part(connection, "__now", upto, only)
            last = '"__before"'
        else:
            self._part(connection, "__now", upto, {})
            last = self._last or ""
        names = self._columns(connection, '"__now"')
        before, after = (f"SELECT {', '.join(names)} FROM {r}" for r in (last, '"__now"'))
        added = in_order(connection, names, f"{after} EXCEPT ALL {before}")
        removed = connection.execute(f"{before} EXCEPT ALL {after}").fetchall()
        if (added or removed) and not self._query.restrictions:
            self._replace_last(connection, after)
        if removed and self._query.insert_only and self._key is None:
            raise EvaluationError(
                "The emulator computed an update of a row that Flink would never change. This is a "
                "fault of the emulator; the live target is not affected."
            )
        return paired(removed, added, len(self._query.columns), self._pairing_key())

    def _part(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        upto: Mapping[str, int],
        only: Mapping[str, str],
    ) -> None:
        """Make a temporary table of the result, or of the part of it that `only` asks for."""
        starts = {relation: extent.after for relation, extent in self._extents.items()}
        self._bind(connection, starts, upto, only=only)
        folded = self._folded(connection, self._compute(connection))
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {folded}")

    def _touched(
        self, connection: duckdb.DuckDBPyConnection, upto: Mapping[str, int]
    ) -> dict[str, str]:
        """Return which records have to be read again because of the new ones, by relation.

        Nothing is returned, and all is read, where no restriction holds for all sources that
        have new records.
        """
        new = [relation for relation, done in self._done.items() if upto[relation] > done]
        found = (r for r in self._query.restrictions if r.keys.keys() >= set(new))
        restriction = next(found, None)
        if restriction is None:
            return {}
        tables = {source.relation: source.table for source in self._query.sources}
        keys = []
        for n, relation in enumerate(new):
            span = self._extents[relation].span(self._done[relation], upto[relation])
            self._store.bind(connection, f"__new{n}", tables[relation], span, versions=True)
            keys.append(f'SELECT {restriction.named(relation)} FROM "__new{n}"')
        connection.execute(
            'CREATE OR REPLACE TEMP TABLE "__touched" AS SELECT DISTINCT * '
            f"FROM ({' UNION ALL '.join(keys)})"
        )
        return {r: restriction.condition(r, "__touched") for r in restriction.keys}

    def _replace_last(self, connection: duckdb.DuckDBPyConnection, now: str) -> None:
        """Keep a result instead of the last one, which stays where this fails."""
        table = self._last if self._shelved is None else self._store.new_table_name()
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS {now}")
        if self._shelved is not None:
            self._shelved.shelf.take_back()
        self._shelved, self._last = None, table

    def _pairing_key(self) -> tuple[int, ...] | None:
        if self._key is not None:
            return self._key
        width = len(self._query.columns)
        if self._query.identity:
            return tuple(range(width, width + len(self._query.identity)))
        return self._query.upsert_key

    # -- keeping --------------------------------------------------------------------------------

    def release(self, found: list[Change] | Bulk) -> None:
        """Free what was returned; what is kept of it is read from its topic's shelf, if it can."""
        if not isinstance(found, Bulk):
            return
        shelved = found.shelved
        if shelved is None:
            if found.table != self._last:
                self._drop([found.table])
        elif found.table == self._last:
            self._shelved, self._last = shelved, f"({shelved.select(found.columns)})"
        else:
            shelved.shelf.take_back()
        give_back()

    def close(self) -> None:
        """Forget the last result and the watermarks."""
        tables = list(self._times.tables())
        if self._shelved is not None:
            self._shelved.shelf.take_back()
        elif self._last is not None:
            tables.append(self._last)
        self._last = self._shelved = None
        self._drop(tables)

    def _drop(self, tables: Sequence[str]) -> None:
        if not tables:
            return
        connection = self._store.connect()
        try:
            for table in tables:
                connection.execute(f"DROP TABLE IF EXISTS {table}")
        finally:
            connection.close()
