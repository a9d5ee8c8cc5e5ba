"""Running statements: when they are evaluated, and by whom.

A few threads serve all statements; one statement is never on two of them. A statement is due when
a topic it reads has new records. While one statement writes a refresh to a topic, the others wait
for the end of it: nobody sees half an update.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import duckdb

from runthrough.emulator.broker import Broker
from runthrough.emulator.flink.formats.row_reader import DecodeError
from runthrough.emulator.flink.plan import Query, SqlError
from runthrough.emulator.flink.running.bulk_writer import Bulk
from runthrough.emulator.flink.running.changes import Change
from runthrough.emulator.flink.running.error_log import ErrorLog
from runthrough.emulator.flink.running.evaluation import Evaluation, EvaluationError
from runthrough.emulator.flink.running.failures import explain_failure
from runthrough.emulator.flink.running.generated import Generated
from runthrough.emulator.flink.running.models import ModelError
from runthrough.emulator.flink.running.sinks import Sink
from runthrough.emulator.flink.running.steps import steps
from runthrough.emulator.flink.running.store import Store
from runthrough.errors import EmulatorError

log = logging.getLogger(__name__)

WORKERS = 8
GATHER_SECONDS = 0.015
"""How long new records may gather before a statement is evaluated: Flink's mini-batch."""
TICK_SECONDS = 0.25
"""How often a statement that waits for idle partitions asks the engine's clock."""
CLOSE_SECONDS = 5.0
"""How long the end waits for evaluations; a model call may take longer, its thread is a daemon."""

_SETTLE_SECONDS = 10.0


class Gate:
    """Keeps readers of a topic out while a refresh is being written to it."""

    def __init__(self) -> None:
        self._writing: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def writing(self, topic: str | None) -> Iterator[None]:
        """Mark a topic as being written to."""
        if topic is None:
            yield
            return
        with self._changed:
            self._writing[topic] += 1
        try:
            yield
        finally:
            with self._changed:
                self._writing[topic] -= 1
                self._changed.notify_all()

    def settled(self, topics: Sequence[str], look: Callable[[], Any]) -> Any:
        """Return what `look` sees at a moment when nobody writes to these topics.

        A topic that is written to all the time is looked at after ten seconds anyway.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: not any(self._writing[topic] for topic in topics), _SETTLE_SECONDS
            )
            return look()


class Owner(Protocol):
    """Whose job it is: a statement, or one insert of a statement set."""

    @property
    def name(self) -> str:
        """The statement's name."""
        ...

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to do."""
        ...

    @property
    def stopping(self) -> threading.Event:
        """Set when the statement ends."""
        ...

    def run(self) -> None:
        """Take note that the job has begun."""
        ...

    def complete(self) -> None:
        """Take note that the job has written all there is."""
        ...

    def fail(self, detail: str, name: str) -> None:
        """Fail with a text; `name` is the exception's."""
        ...

    def note_offsets(self, topic: str, offsets: Mapping[int, int]) -> None:
        """Remember up to where a topic was read: partition → the offset to be read next."""
        ...


