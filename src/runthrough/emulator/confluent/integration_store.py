"""The provider integrations there are."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass

from runthrough.emulator.confluent.ids import new_id


@dataclass(frozen=True)
class Integration:
    """One provider integration.

    Attributes:
        role: ARN of the customer's role. external_id: what its trust policy asks for.
    """

    id: str
    environment: str
    display_name: str
    role: str
    external_id: str


class IntegrationStore:
    """Provider integrations by id; thread-safe."""

    def __init__(self) -> None:
        self._all: dict[str, Integration] = {}
        self._lock = threading.Lock()

    def add(self, *, environment: str, display_name: str, role: str) -> Integration:
        """Take a new one."""
        with self._lock:
            made = Integration(
                new_id("cspi", self._all), environment, display_name, role, str(uuid.uuid4())
            )
            self._all[made.id] = made
            return made

    def of(self, environment: str) -> tuple[Integration, ...]:
        """Return those of an environment."""
        with self._lock:
            return tuple(i for i in self._all.values() if i.environment == environment)

    def get(self, identifier: str, environment: str) -> Integration | None:
        """Return one, None if its environment has none of that id."""
        with self._lock:
            found = self._all.get(identifier)
        return found if found is not None and found.environment == environment else None

    def leave(self, environment: str) -> None:
        """Forget all of an environment that is gone."""
        for integration in self.of(environment):
            self.remove(integration.id)

    def remove(self, identifier: str) -> None:
        """Forget one."""
        with self._lock:
            self._all.pop(identifier, None)
