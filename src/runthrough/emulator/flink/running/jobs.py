"""A running statement: one query that is evaluated again and again, and writes what is new."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Protocol

import duckdb

from runthrough.emulator.broker import Broker
from runthrough.emulator.flink.formats.row_reader import DecodeError
from runthrough.emulator.flink.plan import Query, SqlError
from runthrough.emulator.flink.running.bulk_writer import Bulk
from runthrough.emulator.flink.running.changes import Change
from runthrough.emulator.flink.running.error_log import ErrorLog
from runthrough.emulator.flink.running.evaluation import Evaluation, EvaluationError
from runthrough.emulator.flink.running.failures import explain_failure
from runthrough.emulator.flink.running.gate import Gate
from runthrough.emulator.flink.running.generated import Generated
from runthrough.emulator.flink.running.models import ModelError
from runthrough.emulator.flink.running.sinks import Sink
from runthrough.emulator.flink.running.steps import steps
from runthrough.emulator.flink.running.store import Store
from runthrough.errors import EmulatorError

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
"""How often a statement that waits for idle partitions asks the engine's clock."""


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
