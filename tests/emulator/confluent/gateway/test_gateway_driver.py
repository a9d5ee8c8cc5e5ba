"""Statements, judged by Confluent's own driver, unchanged."""

from __future__ import annotations

from collections.abc import Callable

import confluent_sql
import httpx
import pytest
from confluent_sql import SqlNone
from confluent_sql.exceptions import OperationalError, StatementNotFoundError

from ..conftest import Emulated
from .conftest import take

Unique = Callable[[str], str]


def test_a_snapshot_cursor_gets_typed_rows(driver: confluent_sql.Connection) -> None:
    with driver.closing_cursor() as cursor:
        cursor.execute("SELECT 1 AS answer, 'x' AS letter")
        assert cursor.statement.phase.value == "COMPLETED"
        assert cursor.statement.sql_kind == "SELECT"
        assert cursor.statement.is_bounded
        assert [column[:2] for column in cursor.description] == [
            ("answer", "INTEGER"),
            ("letter", "CHAR"),
        ]
        assert cursor.fetchall() == [(1, "x")]


def test_every_null_the_driver_can_write_is_read(driver: confluent_sql.Connection) -> None:
    written = [one for one in vars(SqlNone).values() if isinstance(one, SqlNone)]
    with driver.closing_cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(["%s"] * len(written)), tuple(written))
        assert cursor.fetchall() == [(None,) * len(written)]


def test_a_catalog_is_found_by_its_id(driver: confluent_sql.Connection, emulated: Emulated) -> None:
    with driver.closing_cursor(as_dict=True) as cursor:
        cursor.execute("SHOW CATALOGS")
        ids = [row["Catalog ID"] for row in cursor.fetchall()]
    assert emulated.world.environment.id in ids


def test_an_aggregate_over_values_completes_in_streaming_mode(
    driver: confluent_sql.Connection,
) -> None:
    with driver.closing_streaming_cursor() as cursor:
        cursor.execute("SELECT v, COUNT(*) FROM (VALUES ('a'), ('b'), ('a')) AS t(v) GROUP BY v")
        statement = cursor.statement
        assert statement.phase.value == "COMPLETED"
        assert (statement.is_bounded, statement.is_append_only) == (True, False)
        assert statement.traits.upsert_columns == [0]


def test_ddl_says_in_its_detail_what_it_did(
    driver: confluent_sql.Connection, unique: Unique
) -> None:
    table = unique("made")
    statement = driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT)")
    assert statement.sql_kind == "CREATE_TABLE"
    assert statement.status["detail"] == f"Table '{table}' created."
    with driver.closing_cursor() as cursor:
        cursor.execute("SHOW TABLES")
        assert cursor.description[0][0] == "table name"
        assert (table,) in cursor.fetchall()


def test_a_streaming_query_runs_on_and_rows_keep_arriving(
    driver: confluent_sql.Connection, unique: Unique
) -> None:
    table = unique("stream")
    driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT)")
    with driver.closing_streaming_cursor() as cursor:
        cursor.execute(f"SELECT * FROM `{table}`")
        statement = cursor.statement
        assert (statement.phase.value, statement.is_bounded) == ("RUNNING", False)
        assert statement.is_append_only
        driver.execute_streaming_ddl(f"INSERT INTO `{table}` VALUES (1), (2)")
        first = take(cursor, 2)
        driver.execute_streaming_ddl(f"INSERT INTO `{table}` VALUES (3)")
        assert sorted(first) + take(cursor, 1) == [(1,), (2,), (3,)]
        driver.stop_statement(statement)


def test_a_streaming_ctas_runs_on_and_calls_itself_bounded(
    driver: confluent_sql.Connection, unique: Unique
) -> None:
    table, copy = unique("source"), unique("copy")
    driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT)")
    sql = f"CREATE TABLE `{copy}` AS SELECT id FROM `{table}`"
    statement = driver.execute_streaming_ddl(sql, statement_name=copy)
    assert statement.phase.value == "RUNNING"
    assert (statement.sql_kind, statement.is_bounded) == ("CREATE_TABLE_AS", True)
    assert statement.schema is None
    driver.delete_statement(copy)


