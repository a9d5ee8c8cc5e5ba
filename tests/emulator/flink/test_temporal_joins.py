"""FOR SYSTEM_TIME AS OF: facts 5.2 (rows 14, 15), 5.7, 6.4; the rest was asked of Flink 2.3."""

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

JOIN = "SELECT a.id, a.v, u.k FROM a {} JOIN u FOR SYSTEM_TIME AS OF a.$rowtime ON a.id = u.id{}"
LAST = (
    "WITH w AS (SELECT id, k, $rowtime FROM b QUALIFY "
    "ROW_NUMBER() OVER (PARTITION BY id ORDER BY $rowtime DESC) = 1) "
    "SELECT a.id, a.v, w.k FROM a {} JOIN w FOR SYSTEM_TIME AS OF a.$rowtime ON a.id = w.id"
)


def planned(sql: str) -> Query:
    return query_of(catalog(), sql)


@pytest.mark.parametrize(
    ("row", "sql", "mode"),
    [
        ("14", JOIN.format("", ""), "[I]"),
        ("14", JOIN.format("LEFT", " AND u.v > 3"), "[I]"),
        ("14", LAST.format("LEFT"), "[I]"),
        ("15", JOIN.format("", "").replace("a.", "r.").replace("FROM a", "FROM r"), "[I,UB,UA,D]"),
        ("25", "SELECT COUNT(*) OVER (ORDER BY t) FROM (SELECT a.$rowtime AS t, u.k FROM a JOIN u "
         "FOR SYSTEM_TIME AS OF a.$rowtime ON a.id = u.id)", "[I]"),
    ],
)  # fmt: skip
def test_modes_follow_the_table(row: str, sql: str, mode: str) -> None:
    query = planned(sql)
    assert mode_text(query.changelog) == mode, row
    assert query.timed


def test_an_updating_left_side_is_blamed_on_the_join() -> None:
    known = catalog()
    sql = JOIN.format("LEFT", "").replace("a.", "r.").replace("FROM a", "FROM r")
    with pytest.raises(SqlError) as caught:
        known.run(f"CREATE TABLE t WITH ('changelog.mode'='append') AS {sql}")
    assert (
        "update and delete changes which is produced by node TemporalJoin("
        "joinType=[LeftOuterJoin], where=[AND((id = id0), __TEMPORAL_JOIN_CONDITION($rowtime, "
        "$rowtime0, __TEMPORAL_JOIN_CONDITION_PRIMARY_KEY(id0), __TEMPORAL_JOIN_LEFT_KEY(id), "
        "__TEMPORAL_JOIN_RIGHT_KEY(id0)))], select=[id, v, $rowtime, id0, k, $rowtime0])"
    ) in str(caught.value)


REFUSALS = [
    ("a JOIN b FOR SYSTEM_TIME AS OF a.$rowtime ON a.id = b.id",
     "Temporal Table Join requires primary key in versioned table, but no primary key can be "
     "found."),
    ("a JOIN u FOR SYSTEM_TIME AS OF a.$rowtime ON a.k = u.k",
     "Temporal Table Join requires primary key in versioned table, but no primary key can be "
     "found."),
    ("a JOIN u FOR SYSTEM_TIME AS OF a.$rowtime ON a.id > u.id",
     "Currently the join key in Temporal Table Join can not be empty."),
    ("a, u FOR SYSTEM_TIME AS OF a.$rowtime",
     "Currently the join key in Temporal Table Join can not be empty."),
    ("a JOIN u FOR SYSTEM_TIME AS OF u.$rowtime ON a.id = u.id",
     "Temporal Table Join requires time attribute in the left table, but no time attribute "
     "found."),
    ("a JOIN u FOR SYSTEM_TIME AS OF CAST(a.$rowtime AS TIMESTAMP(3)) ON a.id = u.id",
     "Temporal table join currently only supports 'FOR SYSTEM_TIME AS OF' left table's time "
     "attribute field"),
    ("a JOIN u FOR SYSTEM_TIME AS OF a.v ON a.id = u.id",
     "From line 1, column 51 to line 1, column 53: The system time period specification expects "
     "Timestamp type but is 'INTEGER'"),
    ("a JOIN u FOR SYSTEM_TIME AS OF PROCTIME() ON a.id = u.id",
     "Unsupported time travel expression: PROCTIME() for the expression can not be reduced to a "
     "constant by Flink."),
    ("a RIGHT JOIN u FOR SYSTEM_TIME AS OF a.$rowtime ON a.id = u.id", "Unknown join type RIGHT"),
    ("u FOR SYSTEM_TIME AS OF TIMESTAMP '2024-01-01 00:00:00'",
     "is not supported in Confluent's Flink SQL dialect."),
    ("a JOIN (SELECT * FROM u) FOR SYSTEM_TIME AS OF a.$rowtime ON a.id = u.id", "'FOR'"),
]  # fmt: skip


@pytest.mark.parametrize(("tables", "text"), REFUSALS)
def test_what_is_no_temporal_join_is_refused(tables: str, text: str) -> None:
    with pytest.raises(SqlError) as caught:
        planned(f"SELECT 1 AS c FROM {tables}")
    assert text in str(caught.value)


def at(name: str, time: int, k: str = "", *, gone: bool = False) -> tuple[str, Event]:
    """Return a record with id 1 whose v is its time."""
    return name, Event((1, k, time), time, gone)


