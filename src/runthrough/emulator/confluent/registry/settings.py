"""Schema Registry's settings: compatibility levels and modes, of all subjects and of single ones.

Source: facts/confluent-cloud-api.md 3.7. The levels themselves are in `flink/schemas.py`, which
needs them to register a schema.
"""

from __future__ import annotations

import threading

from runthrough.emulator.confluent.http import LIVE_HAS_IT, Refusal
from runthrough.emulator.flink.formats.schemas import SchemaError, SchemaStore

MODES = ("READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT", "FORWARD")
EMULATED_MODES = frozenset({"READWRITE", "READONLY"})
DEFAULT_MODE = "READWRITE"
INVALID_MODE = 42204


class RegistrySettings:
    """Levels and modes; the subject None stands for all of them. Thread-safe."""

    def __init__(self, schemas: SchemaStore) -> None:
        self._schemas = schemas
        self._modes: dict[str | None, str] = {}
        self._lock = threading.Lock()

    def level(self, subject: str | None = None) -> str:
        """Return the compatibility level that holds for a subject."""
        return self._schemas.level(subject)

    def own_level(self, subject: str | None) -> str | None:
        """Return the level set for this very subject, if one is."""
        return self._schemas.own_level(subject)

    def set_level(self, level: str | None, subject: str | None = None) -> None:
        """Set a level, or with None remove it. Raises SchemaError (42203) for one unknown."""
        self._schemas.set_level(level, subject)

    def mode(self, subject: str | None = None) -> str:
        """Return the mode that holds for a subject."""
        with self._lock:
            everywhere = self._modes.get(None, DEFAULT_MODE)
            return self._modes.get(subject, everywhere)

    def own_mode(self, subject: str | None) -> str | None:
        """Return the mode set for this very subject, if one is."""
        with self._lock:
            return self._modes.get(subject)

    def set_mode(self, mode: str | None, subject: str | None = None) -> None:
        """Set a mode, or with None remove it.

        Raises:
            SchemaError: 42204, there is no such mode.
            Refusal: 501, it is IMPORT or another one of its kin.
        """
        if mode is not None and mode not in MODES:
            raise SchemaError(
                f"Invalid mode. Valid values are {', '.join(MODES)}", code=INVALID_MODE
            )
        if mode is not None and mode not in EMULATED_MODES:
            raise Refusal(501, f"the mode {mode} {LIVE_HAS_IT}")
        with self._lock:
            self._modes.pop(subject, None)
            if mode is not None:
                self._modes[subject] = mode
