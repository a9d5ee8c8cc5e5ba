"""INFORMATION_SCHEMA (facts/confluent-cloud-api.md 2.10): planned, and read in the engine."""

from __future__ import annotations

from typing import Any

import pytest

from runthrough.emulator.flink.catalog import Session
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planner import plan
from tests.emulator.flink.planner_catalog import SESSION, MemoryCatalog, query_of, rows_of, table
from tests.emulator.flink.sql_bench import STREAM, Desk
from tests.waiting import LIMIT_SECONDS


def known() -> MemoryCatalog:
    catalog = MemoryCatalog().add(
        table("t", "a INT; b STRING NOT NULL"),
        table("u", "id INT NOT NULL; n DECIMAL(5,2)", "upsert", ("id",)),
    )
    catalog.run("CREATE VIEW v COMMENT 'some' AS SELECT a FROM t")
    return catalog


def rows(sql: str, session: Session = SESSION) -> list[tuple[Any, ...]]:
    return rows_of(known(), sql, {}, session)


def test_every_view_can_be_read() -> None:
    listed = rows(
        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = 'SYSTEM TABLE'"
    )
    names = {name for (name,) in listed}
    assert names == {
        "CATALOGS", "INFORMATION_SCHEMA_CATALOG_NAME", "SCHEMATA", "DATABASES", "TABLES", "COLUMNS",
        "TABLE_OPTIONS", "TABLE_CONSTRAINTS", "KEY_COLUMN_USAGE",
    }  # fmt: skip
    for name in names:
        query = query_of(known(), f"SELECT * FROM INFORMATION_SCHEMA.`{name}`")
        assert {c.type.root for c in query.columns} <= {"VARCHAR", "INTEGER"}
        assert rows(f"SELECT * FROM INFORMATION_SCHEMA.`{name}`")


def test_such_a_query_ends_and_only_inserts() -> None:
    query = query_of(known(), "SELECT 1 AS answer FROM INFORMATION_SCHEMA.TABLES")
    assert query.bounded
    assert query.insert_only
    assert query.sources == ()


@pytest.mark.parametrize(
    "name",
    [
        "INFORMATION_SCHEMA.SCHEMATA",
        "`INFORMATION_SCHEMA`.`SCHEMATA`",
        "`env-1`.`INFORMATION_SCHEMA`.`SCHEMATA`",
        "workshop.INFORMATION_SCHEMA.DATABASES",
    ],
)
def test_catalogs_and_databases_have_id_and_name(name: str) -> None:
    assert rows(f"SELECT * FROM {name}") == [
        ("env-1", "workshop", "lkc-1", "cluster"),
        ("env-1", "workshop", "INFORMATION_SCHEMA", "INFORMATION_SCHEMA"),
    ]
    assert rows("SELECT * FROM INFORMATION_SCHEMA.CATALOGS") == [("env-1", "workshop")]


def test_it_may_be_the_current_database() -> None:
    inside = Session(catalog="env-1", database="INFORMATION_SCHEMA")
    assert rows("SELECT CATALOG_ID FROM CATALOGS", inside) == [("env-1",)]


def test_it_does_not_ask_for_a_current_database() -> None:
    sql = "SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_ID = 'lkc-1'"
    assert rows(sql, Session(catalog="workshop")) == [("cluster",)]


def test_tables_and_views() -> None:
    found = rows(
        "SELECT TABLE_CATALOG_ID, TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, IS_DISTRIBUTED, "
        "DISTRIBUTION_ALGORITHM, DISTRIBUTION_BUCKETS, IS_WATERMARKED, WATERMARK_COLUMN, "
        "WATERMARK_EXPRESSION, WATERMARK_IS_HIDDEN, `COMMENT` FROM INFORMATION_SCHEMA.`TABLES` "
        "WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA'"
    )
    hidden = ("YES", "$rowtime", "`SOURCE_WATERMARK`()", "YES", None)
    assert found == [
        ("env-1", "cluster", "t", "BASE TABLE", "NO", None, 6, *hidden),
        ("env-1", "cluster", "u", "BASE TABLE", "YES", "HASH", 6, *hidden),
        ("env-1", "cluster", "v", "VIEW", "NO", None, None, "NO", None, None, None, "some"),
    ]


def test_columns() -> None:
    found = rows(
        "SELECT COLUMN_NAME, ORDINAL_POSITION, DATA_TYPE, FULL_DATA_TYPE, IS_NULLABLE, "
        "DISTRIBUTION_ORDINAL_POSITION FROM INFORMATION_SCHEMA.COLUMNS "
        "WHERE TABLE_NAME = 'u' AND IS_HIDDEN = 'NO'"
    )
    assert found == [
        ("id", 1, "INTEGER", "INT", "NO", 1),
        ("n", 2, "DECIMAL", "DECIMAL(5, 2)", "YES", None),
    ]


def test_the_system_column_is_a_hidden_one() -> None:
    found = rows(
        "SELECT COLUMN_NAME, DATA_TYPE, IS_METADATA, METADATA_KEY, IS_PERSISTED FROM "
        "INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 't' AND IS_HIDDEN = 'YES'"
    )
    assert found == [("$rowtime", "TIMESTAMP_WITH_LOCAL_TIME_ZONE", "YES", "timestamp", "NO")]


def test_kinds_of_columns() -> None:
    catalog = known()
    catalog.run(
        "CREATE TABLE w (a INT, p INT NOT NULL METADATA FROM 'partition' VIRTUAL, c AS a + 1)"
    )
    found = rows_of(
        catalog,
        "SELECT COLUMN_NAME, IS_GENERATED, GENERATION_EXPRESSION, IS_METADATA, METADATA_KEY, "
        "IS_PERSISTED FROM INFORMATION_SCHEMA.COLUMNS "
        "WHERE TABLE_NAME = 'w' AND IS_HIDDEN <> 'YES'",
        {},
    )
    assert found == [
        ("a", "NO", None, "NO", None, "YES"),
        ("p", "NO", None, "YES", "partition", "NO"),
        ("c", "YES", "`a` + 1", "NO", None, "NO"),
    ]


