"""Stream Catalog: tags of topics (`/catalog/v1`), as mcp-confluent's tag tools use them.

Sources: facts/confluent-cloud-api.md 3.7 for the paths; the shapes are those of the public API
reference of the Catalog API. Topics are the only entities: others are 501. A topic is named
`lsrc-…:lkc-…:topic`; without the registry's id it is found too. The words of refusals are ours.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.http import LIVE_HAS_IT, Call, Refusal, Reply, reply
from runthrough.emulator.confluent.planes import KafkaPlane
from runthrough.emulator.confluent.registry.requests import Json, cut
from runthrough.emulator.confluent.registry.tag_store import TagDefinition, Tagging

TOPIC = "kafka_topic"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,8191}")
NOT_FOUND, EXISTS, INVALID = 40401, 409, 422


# --- definitions --------------------------------------------------------------------------------


def list_definitions(cloud: Cloud, call: Call) -> Reply:
    """GET /catalog/v1/types/tagdefs."""
    return reply([_render(one) for one in cut(cloud.registry.tags.definitions(), call)])


def create_definitions(cloud: Cloud, call: Call) -> Reply:
    """POST /catalog/v1/types/tagdefs: all of a list, or none where one is there already."""
    now = cloud.clock()
    made = []
    for item in _read_list(call):
        name, description = item.get("name"), item.get("description") or ""
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise _wrong(f"the name of a tag is a letter and letters, digits and _: {name!r}")
        if not isinstance(description, str):
            raise _wrong("the description of a tag must be a text")
        _refuse_attributes(item, "attributeDefs", "superTypes", "subTypes")
        for kind in _read_types(item):
            _check_type(kind)
        made.append(TagDefinition(name, description, now, now))
    if len({one.name for one in made}) < len(made):
        raise _wrong("one name is given twice")
    if (taken := cloud.registry.tags.define(made)) is not None:
        raise Refusal(409, f"the tag {taken} exists already", code=EXISTS)
    return reply([_render(one) for one in made])


def get_definition(cloud: Cloud, call: Call) -> Reply:
    """GET /catalog/v1/types/tagdefs/{tag}."""
    return reply(_render(_definition(cloud, call.params["tag"])))


def delete_definition(cloud: Cloud, call: Call) -> Reply:
    """DELETE /catalog/v1/types/tagdefs/{tag}: topics lose it too."""
    if not cloud.registry.tags.forget(call.params["tag"]):
        raise _no_tag(call.params["tag"])
    return Reply(204)


# --- tags of topics -----------------------------------------------------------------------------


def tag_entities(cloud: Cloud, call: Call) -> Reply:
    """POST /catalog/v1/entity/tags: all of a list, or none where one cannot be."""
    made, told = [], []
    for item in _read_list(call):
        _check_type(item.get("entityType"))
        _refuse_attributes(item, "attributes", "validityPeriods")
        tag = _definition(cloud, item.get("typeName")).name
        plane, topic = _topic(cloud, item.get("entityName"))
        made.append(Tagging(plane.cluster_id, topic, tag))
        told.append(_tagging(cloud, plane, topic, tag))
    cloud.registry.tags.tag(made)
    return reply(told)


def list_tags(cloud: Cloud, call: Call) -> Reply:
    """GET /catalog/v1/entity/type/{type}/name/{name}/tags."""
    _check_type(call.params["type"])
    plane, topic = _topic(cloud, call.params["name"])
    names = cloud.registry.tags.tags_of(plane.cluster_id, topic)
    return reply([_tagging(cloud, plane, topic, tag) for tag in names])


def untag(cloud: Cloud, call: Call) -> Reply:
    """DELETE /catalog/v1/entity/type/{type}/name/{name}/tags/{tag}."""
    _check_type(call.params["type"])
    plane, topic = _topic(cloud, call.params["name"])
    if not cloud.registry.tags.untag(Tagging(plane.cluster_id, topic, call.params["tag"])):
        raise _no_tag(call.params["tag"])
    return Reply(204)


def search(cloud: Cloud, call: Call) -> Reply:
    """GET /catalog/v1/search/basic?types=&query=&tag=&offset=&limit=: topics, by name."""
    kinds = [
        kind for value in call.values("types") or call.values("type") for kind in value.split(",")
    ]
    for kind in kinds:
        _check_type(kind)
    wanted, text = call.values("tag"), call.query.get("query", "").strip("*").lower()
    found = [
        _entity(cloud, plane, topic)
        for plane, topic in _topics(cloud)
        if text in topic.lower()
        and set(wanted) <= set(cloud.registry.tags.tags_of(plane.cluster_id, topic))
    ]
    parameters = {"query": call.query.get("query", ""), "tag": wanted, "types": kinds}
    return reply({"searchParameters": parameters, "types": [TOPIC], "entities": cut(found, call)})


# --- parts --------------------------------------------------------------------------------------


def _topics(cloud: Cloud) -> Iterator[tuple[KafkaPlane, str]]:
    for cluster in cloud.account.clusters(cloud.environment_id):
        plane = cloud.kafka(cluster.id)
        for topic in plane.topics():
            yield plane, topic.name


def _topic(cloud: Cloud, written: object) -> tuple[KafkaPlane, str]:
    name = written if isinstance(written, str) else ""
    cluster, _, topic = name.removeprefix(f"{_registry(cloud)}:").partition(":")
    for plane, known in _topics(cloud):
        if (plane.cluster_id, known) == (cluster, topic):
            return plane, known
    raise Refusal(404, f"the topic {written} was not found", code=NOT_FOUND)


def _definition(cloud: Cloud, name: object) -> TagDefinition:
    found = cloud.registry.tags.definition(name) if isinstance(name, str) else None
    if found is None:
        raise _no_tag(name)
    return found


def _read_list(call: Call) -> list[Json]:
    body = call.json()
    if not isinstance(body, list) or not body or not all(isinstance(i, dict) for i in body):
        raise _wrong("the body must be a list of objects")
    return body


def _read_types(item: Json) -> list[object]:
    kinds = item.get("entityTypes") or [TOPIC]
    if not isinstance(kinds, list):
        raise _wrong("entityTypes must be a list")
    return kinds


def _check_type(kind: object) -> None:
    if kind != TOPIC:
        raise Refusal(501, f"the catalog's entity type {kind} {LIVE_HAS_IT}")


def _render(one: TagDefinition) -> Json:
    return {
        "category": "CLASSIFICATION",
        "guid": one.guid,
        "createTime": int(one.created.timestamp() * 1000),
        "updateTime": int(one.updated.timestamp() * 1000),
        "version": 1,
        "name": one.name,
        "description": one.description,
        "typeVersion": "1.0",
        "attributeDefs": [],
        "superTypes": [],
        "entityTypes": [TOPIC],
        "subTypes": [],
    }


def _qualified(cloud: Cloud, plane: KafkaPlane, topic: str) -> str:
    return f"{_registry(cloud)}:{plane.cluster_id}:{topic}"


def _registry(cloud: Cloud) -> str:
    """Return the id of the environment's registry; without a cluster it has none yet."""
    return next((r.id for r in cloud.account.registries(cloud.environment_id)), "")


