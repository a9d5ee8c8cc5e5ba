"""Windows over rows, Top-N, deduplication, sorting by time: facts 5.2, 5.7, 6.4.

Texts and modes that the sheet does not have were asked of Apache Flink 2.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.flink.plan import Query, SqlError
from runthrough.emulator.flink.planning.explain import mode_text
from tests.emulator.flink.planner_catalog import SNAPSHOT, query_of
from tests.emulator.flink.timed_rows import Event, catalog, rows_of, run

INSERTS, ALL = "[I]", "[I,UB,UA,D]"
BY_TIME = "OVER (PARTITION BY k ORDER BY `$rowtime`)"
BY_VALUE = "OVER (PARTITION BY k ORDER BY v)"
TOP = "SELECT {} FROM (SELECT *, `$rowtime` AS t, ROW_NUMBER() OVER ({}) AS rn FROM {}) WHERE {}"


def planned(sql: str) -> Query:
    return query_of(catalog(), sql)


SHAPES = [
    # row of 5.2, query, mode, names of the upsert key, how the plan begins below the projection
    ("22", TOP.format("id, k, rn", "PARTITION BY k ORDER BY v DESC", "a", "rn <= 3"), ALL, "k rn"),
    ("22", TOP.format("id, k", "PARTITION BY k ORDER BY v DESC", "a", "rn <= 3"), ALL, None),
    ("22", TOP.format("id, k", "PARTITION BY k ORDER BY v", "a", "rn = 1"), ALL, "k"),
    ("22", TOP.format("id, k, rn", "PARTITION BY k ORDER BY v", "a", "rn = 1"), ALL, "k"),
    ("22", TOP.format("id, k", "PARTITION BY k ORDER BY `$rowtime`", "a", "rn < 3"), ALL, None),
    ("22", TOP.format("id, k", "PARTITION BY k ORDER BY `$rowtime`", "u", "rn = 1"), ALL, "k"),
    ("22", TOP.format("id, k", "PARTITION BY k ORDER BY `$rowtime`, v", "a", "rn = 1"), ALL, "k"),
    ("22", TOP.format("id, k", "PARTITION BY id ORDER BY v", "u", "rn < 3"), ALL, "id"),
    ("22", TOP.format("id, k", "PARTITION BY k ORDER BY v", "u", "rn < 3"), ALL, None),
    ("22", TOP.format("id, k", "PARTITION BY k ORDER BY v DESC", "a", "NOT rn > 3"), ALL, None),
    ("22", TOP.format("id, k", "PARTITION BY k ORDER BY v", "a", "rn > 1 AND 3 > rn"), ALL, None),
    ("27", TOP.format("id, k", "PARTITION BY k ORDER BY v", "a", "rn < 3 OR v > 3"), ALL, None),
    ("25", TOP.format("id, k", "PARTITION BY k ORDER BY `$rowtime`", "a", "rn IN (1, 2)"),
     INSERTS, None),
    ("22", "SELECT id, k FROM a QUALIFY ROW_NUMBER() " + BY_VALUE + " <= 3", ALL, None),
    ("22", "SELECT k, ROW_NUMBER() " + BY_VALUE + " AS rn FROM a QUALIFY rn <= 3", ALL, "k rn"),
    ("23", TOP.format("id", "PARTITION BY k ORDER BY `$rowtime`", "a", "rn = 1"), INSERTS, None),
    ("23", TOP.format("id", "PARTITION BY k ORDER BY t", "(SELECT *, `$rowtime` AS t FROM a)",
                      "1 >= rn").replace(", `$rowtime` AS t, ROW", ", ROW"), INSERTS, None),
    ("24", TOP.format("k", "PARTITION BY k ORDER BY `$rowtime` DESC", "a", "rn = 1"), ALL, "k"),
    ("24", TOP.format("k", "PARTITION BY k ORDER BY `$rowtime` DESC", "a", "rn <= 1"), ALL, "k"),
    ("25", "SELECT COUNT(*) " + BY_TIME + " FROM a", INSERTS, None),
    ("25", "SELECT ROW_NUMBER() " + BY_TIME + " FROM a", INSERTS, None),
    ("25", "SELECT LAG(v) OVER w, SUM(v) OVER w FROM a WINDOW w AS (ORDER BY `$rowtime`)",
     INSERTS, None),
    ("25", "SELECT id, COUNT(*) OVER (w ROWS 5 PRECEDING) AS c FROM a "
     "WINDOW w AS (PARTITION BY k ORDER BY `$rowtime`)", INSERTS, None),
    ("27", "SELECT COUNT(*) " + BY_VALUE + " FROM a", ALL, None),
    ("27", "SELECT COUNT(*) OVER (ORDER BY TO_TIMESTAMP_LTZ(v, 3)) FROM a", ALL, None),
    ("27", "SELECT k, RANK() OVER (ORDER BY c) AS r FROM (SELECT k, COUNT(*) AS c FROM a GROUP BY "
     "k)", ALL, "k"),
    ("37", "SELECT id FROM a ORDER BY `$rowtime`", INSERTS, None),
    ("37", "SELECT id FROM a ORDER BY `$rowtime`, v DESC", INSERTS, None),
    ("39", "SELECT id FROM a ORDER BY `$rowtime` LIMIT 3", ALL, None),
]  # fmt: skip


@pytest.mark.parametrize(("row", "sql", "mode", "key"), SHAPES)
def test_modes_and_keys_follow_the_table(row: str, sql: str, mode: str, key: str | None) -> None:
    query = planned(sql)
    assert mode_text(query.changelog) == mode, row
    names = None
    if query.upsert_key is not None:
        names = " ".join(query.columns[i].name for i in query.upsert_key)
    assert names == key


REFUSALS = [
    # facts 6.4, 5.4 (E5) and the referee
    ("SELECT COUNT(*) " + BY_TIME + ", SUM(v) OVER (ORDER BY `$rowtime`) FROM a",
     "Over Agg: Unsupported use of OVER windows. All aggregates must be computed on the same "
     "window. please re-check the over window statement."),
    ("SELECT COUNT(*) " + BY_TIME + ", ROW_NUMBER() " + BY_TIME + " FROM a",
     "Over Agg: Unsupported use of OVER windows."),
    (TOP.format("id", "PARTITION BY k ORDER BY v", "a", "rn <= 2").replace(
        " AS rn", " AS rn, COUNT(*) " + BY_VALUE + " AS c"), "Over Agg: Unsupported use"),
    ("SELECT COUNT(*) OVER (ORDER BY `$rowtime` DESC) FROM a",
     "The window can only be ordered in ASCENDING mode."),
    ("SELECT COUNT(*) OVER (PARTITION BY k) FROM a",
     "The window can only be ordered by a single time column."),
    ("SELECT COUNT(*) OVER (ORDER BY `$rowtime`, v) FROM a",
     "The window can only be ordered by a single time column."),
    ("SELECT COUNT(*) OVER (ORDER BY `$rowtime` ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) FROM a",
     "OVER RANGE FOLLOWING windows are not supported yet."),
    ("SELECT COUNT(*) OVER (ORDER BY v ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM a",
     "Non-time attribute sort is not supported for bounded OVER window."),
    ("SELECT COUNT(*) OVER (ORDER BY `$rowtime` RANGE INTERVAL '2' MONTH PRECEDING) FROM a",
     "INTERVAL_YEAR_MONTH type is not allowed for window boundary"),
    ("SELECT LEAD(v) " + BY_TIME + " FROM a", "LEAD Function is not supported in stream mode."),
    ("SELECT NTILE(4) " + BY_TIME + " FROM a", "NTILE Function is not supported in stream mode."),
    ("SELECT COUNT(*) " + BY_TIME + " FROM r",
     "StreamPhysicalOverAggregate doesn't support consuming update and delete changes which is "
     "produced by node TableSourceScan(table=[[workshop, cluster, r]]"),
    ("SELECT COUNT(*) " + BY_TIME + " FROM u",
     "StreamPhysicalOverAggregate doesn't support consuming update and delete changes which is "
     "produced by node ChangelogNormalize(key=[id]"),
    (TOP.format("id", "PARTITION BY k ORDER BY v", "a", "rn <= 3").replace("ROW_NUMBER", "RANK"),
     "RANK() on streaming table is not supported currently"),
    (TOP.format("id", "PARTITION BY k ORDER BY v", "a", "rn > 3"),
     "Rank end is not specified. Currently rank only support TopN, which means the rank end must "
     "be specified."),
    (TOP.format("id", "PARTITION BY k ORDER BY v DESC", "a", "rn <> 3"),
     "The window can only be ordered in ASCENDING mode."),
    ("SELECT ROW_NUMBER() OVER (PARTITION BY k) FROM a",
     "Over Agg: The window rank function requires order by clause with non-constant fields. "
     "please re-check the over window statement."),
    ("SELECT ROW_NUMBER() FROM a", "OVER clause is necessary for window functions"),
    ("SELECT COUNT(*) FILTER (WHERE v > 1) OVER (ORDER BY v) FROM a",
     "From line 1, column 8 to line 1, column 36: OVER must be applied to aggregate function"),
    ("SELECT UPPER(k) OVER (ORDER BY v) FROM a", "OVER must be applied to aggregate function"),
    ("SELECT id FROM a WHERE ROW_NUMBER() OVER (ORDER BY v) = 1",
     "Windowed aggregate expression is illegal in WHERE clause"),
    ("SELECT COUNT(*) OVER x FROM a", "Window 'x' not found"),
    ("SELECT COUNT(*) OVER (w PARTITION BY id) FROM a WINDOW w AS (ORDER BY v)",
     "From line 1, column 38 to line 1, column 39: PARTITION BY not allowed with existing window "
     "reference"),
    ("SELECT COUNT(*) OVER (w ORDER BY v) FROM a WINDOW w AS (ORDER BY v)",
     "ORDER BY not allowed in both base and referenced windows"),
    ("SELECT COUNT(*) OVER (w ROWS 1 PRECEDING) FROM a WINDOW w AS (ORDER BY v RANGE 1 PRECEDING)",
     "Referenced window cannot have framing declarations"),
    ("SELECT LAG(v) OVER (ORDER BY v ROWS 1 PRECEDING) FROM a",
     "From line 1, column 32 to line 1, column 35: ROW/RANGE not allowed with RANK, DENSE_RANK or "
     "ROW_NUMBER functions"),
    ("SELECT LAG(v, 1, 'x') OVER (ORDER BY v) FROM a",
     "Please explicitly cast default value CHAR(1) NOT NULL to INT NOT NULL."),
    ("SELECT LAG(v, id) OVER (ORDER BY v) FROM a", "not emulated: LAG by anything but a whole"),
    ("SELECT COUNT(*) OVER (ORDER BY v ROWS id PRECEDING) FROM a",
     "ROWS value must be a non-negative integral constant"),
    ("SELECT COUNT(*) OVER (ORDER BY v ROWS -1 PRECEDING) FROM a",
     "ROWS value must be a non-negative integral constant"),
    ("SELECT COUNT(*) OVER (ORDER BY `$rowtime` RANGE 5 PRECEDING) FROM a",
     "Data Type mismatch between ORDER BY and RANGE clause"),
    ("SELECT COUNT(COUNT(v) OVER (ORDER BY v)) OVER (ORDER BY v) FROM a",
     "Aggregate expressions cannot be nested"),
    ("SELECT COUNT(*) OVER (PARTITION BY COUNT(v) OVER (ORDER BY v) ORDER BY v) FROM a",
     "PARTITION BY expression should not contain OVER clause"),
    ("SELECT a.id FROM a JOIN b ON ROW_NUMBER() OVER (ORDER BY a.v) = 1",
     "Windowed aggregate expression is illegal in ON clause"),
    (TOP.format("id", "PARTITION BY k ORDER BY v", "a", "rn <= 0"),
     "Rank end should not less than zero, but now is 0"),
    (TOP.format("id", "PARTITION BY k ORDER BY v", "a", "rn < id"),
     "not emulated: a Top-N whose last rank is a column"),
    ("SELECT NTH_VALUE(v, 2) OVER (ORDER BY v) FROM a",
     "No match found for function signature NTH_VALUE(<NUMERIC>, <NUMERIC>)"),
    ("SELECT id FROM a QUALIFY v > 3", "must contain a window function"),
    ("SELECT id FROM u ORDER BY `$rowtime`",
     "StreamPhysicalTemporalSort doesn't support consuming update and delete changes"),
    ("SELECT id FROM a ORDER BY `$rowtime` DESC",
     "Sort on a non-time-attribute field is not supported."),
    ("SELECT id FROM a ORDER BY `$rowtime` OFFSET 2",
     "FETCH is missed, which on streaming table is not supported currently."),
    ("SELECT id FROM a OFFSET 2",
     "FETCH is missed, which on streaming table is not supported currently."),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "text"), REFUSALS)
def test_what_a_stream_cannot_do_is_refused(sql: str, text: str) -> None:
    with pytest.raises(SqlError) as caught:
        planned(sql)
    assert text in str(caught.value)


BLAMED = [
    # facts 5.4: what an append table says
    (TOP.format("id, k, v, rn", "PARTITION BY k ORDER BY v DESC", "a", "rn <= 3"),
     "Rank(strategy=[UndefinedStrategy], rankType=[ROW_NUMBER], rankRange=[rankStart=1, rankEnd=3]"
     ", partitionBy=[k], orderBy=[v DESC], select=[id, k, v, w0$o0])"),
    (TOP.format("id", "PARTITION BY k ORDER BY `$rowtime` DESC", "a", "rn = 1"),
     "Rank(strategy=[UndefinedStrategy], rankType=[ROW_NUMBER], rankRange=[rankStart=1, rankEnd=1]"
     ", partitionBy=[k], orderBy=[ROWTIME $rowtime DESC], select="),
    ("SELECT id, COUNT(*) OVER (ORDER BY k) AS c FROM a",
     "OverAggregate(orderBy=[k ASC], window=[ RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW], "
     "select=[id, k, v, COUNT(*) AS w0$o0])"),
    ("SELECT id + 1 AS i, COUNT(*) OVER (ORDER BY k) AS c FROM a",
     "OverAggregate(orderBy=[k ASC], window=[ RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW], "
     "select=[id, k, COUNT(*) AS w0$o0])"),
    ("SELECT id, SUM(v) " + BY_VALUE + " AS s, AVG(v) " + BY_VALUE + " AS m FROM a",
     "OverAggregate(partitionBy=[k], orderBy=[v ASC], window=[ RANGE BETWEEN UNBOUNDED PRECEDING "
     "AND CURRENT ROW], select=[id, k, v, COUNT(v) AS w0$o0, $SUM0(v) AS w0$o1])"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "node"), BLAMED)
def test_the_node_that_makes_the_changes_is_named(sql: str, node: str) -> None:
    known = catalog()
    known.run("CREATE TABLE s (x INT NOT NULL)")
    with pytest.raises(SqlError) as caught:
        known.run(f"CREATE TABLE t WITH ('changelog.mode'='append') AS {sql}")
    text = "doesn't support consuming update and delete changes which is produced by node " + node
    assert text in str(caught.value)


# -- against a model -------------------------------------------------------------------------------

EVENTS = st.lists(
    st.builds(
        Event,
        st.tuples(st.integers(1, 9), st.sampled_from("xy"), st.none() | st.integers(0, 3)),
        st.integers(0, 12),
    ),
    max_size=12,
)
DELAYS = st.integers(0, 6)


def arrivals(events: Sequence[Event]) -> list[tuple[str, Event]]:
    return [("a", event) for event in events]


def with_marks(events: Sequence[Event], delay: int) -> tuple[list[tuple[Event, float]], float]:
    """Return each event with the watermark before it, and the watermark after all."""
    mark = float("-inf")
    found = []
    for event in events:
        found.append((event, mark))
        mark = max(mark, event.time - delay)
    return found, mark


def on_time(events: Sequence[Event], delay: int) -> list[Event]:
    """Return the events that are not behind the watermark and that it has passed, by time."""
    found, now = with_marks(events, delay)
    kept = [e for e, mark in found if mark < e.time <= now]
    return sorted(kept, key=lambda e: e.time)


@settings(deadline=None, max_examples=20)
@given(events=EVENTS, delay=DELAYS)
def test_equal_times_share_their_results(events: list[Event], delay: int) -> None:
    sql = (
        f"SELECT id, SUM(v) {BY_TIME} AS s, COUNT(*) {BY_TIME} AS c, LAG(v) {BY_TIME} AS g, "
        f"RANK() {BY_TIME} AS r, FIRST_VALUE(v) {BY_TIME} AS f, ARRAY_AGG(v) {BY_TIME} AS l FROM a"
    )
    kept = on_time(events, delay)
    expected = []
    for e in kept:
        seen = [o.row[2] for o in kept if o.row[1] == e.row[1] and o.time <= e.time]
        known = [v for v in seen if v is not None]
        lag = seen[-2] if len(seen) > 1 else None
        expected.append(
            (
                *(e.row[0], sum(known) if known else None, len(seen), lag, len(seen)),
                *((known or [None])[0], seen),
            )
        )
    assert rows_of(sql, arrivals(events), delay=delay) == expected


@settings(deadline=None, max_examples=20)
@given(events=EVENTS, delay=DELAYS, rows=st.booleans())
def test_bounded_windows_see_the_last_rows_alone(
    events: list[Event], delay: int, rows: bool
) -> None:
    frame = "ROWS 2 PRECEDING" if rows else "RANGE INTERVAL '0.003' SECOND PRECEDING"
    sql = f"SELECT id, COUNT(*) OVER (PARTITION BY k ORDER BY `$rowtime` {frame}) AS c FROM a"
    found, now = with_marks(events, delay)
    kept: list[tuple[Event, float]] = []
    for e, mark in found:
        # Late is what is not after a row of its partition that has left already.
        left = [o.time for o, before in kept if o.row[1] == e.row[1] and before < mark]
        # RANGE forgets a row 5 ms after its time here, and takes that for a row that leaves.
        left += [] if rows else [time + 5 for time in left]
        if not any(e.time <= time <= mark for time in left):
            kept.append((e, mark))
    leaving = sorted((e for e, mark in kept if e.time <= now and mark < now), key=lambda e: e.time)
    expected = []
    for number, e in enumerate(leaving):
        same = [(n, o) for n, o in enumerate(leaving) if o.row[1] == e.row[1]]
        if rows:
            count = min(3, sum(n <= number for n, _ in same))
        else:
            count = sum(e.time - 3 <= o.time <= e.time for _, o in same)
        expected.append((e.row[0], count))
    assert rows_of(sql, arrivals(events), delay=delay) == expected


@settings(deadline=None, max_examples=20)
@given(events=EVENTS, first=st.integers(1, 3), size=st.integers(0, 2))
def test_top_n_keeps_the_first_of_each_partition(
    events: list[Event], first: int, size: int
) -> None:
    bounds = f"rn BETWEEN {first} AND {first + size}"
    sql = TOP.format("id, k, rn", "PARTITION BY k ORDER BY v DESC", "a", bounds)
    expected = []
    for k in "xy":
        same = [(n, e) for n, e in enumerate(events) if e.row[1] == k]
        order = sorted(same, key=lambda i: -1 if i[1].row[2] is None else i[1].row[2], reverse=True)
        ranked = enumerate(order, start=1)
        expected += [
            (n, (e.row[0], k, rank)) for rank, (n, e) in ranked if first <= rank <= first + size
        ]
    assert rows_of(sql, arrivals(events)) == [row for _, row in sorted(expected)]


@settings(deadline=None, max_examples=20)
@given(events=EVENTS, delay=DELAYS)
def test_the_first_row_waits_for_the_watermark(events: list[Event], delay: int) -> None:
    sql = TOP.format("id, k", "PARTITION BY k ORDER BY `$rowtime`", "a", "rn = 1")
    expected: dict[str, tuple[int, str]] = {}
    found, now = with_marks(events, delay)
    first = [e for e, mark in found if mark <= e.time <= now and mark < now]
    for e in sorted(first, key=lambda e: e.time):
        expected.setdefault(e.row[1], (e.row[0], e.row[1]))
    assert sorted(rows_of(sql, arrivals(events), delay=delay)) == sorted(expected.values())


@settings(deadline=None, max_examples=20)
@given(events=EVENTS)
def test_the_last_row_does_not_wait(events: list[Event]) -> None:
    sql = TOP.format("id, k", "PARTITION BY k ORDER BY `$rowtime` DESC", "a", "rn = 1")
    expected = {e.row[1]: (e.row[0], e.row[1]) for e in sorted(events, key=lambda e: e.time)}
    assert sorted(rows_of(sql, arrivals(events))) == sorted(expected.values())


INSERT_ONLY = [sql for _, sql, mode, _ in SHAPES if mode == INSERTS]


@settings(deadline=None, max_examples=8)
@given(events=EVENTS, delay=DELAYS)
@pytest.mark.parametrize("sql", INSERT_ONLY)
def test_what_has_left_stays_as_it_is(sql: str, events: list[Event], delay: int) -> None:
    query = planned(sql)
    before: list[tuple[Any, ...]] = []
    for size in range(0, len(events) + 1, 3):
        now = run(query, arrivals(events[:size]), delay=delay)
        rest = list(now)
        for row in before:
            assert row in rest, f"{row} was taken back"
            rest.remove(row)
        before = now


def test_a_window_is_never_empty() -> None:
    """So its results are NOT NULL where its values are; LAG's are where its default is."""
    sql = (
        "SELECT SUM(id) OVER w AS s, FIRST_VALUE(id) OVER w AS f, ARRAY_AGG(id) OVER w AS a, "
        "MAX(v) OVER w AS m, LAG(id) OVER w AS l, LAG(v, 1, 0) OVER w AS d, COUNT(v) OVER w AS c "
        "FROM a WINDOW w AS (ORDER BY `$rowtime`)"
    )
    nullable = {c.name for c in planned(sql).columns if c.type.nullable}
    assert nullable == {"m", "l"}
    events = [Event((1, "x", None), 1), Event((2, "x", 7), 2)]
    last = rows_of(sql, arrivals(events), ended=True)[-1]
    assert last == (3, 1, [1, 2], 7, 1, 0, 1)


