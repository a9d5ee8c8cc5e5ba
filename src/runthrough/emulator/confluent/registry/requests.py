"""Reading what clients send to the Schema Registry, and writing its answers.

Source: facts/confluent-cloud-api.md 3.7: media type, error codes, the schema object. Codes the
sheet does not list (42208 subject, 42210 rules) are those of the public API reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Literal, TypeVar

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import LIVE_HAS_IT, Call, Refusal, Reply, reply
from runthrough.emulator.confluent.registry.rules import read_metadata, read_rule_set
from runthrough.emulator.flink.formats.schema_texts import serialized
from runthrough.emulator.flink.formats.schemas import (
    Draft,
    NotEmulatedError,
    Reference,
    Schema,
    SchemaError,
    Version,
)

T = TypeVar("T")
Json = dict[str, object]
Handler = Callable[[Cloud, Call], Reply]

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
INVALID_SCHEMA, INVALID_VERSION, INVALID_SUBJECT = 42201, 42202, 42208
MAX_VERSION = 2**31 - 1
FIELDS = ("subject", "version", "id", "guid", "schemaType", "references", "metadata", "ruleSet")
TAGS = ("schemaTags", "schemaTagsToAdd", "schemaTagsToRemove", "propagateSchemaTags")


@dataclass(frozen=True)
class SchemaOrder:
    """A schema as a client sends it; id and version count in the mode IMPORT only."""

    draft: Draft
    id: int | None
    version: int | None


def answer(body: object) -> Reply:
    """Return a JSON answer of the registry's media type."""
    return reply(body, media_type=MEDIA_TYPE)


def refusing(handler: Handler) -> Handler:
    """Turn what the store refuses into an answer: the first digits of its code are the status."""

    @wraps(handler)
    def guarded(cloud: Cloud, call: Call) -> Reply:
        try:
            return handler(cloud, call)
        except SchemaError as e:
            raise Refusal(int(str(e.code)[:3]), str(e), code=e.code) from e
        except NotEmulatedError as e:
            raise Refusal(501, f"{e} {LIVE_HAS_IT}") from e

    return guarded


def read_subject(call: Call) -> str:
    """Return the subject of the path; `:.:name` is `name`, in the default context.

    Raises:
        Refusal: 422, it holds control characters; 501, it is in a context of its own.
    """
    return checked_subject(call.params["subject"])


def checked_subject(subject: str) -> str:
    """Return a subject's name without the default context. Raises Refusal, as `read_subject`."""
    if not subject.isprintable():
        raise Refusal(422, "The specified subject is not a valid.", code=INVALID_SUBJECT)
    subject = subject.removeprefix(":.:")
    if subject.startswith(":."):
        raise Refusal(501, f"the context of the subject {subject} {LIVE_HAS_IT}")
    return subject


def read_version(call: Call) -> int | Literal["latest"]:
    """Return the version of the path. Raises Refusal (422) where it cannot be one."""
    written = call.params["version"]
    if written in ("latest", "-1"):
        return "latest"
    if written.isascii() and written.isdigit() and 1 <= int(written[:11]) <= MAX_VERSION:
        return int(written[:11])
    raise Refusal(
        422,
        f"The specified version '{written}' is not a valid version id. Allowed values are between"
        f' [1, {MAX_VERSION}] and the string "latest"',
        code=INVALID_VERSION,
    )


def read_id(call: Call) -> int:
    """Return the schema id of the path. Raises Refusal (404) where it cannot be one."""
    written = call.params["id"]
    if not (written.isascii() and written.isdigit()) or len(written) > 18:
        raise Refusal(404, "HTTP 404 Not Found")
    return int(written)


def read_body(call: Call, *fields: str) -> Json:
    """Return the body; unknown fields pass where the client says so in its header.

    Raises:
        Refusal: 400, it is no JSON object; 422, it has a field of no meaning.
    """
    body = call.json_object()
    unknown = sorted(body.keys() - set(fields))
    if unknown and call.header("confluent-accept-unknown-properties").lower() != "true":
        raise Refusal(422, f"Unrecognized field: {unknown[0]}", code=422)
    return {name: value for name, value in body.items() if name in fields}


def read_schema(call: Call) -> SchemaOrder:
    """Return the schema of a request's body.

    Raises:
        Refusal: 400 or 422, it is not one; 501, it carries what the emulator has not.
    """
    return schema_of(read_body(call, "schema", *FIELDS, *TAGS))


