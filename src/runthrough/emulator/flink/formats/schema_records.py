"""What a Schema Registry has written down: schemas by id, and the versions of each subject.

Schemas are shared: the same one has the same id under every subject. Ids begin at 100001 and are
not used again (facts/confluent-cloud-api.md 3.7).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runthrough.emulator.flink.formats.schema_texts import (
    Draft,
    Reference,
    Schema,
    Version,
    canonical,
)

FIRST_ID = 100001

Identity = tuple[str, str, tuple[Reference, ...], str | None, str | None]


def identity(schema: Schema | Draft) -> Identity:
    """Return what two schemas have in common if they are the same."""
    text = canonical(schema.text, schema.type)
    return schema.type, text, schema.references, schema.metadata, schema.rule_set


class Records:
    """Schemas, subjects and versions as they stand. Not thread-safe: the store is.

    Attributes:
        schemas: by id.
        subjects: the versions of each, by number; the softly deleted ones are marked.
        parsed: Avro schemas ready for fastavro, by id.
        last_id: the highest id that was ever given.
    """

    def __init__(self) -> None:
        self.schemas: dict[int, Schema] = {}
        self.subjects: dict[str, list[Version]] = {}
        self.parsed: dict[int, Any] = {}
        self.last_id = FIRST_ID - 1
        self._ids: dict[Identity, Schema] = {}

    def same_as(self, draft: Draft) -> Schema | None:
        """Return the schema that a new one is the same as, if there is one."""
        return self._ids.get(identity(draft))

    def known(self, subject: str, draft: Draft) -> Version | None:
        """Return the latest version under which a subject has a schema."""
        for version in reversed(self.subjects.get(subject, [])):
            if not version.deleted and identity(version.schema) == identity(draft):
                return version
        return None

    def keep(self, number: int, draft: Draft) -> Schema:
        """Give a schema an id."""
        d = draft
        schema = Schema(number, d.text, d.type, d.references, d.metadata, d.rule_set)
        self.schemas[number] = schema
        self._ids.setdefault(identity(schema), schema)
        self.last_id = max(self.last_id, number)
        return schema

    def next_version(self, subject: str) -> int:
        """Return the number a subject's next version has."""
        return 1 + max((v.version for v in self.subjects.get(subject, [])), default=0)

    def append(self, subject: str, schema: Schema, number: int) -> Version:
        """Put a schema under a subject as a version, in place of a deleted one of that number."""
        made = Version(subject, number, schema)
        others = [v for v in self.subjects.get(subject, []) if v.version != number]
        self.subjects[subject] = sorted((*others, made), key=lambda v: v.version)
        return made

    def delete(self, version: Version, permanent: bool) -> None:
        """Mark a version as deleted or forget it, and the schema where it was the last."""
        kept = [v for v in self.subjects[version.subject] if v.version != version.version]
        if not permanent:
            kept.append(replace(version, deleted=True))
        if kept:
            self.subjects[version.subject] = sorted(kept, key=lambda v: v.version)
        else:
            del self.subjects[version.subject]
        if permanent and not self._is_used(version.schema):
            self.schemas.pop(version.schema.id)
            self.parsed.pop(version.schema.id, None)
            if self._ids.get(identity(version.schema)) == version.schema:
                self._ids.pop(identity(version.schema))

    def _is_used(self, schema: Schema) -> bool:
        return any(v.schema == schema for versions in self.subjects.values() for v in versions)
