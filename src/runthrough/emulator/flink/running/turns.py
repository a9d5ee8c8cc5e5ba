"""One at a time for each name: what is made, changed or dropped is seen whole by the next."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Who is at work on which names, and who waits for them, in the order they came; thread-safe.

    Who has come later goes first only where none of the names is another's.
    """

    def __init__(self) -> None:
        self._line: list[set[str]] = []
        self._changed = threading.Condition()

    @contextmanager
    def of(self, *names: str) -> Iterator[None]:
        """Have the names to oneself until the block ends, which must not ask for them again.

        All are asked for at once, so that two who want the same ones never wait for each other.
        """
        mine = set(names)
        with self._changed:
            self._line.append(mine)
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._is_next(mine))
            yield
        finally:
            with self._changed:
                self._line = [other for other in self._line if other is not mine]
                self._changed.notify_all()

    def _is_next(self, mine: set[str]) -> bool:
        return next(other is mine for other in self._line if not mine.isdisjoint(other))
