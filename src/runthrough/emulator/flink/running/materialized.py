"""Materialized tables: each a table whose query is a resource of its own, not a statement.

Source: facts/flink-sql-ai.md 1.9. The query runs on after the statement that made it has completed,
is suspended and resumed with what it knows, and is replaced when the definition changes: then the
old one stops, its state is gone, the topic stays. What versions count is ours: definitions, from 1.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from runthrough.emulator.flink.catalog import Session, StartMode, Table
from runthrough.emulator.flink.materialized import AlterMaterialized, CreateMaterialized
from runthrough.emulator.flink.plan import CreateTable, Drop, Query, SqlError
from runthrough.emulator.flink.running.ddl import Ddl
from runthrough.emulator.flink.running.drops import absent
from runthrough.emulator.flink.running.execution import Execution, Traits
from runthrough.emulator.flink.running.extents import INITIAL_OFFSETS
from runthrough.emulator.flink.running.launch import Launcher
from runthrough.emulator.flink.running.pausing import MATERIALIZED

_STARTUP = "sql.tables.scan.startup.mode"
_MILLIS = "sql.tables.scan.startup.timestamp-millis"
_NAMED = "materialized table "
"""How the query of a table is called among statements; no statement may have a blank in it."""


@dataclass(frozen=True)
class Edition:
    """One definition of a materialized table.

    Attributes:
        session: what it was defined in.
    """

    number: int
    table: Table
    session: Session
    created_at: datetime


@dataclass(frozen=True)
class Materialized:
    """A materialized table: its editions, the oldest first, and the query that runs now."""

    editions: tuple[Edition, ...]
    refresh: Execution

    @property
    def latest(self) -> Edition:
        """The definition in force."""
        return self.editions[-1]

    @property
    def phase(self) -> str:
        """The phase of its query; STOPPED while it is suspended."""
        return self.refresh.phase


class MaterializedTables:
    """The materialized tables of an environment, known by what the engine calls their topics.

    Args:
        ddl: makes and drops their topics.
        launcher: starts their queries.
        release: fails the statements on a topic that is gone.
    """

    def __init__(
        self,
        ddl: Ddl,
        launcher: Launcher,
        clock: Callable[[], datetime],
        release: Callable[[str], None],
    ) -> None:
        self._ddl, self._launcher, self._clock, self._release = ddl, launcher, clock, release
        self._known: dict[str, Materialized] = {}
        self._lock = threading.RLock()

    def all(self) -> tuple[Materialized, ...]:
        """Return them, by topic."""
        with self._lock:
            return tuple(self._known[name] for name in sorted(self._known))

    def get(self, name: str) -> Materialized | None:
        """Return one; None if there is none of that topic."""
        with self._lock:
            return self._known.get(name)

    def create(self, command: CreateMaterialized, session: Session) -> str:
        """Create a table and start its query, or change the one there is with OR ALTER.

        Raises:
            SqlError: the name is taken, or the table or its query cannot be so.
        """
        table = command.table
        with self._lock:
            if command.or_alter and table.topic in self._known:
                return self._replaced(table, command.query, session)
            made = CreateTable(table, if_not_exists=command.if_not_exists)
            detail, new = self._ddl.create_table(made)
            if new:
                try:
                    self._start(table, command.query, session, ())
                except Exception:
                    self._drop_table(table)
                    raise
            return detail.replace("Table '", "Materialized table '", 1) if new else detail

    def alter(self, command: AlterMaterialized, session: Session) -> str:
        """Suspend, resume or change a table. Raises SqlError where it cannot be so."""
        table = command.table
        with self._lock:
            match command.action:
                case "SUSPEND":
                    self.suspend(table.topic)
                    return f"Materialized table '{table.name}' suspended."
                case "RESUME":
                    self.resume(table.topic)
                    return f"Materialized table '{table.name}' resumed."
                case "REPLACE" if command.query is not None:
                    return self._replaced(table, command.query, session)
                case _:
                    return self._changed(table)

    def suspend(self, name: str) -> None:
        """Let a table's query rest; it keeps its state. Raises SqlError if it has ended."""
        with self._lock:
            self._resting_or_running(name).stop()

    def resume(self, name: str) -> None:
        """Let a query go on. Raises SqlError if it has ended."""
        with self._lock:
            refresh = self._resting_or_running(name)
            if refresh.phase == "STOPPED":
                self._launcher.pausing.resume(refresh)

    def drop(self, command: Drop) -> str:
        """Stop a table's query and drop it with its topic.

        Raises:
            SqlError: that cannot be, or it is gone and the statement does not say IF EXISTS.
        """
        name = command.path[2]
        topic = self._ddl.objects.topic_of(command.path)
        if not command.exists or topic is None:
            return absent(command)
        with self._lock, self._ddl.turn(command.path):
            known = self._known.pop(topic, None)
            if known is None:
                return absent(command)
            self._end(known)
            self._drop_table(known.latest.table)
            self._release(topic)
        return f"Materialized table '{name}' dropped."

    def forget(self, name: str) -> None:
        """Forget a table whose topic was deleted: its query fails as statements on it do."""
        with self._lock:
            self._known.pop(name, None)

    def close(self) -> None:
        """Stop all queries."""
        for known in self.all():
            known.refresh.stop()

    def offsets_of(self, name: str) -> Mapping[str, Mapping[int, int]] | None:
        """Return what the query of that name has read; None if it is no such query's name."""
        known = self.get(name.removeprefix(_NAMED)) if name.startswith(_NAMED) else None
        return None if known is None else known.refresh.offsets

    # --- carrying out ------------------------------------------------------------------------

    def _end(self, known: Materialized) -> None:
        known.refresh.stop()
        self._launcher.pausing.forget(known.refresh.name)

    def _resting_or_running(self, name: str) -> Execution:
        known = self._known.get(name)
        if known is None:
            raise SqlError(f"Materialized table '{name}' does not exist.")
        if known.phase in ("COMPLETED", "FAILED"):
            raise SqlError(f"The query of materialized table '{name}' has ended ({known.phase}).")
        return known.refresh

    def _replaced(self, table: Table, query: Query, session: Session) -> str:
        known = self._known[table.topic]
        self._ddl.evolve_table(table)
        self._end(known)
        self._start(table, query, session, known.editions)
        return f"Materialized table '{table.name}' altered."

    def _changed(self, table: Table) -> str:
        known = self._known[table.topic]
        self._ddl.put_table(table)
        latest = replace(known.latest, number=len(known.editions) + 1, table=table)
        edition = replace(latest, created_at=self._clock())
        self._known[table.topic] = replace(known, editions=(*known.editions, edition))
        return f"Materialized table '{table.name}' altered."

    def _start(
        self, table: Table, query: Query, session: Session, before: tuple[Edition, ...]
    ) -> None:
        """Start a query; where its table had another one, it may go on where that was."""
        start = table.definition.start if table.definition is not None else StartMode()
        properties = dict(session.properties)
        properties.update(self._beginning(table.topic, start, resumes=bool(before)))
        text = table.definition.query if table.definition is not None else ""
        refresh = Execution(_NAMED + table.topic, text, self._clock)
        refresh.traits = Traits(MATERIALIZED)
        self._launcher.write(refresh, query, table, replace(session, properties=properties))
        edition = Edition(len(before) + 1, table, session, self._clock())
        self._known[table.topic] = Materialized((*before, edition), refresh)

    def _beginning(self, name: str, start: StartMode, *, resumes: bool) -> dict[str, str]:
        if resumes and start.resumes:
            return {_STARTUP: "earliest-offset", INITIAL_OFFSETS: _NAMED + name}
        if start.word.endswith("FROM_BEGINNING"):
            return {_STARTUP: "earliest-offset", INITIAL_OFFSETS: ""}
        if start.moment is None and not start.back:
            return {_STARTUP: "latest-offset", INITIAL_OFFSETS: ""}
        now = round(self._clock().timestamp() * 1000)
        moment = now - start.back if start.moment is None else start.moment
        return {_STARTUP: "timestamp", _MILLIS: str(moment), INITIAL_OFFSETS: ""}

    def _drop_table(self, table: Table) -> None:
        self._ddl.drop(Drop("TABLE", table.path))
