"""Life cycles: how long a thing stays PROVISIONING, a key unknown, a role without effect.

In the pace `instant` a life moves by looks, so that tests and impatient readers never wait and
still see every phase once; in `realistic` it moves by the clock. Source of the lengths:
facts/confluent-cloud-api.md 6 (what a workshop meets) and 3.4 (what Terraform waits for). Where
the sheet says only "minutes", the length is ours.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from runthrough.emulator.world import Clock

Pace = Literal["instant", "realistic"]


@dataclass(frozen=True)
class Phase:
    """A phase that passes.

    Attributes:
        looks: how many looks see it in the pace `instant`; the answer to the request that began
            it counts. 0 = nobody sees it.
        lasts: how long it lasts in the pace `realistic`.
    """

    name: str
    looks: int
    lasts: timedelta


@dataclass(frozen=True)
class LifeCycle:
    """Phases that follow each other, and the one that stays."""

    passing: tuple[Phase, ...]
    last: str

    def at(self, pace: Pace, *, looks: int, age: timedelta) -> str:
        """Return the phase after so many looks (`instant`) or at that age (`realistic`)."""
        for phase in self.passing:
            if pace == "instant":
                if looks < phase.looks:
                    return phase.name
                looks -= phase.looks
            else:
                if age < phase.lasts:
                    return phase.name
                age -= phase.lasts
        return self.last


class Life:
    """One life on its cycle; thread-safe."""

    def __init__(self, cycle: LifeCycle, pace: Pace, clock: Clock) -> None:
        self._cycle, self._pace, self._clock = cycle, pace, clock
        self.began: datetime = clock()
        self._looks = 0
        self._lock = threading.Lock()

    def look(self) -> str:
        """Return the phase a caller sees now; this look counts."""
        with self._lock:
            looks, self._looks = self._looks, self._looks + 1
        return self._at(looks)

    def peek(self) -> str:
        """Return the phase the next look will see; this one does not count."""
        with self._lock:
            return self._at(self._looks)

    @property
    def over(self) -> bool:
        """Whether the last phase is reached; asking does not count as a look."""
        return self.peek() == self._cycle.last

    def _at(self, looks: int) -> str:
        return self._cycle.at(self._pace, looks=looks, age=self._clock() - self.began)


def settled(phase: str) -> LifeCycle:
    """Return the life cycle of what is there from the beginning: one phase that stays."""
    return LifeCycle((), phase)


# --- the life cycles there are -------------------------------------------------------------------

_PROVISIONING = "PROVISIONING"

KAFKA_CLUSTER = LifeCycle((Phase(_PROVISIONING, 1, timedelta(minutes=2)),), "PROVISIONED")
"""Facts 6: minutes (Basic)."""
SCHEMA_REGISTRY = LifeCycle((Phase(_PROVISIONING, 1, timedelta(seconds=10)),), "PROVISIONED")
"""Facts 3.2: Terraform looks each 5 s."""
COMPUTE_POOL = LifeCycle((Phase(_PROVISIONING, 1, timedelta(seconds=30)),), "PROVISIONED")
COMPUTE_POOL_LEAVING = LifeCycle((Phase("DEPROVISIONING", 0, timedelta(seconds=10)),), "GONE")
"""Facts 3.3: a deleted pool is DEPROVISIONING, then unknown."""
STATEMENT = LifeCycle((Phase("PENDING", 0, timedelta(seconds=3)),), "STARTED")
STATEMENT_STOPPING = LifeCycle(
    (
        Phase("RUNNING", 0, timedelta(milliseconds=500)),
        Phase("STOPPING", 0, timedelta(milliseconds=1500)),
    ),
    "STOPPED",
)
"""Facts 6: the answer to the stop request may still say RUNNING, then STOPPING."""
STATEMENT_LEAVING = LifeCycle((Phase("DELETING", 0, timedelta(seconds=2)),), "GONE")
"""Facts 6: deletion takes 1-3 s."""
