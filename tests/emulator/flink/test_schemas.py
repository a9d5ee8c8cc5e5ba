from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.flink.formats.schemas import (
    FIRST_ID,
    Draft,
    Reference,
    SchemaError,
    SchemaStore,
)


def record(*fields: str, name: str = "r", optional: tuple[str, ...] = ()) -> str:
    listed: list[dict[str, object]] = [{"name": f, "type": "string"} for f in fields]
    listed += [{"name": f, "type": ["null", "string"], "default": None} for f in optional]
    return json.dumps({"type": "record", "name": name, "fields": listed}, indent=2)


def test_the_first_id_is_100001_and_texts_lose_their_white_space() -> None:
    store = SchemaStore()
    assert store.register("t-value", record("a")) == FIRST_ID == 100001
    assert store.schema(100001).text == (
        '{"type":"record","name":"r","fields":[{"name":"a","type":"string"}]}'
    )


def test_the_same_schema_has_the_same_id_under_every_subject() -> None:
    store = SchemaStore()
    reordered = json.dumps(dict(reversed(json.loads(record("a")).items())))
    assert store.register("t-value", record("a")) == store.register("u-value", reordered)
    assert store.versions("t-value") == (1,)
    assert [v.subject for v in store.uses(FIRST_ID)] == ["t-value", "u-value"]


def test_a_second_schema_becomes_the_latest_version() -> None:
    store = SchemaStore()
    store.register("t-value", record("a"))
    second = store.register("t-value", record("a", optional=("b",)))
    assert store.versions("t-value") == (1, 2)
    assert store.version("t-value", "latest").schema.id == second
    assert store.lookup("t-value", Draft(record("a"))).version == 1
    latest = store.latest("t-value")
    assert latest is not None
    assert latest.version == 2


@pytest.mark.parametrize(
    ("level", "schema", "accepted"),
    [
        ("BACKWARD", record("a", "b"), False),
        ("BACKWARD", record("a", optional=("b",)), True),
        ("BACKWARD", record(), True),
        ("FORWARD", record("a", "b"), True),
        ("FORWARD", record(), False),
        ("FULL", record("a", "b"), False),
        ("NONE", record("a", "b"), True),
    ],
)
def test_a_subject_keeps_its_compatibility(level: str, schema: str, accepted: bool) -> None:
    store = SchemaStore()
    store.set_level(level, "t-value")
    store.register("t-value", record("a"))
    assert (store.incompatibilities("t-value", Draft(schema)) == ()) is accepted
    if not accepted:
        with pytest.raises(SchemaError, match=r'incompatible .* subject "t-value"') as caught:
            store.register("t-value", schema)
        assert caught.value.code == 409


def test_logical_types_unknown_to_the_checker_do_not_matter() -> None:
    store = SchemaStore()
    text = json.dumps(
        {
            "type": "record",
            "name": "r",
            "fields": [
                {"name": "at", "type": {"type": "long", "logicalType": "local-timestamp-millis"}}
            ],
        }
    )
    store.register("t-value", text)
    assert store.incompatibilities("t-value", Draft(text)) == ()


def test_soft_deletion_hides_and_hard_deletion_forgets() -> None:
    store = SchemaStore()
    store.register("t-value", record("a"))
    with pytest.raises(SchemaError, match="was not deleted first") as caught:
        store.delete_subject("t-value", permanent=True)
    assert caught.value.code == 40405
    assert store.delete_subject("t-value") == (1,)
    assert store.subjects() == ()
    assert store.subjects(deleted=True) == ("t-value",)
    assert store.schema(FIRST_ID).id == FIRST_ID
    assert store.register("t-value", record("a")) == FIRST_ID
    assert store.versions("t-value") == (2,)
    assert store.delete_version("t-value", 2) == 2
    assert store.delete_subject("t-value", permanent=True) == (1, 2)
    assert store.subjects(deleted=True) == ()
    with pytest.raises(SchemaError) as caught:
        store.schema(FIRST_ID)
    assert caught.value.code == 40403
    assert store.register("t-value", record("a")) == FIRST_ID + 1


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda s: s.schema(1), 40403),
        (lambda s: s.version("nope", 1), 40401),
        (lambda s: s.version("t-value", 9), 40402),
        (lambda s: s.lookup("t-value", Draft(record("z"))), 40403),
        (lambda s: s.register("t-value", "{"), 42201),
        (lambda s: s.register("t-value", '{"type":"record"}'), 42201),
        (lambda s: s.register("t-value", '"string"', "XML"), 42201),
        (lambda s: s.register("t-value", '"x"', "AVRO", (Reference("x", "no", 1),)), 42201),
        (lambda s: s.register("t-value", '{"type": "objekt"}', "JSON"), 42201),
        (lambda s: s.register("t-value", "message M { string a = 0; }", "PROTOBUF"), 42201),
        (lambda s: s.set_level("SOME"), 42203),
        (lambda s: s.delete_version("t-value", 1, permanent=True), 40407),
    ],
)
def test_refusals_carry_the_registrys_code(ask, code: int) -> None:  # type: ignore[no-untyped-def]
    store = SchemaStore()
    store.register("t-value", record("a"))
    with pytest.raises(SchemaError) as caught:
        ask(store)
    assert caught.value.code == code


