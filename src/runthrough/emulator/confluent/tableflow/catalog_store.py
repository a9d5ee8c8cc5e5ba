"""The catalog integrations there are."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from runthrough.emulator.confluent.ids import new_id
from runthrough.emulator.confluent.pace import Life, LifeCycle, Pace, Phase
from runthrough.emulator.confluent.tableflow.bodies import AwsGlue, CatalogChange, CatalogConfig
from runthrough.emulator.world import Clock

CONNECTING = LifeCycle((Phase("PENDING", 1, timedelta(minutes=2)),), "FAILED")
"""It never says CONNECTED; the length of PENDING is ours."""


@dataclass(frozen=True)
class Catalog:
    """One catalog integration; its config has secrets."""

    id: str
    environment: str
    cluster: str
    name: str
    config: CatalogConfig = field(repr=False)
    created: datetime
    updated: datetime
    life: Life = field(repr=False)


class CatalogStore:
    """Catalog integrations by id; thread-safe."""

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self._pace, self._clock = pace, clock
        self._all: dict[str, Catalog] = {}
        self._lock = threading.Lock()

    def add(self, environment: str, cluster: str, name: str, config: CatalogConfig) -> Catalog:
        """Take a new one."""
        now, life = self._clock(), Life(CONNECTING, self._pace, self._clock)
        with self._lock:
            made = Catalog(
                new_id("tci", self._all), environment, cluster, name, config, now, now, life
            )
            self._all[made.id] = made
            return made

    def of(self, environment: str, cluster: str) -> tuple[Catalog, ...]:
        """Return those of a cluster."""
        with self._lock:
            place = (environment, cluster)
            return tuple(c for c in self._all.values() if (c.environment, c.cluster) == place)

    def using(self, integration: str) -> tuple[Catalog, ...]:
        """Return those that act through a provider integration."""
        with self._lock:
            every = tuple(self._all.values())
        return tuple(
            catalog
            for catalog in every
            if isinstance(catalog.config, AwsGlue)
            and catalog.config.provider_integration_id == integration
        )

    def get(self, identifier: str) -> Catalog | None:
        """Return one, None without it."""
        with self._lock:
            return self._all.get(identifier)

    def change(
        self, identifier: str, name: str | None, change: CatalogChange | None
    ) -> Catalog | None:
        """Give one another name or parts of its config; None without it."""
        with self._lock:
            known = self._all.get(identifier)
            if known is None:
                return None
            given = {} if change is None else change.model_dump(exclude_none=True)
            changed = replace(
                known,
                name=name or known.name,
                config=known.config.model_copy(update=given),
                updated=self._clock(),
            )
            self._all[identifier] = changed
            return changed

    def leave(self, environment: str, cluster: str) -> None:
        """Forget all of a cluster that is gone."""
        for catalog in self.of(environment, cluster):
            self.remove(catalog.id)

    def remove(self, identifier: str) -> bool:
        """Forget one; return whether it was there."""
        with self._lock:
            return self._all.pop(identifier, None) is not None
