"""Schemas as Schema Registry keeps them: texts, their types, what they refer to, when two are one.

Source: facts/confluent-cloud-api.md 3.7. Which texts are the same schema: those that differ in
white space and in the order of JSON members; normalized ones besides are written in one order.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from runthrough.emulator.flink.formats.protobuf_descriptors import (
    UnreadError,
    descriptor_bytes,
    is_descriptor,
    write_descriptor,
)
from runthrough.emulator.flink.formats.protobuf_files import ProtobufError
from runthrough.emulator.flink.formats.protobuf_reader import read_descriptor
from runthrough.emulator.flink.formats.protobuf_schemas import canonical_protobuf, parse_protobuf
from runthrough.emulator.flink.formats.protobuf_texts import write_protobuf
from runthrough.errors import RunthroughError

TYPES = ("AVRO", "JSON", "PROTOBUF")
INVALID_SCHEMA = 42201

_AVRO_ORDER = ("type", "name", "namespace", "doc", "items", "values", "fields", "symbols", "size")


class SchemaError(RunthroughError):
    """The registry refuses. `code` is its error code: 40401, 40402, 40403, 42201, 409."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code


class NotEmulatedError(RunthroughError):
    """Something about schemas the live registry does and the emulator does not."""


@dataclass(frozen=True)
class Reference:
    """A schema that another one names."""

    name: str
    subject: str
    version: int


@dataclass(frozen=True)
class Draft:
    """A schema without an id; `metadata` and `rule_set` are JSON texts."""

    text: str
    type: str = "AVRO"
    references: tuple[Reference, ...] = ()
    metadata: str | None = None
    rule_set: str | None = None


@dataclass(frozen=True)
class Schema:
    """A schema; JSON texts without white space, as the registry answers them.

    Attributes:
        metadata: a JSON object as text: `tags`, `properties`, `sensitive`.
        rule_set: a JSON object as text: `migrationRules`, `domainRules`.
    """

    id: int
    text: str
    type: str = "AVRO"
    references: tuple[Reference, ...] = ()
    metadata: str | None = None
    rule_set: str | None = None

    @property
    def guid(self) -> str:
        """What the schema is called in every registry: a hash of all it says, as a UUID."""
        names = [[r.name, r.subject, r.version] for r in self.references]
        whole = [self.type, canonical(self.text, self.type), names, self.metadata, self.rule_set]
        digest = hashlib.md5(json.dumps(whole).encode(), usedforsecurity=False).digest()
        return str(uuid.UUID(bytes=digest))

    def property(self, name: str) -> str | None:
        """Return a property of the metadata."""
        metadata = json.loads(self.metadata or "{}")
        found = (metadata.get("properties") or {}).get(name)
        return None if found is None else str(found)


@dataclass(frozen=True)
class Version:
    """A schema under a subject; `deleted` is the soft deletion."""

    subject: str
    version: int
    schema: Schema
    deleted: bool = False


def compact(text: str, kind: str) -> str:
    """Return a schema's text without white space around JSON, a Protobuf schema's as a file.

    Raises:
        SchemaError: 42201, it is no schema.
        NotEmulatedError: it is a Protobuf schema in its binary form, and holds what is not kept.
    """
    if kind not in TYPES:
        raise SchemaError(
            f"Invalid schema type {kind}; known are {', '.join(TYPES)}", code=INVALID_SCHEMA
        )
    if kind == "PROTOBUF":
        return _from_descriptor(text) if is_descriptor(text) else text.strip()
    try:
        return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError) as e:
        raise SchemaError(
            f"Invalid schema {text}, details: it is not JSON: {e}", code=INVALID_SCHEMA
        ) from e


def _from_descriptor(text: str) -> str:
    try:
        return write_protobuf(read_descriptor(descriptor_bytes(text)))
    except UnreadError as e:
        raise NotEmulatedError(f"a Protobuf schema in its binary form with {e}") from e
    except ProtobufError as e:
        raise SchemaError(f"Invalid schema {text}, details: {e}", code=INVALID_SCHEMA) from e


def serialized(text: str) -> str:
    """Return a Protobuf schema in its binary form, base64.

    Raises:
        NotEmulatedError: it holds what cannot be written so.
    """
    try:
        return write_descriptor(parse_protobuf(text))
    except ProtobufError as e:
        raise NotEmulatedError(f"the binary form of a Protobuf schema with {e}") from e


def canonical(text: str, kind: str) -> str:
    """Return what is the same for texts that are the same schema.

    Raises:
        SchemaError: 42201, it is no Protobuf schema.
    """
    if kind != "PROTOBUF":
        return json.dumps(json.loads(text), sort_keys=True)
    try:
        return canonical_protobuf(text)
    except ProtobufError as e:
        raise SchemaError(f"Invalid schema {text}, details: {e}", code=INVALID_SCHEMA) from e


def normalized(draft: Draft) -> Draft:
    """Return a schema in the one order of its parts; references are ordered by name.

    Avro's attributes get the order of the specification's examples, a JSON schema's members that
    of their names, a Protobuf file the order of its binary form; which order the live registry
    writes is not known.

    Raises:
        SchemaError: 42201, the text is no schema.
        NotEmulatedError: it is a Protobuf schema with what is not kept in its binary form.
    """
    if draft.type == "PROTOBUF":
        text = _from_descriptor(serialized(_checked(compact(draft.text, draft.type))))
    else:
        parsed = json.loads(compact(draft.text, draft.type))
        ordered = _avro_ordered(parsed) if draft.type == "AVRO" else parsed
        text = json.dumps(
            ordered, separators=(",", ":"), ensure_ascii=False, sort_keys=draft.type == "JSON"
        )
    references = tuple(sorted(draft.references, key=lambda r: (r.name, r.subject, r.version)))
    return Draft(text, draft.type, references, draft.metadata, draft.rule_set)


def _checked(text: str) -> str:
    canonical(text, "PROTOBUF")
    return text


def _avro_ordered(node: object) -> object:
    if isinstance(node, list):
        return [_avro_ordered(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    if set(node) == {"type"}:
        return _avro_ordered(node["type"])
    first = [name for name in _AVRO_ORDER if name in node]
    others = sorted(name for name in node if name not in _AVRO_ORDER)
    inner = ("type", "items", "values", "fields")
    return {n: _avro_ordered(node[n]) if n in inner else node[n] for n in (*first, *others)}
