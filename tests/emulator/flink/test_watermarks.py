from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.running.watermarks import (
    CONFLUENTS_WATERMARKS,
    Arrival,
    Tracker,
    WatermarkSettings,
    idle_timeout,
)

MINUTE, DAY = 60_000, 86_400_000
START = 1_700_000_000_000


def declared(partitions: int = 1, **other: int) -> Tracker:
    return Tracker(range(partitions), now=0, declared=True, settings=CONFLUENTS_WATERMARKS, **other)


def default(settings: WatermarkSettings = CONFLUENTS_WATERMARKS) -> Tracker:
    return Tracker([0], now=0, declared=False, settings=settings)


def arrivals(*placed: tuple[int, int | None]) -> list[Arrival]:
    return [Arrival(n, p, mark) for n, (p, mark) in enumerate(placed, start=1)]


def before(tracker: Tracker, *placed: tuple[int, int | None], now: int = 0) -> list[int | None]:
    return [mark for _, mark in tracker.take(arrivals(*placed), now)]


def test_a_record_is_measured_against_the_watermark_before_it() -> None:
    tracker = declared()
    assert before(tracker, (0, 10), (0, 30), (0, 20), (0, None), (0, 40)) == [None, 10, 30, 30, 30]
    assert tracker.current == 40


def test_the_slowest_partition_decides_and_one_without_records_holds_back() -> None:
    tracker = declared(3)
    assert before(tracker, (0, 10), (1, 50), (0, 20)) == [None] * 3
    assert before(tracker, (2, 5), (2, 60)) == [None, 5]
    assert tracker.current == 20


def test_a_partition_nobody_knew_of_counts_from_its_first_record() -> None:
    tracker = declared(1)
    before(tracker, (0, 10), (7, 3))
    assert tracker.current == 10, "a watermark never goes back"
    before(tracker, (0, 30))
    assert tracker.current == 10
    before(tracker, (7, 20))
    assert tracker.current == 20


def test_idle_partitions_are_left_out_after_fifteen_seconds() -> None:
    tracker = declared(2)
    before(tracker, (0, 10))
    assert not tracker.pass_time(14_999)
    before(tracker, (0, 20), now=14_999)
    assert tracker.current is None
    assert tracker.pass_time(16_000)
    assert tracker.current == 20


def test_once_all_are_idle_the_largest_watermark_counts() -> None:
    tracker = declared(3)
    before(tracker, (0, 10), (1, 50))
    assert tracker.waits()
    assert tracker.pass_time(MINUTE)
    assert tracker.current == 50
    assert not tracker.waits()


def test_a_source_without_any_record_waits_for_nothing_but_records() -> None:
    tracker = declared(2)
    assert not tracker.waits()
    assert not tracker.pass_time(DAY)
    assert tracker.current is None


def test_a_partition_that_wakes_up_holds_back_again() -> None:
    tracker = declared(2)
    before(tracker, (0, 10))
    tracker.pass_time(MINUTE)
    assert before(tracker, (1, 3), (0, 30), (1, 20), now=MINUTE) == [10, 10, 10]
    assert tracker.current == 20


def test_the_time_until_idle_rises_to_five_minutes() -> None:
    tracker = declared(2)
    day = 24 * 60 * MINUTE
    before(tracker, (1, 5), (0, 10), now=day)
    before(tracker, (0, 20), now=day + 5 * MINUTE - 1)
    assert tracker.current == 5
    assert tracker.pass_time(day + 5 * MINUTE)
    assert tracker.current == 20


def test_a_timeout_of_zero_switches_idleness_off_and_others_are_taken_as_given() -> None:
    never = declared(2, timeout=0)
    before(never, (0, 10))
    assert not never.pass_time(DAY)
    assert not never.waits()
    soon = declared(2, timeout=100)
    before(soon, (0, 10))
    assert soon.pass_time(100)


def test_timeouts_are_durations() -> None:
    assert idle_timeout(None) is None
    assert [idle_timeout(t) for t in ("0", "250", "5 s", "2min", "1 HOUR", "1 d")] == [
        *(0, 250, 5_000, 120_000, 3_600_000, DAY),
    ]
    for wrong in ("soon", "5 fortnights", "-1 s", ""):
        with pytest.raises(SqlError, match="idle-timeout"):
            idle_timeout(wrong)


def after_each(tracker: Tracker, times: list[int]) -> list[int]:
    """Return by how much the watermark lags behind the newest record, after each record."""
    lags = []
    for n, _ in enumerate(times):
        tracker.take([Arrival(n + 1, 0, times[n])], 0)
        assert tracker.current is not None
        lags.append(max(times[: n + 1]) - tracker.current)
    return lags


def test_the_default_is_careful_with_the_first_thousand_records() -> None:
    lags = after_each(default(), [START + n * DAY for n in range(1_001)])
    assert lags[0] == 7 * DAY + 50
    assert lags[249] == 7 * DAY + 50
    assert lags[250] == 30_050
    assert lags[499] == 30_050
    assert lags[500] == 10_050
    assert lags[749] == 10_050
    assert lags[750] == 1_050
    assert lags[999] == 1_050
    assert lags[1_000] == 50


def test_the_default_is_the_quantile_of_the_last_records() -> None:
    plain = replace(CONFLUENTS_WATERMARKS, warm_up=(), window=20)
    tracker = default(plain)
    late = [START + n * 1_000 - (9_000 if n % 10 == 9 else 0) for n in range(40)]
    assert after_each(tracker, late)[19] == 9_000 - 1_000
    tracker = default(replace(plain, quantile=0.9))
    assert after_each(tracker, late)[19] == 50, "a tenth of the records may be late"


def test_the_default_forgets_what_was_long_ago() -> None:
    tracker = default(replace(CONFLUENTS_WATERMARKS, warm_up=(), window=10))
    times = [START, START - 20_000, *(START + n * 30_000 for n in range(1, 12))]
    lags = after_each(tracker, times)
    assert lags[1] == 50, "a watermark that was given stays"
    assert lags[5] == 20_000
    assert lags[-1] == 50


def test_the_default_is_never_more_than_seven_days_behind() -> None:
    tracker = default(replace(CONFLUENTS_WATERMARKS, warm_up=()))
    times = [n % 2 * (START + n * DAY) for n in range(100)]
    assert after_each(tracker, times)[-1] == 7 * DAY


PLACED = st.lists(
    st.tuples(st.integers(0, 2), st.none() | st.integers(0, 50), st.integers(0, 9_000)),
    max_size=60,
)


@given(placed=PLACED, is_declared=st.booleans())
def test_watermarks_never_go_back_whatever_comes(
    placed: list[tuple[int, int | None, int]], is_declared: bool
) -> None:
    settings = replace(CONFLUENTS_WATERMARKS, warm_up=(), least=0)
    tracker = Tracker(range(3), now=0, declared=is_declared, settings=settings)
    now, seen = 0, list[int]()
    for number, (partition, mark, passed) in enumerate(placed):
        now += passed
        [(_, found)] = tracker.take([Arrival(number, partition, mark)], now)
        seen += [m for m in (found, tracker.current) if m is not None]
    assert seen == sorted(seen)
    assert set(seen) <= {m for _, m, _ in placed} or not is_declared
