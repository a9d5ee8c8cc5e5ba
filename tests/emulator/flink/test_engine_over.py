"""Windows over rows, deduplication, joins in time: from SQL text to the records of a topic."""

from __future__ import annotations

from runthrough.emulator.broker import Outgoing
from tests.emulator.flink.results import changes
from tests.emulator.flink.sql_bench import Desk
from tests.waiting import eventually

COLUMNS = "who STRING, n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND"
CLICKS = f"CREATE TABLE clicks ({COLUMNS}) DISTRIBUTED INTO 1 BUCKETS"
BUYS = f"CREATE TABLE buys ({COLUMNS}) DISTRIBUTED INTO 1 BUCKETS"
RATES = """
CREATE TABLE rates (
  who STRING NOT NULL, rate INT, ts TIMESTAMP(3), PRIMARY KEY (who) NOT ENFORCED,
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) DISTRIBUTED INTO 1 BUCKETS WITH ('changelog.mode' = 'upsert')
"""


def write(desk: Desk, table: str, *rows: tuple[str, int, int]) -> None:
    """Insert rows, one after another; times are seconds."""
    values = ", ".join(
        f"('{who}', {n}, TIMESTAMP '2024-01-01 00:{s // 60:02}:{s % 60:02}')" for who, n, s in rows
    )
    desk.run(f"INSERT INTO {table} VALUES {values}")


def test_sums_over_rows_leave_by_time(desk: Desk) -> None:
    desk.run(CLICKS)
    select = desk.submit(
        "SELECT who, n, SUM(n) OVER w AS s, LAG(n) OVER w AS l FROM clicks "
        "WINDOW w AS (PARTITION BY who ORDER BY ts)"
    )
    assert select.traits is not None
    assert select.traits.is_append_only
    write(desk, "clicks", ("ann", 1, 5), ("bob", 2, 4), ("ann", 3, 6), ("ann", 4, 6))
    write(desk, "clicks", ("ann", 5, 9))
    first = [["bob", "2", "2", None], ["ann", "1", "1", None]]
    both = [["ann", "3", "8", "3"], ["ann", "4", "8", "3"]]
    assert [row for _, row in changes(select, 4)] == first + both
    write(desk, "clicks", ("ann", 9, 6), ("ann", 9, 20))
    assert changes(select, 5)[4:] == [(0, ["ann", "5", "13", "4"])]


def test_the_first_row_of_each_key_goes_into_an_append_table(desk: Desk) -> None:
    desk.run(CLICKS)
    desk.submit(
        "CREATE TABLE firsts AS SELECT who, n FROM clicks "
        "QUALIFY ROW_NUMBER() OVER (PARTITION BY who ORDER BY ts) = 1"
    )
    write(desk, "clicks", ("ann", 2, 6), ("ann", 1, 5), ("ann", 3, 8), ("bob", 4, 9))
    write(desk, "clicks", ("bob", 5, 30))
    eventually(lambda: len(desk.records("firsts")) == 2)
    assert desk.now("SELECT who, n FROM firsts") == [["ann", "1"], ["bob", "4"]]


def test_the_best_rows_push_others_out(desk: Desk) -> None:
    desk.run(CLICKS)
    select = desk.submit(
        "SELECT who, n FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY n DESC) AS rn FROM clicks) "
        "WHERE rn <= 2"
    )
    write(desk, "clicks", ("ann", 1, 5))
    assert changes(select, 1) == [(0, ["ann", "1"])]
    write(desk, "clicks", ("bob", 2, 4))
    assert changes(select, 2)[1:] == [(0, ["bob", "2"])]
    write(desk, "clicks", ("eve", 3, 4))
    assert changes(select, 4)[2:] == [(3, ["ann", "1"]), (0, ["eve", "3"])]


def test_ranks_in_the_result_shift(desk: Desk) -> None:
    desk.run(CLICKS)
    select = desk.submit(
        "SELECT who, rn FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY n DESC) AS rn FROM clicks) "
        "WHERE rn <= 2"
    )
    write(desk, "clicks", ("ann", 1, 5))
    assert changes(select, 1) == [(0, ["ann", "1"])]
    write(desk, "clicks", ("bob", 2, 4))
    assert sorted(changes(select, 4)[1:]) == [
        (0, ["ann", "2"]), (1, ["ann", "1"]), (2, ["bob", "1"]),
    ]  # fmt: skip


def test_an_order_without_buy_is_told_when_none_can_come(desk: Desk) -> None:
    desk.run(CLICKS)
    desk.run(BUYS)
    select = desk.submit(
        "SELECT c.who, c.n, b.n AS bought FROM clicks c LEFT JOIN buys b ON c.who = b.who "
        "AND b.ts BETWEEN c.ts AND c.ts + INTERVAL '10' SECOND"
    )
    assert select.traits is not None
    assert select.traits.is_append_only
    write(desk, "clicks", ("ann", 1, 5), ("bob", 2, 6))
    write(desk, "buys", ("ann", 7, 9))
    assert changes(select, 1) == [(0, ["ann", "1", "7"])]
    write(desk, "clicks", ("eve", 3, 20))
    write(desk, "buys", ("eve", 8, 19))
    assert changes(select, 2)[1:] == [(0, ["bob", "2", None])]


def test_prices_are_those_of_the_time_of_the_order(desk: Desk) -> None:
    desk.run(CLICKS)
    desk.run(RATES)
    select = desk.submit(
        "SELECT c.who, c.n, r.rate FROM clicks c "
        "LEFT JOIN rates FOR SYSTEM_TIME AS OF c.ts AS r ON c.who = r.who"
    )
    write(desk, "rates", ("ann", 100, 0))
    write(desk, "rates", ("ann", 200, 10))
    write(desk, "clicks", ("ann", 1, 5), ("bob", 2, 6), ("ann", 3, 12))
    write(desk, "rates", ("zoe", 1, 30))
    write(desk, "clicks", ("zoe", 4, 25))
    expected = [["ann", "1", "100"], ["bob", "2", None], ["ann", "3", "200"]]
    assert [row for _, row in changes(select, 3)] == expected
    key = next(r.key for r in desk.records("rates") if r.key)
    desk.produce("rates", Outgoing(key, None))
    write(desk, "clicks", ("ann", 5, 35), ("zoe", 6, 40))
    write(desk, "rates", ("zoe", 2, 60))
    assert [row for _, row in changes(select, 5)[3:]] == [["zoe", "4", None], ["ann", "5", None]]
