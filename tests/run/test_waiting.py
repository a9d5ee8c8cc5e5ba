from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.errors import NotReadyError, ServiceError, StepError, WaitError
from runthrough.run.waiting import FIRST_PAUSE, LONGEST_PAUSE, Clock, paced, spell, wait_for


@dataclass
class Time:
    """A time that passes only by sleeping; `slow` is what each look takes."""

    now: float = 100.0
    pauses: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, sleep=self.sleep)


def looks_until(time: Time, holds_at: float) -> list[float]:
    """Wait for something that holds from a moment on; return when it was looked at."""
    looks: list[float] = []

    def look() -> None:
        looks.append(time.now - 100)
        assert time.now - 100 >= holds_at, "not yet"

    wait_for(look, limit=60, clock=time.clock, seen=lambda _: None)
    return looks


def test_what_holds_at_once_is_looked_at_once_without_a_pause() -> None:
    time = Time()
    assert looks_until(time, 0) == [0]
    assert time.pauses == []


def test_pauses_grow_by_half_up_to_five_seconds() -> None:
    time = Time()
    looks_until(time, 50)
    assert time.pauses[:3] == pytest.approx([0.05, 0.075, 0.1125])
    assert max(time.pauses) == LONGEST_PAUSE
    assert time.pauses == sorted(time.pauses[:-1]) + time.pauses[-1:]


def test_the_last_thing_seen_is_told() -> None:
    time, seen = Time(), list[str]()
    phases = iter(("PENDING", "PENDING", "RUNNING", *["RUNNING"] * 100))

    def look() -> None:
        raise AssertionError(f"statement 'x' is {next(phases)}")

    with pytest.raises(WaitError) as caught:
        wait_for(look, limit=300, clock=time.clock, seen=seen.append)
    assert str(caught.value) == "not within 5 minutes; last seen: statement 'x' is RUNNING"
    assert seen[0] == "statement 'x' is PENDING"
    assert time.now == pytest.approx(400), "the last look is at the limit itself"


def test_a_service_that_needs_more_time_is_asked_again() -> None:
    time, answers = Time(), iter([NotReadyError("the key is spreading"), None])

    def look() -> None:
        if answer := next(answers):
            raise answer

    wait_for(look, limit=1, clock=time.clock, seen=lambda _: None)
    assert time.pauses == [FIRST_PAUSE]


@pytest.mark.parametrize("error", [StepError("FAILED"), ServiceError("401"), KeyError("x")])
def test_anything_else_ends_the_wait_at_once(error: Exception) -> None:
    time = Time()

    def look() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        wait_for(look, limit=300, clock=time.clock, seen=lambda _: None)
    assert caught.value is error
    assert time.pauses == []


def test_without_time_there_is_still_one_look() -> None:
    time = Time()
    with pytest.raises(WaitError, match=r"^no$"):
        wait_for(_never, limit=0, clock=time.clock, seen=lambda _: None)
    assert time.pauses == []


@given(limit=st.floats(0, 10_000), look_takes=st.floats(0, 100))
def test_a_wait_ends_at_its_limit_however_slow_the_looks(limit: float, look_takes: float) -> None:
    time, looks = Time(), 0
    for _ in paced(limit, time.clock):
        looks += 1
        assert time.now - 100 <= limit + 1e-6, "no look begins after the limit"
        time.now += look_takes
    assert looks >= 1
    assert time.now - 100 <= limit + look_takes + 1e-6
    assert all(0 < pause <= LONGEST_PAUSE for pause in time.pauses)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(30, "30 s"), (0.5, "0.5 s"), (60, "1 minute"), (300, "5 minutes"), (90, "90 s")],
)
def test_times_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert spell(seconds) == said


def _never() -> None:
    raise AssertionError("no")
