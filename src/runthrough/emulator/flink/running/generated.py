"""The rows of faker tables, while a statement runs: each statement has rows of its own.

Source: facts/flink-sql-ai.md 4.6. Rows come by the engine's clock; the log they lie in is the
statement's alone and goes with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from runthrough.emulator.broker import Record
from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.formats.generated_format import GENERATED
from runthrough.emulator.flink.generating.rows import (
    RowMaker,
    is_generated,
    number_of,
    rate_of,
)
from runthrough.emulator.flink.plan import Query, Source
from runthrough.emulator.flink.running.store import Store

AT_ONCE = 10_000
"""So many rows of one table are made in one go at most; the rest with the next look."""


class _Generator:
    """Makes the rows of one source."""

    def __init__(self, table: Table, log: str, now: dt.datetime) -> None:
        self.log, self._maker = log, RowMaker(table)
        self._rate, self._number = rate_of(table), number_of(table)
        self._began, self._made = now, 0

    @property
    def bounded(self) -> bool:
        return self._number is not None

    @property
    def exhausted(self) -> bool:
        return self._number is not None and self._made >= self._number

    def due(self, now: dt.datetime) -> list[Record]:
        """Return the rows that have come since the last time, each with the time it came at."""
        upto = 1 + int((now - self._began).total_seconds() * self._rate)
        if self._number is not None:
            upto = min(upto, self._number)
        upto = min(upto, self._made + AT_ONCE)
        records = []
        for place in range(self._made, upto):
            moment = self._began + dt.timedelta(seconds=place / self._rate)
            at = round(moment.timestamp() * 1000)
            records.append(Record(self.log, 0, place, at, None, self._maker.row(moment)))
        self._made = max(self._made, upto)
        return records


class Generated:
    """The faker tables that one query reads.

    Attributes:
        query: the query, which reads their logs instead of them.
        tables: what the engine calls them.
    """

    def __init__(self, query: Query, store: Store, clock: Callable[[], dt.datetime]) -> None:
        """Begin now. Raises SqlError if a table's columns cannot be filled."""
        self._store, self._clock = store, clock
        self._generators: list[_Generator] = []
        self._alone = all(is_generated(source.table) for source in query.sources)
        self.tables = tuple(s.table.topic for s in query.sources if is_generated(s.table))
        self.query = replace(query, sources=tuple(map(self._reading_log, query.sources)))

    def _reading_log(self, source: Source) -> Source:
        table = source.table
        if not is_generated(table):
            return source
        # No topic has a blank in its name.
        log = f"{table.name} {self._store.new_table_name()}"
        self._generators.append(_Generator(table, log, self._clock()))
        made = replace(
            table,
            path=(*table.path[:2], log),
            prefix="",
            options={"value.format": GENERATED},
            primary_key=(),
            distributed_by=(),
            buckets=1,
        )
        return replace(source, table=made)

    @property
    def bounded(self) -> bool:
        """Whether the query reads nothing else, and their rows come to an end."""
        return self._alone and all(g.bounded for g in self._generators)

    @property
    def exhausted(self) -> bool:
        """Whether all rows are there."""
        return all(g.exhausted for g in self._generators)

    def holds(self, log: str) -> bool:
        """Return whether a source's table is one of the logs."""
        return any(g.log == log for g in self._generators)

    def advance(self) -> None:
        """Make the rows that are due. Raises SqlError where a value does not fit its column."""
        now = self._clock()
        for generator in self._generators:
            self._store.append(generator.due(now))

    def close(self) -> None:
        """Forget the rows."""
        for generator in self._generators:
            self._store.forget(generator.log)
