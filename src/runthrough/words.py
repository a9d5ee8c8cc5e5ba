"""How durations, moments and targets are said to people: on the terminal, in reports, on pages."""

from __future__ import annotations

from datetime import UTC, datetime


def say_seconds(seconds: float) -> str:
    """Return a duration: `12 ms`, `0.4 s`, `12.3 s`, `2 min 5 s`."""
    if seconds < 0.095:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s"


def say_day(instant: datetime) -> str:
    """Return a day, in UTC: `27 September 2026`."""
    instant = instant.astimezone(UTC)
    return f"{instant.day} {instant:%B %Y}"


def say_instant(instant: datetime) -> str:
    """Return an absolute moment, in UTC: `27 September 2026, 14:03 UTC`."""
    return f"{say_day(instant)}, {instant.astimezone(UTC):%H:%M} UTC"


def say_target(target: str) -> str:
    """Return where a run took place: `the emulator`, `live accounts`."""
    return {"emulator": "the emulator", "live": "live accounts"}.get(target, target)
