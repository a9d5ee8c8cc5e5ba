"""Schema Registry: associations of topics with subjects.

(De)serializers ask for them before they use a topic; at 404 they fall back to `<topic>-value`
(facts/confluent-cloud-api.md 3.7). The fields are those confluent-kafka 2.16 sends and reads; what
is asked of them, the defaults and the words are ours. Flink tables do not look at them.
"""

from __future__ import annotations

from collections.abc import Callable

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import Call, Refusal, Reply
from runthrough.emulator.confluent.registry.association_store import Association, Resource
from runthrough.emulator.confluent.registry.requests import (
    Json,
    answer,
    checked_subject,
    cut,
    refusing,
    schema_of,
)
from runthrough.emulator.flink.formats.schemas import SchemaError

NOT_FOUND, EXISTS = 40401, 409
LIFECYCLES = ("STRONG", "WEAK")
TYPES = ("key", "value")
ANY_NAMESPACE = "-"


def list_of_resource(cloud: Cloud, call: Call) -> Reply:
    """GET /associations/resources/{namespace}/{resource}?resourceType=&associationType=."""
    namespace, name = call.params["namespace"], call.params["resource"]
    chosen = _chosen(call)

    def fits(one: Association) -> bool:
        there = namespace in (ANY_NAMESPACE, one.resource.namespace)
        return there and one.resource.name == name and chosen(one)

    return _found(cloud, call, fits, f"{namespace}/{name}")


def list_of_id(cloud: Cloud, call: Call) -> Reply:
    """GET /associations/resources/{id}?resourceType=&associationType=."""
    number, chosen = call.params["id"], _chosen(call)
    return _found(cloud, call, lambda one: one.resource.id == number and chosen(one), number)


def list_of_subject(cloud: Cloud, call: Call) -> Reply:
    """GET /associations/subjects/{subject}?resourceType=&associationType=."""
    subject, chosen = checked_subject(call.params["subject"]), _chosen(call)
    return _found(cloud, call, lambda one: one.subject == subject and chosen(one), subject)


@refusing
def create(cloud: Cloud, call: Call) -> Reply:
    """POST /associations: 409 where the resource has another one of that type."""
    made = _read(cloud, call)
    for one in made:
        for known in cloud.registry.associations.find(_same_place(one)):
            if (known.subject, known.lifecycle) != (one.subject, one.lifecycle):
                text = f"the {one.type} of {one.resource.name} has the subject {known.subject}"
                raise SchemaError(f"An association exists: {text}", code=EXISTS)
    return _put(cloud, made)


@refusing
def replace(cloud: Cloud, call: Call) -> Reply:
    """PUT /associations: instead of what the resource has; a frozen one stays (409)."""
    made = _read(cloud, call)
    for one in made:
        for known in cloud.registry.associations.find(_same_place(one)):
            if known.frozen and known.subject != one.subject:
                text = f"the {one.type} of {one.resource.name} is frozen"
                raise SchemaError(f"An association cannot change: {text}", code=EXISTS)
    return _put(cloud, made)


@refusing
def delete(cloud: Cloud, call: Call) -> Reply:
    """DELETE /associations/resources/{id}?associationType=&cascadeLifecycle=.

    With `cascadeLifecycle` the subjects of STRONG ones are soft-deleted.
    """
    number, chosen = call.params["id"], _chosen(call)
    store = cloud.registry.associations
    gone = store.find(lambda one: one.resource.id == number and chosen(one))
    if call.flag("cascadeLifecycle"):
        for one in gone:
            if one.lifecycle == "STRONG" and cloud.schemas.latest(one.subject) is not None:
                cloud.schemas.delete_subject(one.subject)
    store.delete(gone)
    return Reply(204)


def _put(cloud: Cloud, made: list[Association]) -> Reply:
    cloud.registry.associations.put(made)
    resource = made[0].resource
    items = [
        {
            "subject": one.subject,
            "associationType": one.type,
            "lifecycle": one.lifecycle,
            "frozen": one.frozen,
        }
        for one in made
    ]
    return answer({**_resource(resource), "associations": items})


def _read(cloud: Cloud, call: Call) -> list[Association]:
    """Return what a body asks for, its schemas registered. Raises Refusal (422), SchemaError."""
    body = call.json_object()
    fields = [body.get(n) for n in ("resourceName", "resourceNamespace", "resourceId")]
    kind = body.get("resourceType") or "topic"
    items = body.get("associations")
    name, namespace, number = (f if isinstance(f, str) else "" for f in fields)
    if not (name and namespace and number) or kind != "topic":
        raise _wrong("resourceName, resourceNamespace and resourceId are required, of a topic")
    if not isinstance(items, list) or not items:
        raise _wrong("associations is required: a list")
    resource = Resource(name, namespace, number, "topic")
    return [_read_one(cloud, resource, item) for item in items]


def _read_one(cloud: Cloud, resource: Resource, item: object) -> Association:
    fields: Json = item if isinstance(item, dict) else {}
    kind = fields.get("associationType") or "value"
    subject, schema = fields.get("subject"), fields.get("schema")
    lifecycle, frozen = fields.get("lifecycle") or "WEAK", fields.get("frozen") or False
    if kind not in TYPES or lifecycle not in LIFECYCLES or not isinstance(frozen, bool):
        raise _wrong("an association has a type, key or value, and a lifecycle, STRONG or WEAK")
    if not isinstance(subject, str) or not subject:
        raise _wrong("an association has a subject")
    subject = checked_subject(subject)
    if isinstance(schema, dict):
        normalize = fields.get("normalize") is True
        draft = cloud.registry.prepared(subject, schema_of(schema).draft, normalize=normalize)
        cloud.registry.check_registering(subject, with_id=False)
        cloud.schemas.add(subject, draft)
    elif cloud.schemas.latest(subject) is None:
        raise SchemaError(f"Subject '{subject}' not found.", code=NOT_FOUND)
    return Association(resource, str(kind), subject, str(lifecycle), frozen)


def _same_place(one: Association) -> Callable[[Association], bool]:
    return lambda other: (other.resource.id, other.type) == (one.resource.id, one.type)


def _chosen(call: Call) -> Callable[[Association], bool]:
    kinds, resource = call.values("associationType"), call.query.get("resourceType", "")
    return lambda one: one.type in (kinds or TYPES) and resource in ("", one.resource.type)


def _found(cloud: Cloud, call: Call, fits: Callable[[Association], bool], what: str) -> Reply:
    found = cloud.registry.associations.find(fits)
    if not found:
        raise Refusal(404, f"No association found for {what}", code=NOT_FOUND)
    return answer(cut([_render(one) for one in found], call))


def _render(one: Association) -> Json:
    return {
        "subject": one.subject,
        "guid": one.guid,
        **_resource(one.resource),
        "associationType": one.type,
        "lifecycle": one.lifecycle,
        "frozen": one.frozen,
    }


def _resource(resource: Resource) -> Json:
    return {
        "resourceName": resource.name,
        "resourceNamespace": resource.namespace,
        "resourceId": resource.id,
        "resourceType": resource.type,
    }


def _wrong(text: str) -> Refusal:
    return Refusal(422, text, code=422)
