"""The state of a Schema Registry, without its HTTP (facts/confluent-cloud-api.md 3.7).

Schemas are shared: the same schema has the same id under every subject. Ids begin at 100001.
Compatibility is worked out for Avro; other types are taken as they come.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import fastavro
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import parse as parse_avro

from runthrough.errors import RunthroughError

FIRST_ID = 100001
TYPES = ("AVRO", "JSON", "PROTOBUF")
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


class SchemaError(RunthroughError):
    """The registry refuses. `code` is its error code: 40401, 40402, 40403, 42201, 409."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Reference:
    """A schema that another one names."""

    name: str
    subject: str
    version: int


@dataclass(frozen=True)
class Schema:
    """A schema; JSON texts without white space, as the registry answers them."""

    id: int
    text: str
    type: str = "AVRO"
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Version:
    """A schema under a subject; `deleted` is the soft deletion."""

    subject: str
    version: int
    schema: Schema
    deleted: bool = False


@dataclass
class _State:
    ids: dict[tuple[str, str, tuple[Reference, ...]], Schema] = field(default_factory=dict)
    schemas: dict[int, Schema] = field(default_factory=dict)
    subjects: dict[str, list[Version]] = field(default_factory=dict)
    levels: dict[str | None, str] = field(default_factory=dict)
    parsed: dict[int, Any] = field(default_factory=dict)


