"""Window functions and window aggregates: facts/flink-sql-ai.md 5.2 (rows 16-19), 5.6, 5.7, 6.4.

`a` is an append table. Times are small numbers of seconds after 1970 began.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from runthrough.emulator.flink.plan import SqlError
from tests.emulator.flink.planner_catalog import (
    SESSION,
    SNAPSHOT,
    MemoryCatalog,
    Time,
    query_of,
    rows_of,
    table,
)

TUMBLE = "TUMBLE(TABLE a, DESCRIPTOR($rowtime), INTERVAL '10' SECOND)"
HOP = "HOP(TABLE a, DESCRIPTOR($rowtime), INTERVAL '5' SECOND, INTERVAL '10' SECOND)"
CUMULATE = "CUMULATE(TABLE a, DESCRIPTOR($rowtime), INTERVAL '5' SECOND, INTERVAL '15' SECOND)"


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog().add(table("a", "id INT NOT NULL; k STRING; v INT"))


def at(second: float) -> dt.datetime:
    return dt.datetime(1970, 1, 1) + dt.timedelta(seconds=second)


def counted(
    catalog: MemoryCatalog,
    function: str,
    rows: Sequence[tuple[float, str, float | None]],
    watermark: float | None,
) -> list[tuple[float, float, str, int]]:
    """Count by window and key; rows are (second, key, watermark before it in seconds)."""
    times = [Time(_ms(s) or 0, _ms(w)) for s, _, w in rows]
    found = rows_of(
        catalog,
        f"SELECT window_start, window_end, k, COUNT(*) FROM TABLE({function}) "
        "GROUP BY window_start, window_end, k",
        {"a": [(n, k, n) for n, (_, k, _) in enumerate(rows)]},
        times={"a": times},
        watermarks={"a": _ms(watermark)},
    )
    return [(_seconds(start), _seconds(end), k, count) for start, end, k, count in found]


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _seconds(moment: dt.datetime) -> float:
    return (moment - at(0)).total_seconds()


# -- the function alone ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "windows"),
    [
        (TUMBLE, [(0, 10), (10, 20)]),
        (HOP, [(5, 15), (0, 10), (10, 20), (5, 15)]),
        (CUMULATE, [(0, 10), (0, 15), (0, 15)]),
        ("TUMBLE(TABLE a, DESCRIPTOR($rowtime), INTERVAL '10' SECOND, INTERVAL '3' SECOND)",
         [(3, 13), (3, 13)]),
        ("TUMBLE(TABLE a, DESCRIPTOR($rowtime), INTERVAL '10' SECOND, INTERVAL '-3' SECOND)",
         [(7, 17), (7, 17)]),
        ("HOP(TABLE a, DESCRIPTOR($rowtime), INTERVAL '4' SECOND, INTERVAL '6' SECOND)",
         [(8, 14), (4, 10), (12, 18), (8, 14)]),
    ],
)  # fmt: skip
def test_a_row_comes_once_for_each_of_its_windows(
    catalog: MemoryCatalog, function: str, windows: list[tuple[float, float]]
) -> None:
    found = rows_of(
        catalog,
        f"SELECT window_start, window_end FROM TABLE({function})",
        {"a": [(1, "x", 1), (2, "y", 2)]},
        times={"a": [Time(9_000), Time(12_500)]},
        watermarks={"a": None},
    )
    assert found == [(at(start), at(end)) for start, end in windows]


def test_windows_reach_back_before_1970(catalog: MemoryCatalog) -> None:
    found = rows_of(
        catalog,
        f"SELECT window_start FROM TABLE({TUMBLE})",
        {"a": [(1, "x", 1)]},
        times={"a": [Time(-1)]},
    )
    assert found == [(at(-10),)]


def test_the_columns_are_the_inputs_then_three_bounds(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, f"SELECT * FROM TABLE({TUMBLE})")
    assert [(c.name, c.type.root, c.type.precision, c.type.nullable) for c in query.columns] == [
        ("id", "INTEGER", None, False),
        ("k", "VARCHAR", None, True),
        ("v", "INTEGER", None, True),
        ("window_start", "TIMESTAMP", 3, False),
        ("window_end", "TIMESTAMP", 3, False),
        ("window_time", "TIMESTAMP_LTZ", 3, False),
    ]


def test_a_function_alone_lets_each_row_through_at_once(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, f"SELECT * FROM TABLE({TUMBLE})")
    assert query.insert_only
    assert query.stateless
    assert not query.timed


@pytest.mark.parametrize(
    "function",
    [
        TUMBLE,
        f"TABLE({TUMBLE})",
        "TABLE(TUMBLE(DATA => TABLE a, TIMECOL => DESCRIPTOR($rowtime), "
        "SIZE => INTERVAL '10' SECOND))",
        "TUMBLE((SELECT id, $rowtime AS t FROM a), DESCRIPTOR(t), INTERVAL '10' SECOND)",
        "TUMBLE(TABLE cluster.a, DESCRIPTOR($rowtime), INTERVAL '10' SECOND)",
        "TUMBLE(TABLE c, DESCRIPTOR(t), INTERVAL '10' SECOND)",
    ],
)
def test_ways_to_write_a_window_function(catalog: MemoryCatalog, function: str) -> None:
    sql = f"WITH c AS (SELECT id, $rowtime AS t FROM a) SELECT w.window_end FROM {function} AS w"
    found = rows_of(catalog, sql, {"a": [(1, "x", 1)]}, times={"a": [Time(5_000)]})
    assert found == [(at(10),)]


def test_an_alias_may_rename_the_columns(catalog: MemoryCatalog) -> None:
    sql = f"SELECT w.e FROM TABLE({TUMBLE}) AS w (a, b, c, s, e, t)"
    found = rows_of(catalog, sql, {"a": [(1, "x", 1)]}, times={"a": [Time(5_000)]})
    assert found == [(at(10),)]


def test_bounds_of_a_moment_are_on_the_clock_of_the_session(catalog: MemoryCatalog) -> None:
    day = "TUMBLE(TABLE a, DESCRIPTOR($rowtime), INTERVAL '1' DAY)"
    tokyo = replace(SESSION, time_zone="Asia/Tokyo")
    sql = f"SELECT window_start, window_time FROM TABLE({day})"
    data: dict[str, list[tuple[Any, ...]]] = {"a": [(1, "x", 1)]}
    found = rows_of(catalog, sql, data, tokyo, times={"a": [Time(16 * 3_600_000)]})
    assert found[0][0] == dt.datetime(1970, 1, 2)
    assert found[0][1] == dt.datetime(1970, 1, 2, 14, 59, 59, 999_000, tzinfo=dt.UTC)


# -- refusals --------------------------------------------------------------------------------------

VALID = "SQL validation failed. "
TUMBLE_FORM = (
    "TUMBLE(TABLE table_name, DESCRIPTOR(timecol), datetime interval[, datetime interval])"
)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
         "The window function requires the timecol is a time attribute type, but is TIMESTAMP(3)."),
        ("TUMBLE(TABLE t, DESCRIPTOR(ltz), INTERVAL '1' MINUTE)",
         "The window function requires the timecol is a time attribute type, but is "
         "TIMESTAMP_WITH_LOCAL_TIME_ZONE(3)."),
        ("TUMBLE(TABLE a, DESCRIPTOR(v), INTERVAL '1' MINUTE)",
         f"{VALID}The window function {TUMBLE_FORM} requires the timecol to be TIMESTAMP or "
         "TIMESTAMP_LTZ, but is INTEGER."),
        ("TUMBLE(TABLE a, DESCRIPTOR(nope), INTERVAL '1' MINUTE)",
         f"{VALID}From line 1, column 48 to line 1, column 51: Unknown identifier 'nope'"),
        ("TUMBLE(TABLE a, DESCRIPTOR($rowtime), INTERVAL '1' MONTH)",
         "Window aggregate only support SECOND, MINUTE, HOUR, DAY as the time unit. MONTH and "
         "YEAR time unit are not supported yet."),
        ("TUMBLE(TABLE a, DESCRIPTOR($rowtime), 5)",
         f"{VALID}From line 1, column 21 to line 1, column 60: Cannot apply 'TUMBLE' to arguments "
         "of type 'TUMBLE(<RECORDTYPE(INTEGER ID, VARCHAR(2147483647) K, INTEGER V)>, "
         f"<COLUMN_LIST>, <INTEGER>)'. Supported form(s): {TUMBLE_FORM}"),
        ("TUMBLE(TABLE a, DESCRIPTOR($rowtime))",
         f"{VALID}From line 1, column 21 to line 1, column 57: Invalid number of arguments to "
         "function 'TUMBLE'. Was expecting 3 arguments"),
        ("HOP(TABLE a, DESCRIPTOR($rowtime), INTERVAL '1' SECOND)",
         f"{VALID}From line 1, column 21 to line 1, column 75: Invalid number of arguments to "
         "function 'HOP'. Was expecting 4 arguments"),
        ("TUMBLE(TABLE a, ts, INTERVAL '1' MINUTE)",
         f"{VALID}From line 1, column 37 to line 1, column 38: Column 'ts' not found in any table"),
        ("TUMBLE(TABLE nope, DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
         f"{VALID}From line 1, column 34 to line 1, column 37: Object 'nope' not found"),
        ("TUMBLE(TABLE a PARTITION BY k, DESCRIPTOR($rowtime), INTERVAL '1' MINUTE)",
         f"{VALID}From line 1, column 21 to line 1, column 93: Only tables with set semantics may "
         "be partitioned. Invalid PARTITION BY clause in the 0-th operand of table function "
         "'TUMBLE'"),
        ("SESSION(TABLE a PARTITION BY k ORDER BY v, DESCRIPTOR($rowtime), INTERVAL '1' MINUTE)",
         "Session window TVF doesn't support order by clause."),
        ("TUMBLE(TABLE a, DESCRIPTOR($rowtime), INTERVAL '1' MINUTE + INTERVAL '1' MINUTE)",
         "Only constant window descriptors are supported."),
        ("TUMBLE(TABLE a, DESCRIPTOR($rowtime), INTERVAL '0' MINUTE)",
         "TUMBLE table function based aggregate requires size to be positive, but got 0 ms."),
        ("TUMBLE(TABLE a, DESCRIPTOR($rowtime), INTERVAL '1' MINUTE, INTERVAL '2' MINUTE)",
         "TUMBLE table function parameters must satisfy abs(offset) < size, but got size 60000 ms "
         "and offset 120000 ms."),
        ("HOP(TABLE a, DESCRIPTOR($rowtime), INTERVAL '0' SECOND, INTERVAL '1' MINUTE)",
         "HOP table function based aggregate requires slide and size to be positive, but got "
         "slide 0 ms and size 60000 ms."),
        ("CUMULATE(TABLE a, DESCRIPTOR($rowtime), INTERVAL '0' SECOND, INTERVAL '1' MINUTE)",
         "CUMULATE table function based aggregate requires maxSize and step to be positive, but "
         "got maxSize 60000 ms and step 0 ms."),
        ("CUMULATE(TABLE a, DESCRIPTOR($rowtime), INTERVAL '7' SECOND, INTERVAL '1' MINUTE)",
         "CUMULATE table function based aggregate requires maxSize must be an integral multiple "
         "of step, but got maxSize 60000 ms and step 7000 ms."),
        ("SESSION(TABLE a, DESCRIPTOR($rowtime), INTERVAL '0' SECOND)",
         "SESSION table function based aggregate requires gap to be positive, but got gap 0 ms."),
    ],
)  # fmt: skip
def test_refusals_are_worded_as_flink_words_them(
    catalog: MemoryCatalog, function: str, message: str
) -> None:
    catalog.add(table("t", "id INT; ts TIMESTAMP(3); ltz TIMESTAMP_LTZ(3)"))
    with pytest.raises(SqlError) as caught:
        catalog.run(f"SELECT * FROM TABLE({function})")
    assert str(caught.value) == message


def test_a_refusal_prints_time_attributes_in_their_own_way(catalog: MemoryCatalog) -> None:
    query = "(SELECT v, $rowtime AS t FROM a)"
    with pytest.raises(SqlError, match=r"<RECORDTYPE\(INTEGER V, TIMESTAMP_LTZ\(3\) \*ROWTIME\* T"):
        catalog.run(f"SELECT * FROM TUMBLE({query}, DESCRIPTOR(t), 5)")


def test_a_query_after_the_word_table_is_no_table(catalog: MemoryCatalog) -> None:
    with pytest.raises(SqlError, match=r'Encountered "\(" at line 1, column 34\.'):
        catalog.run("SELECT * FROM TABLE(TUMBLE(TABLE (SELECT * FROM a), DESCRIPTOR(t), 1))")


def test_hops_that_do_not_divide_their_size_cannot_be_aggregated(catalog: MemoryCatalog) -> None:
    odd = "HOP(TABLE a, DESCRIPTOR($rowtime), INTERVAL '7' SECOND, INTERVAL '1' MINUTE)"
    assert query_of(catalog, f"SELECT * FROM TABLE({odd})").insert_only
    with pytest.raises(SqlError) as caught:
        catalog.run(
            f"SELECT window_start, window_end, COUNT(*) FROM TABLE({odd}) "
            "GROUP BY window_start, window_end"
        )
    assert str(caught.value) == (
        "HOP table function based aggregate requires size must be an integral multiple of slide, "
        "but got size 60000 ms and slide 7000 ms"
    )


# -- aggregates ------------------------------------------------------------------------------------

BY_WINDOW = (
    f"SELECT window_start, window_end, k, COUNT(*) AS c FROM TABLE({TUMBLE}) "
    "GROUP BY window_start, window_end, k"
)


def test_a_result_comes_when_the_watermark_reaches_the_end(catalog: MemoryCatalog) -> None:
    rows = [(1, "x", None), (9.999, "x", 0), (10, "x", 5), (4, "y", 9)]
    assert counted(catalog, TUMBLE, rows, None) == []
    assert counted(catalog, TUMBLE, rows, 9.998) == []
    first = [(0, 10, "x", 2), (0, 10, "y", 1)]
    assert counted(catalog, TUMBLE, rows, 9.999) == first
    assert counted(catalog, TUMBLE, rows, 19.999) == [*first, (10, 20, "x", 1)]


def test_a_row_that_comes_after_its_window_was_over_is_dropped(catalog: MemoryCatalog) -> None:
    rows = [(1, "x", None), (2, "x", 9.998), (3, "x", 9.999), (4, "x", 12)]
    assert counted(catalog, TUMBLE, rows, 10**9) == [(0, 10, "x", 2)]


def test_a_late_row_still_counts_for_windows_that_are_not_over(catalog: MemoryCatalog) -> None:
    rows: list[tuple[float, str, float | None]] = [(7, "x", 12)]
    assert counted(catalog, HOP, rows, 10**9) == [(5, 15, "x", 1)]
    assert counted(catalog, CUMULATE, rows, 10**9) == [(0, 15, "x", 1)]


def test_a_window_aggregate_gives_inserts_alone(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, BY_WINDOW)
    assert query.insert_only
    assert query.timed
    assert query.upsert_key is None
    assert not query.stateless
    assert query.warnings == ()


def test_a_plan_prints_a_window_aggregate_as_one_step(catalog: MemoryCatalog) -> None:
    assert query_of(catalog, BY_WINDOW).explain[1] == (
        "+- WindowAggregate(groupBy=[k], window=[TUMBLE(time_col=[$rowtime], size=[10 s])], "
        "select=[k, COUNT(*) AS c, start('w$) AS window_start, end('w$) AS window_end])  "
        "changelogMode=[I]"
    )


def test_having_and_expressions_stand_behind_the_window(catalog: MemoryCatalog) -> None:
    sql = (
        f"SELECT CAST(window_end AS STRING) AS e, SUM(v) * 2 AS s FROM TABLE({TUMBLE}) "
        "WHERE v > 0 GROUP BY window_start, window_end HAVING COUNT(*) > 1"
    )
    data = {"a": [(1, "x", 1), (2, "x", 4), (3, "x", 0), (4, "x", 5)]}
    times = {"a": [Time(1_000), Time(2_000), Time(3_000), Time(11_000)]}
    assert rows_of(catalog, sql, data, times=times) == [("1970-01-01 00:00:10.000", 10)]
    assert query_of(catalog, sql).insert_only


def test_distinct_rows_of_both_bounds_are_a_window_aggregate(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, f"SELECT DISTINCT window_start, window_end, k FROM {TUMBLE}")
    assert query.insert_only
    assert query.timed


@pytest.mark.parametrize("bound", ["window_start", "window_end"])
def test_one_bound_alone_is_an_ordinary_aggregate(catalog: MemoryCatalog, bound: str) -> None:
    other = "window_end" if bound == "window_start" else "window_start"
    query = query_of(catalog, f"SELECT {bound}, COUNT(*) FROM {TUMBLE} GROUP BY {bound}")
    assert query.changelog == {"I", "UB", "UA"}
    assert query.warnings[0].startswith(
        f'[Warning] Your query contains only "{bound}" in the GROUP BY clause, with no '
        f'corresponding "{other}". '
    )


def test_a_snapshot_waits_for_nothing_and_drops_nothing(catalog: MemoryCatalog) -> None:
    data = {"a": [(1, "x", 1), (2, "x", 1)]}
    times = {"a": [Time(1_000), Time(2_000, 50_000)]}
    found = rows_of(catalog, BY_WINDOW, data, SNAPSHOT, times=times, watermarks={"a": None})
    assert found == [(at(0), at(10), "x", 2)]
    assert not query_of(catalog, BY_WINDOW, SNAPSHOT).timed


# -- windows over windows --------------------------------------------------------------------------


def test_results_of_windows_go_into_larger_windows(catalog: MemoryCatalog) -> None:
    sql = (
        "WITH small AS (SELECT window_time AS t, COUNT(*) AS c FROM "
        f"{TUMBLE} GROUP BY window_start, window_end, window_time) "
        "SELECT window_start, window_end, SUM(c) AS total, COUNT(*) AS n FROM "
        "TUMBLE(TABLE small, DESCRIPTOR(t), INTERVAL '20' SECOND) GROUP BY window_start, window_end"
    )
    assert query_of(catalog, sql).insert_only
    data = {"a": [(n, "x", 1) for n in range(4)]}
    times = {"a": [Time(1_000), Time(2_000), Time(12_000), Time(21_000)]}
    assert rows_of(catalog, sql, data, times=times, watermarks={"a": 19_998}) == []
    found = rows_of(catalog, sql, data, times=times, watermarks={"a": 19_999})
    assert found == [(at(0), at(20), 3, 2)]


def test_results_of_windows_are_grouped_again_by_their_bounds(catalog: MemoryCatalog) -> None:
    sql = (
        "SELECT ws, we, MAX(c) FROM (SELECT window_start AS ws, window_end AS we, k, "
        f"COUNT(*) AS c FROM {TUMBLE} GROUP BY window_start, window_end, k) GROUP BY ws, we"
    )
    query = query_of(catalog, sql)
    assert query.insert_only
    assert "window=[TUMBLE(win_start=[ws], win_end=[we], size=[10 s])]" in query.explain[1]
    data = {"a": [(1, "x", 1), (2, "x", 1), (3, "y", 1)]}
    times = {"a": [Time(1_000), Time(2_000), Time(3_000)]}
    assert rows_of(catalog, sql, data, times=times) == [(at(0), at(10), 2)]


def test_a_table_that_takes_inserts_alone_takes_window_results(catalog: MemoryCatalog) -> None:
    statement = f"CREATE TABLE t WITH ('changelog.mode' = 'append') AS {BY_WINDOW}"
    assert query_of(catalog, statement).insert_only


def test_groupings_that_are_all_by_window_are_window_aggregates(catalog: MemoryCatalog) -> None:
    sql = (
        f"SELECT window_start, k, COUNT(*) AS c FROM {TUMBLE} "
        "GROUP BY GROUPING SETS ((window_start, window_end, k), (window_start, window_end))"
    )
    query = query_of(catalog, sql)
    assert query.insert_only
    assert "WindowAggregate(groupBy=[k, $e], " in query.explain[1]
    data = {"a": [(1, "x", 1), (2, "y", 1)]}
    found = rows_of(catalog, sql, data, times={"a": [Time(1_000), Time(2_000)]})
    assert sorted(found, key=str) == [(at(0), "x", 1), (at(0), "y", 1), (at(0), None, 2)]


def test_one_grouping_without_the_window_makes_an_ordinary_aggregate(
    catalog: MemoryCatalog,
) -> None:
    sql = f"SELECT window_start, COUNT(*) FROM {TUMBLE} GROUP BY CUBE (window_start, window_end)"
    assert query_of(catalog, sql).changelog == {"I", "UB", "UA"}


# -- sessions --------------------------------------------------------------------------------------

SESSION_BY_K = "SESSION(TABLE a PARTITION BY k, DESCRIPTOR($rowtime), INTERVAL '10' SECOND)"


def test_sessions_as_flink_cuts_them(catalog: MemoryCatalog) -> None:
    """Rows and results as Apache Flink 2.3 gave them; its watermark is the newest time less 1 s."""
    seconds = [0, 10, 20.001, 21.001, 19.5, 5, 11, 10.001, 50, 45, 38]
    newest = [max(seconds[:n], default=None) for n in range(len(seconds))]
    rows = [(s, "x", None if n is None else n - 1) for s, n in zip(seconds, newest, strict=True)]
    found = counted(catalog, SESSION_BY_K, rows, 10**9)
    assert found == [(0, 20, "x", 2), (10.001, 31.001, "x", 5), (38, 60, "x", 3)]


def test_a_session_alone_waits_for_its_end(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, f"SELECT * FROM TABLE({SESSION_BY_K})")
    assert query.insert_only
    assert query.timed
    assert not query.stateless
    assert query.warnings == ()
    data = {"a": [(1, "x", 1), (2, "y", 1)]}
    times = {"a": [Time(1_000), Time(4_000)]}
    sql = f"SELECT id, window_end FROM {SESSION_BY_K}"
    assert rows_of(catalog, sql, data, times=times, watermarks={"a": 10_998}) == []
    assert rows_of(catalog, sql, data, times=times, watermarks={"a": 10_999}) == [(1, at(11))]


@pytest.mark.parametrize("keys", ["", ", k, v"])
def test_sessions_are_aggregated_by_their_partition_alone(
    catalog: MemoryCatalog, keys: str
) -> None:
    sql = f"SELECT COUNT(*) FROM {SESSION_BY_K} GROUP BY window_start, window_end{keys}"
    assert query_of(catalog, sql).changelog == {"I", "UB", "UA"}


def test_sessions_without_partition_are_advised_against(catalog: MemoryCatalog) -> None:
    function = "SESSION(TABLE a, DESCRIPTOR($rowtime), INTERVAL '10' SECOND)"
    sql = f"SELECT window_end, COUNT(*) FROM {function} GROUP BY window_start, window_end"
    query = query_of(catalog, sql)
    assert query.insert_only
    assert query.warnings[0].startswith(
        "[Warning] Your query uses a SESSION window without a PARTITION BY clause. "
    )


def test_sessions_of_a_snapshot_are_all_there(catalog: MemoryCatalog) -> None:
    data = {"a": [(1, "x", 1), (2, "x", 1), (3, "x", 1)]}
    times = {"a": [Time(1_000), Time(5_000, 50_000), Time(60_000, 50_000)]}
    sql = f"SELECT window_start, COUNT(*) AS c FROM {SESSION_BY_K} GROUP BY window_start"
    found = rows_of(catalog, sql, data, SNAPSHOT, times=times, watermarks={"a": None})
    assert sorted(found) == [(at(1), 2), (at(60), 1)]


def test_sessions_are_cut_on_the_clock_of_the_session(catalog: MemoryCatalog) -> None:
    berlin = replace(SESSION, time_zone="Europe/Berlin")
    sql = f"SELECT id, window_start FROM {SESSION_BY_K}"
    data = {"a": [(1, "x", 1), (2, "x", 1)]}
    times = {"a": [Time(1_000), Time(2_000, 30_000)]}
    found = rows_of(catalog, sql, data, berlin, times=times)
    assert found == [(1, at(3601))]


# -- joins -----------------------------------------------------------------------------------------

LEFT, RIGHT = f"(SELECT * FROM {TUMBLE})", f"(SELECT * FROM {TUMBLE.replace('a,', 'b,')})"
SAME = "l.window_start = r.window_start AND l.window_end = r.window_end"


@pytest.fixture
def two(catalog: MemoryCatalog) -> MemoryCatalog:
    return catalog.add(table("b", "id INT NOT NULL; k STRING; v INT"))


A_AND_B = {"a": [(1, "x", 1), (2, "y", 1), (3, "x", 1)], "b": [(7, "x", 1), (8, "z", 1)]}
TIMES = {
    "a": [Time(1_000), Time(2_000), Time(11_000)],
    "b": [Time(9_000), Time(3_000)],
}


@pytest.mark.parametrize(
    ("kind", "first", "both"),
    [
        ("JOIN", [(1, 7)], [(1, 7)]),
        ("LEFT JOIN", [(1, 7), (2, None)], [(1, 7), (2, None), (3, None)]),
        ("RIGHT JOIN", [(1, 7), (None, 8)], [(1, 7), (None, 8)]),
        ("FULL JOIN", [(1, 7), (2, None), (None, 8)], [(1, 7), (2, None), (3, None), (None, 8)]),
    ],
)
def test_a_window_join_gives_the_pairs_of_each_window_that_is_over(
    two: MemoryCatalog,
    kind: str,
    first: list[tuple[int | None, int | None]],
    both: list[tuple[int | None, int | None]],
) -> None:
    sql = f"SELECT l.id, r.id FROM {LEFT} l {kind} {RIGHT} r ON l.k = r.k AND {SAME}"
    query = query_of(two, sql)
    assert query.insert_only
    assert query.timed
    assert query.explain[1].startswith(
        "+- WindowJoin(leftWindow=[TUMBLE(win_start=[window_start], win_end=[window_end], "
        "size=[10 s])], rightWindow=[TUMBLE("
    )
    for mark_a, mark_b, expected in (
        (9_998, 9_999, []),
        (9_999, None, []),
        (9_999, 9_999, first),
        (19_999, 19_999, both),
    ):
        marks = {"a": mark_a, "b": mark_b}
        found = rows_of(two, sql, A_AND_B, times=TIMES, watermarks=marks)
        assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_window_join_drops_late_rows(two: MemoryCatalog) -> None:
    sql = f"SELECT l.id, r.id FROM {LEFT} l LEFT JOIN {RIGHT} r ON l.k = r.k AND {SAME}"
    data = {"a": [(1, "x", 1), (2, "x", 1)], "b": [(7, "x", 1), (8, "x", 1)]}
    times = {
        "a": [Time(1_000, None, 1), Time(1_000, 9_999, 4)],
        "b": [Time(9_000, 9_998, 2), Time(3_000, 10_000, 5)],
    }
    marks = {"a": 20_000, "b": 20_000}
    assert rows_of(two, sql, data, times=times, watermarks=marks) == [(1, 7)]


def test_a_row_is_late_by_the_slower_side_of_a_join(two: MemoryCatalog) -> None:
    """It goes by the least watermark of all sources when the row came, as asked of Flink 2.3."""
    sql = f"SELECT l.id, r.id FROM {LEFT} l JOIN {RIGHT} r ON l.k = r.k AND {SAME}"
    data = {"a": [(1, "x", 1), (2, "x", 1), (3, "x", 1)], "b": [(7, "x", 1), (8, "x", 1)]}
    times = {
        "a": [Time(1_000, None, 1), Time(2_000, 50_000, 3), Time(3_000, 50_000, 5)],
        "b": [Time(9_000, None, 2), Time(3_000, 9_998, 4)],
    }
    marks = {"a": 60_000, "b": 9_998}
    assert rows_of(two, sql, data, times=times, watermarks=marks) == []
    marks = {"a": 60_000, "b": 9_999}
    # Row 3 came when b was at 9,999 or will have come then: nothing of b has come since.
    found = rows_of(two, sql, data, times=times, watermarks=marks)
    assert sorted(found) == [(1, 7), (1, 8), (2, 7), (2, 8)]


def test_windows_over_a_union_go_by_its_slower_side(two: MemoryCatalog) -> None:
    sql = (
        "WITH u AS (SELECT id, $rowtime AS t FROM a UNION ALL SELECT id, $rowtime AS t FROM b) "
        "SELECT window_end, ARRAY_AGG(id) FROM TUMBLE(TABLE u, DESCRIPTOR(t), "
        "INTERVAL '10' SECOND) GROUP BY window_start, window_end"
    )
    data = {"a": [(1, "x", 1), (2, "x", 1)], "b": [(7, "x", 1), (8, "x", 1)]}
    times = {
        "a": [Time(1_000, None, 1), Time(2_000, 50_000, 3)],
        "b": [Time(9_000, None, 2), Time(3_000, 30_000, 4)],
    }
    assert rows_of(two, sql, data, times=times, watermarks={"a": 60_000, "b": None}) == []
    marks = {"a": 60_000, "b": 60_000}
    assert rows_of(two, sql, data, times=times, watermarks=marks) == [(at(10), [1, 7])]
    times["b"][1] = Time(3_000, 9_000, 4)
    assert rows_of(two, sql, data, times=times, watermarks=marks) == [(at(10), [1, 7, 2, 8])]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"l.k IN (SELECT k FROM {RIGHT} r WHERE {SAME})", [(1,)]),
        (f"EXISTS (SELECT 1 FROM {RIGHT} r WHERE {SAME} AND l.k = r.k)", [(1,)]),
        (f"NOT EXISTS (SELECT 1 FROM {RIGHT} r WHERE {SAME} AND l.k = r.k)", [(2,)]),
        (f"l.k NOT IN (SELECT k FROM {RIGHT} r WHERE {SAME})", [(2,)]),
    ],
)
def test_window_semi_and_anti_joins(
    two: MemoryCatalog, condition: str, expected: list[tuple[int]]
) -> None:
    sql = f"SELECT l.id FROM {LEFT} l WHERE {condition}"
    query = query_of(two, sql)
    assert query.insert_only
    assert query.timed
    marks = {"a": 9_999, "b": 10_000}
    assert rows_of(two, sql, A_AND_B, times=TIMES, watermarks=marks) == expected
    assert rows_of(two, sql, A_AND_B, times=TIMES, watermarks={"a": 9_999, "b": None}) == []


def test_a_late_row_is_no_partner(two: MemoryCatalog) -> None:
    sql = f"SELECT l.id FROM {LEFT} l WHERE l.k IN (SELECT k FROM {RIGHT} r WHERE {SAME})"
    data = {"a": [(1, "x", 1)], "b": [(7, "x", 1)]}
    times = {"a": [Time(1_000)], "b": [Time(2_000, 9_999)]}
    marks = {"a": 9_999, "b": 9_999}
    assert rows_of(two, sql, data, times=times, watermarks=marks) == []


@pytest.mark.parametrize(
    "on",
    [
        "l.window_start = r.window_start",
        "l.k = r.k",
        "l.window_start = r.window_end AND l.window_end = r.window_start",
    ],
)
def test_a_join_on_less_than_both_bounds_is_an_ordinary_one(two: MemoryCatalog, on: str) -> None:
    query = query_of(two, f"SELECT l.id FROM {LEFT} l JOIN {RIGHT} r ON {on}")
    assert not query.timed
    assert query.explain[1].startswith("+- Join(joinType=[InnerJoin]")


def test_a_join_of_different_windows_is_an_ordinary_one(two: MemoryCatalog) -> None:
    other = RIGHT.replace("'10'", "'20'")
    query = query_of(two, f"SELECT l.id FROM {LEFT} l LEFT JOIN {other} r ON {SAME}")
    assert query.changelog == {"I", "UB", "UA", "D"}


def test_conditions_of_where_make_a_window_join_too(two: MemoryCatalog) -> None:
    sql = f"SELECT l.id, r.id FROM {LEFT} l, {RIGHT} r WHERE l.k = r.k AND {SAME}"
    assert query_of(two, sql).timed
    assert rows_of(two, sql, A_AND_B, times=TIMES) == [(1, 7)]


def test_joined_windows_are_aggregated_and_go_on(two: MemoryCatalog) -> None:
    joined = f"SELECT l.window_start, r.window_end, l.window_time AS t FROM {LEFT} l JOIN {RIGHT} r"
    by_window = (
        f"SELECT window_start, window_end, COUNT(*) AS c FROM ({joined} ON {SAME}) "
        "GROUP BY window_start, window_end"
    )
    assert query_of(two, by_window).insert_only
    assert rows_of(two, by_window, A_AND_B, times=TIMES) == [(at(0), at(10), 4)]
    larger = (
        f"SELECT window_end FROM TUMBLE(({joined} ON {SAME}), DESCRIPTOR(t), INTERVAL '20' SECOND)"
    ).replace("SELECT l.window_start, r.window_end, ", "SELECT ")
    assert rows_of(two, larger, A_AND_B, times=TIMES) == [(at(20),)] * 4


def test_a_window_join_takes_no_updates(two: MemoryCatalog) -> None:
    two.add(table("u", "id INT NOT NULL; k STRING; v INT", "upsert", ["id"]))
    updating = RIGHT.replace("b,", "u,")
    with pytest.raises(SqlError) as caught:
        two.run(f"SELECT l.id FROM {LEFT} l JOIN {updating} r ON {SAME}")
    assert str(caught.value) == (
        "StreamPhysicalWindowJoin doesn't support consuming update and delete changes which is "
        "produced by node ChangelogNormalize(key=[id])"
    )


# -- ranks -----------------------------------------------------------------------------------------


def ranked(order: str, rank: str, partition: str = "window_start, window_end") -> str:
    return (
        "SELECT id, rn FROM (SELECT *, ROW_NUMBER() OVER "
        f"(PARTITION BY {partition} ORDER BY {order}) AS rn FROM {TUMBLE}) WHERE {rank}"
    )


FOUR = {"a": [(1, "x", 5), (2, "y", 9), (3, "x", 7), (4, "x", 1)]}
FOUR_TIMES = {"a": [Time(1_000), Time(3_000), Time(2_000), Time(4_000, 9_999)]}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (ranked("v DESC", "rn <= 2"), [(2, 1), (3, 2)]),
        (ranked("v DESC", "rn BETWEEN 2 AND 3"), [(1, 3), (3, 2)]),
        (ranked("$rowtime", "rn = 1"), [(1, 1)]),
        (ranked("$rowtime DESC", "rn = 1"), [(2, 1)]),
        (ranked("v", "rn = 1", "window_start, window_end, k"), [(1, 1), (2, 1)]),
    ],
)
def test_the_best_rows_of_each_window_come_when_it_is_over(
    catalog: MemoryCatalog, sql: str, expected: list[tuple[int, int]]
) -> None:
    query = query_of(catalog, sql)
    assert query.insert_only
    assert query.timed
    assert rows_of(catalog, sql, FOUR, times=FOUR_TIMES, watermarks={"a": 9_998}) == []
    found = rows_of(catalog, sql, FOUR, times=FOUR_TIMES, watermarks={"a": 9_999})
    assert sorted(found) == expected


def test_plans_of_ranks_within_windows(catalog: MemoryCatalog) -> None:
    window = "window=[TUMBLE(win_start=[window_start], win_end=[window_end], size=[10 s])]"
    top = query_of(catalog, ranked("v DESC", "rn <= 2", "window_start, window_end, k"))
    assert (
        f"WindowRank({window}, rankType=[ROW_NUMBER], rankRange=[rankStart=1, rankEnd=2], "
        "partitionBy=[k], orderBy=[v DESC], select=["
    ) in "\n".join(top.explain)
    last = query_of(catalog, ranked("$rowtime DESC", "rn = 1", "window_start, window_end, k"))
    assert (
        f"WindowDeduplicate({window}, keep=[LastRow], partitionKeys=[k], orderKey=[$rowtime], "
        "order=[ROWTIME])"
    ) in "\n".join(last.explain)


def test_a_rank_by_one_bound_alone_is_an_ordinary_one(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, ranked("v DESC", "rn <= 2", "window_end"))
    assert "D" in query.changelog


def test_ranks_of_window_results(catalog: MemoryCatalog) -> None:
    sql = (
        "SELECT k, c FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end "
        "ORDER BY c DESC) AS rn FROM (SELECT window_start, window_end, k, COUNT(*) AS c FROM "
        f"{TUMBLE} GROUP BY window_start, window_end, k)) WHERE rn = 1"
    )
    assert query_of(catalog, sql).insert_only
    assert rows_of(catalog, sql, FOUR, times=FOUR_TIMES) == [("x", 2)]


@pytest.mark.parametrize(
    ("order", "operator"), [("v", "WindowRank"), ("$rowtime DESC", "WindowDeduplicate")]
)
def test_ranks_within_windows_take_no_updates(
    catalog: MemoryCatalog, order: str, operator: str
) -> None:
    catalog.add(table("u", "id INT NOT NULL; k STRING; v INT", "upsert", ["id"]))
    with pytest.raises(SqlError) as caught:
        catalog.run(ranked(order, "rn = 1").replace("TABLE a", "TABLE u"))
    assert str(caught.value) == (
        f"StreamPhysical{operator} doesn't support consuming update and delete changes which is "
        "produced by node ChangelogNormalize(key=[id])"
    )


# -- rows that are taken back ----------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["upsert", "retract"])
@pytest.mark.parametrize(
    "source",
    [
        "TABLE u",
        "TABLE q",
        "(SELECT id, v + 0 AS v, $rowtime FROM u WHERE id > 0)",
        "(SELECT v, t AS `$rowtime` FROM (SELECT v, t FROM q2 UNION ALL SELECT v, t FROM q3))",
    ],
)
def test_what_is_taken_back_counts_where_its_window_was_over(
    catalog: MemoryCatalog, mode: str, source: str
) -> None:
    catalog.add(table("u", "id INT NOT NULL; v INT", mode, ["id"]))  # type: ignore[arg-type]
    function = f"TUMBLE({source}, DESCRIPTOR($rowtime), INTERVAL '10' SECOND)"
    sql = (
        "WITH q AS (SELECT *, $rowtime AS `$rowtime` FROM u), "
        "q2 AS (SELECT v, $rowtime AS t FROM u), q3 AS (SELECT v, $rowtime AS t FROM u WHERE v < 0)"
        f" SELECT window_start, COUNT(*) AS c, SUM(v) AS s FROM {function} "
        "GROUP BY window_start, window_end"
    )
    query = query_of(catalog, sql)
    assert query.insert_only
    assert query.timed
    assert [source.history for source in query.sources] == [True]
    data = {"u": [(1, 1), (2, 10), (3, 100), (1, 1_000)]}
    times = {
        "u": [
            Time(1_000, None, taken=9_998),
            Time(2_000, 0, taken=9_999),
            Time(3_000, 0, taken=-(2**63)),
            Time(11_000, 9_998),
        ]
    }
    assert rows_of(catalog, sql, data, times=times, watermarks={"u": 9_998}) == []
    found = rows_of(catalog, sql, data, times=times, watermarks={"u": 9_999})
    assert found == [(at(0), 1, 10)]
    found = rows_of(catalog, sql, data, times=times, watermarks={"u": 19_999})
    assert found == [(at(0), 1, 10), (at(10), 1, 1_000)]


def test_a_plan_prints_aggregates_that_take_back(catalog: MemoryCatalog) -> None:
    catalog.add(table("u", "id INT NOT NULL; v INT", "upsert", ["id"]))
    sql = f"SELECT SUM(v) AS s FROM {TUMBLE.replace('a,', 'u,')} GROUP BY window_start, window_end"
    assert "SUM_RETRACT(v) AS s" in query_of(catalog, sql).explain[1]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT COUNT(*) FROM SESSION(TABLE u PARTITION BY v, DESCRIPTOR($rowtime), "
        "INTERVAL '10' SECOND) GROUP BY window_start, window_end, v",
        "SELECT COUNT(*) FROM TUMBLE((SELECT v, $rowtime AS t FROM (SELECT *, $rowtime, "
        "ROW_NUMBER() OVER (PARTITION BY v ORDER BY $rowtime DESC) AS rn FROM a) WHERE rn = 1), "
        "DESCRIPTOR(t), INTERVAL '10' SECOND) GROUP BY window_start, window_end",
    ],
)
def test_windows_that_would_need_what_was_taken_back_say_so(
    catalog: MemoryCatalog, sql: str
) -> None:
    catalog.add(table("u", "id INT NOT NULL; v INT", "upsert", ["id"]))
    with pytest.raises(SqlError, match=r"not emulated: .* taken back"):
        catalog.run(sql)