def test_rows_leave_by_time() -> None:
    events = [Event((1, "x", 1), 5), Event((2, "x", 2), 3), Event((3, "x", 3), 9)]
    sql = "SELECT id FROM a ORDER BY `$rowtime`"
    assert rows_of(sql, arrivals(events), delay=4) == [(2,), (1,)]
    assert rows_of(sql, arrivals(events), delay=4, ended=True) == [(2,), (1,), (3,)]


def test_no_watermark_no_result() -> None:
    sql = f"SELECT COUNT(*) {BY_TIME} AS c FROM a"
    assert rows_of(sql, [("a", Event((1, "x", 1), 5))], now={"a": None}) == []


def test_named_queries_and_joins_let_the_bound_through() -> None:
    ranked = f"WITH r AS (SELECT *, ROW_NUMBER() {BY_VALUE} AS rn FROM a) "
    sql = ranked + "SELECT x.id, y.id AS other FROM r x JOIN r y ON x.k = y.k WHERE x.rn = 1"
    query = planned(sql + " AND y.rn <= 2")
    assert sum("Rank(" in line for line in query.explain) == 2
    events = [Event((1, "x", 3), 1), Event((2, "x", 1), 2), Event((3, "x", 2), 3)]
    assert sorted(run(query, arrivals(events))) == [(2, 2), (2, 3)]


