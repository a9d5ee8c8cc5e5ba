"""How long a new key is unknown and a new role without effect.

Sources: facts/confluent-cloud-api.md 3.4 (what Terraform waits for, by kind of key) and 6. In the
pace `instant` a world file gives the number of refused uses; without it, everything works at once.
"""

from __future__ import annotations

from datetime import timedelta

from runthrough.emulator.confluent.identity.parts import Scope
from runthrough.emulator.confluent.pace import Life, LifeCycle, Pace, Phase
from runthrough.emulator.world import Clock
from runthrough.emulator.world import Propagation as Looks

READY = "READY"

KEYS: dict[Scope, timedelta] = {
    "kafka": timedelta(seconds=60),
    "cloud": timedelta(seconds=15),
    "global": timedelta(seconds=15),
    "tableflow": timedelta(seconds=10),
    "schema-registry": timedelta(seconds=60),
    "flink": timedelta(seconds=60),
}
ROLE_BINDINGS = timedelta(seconds=90)


class Propagation:
    """Makes the lives of new keys and role bindings."""

    def __init__(self, looks: Looks, pace: Pace, clock: Clock) -> None:
        self._looks, self._pace, self._clock = looks, pace, clock

    def of_key(self, scope: Scope) -> Life:
        """Return the life of a new API key."""
        return self._life(self._looks.keys, KEYS[scope])

    def of_role_binding(self) -> Life:
        """Return the life of a new role binding."""
        return self._life(self._looks.role_bindings, ROLE_BINDINGS)

    def _life(self, looks: int, lasts: timedelta) -> Life:
        cycle = LifeCycle((Phase("PROPAGATING", looks, lasts),), READY)
        return Life(cycle, self._pace, self._clock)
