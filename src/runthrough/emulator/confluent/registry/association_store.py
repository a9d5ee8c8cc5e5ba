"""Which subject a resource's keys and values belong to, where somebody has said so."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Resource:
    """What a subject is associated with: a topic, by name and namespace (its cluster) and id."""

    name: str
    namespace: str
    id: str
    type: str


@dataclass(frozen=True)
class Association:
    """One association; `lifecycle` STRONG = the subject goes with the resource."""

    resource: Resource
    type: str
    subject: str
    lifecycle: str
    frozen: bool
    guid: str = field(default_factory=lambda: str(uuid.uuid4()))


class AssociationStore:
    """The associations of one registry; thread-safe."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], Association] = {}
        self._lock = threading.Lock()

    def put(self, associations: Iterable[Association]) -> None:
        """Keep associations, each instead of the one its resource has of that type."""
        with self._lock:
            for one in associations:
                self._known[one.resource.id, one.resource.type, one.type] = one

    def find(self, fits: Callable[[Association], bool]) -> list[Association]:
        """Return those that fit, by resource and type."""
        with self._lock:
            return [self._known[key] for key in sorted(self._known) if fits(self._known[key])]

    def delete(self, associations: Iterable[Association]) -> None:
        """Forget associations."""
        with self._lock:
            for one in associations:
                self._known.pop((one.resource.id, one.resource.type, one.type), None)