class Job:
    """One query that runs: its evaluation, its sink and its execution."""

    def __init__(
        self,
        execution: Owner,
        query: Query,
        evaluation: Evaluation,
        sink: Sink,
        *,
        store: Store,
        broker: Broker,
        gate: Gate,
        once: bool,
        made: Generated | None = None,
        logs: Mapping[str, ErrorLog] | None = None,
    ) -> None:
        """Make a job.

        `once` = evaluate what is there and end (bounded or snapshot); `made` are the sources whose
        rows are made up as they are read, `logs` (by relation) those whose errors are logged.
        """
        self.execution, self.query = execution, query
        tables = made.tables if made is not None else ()
        self.topics = tuple(dict.fromkeys((*(s.table.topic for s in query.sources), *tables)))
        self._made, self._logs = made, dict(logs or {})
        self.sink = sink
        self._evaluation = evaluation
        self._store, self._broker, self._gate = store, broker, gate
        self._once, self._first, self._written = once, True, 0
        self._held: list[Change] | Bulk | None = None
        self._lost: tuple[str, str] | None = None

    @property
    def ends(self) -> bool:
        """Whether it is complete some time, without being stopped."""
        return self._once or self.query.bounded or (self._made is not None and self._made.bounded)

    def run(self) -> None:
        """Evaluate once; whatever goes wrong fails the statement, by its text."""
        if self.execution.ended:
            return
        if self._lost is not None:
            self.execution.fail(*self._lost)
            return
        try:
            self._step()
        except (SqlError, DecodeError, ModelError, EvaluationError, EmulatorError) as e:
            self.execution.fail(str(e), _RUNTIME)
        except duckdb.Error as e:
            name, text = explain_failure(e)
            self.execution.fail(text, name)
        except Exception as e:
            log.exception("statement %s: a fault of the emulator", self.execution.name)
            self.execution.fail(
                f"A fault of the emulator: {type(e).__name__}: {e}. The live target is not "
                "affected.",
                _RUNTIME,
            )

    def lose(self, detail: str, name: str) -> None:
        """Have the job fail at its next turn; `name` is the exception's."""
        self._lost = detail, name

    def _step(self) -> None:
        self._write_held()
        if self._made is not None:
            self._made.advance()
            if self._once and not self._made.exhausted:
                self.execution.run()
                return
        if self._first and self.topics:
            self._broker.catch_up(self.topics)
        upto = self._gate.settled(self.topics, self._position)
        if self._first or self._evaluation.is_behind(upto) or self._evaluation.time_has_moved():
            for place in self._steps(upto):
                bulk = self.sink.takes_bulk and self.query.limit is None
                changes = self._evaluate(place, bulk=bulk)
                self._first, self._held = False, changes
                self._log_errors(place)
                if self.execution.stopping.is_set():
                    return  # written when the statement is resumed
                self._write_held()
        self._first = False
        made_all = self._made is not None and self._made.bounded and self._made.exhausted
        if self._once or made_all or self._limit_reached():
            self.execution.complete()
        else:
            self.execution.run()

    def _steps(self, upto: dict[str, int]) -> list[dict[str, int]]:
        if self._once or self.sink.topic is not None:
            return [upto]
        return steps(self.query, self._store, self._evaluation.done, upto, first=self._first)

    def _log_errors(self, upto: Mapping[str, int]) -> None:
        for relation, log in self._logs.items():
            with self._gate.writing(log.topic):
                log.report(upto[relation])

    def _write_held(self) -> None:
        """Write what was evaluated; a stop may have come in between."""
        held, self._held = self._held, None
        if held is not None:
            self._emit(held)
            self._evaluation.release(held)

    def _position(self) -> dict[str, int]:
        positions = {}
        for source in self.query.sources:
            number, offsets = self._store.position(source.table.topic)
            positions[source.relation] = self._evaluation.end(source.relation, number)
            if self._made is None or not self._made.holds(source.table.topic):
                self.execution.note_offsets(source.table.topic, offsets)
        return positions

    def _evaluate(self, upto: dict[str, int], *, bulk: bool) -> list[Change] | Bulk:
        # A stream that has brought nothing yet gives nothing, not even a COUNT of 0 (facts 5.7).
        waits = not self._once and self.query.sources and not self._evaluation.is_behind(upto)
        if waits and self._first:
            return []
        return self._evaluation.evaluate(upto, bulk=bulk)

    def _emit(self, changes: list[Change] | Bulk) -> None:
        if isinstance(changes, Bulk):
            with self._gate.writing(self.sink.topic):
                self.sink.write_bulk(changes)
            return
        if self.query.limit is not None:
            changes = changes[: max(0, self.query.limit - self._written)]
        if changes:
            with self._gate.writing(self.sink.topic):
                self.sink.write(changes)
            self._written += len(changes)

    def _limit_reached(self) -> bool:
        return self.query.limit is not None and self._written >= self.query.limit

    @property
    def wake_after(self) -> float | None:
        """Seconds after which to look again though no record came; None = only when one comes."""
        if self.execution.ended:
            return None
        makes = self._made is not None and not self._made.exhausted
        return TICK_SECONDS if makes or self._evaluation.waits_for_time() else None

    def close(self) -> None:
        """Free what the job holds."""
        self._evaluation.close()
        if self._made is not None:
            self._made.close()


