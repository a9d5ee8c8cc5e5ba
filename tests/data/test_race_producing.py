"""Producing a race, against librdkafka's mock broker; the pace is a list of pauses."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from runthrough.data.broker import Broker
from runthrough.data.race import METRICS, POSITIONS, generate
from runthrough.data.race_producing import produce_race
from runthrough.data.river_hotels import Dataset
from runthrough.data.stream import Event
from runthrough.errors import SettingsError
from runthrough.settings import Settings

RACE = generate(42)


def run(cluster: Any, race: Dataset = RACE, **more: Any) -> int:
    return produce_race(cluster.settings, race, registry=cluster.registry, **more)


def held(cluster: Any) -> dict[str, int]:
    with Broker.from_settings(cluster.settings) as broker:
        return {topic: len(broker.held(topic)) for topic in (POSITIONS, METRICS)}


def test_at_once_every_row_is_there_and_nothing_waits(cluster: Any) -> None:
    pauses: list[float] = []
    assert run(cluster, pause=pauses.append) == 720
    assert held(cluster) == {POSITIONS: 480, METRICS: 240}
    assert pauses == []


def test_a_rate_of_six_runs_a_minute_in_ten_seconds(cluster: Any) -> None:
    pauses: list[float] = []
    told: list[Event] = []
    run(cluster, rate=6, pause=pauses.append, told=told.append, now=lambda: sum(pauses))
    assert len(pauses) == 59
    assert sum(pauses) == pytest.approx(59 / 6)
    assert Counter(event.topic for event in told) == {POSITIONS: 480, METRICS: 240}


def test_what_sending_takes_does_not_make_the_race_longer(cluster: Any) -> None:
    pauses: list[float] = []
    asked: list[int] = []

    def now() -> float:
        asked.append(1)
        return sum(pauses) + 0.01 * len(asked)  # a hundredth of a second goes by each time

    run(cluster, rate=6, pause=pauses.append, now=now)
    assert sum(pauses) + 0.01 * len(asked) == pytest.approx(59 / 6, abs=0.02)


def test_a_second_time_sends_nothing(cluster: Any) -> None:
    run(cluster)
    assert run(cluster) == 0
    assert held(cluster) == {POSITIONS: 480, METRICS: 240}


def test_another_race_runs_beside_the_first(cluster: Any) -> None:
    run(cluster)
    assert run(cluster, generate(43)) == 720
    assert held(cluster) == {POSITIONS: 960, METRICS: 480}


def test_a_race_that_was_broken_off_goes_on_where_it_ended(cluster: Any) -> None:
    class Broken(Exception):
        pass

    pauses: list[float] = []

    def stop(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 10:
            raise Broken

    with pytest.raises(Broken):
        run(cluster, rate=6, pause=stop)
    assert held(cluster) == {POSITIONS: 80, METRICS: 40}
    assert run(cluster) == 600


def test_a_rate_of_nothing_is_refused(cluster: Any) -> None:
    with pytest.raises(ValueError, match="above 0"):
        run(cluster, rate=0)


def test_missing_settings_are_named() -> None:
    with pytest.raises(SettingsError, match="KAFKA_BOOTSTRAP_SERVERS"):
        produce_race(Settings(), RACE)