def test_a_snapshot_may_order_as_it_likes() -> None:
    sql = (
        "SELECT id, LEAD(id) OVER (ORDER BY v DESC) AS n, SUM(v) OVER () AS s, "
        "RANK() OVER (PARTITION BY k ORDER BY v) AS r FROM a"
    )
    events = [Event((1, "x", 3), 1), Event((2, "x", 1), 2), Event((3, "x", 3), 3)]
    query = query_of(catalog(), sql, SNAPSHOT)
    assert sorted(run(query, arrivals(events), ended=True)) == [
        (1, 3, 7, 2), (2, None, 7, 1), (3, 2, 7, 2),
    ]  # fmt: skip


def test_calls_over_groups() -> None:
    sql = "SELECT k, SUM(COUNT(*)) OVER (ORDER BY k) AS c FROM a GROUP BY k"
    events = [Event((1, "x", 3), 1), Event((2, "y", 1), 2), Event((3, "x", 3), 3)]
    assert sorted(rows_of(sql, arrivals(events))) == [("x", 2), ("y", 3)]


@pytest.mark.parametrize(
    ("sql", "warned"),
    [
        (TOP.format("id", "PARTITION BY k ORDER BY v", "a", "rn <= 3"), True),
        (f"SELECT COUNT(*) {BY_VALUE} AS c FROM a", True),
        (f"SELECT COUNT(*) {BY_TIME} AS c FROM a", False),
        (TOP.format("id", "PARTITION BY k ORDER BY `$rowtime`", "a", "rn = 1"), False),
    ],
)
def test_the_advisor_speaks_of_state_that_grows(sql: str, warned: bool) -> None:
    assert any("state-intensive" in text for text in planned(sql).warnings) == warned


def test_a_filter_stands_in_the_node_that_normalises() -> None:
    """Facts 5.4: `ChangelogNormalize(key=[id], condition=[…])`."""
    known = catalog()
    made = "CREATE TABLE t WITH ('changelog.mode'='append') AS SELECT id, v FROM u WHERE "
    for condition, node in (
        ("v > 100", "ChangelogNormalize(key=[id], condition=[(v > 100)])"),
        ("id > 100", "ChangelogNormalize(key=[id])"),
    ):
        with pytest.raises(SqlError) as caught:
            known.run(made + condition)
        assert str(caught.value).endswith(f"produced by node {node}")
