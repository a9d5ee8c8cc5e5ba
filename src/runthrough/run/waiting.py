"""Looking again until something holds or its time is over, without ever just sleeping.

A Then line is looked at at once, then after 50 ms, and each pause is half as long again as the
one before, up to 5 seconds. The last look is at the limit itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from runthrough.errors import NotReadyError, WaitError
from runthrough.run.failure import last_seen

FIRST_PAUSE = 0.05
"""Seconds between the first look and the second."""

GROWTH = 1.5
"""How much longer each pause is than the one before."""

LONGEST_PAUSE = 5.0
"""Seconds; no pause is longer."""

NOT_YET = (AssertionError, NotReadyError)
"""What a look may raise to say `not yet`; anything else ends the wait."""


@dataclass(frozen=True)
class Clock:
    """Where a run takes its time from; tests give it a time that passes in no time.

    Attributes:
        now: seconds, from a clock that never goes back.
        sleep: let that many seconds pass.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def paced(limit: float, clock: Clock) -> Iterator[None]:
    """Yield at once, then after growing pauses, until `limit` seconds are over."""
    end = clock.now() + limit
    pause = FIRST_PAUSE
    yield
    while (left := end - clock.now()) > 0:
        clock.sleep(min(pause, left))
        pause = min(pause * GROWTH, LONGEST_PAUSE)
        yield


def wait_for(
    look: Callable[[], None], *, limit: float, clock: Clock, seen: Callable[[str], None]
) -> None:
    """Look until nothing is raised.

    Args:
        look: raises AssertionError or NotReadyError while it does not hold yet.
        limit: seconds.
        clock: where the time comes from.
        seen: told what each look in vain saw.

    Raises:
        WaitError: the limit is over; the text carries the last thing seen.
    """
    last: Exception | None = None
    for _ in paced(limit, clock):
        try:
            look()
        except NOT_YET as e:
            last = e
            seen(last_seen(e))
        else:
            return
    assert last is not None, "paced() yields at least once"
    if limit == 0:
        raise WaitError(last_seen(last)) from last
    raise WaitError(f"not within {spell(limit)}; last seen: {last_seen(last)}") from last


def spell(seconds: float) -> str:
    """Return a time as people say it: `1 minute`, `5 minutes`, `30 s`."""
    if seconds >= 60 and seconds % 60 == 0:
        minutes = int(seconds // 60)
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    return f"{seconds:g} s"
