"""Materialized tables: made, changed, suspended, resumed, shown and dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.emulator.flink.sql_bench import STREAM, Desk
from tests.waiting import LIMIT_SECONDS, becomes


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.run("CREATE TABLE orders (id INT, who STRING, amount INT)")
    desk.run("INSERT INTO orders VALUES (1, 'a', 10), (2, 'b', 20)")
    return desk


def rows(desk: Desk, table: str) -> Callable[[], list[list[Any]]]:
    return lambda: sorted(desk.now(f"SELECT * FROM {table}"))


def test_its_statement_completes_and_its_query_runs_on(desk: Desk) -> None:
    made = desk.submit("CREATE MATERIALIZED TABLE big AS SELECT id FROM orders WHERE amount > 10")
    made.wait_for_end(LIMIT_SECONDS)
    assert made.phase == "COMPLETED"
    assert made.traits is not None
    assert made.traits.sql_kind == "CREATE_MATERIALIZED_TABLE"
    becomes(rows(desk, "big"), [["2"]])
    desk.run("INSERT INTO orders VALUES (3, 'c', 30)")
    becomes(rows(desk, "big"), [["2"], ["3"]])
    [known] = desk.engine.materialized.all()
    assert known.phase == "RUNNING"


def test_key_and_mode_are_those_of_create_table_as(desk: Desk) -> None:
    desk.run(
        "CREATE MATERIALIZED TABLE sums (PRIMARY KEY (who) NOT ENFORCED) COMMENT 'by name' "
        "DISTRIBUTED BY (who) INTO 2 BUCKETS WITH ('kafka.retention.time' = '1 d') "
        "START_MODE = FROM_BEGINNING AS "
        "SELECT COALESCE(who, '?') AS who, SUM(amount) AS s FROM orders GROUP BY COALESCE(who, '?')"
    )
    becomes(rows(desk, "sums"), [["a", "10"], ["b", "20"]])
    [[text]] = desk.run("SHOW CREATE MATERIALIZED TABLE sums")
    assert text.startswith("CREATE MATERIALIZED TABLE `workshop`.`river`.`sums` (")
    assert "'changelog.mode' = 'upsert'" in text
    assert "START_MODE = FROM_BEGINNING\nAS SELECT COALESCE(who, '?')" in text


def test_a_suspended_table_waits_and_resumes_with_what_it_knew(desk: Desk) -> None:
    desk.run("CREATE MATERIALIZED TABLE n AS SELECT who, COUNT(*) AS n FROM orders GROUP BY who")
    becomes(rows(desk, "n"), [["a", "1"], ["b", "1"]])
    desk.run("ALTER MATERIALIZED TABLE n SUSPEND")
    assert desk.engine.materialized.all()[0].phase == "STOPPED"
    before = len(desk.records("n"))
    desk.run("INSERT INTO orders VALUES (3, 'a', 30)")
    assert len(desk.records("n")) == before
    desk.run("ALTER MATERIALIZED TABLE n RESUME")
    becomes(rows(desk, "n"), [["a", "2"], ["b", "1"]])
    # One row changed, by its old and its new version: nothing was counted anew.
    assert len(desk.records("n")) == before + 2


def test_or_alter_makes_it_and_then_adds_a_column(desk: Desk) -> None:
    for columns in ("id", "id, who"):
        made = desk.submit(f"CREATE OR ALTER MATERIALIZED TABLE m AS SELECT {columns} FROM orders")
        made.wait_for_end(LIMIT_SECONDS)
        assert made.phase == "COMPLETED", made.detail
        assert made.traits is not None
        assert made.traits.sql_kind == "CREATE_OR_ALTER_MATERIALIZED_TABLE"
        becomes(lambda: len(desk.now("SELECT * FROM m")), 2)
    # It resumes where the query before it was: what that wrote has no value in the new column.
    desk.run("INSERT INTO orders VALUES (3, 'c', 30)")
    becomes(rows(desk, "m"), [["1", None], ["2", None], ["3", "c"]])
    [known] = desk.engine.materialized.all()
    assert [edition.number for edition in known.editions] == [1, 2]


def test_another_start_mode_reads_from_the_beginning_again(desk: Desk) -> None:
    desk.run("CREATE MATERIALIZED TABLE m AS SELECT id FROM orders")
    becomes(rows(desk, "m"), [["1"], ["2"]])
    desk.run("ALTER MATERIALIZED TABLE m START_MODE = FROM_BEGINNING AS SELECT id FROM orders")
    becomes(rows(desk, "m"), [["1"], ["1"], ["2"], ["2"]])


@pytest.mark.parametrize(
    ("mode", "seen"),
    [
        ("FROM_NOW", [["3"]]),
        ("RESUME_OR_FROM_NOW", [["3"]]),
        ("FROM_NOW(INTERVAL '1' HOUR)", [["1"], ["2"], ["3"]]),
        ("FROM_TIMESTAMP(TIMESTAMP '2000-01-01 00:00:00')", [["1"], ["2"], ["3"]]),
        ("RESUME_OR_FROM_TIMESTAMP(TIMESTAMP '2100-01-01 00:00:00')", [["3"]]),
    ],
)
def test_a_start_mode_says_where_it_begins(desk: Desk, mode: str, seen: list[list[str]]) -> None:
    desk.run(f"CREATE MATERIALIZED TABLE m START_MODE = {mode} AS SELECT id FROM orders")
    desk.run("INSERT INTO orders VALUES (3, 'c', 30)")
    becomes(rows(desk, "m"), seen)


def test_changes_of_alter_table_make_a_version(desk: Desk) -> None:
    desk.run("CREATE MATERIALIZED TABLE m AS SELECT id FROM orders")
    desk.run("ALTER MATERIALIZED TABLE m ADD (twice AS id * 2)")
    desk.run("ALTER MATERIALIZED TABLE m SET ('kafka.retention.time' = '1 d')")
    becomes(rows(desk, "m"), [["1", "2"], ["2", "4"]])
    [known] = desk.engine.materialized.all()
    assert known.latest.number == 3
    desk.run("INSERT INTO orders VALUES (3, 'c', 30)")
    becomes(rows(desk, "m"), [["1", "2"], ["2", "4"], ["3", "6"]])


def test_it_is_listed_and_described(desk: Desk) -> None:
    desk.run("CREATE MATERIALIZED TABLE m AS SELECT id FROM orders")
    assert desk.run("SHOW MATERIALIZED TABLES") == [["m"]]
    assert desk.run("SHOW MATERIALIZED TABLES LIKE 'x%'") == []
    assert ["m"] in desk.run("SHOW TABLES")
    assert desk.run("DESCRIBE m") == [["id", "INT", "NULL", ""]]
    assert desk.now(
        "SELECT TABLE_NAME, IS_MATERIALIZED FROM INFORMATION_SCHEMA.`TABLES` "
        "WHERE TABLE_TYPE = 'BASE TABLE'"
    ) == [["m", "YES"], ["orders", "NO"]]


def test_dropping_it_drops_the_topic_and_ends_the_query(desk: Desk) -> None:
    desk.run("CREATE MATERIALIZED TABLE m AS SELECT id FROM orders")
    [known] = desk.engine.materialized.all()
    desk.run("DROP MATERIALIZED TABLE m")
    assert known.refresh.phase == "STOPPED"
    assert desk.engine.materialized.all() == ()
    assert not desk.broker.has_topic("m")
    desk.run("DROP MATERIALIZED TABLE IF EXISTS m")
    desk.run("CREATE TABLE m (id INT)")


def test_deleting_its_topic_ends_the_query(desk: Desk) -> None:
    desk.run("CREATE MATERIALIZED TABLE m AS SELECT id FROM orders")
    [known] = desk.engine.materialized.all()
    desk.engine.delete_topic("m")
    assert known.refresh.phase == "FAILED"
    assert desk.engine.materialized.all() == ()


def test_a_query_that_cannot_start_leaves_no_table(desk: Desk) -> None:
    session = replace(STREAM, properties={"sql.tables.scan.bounded.mode": "nonsense"})
    made = desk.submit("CREATE MATERIALIZED TABLE m AS SELECT id FROM orders", session)
    assert made.phase == "FAILED"
    assert not desk.broker.has_topic("m")
    assert desk.run("SHOW MATERIALIZED TABLES") == []


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("CREATE MATERIALIZED TABLE m AS SELECT 1 AS a", "m already exists in Catalog env-1"),
        ("CREATE OR ALTER MATERIALIZED TABLE orders AS SELECT 1 AS a", "is no materialized table"),
        ("CREATE OR ALTER MATERIALIZED TABLE IF NOT EXISTS m AS SELECT 1 AS a", "exclude"),
        (
            "CREATE OR ALTER MATERIALIZED TABLE m AS SELECT who FROM orders",
            "dropping a persisted column is not supported: `id`",
        ),
        (
            "CREATE OR ALTER MATERIALIZED TABLE strict AS SELECT 'x' AS other",
            "dropping a non-nullable, persisted column is not supported: `n`",
        ),
        (
            "ALTER MATERIALIZED TABLE m AS SELECT CAST(id AS STRING) AS id FROM orders",
            "not emulated: a materialized table whose column `id` changes its type",
        ),
        (
            "CREATE OR ALTER MATERIALIZED TABLE m DISTRIBUTED INTO 2 BUCKETS "
            "AS SELECT id FROM orders",
            "a topic with the same name already exists with different partitions",
        ),
        (
            "CREATE OR ALTER MATERIALIZED TABLE m WITH ('changelog.mode' = 'retract') "
            "AS SELECT id FROM orders",
            "not emulated: a materialized table that changes its changelog mode",
        ),
        ("CREATE OR ALTER MATERIALIZED TABLE m AS SELECT id FROM m", "cannot read itself"),
        (
            "CREATE MATERIALIZED TABLE x START_MODE = FROM_NOW(5) AS SELECT 1 AS a",
            "START_MODE FROM_NOW takes an INTERVAL of days and times, not 5.",
        ),
        (
            "CREATE MATERIALIZED TABLE x START_MODE = FROM_TIMESTAMP('now') AS SELECT 1 AS a",
            "START_MODE FROM_TIMESTAMP takes a TIMESTAMP literal, not 'now'.",
        ),
        ("CREATE MATERIALIZED TABLE x START_MODE = SOON AS SELECT 1 AS a", "SQL parse failed."),
        ("CREATE MATERIALIZED TABLE x (a INT)", "SQL parse failed."),
        (
            "ALTER MATERIALIZED TABLE orders SUSPEND",
            "Materialized Table with identifier 'workshop.river.orders' does not exist.",
        ),
        (
            "DROP MATERIALIZED TABLE orders",
            "Materialized Table with identifier 'workshop.river.orders' does not exist.",
        ),
        ("DROP TABLE m", "not emulated: DROP TABLE of a materialized table"),
        ("ALTER TABLE m ADD (x AS id)", "not emulated: ALTER TABLE of a materialized table"),
        ("INSERT INTO m VALUES (1)", "not emulated: INSERT INTO a materialized table"),
        ("SHOW CREATE TABLE m", "Please use SHOW CREATE MATERIALIZED TABLE instead."),
        ("SHOW CREATE MATERIALIZED TABLE orders", "is only supported for materialized tables"),
        ("SHOW CREATE MATERIALIZED TABLE x", "does not exist."),
        ("ALTER MATERIALIZED TABLE strict SUSPEND", "has ended (COMPLETED)"),
    ],
)
def test_what_cannot_be_is_refused(desk: Desk, sql: str, why: str) -> None:
    desk.run("CREATE MATERIALIZED TABLE m AS SELECT id FROM orders")
    desk.run("CREATE MATERIALIZED TABLE strict AS SELECT 1 AS n")
    becomes(lambda: desk.engine.materialized.all()[1].phase, "COMPLETED")
    assert why in desk.refusal(sql)
    assert [known.latest.number for known in desk.engine.materialized.all()] == [1, 1]


def test_a_query_that_fails_shows_it(desk: Desk) -> None:
    desk.run("CREATE MATERIALIZED TABLE m AS SELECT CAST(who AS INT) AS n FROM orders")
    becomes(lambda: desk.engine.materialized.all()[0].phase, "FAILED")
    assert "For input string: 'a'" in desk.engine.materialized.all()[0].refresh.detail


def test_the_clock_decides_what_now_is(desk: Desk) -> None:
    desk.ahead = timedelta(hours=2)
    desk.run(
        "CREATE MATERIALIZED TABLE m START_MODE = FROM_NOW(INTERVAL '1' HOUR) AS "
        "SELECT id FROM orders"
    )
    desk.run("CREATE MATERIALIZED TABLE other AS SELECT id FROM orders")
    becomes(rows(desk, "other"), [["1"], ["2"]])
    assert desk.now("SELECT * FROM m") == []