class SchemaStore:
    """Subjects, versions and schemas; every method may be called from any thread."""

    def __init__(self) -> None:
        self._state = _State()
        self._lock = threading.RLock()

    def register(
        self,
        subject: str,
        schema_text: str,
        schema_type: str = "AVRO",
        references: tuple[Reference, ...] = (),
    ) -> int:
        """Put a schema under a subject and return its id; known there already, nothing changes.

        Raises:
            SchemaError: 42201 it is no schema; 409 it breaks the subject's compatibility.
        """
        with self._lock:
            schema = self._intern(schema_text, schema_type, references)
            versions = self._state.subjects.get(subject, [])
            if any(v.schema == schema and not v.deleted for v in versions):
                return schema.id
            if problems := self.incompatibilities(subject, schema_text, schema_type, references):
                raise SchemaError(
                    "Schema being registered is incompatible with an earlier schema for subject "
                    f'"{subject}", details: [{"; ".join(problems)}]',
                    code=409,
                )
            number = 1 + max((v.version for v in versions), default=0)
            self._state.subjects.setdefault(subject, []).append(Version(subject, number, schema))
            return schema.id

    def schema(self, schema_id: int) -> Schema:
        """Return a schema by its id. Raises SchemaError 40403."""
        with self._lock:
            if schema_id not in self._state.schemas:
                raise SchemaError(f"Schema {schema_id} not found", code=40403)
            return self._state.schemas[schema_id]

    def parsed_avro(self, schema_id: int) -> Any:
        """Return an Avro schema ready for fastavro, with what it refers to. Raises SchemaError."""
        with self._lock:
            if schema_id not in self._state.parsed:
                schema = self.schema(schema_id)
                self._state.parsed[schema_id] = self._parse_avro(schema.text, schema.references)
            return self._state.parsed[schema_id]

    def lookup(
        self,
        subject: str,
        schema_text: str,
        schema_type: str = "AVRO",
        references: tuple[Reference, ...] = (),
        *,
        deleted: bool = False,
    ) -> Version:
        """Return the version under which a subject has a schema. Raises SchemaError."""
        text = _compact(schema_text, schema_type)
        for version in self._versions(subject, deleted):
            known = version.schema
            if (known.type, known.references) == (schema_type, references) and _canonical(
                known.text, known.type
            ) == _canonical(text, schema_type):
                return version
        raise SchemaError("Schema not found", code=40403)

    def version(
        self, subject: str, version: int | Literal["latest"], *, deleted: bool = False
    ) -> Version:
        """Return one version of a subject. Raises SchemaError 40401 or 40402."""
        versions = self._versions(subject, deleted)
        if version == "latest":
            return versions[-1]
        for candidate in versions:
            if candidate.version == version:
                return candidate
        raise SchemaError(f"Version {version} not found.", code=40402)

    def latest(self, subject: str) -> Version | None:
        """Return a subject's latest version, or None where there is no such subject."""
        with self._lock:
            alive = [v for v in self._state.subjects.get(subject, []) if not v.deleted]
            return alive[-1] if alive else None

    def subjects(self, *, deleted: bool = False) -> tuple[str, ...]:
        """Return the subjects, with `deleted` also the soft-deleted ones."""
        with self._lock:
            return tuple(
                sorted(
                    subject
                    for subject, versions in self._state.subjects.items()
                    if any(deleted or not v.deleted for v in versions)
                )
            )

    def versions(self, subject: str, *, deleted: bool = False) -> tuple[int, ...]:
        """Return the version numbers of a subject. Raises SchemaError 40401."""
        return tuple(v.version for v in self._versions(subject, deleted))

    def uses(self, schema_id: int, *, deleted: bool = False) -> tuple[Version, ...]:
        """Return where a schema is registered. Raises SchemaError 40403."""
        schema = self.schema(schema_id)
        return tuple(v for v in self.all_versions(deleted=deleted) if v.schema == schema)

    def all_versions(self, *, deleted: bool = False) -> tuple[Version, ...]:
        """Return every version of every subject, with `deleted` also the soft-deleted ones."""
        with self._lock:
            every = [v for versions in self._state.subjects.values() for v in versions]
        return tuple(v for v in every if deleted or not v.deleted)

    def delete_subject(self, subject: str, *, permanent: bool = False) -> tuple[int, ...]:
        """Delete a subject, softly or (after that) for good; return the versions deleted.

        Raises:
            SchemaError: 40401 no such subject; 40405 not softly deleted first.
        """
        with self._lock:
            versions = self._versions(subject, permanent)
            if permanent and not all(v.deleted for v in versions):
                raise SchemaError(
                    f"Subject '{subject}' was not deleted first before being permanently deleted",
                    code=40405,
                )
            for version in versions:
                self._delete(version, permanent)
            return tuple(v.version for v in versions)

    def delete_version(
        self, subject: str, version: int | Literal["latest"], *, permanent: bool = False
    ) -> int:
        """Delete one version and return its number. Raises SchemaError 40401, 40402 or 40407."""
        with self._lock:
            found = self.version(subject, version, deleted=permanent)
            if permanent and not found.deleted:
                raise SchemaError(
                    f"Subject '{subject}' Version {found.version} was not deleted first before "
                    "being permanently deleted",
                    code=40407,
                )
            self._delete(found, permanent)
            return found.version

    def level(self, subject: str | None = None) -> str:
        """Return the compatibility level of a subject, or the one of all of them."""
        with self._lock:
            levels = self._state.levels
            return levels.get(subject) or levels.get(None) or DEFAULT_LEVEL

    def own_level(self, subject: str | None) -> str | None:
        """Return the level set for this very subject, if one is."""
        with self._lock:
            return self._state.levels.get(subject)

    def set_level(self, level: str | None, subject: str | None = None) -> None:
        """Set (or with None, remove) a compatibility level. Raises SchemaError 42203."""
        if level is not None and level not in LEVELS:
            raise SchemaError(f"Invalid compatibility level: {level}", code=42203)
        with self._lock:
            self._state.levels.pop(subject, None)
            if level is not None:
                self._state.levels[subject] = level

    def check(
        self, schema_text: str, schema_type: str = "AVRO", references: tuple[Reference, ...] = ()
    ) -> None:
        """Check that a text is a schema. Raises SchemaError 42201 where it is not."""
        compact = _compact(schema_text, schema_type)
        if schema_type == "AVRO":
            self._parse_avro(compact, references)

    def incompatibilities(
        self,
        subject: str,
        schema_text: str,
        schema_type: str = "AVRO",
        references: tuple[Reference, ...] = (),
        *,
        version: int | None = None,
    ) -> tuple[str, ...]:
        """Return why a schema may not follow a subject's versions; empty = it may.

        With `version`, that version alone is looked at.
        """
        level = self.level(subject)
        with self._lock:
            earlier = [
                v
                for v in self._state.subjects.get(subject, [])
                if not v.deleted and version in (None, v.version)
            ]
        if level == "NONE" or not earlier:
            return ()
        if any(v.schema.type != schema_type for v in earlier):
            return (f"the subject holds {earlier[-1].schema.type} schemas, not {schema_type}",)
        if schema_type != "AVRO" or references or earlier[-1].schema.references:
            return ()
        problems: list[str] = []
        for known in earlier if level.endswith("_TRANSITIVE") else earlier[-1:]:
            problems += _avro_problems(schema_text, known.schema.text, level)
        return tuple(problems)

    def _versions(self, subject: str, deleted: bool) -> list[Version]:
        with self._lock:
            versions = [
                v for v in self._state.subjects.get(subject, []) if deleted or not v.deleted
            ]
        if not versions:
            raise SchemaError(f"Subject '{subject}' not found.", code=40401)
        return versions

    def _delete(self, version: Version, permanent: bool) -> None:
        kept = [v for v in self._state.subjects[version.subject] if v.version != version.version]
        if not permanent:
            kept.append(Version(version.subject, version.version, version.schema, deleted=True))
        if kept:
            self._state.subjects[version.subject] = sorted(kept, key=lambda v: v.version)
        else:
            del self._state.subjects[version.subject]

    def _intern(self, text: str, kind: str, references: tuple[Reference, ...]) -> Schema:
        compact = _compact(text, kind)
        if kind == "AVRO":
            self._parse_avro(compact, references)
        key = (kind, _canonical(compact, kind), references)
        if key not in self._state.ids:
            schema = Schema(FIRST_ID + len(self._state.schemas), compact, kind, references)
            self._state.ids[key] = self._state.schemas[schema.id] = schema
        return self._state.ids[key]

    def _parse_avro(self, text: str, references: tuple[Reference, ...]) -> Any:
        named: dict[str, Any] = {}
        try:
            for reference in references:
                target = self.version(reference.subject, reference.version).schema
                fastavro.parse_schema(json.loads(target.text), named_schemas=named)
            return fastavro.parse_schema(json.loads(text), named_schemas=named)
        except SchemaError as e:
            raise SchemaError(f"Invalid schema: a reference is missing: {e}", code=42201) from e
        except Exception as e:  # fastavro raises whatever a malformed schema makes it stumble on
            raise SchemaError(f"Invalid schema {text}, details: {e}", code=42201) from e


