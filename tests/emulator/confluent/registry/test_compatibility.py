"""Levels, modes and checks of compatibility, through Confluent's own client and raw requests."""

from __future__ import annotations

import httpx
import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from .records import ID, ORDER, Unique, code, record

PRICE = {"name": "price", "type": "double"}


def test_a_schema_old_readers_data_cannot_fill_is_refused(
    registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("strict")
    registry.register_schema(subject, Schema(ORDER))
    assert registry.test_compatibility(subject, Schema(record(ID)))
    assert not registry.test_compatibility(subject, Schema(record(ID, PRICE)))
    assert not registry.test_compatibility_all_versions(subject, Schema(record(ID, PRICE)))
    with pytest.raises(SchemaRegistryError) as caught:
        registry.register_schema(subject, Schema(record(ID, PRICE)))
    assert (caught.value.http_status_code, caught.value.error_code) == (409, 409)
    assert subject in caught.value.error_message
    assert "details: [reader field missing default value at /fields/1: price]" in (
        caught.value.error_message
    )
    registry.set_compatibility(subject, "NONE")
    assert registry.test_compatibility(subject, Schema(record(ID, PRICE)))
    registry.register_schema(subject, Schema(record(ID, PRICE)))
    assert registry.get_versions(subject) == [1, 2]


def test_a_check_against_one_version_looks_at_that_one_only(
    registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject, note = unique("steps"), {"name": "note", "type": "string"}
    registry.set_compatibility(subject, "NONE")
    registry.register_schema(subject, Schema(record(ID, note)))
    registry.register_schema(subject, Schema(record(ID)))
    registry.set_compatibility(subject, "BACKWARD_TRANSITIVE")
    wanted = Schema(record(ID, note))
    assert registry.test_compatibility(subject, wanted, version=1)
    assert not registry.test_compatibility(subject, wanted, version=2)
    assert not registry.test_compatibility_all_versions(subject, wanted)


def test_a_check_gives_its_reasons_when_it_is_asked_for_them(
    raw: httpx.Client, registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("why")
    registry.register_schema(subject, Schema(ORDER))
    path, body = f"/compatibility/subjects/{subject}/versions/latest", {"schema": record(PRICE)}
    assert raw.post(path, json=body).json() == {"is_compatible": False, "messages": []}
    told = raw.post(path + "?verbose=true", json=body).json()
    assert "price" in " ".join(told["messages"])


def test_a_check_that_cannot_be_done_is_not_pretended(
    raw: httpx.Client, registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("json")
    registry.register_schema(subject, Schema('{"type":"string"}', "JSON"))
    body = {"schema": '{"not":{"type":"string"}}', "schemaType": "JSON"}
    for path in (
        f"/compatibility/subjects/{subject}/versions/latest",
        f"/subjects/{subject}/versions",
    ):
        answer = raw.post(path, json=body)
        assert code(answer) == (501, 501)
        assert "`not`" in answer.json()["message"]


def test_a_level_is_set_read_and_taken_back(registry: SchemaRegistryClient, unique: Unique) -> None:
    subject = unique("level")
    assert registry.get_compatibility() == "BACKWARD"
    with pytest.raises(SchemaRegistryError) as caught:
        registry.get_compatibility(subject)
    assert (caught.value.http_status_code, caught.value.error_code) == (404, 40408)
    assert registry.set_compatibility(subject, "full") == {"compatibility": "FULL"}
    assert registry.get_compatibility(subject) == "FULL"
    registry.delete_config(subject)
    with pytest.raises(SchemaRegistryError):
        registry.get_compatibility(subject)


def test_a_subject_that_is_read_only_takes_no_schema(
    registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("frozen")
    assert registry.get_global_mode() == "READWRITE"
    assert registry.update_mode(subject, "READONLY") == "READONLY"
    assert registry.get_mode(subject) == "READONLY"
    with pytest.raises(SchemaRegistryError) as caught:
        registry.register_schema(subject, Schema(ORDER))
    assert (caught.value.http_status_code, caught.value.error_code) == (422, 42205)
    registry.delete_mode(subject)
    registry.register_schema(subject, Schema(ORDER))
