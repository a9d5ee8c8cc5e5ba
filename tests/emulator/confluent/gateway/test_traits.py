"""`status.traits` by kind of statement (facts/confluent-cloud-api.md 2.4), for the driver."""

from __future__ import annotations

from collections.abc import Callable

import confluent_sql
import httpx

from runthrough.emulator.world import read_world

Unique = Callable[[str], str]

WORLD = read_world()
WHERE = {"sql.current-catalog": WORLD.environment.id, "sql.current-database": WORLD.cluster.name}


DDL = [
    ("CREATE TABLE `{0}` (id INT)", "CREATE_TABLE"),
    ("ALTER TABLE `{0}` SET ('kafka.retention.time' = '1 d')", "ALTER_TABLE"),
    ("CREATE VIEW `{0}-v` AS SELECT id FROM `{0}`", "CREATE_VIEW"),
    ("DROP VIEW `{0}-v`", "DROP_VIEW"),
    ("DROP TABLE `{0}`", "DROP_TABLE"),
]


def test_ddl_says_what_it_is_and_has_no_schema(
    driver: confluent_sql.Connection, unique: Unique
) -> None:
    table = unique("kinds")
    for sql, kind in DDL:
        statement = driver.execute_snapshot_ddl(sql.format(table))
        assert (statement.sql_kind, statement.schema) == (kind, None)
        assert (statement.is_bounded, statement.is_append_only) == (True, True)
        assert statement.traits.upsert_columns is None
        assert statement.status["detail"] != ""


def traits(flink: httpx.Client, name: str, sql: str, **properties: str) -> dict[str, object]:
    spec = {"statement": sql, "properties": {**WHERE, **properties}}
    answer = flink.post("/statements", json={"name": name, "spec": spec})
    return dict(answer.raise_for_status().json()["status"]["traits"])


def test_a_query_tells_how_its_rows_come(
    flink: httpx.Client, driver: confluent_sql.Connection, unique: Unique
) -> None:
    table = unique("rows")
    driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT, name STRING)")
    cases = (
        (f"SELECT * FROM `{table}`", {}, (False, True, None)),
        (f"SELECT COUNT(*) FROM `{table}`", {}, (False, False, None)),
        (f"SELECT name, COUNT(*) FROM `{table}` GROUP BY name", {}, (False, False, [0])),
        (f"SELECT COUNT(*) FROM `{table}`", {"sql.snapshot.mode": "now"}, (True, True, None)),
        ("SELECT COUNT(*) FROM (VALUES (1)) AS t(n)", {}, (True, False, None)),
        ("SELECT 1", {}, (True, True, None)),
    )
    for sql, properties, expected in cases:
        name = unique("query")
        found = traits(flink, name, sql, **properties)
        seen = (found["is_bounded"], found["is_append_only"], found["upsert_columns"])
        assert (found["sql_kind"], seen) == ("SELECT", expected), sql
        assert found["schema"] is not None
        flink.delete(f"/statements/{name}")


def test_what_writes_has_no_schema_and_a_streaming_ctas_calls_itself_bounded(
    flink: httpx.Client, driver: confluent_sql.Connection, unique: Unique
) -> None:
    table, other = unique("source"), unique("sink")
    for name in (table, other):
        driver.execute_snapshot_ddl(f"CREATE TABLE `{name}` (id INT)")
    insert = f"INSERT INTO `{other}` SELECT id FROM `{table}`"
    cases = (
        (insert, "INSERT_INTO", False),
        (f"INSERT INTO `{table}` VALUES (1)", "INSERT_INTO", True),
        (f"EXECUTE STATEMENT SET BEGIN {insert}; END", "STATEMENT_SET", False),
        (f"CREATE TABLE `{other}-c` AS SELECT id FROM `{table}`", "CREATE_TABLE_AS", True),
    )
    for sql, kind, bounded in cases:
        name = unique("writes")
        found = traits(flink, name, sql)
        assert (found["sql_kind"], found["schema"]) == (kind, None)
        assert found["is_bounded"] is bounded, sql
        flink.delete(f"/statements/{name}")


def test_a_listing_has_a_schema_and_what_failed_may_have_no_traits(
    flink: httpx.Client, unique: Unique
) -> None:
    found = traits(flink, unique("shown"), "SHOW TABLES")
    assert (found["sql_kind"], found["is_bounded"]) == ("SHOW_TABLES", True)
    assert found["schema"] is not None
    name = unique("failed")
    spec = {"statement": "SELEC 1", "properties": WHERE}
    status = flink.post("/statements", json={"name": name, "spec": spec}).json()["status"]
    assert (status["phase"], status["traits"]) == ("FAILED", None)
    (exception,) = flink.get(f"/statements/{name}/exceptions").json()["data"]
    assert exception["message"] == status["detail"]


def test_an_unknown_property_fails_the_statement_and_is_its_exception(
    flink: httpx.Client, unique: Unique
) -> None:
    name = unique("property")
    spec = {"statement": "SELECT 1", "properties": {"sql.no-such": "x"}}
    status = flink.post("/statements", json={"name": name, "spec": spec}).json()["status"]
    (exception,) = flink.get(f"/statements/{name}/exceptions").json()["data"]
    assert (status["phase"], exception["message"]) == ("FAILED", status["detail"])
