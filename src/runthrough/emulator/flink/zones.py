"""Time zones by name or offset, as Flink takes them and as DuckDB and Python know them.

Source: facts/flink-sql-ai.md 6.3 (`sql.local-time-zone`): a region such as Europe/Berlin, UTC, or
an offset such as GMT+05:30, UTC+05:30, +05:30.
"""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d{2}))?")


def is_offset(name: str) -> bool:
    """Return whether a zone is given as its distance from UTC."""
    return _OFFSET.fullmatch(name) is not None


def icu_zone(name: str) -> str:
    """Return the name by which DuckDB knows a zone: offsets are GMT+05:30."""
    if name == "Z":
        return "UTC"
    if found := _OFFSET.fullmatch(name):
        return f"GMT{found[1]}{int(found[2]):02d}:{found[3] or '00'}"
    return name


def zone_of(name: str) -> dt.tzinfo:
    """Return a zone; UTC where there is none of that name, as Java does."""
    if found := _OFFSET.fullmatch(name):
        size = dt.timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return dt.timezone(-size if found[1] == "-" else size)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return dt.UTC
