from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ..schemas.kafka_rest import Acl, Listing

Unique = Callable[[str], str]


def rule(name: str, **changes: object) -> dict[str, Any]:
    return {
        "resource_type": "TOPIC",
        "resource_name": name,
        "pattern_type": "LITERAL",
        "principal": "User:sa-reader",
        "host": "*",
        "operation": "READ",
        "permission": "ALLOW",
        **changes,
    }


def find(kafka: httpx.Client, **query: str) -> list[Acl]:
    answer = kafka.get("/acls", params=query).raise_for_status()
    return Listing[Acl].model_validate_json(answer.content).data


def test_a_rule_is_made_found_and_deleted(kafka: httpx.Client, unique: Unique) -> None:
    name = unique("orders")
    made = kafka.post("/acls", json=rule(name))
    assert (made.status_code, made.content) == (201, b"")
    assert kafka.post("/acls", json=rule(name)).status_code == 201
    [found] = find(kafka, resource_name=name)
    assert found.model_dump(exclude={"kind", "metadata", "cluster_id"}) == rule(name)
    assert kafka.get(found.metadata.self).json()["data"] == [found.model_dump()]
    query = {key: str(rule(name)[key]) for key in ("resource_type", "pattern_type", "operation")}
    deleted = kafka.delete("/acls", params={**query, "permission": "allow", "resource_name": name})
    assert [Acl.model_validate(item) for item in deleted.json()["data"]] == [found]
    assert find(kafka, resource_name=name) == []


def test_a_batch_is_made_whole_or_not_at_all(kafka: httpx.Client, unique: Unique) -> None:
    name = unique("batch")
    rules = [rule(name), rule(name, operation="write")]
    bad = kafka.post("/acls:batch", json={"data": [*rules, rule(name, operation="FLY")]})
    assert (bad.status_code, bad.json()["error_code"]) == (400, 40002)
    assert find(kafka, resource_name=name) == []
    assert kafka.post("/acls:batch", json={"data": rules}).status_code == 201
    assert [acl.operation for acl in find(kafka, resource_name=name)] == ["READ", "WRITE"]
    assert kafka.post("/acls:batch", json={"data": []}).status_code == 400


def test_filters_choose(kafka: httpx.Client, unique: Unique) -> None:
    name = unique("filtered")
    rules = [
        rule(name),
        rule(name[:12], pattern_type="PREFIXED", operation="WRITE"),
        rule(name, principal="User:sa-writer", permission="DENY"),
        rule(name, resource_type="GROUP"),
    ]
    kafka.post("/acls:batch", json={"data": rules}).raise_for_status()
    assert len(find(kafka, resource_name=name)) == 3
    assert len(find(kafka, resource_name=name, resource_type="topic")) == 2
    assert len(find(kafka, resource_name=name, principal="User:sa-writer")) == 1
    assert len(find(kafka, resource_name=name, permission="ANY", operation="ANY")) == 3
    matching = find(kafka, resource_name=name, pattern_type="MATCH", resource_type="TOPIC")
    assert {acl.pattern_type for acl in matching} == {"LITERAL", "PREFIXED"}
    assert find(kafka, resource_name=name, host="10.0.0.1") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"resource_type": "TABLE"},
        {"resource_type": "ANY"},
        {"pattern_type": "MATCH"},
        {"operation": None},
        {"permission": 1},
        {"principal": "sa-reader"},
        {"resource_name": ""},
        {"resource_type": "CLUSTER"},
        {"extra": "x"},
    ],
)
def test_a_rule_that_cannot_be_is_refused(kafka: httpx.Client, changes: dict[str, object]) -> None:
    before = find(kafka)
    answer = kafka.post("/acls", json=rule("orders", **changes))
    assert (answer.status_code, answer.json()["error_code"] in (400, 40002)) == (400, True)
    assert find(kafka) == before


@pytest.mark.parametrize("missing", ["resource_type", "pattern_type", "operation", "permission"])
def test_a_deletion_says_what_it_means(kafka: httpx.Client, missing: str) -> None:
    query = {name: str(rule("x")[name]) for name in rule("x") if name != missing}
    answer = kafka.delete("/acls", params=query)
    assert (answer.status_code, missing in answer.json()["message"]) == (400, True)
    assert kafka.get("/acls", params={"operation": "FLY"}).status_code == 400
