"""The store of compute pools and of what the organization says about default ones.

Sources: facts/confluent-cloud-api.md 3.3 (one default pool an environment and region), 1.6 (what a
deleted pool answers). That names are unique in an environment is ours.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from runthrough.emulator.confluent.account.records import ComputePool, ComputePoolConfig
from runthrough.emulator.confluent.bodies import invalid, taken
from runthrough.emulator.confluent.http import Refusal
from runthrough.emulator.confluent.ids import new_id
from runthrough.emulator.confluent.pace import (
    COMPUTE_POOL,
    COMPUTE_POOL_LEAVING,
    Life,
    Pace,
    settled,
)
from runthrough.emulator.world import Clock

DEFAULT_MAX_CFU = 5
DEFAULT_POOL_MAX_CFU = 50
"""Both ours: the sheet has no defaults."""


class ComputePools:
    """Every compute pool; thread-safe, under the lock of its account."""

    def __init__(self, lock: threading.RLock, *, clock: Clock, pace: Pace) -> None:
        self._lock, self._clock, self._pace = lock, clock, pace
        self._pools: dict[str, ComputePool] = {}
        self._config = ComputePoolConfig(True, DEFAULT_POOL_MAX_CFU, clock())

    def put(self, pool: ComputePool) -> None:
        """Take a pool that is there from the beginning."""
        with self._lock:
            self._pools[pool.id] = pool

    def all(self, environment_id: str) -> tuple[ComputePool, ...]:
        """Return the pools of an environment, the oldest first."""
        with self._lock:
            self._bury()
            return tuple(p for p in self._pools.values() if p.environment_id == environment_id)

    def alive(self, environment_id: str) -> list[str]:
        """Return the ids of the pools of an environment that nobody has deleted."""
        return [pool.id for pool in self.all(environment_id) if pool.leaving is None]

    def get(self, pool_id: str, environment_id: str | None = None) -> ComputePool:
        """Return a pool of an environment (None = any).

        Raises:
            Refusal: 403 with the cloud's own text (facts 1.6), there is none.
        """
        with self._lock:
            self._bury()
            found = self._pools.get(pool_id)
        if found is None or environment_id not in (None, found.environment_id):
            raise Refusal(403, f"The compute pool {pool_id} was not found.")
        return found

    def create(
        self,
        environment_id: str,
        *,
        display_name: str,
        cloud: str,
        region: str,
        max_cfu: int,
        default_pool: bool,
        enable_ai: bool,
    ) -> ComputePool:
        """Create a pool in an environment that exists.

        Raises:
            Refusal: 409 the name is taken, or the environment has a default pool in this region.
        """
        with self._lock:
            if any(p.display_name == display_name for p in self.all(environment_id)):
                raise _taken(display_name)
            if default_pool and self.default(environment_id, region) is not None:
                raise taken(
                    f"Environment {environment_id} has a default compute pool in {region} already."
                )
            now = self._clock()
            made = ComputePool(
                id=new_id("lfcp", self._pools),
                environment_id=environment_id,
                display_name=display_name,
                cloud=cloud,
                region=region,
                max_cfu=max_cfu,
                default_pool=default_pool,
                enable_ai=enable_ai,
                created_at=now,
                updated_at=now,
                life=Life(COMPUTE_POOL, self._pace, self._clock),
            )
            self._pools[made.id] = made
            return made

    def default(self, environment_id: str, region: str) -> ComputePool | None:
        """Return the pool for statements that name none; None if there is none yet."""
        for pool in self.all(environment_id):
            if pool.default_pool and pool.region == region and pool.leaving is None:
                return pool
        return None

    def default_or_new(
        self, environment_id: str, *, cloud: str, region: str, display_name: str
    ) -> ComputePool:
        """Return the pool for statements that name none; the first of them makes it, ready.

        Raises:
            Refusal: 422 there is none and the organization wants none to be made.
        """
        with self._lock:
            found = self.default(environment_id, region)
            if found is not None:
                return found
            if not self._config.default_pool_enabled:
                raise invalid(
                    "spec.compute_pool_id is required: the organization has no default pools",
                    "/spec/compute_pool_id",
                )
            made = self.create(
                environment_id,
                display_name=display_name,
                cloud=cloud,
                region=region,
                max_cfu=self._config.default_pool_max_cfu,
                default_pool=True,
                enable_ai=False,
            )
            ready = Life(settled("PROVISIONED"), self._pace, self._clock)
            self._pools[made.id] = replace(made, life=ready)
            return self._pools[made.id]

    def change(self, pool_id: str, change: Callable[[ComputePool], ComputePool]) -> ComputePool:
        """Put a changed pool in its place; `change` may refuse.

        Raises:
            Refusal: 403 no such pool; 409 the name is taken.
        """
        with self._lock:
            old = self.get(pool_id)
            new = replace(change(old), updated_at=self._clock())
            others = {p.display_name for p in self.all(old.environment_id) if p.id != old.id}
            if new.display_name in others:
                raise _taken(new.display_name)
            self._pools[pool_id] = new
            return new

    def delete(self, pool_id: str) -> None:
        """Delete a pool: it is DEPROVISIONING, then gone. Raises Refusal (403): there is none."""
        with self._lock:
            old = self.get(pool_id)
            if old.leaving is None:
                leaving = Life(COMPUTE_POOL_LEAVING, self._pace, self._clock)
                self._pools[pool_id] = replace(old, leaving=leaving)

    def forget(self, environment_id: str) -> None:
        """Forget the pools of an environment that is gone."""
        with self._lock:
            for pool in self.all(environment_id):
                del self._pools[pool.id]

    @property
    def config(self) -> ComputePoolConfig:
        """What holds for default pools."""
        with self._lock:
            return self._config

    def configure(self, *, enabled: bool | None, max_cfu: int | None) -> ComputePoolConfig:
        """Change what holds for default pools; None = leave it."""
        with self._lock:
            old = self._config
            self._config = ComputePoolConfig(
                old.default_pool_enabled if enabled is None else enabled,
                old.default_pool_max_cfu if max_cfu is None else max_cfu,
                self._clock(),
            )
            return self._config

    def _bury(self) -> None:
        for pool in list(self._pools.values()):
            if pool.leaving is not None and pool.leaving.over:
                del self._pools[pool.id]


def _taken(name: str) -> Refusal:
    return taken(f"A compute pool named {name} already exists.")
