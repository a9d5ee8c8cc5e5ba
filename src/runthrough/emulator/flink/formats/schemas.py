"""The state of a Schema Registry, without its HTTP (facts/confluent-cloud-api.md 3.7).

Schemas are shared: the same schema has the same id under every subject. Ids begin at 100001 and
are not used again. Avro and JSON schemas are checked and compared, Protobuf schemas parsed and
compared.
"""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any, Literal

import fastavro

from runthrough.emulator.flink.formats.compatibility import Compared, differences
from runthrough.emulator.flink.formats.json_compatibility import JsonSchemaError, check_json_schema
from runthrough.emulator.flink.formats.levels import LEVELS, Levels
from runthrough.emulator.flink.formats.schema_records import FIRST_ID, Records, identity
from runthrough.emulator.flink.formats.schema_texts import (
    TYPES,
    Draft,
    NotEmulatedError,
    Reference,
    Schema,
    SchemaError,
    Version,
    canonical,
    compact,
    normalized,
)

__all__ = [
    "FIRST_ID",
    "LEVELS",
    "TYPES",
    "Draft",
    "NotEmulatedError",
    "Reference",
    "Schema",
    "SchemaError",
    "SchemaStore",
    "Version",
    "normalized",
]

LATEST = -1
"""A reference to this version is to the one that is the latest now."""


