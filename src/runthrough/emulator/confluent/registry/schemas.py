"""Schema Registry: schemas by id and by guid, and the list of them.

Sources: facts/confluent-cloud-api.md 3.7; the parameters are those of the public API reference.
"""

from __future__ import annotations

import json

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Reply
from runthrough.emulator.confluent.registry.requests import (
    MEDIA_TYPE,
    answer,
    cut,
    in_format,
    read_id,
    refuse_format,
    refusing,
    render_schema,
    render_version,
)
from runthrough.emulator.confluent.registry.subjects import read_prefix
from runthrough.emulator.confluent.sights import Sight
from runthrough.emulator.flink.formats.avro_compatibility import whole
from runthrough.emulator.flink.formats.schemas import TYPES, Schema, SchemaError, Version


@refusing
def list_schemas(cloud: Cloud, call: Call) -> Reply:
    """GET /schemas?subjectPrefix=&deleted=&latestOnly=&offset=&limit=: by subject and version."""
    prefix = read_prefix(call)
    found = sorted(
        (v for v in cloud.schemas.all_versions(deleted=call.flag("deleted"))),
        key=lambda v: (v.subject, v.version),
    )
    shown = Sight(cloud, call).subjects(list({v.subject for v in found}))
    found = [v for v in found if v.subject.startswith(prefix) and v.subject in shown]
    if call.flag("latestOnly"):
        found = list({v.subject: v for v in found}.values())
    return answer([render_version(v) for v in cut(found, call)])


def list_types(_cloud: Cloud, _call: Call) -> Reply:
    """GET /schemas/types."""
    return answer(list(TYPES))


@refusing
def get_schema(cloud: Cloud, call: Call) -> Reply:
    """GET /schemas/ids/{id}?format=&fetchMaxId=.

    Every schema has one id, so `?subject=` changes nothing. The format `resolved` puts what an
    Avro schema refers to into it, `serialized` is a Protobuf schema's binary form.
    """
    schema = cloud.schemas.schema(read_id(call))
    body = render_schema(schema)
    if call.query.get("format") == "resolved" and schema.type == "AVRO":
        body["schema"] = _resolved(cloud, schema)
    else:
        body = in_format(call, body, schema)
    if call.flag("fetchMaxId"):
        body["maxId"] = max(known.id for known in cloud.schemas.schemas())
    return answer(body)


@refusing
def get_schema_text(cloud: Cloud, call: Call) -> Reply:
    """GET /schemas/ids/{id}/schema: the text alone."""
    refuse_format(call)
    text = cloud.schemas.schema(read_id(call)).text
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


@refusing
def get_schema_by_guid(cloud: Cloud, call: Call) -> Reply:
    """GET /schemas/guids/{guid}."""
    schema = _by_guid(cloud, call)
    return answer(in_format(call, render_schema(schema), schema))


@refusing
def list_ids_of_guid(cloud: Cloud, call: Call) -> Reply:
    """GET /schemas/guids/{guid}/ids: its id in each context."""
    return answer([{"context": ".", "id": _by_guid(cloud, call).id}])


def _by_guid(cloud: Cloud, call: Call) -> Schema:
    guid = call.params["guid"]
    for schema in cloud.schemas.schemas():
        if schema.guid == guid.lower():
            return schema
    raise SchemaError(f"Schema {guid} not found", code=40403)


def _resolved(cloud: Cloud, schema: Schema) -> str:
    referred = cloud.schemas.referred(schema.references)
    named = {name: json.loads(other.text) for name, other in referred}
    return json.dumps(whole(json.loads(schema.text), named), separators=(",", ":"))


def _uses(cloud: Cloud, call: Call) -> list[Version]:
    number, subject = read_id(call), call.query.get("subject", "")
    uses = cloud.schemas.uses(number, deleted=call.flag("deleted"))
    return [use for use in uses if subject in ("", use.subject)]
