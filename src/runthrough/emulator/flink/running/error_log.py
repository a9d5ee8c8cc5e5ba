"""Records that are no rows, written to a table: 'error-handling.mode' = 'log'.

Source: facts/flink-sql-ai.md 1.3 names the mode, the option of the target and its default, and that
the target is a table for dead letters. Its columns, and that it is made together with the first
table that logs to it, are ours: no source at hand has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planning.table_options import DEFAULTS
from runthrough.emulator.flink.running.changes import INSERT, Change
from runthrough.emulator.flink.running.shelf import Unread
from runthrough.emulator.flink.running.sinks import Sink
from runthrough.emulator.flink.running.store import Store
from runthrough.emulator.flink.types import BYTES, INT, STRING, FlinkType

MODE, TARGET = "error-handling.mode", "error-handling.log.target"

COLUMNS = (
    Column("error_timestamp", FlinkType("TIMESTAMP_LTZ", precision=3)),
    Column("error_reason", STRING),
    Column("error_message", STRING),
    Column("statement_name", STRING),
    Column("affected_name", STRING),
    Column("source_topic", STRING),
    Column("source_partition", INT),
    Column("source_offset", FlinkType("BIGINT")),
    Column("source_key", BYTES),
    Column("source_value", BYTES),
)
REASON = "DESERIALIZATION"


def logs_errors(table: Table) -> bool:
    """Return whether what cannot be read of a table goes to another one."""
    return table.options.get(MODE) == "log"


def target_of(table: Table) -> str:
    """Return the name of the table that takes what cannot be read."""
    return table.options.get(TARGET, DEFAULTS[TARGET])


def error_table(table: Table) -> Table:
    """Return the table that takes what cannot be read of another one, beside it."""
    return Table((*table.path[:2], target_of(table)), COLUMNS, prefix=table.prefix)


def check_target(known: Table) -> None:
    """Raise SqlError unless a table that exists can take records that cannot be read."""
    named = [(c.name, c.type) for c in known.columns]
    if named != [(c.name, c.type) for c in COLUMNS] or known.mode != "append":
        columns = ", ".join(c.name for c in COLUMNS)
        raise SqlError(
            f"Table '{known.name}' cannot be '{TARGET}': it is no append table with the columns "
            f"{columns}."
        )


class ErrorLog:
    """Writes what one statement cannot read of one table, each record once."""

    def __init__(
        self,
        statement: str,
        table: Table,
        sink: Sink,
        *,
        store: Store,
        clock: Callable[[], datetime],
        after: int,
    ) -> None:
        """Begin after a record number."""
        self._statement, self._table, self._sink = statement, table, sink
        self._store, self._clock, self._done = store, clock, after

    @property
    def topic(self) -> str | None:
        """Where it writes."""
        return self._sink.topic

    def report(self, upto: int) -> None:
        """Write what could not be read since the last time, up to a record number."""
        found = self._store.unread(self._table, self._done, upto)
        self._done = max(self._done, upto)
        if found:
            self._sink.write([Change(INSERT, tuple(self._row(u))) for u in found])

    def _row(self, unread: Unread) -> Sequence[object]:
        record = unread.record
        return (
            self._clock(),
            REASON,
            unread.error,
            self._statement,
            ".".join(self._table.path),
            record.topic,
            record.partition,
            record.offset,
            record.key,
            record.value,
        )