STORY = [
    at("u", 0, "a"), at("a", 5), at("u", 10, "b"), at("a", 12), at("u", 20, gone=True),
    at("u", 25, "c"), at("a", 16), at("a", 22), at("a", 26), at("a", 50), at("u", 60, "d"),
    at("a", 6),
]  # fmt: skip


def test_each_row_meets_the_version_of_its_time() -> None:
    """As Flink 2.3 does it, which has dropped the first version when the last row comes."""
    expected = [(1, 5, "a"), (1, 12, "b"), (1, 16, "b"), (1, 22, None), (1, 26, "c")]
    left = JOIN.format("LEFT", "")
    assert rows_of(left, STORY, delay=1) == expected
    everything = [*expected, (1, 50, "c"), (1, 6, None)]
    assert rows_of(left, STORY, delay=1, ended=True) == everything
    matched = [row for row in everything if row[2]]
    assert rows_of(JOIN.format("", ""), STORY, delay=1, ended=True) == matched


def test_no_watermark_no_result() -> None:
    assert rows_of(JOIN.format("LEFT", ""), [at("a", 5)]) == []


def test_further_conditions_are_asked_of_the_version_found() -> None:
    sql = JOIN.format("LEFT", " AND u.k <> 'b'")
    assert rows_of(sql, STORY[:7], delay=1) == [(1, 5, "a"), (1, 12, None)]


def test_rows_may_meet_several_tables_versions_and_their_own() -> None:
    sql = (
        "SELECT u.k, p.k AS p FROM a JOIN u FOR SYSTEM_TIME AS OF a.$rowtime ON a.id = u.id "
        "LEFT JOIN u FOR SYSTEM_TIME AS OF a.$rowtime AS p ON a.v = p.id"
    )
    query = planned(sql)
    assert len({source.relation for source in query.sources}) == 2
    assert all(source.versions == (source.table.name == "u") for source in query.sources)
    assert run(query, STORY[:4], delay=1) == [("a", None)]


# -- against a model -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Came:
    """A record with its number and its source's watermark before it."""

    event: Event
    number: int
    before: float


def model(
    arrivals: Sequence[tuple[str, Event]], right: str, delay: int, *, outer: bool, ended: bool
) -> Counter[tuple[Any, ...]]:
    """Look every row's version up among all that it can see."""
    marks = {"a": -math.inf, right: -math.inf}
    came: dict[str, list[Came]] = {"a": [], right: []}
    for number, (name, event) in enumerate(arrivals):
        if name in came:
            came[name].append(Came(event, number, marks[name]))
            marks[name] = max(marks[name], event.time - delay)
    now = math.inf if ended else min(marks.values())
    out: Counter[tuple[Any, ...]] = Counter()
    for row in came["a"]:
        time = row.event.time
        if not (time <= now and row.before < now):
            continue
        same = [v for v in came[right] if v.event.row[0] == row.event.row[0]]
        seen = [v for v in same if v.event.time <= time and v.before < time]
        found = max(seen, key=lambda v: (v.event.time, v.number), default=None)
        if time <= row.before:
            newer = [v for v in same if time < v.event.time <= row.before]
            found = None if any(v.number < row.number for v in newer) else found
        if found is not None and not found.event.gone:
            out[row.event.row[0], row.event.row[2], found.event.row[1]] += 1
        elif outer:
            out[row.event.row[0], row.event.row[2], None] += 1
    return out


def arrivals(right: str, *, deletions: bool) -> st.SearchStrategy[list[tuple[str, Event]]]:
    rows = st.tuples(st.integers(1, 2), st.sampled_from("xyz"), st.integers(0, 99))
    gone = st.booleans() if deletions else st.just(False)
    versions = st.tuples(st.just(right), st.builds(Event, rows, st.integers(0, 15), gone))
    left = st.tuples(st.just("a"), st.builds(Event, rows, st.integers(0, 15)))
    return st.lists(versions | left, max_size=16)


@settings(deadline=None, max_examples=25)
@given(came=arrivals("u", deletions=True), delay=st.integers(0, 6), ended=st.booleans())
@pytest.mark.parametrize("kind", ["", "LEFT"])
def test_versions_of_a_table(
    kind: str, came: list[tuple[str, Event]], delay: int, ended: bool
) -> None:
    found = Counter(rows_of(JOIN.format(kind, ""), came, delay=delay, ended=ended))
    assert found == model(came, "u", delay, outer=kind == "LEFT", ended=ended)


@settings(deadline=None, max_examples=15)
@given(came=arrivals("b", deletions=False), delay=st.integers(0, 6))
def test_versions_made_by_a_query(came: list[tuple[str, Event]], delay: int) -> None:
    found = Counter(rows_of(LAST.format("LEFT"), came, delay=delay))
    assert found == model(came, "b", delay, outer=True, ended=False)


@settings(deadline=None, max_examples=15)
@given(came=arrivals("u", deletions=True), delay=st.integers(0, 6))
def test_what_has_left_stays_as_it_is(came: list[tuple[str, Event]], delay: int) -> None:
    query = planned(JOIN.format("LEFT", ""))
    before: Counter[tuple[Any, ...]] = Counter()
    for size in range(0, len(came) + 1, 3):
        now = Counter(run(query, came[:size], delay=delay))
        assert not before - now
        before = now
