"""How times and places are said in reports."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime

SIGNS = {"passed": "✓", "failed": "✗", "skipped": "–", "unfinished": "…"}  # noqa: RUF001
"""The sign of each status; it never stands without its word where colours or signs are lost."""


def say_seconds(seconds: float) -> str:
    """Return a duration for people: `12 ms`, `0.4 s`, `12.3 s`, `2 min 5 s`."""
    if seconds < 0.095:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s"


def say_instant(instant: datetime) -> str:
    """Return an absolute moment for people, in UTC: `27 September 2026, 14:03 UTC`."""
    instant = instant.astimezone(UTC)
    return f"{instant.day} {instant:%B %Y, %H:%M} UTC"


def say_target(target: str) -> str:
    """Return a target for people."""
    return {"emulator": "the emulator", "live": "live accounts"}.get(target, target)


def say_failure(title: str, message: str) -> str:
    """Return a failure as it stands below its scenario's title, which opens most of them.

    A scenario that was broken off (Ctrl-C) failed without a message.
    """
    if not message:
        return "broken off"
    first, _, rest = message.partition("\n")
    return textwrap.dedent(rest) if first == title and rest else message
