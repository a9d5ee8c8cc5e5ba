"""What the records of a race say: positions, comments and anomalies out of untrusted rows.

Names are those of the race generator (`data/race.py`) and of facts workshop-labs E.4. A statement
may call its columns otherwise, so a few names are taken for the same thing; the order of the names
below is the order in which they are looked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Row = Mapping[str, Any]

CATEGORIES = ("highlight", "warning", "info")
MAX_NAME = 60
MAX_MESSAGE = 280
"""Characters of a comment; the lab asks the model for 80, and models do not always listen."""
USUAL = (80.0, 100.0)
"""Degrees of an engine that is well (facts E.3), where an anomaly brings no bounds of its own."""

_COMMENT_ID = re.compile(r"(?P<race>.+)-\d+-(?P<racer>[^-]+)")
_NO_RACE = "comment"
"""What facts E.4 has where the id of a comment may have its race."""


class RowError(ValueError):
    """A row lacks a field, or holds something that cannot be shown."""


@dataclass(frozen=True)
class Position:
    """Where a racer is in one second of a race.

    Attributes:
        second: of the race, from 0.
        at: milliseconds since 1970.
    """

    race_id: str
    racer: str
    team: str
    position: int
    second: int
    at: int


@dataclass(frozen=True)
class Comment:
    """What was said of a racer.

    Attributes:
        racer: empty where the row names none.
        category: `highlight`, `warning` or `info`.
        second: of the race, None where the row does not tell.
        at: milliseconds since 1970, None where the row does not tell.
    """

    race_id: str | None
    racer: str
    message: str
    category: str
    second: int | None
    at: int | None


@dataclass(frozen=True)
class Anomaly:
    """An engine far from what was forecast.

    Attributes:
        temperature: degrees Celsius.
        lower: the least the forecast allows, None where the row has no bounds.
        kind: `hot`, `cold` or `odd`.
    """

    race_id: str | None
    team: str
    temperature: float
    lower: float | None
    upper: float | None
    kind: str
    second: int | None
    at: int | None


def read_position(row: Row) -> Position:
    """Read a row of the positions' topic. Raises RowError naming the field."""
    position = _whole(row, "position")
    if position < 1:
        raise RowError(f"position is {position}, and the first one is 1")
    return Position(
        race_id=_text(row, "race_id"),
        racer=_text(row, "racer"),
        team=_text(row, "team"),
        position=position,
        second=_whole(row, "race_second"),
        at=_millis(row.get("happened_at")) or 0,
    )


def read_comment(row: Row) -> Comment:
    """Read a row of the comments' topic. Raises RowError naming the field."""
    category = _find(row, "type", "category")
    race_id, racer = _parts_of(row.get("id"))
    return Comment(
        race_id=_optional_text(row, "race_id") or race_id,
        racer=_optional_text(row, "racer") or racer,
        message=_text(row, "message", "comment", "commentary", limit=MAX_MESSAGE),
        category=category if category in CATEGORIES else "info",
        second=_optional_whole(row, "race_second"),
        at=_millis(_find(row, "happened_at", "timestamp", "ts")),
    )


def read_anomaly(row: Row) -> Anomaly | None:
    """Read a row of the anomalies' topic; None of one that says it is no anomaly.

    Raises:
        RowError: a field is missing or cannot be shown.
    """
    if "is_anomaly" in row and row["is_anomaly"] is not True:
        return None
    temperature = _number(_find(row, "engine_temperature", "actual_value"))
    if temperature is None:
        raise RowError("engine_temperature is missing or no number")
    lower, upper = _number(row.get("lower_bound")), _number(row.get("upper_bound"))
    return Anomaly(
        race_id=_optional_text(row, "race_id"),
        team=_text(row, "team", "team_name"),
        temperature=temperature,
        lower=lower,
        upper=upper,
        kind=_kind(temperature, lower, upper),
        second=_optional_whole(row, "race_second"),
        at=_millis(_find(row, "happened_at", "timestamp", "ts")),
    )


def _kind(temperature: float, lower: float | None, upper: float | None) -> str:
    least, most = USUAL if lower is None or upper is None else (lower, upper)
    if temperature > most:
        return "hot"
    return "cold" if temperature < least else "odd"


def _parts_of(comment_id: Any) -> tuple[str | None, str]:
    """Return race and racer of an id such as `race-42-31-Night_Heron`, "" for no racer."""
    found = _COMMENT_ID.fullmatch(comment_id) if isinstance(comment_id, str) else None
    if found is None:
        return None, ""
    race_id = None if found["race"] == _NO_RACE else found["race"][:MAX_NAME]
    return race_id, found["racer"].replace("_", " ")[:MAX_NAME]


def _find(row: Row, *names: str) -> Any:
    return next((row[name] for name in names if row.get(name) is not None), None)


def _text(row: Row, *names: str, limit: int = MAX_NAME) -> str:
    value = _find(row, *names)
    if not isinstance(value, str) or not value.strip():
        raise RowError(f"{names[0]} is missing or no text")
    text = " ".join(value.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _optional_text(row: Row, name: str) -> str | None:
    return _text(row, name) if row.get(name) else None


def _whole(row: Row, name: str) -> int:
    value = row.get(name)
    # bool is an int to Python, but no position to a reader.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise RowError(f"{name} is missing or no whole number of 0 or more")
    return value


def _optional_whole(row: Row, name: str) -> int | None:
    return None if row.get(name) is None else _whole(row, name)


def _number(value: Any) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if math.isfinite(value) else None


def _millis(value: Any) -> int | None:
    """Return an instant in milliseconds; an instant without a time zone is UTC."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return round(aware.timestamp() * 1_000)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
