"""Something one thread does for another."""

from __future__ import annotations

import threading
from collections.abc import Callable

from confluent_kafka import KafkaException

from runthrough.errors import EmulatorError


class Command:
    """Something the ingestion thread does for another thread.

    Attributes:
        topic: one that comes or goes by it.
        done: set once it is carried out and the topic is known to have come or gone.
        error: why it could not be carried out.
    """

    def __init__(self, action: Callable[[], None] | None = None, topic: str | None = None) -> None:
        self._action, self.topic = action, topic
        self.done = threading.Event()
        self.error: EmulatorError | KafkaException | None = None

    def run(self) -> None:
        """Do it; an error is the asker's, not the thread's."""
        try:
            if self._action is not None:
                self._action()
        except (EmulatorError, KafkaException) as e:
            self.error = e
