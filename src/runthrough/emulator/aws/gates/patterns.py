"""Names with wildcards, as IAM and world files write them: `*` is any text, `?` any sign."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

_Choice = TypeVar("_Choice")


def wildcard(patterns: Iterable[str], *, flags: int = 0) -> re.Pattern[str]:
    """Return what matches any of these patterns, in which `*` and `?` are wildcards."""
    return re.compile(
        "|".join(re.escape(p).replace(r"\*", ".*").replace(r"\?", ".") for p in patterns),
        flags | re.DOTALL,
    )


def last_fit(choices: Iterable[tuple[str, _Choice]], name: str) -> _Choice | None:
    """Return what stands behind the last pattern that fits a name, None where none does."""
    found = None
    for pattern, choice in choices:
        if wildcard((pattern,)).fullmatch(name):
            found = choice
    return found