_RUNTIME = "org.apache.flink.table.api.TableRuntimeException"


class _Seat:
    """Where a job is: waiting, on a worker, or gone."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.running = self.again = self.gone = self.kept = False
        self.due: float | None = None


class Scheduler:
    """The threads, and the order in which jobs get them."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._seats: dict[int, _Seat] = {}
        self._paused: dict[int, _Seat] = {}
        self._queue: list[tuple[float, int, _Seat]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._closing = False
        self._threads = [
            threading.Thread(target=self._work, name=f"runthrough-worker-{n}", daemon=True)
            for n in range(workers)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Let running evaluations end, for some seconds, and the threads with them."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        limit = time.monotonic() + CLOSE_SECONDS
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(timeout=max(0.0, limit - time.monotonic()))

    def add(self, job: Job) -> None:
        """Take a job and have it evaluated at once."""
        seat = _Seat(job)
        with self._changed:
            self._seats[id(job)] = seat
            self._enqueue(seat, 0.0)

    def remove(self, job: Job) -> None:
        """Give up a job; it is freed once no worker has it."""
        with self._changed:
            seat = self._seats.pop(id(job), None) or self._paused.pop(id(job), None)
            if seat is None:
                return
            seat.gone, seat.kept = True, False
            free = not seat.running
        if free:
            job.close()

    def pause(self, job: Job) -> bool:
        """Give a job no more turns and keep what it holds; return whether it had any to come."""
        with self._changed:
            seat = self._seats.pop(id(job), None)
            if seat is None:
                return False
            seat.gone, seat.kept, seat.due = True, True, None
            self._paused[id(job)] = seat
        return True

    def resume(self, job: Job) -> None:
        """Give a paused job its turns again, the first at once; one that is removed has none."""
        with self._changed:
            seat = self._paused.pop(id(job), None)
            if seat is not None:
                seat.gone = seat.kept = False
                self._seats[id(job)] = seat
                self._enqueue(seat, 0.0)

    def notify(self, topics: Iterable[str]) -> None:
        """Tell that topics have new records."""
        fresh = set(topics)
        with self._changed:
            for seat in self._seats.values():
                if not fresh.isdisjoint(seat.job.topics):
                    self._enqueue(seat, GATHER_SECONDS)

    def jobs(self) -> tuple[Job, ...]:
        """Return the jobs that have not ended."""
        with self._changed:
            return tuple(seat.job for seat in self._seats.values())

    def _enqueue(self, seat: _Seat, delay: float) -> None:
        if seat.running:
            seat.again = True
            return
        due = time.monotonic() + delay
        if not seat.gone and (seat.due is None or due < seat.due):
            seat.due = due  # an entry of the queue with a later time is void
            heapq.heappush(self._queue, (due, next(self._order), seat))
            self._changed.notify()

    def _work(self) -> None:
        while (seat := self._next()) is not None:
            seat.job.run()
            wake = seat.job.wake_after
            with self._changed:
                seat.running = False
                if seat.again and not seat.gone:
                    seat.again = False
                    self._enqueue(seat, GATHER_SECONDS)
                elif wake is not None and not seat.gone:
                    self._enqueue(seat, wake)
                free = seat.gone and not seat.kept and not self._closing
            if free:
                seat.job.close()

    def _next(self) -> _Seat | None:
        with self._changed:
            while not self._closing:
                now = time.monotonic()
                if self._queue and self._queue[0][0] <= now:
                    due, _, seat = heapq.heappop(self._queue)
                    if seat.due == due and not seat.gone:
                        seat.due, seat.running = None, True
                        return seat
                    continue
                self._changed.wait(self._queue[0][0] - now if self._queue else None)
            return None
