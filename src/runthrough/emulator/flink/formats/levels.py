"""How strictly a subject's schemas are compared (facts/confluent-cloud-api.md 3.7, `/config`)."""

from __future__ import annotations

from runthrough.emulator.flink.formats.schema_texts import Draft, Schema, Version

LEVELS = (
    "NONE",
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
)
DEFAULT_LEVEL = "BACKWARD"


class Levels:
    """The levels and compatibility groups that were set. Not thread-safe: the store is.

    A subject of None stands for all that have none of their own.
    """

    def __init__(self) -> None:
        self._levels: dict[str | None, str] = {}
        self._groups: dict[str | None, str] = {}

    def level(self, subject: str | None) -> str:
        """Return the level that holds for a subject."""
        return self._levels.get(subject) or self._levels.get(None) or DEFAULT_LEVEL

    def own_level(self, subject: str | None) -> str | None:
        """Return the level set for this very subject, if one is."""
        return self._levels.get(subject)

    def set_level(self, level: str | None, subject: str | None) -> None:
        """Set a level that is one, or with None remove it."""
        self._levels.pop(subject, None)
        if level is not None:
            self._levels[subject] = level

    def set_group(self, name: str | None, subject: str | None) -> None:
        """Set the metadata property only schemas alike in are compared, or with None remove it."""
        self._groups.pop(subject, None)
        if name is not None:
            self._groups[subject] = name

    def forget(self, subject: str) -> None:
        """Remove what was set for a subject."""
        self._levels.pop(subject, None)
        self._groups.pop(subject, None)

    def same_group(self, known: Version, draft: Draft) -> bool:
        """Return whether a new schema is compared with a version at all."""
        name = self._groups.get(known.subject) or self._groups.get(None)
        if name is None:
            return True
        new = Schema(0, draft.text, metadata=draft.metadata)
        return known.schema.property(name) == new.property(name)
