"""Schemas filled in from a text: what is found, what is made up, and that it always fits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from runthrough.emulator.standins.filling import fill


def of(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


TEXT: dict[str, Any] = {"type": "string"}
WHOLE: dict[str, Any] = {"type": "integer"}


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (of({"city": TEXT}, "city"), "What is the weather in Paris?", {"city": "Paris"}),
        (of({"city": TEXT}, "city"), "weather in seattle today?", {"city": "seattle"}),
        (of({"place": TEXT}, "place"), "How is San Francisco, CA?", {"place": "San Francisco, CA"}),
        (of({"word": TEXT}, "word"), 'Spell "harbour" in Paris', {"word": "harbour"}),
        (of({"a": WHOLE, "b": WHOLE}, "a", "b"), "Add 3 and -4", {"a": 3, "b": -4}),
        (of({"b": WHOLE, "a": WHOLE}, "a", "b"), "a is 3, b is 4", {"b": 4, "a": 3}),
        (of({"price": {"type": "number"}}, "price"), "It costs 1,299.50", {"price": 1299.5}),
        (of({"order_id": TEXT}, "order_id"), "Where is ORD-1234, Ada?", {"order_id": "ORD-1234"}),
        (of({"email": TEXT}, "email"), "to a.b@example.com", {"email": "a.b@example.com"}),
        (of({"expression": TEXT}, "expression"), "What is 12*7?", {"expression": "12 * 7"}),
        (of({"unit": {"enum": ["celsius", "kelvin"]}}, "unit"), "in Kelvin", {"unit": "kelvin"}),
        (of({"n": {**WHOLE, "minimum": 10}}, "n"), "3 or 12", {"n": 12}),
        (of({"t": {"type": "array", "items": TEXT}}, "t"), "'a' and 'b'", {"t": ["a", "b"]}),
        (of({"ns": {"type": "array", "items": WHOLE}}, "ns"), "Sort 3, 1, 2", {"ns": [3, 1, 2]}),
        (of({"x": {"const": 5}}, "x"), "anything", {"x": 5}),
        (of({"x": {**WHOLE, "default": 7}}, "x"), "anything", {"x": 7}),
        (of({"x": {"anyOf": [{"type": "null"}, WHOLE]}}, "x"), "it is 8", {"x": 8}),
        (
            {"$defs": {"c": TEXT}, **of({"city": {"$ref": "#/$defs/c"}}, "city")},
            "in Rome",
            {"city": "Rome"},
        ),
        (
            of({"who": of({"name": TEXT, "age": WHOLE}, "name", "age")}, "who"),
            "My name is Ada and I am 36",
            {"who": {"name": "Ada", "age": 36}},
        ),
    ],
)  # fmt: skip
def test_what_the_text_says_is_found(schema: dict[str, Any], text: str, value: Any) -> None:
    filled = fill(schema, text, invent=False)
    assert (filled.value, filled.missing, filled.fits) == (value, (), True)


def test_an_optional_member_is_left_out_unless_the_text_names_it() -> None:
    schema = of({"city": TEXT, "days": WHOLE, "unit": {"enum": ["c", "f"]}}, "city")
    assert fill(schema, "Paris in 3 hours", invent=False).value == {"city": "Paris"}
    assert fill(schema, "3 days in Paris", invent=False).value == {"city": "Paris", "days": 3}


def test_nothing_is_made_up_unless_it_may_be() -> None:
    schema = of({"latitude": TEXT, "longitude": TEXT}, "latitude", "longitude")
    filled = fill(schema, "the weather in Seattle", invent=False)
    assert (filled.missing, filled.fits) == (("latitude", "longitude"), False)
    assert fill(schema, "the weather in Seattle", invent=True).fits


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"x": False}, "required": ["x"]},
        {"type": "object", "not": {}},
        {"type": "nonsense"},
        {"$ref": "https://example.com/elsewhere"},
        {"allOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]},
        of({"x": {"type": "string", "pattern": "["}}, "x"),
    ],
)
def test_a_schema_that_cannot_be_filled_in_is_no_fault(schema: dict[str, Any]) -> None:
    assert fill(schema, "anything", invent=True).fits is False


def scalars() -> st.SearchStrategy[dict[str, Any]]:
    low = st.integers(-50, 50)
    return st.one_of(
        st.just({"type": "boolean"}),
        st.just({"type": "null"}),
        st.lists(st.text(max_size=4) | st.integers(), min_size=1, max_size=3).map(
            lambda choices: {"enum": choices}
        ),
        st.builds(
            lambda kind, least, span: {"type": kind, "minimum": least, "maximum": least + span},
            st.sampled_from(["integer", "number"]),
            low,
            st.integers(0, 9),
        ),
        st.builds(
            lambda least, step: {"type": "integer", "minimum": least, "multipleOf": step},
            low,
            st.integers(1, 9),
        ),
        st.builds(
            lambda least, more: {"type": "string", "minLength": least, "maxLength": least + more},
            st.integers(0, 9),
            st.integers(1, 9),
        ),
        st.sampled_from(["date", "email", "uri"]).map(
            lambda one: {"type": "string", "format": one}
        ),
        st.integers(-5, 5).map(lambda value: {"type": "integer", "default": value}),
    )


def structures(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(["city", "name", "count", "order_id", "query", "unit", "days"])
    members = st.dictionaries(names, inner, max_size=4)
    return st.one_of(
        st.builds(
            lambda properties, drop: of(properties, *list(properties)[drop:]),
            members,
            st.integers(0, 3),
        ),
        st.builds(
            lambda items, least: {"type": "array", "items": items, "minItems": least},
            inner,
            st.integers(0, 2),
        ),
        st.lists(inner, min_size=1, max_size=2).map(lambda some: {"anyOf": some}),
    )


schemas = st.recursive(scalars(), structures, max_leaves=6)
texts = st.text(max_size=30) | st.sampled_from(
    ["What is the weather in Paris for 3 days?", "city: 'Rome', unit is c", "12 + 30", "", "ORD-1"]
)


@settings(max_examples=300, deadline=None)
@given(members=st.dictionaries(st.sampled_from("abc"), schemas, max_size=3), text=texts)
def test_what_is_made_up_fits_the_schema(members: dict[str, Any], text: str) -> None:
    schema = of(members, *members)
    filled = fill(schema, text, invent=True)
    assert filled.fits
    Draft202012Validator(schema).validate(filled.value)


@settings(max_examples=200, deadline=None)
@given(members=st.dictionaries(st.sampled_from("abc"), schemas, max_size=3), text=texts)
def test_what_is_found_fits_or_says_what_is_missing(members: dict[str, Any], text: str) -> None:
    schema = of(members, *members)
    filled = fill(schema, text, invent=False)
    valid = Draft202012Validator(schema).is_valid(filled.value)
    assert filled.fits == (valid and not filled.missing)
    assert filled.fits or filled.missing
