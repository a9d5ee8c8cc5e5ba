"""One statement with several jobs: how the inserts of a statement set share an execution.

Sources: facts/flink-sql-ai.md 1.2, 1.5. Confluent Cloud makes one job of a set; here each insert
has its own, and the statement is what all of them are together.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from runthrough.emulator.flink.running.execution import Execution


class Parts:
    """The inserts of one statement set; thread-safe.

    The statement turns RUNNING when every insert has begun, COMPLETED when every one is complete;
    it fails with the first that fails and stops as a whole.
    """

    def __init__(self, execution: Execution, count: int) -> None:
        """Divide an execution into so many parts."""
        self.execution = execution
        self._lock = threading.Lock()
        self._begun: set[int] = set()
        self._complete: set[int] = set()
        self._offsets: dict[str, dict[int, dict[int, int]]] = {}
        self._parts = tuple(Part(self, number) for number in range(count))

    def all(self) -> tuple[Part, ...]:
        """Return the parts, in the order of the inserts."""
        return self._parts

    def begin(self, number: int) -> None:
        """Note that an insert runs."""
        with self._lock:
            self._begun.add(number)
            all_begun = len(self._begun) == len(self._parts)
        if all_begun:
            self.execution.run()

    def complete(self, number: int) -> None:
        """Note that an insert has written all there is."""
        with self._lock:
            self._complete.add(number)
            all_complete = len(self._complete) == len(self._parts)
        if all_complete:
            self.execution.complete()
        else:
            self.begin(number)

    def note_offsets(self, number: int, topic: str, offsets: Mapping[int, int]) -> None:
        """Remember what an insert has read; the statement has read what all of them have."""
        with self._lock:
            readers = self._offsets.setdefault(topic, {})
            readers[number] = dict(offsets)
            partitions = set().union(*readers.values())
            least = {p: min(read.get(p, 0) for read in readers.values()) for p in partitions}
        self.execution.note_offsets(topic, least)


class Part:
    """One insert of a set, as its job sees it: what a job asks of an execution."""

    def __init__(self, parts: Parts, number: int) -> None:
        self._parts, self._number = parts, number
        self._done = threading.Event()
        self._on_end: Callable[[], None] | None = None

    @property
    def name(self) -> str:
        """The statement's name."""
        return self._parts.execution.name

    @property
    def stopping(self) -> threading.Event:
        """Set when the statement ends."""
        return self._parts.execution.stopping

    @property
    def ended(self) -> bool:
        """Whether the insert is complete, or the statement has ended."""
        return self._done.is_set() or self._parts.execution.ended

    def on_end(self, action: Callable[[], None]) -> None:
        """Have something done when this insert is complete; to be said before it begins."""
        self._on_end = action

    def run(self) -> None:
        """Say that the insert has begun."""
        self._parts.begin(self._number)

    def complete(self) -> None:
        """Say that the insert has written all there is."""
        self._done.set()
        if self._on_end is not None:
            self._on_end()
        self._parts.complete(self._number)

    def fail(self, detail: str, name: str) -> None:
        """Fail the statement; the other inserts stop with it."""
        self._parts.execution.fail(detail, name)

    def note_offsets(self, topic: str, offsets: Mapping[int, int]) -> None:
        """Remember up to where the insert has read a topic: partition → next offset."""
        self._parts.note_offsets(self._number, topic, offsets)
