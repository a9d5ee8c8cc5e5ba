"""Joins of rows in the same window: facts/flink-sql-ai.md 5.2, 5.6.

`a` is an append table. Times are small numbers of seconds after 1970 began.
"""

from __future__ import annotations

import pytest

from runthrough.emulator.flink.plan import SqlError
from tests.emulator.flink.counted_windows import TUMBLE, at
from tests.emulator.flink.planner_catalog import (
    MemoryCatalog,
    Time,
    query_of,
    rows_of,
    table,
)


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog().add(table("a", "id INT NOT NULL; k STRING; v INT"))


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
