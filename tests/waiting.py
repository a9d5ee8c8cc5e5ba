"""Waiting for what another thread or process does: until it is so, never for a length of time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

LIMIT_SECONDS = 120.0
"""When waiting is given up: long enough for a machine that is busy with something else."""

COMMAND_SECONDS = 500.0
"""When a command in a process of its own is given up; it may have to carry out every lab."""

T = TypeVar("T")


def eventually(look: Callable[[], T], fits: Callable[[T], object] = bool) -> T:
    """Look again and again until what is seen fits; return it. Fails with the last thing seen."""
    limit = time.monotonic() + LIMIT_SECONDS
    while not fits(seen := look()):
        if time.monotonic() > limit:
            raise AssertionError(f"after {LIMIT_SECONDS:.0f} seconds still {seen!r}")
        time.sleep(0.01)
    return seen


def becomes(look: Callable[[], T], wanted: T) -> None:
    """Look until something is seen. Fails with it and the last thing seen."""
    limit = time.monotonic() + LIMIT_SECONDS
    while (seen := look()) != wanted:
        if time.monotonic() > limit:
            raise AssertionError(f"after {LIMIT_SECONDS:.0f} seconds {seen!r}, not {wanted!r}")
        time.sleep(0.01)
