"""Window functions and window aggregates: facts/flink-sql-ai.md 5.2 (rows 16-19), 5.6, 5.7, 6.4.

`a` is an append table. Times are small numbers of seconds after 1970 began.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from runthrough.emulator.flink.plan import SqlError
from tests.emulator.flink.counted_windows import BY_WINDOW, TUMBLE, at, counted
from tests.emulator.flink.planner_catalog import (
    SESSION,
    SNAPSHOT,
    MemoryCatalog,
    Time,
    query_of,
    rows_of,
    table,
)

HOP = "HOP(TABLE a, DESCRIPTOR($rowtime), INTERVAL '5' SECOND, INTERVAL '10' SECOND)"


CUMULATE = "CUMULATE(TABLE a, DESCRIPTOR($rowtime), INTERVAL '5' SECOND, INTERVAL '15' SECOND)"


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog().add(table("a", "id INT NOT NULL; k STRING; v INT"))


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
