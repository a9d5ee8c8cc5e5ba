"""Reading a request's JSON, which may hold anything, with the API's words for what does not fit.

Seen: `Invalid type for 'x': expected an object, but got a string instead.` (`invalid_type`),
`Invalid 'x': integer below minimum value. Expected a value >= 1, but got -678 instead.`,
`Invalid value: 'x'. Supported values are: 'a' and 'b'.` (`invalid_value`),
`Unrecognized request argument supplied: x`. The codes of the bounds and the words of what is
missing or too long are ours, in their manner.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from runthrough.emulator.openai.replies import Refused, invalid

Json = dict[str, Any]

_UNREADABLE = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using"
    " your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was"
    " not valid JSON.)"
)


def read_object(body: bytes) -> Json:
    """Return the object a body holds. Raises Refused where it is not UTF-8, JSON or an object."""
    try:
        value = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise invalid(_UNREADABLE) from None
    if not isinstance(value, dict):
        raise invalid(_UNREADABLE)
    return value


def check_members(body: Json, known: Collection[str]) -> None:
    """Raise Refused for the first member that the API does not have."""
    for name in body:
        if name not in known:
            raise invalid(f"Unrecognized request argument supplied: {name}")


def required(body: Json, name: str, place: str | None = None) -> Any:
    """Return a member that must be there and not null."""
    value = body.get(name)
    if value is None:
        place = place or name
        raise invalid(
            f"Missing required parameter: '{place}'.",
            param=place,
            code="missing_required_parameter",
        )
    return value


def wrong_type(place: str, expected: str, value: object) -> Refused:
    """Return the refusal of a value of another type; `expected` such as `an integer`."""
    return invalid(
        f"Invalid type for '{place}': expected {expected}, but got {_described(value)} instead.",
        param=place,
        code="invalid_type",
    )


def unsupported(place: str, value: object, choices: Sequence[str]) -> Refused:
    """Return the refusal of a value that is none of the choices."""
    quoted = [f"'{one}'" for one in choices]
    tail = quoted[-1] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
    return invalid(
        f"Invalid value: '{value}'. Supported values are: {tail}.",
        param=place,
        code="invalid_value",
    )


def text(value: object, place: str) -> str:
    """Return a value that must be a string."""
    if not isinstance(value, str):
        raise wrong_type(place, "a string", value)
    return value


def choice(value: object, place: str, choices: Sequence[str]) -> str:
    """Return a value that must be one of the choices."""
    if text(value, place) not in choices:
        raise unsupported(place, value, choices)
    return str(value)


def member_flag(body: Json, name: str, place: str | None = None) -> bool:
    """Return a member that is true or false; absent and null are false."""
    value = body.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise wrong_type(place or name, "a boolean", value)
    return value


def member_object(body: Json, name: str, place: str | None = None) -> Json | None:
    """Return a member that is an object; None where it is absent or null."""
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise wrong_type(place or name, "an object", value)
    return value


def member_number(body: Json, name: str, low: float, high: float) -> float | None:
    """Return a member that is a number within bounds; None where it is absent or null."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise wrong_type(name, "a decimal", value)
    _check_bounds(name, value, low, high, "decimal")
    return float(value)


def member_integer(
    body: Json, name: str, low: int | None = None, high: int | None = None
) -> int | None:
    """Return a member that is an integer within bounds; None where it is absent or null."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(name, "an integer", value)
    _check_bounds(name, value, low, high, "integer")
    return value


def _check_bounds(
    name: str, value: float, low: float | None, high: float | None, kind: str
) -> None:
    if low is not None and value < low:
        side, sign, bound = "below minimum", ">=", low
    elif high is not None and value > high:
        side, sign, bound = "above maximum", "<=", high
    else:
        return
    raise invalid(
        f"Invalid '{name}': {kind} {side} value. Expected a value {sign} {bound:g}, but got"
        f" {value:g} instead.",
        param=name,
        code=f"{kind}_{side.replace(' ', '_').replace('minimum', 'min').replace('maximum', 'max')}"
        "_value",
    )


def too_long(place: str, most: int, found: int, what: str = "array") -> Refused:
    """Return the refusal of a list or text with too much in it."""
    unit = "array" if what == "array" else "string"
    kind = "an array" if what == "array" else "a string"
    return invalid(
        f"Invalid '{place}': {unit} too long. Expected {kind} with maximum length {most}, but got"
        f" {kind} with length {found} instead.",
        param=place,
        code=f"{unit}_above_max_length",
    )


def empty_array(place: str) -> Refused:
    """Return the refusal of a list with nothing in it."""
    return invalid(
        f"Invalid '{place}': empty array. Expected an array with minimum length 1, but got an empty"
        " array instead.",
        param=place,
        code="empty_array",
    )


def _described(value: object) -> str:
    kinds: Mapping[type, str] = {
        bool: "a boolean",
        int: "an integer",
        float: "a decimal",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    return kinds.get(type(value), "null")
