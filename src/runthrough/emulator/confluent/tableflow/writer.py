"""The writer of one topic's Delta table: a thread that follows the topic.

Append tables get a row for each record; upsert tables have the newest row of each key. A record
that cannot be written suspends the writer, as Tableflow does, unless it is told to skip those
(facts/confluent-cloud-api.md 3.8, `error_handling`). Whatever goes wrong is kept as `error`.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import Literal

import duckdb

from runthrough.emulator.confluent.tableflow.columns import (
    UnwritableTypeError,
    schema_json,
    values_sql,
    written_columns,
)
from runthrough.emulator.confluent.tableflow.delta import GONE, DeltaError, DeltaWriter
from runthrough.emulator.flink.catalog import Mode, Table
from runthrough.emulator.flink.formats.row_reader import DecodeError
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.running.feeds import Feed, FeedEndedError
from runthrough.emulator.flink.running.store import quoted

log = logging.getLogger(__name__)

OnBadRecord = Literal["SUSPEND", "SKIP"]

_JOIN_SECONDS = 15.0
_EXPECTED = (DeltaError, DecodeError, FeedEndedError, SqlError, UnwritableTypeError, duckdb.Error)


class TopicWriter:
    """Keeps one Delta table up with one topic."""

    def __init__(
        self,
        feed: Feed,
        target: DeltaWriter,
        *,
        mode: Mode,
        on_bad_record: OnBadRecord,
        every: float,
    ) -> None:
        """Prepare a writer.

        Args:
            feed: the topic's table.
            target: the Delta table, which does not exist yet.
            mode: the changelog mode that it is written in.
            on_bad_record: what to do at a record that cannot be written.
            every: seconds between two commits.
        """
        self.on_bad_record = on_bad_record
        self._feed, self._target, self._mode, self._every = feed, target, mode, every
        self._created, self._schema = False, ""
        self._error, self._written = "", 0
        self._is_suspended = False
        self._changed = threading.Condition()
        self._is_stopping = False
        self._thread = threading.Thread(
            target=self._run, name=f"runthrough-tableflow-{feed.topic}", daemon=True
        )

    @property
    def is_running(self) -> bool:
        """Whether the table exists and nothing has gone wrong."""
        with self._changed:
            return self._created and not self._is_suspended

    @property
    def is_suspended(self) -> bool:
        """Whether it has stopped at an error."""
        with self._changed:
            return self._is_suspended

    @property
    def error(self) -> str:
        """Why it is suspended, in words."""
        with self._changed:
            return self._error

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def resume(self, on_bad_record: OnBadRecord) -> None:
        """Go on after an error, at the record where it was."""
        with self._changed:
            self.on_bad_record = on_bad_record
            self._is_suspended, self._error = False, ""
            self._changed.notify_all()

    def stop(self) -> None:
        """End the writer; what it has begun to commit is committed. Files stay."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_SECONDS)

    def _run(self) -> None:
        while not self._waits():
            try:
                self._step()
            except _EXPECTED as e:
                self._suspend(self._feed.why_ended or str(e))
            except Exception as e:
                log.exception("Tableflow of topic %s: a fault of the emulator", self._feed.topic)
                self._suspend(f"a fault of the emulator: {type(e).__name__}: {e}")

    def _waits(self) -> bool:
        """Wait for the next turn; return whether it is the end."""
        with self._changed:
            if self._created and not self._is_stopping:
                self._changed.wait(self._every)
            self._changed.wait_for(lambda: self._is_stopping or not self._is_suspended)
            return self._is_stopping

    def _suspend(self, why: str) -> None:
        with self._changed:
            self._is_suspended, self._error = True, why

    def _step(self) -> None:
        table = self._feed.table()
        if table.mode != self._mode:
            raise DeltaError(
                f"the changelog mode of topic '{self._feed.topic}' is now '{table.mode}', and the "
                f"table is written as '{self._mode}': disable Tableflow and enable it again"
            )
        schema = schema_json(table)
        if not self._created:
            self._target.create(schema)
            with self._changed:
                self._created = True
        elif schema != self._schema:
            self._target.grow(schema)
        self._schema = schema
        upto = self._feed.end()
        if upto > self._written:
            self._write(table, self._written, upto)
            self._written = upto

    def _write(self, table: Table, after: int, upto: int) -> None:
        if self.on_bad_record == "SKIP":
            table = replace(table, options={**table.options, "error-handling.mode": "ignore"})
        with self._feed.rows(table, after, upto) as (connection, rows):
            if table.mode == "upsert":
                self._write_newest(connection, rows, table, first=after == 0)
            else:
                self._write_all(connection, rows, table)

    def _write_all(self, connection: duckdb.DuckDBPyConnection, rows: str, table: Table) -> None:
        empty = f'"{GONE}" AND "__op" IN (0, 2)'
        if self.on_bad_record == "SUSPEND":
            count = connection.execute(f"SELECT count(*) FROM {rows} WHERE {empty}").fetchall()
            if count[0][0]:
                raise DeltaError(
                    f"topic '{self._feed.topic}' has a record without a value, which a table in "
                    "write mode APPEND cannot hold"
                )
        query = f'SELECT {values_sql(table)} FROM {rows} WHERE NOT ({empty}) ORDER BY "__seq"'
        self._target.append(connection.sql(query))

    def _write_newest(
        self, connection: duckdb.DuckDBPyConnection, rows: str, table: Table, *, first: bool
    ) -> None:
        keys = ", ".join(quoted(key) for key in table.primary_key)
        newest = f'row_number() OVER (PARTITION BY {keys} ORDER BY "__seq" DESC) = 1'
        changes = f'SELECT {values_sql(table)}, "{GONE}" FROM {rows} QUALIFY {newest}'
        if first:
            kept = f'SELECT * EXCLUDE ("{GONE}") FROM ({changes}) WHERE NOT "{GONE}"'
            self._target.append(connection.sql(kept))
            return
        self._target.merge(
            connection.sql(changes),
            keys=table.primary_key,
            columns=[column.name for column in written_columns(table)],
        )
