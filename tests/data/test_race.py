"""A race keeps its promises: permutations, cadence, and no heat but what is injected."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.data.race import (
    BASE,
    METRICS,
    POSITIONS,
    RACERS,
    TEAMS,
    TOPICS,
    anomalies,
    generate,
    in_time,
    start_of,
)
from runthrough.data.race_manifest import RaceManifest, category
from runthrough.data.river_hotels import millis


@settings(max_examples=20, deadline=None)
@given(seed=st.integers())
def test_each_second_every_place_is_taken_once(seed: int) -> None:
    rows = generate(seed).rows[POSITIONS]
    for second in range(60):
        of_second = [row for row in rows if row["race_second"] == second]
        assert sorted(int(row["position"]) for row in of_second) == list(range(1, 9))
        assert {row["racer"] for row in of_second} == {racer.name for racer in RACERS}


@settings(max_examples=20, deadline=None)
@given(seed=st.integers())
def test_nobody_gains_more_than_two_places_in_a_second(seed: int) -> None:
    places = {racer.name: [] for racer in RACERS}  # type: dict[str, list[int]]
    for row in generate(seed).rows[POSITIONS]:
        places[str(row["racer"])].append(int(row["position"]))
    for of_racer in places.values():
        steps = [abs(a - b) for a, b in itertools.pairwise(of_racer)]
        assert max(steps) <= 2
    assert any(len(set(of_racer)) > 1 for of_racer in places.values())


def test_each_team_has_one_temperature_a_second() -> None:
    seen = Counter((row["team"], row["race_second"]) for row in generate().rows[METRICS])
    assert set(seen.values()) == {1}
    assert len(seen) == 60 * len(TEAMS)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers())
def test_heat_is_usual_but_for_the_injected_anomalies(seed: int) -> None:
    injected = {(a.team, a.second): a.temperature for a in anomalies(seed)}
    assert len(injected) == 4
    for row in generate(seed).rows[METRICS]:
        heat = float(row["engine_temperature"])
        place = str(row["team"]), int(row["race_second"])
        assert (85.0 <= heat <= 95.0) != (place in injected)
        assert heat == injected.get(place, heat)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers())
def test_anomalies_come_late_enough_and_apart(seed: int) -> None:
    seconds = [anomaly.second for anomaly in anomalies(seed)]
    assert min(seconds) >= 25
    assert max(seconds) < 60
    assert min(b - a for a, b in itertools.pairwise(seconds)) >= 5
    assert Counter(a.kind for a in anomalies(seed)) == {"hot": 2, "cold": 2}


def test_the_same_seed_is_the_same_race_and_another_is_not() -> None:
    assert generate(7).rows == generate(7).rows
    assert generate(7).rows[POSITIONS] != generate(8).rows[POSITIONS]


def test_a_scale_of_two_lasts_two_minutes() -> None:
    assert len(generate(scale=2).rows[POSITIONS]) == 2 * 60 * len(RACERS)


def test_rows_happen_a_second_apart_and_have_their_topics_fields() -> None:
    fields = {topic.name: [name for name, _ in topic.fields] for topic in TOPICS}
    events = list(in_time(generate()))
    assert [e.at for e in events] == sorted(e.at for e in events)
    assert {e.at for e in events} == {millis(BASE) + s * 1_000 for s in range(60)}
    assert all(list(e.row) == fields[e.topic] for e in events)
    assert [e.topic for e in events[:12]] == [POSITIONS] * 8 + [METRICS] * 4


@pytest.mark.parametrize(("scale", "base"), [(0, BASE), (1, datetime(2026, 6, 7))])
def test_what_cannot_be_is_refused(scale: int, base: datetime) -> None:
    with pytest.raises(ValueError, match=r"scale must be 1 or more|no time zone"):
        generate(1, scale, base)


def test_the_manifest_counts_the_race() -> None:
    manifest = RaceManifest.from_dataset(generate(42))
    assert manifest.topics == {POSITIONS: 480, METRICS: 240}
    assert manifest.categories == {"highlight": 60, "warning": 120, "info": 300}
    assert sorted(manifest.result) == sorted(manifest.racers)
    last = [r for r in generate(42).rows[POSITIONS] if r["race_second"] == 59]
    assert {str(r["racer"]): r["position"] for r in last}[manifest.result[0]] == 1


def test_categories_go_by_the_place() -> None:
    places = [1, 2, 3, 4, 10]
    assert [category(p) for p in places] == ["highlight", "warning", "warning", "info", "info"]


def test_the_next_race_starts_when_this_one_is_long_over() -> None:
    """Else a statement with a watermark would drop all of it as late."""
    last = max(event.at for event in in_time(generate(42)))
    assert min(event.at for event in in_time(generate(43))) > last
    assert start_of(10**30).tzinfo is not None
