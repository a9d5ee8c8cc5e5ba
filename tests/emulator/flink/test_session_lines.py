"""SET, RESET and USE lines in front of one statement, and sql.dry-run."""

from __future__ import annotations

import pytest

from runthrough.emulator.flink.catalog import Session
from tests.emulator.flink.sql_bench import Desk

NOWHERE = Session()


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.run("CREATE TABLE orders (id INT, item STRING)")
    desk.run("INSERT INTO orders VALUES (1, 'pen'), (2, 'ink'), (3, 'pen')")
    return desk


def test_a_set_line_holds_for_its_statement_alone(desk: Desk) -> None:
    count = "SELECT COUNT(*) FROM orders"
    assert desk.run(f"SET 'sql.snapshot.mode' = 'now'; {count}") == [["3"]]
    running = desk.submit(count)
    assert running.phase == "RUNNING"


def test_the_zone_of_a_set_line_is_used_for_texts_and_results(desk: Desk) -> None:
    moment = "SELECT TO_TIMESTAMP_LTZ(0, 3), CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING)"
    line = "-- where we are\nSET 'sql.local-time-zone' = 'Asia/Tokyo';\n"
    [[shown, text]] = desk.run(line + moment)
    assert (shown, text) == ("1970-01-01 09:00:00.000", "1970-01-01 09:00:00.000")


def test_use_lines_say_where_names_are_looked_up(desk: Desk) -> None:
    sql = "USE CATALOG workshop; USE river; SET 'sql.snapshot.mode'='now'; SELECT id FROM orders;"
    assert sorted(desk.run(sql, NOWHERE)) == [["1"], ["2"], ["3"]]
    both = "USE workshop.river; SET 'sql.snapshot.mode'='now'; SELECT id FROM orders"
    assert sorted(desk.run(both, NOWHERE)) == [["1"], ["2"], ["3"]]
    assert "orders" in desk.refusal("USE CATALOG workshop; SELECT id FROM orders")


def test_reset_takes_back_what_was_set(desk: Desk) -> None:
    zone = Session("env-1", "river", time_zone="Asia/Tokyo")
    text = "SELECT CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING)"
    assert desk.run(f"RESET; {text}", zone) == [["1970-01-01 00:00:00.000"]]
    lines = "SET 'sql.local-time-zone'='Asia/Tokyo'; RESET 'sql.local-time-zone'; "
    assert desk.run(lines + text) == [["1970-01-01 00:00:00.000"]]
    refused = desk.refusal("RESET 'sql.state-ttl'; SELECT 1")
    assert refused == 'configuration key "sql.state-ttl" is not set'


def test_a_time_to_live_is_taken_and_ends_the_advice_to_set_one(desk: Desk) -> None:
    grouped = "SELECT item, COUNT(*) FROM orders GROUP BY item"
    advised = desk.submit(grouped)
    assert any("sql.state-ttl" in warning for warning in advised.warnings)
    quiet = desk.submit(f"SET 'sql.state-ttl' = '24 h'; {grouped}")
    assert quiet.phase in ("PENDING", "RUNNING")
    assert quiet.warnings == ()


def test_lines_may_stand_before_a_statement_set(desk: Desk) -> None:
    desk.run("CREATE TABLE copies (id INT, item STRING)")
    desk.run(
        "SET 'sql.snapshot.mode' = 'now'; "
        "EXECUTE STATEMENT SET BEGIN INSERT INTO copies SELECT id, item FROM orders; END"
    )
    assert desk.snapshot("SELECT id FROM copies") == [["1"], ["2"], ["3"]]


