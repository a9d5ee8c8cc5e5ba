"""The state behind the Confluent routes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runthrough.emulator.confluent.gateway.statements import StatementStore
from runthrough.emulator.confluent.registry.settings import RegistrySettings
from runthrough.emulator.flink.engine import Engine
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.world import Clock, World


@dataclass(frozen=True)
class Cloud:
    """One emulated Confluent Cloud.

    Attributes:
        bootstrap: the broker's address for clients, with its scheme.
        started: when the world began, the creation time of all it holds.
    """

    world: World
    engine: Engine
    schemas: SchemaStore
    registry: RegistrySettings
    statements: StatementStore
    bootstrap: str
    started: datetime
    clock: Clock

    def running_statements(self) -> int:
        """Return how many statements run: each takes one CFU at least (facts 6)."""
        now = self.clock()
        return sum(s.look(now).phase == "RUNNING" for s in self.statements.all())