def test_references_are_resolved() -> None:
    store = SchemaStore()
    store.register("money", record("amount", name="Money"))
    outer = json.dumps(
        {"type": "record", "name": "Order", "fields": [{"name": "price", "type": "Money"}]}
    )
    number = store.register("t-value", outer, "AVRO", (Reference("Money", "money", 1),))
    assert store.parsed_avro(number)["name"] == "Order"


def test_a_subject_does_not_change_its_type() -> None:
    store = SchemaStore()
    store.register("t-value", record("a"))
    with pytest.raises(SchemaError, match="holds AVRO schemas, not JSON"):
        store.register("t-value", '{"type":"object"}', "JSON")


NAMES = st.sampled_from(["a-value", "b-value", "c-key"])


@given(st.lists(st.tuples(NAMES, st.sampled_from("pqr"), st.booleans()), max_size=30))
def test_the_store_agrees_with_a_plain_list(steps: list[tuple[str, str, bool]]) -> None:
    store = SchemaStore()
    store.set_level("NONE")
    alive: dict[str, list[str]] = {}
    for subject, field, delete in steps:
        if delete and alive.get(subject):
            store.delete_subject(subject)
            alive[subject] = []
        elif not delete:
            store.register(subject, record(field))
            if field not in alive.setdefault(subject, []):
                alive[subject].append(field)
    assert store.subjects() == tuple(sorted(s for s, fields in alive.items() if fields))
    for subject, fields in alive.items():
        if fields:
            kept = [
                json.loads(store.version(subject, v).schema.text)["fields"][0]["name"]
                for v in store.versions(subject)
            ]
            assert kept == fields


def test_what_refers_to_another_schema_is_compared_with_it() -> None:
    store = SchemaStore()
    store.register("money", record("amount", name="Money"))
    fields = [{"name": "price", "type": "Money"}, {"name": "fee", "type": "Money"}]
    text = json.dumps({"type": "record", "name": "Order", "fields": fields})
    references = (Reference("Money", "money", 1),)
    store.register("t-value", text, "AVRO", references)
    assert store.incompatibilities("t-value", Draft(text, "AVRO", references)) == ()
    store.set_level("NONE", "money")
    store.register("money", record("cents", name="Money"))
    changed = Draft(text, "AVRO", (Reference("Money", "money", 2),))
    assert "cents" in " ".join(store.incompatibilities("t-value", changed))


def test_a_reference_to_minus_one_is_to_the_latest_version() -> None:
    store = SchemaStore()
    store.register("money", record("amount", name="Money"))
    text = json.dumps({"type": "array", "items": "Money"})
    made = store.add("t-value", Draft(text, "AVRO", (Reference("Money", "money", -1),)))
    assert made.schema.references == (Reference("Money", "money", 1),)


def test_transitive_levels_look_at_every_version() -> None:
    store = SchemaStore()
    store.set_level("NONE", "t")
    for fields in (("a",), ("a", "b"), ("b",)):
        store.register("t", record(*fields))
    for level, accepted in (("BACKWARD", True), ("BACKWARD_TRANSITIVE", False)):
        store.set_level(level, "t")
        assert (store.incompatibilities("t", Draft(record("b"))) == ()) is accepted


def test_an_imported_schema_keeps_its_id_and_version() -> None:
    store = SchemaStore()
    made = store.import_version("t", Draft(record("a")), id=7, version=3)
    assert (made.schema.id, made.version) == (7, 3)
    assert store.import_version("t", Draft(record("a")), id=7, version=3) == made
    with pytest.raises(SchemaError) as caught:
        store.import_version("u", Draft(record("b")), id=7)
    assert caught.value.code == 42205
    assert store.import_version("t", Draft(record("b")), id=200_000).version == 4
    assert store.register("u", record("c")) == 200_001
