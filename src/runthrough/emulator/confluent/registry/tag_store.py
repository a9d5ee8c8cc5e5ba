"""The tags of one Stream Catalog: their definitions, and which topics have them."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class TagDefinition:
    """A tag somebody has defined."""

    name: str
    description: str
    created: datetime
    updated: datetime
    guid: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True, order=True)
class Tagging:
    """A tag on a topic, given by its cluster's id and its name."""

    cluster: str
    topic: str
    tag: str


class TagStore:
    """Definitions and taggings; thread-safe."""

    def __init__(self) -> None:
        self._definitions: dict[str, TagDefinition] = {}
        self._taggings: set[Tagging] = set()
        self._lock = threading.Lock()

    def definitions(self) -> list[TagDefinition]:
        """Return every definition, by name."""
        with self._lock:
            return [self._definitions[name] for name in sorted(self._definitions)]

    def definition(self, name: str) -> TagDefinition | None:
        """Return a definition, or None."""
        with self._lock:
            return self._definitions.get(name)

    def define(self, definitions: list[TagDefinition]) -> str | None:
        """Add definitions, or none where a name is taken: return that name."""
        with self._lock:
            for one in definitions:
                if one.name in self._definitions:
                    return one.name
            self._definitions.update({one.name: one for one in definitions})
            return None

    def forget(self, name: str) -> bool:
        """Delete a definition and its taggings; return whether it was there."""
        with self._lock:
            self._taggings = {one for one in self._taggings if one.tag != name}
            return self._definitions.pop(name, None) is not None

    def tag(self, taggings: list[Tagging]) -> None:
        """Put tags on topics."""
        with self._lock:
            self._taggings.update(taggings)

    def untag(self, tagging: Tagging) -> bool:
        """Take a tag off a topic; return whether it was there."""
        with self._lock:
            there = tagging in self._taggings
            self._taggings.discard(tagging)
            return there

    def tags_of(self, cluster: str, topic: str) -> list[str]:
        """Return the names of a topic's tags."""
        with self._lock:
            found = [t.tag for t in self._taggings if (t.cluster, t.topic) == (cluster, topic)]
        return sorted(found)
