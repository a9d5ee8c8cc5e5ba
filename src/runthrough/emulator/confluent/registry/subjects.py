"""The Schema Registry's subjects and schemas.

Source: facts/confluent-cloud-api.md 3.7. Levels and modes are in `registry_config.py`,
compatibility checks in `registry_compatibility.py`; the state is `flink/schemas.py`, which Flink
tables and Kafka clients share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Refusal, Reply
from runthrough.emulator.confluent.registry.requests import (
    MEDIA_TYPE,
    NOT_PERMITTED,
    answer,
    cut,
    read_id,
    read_schema,
    read_subject,
    read_version,
    refuse_format,
    refusing,
    render_schema,
    render_version,
)
from runthrough.emulator.flink.formats.schemas import TYPES, Version

REFERENCE_EXISTS = 42206
NO_SUBJECT = 40401


# --- subjects -----------------------------------------------------------------------------------


def list_subjects(cloud: Cloud, call: Call) -> Reply:
    """GET /subjects?subjectPrefix=&deleted=&deletedOnly=&offset=&limit=."""
    prefix = call.query.get("subjectPrefix", "").removeprefix(":*:")
    alive = cloud.schemas.subjects()
    found: Iterable[str] = cloud.schemas.subjects(deleted=call.flag("deleted"))
    if call.flag("deletedOnly") or call.flag("deleted_only"):
        found = (name for name in cloud.schemas.subjects(deleted=True) if name not in alive)
    return answer(cut([name for name in found if name.startswith(prefix)], call))


@refusing
def look_up(cloud: Cloud, call: Call) -> Reply:
    """POST /subjects/{subject}: under which version does the subject have this schema?"""
    refuse_format(call)
    subject, order = read_subject(call), read_schema(call)
    found = cloud.schemas.lookup(
        subject, order.text, order.type, order.references, deleted=call.flag("deleted")
    )
    return answer(render_version(found))


@refusing
def delete_subject(cloud: Cloud, call: Call) -> Reply:
    """DELETE /subjects/{subject}?permanent=: softly, or after that for good."""
    subject, permanent = read_subject(call), call.flag("permanent")
    _check_writable(cloud, subject)
    for version in cloud.schemas.versions(subject, deleted=permanent):
        _refuse_if_referenced(cloud, subject, version)
    return answer(list(cloud.schemas.delete_subject(subject, permanent=permanent)))


# --- versions -----------------------------------------------------------------------------------


@refusing
def list_versions(cloud: Cloud, call: Call) -> Reply:
    """GET /subjects/{subject}/versions."""
    subject = read_subject(call)
    return answer(cut(cloud.schemas.versions(subject, deleted=call.flag("deleted")), call))


@refusing
def register(cloud: Cloud, call: Call) -> Reply:
    """POST /subjects/{subject}/versions."""
    subject, order = read_subject(call), read_schema(call)
    _check_writable(cloud, subject)
    cloud.schemas.register(subject, order.text, order.type, order.references)
    made = cloud.schemas.lookup(subject, order.text, order.type, order.references)
    return answer(render_version(made))


@refusing
def get_version(cloud: Cloud, call: Call) -> Reply:
    """GET /subjects/{subject}/versions/{version}."""
    refuse_format(call)
    return answer(render_version(_find(cloud, call)))


@refusing
def get_version_schema(cloud: Cloud, call: Call) -> Reply:
    """GET /subjects/{subject}/versions/{version}/schema: the text alone."""
    refuse_format(call)
    text = _find(cloud, call).schema.text
    return Reply(200, text.encode(), MEDIA_TYPE)


@refusing
def delete_version(cloud: Cloud, call: Call) -> Reply:
    """DELETE /subjects/{subject}/versions/{version}?permanent=."""
    subject, version = read_subject(call), read_version(call)
    permanent = call.flag("permanent")
    _check_writable(cloud, subject)
    number = cloud.schemas.version(subject, version, deleted=permanent).version
    _refuse_if_referenced(cloud, subject, number)
    return answer(cloud.schemas.delete_version(subject, number, permanent=permanent))


@refusing
def list_references(cloud: Cloud, call: Call) -> Reply:
    """GET /subjects/{subject}/versions/{version}/referencedby: the ids of those schemas."""
    found = _find(cloud, call)
    ids = {v.schema.id for v in _referring(cloud, found.subject, found.version)}
    return answer(cut(sorted(ids), call))


# --- schemas ------------------------------------------------------------------------------------


def list_types(_cloud: Cloud, _call: Call) -> Reply:
    """GET /schemas/types."""
    return answer(list(TYPES))


@refusing
def get_schema(cloud: Cloud, call: Call) -> Reply:
    """GET /schemas/ids/{id}. Every schema has one id, so `?subject=` changes nothing."""
    refuse_format(call)
    number = read_id(call)
    return answer(render_schema(cloud.schemas.schema(number)))


@refusing
def get_schema_text(cloud: Cloud, call: Call) -> Reply:
    """GET /schemas/ids/{id}/schema: the text alone."""
    refuse_format(call)
    number = read_id(call)
    text = cloud.schemas.schema(number).text
    return Reply(200, text.encode(), MEDIA_TYPE)


@refusing
def list_schema_subjects(cloud: Cloud, call: Call) -> Reply:
    """GET /schemas/ids/{id}/subjects?subject=&deleted=."""
    return answer(cut(sorted({use.subject for use in _uses(cloud, call)}), call))


@refusing
def list_schema_versions(cloud: Cloud, call: Call) -> Reply:
    """GET /schemas/ids/{id}/versions?subject=&deleted=."""
    uses = [{"subject": use.subject, "version": use.version} for use in _uses(cloud, call)]
    return answer(cut(uses, call))


def list_contexts(_cloud: Cloud, call: Call) -> Reply:
    """GET /contexts: there is the default one only."""
    return answer(cut(["."], call))


def list_associations(_cloud: Cloud, call: Call) -> Reply:
    """GET /associations/resources/{namespace}/{resource}: none.

    (De)serializers ask before they use a topic; at 404 they fall back to `<topic>-value`.
    """
    resource = f"{call.params['namespace']}/{call.params['resource']}"
    raise Refusal(404, f"No association found for the resource {resource}", code=NO_SUBJECT)


# --- parts --------------------------------------------------------------------------------------


def _find(cloud: Cloud, call: Call) -> Version:
    subject, version = read_subject(call), read_version(call)
    return cloud.schemas.version(subject, version, deleted=call.flag("deleted"))


def _uses(cloud: Cloud, call: Call) -> list[Version]:
    number, subject = read_id(call), call.query.get("subject", "")
    uses = cloud.schemas.uses(number, deleted=call.flag("deleted"))
    return [use for use in uses if subject in ("", use.subject)]


def _check_writable(cloud: Cloud, subject: str) -> None:
    if cloud.registry.mode(subject) == "READONLY":
        raise Refusal(422, f"Subject {subject} is in read-only mode", code=NOT_PERMITTED)


def _referring(cloud: Cloud, subject: str, version: int) -> Iterator[Version]:
    """Yield the versions whose schema refers to this one."""
    for candidate in cloud.schemas.all_versions():
        for reference in candidate.schema.references:
            if (reference.subject, reference.version) == (subject, version):
                yield candidate


def _refuse_if_referenced(cloud: Cloud, subject: str, version: int) -> None:
    by = next(_referring(cloud, subject, version), None)
    if by is not None:
        raise Refusal(
            422,
            f"One or more references exist to the schema {{subject={subject}, version={version}}}:"
            f" {by.subject} version {by.version}",
            code=REFERENCE_EXISTS,
        )
