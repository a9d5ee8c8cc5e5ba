"""Statements as the gateway keeps them: name, labels, version, and the execution behind them.

Sources: facts/confluent-cloud-api.md 2.2 (the object), 2.3 (phases), 6 (deletion is asynchronous,
a name stays taken until it is gone).
"""

from __future__ import annotations

import threading
import uuid
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from runthrough.emulator.confluent.http import Refusal
from runthrough.emulator.confluent.pace import (
    STATEMENT,
    STATEMENT_LEAVING,
    STATEMENT_STOPPING,
    Life,
    Pace,
)
from runthrough.emulator.flink.catalog import Session
from runthrough.emulator.flink.engine import Engine, Execution
from runthrough.emulator.flink.running.connections import mask_secrets
from runthrough.emulator.flink.running.execution import STOPPED_BY_HAND, Traits
from runthrough.emulator.world import Clock
from runthrough.errors import EmulatorError


@dataclass(frozen=True)
class Order:
    """What a client asked for, checked."""

    name: str
    sql: str = field(repr=False)
    properties: Mapping[str, str] = field(repr=False)
    labels: Mapping[str, str]
    compute_pool_id: str
    principal: str


@dataclass(frozen=True)
class Sight:
    """A statement at one moment."""

    phase: str
    detail: str
    version: int
    updated_at: datetime


@dataclass(frozen=True)
class Job:
    """A statement that takes a CFU of its pool while it runs.

    Attributes:
        traits: what is known of it before it runs.
        limit: tells how many the pool takes now.
    """

    traits: Traits
    limit: Callable[[], int]


@dataclass(frozen=True)
class Waiting:
    """A job its pool had no room for, and what it is to run in."""

    job: Job
    session: Session


class Statement:
    """One statement: its order, its execution, and how often it has changed.

    The version rises when a reader first sees a change, so a change nobody looked at between two
    others does not count; the real version is opaque and rises with every change (facts 1.3).
    Who changes it holds `changing`, so that of two changes to one version one is refused.
    """

    def __init__(
        self,
        order: Order,
        execution: Execution | None,
        *,
        sequence: int,
        now: datetime,
        refused: str,
    ) -> None:
        self.order, self.execution, self.sequence = order, execution, sequence
        self.uid, self.created_at, self.refused = str(uuid.uuid4()), now, refused
        self.stop_asked = False
        self.waiting: Waiting | None = None
        self.changing = threading.Lock()
        self.starting: Life | None = None
        self.stopping: Life | None = None
        self.leaving: Life | None = None
        self._lock = threading.Lock()
        self._seen: tuple[object, ...] | None = None
        self._version, self._updated_at = 0, now

    @property
    def sql(self) -> str:
        """The statement as it may be shown: secrets of CREATE CONNECTION are masked."""
        return mask_secrets(self.order.sql) if self.execution is None else self.execution.sql

    def look(self, now: datetime) -> Sight:
        """Return what a reader sees now."""
        phase, detail = self._phase()
        with self._lock:
            seen = (phase, detail, self.stop_asked, self.order)
            if seen != self._seen:
                self._seen, self._version, self._updated_at = seen, self._version + 1, now
            return Sight(phase, detail, self._version, self._updated_at)

    def _phase(self) -> tuple[str, str]:
        if self.leaving is not None:
            return "DELETING", ""
        if self.waiting is not None:
            return ("STOPPED", STOPPED_BY_HAND) if self.stop_asked else ("PENDING", "")
        if self.execution is None:
            return "FAILED", self.refused
        if self.starting is not None and self.starting.look() == "PENDING":
            return "PENDING", ""
        phase, detail = self.execution.phase, self.execution.detail
        if phase == "STOPPED" and self.stopping is not None:
            still = self.stopping.look()
            if still != "STOPPED":
                return still, ""
        return phase, detail

    def stop(self) -> None:
        """Ask for a stop; a statement that has ended already stays as it is."""
        self.stop_asked = True
        if self.execution is not None:
            self.execution.stop()


