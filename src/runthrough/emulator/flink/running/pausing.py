"""Statements that were stopped and may be resumed: their jobs, kept with all they hold.

Source: facts/confluent-cloud-api.md 2.3: a stopped CREATE TABLE AS, INSERT INTO or EXECUTE
STATEMENT SET goes on where it was, others do not. What the cloud keeps in a savepoint is here the
job itself: its evaluation knows up to where each input was read and what was written last.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from runthrough.emulator.flink.running.execution import Execution
from runthrough.emulator.flink.running.jobs import Job
from runthrough.emulator.flink.running.scheduler import Scheduler
from runthrough.errors import EmulatorError

MATERIALIZED = "CREATE_MATERIALIZED_TABLE"
RESUMABLE = frozenset({"CREATE_TABLE_AS", "INSERT_INTO", "STATEMENT_SET", MATERIALIZED})
"""What `traits.sql_kind` says of statements that can be resumed (facts 2.3), and of the queries of
materialized tables (facts/flink-sql-ai.md 1.9)."""


class Pausing:
    """The jobs of stopped statements, by name; thread-safe."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._paused: dict[str, tuple[Job, ...]] = {}
        self._lock = threading.Lock()

    def begin(self, execution: Execution, jobs: Sequence[Job]) -> None:
        """Have the jobs evaluated until their statement ends; then keep them or free them."""
        for job in jobs:
            self._scheduler.add(job)
        execution.on_end(lambda: self._end(execution, jobs))

    def _end(self, execution: Execution, jobs: Sequence[Job]) -> None:
        kind = execution.traits.sql_kind if execution.traits else ""
        if execution.phase == "STOPPED" and kind in RESUMABLE:
            with self._lock:
                self._paused[execution.name] = tuple(filter(self._scheduler.pause, jobs))
        else:
            for job in jobs:
                self._scheduler.remove(job)

    def resume(self, execution: Execution, *, failing: str | None = None) -> None:
        """Let a stopped statement go on where it was.

        Args:
            execution: the statement.
            failing: what it fails over at once, if it does.

        Raises:
            EmulatorError: it is not stopped, or of a kind that cannot be resumed.
        """
        with self._lock:
            jobs = self._paused.pop(execution.name, None)
        if jobs is None:
            raise EmulatorError(f"statement {execution.name!r} cannot be resumed")
        execution.resume(lambda: self._end(execution, jobs))
        if failing is None:
            for job in jobs:
                self._scheduler.resume(job)
        else:
            execution.fail(failing)

    def forget(self, name: str) -> None:
        """Free what a stopped statement holds; one that is not stopped holds nothing here."""
        with self._lock:
            jobs = self._paused.pop(name, ())
        for job in jobs:
            self._scheduler.remove(job)

    def lose(self, topic: str, reason: str, exception: str) -> None:
        """Have the statements on a topic that is gone fail when they are resumed."""
        with self._lock:
            jobs = [job for kept in self._paused.values() for job in kept]
        for job in jobs:
            if topic in (*job.topics, job.sink.topic):
                job.lose(reason, exception)
