"""Schemas by id and guid, lists, normalizing, references, associations."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
from pydantic import TypeAdapter

from ..schemas import registry as shapes

Unique = Callable[[str], str]
Clients = Callable[[], SchemaRegistryClient]


def record(name: str, *fields: tuple[str, object]) -> str:
    listed = [{"name": field, "type": kind} for field, kind in fields]
    return json.dumps({"type": "record", "name": name, "fields": listed})


def test_a_schema_is_found_by_its_guid(
    client: Clients, registry: SchemaRegistryClient, unique: Unique, raw: httpx.Client
) -> None:
    subject, schema = unique("guid"), Schema(record("Guided", ("a", "int")))
    made = registry.register_schema_full_response(subject, schema)
    assert made.guid is not None
    assert client().get_schema_by_guid(made.guid).schema_str == json.dumps(
        json.loads(str(schema.schema_str)), separators=(",", ":")
    )
    ids = raw.get(f"/schemas/guids/{made.guid}/ids").json()
    assert ids == [{"context": ".", "id": made.schema_id}]
    other = registry.register_schema_full_response(subject + "2", schema)
    assert (other.guid, other.schema_id) == (made.guid, made.schema_id)
    found = shapes.SchemaString.model_validate_json(
        raw.get(f"/schemas/ids/{made.schema_id}", params={"fetchMaxId": "true"}).content
    )
    assert found.maxId is not None
    assert found.maxId >= (made.schema_id or 0)


def test_all_schemas_are_listed_page_by_page(raw: httpx.Client, unique: Unique) -> None:
    prefix = unique("listed")
    for subject in (f"{prefix}-b", f"{prefix}-a"):
        for fields in ((("a", "int"),), ()):
            body = {"schema": record("Listed", *fields)}
            raw.post(f"/subjects/{subject}/versions", json=body).raise_for_status()
    whole = raw.get("/schemas", params={"subjectPrefix": prefix})
    found = TypeAdapter(list[shapes.RegisteredSchema]).validate_json(whole.content)
    names = [(v.subject.removeprefix(prefix), v.version) for v in found]
    assert names == [("-a", 1), ("-a", 2), ("-b", 1), ("-b", 2)]
    page = raw.get("/schemas", params={"subjectPrefix": prefix, "offset": 1, "limit": 2}).json()
    assert page == whole.json()[1:3]
    latest = raw.get("/schemas", params={"subjectPrefix": f":*:{prefix}", "latestOnly": "true"})
    assert [v["version"] for v in latest.json()] == [2, 2]
    raw.delete(f"/subjects/{prefix}-a")
    assert len(raw.get("/schemas", params={"subjectPrefix": prefix}).json()) == 2
    everything = raw.get("/schemas", params={"subjectPrefix": prefix, "deleted": "true"})
    assert everything.json() == whole.json()


def test_the_default_context_may_be_named(raw: httpx.Client, unique: Unique) -> None:
    subject = unique("plain")
    made = raw.post(f"/subjects/:.:{subject}/versions", json={"schema": '"int"'})
    assert made.json()["subject"] == subject
    assert raw.get(f"/subjects/{subject}/versions").json() == [1]


def test_a_normalized_schema_is_written_in_one_order(
    raw: httpx.Client, registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("normal")
    messy = '{"fields":[{"type":{"type":"int"},"name":"a"}],"name":"N","type":"record"}'
    neat = '{"type":"record","name":"N","fields":[{"type":"int","name":"a"}]}'
    made = registry.register_schema_full_response(subject, Schema(messy), normalize_schemas=True)
    assert json.loads(str(made.schema.schema_str)) == json.loads(neat)
    assert str(made.schema.schema_str).startswith('{"type":"record","name":"N"')
    with pytest.raises(SchemaRegistryError) as caught:
        registry.lookup_schema(subject, Schema(messy))
    assert caught.value.error_code == 40403
    found = registry.lookup_schema(subject, Schema(messy), normalize_schemas=True)
    assert found.version == 1
    raw.put(f"/config/{subject}", json={"normalize": True}).raise_for_status()
    assert raw.post(f"/subjects/{subject}", json={"schema": messy}).json()["version"] == 1


def test_a_normalized_protobuf_schema_is_written_in_one_order(
    raw: httpx.Client, unique: Unique
) -> None:
    """Types by their full names, messages after the fields; a service is not kept so."""
    path = f"/subjects/{unique('p')}/versions?normalize=true"
    texts = (
        "package p; message M { message I {} optional I i = 1; }",
        "package p;\nmessage M { optional p.M.I i = 1; message I {} }",
    )
    made = [raw.post(path, json=protobuf(text)).json() for text in texts]
    assert made[0] == made[1]
    assert "optional .p.M.I i = 1;" in made[0]["schema"]
    answer = raw.post(path, json=protobuf("service S {}"))
    assert (answer.status_code, "service S" in answer.json()["message"]) == (501, True)


def protobuf(text: str) -> dict[str, str]:
    return {"schema": text, "schemaType": "PROTOBUF"}


def test_a_protobuf_schema_has_two_forms(raw: httpx.Client, unique: Unique) -> None:
    """The binary form, base64, is sent by confluent-kafka of Python and asked for with `format`."""
    subject = unique("two-forms")
    versions = f"/subjects/{subject}/versions"
    text = 'syntax = "proto3";\n\nmessage M {\n  int32 a = 1;\n}'
    made = raw.post(versions, json=protobuf(text)).json()
    serialized = {"format": "serialized"}
    binary = raw.get(f"/schemas/ids/{made['id']}", params=serialized).json()["schema"]
    for path in (f"{versions}/1", f"{versions}/latest", f"/schemas/guids/{made['guid']}"):
        assert raw.get(path, params=serialized).json()["schema"] == binary
        assert raw.get(path).json()["schema"] == text
    assert raw.post(versions, json=protobuf(binary)).json()["id"] == made["id"]
    found = raw.post(f"/subjects/{subject}", json=protobuf(binary), params=serialized)
    assert (found.json()["version"], found.json()["schema"]) == (1, binary)
    for path in (f"{versions}/1", f"/schemas/ids/{made['id']}"):
        other = raw.get(path, params={"format": "ignore_extensions"})
        assert (other.status_code, "format" in other.json()["message"]) == (501, True)


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("AAAA", 422, "Invalid schema"),
        ("abcde", 422, "neither a .proto file nor base64"),
        ("MgMKAVM=", 501, "a service"),
        ("CgF4", 422, "describes nothing"),
    ],
)
def test_a_binary_form_that_cannot_be_kept_is_refused(
    raw: httpx.Client, unique: Unique, text: str, status: int, said: str
) -> None:
    answer = raw.post(f"/subjects/{unique('bad')}/versions", json=protobuf(text))
    assert answer.status_code == status
    assert said in answer.json()["message"]


def test_a_service_has_no_binary_form_here(raw: httpx.Client, unique: Unique) -> None:
    text = "service S { rpc A(B) returns (B); } message B {}"
    made = raw.post(f"/subjects/{unique('rpc')}/versions", json=protobuf(text)).json()
    answer = raw.get(f"/schemas/ids/{made['id']}", params={"format": "serialized"})
    assert (answer.status_code, "service S" in answer.json()["message"]) == (501, True)


def test_a_schema_can_be_read_with_what_it_refers_to(
    raw: httpx.Client, registry: SchemaRegistryClient, unique: Unique
) -> None:
    base, outer = unique("base"), unique("outer")
    price = {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}
    registry.register_schema(base, Schema(record("shop.Money", ("amount", price))))
    references = [SchemaReference("shop.Money", base, 1)]
    text = record("shop.Order", ("price", "Money"), ("fee", "shop.Money"))
    number = registry.register_schema(outer, Schema(text, "AVRO", references))
    plain = raw.get(f"/schemas/ids/{number}").json()
    assert plain["references"] == [{"name": "shop.Money", "subject": base, "version": 1}]
    resolved = json.loads(raw.get(f"/schemas/ids/{number}?format=resolved").json()["schema"])
    first, second = (field["type"] for field in resolved["fields"])
    assert first["fields"][0]["type"]["logicalType"] == "decimal"
    assert second == "shop.Money"


@pytest.mark.parametrize(
    ("kind", "old", "good", "bad"),
    [
        (
            "JSON",
            '{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false}',
            '{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"string"}},'
            '"additionalProperties":false}',
            '{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}',
        ),
        (
            "PROTOBUF",
            'syntax = "proto3"; message Order { int32 id = 1; string note = 2; }',
            'syntax = "proto3"; message Order { int64 number = 1; bytes note = 2; bool x = 3; }',
            'syntax = "proto3"; message Order { string id = 1; }',
        ),
    ],
)
def test_other_types_are_compared_too(
    registry: SchemaRegistryClient, unique: Unique, kind: str, old: str, good: str, bad: str
) -> None:
    subject = unique("evolving")
    registry.register_schema(subject, Schema(old, kind))
    assert registry.test_compatibility(subject, Schema(good, kind))
    assert not registry.test_compatibility(subject, Schema(bad, kind))
    with pytest.raises(SchemaRegistryError) as caught:
        registry.register_schema(subject, Schema(bad, kind))
    assert (caught.value.http_status_code, caught.value.error_code) == (409, 409)
    registry.register_schema(subject, Schema(good, kind))
    registry.set_compatibility(subject, "FORWARD")
    assert not registry.test_compatibility(subject, Schema(bad, kind))


def test_spaces_and_comments_do_not_make_another_protobuf_schema(
    registry: SchemaRegistryClient, unique: Unique
) -> None:
    subject = unique("spaced")
    first = registry.register_schema(subject, Schema("message M { int32 a = 1; }", "PROTOBUF"))
    spaced = "// one\nmessage M {\n  int32 a = 1; /* two */\n}\n"
    assert registry.register_schema(subject, Schema(spaced, "PROTOBUF")) == first


# --- associations -------------------------------------------------------------------------------


def association(topic: str, subject: str, **changes: object) -> dict[str, object]:
    return {
        "resourceName": topic,
        "resourceNamespace": "lkc-any",
        "resourceId": f"lkc-any:{topic}",
        "resourceType": "topic",
        "associations": [{"subject": subject, "associationType": "value", **changes}],
    }


def test_an_association_is_made_found_and_deleted(
    raw: httpx.Client, registry: SchemaRegistryClient, unique: Unique
) -> None:
    topic, subject = unique("topic"), unique("of-its-own")
    body = association(topic, subject, schema={"schema": '"long"'}, lifecycle="STRONG")
    made = raw.post("/associations", json=body)
    assert made.status_code == 200
    assert made.json()["associations"][0]["subject"] == subject
    assert registry.get_versions(subject) == [1]
    [found] = registry.get_associations_by_resource_name(topic, "-", "topic", ["value"])
    assert (found.subject, found.resource_id) == (subject, f"lkc-any:{topic}")
    assert raw.get(f"/associations/resources/lkc-other/{topic}").status_code == 404
    assert raw.get(f"/associations/resources/-/{topic}?associationType=key").status_code == 404
    assert len(raw.get(f"/associations/subjects/{subject}").json()) == 1
    assert len(raw.get(f"/associations/resources/lkc-any:{topic}").json()) == 1
    registry.delete_associations(f"lkc-any:{topic}", "topic", cascade_lifecycle=True)
    assert raw.get(f"/associations/resources/-/{topic}").json()["error_code"] == 40401
    assert subject not in registry.get_subjects()


def test_an_association_is_replaced_by_put_only(raw: httpx.Client, unique: Unique) -> None:
    topic, subjects = unique("topic"), [unique("a"), unique("b")]
    for subject in subjects:
        raw.post(f"/subjects/{subject}/versions", json={"schema": '"int"'}).raise_for_status()
    assert raw.post("/associations", json=association(topic, subjects[0])).status_code == 200
    assert raw.post("/associations", json=association(topic, subjects[0])).status_code == 200
    assert raw.post("/associations", json=association(topic, subjects[1])).status_code == 409
    frozen = association(topic, subjects[1], frozen=True)
    assert raw.put("/associations", json=frozen).status_code == 200
    assert raw.put("/associations", json=association(topic, subjects[0])).status_code == 409
    for bad in (
        {},
        association("", subjects[0]),
        association(topic, "") | {"associations": []},
        association(topic, ""),
        association(topic, subjects[0], lifecycle="LONG"),
        association(topic, subjects[0]) | {"resourceType": "table"},
    ):
        assert raw.post("/associations", json=bad).status_code == 422
    assert raw.post("/associations", json=association(topic, unique("no"))).status_code == 404
