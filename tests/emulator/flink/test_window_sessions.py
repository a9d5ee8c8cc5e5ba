"""Windows over windows, and sessions: facts/flink-sql-ai.md 5.2 (rows 16-19), 5.6, 6.4.

`a` is an append table. Times are small numbers of seconds after 1970 began.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

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


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog().add(table("a", "id INT NOT NULL; k STRING; v INT"))


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
