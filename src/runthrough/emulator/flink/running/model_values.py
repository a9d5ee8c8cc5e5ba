"""Values of SQL in the bodies of model calls, and back.

Source: facts/flink-sql-ai.md 2.3. How a type stands in JSON is not documented: numbers as numbers,
text and times as text, bytes in Base64, rows as objects (a choice).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from runthrough.emulator.flink.types import FlinkType, describe

TEXTS = frozenset({"CHAR", "VARCHAR"})
_WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"})
_BROKEN = frozenset({"FLOAT", "DOUBLE"})
_BYTES = frozenset({"BINARY", "VARBINARY"})

_MOMENTS: Mapping[str, Callable[[str], date | time]] = {
    "DATE": date.fromisoformat,
    "TIME": time.fromisoformat,
    "TIMESTAMP": datetime.fromisoformat,
    "TIMESTAMP_LTZ": datetime.fromisoformat,
}


class BodyError(Exception):
    """A value does not fit a body, or a body is not of its format; says what and where."""


def is_text(t: FlinkType) -> bool:
    """Return whether a type is STRING or of its kind."""
    return t.root in TEXTS


def to_json(value: Any) -> Any:
    """Return a value as JSON has it."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case bytes() | bytearray():
            return base64.b64encode(value).decode()
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return {str(key): to_json(item) for key, item in value.items()}
        case Sequence():
            return [to_json(item) for item in value]
        case _:
            raise BodyError(f"a value of type {type(value).__name__} has no place in JSON")


def from_json(value: Any, t: FlinkType, place: str) -> Any:
    """Return a JSON value as a value of a type; `place` is named where it does not fit.

    Raises:
        BodyError: the JSON value is of another kind.
    """
    if value is None:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match t.root:
        case root if root in TEXTS and isinstance(value, str):
            return value
        case "BOOLEAN" if isinstance(value, bool):
            return value
        case root if root in _WHOLE and number and int(value) == value:
            return int(value)
        case root if root in _BROKEN and number:
            return float(value)
        case "DECIMAL" if number or isinstance(value, str):
            return _decimal(str(value), place)
        case "ARRAY" if t.element is not None and isinstance(value, list):
            element = t.element
            return [from_json(item, element, f"{place}[{n}]") for n, item in enumerate(value)]
        case "MAP" if t.value is not None and isinstance(value, dict):
            inner = t.value
            return {key: from_json(item, inner, f"{place}.{key}") for key, item in value.items()}
        case "ROW" if isinstance(value, dict):
            return {n: from_json(value.get(n), f, f"{place}.{n}") for n, f in t.fields}
        case root if root in _BYTES and isinstance(value, str):
            return _bytes(value, place)
        case _:
            return _moment(value, t, place)


def from_text(value: str, t: FlinkType, place: str) -> Any:
    """Return a piece of text as a value of a type. Raises BodyError where it is none."""
    stripped = value.strip()
    if is_text(t):
        return value
    if not stripped:
        return None
    if t.root == "BOOLEAN" and stripped.lower() in ("true", "false"):
        return stripped.lower() == "true"
    if t.root in _WHOLE | _BROKEN | {"DECIMAL"}:
        number = _decimal(stripped, place)
        if t.root == "DECIMAL":
            return number
        if t.root in _BROKEN:
            return float(number)
        if number == number.to_integral_value():
            return int(number)
        raise _misfit(value, t, place)
    return from_json(stripped, t, place)


def _decimal(text: str, place: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise BodyError(f"{place} is no number: '{text}'") from None


def _bytes(text: str, place: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise BodyError(f"{place} is not in Base64") from None


def _moment(value: Any, t: FlinkType, place: str) -> Any:
    if t.root in _MOMENTS and isinstance(value, str):
        try:
            return _MOMENTS[t.root](value)
        except ValueError:
            pass
    raise _misfit(value, t, place)


def _misfit(value: Any, t: FlinkType, place: str) -> BodyError:
    return BodyError(f"{place} is no {describe(t)}: {str(value)[:100]!r}")
