"""TO_CHANGELOG and FROM_CHANGELOG through the engine: facts/flink-sql-ai.md 5.2 (48, 49), 5.7."""

from __future__ import annotations

import pytest

from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planning.explain import mode_text
from tests.emulator.flink.planner_catalog import MemoryCatalog, query_of, table
from tests.emulator.flink.sql_bench import Desk


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog().add(
        table("a", "op STRING; id INT"),
        table("u", "id INT NOT NULL; k STRING", "upsert", ["id"]),
        table("r", "id INT NOT NULL; k STRING", "retract"),
    )


def test_to_changelog_only_inserts_and_names_the_kind_first(catalog: MemoryCatalog) -> None:
    for name in ("a", "u", "r"):
        query = query_of(catalog, f"SELECT * FROM TO_CHANGELOG(input => TABLE {name})")
        assert mode_text(query.changelog) == "[I]"
        assert query.columns[0].name == "op"
    named = "SELECT * FROM TO_CHANGELOG(input => TABLE u, op => DESCRIPTOR(kind))"
    assert [c.name for c in query_of(catalog, named).columns] == ["kind", "id", "k"]


def test_from_changelog_changes_and_drops_the_op(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, "SELECT * FROM FROM_CHANGELOG(input => TABLE a)")
    assert mode_text(query.changelog) == "[I,UB,UA,D]"
    assert [c.name for c in query.columns] == ["id"]


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("SELECT * FROM FROM_CHANGELOG(input => TABLE r, op => DESCRIPTOR(k))", "update and"),
        ("SELECT * FROM FROM_CHANGELOG(input => TABLE u)", "Column 'op' not found"),
        ("SELECT * FROM TO_CHANGELOG(k => TABLE u)", "not emulated: the argument K"),
        ("SELECT * FROM TO_CHANGELOG(op => DESCRIPTOR(x))", "needs 'input => TABLE"),
        (
            "WITH q AS (SELECT k, COUNT(*) AS c FROM u GROUP BY k) "
            "SELECT * FROM TO_CHANGELOG(input => TABLE q)",
            "not emulated: TO_CHANGELOG over a query whose rows change",
        ),
    ],
)
def test_what_is_refused(catalog: MemoryCatalog, sql: str, text: str) -> None:
    with pytest.raises(SqlError, match=text):
        query_of(catalog, sql)


def test_the_changes_of_a_table_by_key(desk: Desk) -> None:
    desk.run("CREATE TABLE u (id INT NOT NULL, k STRING, PRIMARY KEY (id) NOT ENFORCED)")
    desk.run("INSERT INTO u VALUES (1, 'x')")
    desk.run("INSERT INTO u VALUES (1, 'y')")
    changes = desk.run("SELECT * FROM TO_CHANGELOG(input => TABLE u) LIMIT 3")
    assert changes == [
        ["INSERT", "1", "x"],
        ["UPDATE_BEFORE", "1", "x"],
        ["UPDATE_AFTER", "1", "y"],
    ]
    renamed = desk.run(
        "SELECT * FROM TO_CHANGELOG(input => TABLE u, op => DESCRIPTOR(c), "
        "op_mapping => MAP['INSERT, UPDATE_AFTER', 'UPSERT']) LIMIT 2"
    )
    assert renamed == [["UPSERT", "1", "x"], ["UPSERT", "1", "y"]]


def test_rows_become_changes_again(desk: Desk) -> None:
    desk.run("CREATE TABLE log (op STRING, id INT, v INT) DISTRIBUTED INTO 1 BUCKETS")
    desk.run(
        "INSERT INTO log VALUES ('INSERT', 1, 1), ('UPDATE_BEFORE', 1, 1), "
        "('UPDATE_AFTER', 1, 2), ('INSERT', 2, 5), ('DELETE', 2, 5), ('INSERT', 3, 7)"
    )
    assert sorted(desk.now("SELECT * FROM FROM_CHANGELOG(input => TABLE log)")) == [
        ["1", "2"],
        ["3", "7"],
    ]


def test_an_unknown_kind_ends_the_statement(desk: Desk) -> None:
    desk.run("CREATE TABLE log (op STRING, id INT)")
    desk.run("INSERT INTO log VALUES ('MERGE', 1)")
    assert "unknown op MERGE" in desk.refusal("SELECT * FROM FROM_CHANGELOG(input => TABLE log)")


def test_the_changes_of_a_table_that_takes_rows_back(desk: Desk) -> None:
    desk.run("CREATE TABLE a (k STRING, v INT) DISTRIBUTED INTO 1 BUCKETS")
    desk.run("INSERT INTO a VALUES ('x', 1)")
    desk.submit(
        "CREATE TABLE r DISTRIBUTED INTO 1 BUCKETS WITH ('changelog.mode' = 'retract') AS "
        "SELECT COALESCE(k, '') AS k, SUM(v) AS s FROM a GROUP BY k"
    )
    first = "SELECT * FROM TO_CHANGELOG(input => TABLE r) LIMIT 1"
    assert desk.run(first) == [["INSERT", "x", "1"]]
    desk.run("INSERT INTO a VALUES ('x', 2)")
    assert desk.run(first.replace("LIMIT 1", "LIMIT 3")) == [
        ["INSERT", "x", "1"],
        ["UPDATE_BEFORE", "x", "1"],
        ["UPDATE_AFTER", "x", "3"],
    ]
