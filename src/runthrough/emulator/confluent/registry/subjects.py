"""Schema Registry: subjects and their versions.

Source: facts/confluent-cloud-api.md 3.7. Configurations and modes are in `config.py`, schemas by
id in `schemas.py`; the state is `flink/formats/schemas.py`, which Flink tables and Kafka clients
share.
"""

from __future__ import annotations

from collections.abc import Iterator

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Refusal, Reply
from runthrough.emulator.confluent.registry.requests import (
    MEDIA_TYPE,
    answer,
    checked_subject,
    cut,
    in_format,
    read_schema,
    read_subject,
    read_version,
    refuse_format,
    refusing,
    render_version,
)
from runthrough.emulator.confluent.sights import Sight
from runthrough.emulator.flink.formats.schemas import SchemaError, Version

REFERENCE_EXISTS = 42206


# --- subjects -----------------------------------------------------------------------------------


@refusing
def list_subjects(cloud: Cloud, call: Call) -> Reply:
    """GET /subjects?subjectPrefix=&deleted=&deletedOnly=&offset=&limit=."""
    prefix = read_prefix(call)
    alive = cloud.schemas.subjects()
    found = cloud.schemas.subjects(deleted=call.flag("deleted") or only_deleted(call))
    if only_deleted(call):
        found = tuple(name for name in found if name not in alive)
    found = tuple(name for name in found if name.startswith(prefix))
    shown = Sight(cloud, call).subjects(list(found))
    return answer(cut([name for name in found if name in shown], call))


@refusing
def look_up(cloud: Cloud, call: Call) -> Reply:
    """POST /subjects/{subject}?normalize=&deleted=: which of its versions has this schema?"""
    subject, order = read_subject(call), read_schema(call)
    deleted, draft = call.flag("deleted"), order.draft
    if call.flag("normalize") or cloud.registry.config(subject).get("normalize") is True:
        draft = cloud.registry.prepared(subject, draft, normalize=True)
    found = cloud.schemas.lookup(subject, draft, deleted=deleted)
    return answer(in_format(call, render_version(found), found.schema))


@refusing
def delete_subject(cloud: Cloud, call: Call) -> Reply:
    """DELETE /subjects/{subject}?permanent=: softly, or after that for good."""
    subject, permanent = read_subject(call), call.flag("permanent")
    cloud.registry.check_writable(subject)
    for version in cloud.schemas.versions(subject, deleted=True):
        _refuse_if_referenced(cloud, subject, version)
    gone = cloud.schemas.delete_subject(subject, permanent=permanent)
    if not permanent:  # what was set since then outlives the subject
        cloud.registry.forget(subject)
    return answer(list(gone))


@refusing
def get_with_metadata(cloud: Cloud, call: Call) -> Reply:
    """GET /subjects/{subject}/metadata?key=&value=&deleted=: the latest version with these."""
    subject, deleted = read_subject(call), call.flag("deleted")
    keys, values = call.values("key"), call.values("value")
    if len(keys) != len(values):
        raise Refusal(422, "each key needs a value", code=422)
    for number in reversed(cloud.schemas.versions(subject, deleted=deleted)):
        found = cloud.schemas.version(subject, number, deleted=deleted)
        if all(found.schema.property(k) == v for k, v in zip(keys, values, strict=True)):
            return answer(in_format(call, render_version(found), found.schema))
    raise SchemaError("Schema not found", code=40403)


# --- versions -----------------------------------------------------------------------------------


@refusing
def list_versions(cloud: Cloud, call: Call) -> Reply:
    """GET /subjects/{subject}/versions?deleted=&deletedOnly=&offset=&limit=."""
    subject = read_subject(call)
    only = only_deleted(call)
    found = cloud.schemas.versions(subject, deleted=call.flag("deleted") or only)
    if only:
        alive = {v.version for v in cloud.schemas.all_versions() if v.subject == subject}
        found = tuple(number for number in found if number not in alive)
    return answer(cut(found, call))


@refusing
def register(cloud: Cloud, call: Call) -> Reply:
    """POST /subjects/{subject}/versions?normalize=; with an id in the mode IMPORT only."""
    subject, order = read_subject(call), read_schema(call)
    cloud.registry.check_registering(subject, with_id=order.id is not None)
    draft = cloud.registry.prepared(subject, order.draft, normalize=call.flag("normalize"))
    if order.id is None:
        return answer(render_version(cloud.schemas.add(subject, draft)))
    made = cloud.schemas.import_version(subject, draft, id=order.id, version=order.version)
    return answer(render_version(made))


@refusing
def get_version(cloud: Cloud, call: Call) -> Reply:
    """GET /subjects/{subject}/versions/{version}?deleted=&format=."""
    found = _find(cloud, call)
    return answer(in_format(call, render_version(found), found.schema))


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
    cloud.registry.check_writable(subject)
    exact = version != "latest"
    number = cloud.schemas.version(subject, version, deleted=exact or permanent).version
    _refuse_if_referenced(cloud, subject, number)
    return answer(cloud.schemas.delete_version(subject, number, permanent=permanent))


@refusing
def list_references(cloud: Cloud, call: Call) -> Reply:
    """GET /subjects/{subject}/versions/{version}/referencedby: the ids of those schemas."""
    found = _find(cloud, call)
    ids = {v.schema.id for v in _referring(cloud, found.subject, found.version)}
    return answer(cut(sorted(ids), call))


def list_contexts(_cloud: Cloud, call: Call) -> Reply:
    """GET /contexts: there is the default one only."""
    return answer(cut(["."], call))


# --- parts --------------------------------------------------------------------------------------


def read_prefix(call: Call) -> str:
    """Return what subjects are to begin with; `:*:` stands for every context.

    Raises:
        Refusal: 501, it is in a context of its own.
    """
    return checked_subject(call.query.get("subjectPrefix", "").removeprefix(":*:"))


def only_deleted(call: Call) -> bool:
    """Return whether only soft-deleted things are asked for; clients write it in two ways."""
    return call.flag("deletedOnly") or call.flag("deleted_only")


def _find(cloud: Cloud, call: Call) -> Version:
    subject, version = read_subject(call), read_version(call)
    return cloud.schemas.version(subject, version, deleted=call.flag("deleted"))


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