def _guid(cloud: Cloud, plane: KafkaPlane, topic: str) -> str:
    """Return the same id for the same topic."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, _qualified(cloud, plane, topic)))


def _tagging(cloud: Cloud, plane: KafkaPlane, topic: str, tag: str) -> Json:
    return {
        "typeName": tag,
        "entityType": TOPIC,
        "entityName": _qualified(cloud, plane, topic),
        "entityGuid": _guid(cloud, plane, topic),
        "entityStatus": "ACTIVE",
    }


def _entity(cloud: Cloud, plane: KafkaPlane, topic: str) -> Json:
    return {
        "typeName": TOPIC,
        "attributes": {
            "qualifiedName": _qualified(cloud, plane, topic),
            "name": topic,
            "nameLower": topic.lower(),
            "id": plane.cluster_id,
        },
        "guid": _guid(cloud, plane, topic),
        "status": "ACTIVE",
        "displayText": topic,
        "classificationNames": cloud.registry.tags.tags_of(plane.cluster_id, topic),
    }


def _refuse_attributes(item: Json, *names: str) -> None:
    """Refuse what a tag has besides its name. Raises Refusal (501)."""
    for name in names:
        if item.get(name):
            raise Refusal(501, f"the {name} of a tag {LIVE_HAS_IT}")


def _no_tag(name: object) -> Refusal:
    return Refusal(404, f"the tag {name} was not found", code=NOT_FOUND)


def _wrong(text: str) -> Refusal:
    return Refusal(422, text, code=INVALID)
