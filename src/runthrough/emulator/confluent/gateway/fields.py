"""Reading the bodies of gateway requests, part by part; whatever does not fit is named.

Source: facts/confluent-cloud-api.md 2.2, 2.11 (fields). That an unknown field is refused, and the
words of the refusals, are ours: no fact gives them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Refusal

Json = dict[str, object]

ENVELOPE = frozenset(
    {
        "api_version",
        "kind",
        "name",
        "organization_id",
        "environment_id",
        "metadata",
        "spec",
        "status",
        "result",
    }
)
"""Fields of every object; clients send back what they read (facts 2.1)."""

METADATA = frozenset(
    {"self", "uid", "resource_name", "resource_version", "labels", "created_at", "updated_at"}
)


def invalid(detail: str, place: str) -> Refusal:
    """Return a 400 that points at a place of the body, `spec.statement` say."""
    return invalid_at(detail, *place.split("."))


def invalid_at(detail: str, *members: str) -> Refusal:
    """Return a 400 that points at a place whose members may have dots in their names."""
    escaped = (name.replace("~", "~0").replace("/", "~1") for name in members)
    return Refusal(400, detail, code="invalid_request_body", pointer="/" + "/".join(escaped))


def member(body: Mapping[str, object], name: str, place: str) -> Json:
    """Return an object inside a body; {} where it is missing or null.

    Raises:
        Refusal: 400, it is something else.
    """
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(f"{place} must be an object", place)
    return value


def text(body: Mapping[str, object], name: str, place: str) -> str:
    """Return a string inside a body; "" where it is missing or null.

    Raises:
        Refusal: 400, it is something else.
    """
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid(f"{place} must be a string", place)
    return value


def only(body: Mapping[str, object], known: Collection[str], *place: str) -> None:
    """Check that an object has no other fields. Raises Refusal (400) pointing at the first."""
    for name in body:
        if name not in known:
            where = ".".join(place) or "the request body"
            raise invalid_at(f"{where} has no field {name!r}", *place, name)


def check_envelope(cloud: Cloud, body: Json, kind: str) -> None:
    """Check what every object says of itself, where a client sends it.

    Raises:
        Refusal: 400, an unknown field, another kind, organization or environment.
    """
    only(body, ENVELOPE)
    only(member(body, "metadata", "metadata"), METADATA, "metadata")
    member(body, "status", "status")
    for name, ours in (
        ("api_version", "sql/v1"),
        ("kind", kind),
        ("organization_id", cloud.world.organization.id),
        ("environment_id", cloud.environment_id),
    ):
        value = text(body, name, name)
        if value not in ("", ours):
            raise invalid(f"{name} {value} is not {ours}, the one of the path", name)


def check_version(body: Json, current: int, what: str) -> bool:
    """Check the version a PUT was written over, where it says one; return whether it does.

    Raises:
        Refusal: 409, it has changed since.
    """
    metadata = member(body, "metadata", "metadata")
    sent = text(metadata, "resource_version", "metadata.resource_version")
    if sent and sent != str(current):
        raise stale(what, sent)
    return bool(sent)


def stale(what: str, version: object) -> Refusal:
    """Return the 409 of something that was changed by somebody else (facts 2.1)."""
    return Refusal(
        409,
        f"{what} has changed since resource_version {version}: read it again",
        code="resource_version_conflict",
    )


def read_labels(metadata: Json) -> dict[str, str]:
    """Return `metadata.labels`. Raises Refusal (400): not an object of strings."""
    labels = member(metadata, "labels", "metadata.labels")
    read: dict[str, str] = {}
    for name, value in labels.items():
        if not isinstance(value, str):
            raise invalid_at(f"the label {name} must be a string", "metadata", "labels", name)
        read[name] = value
    return read
