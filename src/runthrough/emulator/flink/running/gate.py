"""Nobody sees half an update: while one statement writes a refresh to a topic, others wait."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

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
