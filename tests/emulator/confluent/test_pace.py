"""Life cycles: by looks in the pace `instant`, by the clock in `realistic`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.confluent.pace import (
    KAFKA_CLUSTER,
    STATEMENT,
    Life,
    LifeCycle,
    Pace,
    Phase,
    settled,
)

BUILT = LifeCycle(
    (Phase("PLANNED", 1, timedelta(seconds=5)), Phase("RISING", 2, timedelta(seconds=10))), "READY"
)


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_life_moves_by_looks_when_the_pace_is_instant() -> None:
    life = Life(BUILT, "instant", Watch())
    assert [life.look() for _ in range(5)] == ["PLANNED", "RISING", "RISING", "READY", "READY"]


def test_the_clock_does_not_move_a_life_whose_pace_is_instant() -> None:
    watch = Watch()
    life = Life(BUILT, "instant", watch)
    watch.now += timedelta(hours=1)
    assert life.look() == "PLANNED"


@pytest.mark.parametrize(
    ("seconds", "phase"),
    [(0, "PLANNED"), (4.9, "PLANNED"), (5, "RISING"), (14.9, "RISING"), (15, "READY")],
)
def test_a_life_moves_by_the_clock_when_the_pace_is_realistic(seconds: float, phase: str) -> None:
    watch = Watch()
    life = Life(BUILT, "realistic", watch)
    for _ in range(10):
        life.look()
    watch.now += timedelta(seconds=seconds)
    assert life.look() == phase


def test_a_peek_does_not_count() -> None:
    life = Life(BUILT, "instant", Watch())
    assert [life.peek(), life.peek(), life.look(), life.peek()] == [
        "PLANNED",
        "PLANNED",
        "PLANNED",
        "RISING",
    ]


def test_a_phase_of_no_looks_is_never_seen_when_the_pace_is_instant() -> None:
    assert Life(STATEMENT, "instant", Watch()).over
    assert not Life(STATEMENT, "realistic", Watch()).over


def test_a_new_cluster_is_seen_provisioning_once() -> None:
    life = Life(KAFKA_CLUSTER, "instant", Watch())
    assert [life.look(), life.look()] == ["PROVISIONING", "PROVISIONED"]


def test_what_was_always_there_has_one_phase() -> None:
    assert Life(settled("PROVISIONED"), "realistic", Watch()).look() == "PROVISIONED"


@given(
    looks=st.lists(st.integers(0, 3), max_size=5),
    steps=st.lists(st.integers(0, 20), min_size=1, max_size=12),
    pace=st.sampled_from(["instant", "realistic"]),
)
def test_phases_never_go_back(looks: list[int], steps: list[int], pace: Pace) -> None:
    cycle = LifeCycle(
        tuple(Phase(str(i), n, timedelta(seconds=n)) for i, n in enumerate(looks)), str(len(looks))
    )
    watch = Watch()
    life = Life(cycle, pace, watch)
    seen = []
    for step in steps:
        watch.now += timedelta(seconds=step)
        seen.append(int(life.look()))
    assert seen == sorted(seen)