class StatementStore:
    """All statements of the environment; their names are unique until they are gone.

    What a deleted statement held is freed by the engine while nobody else waits, but for who wants
    its name. A job that waits for its pool is begun when there is room and somebody asks for any
    statement.
    """

    def __init__(self, engine: Engine, *, clock: Clock, pace: Pace) -> None:
        self._engine, self._clock, self._pace = engine, clock, pace
        self._lock = threading.Lock()
        self._freed = threading.Condition(self._lock)
        self._freeing: set[str] = set()
        self._statements: dict[str, Statement] = {}
        self._ordered: list[Statement] = []
        self._leaving: dict[str, Statement] = {}
        self._reserved: set[str] = set()
        self._sequence = 0
        self._waiting: list[Statement] = []
        self._beginning = threading.Lock()

    def create(
        self,
        order: Order,
        session: Session | None,
        *,
        refused: str = "",
        job: Job | None = None,
    ) -> Statement:
        """Submit an order under its name.

        Args:
            order: what was asked for.
            session: what it runs in; None for an order that fails before it starts.
            refused: why it fails.
            job: what it takes of its pool, where pools run out.

        Raises:
            Refusal: 409, the name is taken.
        """
        self._reserve(order.name)
        try:
            now = self._clock()
            execution, waiting = self._submit(order, session, job)
            with self._lock:
                self._sequence += 1
                statement = Statement(
                    order, execution, sequence=self._sequence, now=now, refused=refused
                )
                statement.starting = Life(STATEMENT, self._pace, self._clock)
                statement.waiting = waiting
                self._statements[order.name] = statement
                self._ordered.append(statement)
                if waiting is not None:
                    self._waiting.append(statement)
        finally:
            with self._lock:
                self._reserved.discard(order.name)
        return statement

    def _submit(
        self, order: Order, session: Session | None, job: Job | None
    ) -> tuple[Execution | None, Waiting | None]:
        if session is None:
            return None, None
        if job is None:
            return self._engine.submit(order.name, order.sql, session), None
        with self._beginning:
            if not self._has_room(order, job):
                return None, Waiting(job, session)
            return self._engine.submit(order.name, order.sql, session), None

    def _has_room(self, order: Order, job: Job) -> bool:
        """Return whether a pool has a CFU for one more; waiting ones have none yet."""
        with self._lock:
            others = [s for s in self._ordered if s.order.compute_pool_id == order.compute_pool_id]
        running = sum(s.execution is not None and not s.execution.ended for s in others)
        return running < job.limit()

    def _begin_waiting(self) -> None:
        """Begin the jobs there is room for by now, the oldest first."""
        if not self._waiting or not self._beginning.acquire(blocking=False):
            return
        try:
            for statement in list(self._waiting):
                waiting, order = statement.waiting, statement.order
                if waiting is None or statement.stop_asked:
                    self._waiting.remove(statement)
                elif self._has_room(order, waiting.job):
                    self._waiting.remove(statement)
                    self._begin(statement, waiting.session)
        finally:
            self._beginning.release()

    def _begin(self, statement: Statement, session: Session) -> None:
        name = statement.order.name
        statement.execution = self._engine.submit(name, statement.order.sql, session)
        statement.starting = Life(STATEMENT, self._pace, self._clock)
        statement.waiting = None
        with self._lock:
            gone = self._statements.get(name) is not statement
        if gone:  # deleted meanwhile
            self._engine.delete(name)
        elif statement.stop_asked:
            statement.execution.stop()

    def _reserve(self, name: str) -> None:
        self._bury()
        with self._freed:
            self._freed.wait_for(lambda: name not in self._freeing)
            if name in self._statements or name in self._reserved:
                raise Refusal(
                    409,
                    f"Statement resource={name} already exists",
                    code="resource_already_exists",
                )
            self._reserved.add(name)

    def get(self, name: str) -> Statement:
        """Return the statement of that name. Raises Refusal (404) where there is none."""
        self._bury()
        self._begin_waiting()
        with self._lock:
            statement = self._statements.get(name)
        if statement is None:
            raise Refusal(404, f"Statement resource={name} does not exist")
        return statement

    def all(self) -> list[Statement]:
        """Return all statements, the newest first."""
        return list(self.older_than(None))

    def older_than(self, sequence: int | None) -> Iterator[Statement]:
        """Yield the statements made before the one of that number, the newest first.

        Only what is taken is looked at, so a page of a long list costs what a page does. What
        comes and goes while it is read may be left out.
        """
        self._bury()
        self._begin_waiting()
        with self._lock:
            upto = len(self._ordered)
            if sequence is not None:
                upto = bisect_left(self._ordered, sequence, key=_sequence)
            taken = self._ordered[:upto]
        yield from reversed(taken)

    def stop(self, statement: Statement) -> None:
        """Ask for a stop: it is STOPPED at once, or after a while where the pace is realistic."""
        statement.stopping = Life(STATEMENT_STOPPING, self._pace, self._clock)
        statement.stop()

    def resume(self, statement: Statement, *, failing: str | None = None) -> None:
        """Let a stopped statement go on, or have it fail over `failing`.

        Raises:
            Refusal: 409, somebody else has resumed it.
        """
        if statement.execution is None:
            raise Refusal(409, f"Statement resource={statement.order.name} is not stopped")
        try:
            self._engine.resume(statement.execution, failing=failing)
        except EmulatorError as e:
            name = statement.order.name
            raise Refusal(409, f"Statement resource={name} is not stopped") from e
        statement.stop_asked, statement.stopping = False, None
        statement.starting = Life(STATEMENT, self._pace, self._clock)

    def delete(self, name: str) -> None:
        """Stop and delete a statement: at once, or after a while where the pace is realistic.

        Raises:
            Refusal: 404, there is none of that name.
        """
        statement = self.get(name)
        statement.stop()
        with self._lock:
            if self._statements.get(name) is statement and statement.leaving is None:
                statement.leaving = Life(STATEMENT_LEAVING, self._pace, self._clock)
                self._leaving[name] = statement
        self._bury()

    def forget(self, statement: Statement) -> None:
        """Keep no more of a statement; it can still be shown (a dry run, facts 2.8)."""
        statement.starting = None
        with self._lock:
            if self._statements.get(statement.order.name) is not statement:
                return
            self._take_out(statement)
        self._free(statement)

    def _bury(self) -> None:
        """Forget the deleted statements whose time has come."""
        while self._leaving:
            with self._lock:
                over = (s for s in self._leaving.values() if s.leaving and s.leaving.over)
                statement = next(over, None)
                if statement is None:
                    return
                self._take_out(statement)
            self._free(statement)

    def _take_out(self, statement: Statement) -> None:
        """Take a statement out, to be freed at once; for who holds the lock."""
        name = statement.order.name
        del self._statements[name]
        self._leaving.pop(name, None)
        del self._ordered[bisect_left(self._ordered, statement.sequence, key=_sequence)]
        self._freeing.add(name)

    def _free(self, statement: Statement) -> None:
        name = statement.order.name
        try:
            if statement.execution is not None:
                self._engine.delete(name)
        finally:
            with self._freed:
                self._freeing.discard(name)
                self._freed.notify_all()


def _sequence(statement: Statement) -> int:
    return statement.sequence
