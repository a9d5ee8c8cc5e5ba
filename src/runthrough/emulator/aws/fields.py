"""Reading the members of a JSON request that may hold anything.

Two dialects of complaint: AWS's own (Converse: `1 validation error detected: …`) and that of the
JSON schemas in front of the vendors' bodies (InvokeModel: `Malformed input request: …`). Source:
facts amazon-bedrock 2.11; texts for cases the sheet has no capture of follow the same forms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from runthrough.emulator.aws.replies import Refused, invalid

_NAMES: dict[type, str] = {
    dict: "JSONObject",
    list: "JSONArray",
    str: "String",
    bool: "Boolean",
    int: "Integer",
    float: "Double",
    type(None): "Null",
}


def malformed(*violations: str) -> Refused:
    """Return the refusal of a body that is not JSON, or that breaks the vendor's schema."""
    if not violations:
        return invalid("Malformed input request, please reformat your input and try again.")
    found = "".join(violations)
    return invalid(f"Malformed input request: {found}, please reformat your input and try again.")


def read_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        Refused: the body is not UTF-8, not JSON, nested without end, or not an object.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise malformed() from None
    if not isinstance(value, dict):
        raise malformed()
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def type_name(value: object) -> str:
    """Return what a schema calls the type of a JSON value."""
    return _NAMES[type(value)]


def wrong_type(place: str, expected: str, value: object) -> str:
    """Return the violation of a member of the wrong type; `place` is a JSON pointer."""
    return f"#{place}: expected type: {expected}, found: {type_name(value)}"


def is_number(value: object) -> bool:
    """Whether a JSON value is a number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_integer(value: object) -> bool:
    """Whether a JSON value is a whole number; true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def missing(place: str) -> Refused:
    """Return AWS's refusal of a required member that is not there."""
    return invalid(
        f"1 validation error detected: Value null at '{place}' failed to satisfy constraint: "
        "Member must not be null"
    )


def broken_rule(value: object, place: str, rule: str) -> Refused:
    """Return AWS's refusal of a value that breaks a rule of the API's description."""
    return broken_rules(value, place, rule)


def broken_rules(value: object, place: str, *rules: str) -> Refused:
    """Return AWS's refusal of a value that breaks several rules of the API's description."""
    head = "1 validation error" if len(rules) == 1 else f"{len(rules)} validation errors"
    told = (f"Value '{value}' at '{place}' failed to satisfy constraint: {rule}" for rule in rules)
    return invalid(f"{head} detected: {'; '.join(told)}")


def member_object(parent: Mapping[str, Any], name: str, place: str) -> dict[str, Any] | None:
    """Return an optional member that has to be an object. Raises Refused where it is not."""
    value = parent.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise malformed(wrong_type(_pointer(place), "JSONObject", value))


def member_list(parent: Mapping[str, Any], name: str, place: str) -> list[Any] | None:
    """Return an optional member that has to be a list. Raises Refused where it is not."""
    value = parent.get(name)
    if value is None or isinstance(value, list):
        return value
    raise malformed(wrong_type(_pointer(place), "JSONArray", value))


def member_text(parent: Mapping[str, Any], name: str, place: str) -> str | None:
    """Return an optional member that has to be a string. Raises Refused where it is not."""
    value = parent.get(name)
    if value is None or isinstance(value, str):
        return value
    raise malformed(wrong_type(_pointer(place), "String", value))


def _pointer(place: str) -> str:
    return f"/{place.replace('.', '/')}"


def number_within(
    parent: Mapping[str, Any], name: str, place: str, low: float, high: float
) -> float | None:
    """Return an optional number of a range, both ends included. Raises Refused otherwise."""
    value = parent.get(name)
    if value is None:
        return None
    if not is_number(value):
        raise malformed(wrong_type(_pointer(place), "Number", value))
    if value < low:
        raise broken_rule(value, place, f"Member must have value greater than or equal to {low:g}")
    if value > high:
        raise broken_rule(value, place, f"Member must have value less than or equal to {high:g}")
    return float(value)
