from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from runthrough.words import say_day, say_instant, say_seconds, say_target


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 ms"),
        (0.0123, "12 ms"),
        (0.1, "0.1 s"),
        (9.96, "10.0 s"),
        (12.34, "12.3 s"),
        (59.96, "1 min 0 s"),
        (125, "2 min 5 s"),
    ],
)
def test_durations_are_said_for_people(seconds: float, said: str) -> None:
    assert say_seconds(seconds) == said


def test_moments_are_absolute() -> None:
    assert say_instant(datetime(2026, 9, 7, 4, 3, tzinfo=UTC)) == "7 September 2026, 04:03 UTC"
    east = datetime(2026, 9, 7, 4, 3, tzinfo=timezone(timedelta(hours=9)))
    assert (say_day(east), say_instant(east)) == ("6 September 2026", "6 September 2026, 19:03 UTC")


def test_targets_are_said_for_people() -> None:
    told = [say_target(target) for target in ("emulator", "live", "x")]
    assert told == ["the emulator", "live accounts", "x"]