def schema_of(body: Json) -> SchemaOrder:
    """Return the schema of a JSON object. Raises Refusal, as `read_schema`."""
    for name in TAGS:
        if body.get(name):
            raise Refusal(501, f"the {name} of a schema {LIVE_HAS_IT}")
    text, kind = body.get("schema"), body.get("schemaType") or "AVRO"
    if not isinstance(text, str) or not text.strip():
        raise _invalid("it is missing or empty")
    if not isinstance(kind, str):
        raise _invalid("schemaType must be a string")
    draft = Draft(
        text,
        kind.upper(),
        _read_references(body),
        read_metadata(body.get("metadata"), "metadata"),
        read_rule_set(body.get("ruleSet"), "ruleSet"),
    )
    return SchemaOrder(draft, _read_number(body, "id"), _read_number(body, "version"))


def _read_number(body: Json, name: str) -> int | None:
    """Return a number; 0 and -1, which clients send for none, are none."""
    sent = body.get(name)
    if sent is None:
        return None
    if isinstance(sent, bool) or not isinstance(sent, int) or not -1 <= sent <= MAX_VERSION:
        raise _invalid(f"{name} must be a number up to {MAX_VERSION}")
    return sent if sent > 0 else None


def _read_references(body: Json) -> tuple[Reference, ...]:
    sent = body.get("references") or []
    if not isinstance(sent, list):
        raise _invalid("references must be a list")
    return tuple(_read_reference(item) for item in sent)


def _read_reference(sent: object) -> Reference:
    fields: Json = sent if isinstance(sent, dict) else {}
    name, subject, version = (fields.get(key) for key in ("name", "subject", "version"))
    if not isinstance(name, str) or not isinstance(subject, str):
        raise _invalid("a reference has a name and a subject")
    if not isinstance(version, int) or isinstance(version, bool):
        raise _invalid("the version of a reference is a number")
    return Reference(name, checked_subject(subject), version)


def _invalid(text: str) -> Refusal:
    return Refusal(422, f"Invalid schema: {text}", code=INVALID_SCHEMA)


def refuse_format(call: Call, *known: str) -> None:
    """Refuse formats other than the one as registered. Raises Refusal (501)."""
    for name in ("format", "referenceFormat", "reference_format"):
        if call.query.get(name) and call.query[name] not in known:
            raise Refusal(501, f"{name}={call.query[name]} {LIVE_HAS_IT}")


def in_format(call: Call, body: Json, schema: Schema) -> Json:
    """Return a schema's answer in the form `format` asks for: `serialized` is Protobuf's binary.

    Raises:
        Refusal: 501, in another one.
        NotEmulatedError: it cannot be written so.
    """
    refuse_format(call, *(["serialized"] if schema.type == "PROTOBUF" else []))
    if call.query.get("format") != "serialized":
        return body
    return {**body, "schema": serialized(schema.text)}


def cut(items: Sequence[T], call: Call) -> list[T]:
    """Return the part of a list that `offset` and `limit` ask for; a negative limit is none.

    Raises:
        Refusal: 400, one of them is no number.
    """
    offset, limit = _number(call, "offset", 0), _number(call, "limit", -1)
    rest = list(items[max(offset, 0) :])
    return rest if limit < 0 else rest[:limit]


def _number(call: Call, name: str, default: int) -> int:
    written = call.query.get(name, str(default))
    digits = written.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise Refusal(400, f"{name} must be a number, not {written!r}", code=400)
    return int(written)


def render_schema(schema: Schema) -> Json:
    """Return a schema; without `schemaType` it is Avro."""
    body: Json = {"guid": schema.guid, "schema": schema.text}
    if schema.type != "AVRO":
        body["schemaType"] = schema.type
    if schema.references:
        body["references"] = [
            {"name": r.name, "subject": r.subject, "version": r.version} for r in schema.references
        ]
    parts: Mapping[str, str | None] = {"metadata": schema.metadata, "ruleSet": schema.rule_set}
    return body | {name: json.loads(text) for name, text in parts.items() if text is not None}


def render_version(version: Version) -> Json:
    """Return a schema under its subject."""
    return {
        "subject": version.subject,
        "version": version.version,
        "id": version.schema.id,
        **render_schema(version.schema),
    }
