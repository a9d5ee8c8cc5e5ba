"""What all parts of a world file have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

Clock = Callable[[], datetime]
"""Where the emulator asks for the time; tests put their own in."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def utc_now() -> datetime:
    """Return the time of the machine, in UTC."""
    return datetime.now(UTC)


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"(\d+)\s*([smhd])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a duration is a number and s, m, h or d, such as '12h'")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class Part(BaseModel):
    """A part of a world file: it cannot be changed, and knows no member more than it names."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
