"""The connectors there are: what was asked for, and in which state it is.

The emulator runs no connector, and none ever says RUNNING: after a while of PROVISIONING it is
FAILED with a trace that says so. Source of the states: facts/confluent-cloud-api.md 3.8; the
length of PROVISIONING is ours (Terraform looks first after 3 minutes).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from runthrough.emulator.confluent.ids import new_id
from runthrough.emulator.confluent.pace import Life, LifeCycle, Pace, Phase
from runthrough.emulator.world import Clock

STARTING = LifeCycle((Phase("PROVISIONING", 1, timedelta(minutes=2)),), "FAILED")

TRACE = (
    "not emulated: the emulator runs no connectors, so no record is produced or consumed; the live"
    " target runs them"
)

Place = tuple[str, str]
"""Environment and Kafka cluster."""


class ConnectorExistsError(Exception):
    """There is a connector of that name."""


@dataclass(frozen=True)
class Connector:
    """One connector.

    Attributes:
        config: as sent, with its secrets.
        paused: whether it was told to rest.
    """

    id: str
    place: Place
    name: str
    config: Mapping[str, str] = field(repr=False)
    life: Life = field(repr=False)
    paused: bool = False

    def look(self) -> str:
        """Return its state; this look counts (`pace.py`)."""
        return "PAUSED" if self.paused else self.life.look()


class ConnectorStore:
    """Connectors by place and name; thread-safe."""

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self._pace, self._clock = pace, clock
        self._all: dict[tuple[Place, str], Connector] = {}
        self._lock = threading.Lock()

    def add(self, place: Place, name: str, config: Mapping[str, str]) -> Connector:
        """Take a new one. Raises ConnectorExistsError where the place has one of that name."""
        with self._lock:
            if (place, name) in self._all:
                raise ConnectorExistsError(name)
            taken = {c.id for c in self._all.values()}
            made = Connector(new_id("lcc", taken), place, name, dict(config), self._life())
            self._all[place, name] = made
            return made

    def of(self, place: Place) -> tuple[Connector, ...]:
        """Return those of a place, by name."""
        with self._lock:
            found = [c for c in self._all.values() if c.place == place]
        return tuple(sorted(found, key=lambda c: c.name))

    def get(self, place: Place, name: str) -> Connector | None:
        """Return one, None without it."""
        with self._lock:
            return self._all.get((place, name))

    def configure(self, place: Place, name: str, config: Mapping[str, str]) -> Connector:
        """Create one, or give it another config and start it anew."""
        with self._lock:
            known = self._all.get((place, name))
            taken = {c.id for c in self._all.values()}
            made = Connector(
                known.id if known else new_id("lcc", taken),
                place,
                name,
                dict(config),
                self._life(),
                paused=known is not None and known.paused,
            )
            self._all[place, name] = made
            return made

    def pause(self, place: Place, name: str, *, paused: bool) -> Connector | None:
        """Let one rest, or go on; None without it."""
        return self._change(place, name, paused=paused)

    def restart(self, place: Place, name: str) -> Connector | None:
        """Start one anew; None without it."""
        return self._change(place, name, life=self._life())

    def leave(self, place: Place) -> None:
        """Forget all of a cluster that is gone."""
        for connector in self.of(place):
            self.remove(place, connector.name)

    def remove(self, place: Place, name: str) -> bool:
        """Forget one; return whether it was there."""
        with self._lock:
            return self._all.pop((place, name), None) is not None

    def _change(self, place: Place, name: str, **changes: object) -> Connector | None:
        with self._lock:
            known = self._all.get((place, name))
            if known is None:
                return None
            self._all[place, name] = replace(known, **changes)  # type: ignore[arg-type]
            return self._all[place, name]

    def _life(self) -> Life:
        return Life(STARTING, self._pace, self._clock)
