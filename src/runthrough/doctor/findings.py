"""What a check of the doctor says: a verdict, what was seen, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check ended."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """One check: what was looked at, what was seen, and what to do where it did not pass."""

    name: str
    verdict: Verdict
    seen: str
    todo: str = ""


@dataclass(frozen=True)
class Finding:
    """What a look found, where that is more than a pass in one line."""

    verdict: Verdict
    seen: str
    todo: str = ""
