"""A submitted statement as its owner sees it: phase, detail, traits, results.

Sources: facts/confluent-cloud-api.md 2.3 (phases), 2.4 (traits), 2.5 (results), 2.7 (exceptions);
facts/flink-sql-ai.md 1.2 (a foreground SELECT nobody reads is stopped after 5 minutes).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from runthrough.emulator.broker.group import split
from runthrough.emulator.flink.catalog import Column
from runthrough.emulator.flink.running.models import Meter
from runthrough.errors import EmulatorError

TERMINAL = frozenset({"COMPLETED", "FAILED", "STOPPED"})
START_GRACE = 1.0
"""Seconds a statement stays PENDING at most while it reads what its inputs hold at its start."""

IDLE_LIMIT = timedelta(minutes=5)
MAX_EXCEPTIONS = 10
STOPPED_BY_HAND = "This statement was stopped manually."
STOPPED_UNREAD = "This statement was stopped because its results were not read for 5 minutes."

INVALID = "org.apache.flink.table.api.ValidationException"
ResultRow = tuple[int, list[Any]]


@dataclass(frozen=True)
class Traits:
    """What is known of a statement once it is planned.

    Attributes:
        upsert_columns: positions of the upsert key, None where there is none.
        columns: of the result, None for statements without one.
        connection_refs: names of the connections it uses.
    """

    sql_kind: str
    is_bounded: bool = True
    is_append_only: bool = True
    upsert_columns: tuple[int, ...] | None = None
    columns: tuple[Column, ...] | None = None
    connection_refs: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatementException:
    """Why a statement failed."""

    name: str
    message: str
    timestamp: datetime


@dataclass(frozen=True)
class ResultPage:
    """Some rows, each an op (0 +I, 1 -U, 2 +U, 3 -D) and its values; `done` = no more will come."""

    rows: list[ResultRow]
    done: bool


class Execution:
    """One statement from its submission on; thread-safe.

    Attributes:
        compute_pool_id: where it runs; "" where nobody said. A stopped one may move.
    """

    def __init__(
        self, name: str, sql: str, clock: Callable[[], datetime], *, compute_pool_id: str = ""
    ) -> None:
        self.name, self.sql, self.compute_pool_id = name, sql, compute_pool_id
        self.created_at = clock()
        self.traits: Traits | None = None
        self.warnings: tuple[str, ...] = ()
        self.meter = Meter()
        self.stopping = threading.Event()
        self._clock = clock
        self._born = time.monotonic()
        self._phase, self._detail = "PENDING", ""
        self._rows: list[ResultRow] = []
        self._read_at = self.created_at
        self._exceptions: tuple[StatementException, ...] = ()
        self._offsets: dict[str, dict[int, int]] = {}
        self._on_end: Callable[[], None] | None = None
        self._changed = threading.Condition(threading.RLock())

    @property
    def phase(self) -> str:
        """The phase: PENDING, RUNNING, COMPLETED, FAILED or STOPPED."""
        self._stop_if_unread()
        with self._changed:
            if self._phase == "PENDING" and self._grace_left() <= 0:
                return "RUNNING"
            return self._phase

    @property
    def detail(self) -> str:
        """Why it failed or stopped, or what DDL did; empty while all is well."""
        with self._changed:
            return self._detail

    @property
    def exceptions(self) -> tuple[StatementException, ...]:
        """At most ten, the newest first."""
        return self._exceptions

    @property
    def calls(self) -> int:
        """How many requests were sent to models."""
        return self.meter.calls

    @property
    def tokens(self) -> int:
        """How many tokens models reported, in and out."""
        return self.meter.input_tokens + self.meter.output_tokens

    @property
    def latest_offsets(self) -> dict[str, str]:
        """Topic → `partition:0,offset:5;…`, the offset to be read next; of what was read at all."""
        return {
            split(topic)[1]: ";".join(f"partition:{p},offset:{offsets[p]}" for p in sorted(offsets))
            for topic, offsets in self.offsets.items()
            if offsets
        }

    @property
    def offsets(self) -> dict[str, dict[int, int]]:
        """Topic → partition → the offset to be read next."""
        with self._changed:
            return {topic: dict(offsets) for topic, offsets in self._offsets.items()}

    @property
    def ended(self) -> bool:
        """Whether it is COMPLETED, FAILED or STOPPED."""
        with self._changed:
            return self._phase in TERMINAL

    def wait(self, timeout: float) -> None:
        """Wait until the phase is no longer PENDING, at most so many seconds."""
        with self._changed:
            left = max(0.0, min(timeout, self._grace_left()))
            self._changed.wait_for(lambda: self._phase != "PENDING", left)

    def wait_for_end(self, timeout: float) -> None:
        """Wait until the statement has ended, at most so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._phase in TERMINAL, timeout)

    def results(self, start: int, limit: int) -> ResultPage:
        """Return rows from position `start` on, at most `limit`."""
        self._stop_if_unread()
        with self._changed:
            self._read_at = self._clock()
            rows = self._rows[start : start + limit]
            no_rows = self.traits is not None and self.traits.columns is None
            at_end = start + len(rows) >= len(self._rows)
            return ResultPage(rows, no_rows or (at_end and self._phase in TERMINAL))

    def stop(self) -> None:
        """Stop it; one that has ended stays as it is."""
        self._end("STOPPED", STOPPED_BY_HAND)

    # --- for the engine ------------------------------------------------------------------------

    def on_end(self, action: Callable[[], None]) -> None:
        """Have something done once, when the statement ends (or now, if it has)."""
        with self._changed:
            if self._phase not in TERMINAL:
                self._on_end = action
                return
        action()

    def resume(self, action: Callable[[], None]) -> None:
        """Turn PENDING again, where it was STOPPED; `action` is what is done when it ends.

        Raises:
            EmulatorError: it is not stopped.
        """
        with self._changed:
            if self._phase != "STOPPED":
                raise EmulatorError(f"statement {self.name!r} is {self._phase}, not STOPPED")
            self._phase, self._detail, self._on_end = "PENDING", "", action
            self._born = time.monotonic()
            self.stopping.clear()
            self._changed.notify_all()

    def run(self) -> None:
        """Turn RUNNING, unless it has ended."""
        with self._changed:
            if self._phase == "PENDING":
                self._phase = "RUNNING"
                self._changed.notify_all()

    def complete(self, detail: str = "") -> None:
        """Turn COMPLETED, unless it has ended."""
        self._end("COMPLETED", detail)

    def fail(
        self, detail: str, name: str = "org.apache.flink.table.api.ValidationException"
    ) -> None:
        """Turn FAILED, unless it has ended; `name` is the exception's."""
        entry = StatementException(name, detail, self._clock())
        with self._changed:
            if self._phase not in TERMINAL:
                self._exceptions = (entry, *self._exceptions)[:MAX_EXCEPTIONS]
        self._end("FAILED", detail)

    def add_rows(self, rows: Sequence[ResultRow]) -> None:
        """Append result rows."""
        with self._changed:
            self._rows.extend(rows)

    def note_offsets(self, topic: str, offsets: Mapping[int, int]) -> None:
        """Remember up to where a topic was read: partition → the offset to be read next."""
        with self._changed:
            self._offsets[topic] = dict(offsets)

    def use_connections(self, names: Sequence[str]) -> None:
        """Put the connections into the traits."""
        if self.traits is not None:
            self.traits = replace(self.traits, connection_refs=tuple(names))

    def _end(self, phase: str, detail: str) -> None:
        with self._changed:
            if self._phase in TERMINAL:
                return
            self._phase, self._detail = phase, detail
            action, self._on_end = self._on_end, None
            self.stopping.set()
            self._changed.notify_all()
        if action is not None:
            action()

    def _grace_left(self) -> float:
        return self._born + START_GRACE - time.monotonic()

    def _stop_if_unread(self) -> None:
        if self.traits is None or self.traits.sql_kind != "SELECT":
            return
        if not self.ended and self._clock() - self._read_at > IDLE_LIMIT:
            self._end("STOPPED", STOPPED_UNREAD)
