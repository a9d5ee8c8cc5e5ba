"""Ranks within a window, and windows over rows that are taken back: facts/flink-sql-ai.md 5.2.

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