def _compact(text: str, kind: str) -> str:
    if kind not in TYPES:
        raise SchemaError(f"Invalid schema type {kind}; known are {', '.join(TYPES)}", code=42201)
    if kind == "PROTOBUF":
        return text.strip()
    try:
        return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError) as e:
        raise SchemaError(f"Invalid schema {text}, details: it is not JSON: {e}", code=42201) from e


def _canonical(text: str, kind: str) -> str:
    return text if kind == "PROTOBUF" else json.dumps(json.loads(text), sort_keys=True)


def _avro_problems(new: str, old: str, level: str) -> list[str]:
    """Return what stands in the way of reading old with new (BACKWARD), new with old (FORWARD)."""
    pairs = []
    if not level.startswith("FORWARD"):
        pairs.append((new, old))
    if not level.startswith("BACKWARD"):
        pairs.append((old, new))
    problems: list[str] = []
    for reader, writer in pairs:
        checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]
        result = checker.get_compatibility(
            parse_avro(_without_logical_types(reader)), parse_avro(_without_logical_types(writer))
        )
        if result.compatibility is not SchemaCompatibilityType.compatible:
            problems += sorted(result.messages)
    return problems


def _without_logical_types(text: str) -> str:
    # They play no part in resolution, and the avro package warns about those it does not know.
    def strip(node: object) -> object:
        if isinstance(node, Mapping):
            return {k: strip(v) for k, v in node.items() if k != "logicalType"}
        return [strip(item) for item in node] if isinstance(node, list) else node

    return json.dumps(strip(json.loads(text)))
