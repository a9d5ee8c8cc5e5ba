"""Tags of topics, by the calls mcp-confluent's tag tools make."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from ..conftest import Emulated

Unique = Callable[[str], str]
TAGDEFS, TAGS, SEARCH = (
    f"/catalog/v1/{path}" for path in ("types/tagdefs", "entity/tags", "search/basic")
)


@pytest.fixture
def topic(emulated: Emulated, unique: Unique) -> tuple[str, str]:
    """A topic's name, and its name in the catalog."""
    name, cluster = unique("tagged"), emulated.world.cluster.id
    with emulated.http("kafka") as client:
        path = f"/kafka/v3/clusters/{cluster}/topics"
        client.post(path, json={"topic_name": name}).raise_for_status()
    return name, f"{emulated.world.schema_registry.id}:{cluster}:{name}"


@pytest.fixture
def tag(raw: httpx.Client, unique: Unique) -> str:
    name = unique("pii").replace("-", "_")
    body = [{"name": name, "description": "personal", "entityTypes": ["kafka_topic"]}]
    made = raw.post(TAGDEFS, json=body).raise_for_status().json()
    assert [(one["name"], one["entityTypes"]) for one in made] == [(name, ["kafka_topic"])]
    return name


def binding(tag: str, topic: str) -> list[dict[str, str]]:
    return [{"entityType": "kafka_topic", "entityName": topic, "typeName": tag}]


def names(raw: httpx.Client, **query: str) -> list[str]:
    found = raw.get(SEARCH, params={"types": "kafka_topic", "limit": "500", **query})
    return [entity["attributes"]["name"] for entity in found.raise_for_status().json()["entities"]]


def test_a_topic_is_tagged_found_and_untagged(
    raw: httpx.Client, topic: tuple[str, str], tag: str
) -> None:
    name, qualified = topic
    assert names(raw, tag=tag) == []
    [made] = raw.post(TAGS, json=binding(tag, qualified.partition(":")[2])).json()
    assert (made["entityName"], made["typeName"]) == (qualified, tag)
    assert names(raw, tag=tag) == [name]
    assert name in names(raw, query=name[:10])
    path = f"/catalog/v1/entity/type/kafka_topic/name/{qualified}/tags"
    assert raw.get(path).json() == [made]
    assert raw.delete(f"{path}/{tag}").status_code == 204
    assert raw.delete(f"{path}/{tag}").status_code == 404
    assert (raw.get(path).json(), names(raw, tag=tag)) == ([], [])


def test_a_deleted_tag_is_nowhere(raw: httpx.Client, topic: tuple[str, str], tag: str) -> None:
    raw.post(TAGS, json=binding(tag, topic[1])).raise_for_status()
    assert raw.get(f"{TAGDEFS}/{tag}").json() in raw.get(TAGDEFS).json()
    assert raw.delete(f"{TAGDEFS}/{tag}").status_code == 204
    assert raw.get(f"{TAGDEFS}/{tag}").status_code == 404
    assert raw.delete(f"{TAGDEFS}/{tag}").status_code == 404
    assert names(raw, tag=tag) == []


def test_what_cannot_be_tagged_is_refused(
    raw: httpx.Client, topic: tuple[str, str], tag: str
) -> None:
    good = binding(tag, topic[1])
    for bad, status in (
        (binding("nobody", topic[1]), 404),
        (binding(tag, topic[1] + "x"), 404),
        (binding(tag, topic[0]), 404),
        ([{**good[0], "entityType": "sr_schema"}], 501),
        ([{**good[0], "attributes": {"since": "2026"}}], 501),
        ({}, 422),
        ([], 422),
        ([1], 422),
    ):
        answer = raw.post(TAGS, json=bad)
        assert (answer.status_code, bool(answer.json()["message"])) == (status, True)
    for wrong, status in (
        ([{"name": tag}], 409),
        ([{"name": "1x"}], 422),
        ([{"name": "a"}, {"name": "a"}], 422),
        ([{"name": "a", "description": 1}], 422),
        ([{"name": "a", "entityTypes": ["sr_field"]}], 501),
        ([{"name": "a", "attributeDefs": [{"name": "since"}]}], 501),
        ([{"name": "a", "entityTypes": "kafka_topic"}], 422),
    ):
        assert raw.post(TAGDEFS, json=wrong).status_code == status
    assert raw.get(SEARCH, params={"types": "sr_schema"}).status_code == 501
    assert raw.get(f"{TAGDEFS}/a").status_code == 404