def test_keys_and_options() -> None:
    assert rows(
        "SELECT CONSTRAINT_SCHEMA_ID, CONSTRAINT_NAME, TABLE_NAME, CONSTRAINT_TYPE, ENFORCED FROM "
        "INFORMATION_SCHEMA.TABLE_CONSTRAINTS"
    ) == [("lkc-1", "PK_id", "u", "PRIMARY KEY", "NO")]
    assert rows(
        "SELECT TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE"
    ) == [("u", "id", 1)]
    assert rows(
        "SELECT TABLE_NAME, OPTION_VALUE FROM INFORMATION_SCHEMA.TABLE_OPTIONS "
        "WHERE OPTION_KEY = 'changelog.mode'"
    ) == [("t", "append"), ("u", "upsert")]


def test_a_view_without_rows_is_empty() -> None:
    catalog = MemoryCatalog().add(table("t", "a INT"))
    found = rows_of(catalog, "SELECT * FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS", {})
    assert found == []


def test_union_all_and_casts_as_dbt_writes_them() -> None:
    found = rows(
        "SELECT CAST(TABLE_SCHEMA AS STRING) AS `schema`, CAST(NULL AS STRING) AS name FROM "
        "`env-1`.`INFORMATION_SCHEMA`.`TABLES` WHERE TABLE_CATALOG_ID = 'env-1' AND "
        "(TABLE_NAME = 't' OR TABLE_NAME = 'none') AND `COMMENT` IS NULL UNION ALL "
        "SELECT SCHEMA_NAME, SCHEMA_ID FROM `env-1`.`INFORMATION_SCHEMA`.`SCHEMATA` AS s "
        "WHERE s.SCHEMA_NAME <> 'INFORMATION_SCHEMA' AND SCHEMA_ID IS NOT NULL"
    )
    assert sorted(found, key=repr) == [("cluster", "lkc-1"), ("cluster", None)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES",
        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES GROUP BY TABLE_NAME",
        "SELECT DISTINCT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES",
        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES LIMIT 1",
        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME LIKE 't%'",
        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME IN ('t', 'u')",
        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE NOT TABLE_NAME = 't'",
        "SELECT 1 FROM INFORMATION_SCHEMA.TABLES AS a, INFORMATION_SCHEMA.COLUMNS AS b",
        "SELECT 1 FROM INFORMATION_SCHEMA.TABLES UNION SELECT 2 FROM INFORMATION_SCHEMA.TABLES",
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM INFORMATION_SCHEMA.TABLES)",
    ],
)
def test_other_operations_are_refused(sql: str) -> None:
    with pytest.raises(SqlError, match="A query of INFORMATION_SCHEMA has SELECT, WHERE"):
        plan(sql, SESSION, known())


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t SELECT 1, TABLE_NAME FROM INFORMATION_SCHEMA.TABLES",
        "CREATE TABLE w AS SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES",
        "CREATE VIEW w AS SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES",
    ],
)
def test_only_a_select_reads_it(sql: str) -> None:
    with pytest.raises(SqlError, match="INFORMATION_SCHEMA can be read by a SELECT alone"):
        plan(sql, SESSION, known())


@pytest.mark.parametrize("name", ["INFORMATION_SCHEMA.NOPE", "other.INFORMATION_SCHEMA.`TABLES`"])
def test_what_is_not_there_is_not_found(name: str) -> None:
    with pytest.raises(SqlError, match=r"not found within '.*INFORMATION_SCHEMA'"):
        plan(f"SELECT 1 FROM {name}", SESSION, known())


# -- in the engine ---------------------------------------------------------------------------------


def test_the_engine_answers_and_ends_in_a_stream(desk: Desk) -> None:
    desk.run("CREATE TABLE t (k STRING, PRIMARY KEY (k) NOT ENFORCED)")
    desk.run("CREATE VIEW v AS SELECT k FROM t")
    desk.engine.create_topic("raw", partitions=2)
    sql = (
        "SELECT TABLE_NAME, TABLE_TYPE, DISTRIBUTION_BUCKETS FROM "
        "`env-1`.`INFORMATION_SCHEMA`.`TABLES` WHERE TABLE_SCHEMA = 'river'"
    )
    assert desk.run(sql) == [
        ["raw", "BASE TABLE", "2"], ["t", "BASE TABLE", "6"], ["v", "VIEW", None],
    ]  # fmt: skip
    assert desk.snapshot(sql) == sorted(desk.run(sql))


def test_the_drivers_probe_works(desk: Desk) -> None:
    execution = desk.submit("SELECT 1 AS answer FROM INFORMATION_SCHEMA.TABLES", STREAM)
    execution.wait_for_end(LIMIT_SECONDS)
    assert execution.phase == "COMPLETED", execution.detail
    assert execution.traits is not None
    assert execution.traits.is_bounded
    assert execution.traits.is_append_only
    assert execution.traits.sql_kind == "SELECT"
    assert {tuple(row) for _, row in execution.results(0, 100).rows} == {("1",)}


def test_it_sees_what_there_is_when_it_is_asked(desk: Desk) -> None:
    sql = "SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 't'"
    assert desk.run(sql) == []
    desk.run("CREATE TABLE t (a INT)")
    assert desk.run(sql) == [["a"], ["$rowtime"]]
