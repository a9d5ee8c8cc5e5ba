"""Reading what clients send to the Schema Registry, and writing its answers.

Source: facts/confluent-cloud-api.md 3.7: media type, error codes, the schema object.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Literal, TypeVar

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import LIVE_HAS_IT, Call, Refusal, Reply, reply
from runthrough.emulator.flink.formats.schemas import Reference, Schema, SchemaError, Version

T = TypeVar("T")
Json = dict[str, object]
Handler = Callable[[Cloud, Call], Reply]

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
INVALID_SCHEMA, INVALID_VERSION, NOT_PERMITTED, INVALID_SUBJECT = 42201, 42202, 42205, 42208
MAX_VERSION = 2**31 - 1


@dataclass(frozen=True)
class SchemaOrder:
    """A schema as a client sends it."""

    text: str
    type: str
    references: tuple[Reference, ...]


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

    return guarded


def read_subject(call: Call) -> str:
    """Return the subject of the path.

    Raises:
        Refusal: 422, it holds control characters; 501, it is in a context of its own.
    """
    subject = call.params["subject"]
    if not subject.isprintable():
        raise Refusal(422, "The specified subject is not a valid.", code=INVALID_SUBJECT)
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


def read_schema(call: Call) -> SchemaOrder:
    """Return the schema of a request's body.

    Raises:
        Refusal: 400 or 422, it is not one; 501, it carries what the emulator has not.
    """
    body = call.json_object()
    refuse_flag(call, "normalize")
    for name in ("metadata", "ruleSet", "schemaTagsToAdd", "schemaTagsToRemove"):
        if body.get(name):
            raise Refusal(501, f"the {name} of a schema {LIVE_HAS_IT}")
    text, kind = body.get("schema"), body.get("schemaType") or "AVRO"
    if not isinstance(text, str) or not text.strip():
        raise Refusal(422, "Invalid schema: it is missing or empty", code=INVALID_SCHEMA)
    if not isinstance(kind, str):
        raise Refusal(422, "Invalid schema: schemaType must be a string", code=INVALID_SCHEMA)
    return SchemaOrder(text, kind.upper(), _read_references(body))


def _read_references(body: Json) -> tuple[Reference, ...]:
    sent = body.get("references") or []
    if not isinstance(sent, list):
        raise Refusal(422, "Invalid schema: references must be a list", code=INVALID_SCHEMA)
    return tuple(_read_reference(item) for item in sent)


def _read_reference(sent: object) -> Reference:
    fields: Json = sent if isinstance(sent, dict) else {}
    name, subject, version = (fields.get(key) for key in ("name", "subject", "version"))
    if not isinstance(name, str) or not isinstance(subject, str):
        raise Refusal(
            422, "Invalid schema: a reference has a name and a subject", code=INVALID_SCHEMA
        )
    if not isinstance(version, int) or isinstance(version, bool):
        raise Refusal(
            422, "Invalid schema: the version of a reference is a number", code=INVALID_SCHEMA
        )
    return Reference(name, subject, version)


def refuse_flag(call: Call, name: str) -> None:
    """Refuse a flag the emulator does not honour. Raises Refusal (501) where it is set."""
    if call.flag(name):
        raise Refusal(501, f"{name}=true {LIVE_HAS_IT}")


def refuse_format(call: Call) -> None:
    """Refuse formats other than the one as registered. Raises Refusal (501)."""
    for name in ("format", "referenceFormat", "reference_format"):
        if call.query.get(name):
            raise Refusal(501, f"{name}={call.query[name]} {LIVE_HAS_IT}")


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
    body: Json = {"schema": schema.text}
    if schema.type != "AVRO":
        body["schemaType"] = schema.type
    if schema.references:
        body["references"] = [
            {"name": r.name, "subject": r.subject, "version": r.version} for r in schema.references
        ]
    return body


def render_version(version: Version) -> Json:
    """Return a schema under its subject."""
    return {
        "subject": version.subject,
        "version": version.version,
        "id": version.schema.id,
        **render_schema(version.schema),
    }
