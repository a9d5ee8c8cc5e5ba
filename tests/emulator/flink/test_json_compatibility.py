"""Which changes of a JSON schema keep its documents, judged by the jsonschema package."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from runthrough.emulator.flink.formats.json_compatibility import (
    JsonSchemaError,
    NotComparableError,
    check_json_schema,
    json_problems,
)


def obj(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **more}


CLOSED = {"additionalProperties": False}
INT, NUMBER, TEXT = {"type": "integer"}, {"type": "number"}, {"type": "string"}
TREE = {"$defs": {"t": obj({"next": {"$ref": "#/$defs/t"}}, **CLOSED)}, "$ref": "#/$defs/t"}
WIDE_TREE = {
    "$defs": {"t": obj({"next": {"$ref": "#/$defs/t"}, "n": INT}, **CLOSED)},
    "$ref": "#/$defs/t",
}


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [
        (True, TEXT, ""),
        ({}, TEXT, ""),
        (False, TEXT, "nothing is allowed"),
        (NUMBER, INT, ""),
        (INT, NUMBER, "type number"),
        ({"type": ["string", "null"]}, TEXT, ""),
        (TEXT, {"type": ["string", "null"]}, "type null"),
        (TEXT, {}, "type array"),
        ({**TEXT, "maxLength": 5}, {**TEXT, "maxLength": 4}, ""),
        ({**TEXT, "maxLength": 4}, {**TEXT, "maxLength": 5}, "maxLength 4"),
        ({**TEXT, "minLength": 1}, TEXT, "minLength 1"),
        ({**TEXT, "pattern": "a"}, TEXT, "pattern a"),
        (TEXT, {**TEXT, "pattern": "a"}, ""),
        ({**TEXT, "format": "date"}, TEXT, ""),
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, ""),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, 'value "b"'),
        ({"enum": ["a", 1]}, {"const": 1}, ""),
        ({"enum": ["a"]}, TEXT, "enum"),
        ({**NUMBER, "minimum": 1}, {**NUMBER, "exclusiveMinimum": 1}, ""),
        ({**NUMBER, "exclusiveMinimum": 1}, {**NUMBER, "minimum": 1}, "minimum is higher"),
        ({**NUMBER, "maximum": 1}, {**NUMBER, "maximum": 2}, "maximum is lower"),
        ({**NUMBER, "multipleOf": 2}, {**NUMBER, "multipleOf": 4}, ""),
        ({**NUMBER, "multipleOf": 4}, {**NUMBER, "multipleOf": 2}, "multiples of 4"),
        ({"type": "array", "items": INT}, {"type": "array", "items": TEXT}, "type string"),
        ({"type": "array", "items": [INT]}, {"type": "array", "items": INT}, ""),
        ({"type": "array", "items": INT}, {"type": "array", "items": [INT]}, "#/items"),
        ({"type": "array", "uniqueItems": True}, {"type": "array"}, "unique"),
        ({"type": "array", "maxItems": 1}, {"type": "array", "maxItems": 2}, "maxItems"),
        # Content models: open ones may lose a property, closed ones may gain one.
        (obj({}), obj({"a": INT}), ""),
        (obj({"a": INT}), obj({}), "#/properties/a"),
        (obj({"a": INT}, **CLOSED), obj({}, **CLOSED), ""),
        (obj({}, **CLOSED), obj({"a": INT}, **CLOSED), "#/properties/a: nothing"),
        (obj({}), obj({}, **CLOSED), ""),
        (obj({}, **CLOSED), obj({}), "additionalProperties"),
        (obj({"a": INT}, **CLOSED, required=["a"]), obj({}, **CLOSED), "property a was not"),
        (obj({"a": {**INT, "default": 0}}, **CLOSED, required=["a"]), obj({}, **CLOSED), ""),
        (obj({"a": INT}), obj({"a": INT}, required=["a"]), ""),
        (obj({}, patternProperties={"^x": INT}), obj({"x1": TEXT}, **CLOSED), "type string"),
        (obj({"x1": INT}, **CLOSED), obj({}, patternProperties={"^x": INT}, **CLOSED), "^x"),
        (obj({}, maxProperties=1), obj({}), "maxProperties"),
        ({"anyOf": [INT, TEXT]}, INT, ""),
        (INT, {"anyOf": [INT, TEXT]}, "type string"),
        ({"oneOf": [INT, TEXT]}, {"oneOf": [TEXT, INT]}, ""),
        ({"oneOf": [INT, TEXT]}, {"type": "null"}, "fits none"),
        ({"allOf": [INT, {"minimum": 1}]}, INT, "minimum"),
        (INT, {"allOf": [INT, {"minimum": 1}]}, ""),
        ({"allOf": [False]}, {}, "nothing is allowed"),
        (obj({"a": True}, required=["a"]), obj({}), "property a was not"),
        ({"not": TEXT}, {"not": TEXT}, ""),
        (WIDE_TREE, TREE, ""),
        (TREE, WIDE_TREE, "nothing is allowed"),
    ],
)
def test_a_change_keeps_all_documents_or_says_which_not(new: Any, old: Any, said: str) -> None:
    problems = json_problems((new, {}), (old, {}))
    assert (said in " ".join(problems)) if said else (problems == [])


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ({"not": TEXT}, INT),
        ({"if": TEXT, "then": {"minLength": 1}}, TEXT),
        ({"$ref": "other.json"}, TEXT),
        ({"$ref": "#/$defs/none"}, TEXT),
        ({"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, TEXT),
    ],
)
def test_what_cannot_be_told_is_not_guessed(new: Any, old: Any) -> None:
    with pytest.raises(NotComparableError):
        json_problems((new, {}), (old, {}))


def test_references_to_other_schemas_are_followed() -> None:
    new, old = {"$ref": "money.json"}, {"$ref": "money.json#/definitions/m"}
    assert json_problems((new, {"money.json": NUMBER}), (INT, {})) == []
    assert json_problems((TEXT, {}), (old, {"money.json": {"definitions": {"m": INT}}})) != []


@pytest.mark.parametrize("schema", [1, "x", [], None, {"type": "objekt"}, {"required": "a"}])
def test_what_is_no_json_schema_is_refused(schema: object) -> None:
    with pytest.raises(JsonSchemaError):
        check_json_schema(schema)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.5, 1.5])
    | st.text("ab", max_size=3)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=5,
)
KINDS = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])


def _schemas() -> st.SearchStrategy[Any]:
    leaf = st.booleans() | st.fixed_dictionaries(
        {},
        optional={
            "type": KINDS | st.lists(KINDS, min_size=1, max_size=3, unique=True),
            "minimum": st.integers(-2, 2),
            "exclusiveMaximum": st.integers(-2, 2),
            "multipleOf": st.integers(1, 3),
            "maxLength": st.integers(0, 3),
            "minLength": st.integers(0, 2),
            "enum": st.lists(SCALARS, min_size=1, max_size=3),
        },
    )
    return st.recursive(leaf, _nested, max_leaves=4)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=2)
    whole = inner.filter(lambda schema: not isinstance(schema, bool))  # jsonschema stumbles there
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array"]),
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "additionalProperties": inner,
            "patternProperties": st.dictionaries(st.sampled_from(["a", "^b"]), inner, max_size=1),
            "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
            "items": whole | some,
            "additionalItems": inner,
            "maxItems": st.integers(0, 2),
            "anyOf": some,
            "allOf": some,
        },
    )


@given(new=_schemas(), old=_schemas(), value=VALUES)
def test_what_is_compatible_takes_every_document(new: Any, old: Any, value: Any) -> None:
    assume(Draft7Validator(old).is_valid(value))
    if not json_problems((new, {}), (old, {})):
        assert Draft7Validator(new).is_valid(value), json.dumps([new, old, value])


@given(schema=_schemas())
def test_every_schema_is_compatible_with_itself(schema: Any) -> None:
    assert json_problems((schema, {}), (schema, {})) == []
