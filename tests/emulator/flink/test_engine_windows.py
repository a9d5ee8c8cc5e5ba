"""Windows from SQL text to result rows: declared and default watermarks, idleness, late rows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runthrough.emulator.broker import Outgoing
from runthrough.emulator.flink.running.execution import Execution
from tests.emulator.flink.results import changes
from tests.emulator.flink.sql_bench import Desk
from tests.waiting import LIMIT_SECONDS

CLICKS = """
CREATE TABLE clicks (
  who STRING, n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) DISTRIBUTED INTO 1 BUCKETS
"""
BY_WINDOW = """
SELECT window_start, window_end, who, SUM(n) AS total
FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '10' SECOND))
GROUP BY window_start, window_end, who
"""


def click(desk: Desk, *rows: tuple[str, int, str], table: str = "clicks") -> None:
    """Insert rows, one after another; moments are 'mm:ss.fff'."""
    values = ", ".join(
        f"('{who}', {n}, TIMESTAMP '2024-01-01 00:{moment}')" for who, n, moment in rows
    )
    desk.run(f"INSERT INTO {table} VALUES {values}")


def totals(execution: Execution, size: int) -> list[tuple[str, str, str]]:
    """Return (end of the window, who, total) of inserts."""
    found = changes(execution, size)
    assert all(op == 0 for op, _ in found)
    return [(row[1][-12:], row[2], row[3]) for _, row in found]


def test_results_come_once_when_a_declared_watermark_passes(desk: Desk) -> None:
    desk.run(CLICKS)
    select = desk.submit(BY_WINDOW)
    assert select.traits is not None
    assert select.traits.is_append_only
    click(desk, ("ann", 1, "00:01.000"), ("bob", 2, "00:02.000"), ("ann", 3, "00:09.999"))
    click(desk, ("ann", 10, "00:10.998"))
    click(desk, ("bob", 20, "00:10.000"), ("ann", 5, "00:03.000"))
    assert select.results(0, 10).rows == []
    click(desk, ("ann", 10, "00:10.999"))
    first = [("00:00:10.000", "ann", "9"), ("00:00:10.000", "bob", "2")]
    assert sorted(totals(select, 2)) == first
    click(desk, ("ann", 100, "00:04.000"), ("eve", 1, "00:30.000"))
    assert sorted(totals(select, 4)) == [
        *first,
        ("00:00:20.000", "ann", "20"),
        ("00:00:20.000", "bob", "20"),
    ]


def test_a_statement_that_starts_later_gives_the_same(desk: Desk) -> None:
    """Rows that came late for those who listened are late for who reads them afterwards."""
    desk.run(CLICKS)
    click(desk, ("ann", 1, "00:01.000"), ("ann", 2, "00:20.000"), ("ann", 4, "00:02.000"))
    click(desk, ("ann", 8, "00:40.000"))
    assert totals(desk.submit(BY_WINDOW), 2) == [
        ("00:00:10.000", "ann", "1"),
        ("00:00:30.000", "ann", "2"),
    ]


def test_a_snapshot_counts_every_row_of_every_window(desk: Desk) -> None:
    desk.run(CLICKS)
    click(desk, ("ann", 1, "00:01.000"), ("ann", 2, "00:20.000"), ("ann", 4, "00:02.000"))
    found = sorted((row[1][-12:], row[3]) for row in desk.now(BY_WINDOW))
    assert found == [("00:00:10.000", "5"), ("00:00:30.000", "2")]


def test_the_slowest_partition_holds_windows_back_until_it_is_idle(desk: Desk) -> None:
    desk.run(CLICKS.replace("INTO 1 BUCKETS", "BY (who) INTO 2 BUCKETS"))
    select = desk.submit(BY_WINDOW)
    names = [f"p{n}" for n in range(8)]
    click(desk, *((name, 1, "00:01.000") for name in names))
    partitions = {
        name: record.partition for name, record in zip(names, desk.records("clicks"), strict=True)
    }
    one = [name for name in names if partitions[name] == 0]
    other = [name for name in names if partitions[name] == 1]
    assert one
    assert other
    click(desk, (one[0], 1, "00:30.000"))
    assert select.results(0, 100).rows == []
    click(desk, (other[0], 1, "00:15.000"))
    assert sorted(totals(select, 8)) == [("00:00:10.000", name, "1") for name in names]
    desk.ahead += timedelta(seconds=20)
    assert ("00:00:20.000", other[0], "1") in totals(select, 9)


def test_the_default_watermark_stays_a_week_behind_in_a_small_table(desk: Desk) -> None:
    """Until 250 records have come the margin is seven days (facts 1.3)."""
    desk.broker.create_topic("plain", 1)
    select = desk.submit(
        "SELECT CAST(val AS STRING), COUNT(*) FROM "
        "TUMBLE(TABLE plain, DESCRIPTOR($rowtime), INTERVAL '1' SECOND) "
        "GROUP BY window_start, window_end, val"
    )
    day = 86_400_000
    for number, name in enumerate((b"ann", b"bob")):
        desk.produce("plain", Outgoing(None, name, timestamp=1_700_000_000_000 + 6 * day * number))
    assert select.results(0, 10).rows == []
    desk.produce("plain", Outgoing(None, b"eve", timestamp=1_700_000_000_000 + 8 * day))
    assert changes(select, 1) == [(0, ["ann", "1"])]


def test_window_results_go_into_a_table_and_on(desk: Desk) -> None:
    desk.run(CLICKS)
    copy = desk.submit(
        "CREATE TABLE per_window WITH ('changelog.mode' = 'append') AS "
        + BY_WINDOW.replace("window_start, window_end, who", "window_start, window_end", 1).replace(
            "GROUP BY window_start, window_end, who", "GROUP BY window_start, window_end"
        )
    )
    assert copy.phase == "RUNNING", copy.detail
    click(desk, ("ann", 1, "00:01.000"), ("bob", 2, "00:02.000"), ("ann", 3, "00:40.000"))
    select = desk.submit("SELECT window_end, total FROM per_window")
    assert changes(select, 1) == [(0, ["2024-01-01 00:00:10.000", "3"])]


def test_sessions_run(desk: Desk) -> None:
    desk.run(CLICKS)
    select = desk.submit(
        "SELECT window_start, window_end, who, COUNT(*) FROM TABLE(SESSION(TABLE clicks "
        "PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND)) "
        "GROUP BY window_start, window_end, who"
    )
    click(desk, ("ann", 1, "00:01.000"), ("ann", 2, "00:06.000"), ("bob", 2, "00:06.000"))
    click(desk, ("eve", 3, "01:00.000"))
    assert sorted(totals(select, 2)) == [
        ("00:00:11.000", "ann", "2"),
        ("00:00:11.000", "bob", "1"),
    ]


def test_windows_over_windows_run(desk: Desk) -> None:
    desk.run(CLICKS)
    select = desk.submit(
        "WITH small AS (SELECT window_time AS t, who, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE clicks,"
        " DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, window_time,"
        " who) SELECT window_start, window_end, who, SUM(c) FROM "
        "TABLE(TUMBLE(TABLE small, DESCRIPTOR(t), INTERVAL '30' SECOND)) "
        "GROUP BY window_start, window_end, who"
    )
    click(desk, ("ann", 1, "00:01.000"), ("ann", 2, "00:02.000"), ("ann", 2, "00:16.000"))
    click(desk, ("bob", 3, "00:25.000"))
    assert select.results(0, 10).rows == []
    click(desk, ("eve", 3, "01:00.000"))
    assert sorted(totals(select, 2)) == [
        ("00:00:30.000", "ann", "3"),
        ("00:00:30.000", "bob", "1"),
    ]


@pytest.mark.parametrize("mode", ["upsert", "retract"])
def test_a_result_stays_when_its_rows_change_afterwards(desk: Desk, mode: str) -> None:
    """Row 18 of facts 5.2: inserts alone, over a table that takes rows back."""
    desk.run(
        "CREATE TABLE orders (id INT, n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, "
        "PRIMARY KEY (id) NOT ENFORCED) DISTRIBUTED BY (id) INTO 1 BUCKETS "
        f"WITH ('changelog.mode' = '{mode}')"
    )
    select = desk.submit(
        "SELECT window_end, COUNT(*) AS c, SUM(n) AS s FROM TABLE(TUMBLE(TABLE orders, "
        "DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end"
    )
    desk.run("CREATE TABLE changes (id INT, n INT, ts TIMESTAMP(3)) DISTRIBUTED INTO 1 BUCKETS")
    copy = desk.submit("INSERT INTO orders SELECT id, MAX(n), MAX(ts) FROM changes GROUP BY id")
    assert copy.phase == "RUNNING", copy.detail
    for moment, key, n in (("01", 1, 1), ("02", 2, 10), ("03", 1, 100), ("12", 3, 5)):
        desk.run(f"INSERT INTO changes VALUES ({key}, {n}, TIMESTAMP '2024-01-01 00:00:{moment}')")
        desk.records("orders")
    assert changes(select, 1) == [(0, ["2024-01-01 00:00:10.000", "2", "110"])]
    desk.run("INSERT INTO changes VALUES (2, 99, TIMESTAMP '2024-01-01 00:00:25')")
    assert changes(select, 2)[1:] == [(0, ["2024-01-01 00:00:20.000", "1", "5"])]
    assert select.phase == "RUNNING", select.detail


@pytest.mark.parametrize("kind", ["TUMBLE", "SESSION"])
def test_a_row_without_time_ends_the_statement(desk: Desk, kind: str) -> None:
    desk.run(CLICKS)
    select = desk.submit(
        f"SELECT who FROM {kind}(TABLE clicks, DESCRIPTOR(ts), INTERVAL '10' SECOND)"
    )
    desk.run("INSERT INTO clicks VALUES ('ann', 1, CAST(NULL AS TIMESTAMP(3)))")
    select.wait_for_end(LIMIT_SECONDS)
    assert select.phase == "FAILED"
    assert select.detail == (
        "RowTime field should not be null, please convert it to a non-null long value."
    )