def test_positions_count_in_the_whole_text(desk: Desk) -> None:
    text = desk.refusal("SET 'sql.state-ttl' = '1 d';\nSELECT nope FROM orders")
    assert "From line 2, column 8 to line 2, column 11" in text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("SET 'sql.no-such' = 'x'", "Unsupported configuration options found.\n"),
        ("SET 'sql.state-ttl' = 'soon'", "Could not parse value 'soon' for key 'sql.state-ttl'."),
        ("SET 'sql.dry-run' = 'perhaps'", "Invalid value 'perhaps' for the option 'sql.dry-run'"),
        ("SET 'sql.local-time-zone' = 'Mars/Olympus'", "Invalid value 'Mars/Olympus'"),
        ("SET 'sql.tables.scan.idle-timeout' = 'x'", "Could not parse value 'x'"),
        ("SET 'client.statement-name' = 'mine'", "is never sent to the server"),
        ("SET 'sql.current-catalog' = 'c'", "cannot set a catalog or a database with SET command"),
        ("SET 'sql.state-ttl' '1 d'", 'missing "="'),
        ("SET sql.state-ttl = '1 d'", "key and value must be enclosed by single quotes (')"),
        ("SET 'sql.state-ttl' = 1", "key and value must be enclosed by single quotes (')"),
        ("USE CATALOG", 'Encountered ";"'),
        ("SET 'sql.secrets.key' = 'hush'", "not emulated: the property 'sql.secrets.key'"),
    ],
)
def test_a_wrong_line_fails_the_statement(desk: Desk, line: str, text: str) -> None:
    execution = desk.submit(f"{line}; SELECT id FROM orders")
    assert execution.phase == "FAILED"
    assert text in execution.detail
    assert "hush" not in execution.detail + execution.sql


@pytest.mark.parametrize(
    "sql",
    [
        "SET 'sql.state-ttl' = '1 d'",
        "SET 'sql.state-ttl' = '1 d';",
        "SET;",
        "RESET;",
        "USE CATALOG workshop;",
        "USE river",
        "USE CATALOG workshop; USE river;",
        "SET; SELECT 1",
        "EXPLAIN SET 'a' = 'b'; SELECT 1",
    ],
)
def test_lines_without_a_statement_cannot_be_submitted(desk: Desk, sql: str) -> None:
    assert "is a statement of the client and cannot be submitted" in desk.refusal(sql)


def test_lines_are_followed_by_one_statement(desk: Desk) -> None:
    two = "SET 'sql.state-ttl' = '1 d'; CREATE TABLE t (a INT); INSERT INTO t VALUES (1)"
    assert desk.refusal(two).startswith("SQL parse failed. ")
    assert desk.refusal("SELECT 1; SET 'sql.state-ttl' = '1 d'").startswith("SQL parse failed. ")


DRY = "SET 'sql.dry-run' = 'true'; "


def test_a_dry_run_plans_and_creates_nothing(desk: Desk) -> None:
    for sql in (
        "CREATE TABLE dry (a INT)",
        "CREATE TABLE dry AS SELECT id FROM orders",
        "INSERT INTO orders VALUES (9, 'cap')",
        "DROP TABLE orders",
    ):
        execution = desk.submit(DRY + sql)
        assert execution.phase == "COMPLETED", execution.detail
        assert execution.traits is not None
        assert execution.traits.sql_kind.startswith(sql.split()[0])
    assert desk.run("SHOW TABLES") == [["orders"]]
    assert desk.snapshot("SELECT id FROM orders") == [["1"], ["2"], ["3"]]
    assert "nowhere" in desk.refusal(DRY + "SELECT * FROM nowhere")


def test_a_dry_run_of_a_query_tells_its_columns_and_no_rows(desk: Desk) -> None:
    given = Session("env-1", "river", properties={"sql.dry-run": "true"})
    execution = desk.submit("SELECT item, COUNT(*) AS n FROM orders GROUP BY item", given)
    assert execution.phase == "COMPLETED"
    assert execution.traits is not None
    assert execution.traits.columns is not None
    assert [column.name for column in execution.traits.columns] == ["item", "n"]
    assert execution.traits.upsert_columns == (0,)
    assert execution.results(0, 10).rows == []
