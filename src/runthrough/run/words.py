"""Values as a person reads them: in samples, in the record and on pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal


def say_value(value: object) -> str | None:
    """Return a value of a result as text; None, which is SQL's NULL, stays None.

    A moment is told as Flink's shell tells it: `2026-01-15 10:00:00.000`, in UTC where it has a
    zone. A decimal is told without an exponent. Arrays, rows and maps are told as JSON.
    """
    match value:
        case None | str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case Decimal():
            return format(value, "f")
        case datetime():
            return _moment(value)
        case bytes():
            return f"x'{value.hex()}'"
        case list() | tuple() | dict():
            return json.dumps(_jsonable(value), ensure_ascii=False)
        case _:
            return str(value)


def _moment(value: datetime) -> str:
    local = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
    precision = "microseconds" if value.microsecond % 1000 else "milliseconds"
    return local.isoformat(sep=" ", timespec=precision)


def _jsonable(value: object) -> object:
    """Return a nested value as JSON can hold it; numbers and truth stay what they are."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple():
            return [_jsonable(inner) for inner in value]
        case dict():
            return {say_value(key) or "NULL": _jsonable(inner) for key, inner in value.items()}
        case _:
            return say_value(value)
