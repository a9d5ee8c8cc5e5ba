"""Interval joins: facts 5.2 (row 13), 5.7; which conditions count was asked of Apache Flink 2.3."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.flink.plan import Query, SqlError
from runthrough.emulator.flink.planning.explain import mode_text
from tests.emulator.flink.planner_catalog import query_of
from tests.emulator.flink.timed_rows import Event, catalog, rows_of, run

JOIN = "SELECT a.id, b.id AS other FROM a {} JOIN b ON {}"
WITHIN = "a.k = b.k AND a.$rowtime BETWEEN b.$rowtime - INTERVAL '0.002' SECOND AND b.$rowtime + INTERVAL '0.003' SECOND"  # noqa: E501


def planned(sql: str) -> Query:
    return query_of(catalog(), sql)


BOUNDS = [
    ("a.$rowtime BETWEEN b.$rowtime - INTERVAL '1' HOUR AND b.$rowtime", -3600000, 0),
    ("a.$rowtime >= b.$rowtime AND a.$rowtime < b.$rowtime + INTERVAL '2' SECOND", 0, 1999),
    ("a.$rowtime = b.$rowtime", 0, 0),
    ("a.$rowtime - INTERVAL '1' HOUR <= b.$rowtime AND b.$rowtime < (a.$rowtime)", 1, 3600000),
    ("b.$rowtime > a.$rowtime + INTERVAL '3' SECOND AND b.$rowtime <= INTERVAL '1' MINUTE + "
     "a.$rowtime AND a.v < b.v", -60000, -3001),
    ("a.$rowtime >= b.$rowtime AND a.$rowtime <= b.$rowtime + INTERVAL '9' SECOND AND "
     "a.$rowtime <= b.$rowtime + INTERVAL '4' SECOND", 0, 4000),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["", "LEFT", "RIGHT", "FULL"])
@pytest.mark.parametrize(("condition", "lower", "upper"), BOUNDS)
def test_two_bounds_make_an_interval_join(
    kind: str, condition: str, lower: int, upper: int
) -> None:
    query = planned(JOIN.format(kind, f"a.k = b.k AND {condition}"))
    assert mode_text(query.changelog) == "[I]"
    assert query.timed
    text = "\n".join(query.explain)
    assert "IntervalJoin(joinType=[" in text
    assert f"[isRowTime=true, leftLowerBound={lower}, leftUpperBound={upper}, " in text


def test_the_bounds_may_stand_in_where() -> None:
    sql = (
        "SELECT COUNT(*) OVER (ORDER BY a.$rowtime) AS c FROM a, b "
        "WHERE a.k = b.k AND b.$rowtime BETWEEN a.$rowtime AND a.$rowtime + INTERVAL '1' DAY"
    )
    assert mode_text(planned(sql).changelog) == "[I]"
    assert any("IntervalJoin(joinType=[InnerJoin]" in line for line in planned(sql).explain)


@pytest.mark.parametrize(
    ("condition", "mode"),
    [
        ("a.$rowtime >= b.$rowtime", "[I,UB,UA,D]"),
        ("a.k = b.k", "[I,UB,UA,D]"),
        ("a.$rowtime BETWEEN b.$rowtime AND b.$rowtime + INTERVAL '1' DAY", "[I]"),
    ],
)
def test_one_bound_is_a_regular_join(condition: str, mode: str) -> None:
    assert mode_text(planned(JOIN.format("LEFT", condition)).changelog) == mode


def test_updating_inputs_are_refused() -> None:
    with pytest.raises(SqlError) as caught:
        planned("SELECT a.id FROM a JOIN r ON a.id = r.id AND a.$rowtime = r.$rowtime")
    assert (
        "StreamPhysicalIntervalJoin doesn't support consuming update and delete changes which is "
        "produced by node TableSourceScan(table=[[workshop, cluster, r]]"
    ) in str(caught.value)


def test_months_are_not_emulated() -> None:
    with pytest.raises(SqlError, match="not emulated: interval joins with months"):
        planned(JOIN.format("", "a.$rowtime BETWEEN b.$rowtime AND b.$rowtime + INTERVAL '1' YEAR"))


# -- against a model -------------------------------------------------------------------------------


@dataclass
class Kept:
    """A row that waits for partners."""

    event: Event
    met: bool = False


def model(
    arrivals: Sequence[tuple[str, Event]], delay: int, outer: frozenset[str], *, ended: bool
) -> Counter[tuple[Any, ...]]:
    """Join row by row: a.time - b.time lies between -2 and 3 ms."""
    kept: dict[str, list[Kept]] = {"a": [], "b": []}
    marks = {"a": -math.inf, "b": -math.inf}
    ahead = {"a": 2, "b": 3}
    out: Counter[tuple[Any, ...]] = Counter()
    for name, event in arrivals:
        other = "b" if name == "a" else "a"
        row = Kept(event)
        for partner in kept[other]:
            left, right = (event, partner.event) if name == "a" else (partner.event, event)
            close = -2 <= left.time - right.time <= 3 and left.row[1] == right.row[1]
            if close and partner.event.time + ahead[other] >= marks[name]:
                out[left.row[0], right.row[0]] += 1
                row.met = partner.met = True
        kept[name].append(row)
        marks[name] = max(marks[name], event.time - delay)
    now = math.inf if ended else min(marks.values())
    for name in outer:
        for row in kept[name]:
            if not row.met and row.event.time + ahead[name] < now:
                out[(row.event.row[0], None) if name == "a" else (None, row.event.row[0])] += 1
    return out


ARRIVALS = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.builds(
            Event,
            st.tuples(st.integers(1, 9), st.sampled_from("xy"), st.just(0)),
            st.integers(0, 15),
        ),
    ),
    max_size=14,
)


@settings(deadline=None, max_examples=12)
@given(arrivals=ARRIVALS, delay=st.integers(0, 6), ended=st.booleans())
@pytest.mark.parametrize("kind", ["", "LEFT", "RIGHT", "FULL"])
def test_pairs_and_lonely_rows(
    kind: str, arrivals: list[tuple[str, Event]], delay: int, ended: bool
) -> None:
    outer = {"": "", "LEFT": "a", "RIGHT": "b", "FULL": "ab"}[kind]
    found = Counter(rows_of(JOIN.format(kind, WITHIN), arrivals, delay=delay, ended=ended))
    assert found == model(arrivals, delay, frozenset(outer), ended=ended)


@settings(deadline=None, max_examples=12)
@given(arrivals=ARRIVALS, delay=st.integers(0, 6))
@pytest.mark.parametrize(
    "sql",
    [
        JOIN.format("FULL", WITHIN),
        f"SELECT a.id, COUNT(*) OVER (ORDER BY a.$rowtime) AS c FROM a JOIN b ON {WITHIN}",
        f"SELECT b.id, COUNT(*) OVER (ORDER BY b.$rowtime) AS c FROM a LEFT JOIN b ON {WITHIN}",
    ],
)
def test_what_has_left_stays_as_it_is(
    sql: str, arrivals: list[tuple[str, Event]], delay: int
) -> None:
    query = planned(sql)
    before: Counter[tuple[Any, ...]] = Counter()
    for size in range(0, len(arrivals) + 1, 3):
        now = Counter(run(query, arrivals[:size], delay=delay))
        assert not before - now
        before = now


def test_what_comes_behind_waits_longer() -> None:
    """A pair may be older than the row that completes it, so the watermark stays back."""
    sql = f"SELECT a.id, COUNT(*) OVER (ORDER BY a.$rowtime) AS c FROM a JOIN b ON {WITHIN}"
    arrivals = [
        ("a", Event((1, "x", 0), 10)), ("b", Event((2, "x", 0), 12)), ("a", Event((3, "x", 0), 14)),
    ]  # fmt: skip
    later = [("a", Event((4, "y", 0), 30)), ("b", Event((5, "y", 0), 30))]
    assert rows_of(sql, arrivals) == []
    assert rows_of(sql, arrivals + later) == [(1, 1), (3, 2)]
