"""Details of statements, each as Apache Flink 2.3 answers when it is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runthrough.emulator.flink.running.connections import LiveSecrets
from tests.emulator.flink.sql_bench import PLACE, Desk


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.run("CREATE TABLE t (id INT, name STRING)")
    desk.run("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (5, 'c')")
    return desk


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT NULL AS a",
        "SELECT id, (NULL) AS a FROM t",
        "SELECT * FROM (VALUES (1, NULL), (2, 3)) AS v(a, b)",
        "INSERT INTO t VALUES (1, NULL)",
        "INSERT INTO t SELECT id, NULL FROM t",
        "SELECT MAX(NULL) FROM t",
        "SELECT ROW(1, NULL) AS r",
        "SELECT id FROM t UNION ALL SELECT NULL",
    ],
)
def test_a_null_without_type_is_refused_at_its_place(desk: Desk, sql: str) -> None:
    first = sql.index("NULL") + 1
    place = f"From line 1, column {first} to line 1, column {first + 3}"
    assert desk.refusal(sql) == f"SQL validation failed. {place}: Illegal use of 'NULL'"


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT COALESCE(NULL, 1) AS a", [["1"]]),
        ("SELECT CAST(NULL AS INT) AS a", [[None]]),
        ("SELECT ARRAY[1, NULL] AS a", [[["1", None]]]),
        ("SELECT CASE WHEN TRUE THEN NULL ELSE 1 END AS a", [[None]]),
        ("SELECT NULLIF(1, NULL) AS a", [["1"]]),
    ],
)
def test_a_null_beside_something_typed_is_welcome(
    desk: Desk, sql: str, rows: list[list[object]]
) -> None:
    assert desk.run(sql) == rows


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("id > ANY (4, 1)", ["2", "5"]),
        ("id > ALL (4, 1)", ["5"]),
        ("id <= SOME (2, 1)", ["1", "2"]),
        ("id = ANY (5, 6)", ["5"]),
        ("id <> ALL (5, 6)", ["1", "2"]),
        ("id = ANY (SELECT id FROM t WHERE name = 'b')", ["2"]),
    ],
)
def test_comparisons_with_each_of_several(desk: Desk, condition: str, ids: list[str]) -> None:
    assert sorted(desk.now(f"SELECT id FROM t WHERE {condition}")) == [[i] for i in ids]


def test_what_a_subquery_compares_with_each_is_not_emulated(desk: Desk) -> None:
    text = desk.refusal("SELECT id FROM t WHERE id > ALL (SELECT id FROM t)")
    assert text.startswith("not emulated: comparisons of a subquery")


def test_a_view_is_no_sink(desk: Desk) -> None:
    desk.run("CREATE VIEW v AS SELECT id FROM t")
    assert desk.refusal("INSERT INTO v VALUES (1)") == "Sink 'workshop.river.v' does not exists"


def test_a_view_keeps_the_types_of_its_columns(desk: Desk) -> None:
    desk.run("CREATE VIEW v AS SELECT id FROM t")
    desk.run("DROP TABLE t")
    for subject in desk.schemas.subjects():
        desk.schemas.delete_subject(subject, permanent=False)
    desk.run("CREATE TABLE t (id BIGINT)")
    desk.run("INSERT INTO t VALUES (7)")
    assert desk.run("DESCRIBE v") == [["id", "INT", "NULL", ""]]
    reading = desk.submit("SELECT id FROM v")
    assert reading.traits is not None
    assert reading.traits.columns is not None
    assert reading.traits.columns[0].type.root == "INTEGER"
    assert desk.now("SELECT id FROM v") == [["7"]]


def test_both_spellings_of_an_explained_set(desk: Desk) -> None:
    inserts = "STATEMENT SET BEGIN INSERT INTO t SELECT 1, 'a'; END"
    assert desk.run(f"EXPLAIN {inserts}") == desk.run(f"EXPLAIN EXECUTE {inserts}")


def test_the_plan_of_information_schema_is_a_plan(desk: Desk) -> None:
    [[text]] = desk.run("EXPLAIN SELECT TABLE_NAME FROM INFORMATION_SCHEMA.`TABLES`")
    assert "TableSourceScan(table=[[workshop, INFORMATION_SCHEMA, TABLES]]" in text
    assert "EXTERNAL" not in text
    assert "tuples" not in text


def test_things_of_another_database_are_listed(desk: Desk) -> None:
    assert desk.run("SHOW TABLES FROM river") == [["t"]]
    assert desk.run("SHOW TABLES FROM `lkc-1` LIKE 'x%'") == []
    assert desk.run("SHOW TABLES FROM workshop.river") == [["t"]]
    assert desk.run("SHOW DATABASES FROM `env-1`") == [["river", "lkc-1"]]
    assert PLACE.databases == (("lkc-1", "river"),)
    assert desk.refusal("SHOW TABLES FROM nope") == "Database 'workshop'.'nope' doesn't exist."
    assert desk.refusal("SHOW VIEWS FROM nope.river") == "Catalog nope does not exist"


CONNECTION = (
    "CONNECTION c WITH ('type' = 'openai', 'endpoint' = 'https://api.openai.com/v1/{}', "
    "'api-key' = '{}')"
)


def test_calls_take_the_credentials_of_the_moment(desk: Desk) -> None:
    desk.run("CREATE " + CONNECTION.format("chat/completions", "old"))
    store = desk.engine.connections
    connection = store.get("c")
    assert connection is not None
    secrets = LiveSecrets(store, connection)
    assert secrets["API_KEY"].get_secret_value() == "old"
    desk.run("ALTER CONNECTION c SET ('api-key' = 'new')")
    assert dict(secrets)["API_KEY"].get_secret_value() == "new"
    assert len(secrets) == 1
    desk.run("CREATE OR REPLACE " + CONNECTION.format("embeddings", "another"))
    assert secrets["API_KEY"].get_secret_value() == "new"
    desk.run("DROP CONNECTION c")
    assert secrets["API_KEY"].get_secret_value() == "new"


def test_a_replaced_connection_was_never_away(desk: Desk) -> None:
    desk.run("CREATE " + CONNECTION.format("chat/completions", "old"))
    desk.run("CREATE OR REPLACE " + CONNECTION.format("embeddings", "new"))
    replaced = desk.engine.connections.get("c")
    assert replaced is not None
    assert (replaced.version, replaced.endpoint[-10:]) == (2, "embeddings")
    broken = CONNECTION.replace("'api-key'", "'no-key'").format("embeddings", "x")
    desk.refusal("CREATE OR REPLACE " + broken)
    assert desk.engine.connections.get("c") == replace(replaced)
