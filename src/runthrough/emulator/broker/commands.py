"""Something one thread does for another."""

from __future__ import annotations

import threading
from collections.abc import Callable

from confluent_kafka import KafkaException

from runthrough.errors import EmulatorError


class Command:
    """Something the ingestion thread does for another thread."""

    def __init__(self, action: Callable[[], None]) -> None:
        self._action = action
        self.done = threading.Event()
        self.error: EmulatorError | KafkaException | None = None

    def run(self) -> None:
        """Do it and tell; an error is the asker's, not the thread's."""
        try:
            self._action()
        except (EmulatorError, KafkaException) as e:
            self.error = e
        finally:
            self.done.set()
