"""The reader of schemas: what each kind complains of, and the defaults it fills in."""

from __future__ import annotations

from typing import Any

import pytest

from runthrough.emulator.aws.families.schema import (
    ANY,
    Either,
    Flag,
    Items,
    Kind,
    Members,
    Null,
    Number,
    Text,
    Whole,
    extras,
    read,
)
from runthrough.emulator.aws.replies import Refused


def complaints(kind: Kind, value: Any) -> list[str]:
    return list(kind.check(value, "/x"))


@pytest.mark.parametrize(
    ("kind", "good", "bad", "complaint"),
    [
        (Flag(), True, 1, "#/x: expected type: Boolean, found: Integer"),
        (Null(), None, False, "#/x: expected type: Null, found: Boolean"),
        (Number(0, 1), 1, True, "#/x: expected type: Number, found: Boolean"),
        (Number(0, 1), 0, -0.5, "#/x: -0.5 is not greater or equal to 0"),
        (Number(0, 1), 0.5, 1.5, "#/x: 1.5 is not less or equal to 1"),
        (Number(0, 1, above=True), 0.1, 0, "#/x: 0 is not greater than 0"),
        (Number(0, 1), 0.5, float("inf"), "#/x: inf is not less or equal to 1"),
        (Whole(1, 9), 9, 1.0, "#/x: expected type: Integer, found: Double"),
        (Whole(step=8), 16, 12, "#/x: 12 is not a multiple of 8"),
        (Whole(choices=(1, 2)), 2, 3, "#/x: 3 is not a valid enum value"),
        (Text(), "", [], "#/x: expected type: String, found: JSONArray"),
        (Text(2, 3), "ab", "a", "#/x: expected minLength: 2, actual: 1"),
        (Text(2, 3), "abc", "abcd", "#/x: expected maxLength: 3, actual: 4"),
        (Text(choices=("a",)), "a", "A", "#/x: A is not a valid enum value"),
        (Text(pattern="a+"), "aa", "ab", "#/x: string [ab] does not match pattern a+"),
        (Items(Flag(), 1), [True], [], "#/x: expected minimum item count: 1, found: 0"),
        (Items(Flag(), 0, 1), [], [True, True], "#/x: expected maximum item count: 1, found: 2"),
        (Items(Flag()), [True], [True, 0], "#/x/1: expected type: Boolean, found: Integer"),
        (Items(Flag()), [], {}, "#/x: expected type: JSONArray, found: JSONObject"),
        (Members({"a": ANY}), {"a": 1}, {"b": 1}, "#/x: extraneous key [b] is not permitted"),
        (Members({"a": ANY}, ("a",)), {"a": 1}, {}, "#/x: required key [a] not found"),
        (Members({"a": Flag()}), {}, {"a": 1}, "#/x/a: expected type: Boolean, found: Integer"),
        (Members(rest=Flag()), {"b": True}, {"b": 1},
         "#/x/b: expected type: Boolean, found: Integer"),
        (Members(rest=ANY, one_of=(("a", "b"),)), {"a": 1}, {},
         "#/x: 0 subschemas matched instead of one"),
        (Members(), {}, None, "#/x: expected type: JSONObject, found: Null"),
        (Either((Flag(), Text(1))), "a", "", "#/x: expected minLength: 1, actual: 0"),
        (Either((Flag(), Text(1))), True, 1,
         "#/x: no subschema matched out of the total 2 subschemas"),
    ],
)  # fmt: skip
def test_what_a_kind_takes(kind: Kind, good: Any, bad: Any, complaint: str) -> None:
    assert complaints(kind, good) == []
    assert complaints(kind, bad) == [complaint]


def test_defaults_are_filled_in_deeply() -> None:
    inner = Members({"c": Number(default=0.5), "d": Text()}, default={})
    schema = Members({"a": inner, "b": Items(inner), "e": Either((Null(), inner))})
    assert read(schema, {}) == {"a": {"c": 0.5}}
    asked = {"a": {"c": 1}, "b": [{}, {"d": "x"}], "e": {}}
    filled = {"a": {"c": 1}, "b": [{"c": 0.5}, {"c": 0.5, "d": "x"}], "e": {"c": 0.5}}
    assert read(schema, asked) == filled
    assert asked == {"a": {"c": 1}, "b": [{}, {"d": "x"}], "e": {}}


@pytest.mark.parametrize(("count", "text"), [
    (8, "#: extraneous key [m0] is not permitted#: extraneous key [m1] is not permitted"),
    (9, "Malformed input request: 9 schema violations found, please reformat"),
    (5000, "Malformed input request: 1000 schema violations found, please reformat"),
])  # fmt: skip
def test_all_violations_are_told_or_counted(count: int, text: str) -> None:
    with pytest.raises(Refused) as caught:
        read(Members(), {f"m{at}": at for at in range(count)})
    assert text in caught.value.message


def test_a_complaint_repeats_no_long_text() -> None:
    with pytest.raises(Refused) as caught:
        read(Members({"a": Text(choices=("x",))}), {"a": "y" * 10**6, "z" * 10**6: 1})
    assert len(caught.value.message) < 400


def test_extra_fields_are_the_members_converse_does_not_write() -> None:
    schema = Members({"prompt": Text(), "k": Whole()}, ("prompt",), (("prompt", "k"),))
    assert read(extras(schema, "prompt"), {"k": 1}) == {"k": 1}
    with pytest.raises(Refused, match=r"extraneous key \[prompt\]"):
        read(extras(schema, "prompt"), {"prompt": "a"})
