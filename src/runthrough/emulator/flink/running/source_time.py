"""The time of a statement's sources: their watermarks, kept where its stages can read them.

`__wm`, the watermark before each record, lies in a table of DuckDB that grows with the source; the
watermark now is the variable `wm_<relation>` (`plan.Source`), and the one after the last record,
also of an input that has ended, `seen_<relation>`. A snapshot has no late records: its
`__wm` is NULL and its watermark that of an input that has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from runthrough.emulator.flink.plan import Query, Source
from runthrough.emulator.flink.running.store import Span, Store, quoted
from runthrough.emulator.flink.running.watermarks import (
    CONFLUENTS_WATERMARKS,
    INPUT_ENDED,
    Arrival,
    Tracker,
    WatermarkSettings,
)


@dataclass(frozen=True)
class TimeSettings:
    """How a statement's sources keep their time.

    Attributes:
        clock: the engine's.
        timeout: see `watermarks.idle_timeout`.
        batch: a snapshot: no record is late.
        ended: relations whose input ends with what is there.
    """

    clock: Callable[[], datetime]
    marks: WatermarkSettings = CONFLUENTS_WATERMARKS
    timeout: int | None = None
    batch: bool = False
    ended: frozenset[str] = frozenset()


class SourceTimes:
    """The watermarks of all sources of one query."""

    def __init__(self, query: Query, store: Store, settings: TimeSettings) -> None:
        self._store, self._settings = store, settings
        self._ended = settings.ended
        self._tracked = [] if settings.batch else [s for s in query.sources if _needs(query, s)]
        self._all = query.sources
        now = self._now()
        self._trackers = {
            s.relation: Tracker(
                range(s.table.buckets),
                now=now,
                declared=s.watermark is not None,
                settings=settings.marks,
                timeout=settings.timeout,
            )
            for s in self._tracked
        }
        self._tables: dict[str, str] = {}

    def advance(self, connection: duckdb.DuckDBPyConnection, spans: Mapping[str, Span]) -> None:
        """Walk over the records of each source's span, and set the variables."""
        now = self._now()
        for source in self._tracked:
            self._walk(connection, source, spans[source.relation], now)
        for source in self._all:
            tracker = self._trackers.get(source.relation)
            ended = self._settings.batch or source.relation in self._ended
            mark = INPUT_ENDED if ended else tracker.current if tracker else None
            name = quoted(f"wm_{source.relation}")
            text = _number(mark)
            connection.execute(f"SET VARIABLE {name} = CAST({text} AS BIGINT)")
            current = tracker.current if tracker else None
            seen, text = quoted(f"seen_{source.relation}"), _number(current)
            connection.execute(f"SET VARIABLE {seen} = CAST({text} AS BIGINT)")

    def marks(self, relation: str) -> str | None:
        """Return the table of `__wm` by `__seq`, None where it is NULL throughout."""
        return self._tables.get(relation)

    def pass_time(self) -> bool:
        """Let idle partitions be idle; return whether a watermark has moved."""
        now = self._now()
        moved = [tracker.pass_time(now) for tracker in self._open().values()]
        return any(moved)

    def waits(self) -> bool:
        """Return whether a watermark may still move without a record."""
        return any(tracker.waits() for tracker in self._open().values())

    def tables(self) -> tuple[str, ...]:
        """Return the tables to be dropped at the end."""
        return tuple(self._tables.values())

    def _open(self) -> dict[str, Tracker]:
        return {r: t for r, t in self._trackers.items() if r not in self._ended}

    def _walk(
        self, connection: duckdb.DuckDBPyConnection, source: Source, span: Span, now: int
    ) -> None:
        table = self._tables.get(source.relation)
        if table is None:
            table = self._tables[source.relation] = self._store.new_table_name()
            connection.execute(f'CREATE TABLE {table} ("__seq" BIGINT, "__wm" BIGINT)')
        found = self._store.proposals(connection, source.table, span, source.watermark)
        arrivals = [Arrival(*row) for row in found]
        before = self._trackers[source.relation].take(arrivals, now)
        if before:
            appender = connection.appender(table)
            appender.append_rows(before)
            appender.flush()

    def _now(self) -> int:
        return int(self._settings.clock().timestamp() * 1000)


def _number(mark: int | None) -> str:
    return "NULL" if mark is None else str(mark)


def _needs(query: Query, source: Source) -> bool:
    """Return whether a query looks at a source's watermark: most do not, and need no tracker."""
    variable = f"wm_{source.relation}"
    stages = (getattr(stage, "sql", "") for stage in query.stages)
    return query.timed or any(variable in sql for sql in stages)
