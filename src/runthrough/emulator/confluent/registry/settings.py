"""Schema Registry's settings: configurations and modes, of all subjects and of single ones.

Sources: facts/confluent-cloud-api.md 3.7; what the modes and the parts of a configuration do is
Confluent's public documentation of them. The levels themselves are in `flink/formats/schemas.py`,
which needs them to register a schema.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import replace

from runthrough.emulator.confluent.http import LIVE_HAS_IT, Refusal
from runthrough.emulator.confluent.registry.association_store import AssociationStore
from runthrough.emulator.confluent.registry.tag_store import TagStore
from runthrough.emulator.flink.formats.schemas import (
    Draft,
    SchemaError,
    SchemaStore,
    normalized,
)

Json = dict[str, object]

MODES = ("READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT", "FORWARD")
READ_ONLY = ("READONLY", "READONLY_OVERRIDE")
DEFAULT_MODE = "READWRITE"
INVALID_MODE, NOT_PERMITTED = 42204, 42205


class RegistrySettings:
    """Configurations and modes; the subject None stands for all of them. Thread-safe."""

    def __init__(self, schemas: SchemaStore) -> None:
        self._schemas = schemas
        self._modes: dict[str | None, str] = {}
        self._configs: dict[str | None, Json] = {}
        self.associations = AssociationStore()
        self.tags = TagStore()
        self._lock = threading.Lock()

    # --- configurations ------------------------------------------------------------------------

    def config(self, subject: str | None = None) -> Json:
        """Return what holds for a subject: its own settings, else those of all; with a level."""
        with self._lock:
            known = {**self._configs.get(None, {}), **self._configs.get(subject, {})}
        return {"compatibilityLevel": self._schemas.level(subject), **known}

    def own_config(self, subject: str | None) -> Json | None:
        """Return what is set for this very subject, or None."""
        level = self._schemas.own_level(subject)
        with self._lock:
            known = self._configs.get(subject)
        if known is None and level is None:
            return None
        return {**({"compatibilityLevel": level} if level else {}), **(known or {})}

    def change_config(self, subject: str | None, level: str | None, changes: Json) -> None:
        """Set a level (None = leave it) and other parts. Raises SchemaError (42203)."""
        if level is not None:
            self._schemas.set_level(level, subject)
        if not changes:
            return
        with self._lock:
            known = {**self._configs.get(subject, {}), **changes}
            self._configs[subject] = {name: v for name, v in known.items() if v is not None}
            group = self._configs[subject].get("compatibilityGroup")
        self._schemas.set_group(None if group is None else str(group), subject)

    def delete_config(self, subject: str | None) -> None:
        """Forget what is set for this very subject."""
        self._schemas.set_level(None, subject)
        self._schemas.set_group(None, subject)
        with self._lock:
            self._configs.pop(subject, None)

    def prepared(self, subject: str, draft: Draft, *, normalize: bool) -> Draft:
        """Return a schema as it is to be registered or looked up.

        Metadata and rules not given are those of the subject's latest version; the configuration's
        defaults are put below them and its overrides above.

        Raises:
            SchemaError: 42201, it is no schema.
            NotEmulatedError: it is a Protobuf schema and to be normalized.
        """
        config = self.config(subject)
        latest = self._schemas.latest(subject)
        known = None if latest is None else latest.schema
        metadata = draft.metadata or (known.metadata if known else None)
        rules = draft.rule_set or (known.rule_set if known else None)
        draft = replace(
            draft,
            metadata=_merged(
                config.get("defaultMetadata"), metadata, config.get("overrideMetadata")
            ),
            rule_set=_merged(config.get("defaultRuleSet"), rules, config.get("overrideRuleSet")),
        )
        wanted = normalize or config.get("normalize") is True
        return normalized(draft) if wanted else draft

    # --- modes ---------------------------------------------------------------------------------

    def mode(self, subject: str | None = None) -> str:
        """Return the mode that holds for a subject; READONLY_OVERRIDE of all of them overrides."""
        with self._lock:
            everywhere = self._modes.get(None, DEFAULT_MODE)
            if everywhere == "READONLY_OVERRIDE":
                return everywhere
            return self._modes.get(subject, everywhere)

    def own_mode(self, subject: str | None) -> str | None:
        """Return the mode set for this very subject, if one is."""
        with self._lock:
            return self._modes.get(subject)

    def set_mode(
        self, mode: str | None, subject: str | None = None, *, force: bool = False
    ) -> None:
        """Set a mode, or with None remove it.

        Raises:
            SchemaError: 42204, there is no such mode; 42205, IMPORT where there are schemas, which
                only `force` allows.
            Refusal: 501, it is FORWARD.
        """
        if mode is not None and (mode not in MODES or (subject and mode == "READONLY_OVERRIDE")):
            raise SchemaError(
                f"Invalid mode. Valid values are {', '.join(MODES[:-1])}", code=INVALID_MODE
            )
        if mode == "FORWARD":
            raise Refusal(501, f"the mode {mode} {LIVE_HAS_IT}")
        if mode == "IMPORT" and not force and self.mode(subject) != "IMPORT":
            found = self._schemas.subjects()
            if found if subject is None else subject in found:
                raise SchemaError("Cannot import since found existing subjects", code=NOT_PERMITTED)
        with self._lock:
            self._modes.pop(subject, None)
            if mode is not None:
                self._modes[subject] = mode

    def check_writable(self, subject: str | None) -> None:
        """Check that a subject may be changed. Raises SchemaError (42205) in a read-only mode."""
        if self.mode(subject) in READ_ONLY:
            raise SchemaError(f"Subject {subject} is in read-only mode", code=NOT_PERMITTED)

    def check_registering(self, subject: str, *, with_id: bool) -> None:
        """Check that a schema may be registered: with an id in IMPORT only, without in READWRITE.

        Raises:
            SchemaError: 42205.
        """
        self.check_writable(subject)
        wanted, words = ("IMPORT", "import") if with_id else ("READWRITE", "read-write")
        if self.mode(subject) != wanted:
            raise SchemaError(f"Subject {subject} is not in {words} mode", code=NOT_PERMITTED)

    def forget(self, subject: str) -> None:
        """Forget all settings of a subject that is deleted."""
        self.delete_config(subject)
        self.set_mode(None, subject)


def _merged(below: object, own: str | None, above: object) -> str | None:
    """Return three JSON objects put over one another, each part of theirs too; None = nothing."""
    whole: Json = {}
    for layer in (below, json.loads(own) if own else None, above):
        for name, value in layer.items() if isinstance(layer, Mapping) else ():
            before = whole.get(name)
            if isinstance(before, Mapping) and isinstance(value, Mapping):
                whole[name] = {**before, **value}
            else:
                whole[name] = value
    return as_text(whole) if whole else None


def as_text(value: object) -> str:
    """Return JSON in one order, so that equal values are equal texts."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