class SchemaStore:
    """Subjects, versions and schemas; every method may be called from any thread."""

    def __init__(self) -> None:
        self._records, self._levels = Records(), Levels()
        self._lock = threading.RLock()

    # --- registering ---------------------------------------------------------------------------

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
        return self.add(subject, Draft(schema_text, schema_type, references)).schema.id

    def add(self, subject: str, draft: Draft) -> Version:
        """Put a schema under a subject; known there already, nothing changes.

        Raises:
            SchemaError: 42201 it is no schema; 409 it breaks the subject's compatibility.
            NotEmulatedError: whether it does so cannot be told.
        """
        with self._lock:
            draft = self.checked(draft)
            if (known := self._records.known(subject, draft)) is not None:
                return known
            if problems := self.incompatibilities(subject, draft):
                raise SchemaError(
                    "Schema being registered is incompatible with an earlier schema for subject "
                    f'"{subject}", details: [{"; ".join(problems)}]',
                    code=409,
                )
            schema = self._records.same_as(draft)
            if schema is None:
                schema = self._records.keep(self._records.last_id + 1, draft)
            return self._records.append(subject, schema, self._records.next_version(subject))

    def import_version(
        self, subject: str, draft: Draft, *, id: int, version: int | None = None
    ) -> Version:
        """Put a schema under a subject with an id and, if given, a version of the caller's.

        Nothing is compared with earlier versions (mode IMPORT).

        Raises:
            SchemaError: 42201 it is no schema; 42205 the id or the version is another schema's.
        """
        with self._lock:
            draft = self.checked(draft)
            held = self._records.schemas.get(id)
            if held is not None and identity(held) != identity(draft):
                raise SchemaError(
                    f"Overwrite new schema with id {id} is not permitted.", code=42205
                )
            for known in self._records.subjects.get(subject, []):
                if known.version == version and known.schema.id != id:
                    raise SchemaError(
                        f"Version {version} of subject {subject} is another schema.", code=42205
                    )
                if known.schema.id == id and not known.deleted and version in (None, known.version):
                    return known
            schema = held or self._records.keep(id, draft)
            return self._records.append(
                subject, schema, version or self._records.next_version(subject)
            )

    def checked(self, draft: Draft) -> Draft:
        """Return a schema as it is kept: compact, its references to exact versions.

        Raises:
            SchemaError: 42201, it is no schema, or refers to none.
        """
        with self._lock:
            found = replace(
                draft,
                text=compact(draft.text, draft.type),
                references=tuple(self._resolved(r) for r in draft.references),
            )
            if found.type == "AVRO":
                self._parse_avro(found.text, found.references)
            if found.type == "JSON":
                try:
                    check_json_schema(json.loads(found.text))
                except JsonSchemaError as e:
                    text = f"Invalid schema {found.text}, details: {e}"
                    raise SchemaError(text, code=42201) from e
            canonical(found.text, found.type)
            return found

    # --- reading -------------------------------------------------------------------------------

    def schema(self, schema_id: int) -> Schema:
        """Return a schema by its id. Raises SchemaError 40403."""
        with self._lock:
            if schema_id not in self._records.schemas:
                raise SchemaError(f"Schema {schema_id} not found", code=40403)
            return self._records.schemas[schema_id]

    def schemas(self) -> tuple[Schema, ...]:
        """Return every schema, by id."""
        with self._lock:
            return tuple(self._records.schemas[number] for number in sorted(self._records.schemas))

    def parsed_avro(self, schema_id: int) -> Any:
        """Return an Avro schema ready for fastavro, with what it refers to. Raises SchemaError."""
        with self._lock:
            if schema_id not in self._records.parsed:
                schema = self.schema(schema_id)
                self._records.parsed[schema_id] = self._parse_avro(schema.text, schema.references)
            return self._records.parsed[schema_id]

    def referred(self, references: tuple[Reference, ...]) -> tuple[tuple[str, Schema], ...]:
        """Return what references name, with what that refers to first. Raises SchemaError."""
        found: dict[str, Schema] = {}
        for reference in references:
            target = self.version(reference.subject, reference.version, deleted=True).schema
            found |= dict(self.referred(target.references))
            found[reference.name] = target
        return tuple(found.items())

    def lookup(self, subject: str, draft: Draft, *, deleted: bool = False) -> Version:
        """Return the version under which a subject has a schema, the latest of several.

        Without metadata and rules, one that has some is found too.

        Raises:
            SchemaError: 40401 no such subject; 40403 it does not have it; 42201 it is no schema.
        """
        versions, draft = self._versions(subject, deleted), self.checked(draft)
        wanted = identity(draft)
        bare = draft.metadata is None and draft.rule_set is None
        for version in reversed(versions):
            known = identity(version.schema)
            if known == wanted or (bare and known[:3] == wanted[:3]):
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
            alive = [v for v in self._records.subjects.get(subject, []) if not v.deleted]
            return alive[-1] if alive else None

    def subjects(self, *, deleted: bool = False) -> tuple[str, ...]:
        """Return the subjects, with `deleted` also the soft-deleted ones."""
        with self._lock:
            return tuple(
                sorted(
                    subject
                    for subject, versions in self._records.subjects.items()
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
            every = [v for versions in self._records.subjects.values() for v in versions]
        return tuple(v for v in every if deleted or not v.deleted)

    # --- deleting ------------------------------------------------------------------------------

    def delete_subject(self, subject: str, *, permanent: bool = False) -> tuple[int, ...]:
        """Delete a subject, softly or (after that) for good; return the versions deleted.

        A soft deletion, and no other, forgets the subject's level.

        Raises:
            SchemaError: 40401 no such subject; 40404 softly deleted already; 40405 not softly
                deleted first.
        """
        with self._lock:
            every = self._versions(subject, True)
            alive = [v for v in every if not v.deleted]
            if permanent and alive:
                raise SchemaError(
                    f"Subject '{subject}' was not deleted first before being permanently deleted",
                    code=40405,
                )
            if not permanent and not alive:
                raise SchemaError(
                    f"Subject '{subject}' was soft deleted. Set permanent=true to delete "
                    "permanently",
                    code=40404,
                )
            gone = every if permanent else alive
            for version in gone:
                self._records.delete(version, permanent)
            if not permanent:  # a level set since then outlives the subject
                self._levels.forget(subject)
            return tuple(v.version for v in gone)

    def delete_version(
        self, subject: str, version: int | Literal["latest"], *, permanent: bool = False
    ) -> int:
        """Delete one version and return its number.

        Raises:
            SchemaError: 40401, 40402 there is none; 40406 softly deleted already; 40407 not
                softly deleted first.
        """
        with self._lock:
            # `latest` is the latest that can be deleted this way.
            exact = version != "latest"
            found = self.version(subject, version, deleted=exact or permanent)
            if permanent and not found.deleted:
                raise SchemaError(
                    f"Subject '{subject}' Version {found.version} was not deleted first before "
                    "being permanently deleted",
                    code=40407,
                )
            if not permanent and found.deleted:
                raise SchemaError(
                    f"Subject '{subject}' Version {found.version} was soft deleted. Set "
                    "permanent=true to delete permanently",
                    code=40406,
                )
            self._records.delete(found, permanent)
            return found.version

    # --- compatibility -------------------------------------------------------------------------

    def level(self, subject: str | None = None) -> str:
        """Return the compatibility level of a subject, or the one of all of them."""
        with self._lock:
            return self._levels.level(subject)

    def own_level(self, subject: str | None) -> str | None:
        """Return the level set for this very subject, if one is."""
        with self._lock:
            return self._levels.own_level(subject)

    def set_level(self, level: str | None, subject: str | None = None) -> None:
        """Set (or with None, remove) a compatibility level. Raises SchemaError 42203."""
        if level is not None and level not in LEVELS:
            raise SchemaError(f"Invalid compatibility level: {level}", code=42203)
        with self._lock:
            self._levels.set_level(level, subject)

    def set_group(self, name: str | None, subject: str | None = None) -> None:
        """Set (or with None, remove) the metadata property only schemas alike in are compared."""
        with self._lock:
            self._levels.set_group(name, subject)

    def incompatibilities(
        self, subject: str, draft: Draft, *, version: int | None = None
    ) -> tuple[str, ...]:
        """Return why a schema may not follow a subject's versions; empty = it may.

        With `version`, that version alone is looked at.

        Raises:
            NotEmulatedError: it cannot be told.
        """
        level = self.level(subject)
        with self._lock:
            earlier = [
                v
                for v in self._records.subjects.get(subject, [])
                if not v.deleted
                and version in (None, v.version)
                and self._levels.same_group(v, draft)
            ]
            if level == "NONE" or not earlier:
                return ()
            new = Compared(draft.text, self._texts(draft.references))
            problems: list[str] = []
            for known in earlier if level.endswith("_TRANSITIVE") else earlier[-1:]:
                if known.schema.type != draft.type:
                    kinds = f"{known.schema.type} schemas, not {draft.type}"
                    return (f"the subject holds {kinds}",)
                old = Compared(known.schema.text, self._texts(known.schema.references))
                problems += differences(new, old, draft.type, level)
            return tuple(problems)

    # --- parts ---------------------------------------------------------------------------------

    def _texts(self, references: tuple[Reference, ...]) -> tuple[tuple[str, str], ...]:
        return tuple((name, schema.text) for name, schema in self.referred(references))

    def _resolved(self, reference: Reference) -> Reference:
        try:
            wanted: int | Literal["latest"] = reference.version
            found = self.version(reference.subject, "latest" if wanted == LATEST else wanted)
        except SchemaError as e:
            text = f"Invalid schema: a reference is missing: {reference.subject}: {e}"
            raise SchemaError(text, code=42201) from e
        return replace(reference, version=found.version)

    def _versions(self, subject: str, deleted: bool) -> list[Version]:
        with self._lock:
            versions = [
                v for v in self._records.subjects.get(subject, []) if deleted or not v.deleted
            ]
        if not versions:
            raise SchemaError(f"Subject '{subject}' not found.", code=40401)
        return versions

    def _parse_avro(self, text: str, references: tuple[Reference, ...]) -> Any:
        named: dict[str, Any] = {}
        try:
            for _, target in self.referred(references):
                fastavro.parse_schema(json.loads(target.text), named_schemas=named)
            return fastavro.parse_schema(json.loads(text), named_schemas=named)
        except SchemaError as e:
            raise SchemaError(f"Invalid schema: a reference is missing: {e}", code=42201) from e
        except fastavro.schema.UnknownType as e:
            text = f"Invalid schema {text}, details: there is no type {e.name!r}"
            raise SchemaError(text, code=42201) from e
        except Exception as e:  # fastavro raises whatever a malformed schema makes it stumble on
            raise SchemaError(f"Invalid schema {text}, details: {e}", code=42201) from e
