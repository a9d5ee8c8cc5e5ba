"""What the control plane says of its rate limit: three headers of every answer.

Source: facts/confluent-cloud-api.md 1.5 (the headers, the reset in seconds from now) and 2.1, the
one limit a minute that is written down, of the Flink API and for one IP address; the control plane
has it here too, which is ours, as is the length of the window. Requests are counted and nobody is
refused (facts 6): what is left stays at 0. A rule of faults makes a 429.
"""

from __future__ import annotations

import math
import threading
from datetime import datetime, timedelta

from runthrough.emulator.world import Clock

REQUESTS = 1000
WINDOW = timedelta(minutes=1)


class RateLimit:
    """The requests of one window after the other; thread-safe."""

    def __init__(self, clock: Clock) -> None:
        """Count from the first request on; all requests come from one address, this machine's."""
        self._clock = clock
        self._lock = threading.Lock()
        self._ends: datetime | None = None
        self._count = 0

    def count(self) -> dict[str, str]:
        """Count one request; return the headers of its answer."""
        now = self._clock()
        with self._lock:
            if self._ends is None or now >= self._ends:
                self._ends, self._count = now + WINDOW, 0
            self._count += 1
            left, seconds = max(REQUESTS - self._count, 0), (self._ends - now).total_seconds()
        return {
            "X-RateLimit-Limit": str(REQUESTS),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(math.ceil(seconds)),
        }