def test_a_statement_is_stopped_then_deleted_then_unknown(
    driver: confluent_sql.Connection, unique: Unique
) -> None:
    table, name = unique("t"), unique("stop-me")
    driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT)")
    cursor = driver.streaming_cursor()
    cursor.execute(f"SELECT * FROM `{table}`", statement_name=name)
    stopped = driver.stop_statement(name)
    assert (stopped.phase.value, stopped.stop_requested) == ("STOPPED", True)
    assert stopped.status["detail"] == "This statement was stopped manually."
    driver.delete_statement(name)
    with pytest.raises(StatementNotFoundError, match=f"Statement resource={name} does not exist"):
        driver.get_statement(name)
    with pytest.raises(StatementNotFoundError):
        driver.stop_statement(name)
    cursor.close()


def test_a_failed_statement_raises_its_detail(driver: confluent_sql.Connection) -> None:
    with (
        driver.closing_cursor() as cursor,
        pytest.raises(OperationalError, match="Object 'nowhere' not found"),
    ):
        cursor.execute("SELECT * FROM nowhere")


def test_an_unknown_property_fails_the_statement(driver: confluent_sql.Connection) -> None:
    with pytest.raises(OperationalError, match="Unsupported configuration options found"):
        driver.execute_snapshot_ddl("SELECT 1", properties={"sql.no-such": "x"})


def test_a_dry_run_tells_the_schema_and_leaves_nothing(
    driver: confluent_sql.Connection, flink: httpx.Client
) -> None:
    planned = driver.dry_run_statement("SELECT 1 AS answer")
    assert planned.traits is not None
    assert planned.traits.schema is not None
    assert [column.name for column in planned.traits.schema.columns] == ["answer"]
    listed = flink.get("/statements", params={"page_size": 100}).json()["data"]
    assert not [s for s in listed if "sql.dry-run" in s["spec"]["properties"]]


def test_statements_are_found_by_label(driver: confluent_sql.Connection, unique: Unique) -> None:
    name, label = unique("labelled"), unique("label")
    with driver.closing_cursor() as cursor:
        cursor.execute("SELECT 1", statement_name=name, statement_labels=[label])
        found = driver.list_statements(label=label)
        assert [s.name for s in found] == [name]
        assert found[0].end_user_labels == [label]
        assert driver.list_statements(label="other") == []


def test_the_wrong_key_is_refused(emulated: Emulated) -> None:
    for key, secret in (
        ("NOBODY", "nope"),
        (emulated.auth("flink")[0], "nope"),
        emulated.auth("kafka"),
    ):
        connection = emulated.connect(flink_api_key=key, flink_api_secret=secret)
        with pytest.raises(OperationalError, match="'401' - Unauthorized"):
            connection.execute_snapshot_ddl("SELECT 1")
        connection.close()


def test_the_advice_on_a_statement_is_readable_by_the_driver(
    driver: confluent_sql.Connection, unique: Unique
) -> None:
    table = unique("advised")
    driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT)")
    with driver.closing_streaming_cursor() as cursor:
        cursor.execute(f"SELECT id, COUNT(*) FROM `{table}` GROUP BY id")
        (warning,) = cursor.statement.warnings
        assert warning.severity.value == "MODERATE"
        assert "does not set a time-to-live" in warning.message
        driver.stop_statement(cursor.statement)


def test_the_information_schema_answers_in_both_modes(
    driver: confluent_sql.Connection, unique: Unique
) -> None:
    table = unique("listed")
    driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (name STRING, total BIGINT)")
    with driver.closing_cursor() as cursor:
        cursor.execute(
            "SELECT COLUMN_NAME, DATA_TYPE, ORDINAL_POSITION FROM INFORMATION_SCHEMA.COLUMNS "
            f"WHERE TABLE_NAME = '{table}' AND IS_HIDDEN = 'NO'"
        )
        assert cursor.fetchall() == [("name", "VARCHAR", 1), ("total", "BIGINT", 2)]
    with driver.closing_streaming_cursor() as cursor:
        cursor.execute("SELECT 1 AS answer FROM INFORMATION_SCHEMA.TABLES")
        statement = cursor.statement
        assert statement.phase.value == "COMPLETED"
        assert (statement.is_bounded, statement.is_append_only) == (True, True)
        assert statement.sql_kind == "SELECT"
