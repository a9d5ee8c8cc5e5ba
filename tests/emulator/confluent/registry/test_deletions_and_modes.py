"""Soft and hard deletions, modes and configurations, by raw requests and Confluent's client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from ..schemas import registry as shapes

Unique = Callable[[str], str]
ID = {"name": "id", "type": "int"}


def record(*fields: object, name: str = "Order") -> str:
    return json.dumps({"type": "record", "name": name, "fields": list(fields)})


ONE, TWO = record(ID), record(ID, {"name": "note", "type": "string", "default": ""})


@pytest.fixture
def subject(raw: httpx.Client, unique: Unique) -> str:
    """A subject of two versions."""
    name = unique("subject")
    for text in (ONE, TWO):
        raw.post(f"/subjects/{name}/versions", json={"schema": text}).raise_for_status()
    return name


@pytest.fixture
def calm(raw: httpx.Client) -> Iterator[None]:
    """Puts back what holds for all subjects."""
    yield
    raw.put("/mode", params={"force": "true"}, json={"mode": "READWRITE"}).raise_for_status()
    raw.delete("/config").raise_for_status()


def refused(answer: httpx.Response) -> tuple[int, int]:
    problem = shapes.Problem.model_validate_json(answer.content)
    return answer.status_code, problem.error_code


def test_the_level_of_a_subject_goes_with_its_soft_deletion_and_no_other(
    raw: httpx.Client, subject: str
) -> None:
    level, none = {"compatibility": "NONE"}, {"compatibilityLevel": "NONE"}
    raw.put(f"/config/{subject}", json=level).raise_for_status()
    raw.delete(f"/subjects/{subject}").raise_for_status()
    assert refused(raw.get(f"/config/{subject}")) == (404, 40408)
    raw.put(f"/config/{subject}", json=level).raise_for_status()
    raw.delete(f"/subjects/{subject}", params={"permanent": "true"}).raise_for_status()
    assert raw.get(f"/config/{subject}").json() == none


def test_each_deletion_out_of_turn_has_its_code(raw: httpx.Client, subject: str) -> None:
    path = f"/subjects/{subject}"
    hard = {"permanent": "true"}
    assert refused(raw.delete(path, params=hard)) == (404, 40405)
    assert refused(raw.delete(f"{path}/versions/1", params=hard)) == (404, 40407)
    assert raw.delete(f"{path}/versions/1").json() == 1
    assert refused(raw.delete(f"{path}/versions/1")) == (404, 40406)
    assert refused(raw.get(f"{path}/versions/1")) == (404, 40402)
    assert raw.get(f"{path}/versions/1?deleted=true").json()["version"] == 1
    assert raw.get(f"{path}/versions?deletedOnly=true").json() == [1]
    assert raw.delete(path).json() == [2]
    assert refused(raw.delete(path)) == (404, 40404)
    assert refused(raw.get(f"{path}/versions")) == (404, 40401)
    assert raw.delete(f"{path}/versions/latest", params=hard).json() == 2
    assert raw.delete(path, params=hard).json() == [1]
    assert refused(raw.delete(path, params=hard)) == (404, 40401)


def test_a_schema_nobody_has_any_more_has_no_id(raw: httpx.Client, unique: Unique) -> None:
    name = unique("last")
    text = record(ID, name="Last")
    number = raw.post(f"/subjects/{name}/versions", json={"schema": text}).json()["id"]
    raw.delete(f"/subjects/{name}")
    assert raw.get(f"/schemas/ids/{number}").status_code == 200
    assert raw.get(f"/schemas/ids/{number}/subjects").json() == []
    assert raw.get(f"/schemas/ids/{number}/subjects?deleted=true").json() == [name]
    raw.delete(f"/subjects/{name}?permanent=true")
    assert refused(raw.get(f"/schemas/ids/{number}")) == (404, 40403)
    again = raw.post(f"/subjects/{name}/versions", json={"schema": text}).json()
    assert (again["id"] > number, again["version"]) == (True, 1)


def test_a_deletion_takes_the_subjects_settings_along(raw: httpx.Client, subject: str) -> None:
    raw.put(f"/config/{subject}", json={"compatibility": "FULL"}).raise_for_status()
    raw.put(f"/mode/{subject}", json={"mode": "READWRITE"}).raise_for_status()
    raw.delete(f"/subjects/{subject}").raise_for_status()
    assert refused(raw.get(f"/config/{subject}")) == (404, 40408)
    assert refused(raw.get(f"/mode/{subject}")) == (404, 40409)


# --- modes --------------------------------------------------------------------------------------


def test_nothing_of_a_read_only_subject_changes(raw: httpx.Client, subject: str) -> None:
    raw.put(f"/mode/{subject}", json={"mode": "READONLY"}).raise_for_status()
    for method, path, body in (
        ("POST", f"/subjects/{subject}/versions", {"schema": ONE}),
        ("DELETE", f"/subjects/{subject}", None),
        ("DELETE", f"/subjects/{subject}/versions/1", None),
        ("PUT", f"/config/{subject}", {"compatibility": "NONE"}),
        ("DELETE", f"/config/{subject}", None),
    ):
        assert refused(raw.request(method, path, json=body)) == (422, 42205)
    assert raw.post(f"/subjects/{subject}", json={"schema": ONE}).json()["version"] == 1


@pytest.mark.usefixtures("calm")
def test_the_override_of_all_is_above_a_subjects_own_mode(raw: httpx.Client, subject: str) -> None:
    raw.put(f"/mode/{subject}", json={"mode": "READWRITE"}).raise_for_status()
    raw.put("/mode", json={"mode": "READONLY"}).raise_for_status()
    assert raw.post(f"/subjects/{subject}/versions", json={"schema": ONE}).status_code == 200
    raw.put("/mode", json={"mode": "READONLY_OVERRIDE"}).raise_for_status()
    answer = raw.post(f"/subjects/{subject}/versions", json={"schema": ONE})
    assert refused(answer) == (422, 42205)
    shapes.Mode.model_validate_json(raw.get("/mode").content)


def test_an_import_brings_its_ids_and_is_not_compared(
    registry: SchemaRegistryClient, raw: httpx.Client, subject: str, unique: Unique
) -> None:
    with pytest.raises(SchemaRegistryError) as caught:
        registry.update_mode(subject, "IMPORT")
    assert (caught.value.http_status_code, caught.value.error_code) == (422, 42205)
    assert registry.update_mode(subject, "IMPORT", force=True) == "IMPORT"
    path = f"/subjects/{subject}/versions"
    far = {"schema": record({"name": "far", "type": "int"}), "id": 300_001, "version": 10}
    made = raw.post(path, json=far).json()
    assert (made["id"], made["version"]) == (300_001, 10)
    assert refused(raw.post(path, json={"schema": ONE})) == (422, 42205)
    assert refused(raw.post(path, json={"schema": ONE, "id": 300_001})) == (422, 42205)
    assert refused(raw.post(path, json={"schema": ONE, "id": 300_002, "version": 10})) == (
        422,
        42205,
    )
    registry.delete_mode(subject)
    assert refused(raw.post(path, json=far)) == (422, 42205)
    fresh = unique("fresh")
    assert registry.update_mode(fresh, "IMPORT") == "IMPORT"


# --- configurations -----------------------------------------------------------------------------


def test_a_configuration_is_kept_part_by_part(raw: httpx.Client, subject: str) -> None:
    path = f"/config/{subject}"
    whole = {
        "compatibility": "NONE",
        "normalize": True,
        "compatibilityGroup": "major",
        "defaultMetadata": {"properties": {"owner": "team"}},
    }
    put = raw.put(path, json=whole)
    assert shapes.ConfigUpdate.model_validate_json(put.content)
    assert put.json() == whole
    raw.put(path, json={"compatibilityGroup": None, "normalize": False}).raise_for_status()
    kept = shapes.Config.model_validate_json(raw.get(path).content)
    assert (kept.compatibilityLevel, kept.normalize) == ("NONE", False)
    assert kept.compatibilityGroup is None
    deleted = raw.delete(path).json()
    assert deleted["compatibilityLevel"] == "NONE"
    assert raw.get(path, params={"defaultToGlobal": "true"}).json() == raw.get("/config").json()


@pytest.mark.usefixtures("calm")
def test_the_level_of_all_holds_where_a_subject_has_none(raw: httpx.Client, subject: str) -> None:
    raw.put("/config", json={"compatibility": "NONE"}).raise_for_status()
    path = f"/compatibility/subjects/{subject}/versions"
    assert raw.post(path, json={"schema": '"string"'}).json()["is_compatible"]
    raw.put(f"/config/{subject}", json={"compatibility": "BACKWARD"}).raise_for_status()
    checked = shapes.Check.model_validate_json(raw.post(path, json={"schema": '"string"'}).content)
    assert not checked.is_compatible
    assert raw.delete("/config").json() == {"compatibilityLevel": "NONE"}
    assert raw.get("/config").json() == {"compatibilityLevel": "BACKWARD"}


def test_only_schemas_of_one_group_are_compared(raw: httpx.Client, unique: Unique) -> None:
    name = unique("groups")
    raw.put(f"/config/{name}", json={"compatibilityGroup": "major"}).raise_for_status()

    def register(text: str, major: str) -> httpx.Response:
        metadata = {"properties": {"major": major}}
        return raw.post(f"/subjects/{name}/versions", json={"schema": text, "metadata": metadata})

    assert register(ONE, "1").status_code == 200
    assert refused(register('"string"', "1")) == (409, 409)
    assert register('"string"', "2").status_code == 200
    assert register(TWO, "1").status_code == 200


def test_metadata_are_put_together_and_inherited(
    raw: httpx.Client, registry: SchemaRegistryClient, unique: Unique
) -> None:
    name = unique("described")
    config = {
        "defaultMetadata": {"properties": {"owner": "nobody", "app": "a"}},
        "overrideMetadata": {"properties": {"app": "b"}},
    }
    raw.put(f"/config/{name}", json=config).raise_for_status()
    body = {"schema": ONE, "metadata": {"properties": {"owner": "team", "app": "x"}}}
    made = raw.post(f"/subjects/{name}/versions", json=body)
    found = shapes.RegisteredSchema.model_validate_json(made.content)
    assert found.metadata is not None
    assert found.metadata.properties == {"owner": "team", "app": "b"}
    second = registry.register_schema(name, Schema(TWO))
    latest = registry.get_latest_version(name).schema.metadata
    assert latest is not None
    assert latest.properties is not None
    assert latest.properties.properties == {"owner": "team", "app": "b"}
    by_metadata = registry.get_latest_with_metadata(name, {"owner": "team"})
    assert by_metadata.schema_id == second
    assert registry.lookup_schema(name, Schema(ONE)).version == 1
    with pytest.raises(SchemaRegistryError) as caught:
        registry.get_latest_with_metadata(name, {"owner": "nobody"})
    assert caught.value.error_code == 40403


def test_rules_are_kept_for_the_clients_that_carry_them_out(
    raw: httpx.Client, unique: Unique
) -> None:
    name = unique("ruled")
    rule = {"name": "positive", "kind": "CONDITION", "type": "CEL", "mode": "WRITE", "expr": "true"}
    body = {"schema": ONE, "ruleSet": {"domainRules": [rule]}}
    made = raw.post(f"/subjects/{name}/versions", json=body).json()
    assert made["ruleSet"] == {"domainRules": [rule]}
    assert raw.get(f"/schemas/ids/{made['id']}").json()["ruleSet"] == made["ruleSet"]
    for wrong in ({**rule, "mode": "UPGRADE"}, {**rule, "kind": "?"}, {"name": "x"}, 3):
        body = {"schema": ONE, "ruleSet": {"domainRules": [wrong]}}
        assert refused(raw.post(f"/subjects/{name}/versions", json=body)) == (422, 42210)


def test_the_limits_of_the_service_are_told(raw: httpx.Client) -> None:
    shapes.ClusterConfig.model_validate_json(raw.get("/clusterconfig").content)
