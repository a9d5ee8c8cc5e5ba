"""SET, RESET and USE lines in front of one statement, and sql.dry-run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from test_engine_sql import Workspace

from runthrough.emulator.flink.catalog import Session

NOWHERE = Session()


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    workspace = Workspace()
    workspace.run("CREATE TABLE orders (id INT, item STRING)")
    workspace.run("INSERT INTO orders VALUES (1, 'pen'), (2, 'ink'), (3, 'pen')")
    yield workspace
    workspace.engine.close()
    workspace.broker.close()


def test_a_set_line_holds_for_its_statement_alone(workspace: Workspace) -> None:
    count = "SELECT COUNT(*) FROM orders"
    assert workspace.run(f"SET 'sql.snapshot.mode' = 'now'; {count}") == [["3"]]
    running = workspace.submit(count)
    assert running.phase == "RUNNING"


def test_the_zone_of_a_set_line_is_used_for_texts_and_results(workspace: Workspace) -> None:
    moment = "SELECT TO_TIMESTAMP_LTZ(0, 3), CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING)"
    line = "-- where we are\nSET 'sql.local-time-zone' = 'Asia/Tokyo';\n"
    [[shown, text]] = workspace.run(line + moment)
    assert (shown, text) == ("1970-01-01 09:00:00.000", "1970-01-01 09:00:00.000")


def test_use_lines_say_where_names_are_looked_up(workspace: Workspace) -> None:
    sql = "USE CATALOG workshop; USE river; SET 'sql.snapshot.mode'='now'; SELECT id FROM orders;"
    assert sorted(workspace.run(sql, NOWHERE)) == [["1"], ["2"], ["3"]]
    both = "USE workshop.river; SET 'sql.snapshot.mode'='now'; SELECT id FROM orders"
    assert sorted(workspace.run(both, NOWHERE)) == [["1"], ["2"], ["3"]]
    assert "orders" in workspace.refuse("USE CATALOG workshop; SELECT id FROM orders")


def test_reset_takes_back_what_was_set(workspace: Workspace) -> None:
    zone = Session("env-1", "river", time_zone="Asia/Tokyo")
    text = "SELECT CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING)"
    assert workspace.run(f"RESET; {text}", zone) == [["1970-01-01 00:00:00.000"]]
    lines = "SET 'sql.local-time-zone'='Asia/Tokyo'; RESET 'sql.local-time-zone'; "
    assert workspace.run(lines + text) == [["1970-01-01 00:00:00.000"]]
    refused = workspace.refuse("RESET 'sql.state-ttl'; SELECT 1")
    assert refused == 'configuration key "sql.state-ttl" is not set'


def test_a_time_to_live_is_taken_and_ends_the_advice_to_set_one(workspace: Workspace) -> None:
    grouped = "SELECT item, COUNT(*) FROM orders GROUP BY item"
    advised = workspace.submit(grouped)
    assert any("sql.state-ttl" in warning for warning in advised.warnings)
    quiet = workspace.submit(f"SET 'sql.state-ttl' = '24 h'; {grouped}")
    assert quiet.phase in ("PENDING", "RUNNING")
    assert quiet.warnings == ()


def test_lines_may_stand_before_a_statement_set(workspace: Workspace) -> None:
    workspace.run("CREATE TABLE copies (id INT, item STRING)")
    workspace.run(
        "SET 'sql.snapshot.mode' = 'now'; "
        "EXECUTE STATEMENT SET BEGIN INSERT INTO copies SELECT id, item FROM orders; END"
    )
    assert workspace.snapshot("SELECT id FROM copies") == [["1"], ["2"], ["3"]]


def test_positions_count_in_the_whole_text(workspace: Workspace) -> None:
    text = workspace.refuse("SET 'sql.state-ttl' = '1 d';\nSELECT nope FROM orders")
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
        ("SET 'sql.secrets.key' = 'hush'", "is not emulated; the live target has it"),
    ],
)
def test_a_wrong_line_fails_the_statement(workspace: Workspace, line: str, text: str) -> None:
    execution = workspace.submit(f"{line}; SELECT id FROM orders")
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
def test_lines_without_a_statement_cannot_be_submitted(workspace: Workspace, sql: str) -> None:
    assert "is a statement of the client and cannot be submitted" in workspace.refuse(sql)


def test_lines_are_followed_by_one_statement(workspace: Workspace) -> None:
    two = "SET 'sql.state-ttl' = '1 d'; CREATE TABLE t (a INT); INSERT INTO t VALUES (1)"
    assert workspace.refuse(two).startswith("SQL parse failed. ")
    assert workspace.refuse("SELECT 1; SET 'sql.state-ttl' = '1 d'").startswith(
        "SQL parse failed. "
    )


DRY = "SET 'sql.dry-run' = 'true'; "


def test_a_dry_run_plans_and_creates_nothing(workspace: Workspace) -> None:
    for sql in (
        "CREATE TABLE dry (a INT)",
        "CREATE TABLE dry AS SELECT id FROM orders",
        "INSERT INTO orders VALUES (9, 'cap')",
        "DROP TABLE orders",
    ):
        execution = workspace.submit(DRY + sql)
        assert execution.phase == "COMPLETED", execution.detail
        assert execution.traits is not None
        assert execution.traits.sql_kind.startswith(sql.split()[0])
    assert workspace.run("SHOW TABLES") == [["orders"]]
    assert workspace.snapshot("SELECT id FROM orders") == [["1"], ["2"], ["3"]]
    assert "nowhere" in workspace.refuse(DRY + "SELECT * FROM nowhere")


def test_a_dry_run_of_a_query_tells_its_columns_and_no_rows(workspace: Workspace) -> None:
    given = Session("env-1", "river", properties={"sql.dry-run": "true"})
    execution = workspace.submit("SELECT item, COUNT(*) AS n FROM orders GROUP BY item", given)
    assert execution.phase == "COMPLETED"
    assert execution.traits is not None
    assert execution.traits.columns is not None
    assert [column.name for column in execution.traits.columns] == ["item", "n"]
    assert execution.traits.upsert_columns == (0,)
    assert execution.results(0, 10).rows == []
