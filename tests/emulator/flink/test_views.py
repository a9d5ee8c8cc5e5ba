"""Views (facts/flink-sql-ai.md 1.6): planned, and carried out by the engine."""

from __future__ import annotations

import pytest

from runthrough.emulator.flink.catalog import Session
from runthrough.emulator.flink.plan import CreateView
from tests.emulator.flink.planner_catalog import (
    MemoryCatalog,
    query_of,
    refusal,
    rows_of,
    table,
)
from tests.emulator.flink.sql_bench import SNAPSHOT, Desk


def known() -> MemoryCatalog:
    catalog = MemoryCatalog().add(
        table("t", "a INT; b STRING; late TIMESTAMP_LTZ(3)"),
        table("u", "id INT NOT NULL; n INT", "upsert", ("id",)),
    )
    catalog.run("CREATE VIEW v (x, y) COMMENT 'two' AS SELECT a, b FROM t WHERE a > 1")
    return catalog


DATA = {"t": [(1, "one", None), (2, "two", None), (3, "three", None)]}


def test_a_view_is_read_as_its_query() -> None:
    assert rows_of(known(), "SELECT y, x + 1 FROM v", DATA) == [("two", 3), ("three", 4)]


def test_a_view_may_read_a_view_and_be_joined_with_its_table() -> None:
    catalog = known()
    catalog.run("CREATE VIEW w AS SELECT x AS z FROM v WHERE x < 3")
    sql = "SELECT t.b FROM t JOIN w ON w.z = t.a"
    assert rows_of(catalog, sql, DATA) == [("two",)]


def test_a_view_has_names_and_types_of_its_query() -> None:
    command = known().run("CREATE VIEW w AS SELECT *, a * 2 AS c FROM t")
    assert isinstance(command, CreateView)
    assert [c.name for c in command.view.columns] == ["a", "b", "late", "c"]
    assert [c.type.root for c in command.view.columns] == [
        "INTEGER", "VARCHAR", "TIMESTAMP_LTZ", "INTEGER",
    ]  # fmt: skip


def test_names_in_a_view_mean_what_they_meant_where_it_was_made() -> None:
    elsewhere = Session(catalog="workshop", database="other")
    query = query_of(known(), "SELECT x FROM cluster.v", elsewhere)
    assert [s.table.path for s in query.sources] == [("workshop", "cluster", "t")]


def test_a_view_over_a_changing_query_changes() -> None:
    catalog = known()
    catalog.run("CREATE VIEW counts AS SELECT n, COUNT(*) AS c FROM u GROUP BY n")
    query = query_of(catalog, "SELECT * FROM counts")
    assert query.changelog == {"I", "UB", "UA", "D"}
    assert query.upsert_key == (0,)


def test_star_in_a_view_means_the_columns_of_then() -> None:
    catalog = known()
    catalog.run("CREATE VIEW w AS SELECT * FROM u")
    catalog.add(table("u", "id INT NOT NULL; more STRING; n INT", "upsert", ("id",)))
    rows = rows_of(catalog, "SELECT * FROM w", {"u": [(1, "x", 5)]})
    assert rows == [(1, 5)]


def test_a_view_may_stand_in_a_window_function() -> None:
    catalog = known()
    catalog.run("CREATE VIEW timed AS SELECT `$rowtime` AS came, a FROM t")
    query = query_of(
        catalog,
        "SELECT window_start, SUM(a) FROM TUMBLE(TABLE timed, DESCRIPTOR(came), "
        "INTERVAL '1' MINUTE) GROUP BY window_start, window_end",
    )
    assert query.insert_only
    assert query.timed


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (
            "CREATE VIEW w (x) AS SELECT a, b FROM t",
            "VIEW definition and input fields not match:\n"
            "\tDef fields: [x].\n\tInput fields: [a, b].",
        ),
        (
            "CREATE VIEW w AS SELECT a, b AS a FROM t",
            "SQL validation failed. A column with the same name `a` has been defined at line 1, "
            "column 25.",
        ),
        (
            "CREATE VIEW w AS SELECT nope FROM t",
            "SQL validation failed. From line 1, column 25 to line 1, column 28: Column 'nope' "
            "not found in any table",
        ),
        (
            "ALTER VIEW nope AS SELECT 1",
            "View `workshop`.`cluster`.`nope` doesn't exist or is a temporary view.",
        ),
        ("ALTER VIEW t RENAME TO x", "ALTER VIEW for a table is not allowed"),
        ("ALTER TABLE v SET ('a' = 'b')", "ALTER TABLE for a view is not allowed"),
        ("DROP TABLE v", "Table with identifier 'workshop.cluster.v' does not exist."),
        ("DROP VIEW t", "View with identifier 'workshop.cluster.t' does not exist."),
        ("DROP VIEW nope", "View with identifier 'workshop.cluster.nope' does not exist."),
        (
            "INSERT INTO v VALUES (1, 'x')",
            "Sink 'workshop.cluster.v' does not exists",
        ),
        (
            "SHOW CREATE TABLE v",
            "SHOW CREATE TABLE is only supported for tables, but `workshop`.`cluster`.`v` is a "
            "view. Please use SHOW CREATE VIEW instead.",
        ),
        (
            "SHOW CREATE VIEW t",
            "SHOW CREATE VIEW is only supported for views, but `workshop`.`cluster`.`t` is a "
            "table. Please use SHOW CREATE TABLE instead.",
        ),
        (
            "SHOW CREATE VIEW nope",
            "Could not execute SHOW CREATE VIEW. View with identifier `workshop`.`cluster`.`nope` "
            "does not exist.",
        ),
        (
            "CREATE TABLE x LIKE v",
            "Source table '`workshop`.`cluster`.`v`' of the LIKE clause can not be a VIEW, at "
            "line 1, column 21",
        ),
        (
            "SELECT * FROM v /*+ OPTIONS('scan.startup.mode' = 'latest-offset') */",
            "View '`workshop`.`cluster`.`v`' cannot be enriched with new options. Hints can only "
            "be applied to tables.",
        ),
        (
            "ALTER VIEW v AS SELECT x FROM v",
            "SQL validation failed. View 'workshop.cluster.v' refers to itself.",
        ),
        (
            "CREATE TEMPORARY VIEW w AS SELECT 1",
            "The statement 'CREATE TEMPORARY' is not supported in Confluent's Flink SQL dialect.",
        ),
    ],
)
def test_what_is_refused(sql: str, words: str) -> None:
    assert refusal(known(), sql) == words


def test_views_that_lead_back_to_themselves_are_refused() -> None:
    catalog = known()
    catalog.run("CREATE VIEW w AS SELECT x FROM v")
    told = refusal(catalog, "ALTER VIEW v AS SELECT x FROM w")
    assert told == (
        "SQL validation failed. In the query of view 'workshop.cluster.w': View "
        "'workshop.cluster.v' refers to itself."
    )


def test_a_renamed_view_in_a_ring_is_refused_when_read() -> None:
    catalog = known()
    catalog.run("CREATE VIEW w AS SELECT x FROM v")
    catalog.views["v"] = catalog.views.pop("w")
    assert "View 'workshop.cluster.w' refers to itself" in refusal(catalog, "SELECT * FROM v")


def test_a_view_whose_table_is_gone_is_named() -> None:
    catalog = known()
    catalog.run("CREATE VIEW w AS SELECT x FROM v")
    del catalog.known["t"]
    assert refusal(catalog, "SELECT * FROM w") == (
        "SQL validation failed. In the query of view 'workshop.cluster.w': In the query of view "
        "'workshop.cluster.v': At line 1, column 18: Object 't' not found"
    )


# -- in the engine ---------------------------------------------------------------------------------


@pytest.fixture
def made(desk: Desk) -> Desk:
    desk.run("CREATE TABLE t (a INT, b STRING NOT NULL)")
    desk.run("CREATE VIEW v (x, y) COMMENT 'it''s' AS SELECT a, b FROM t WHERE a > 1;")
    desk.run("INSERT INTO t VALUES (1, 'one'), (2, 'two')")
    return desk


def test_the_engine_reads_a_view(made: Desk) -> None:
    made.becomes("SELECT y, x FROM v", [["two", "2"]])
    made.run("ALTER VIEW v AS SELECT b FROM t")
    made.becomes("SELECT * FROM v", [["one"], ["two"]])


def test_statements_say_what_they_are(made: Desk) -> None:
    for sql, kind in (
        ("CREATE VIEW w AS SELECT 1", "CREATE_VIEW"),
        ("ALTER VIEW w RENAME TO z", "ALTER_VIEW"),
        ("DROP VIEW z", "DROP_VIEW"),
    ):
        execution = made.submit(sql)
        assert execution.phase == "COMPLETED", execution.detail
        assert execution.traits is not None
        assert execution.traits.sql_kind == kind


def test_views_are_listed_and_described(made: Desk) -> None:
    assert made.run("SHOW VIEWS") == [["v"]]
    assert made.run("SHOW TABLES") == [["t"], ["v"]]
    assert made.run("SHOW VIEWS LIKE 'x%'") == []
    assert made.run("DESCRIBE v") == [["x", "INT", "NULL", ""], ["y", "STRING", "NOT NULL", ""]]
    assert made.run("SHOW CREATE VIEW v") == [
        [
            "CREATE VIEW `workshop`.`river`.`v` (\n  `x`,\n  `y`\n)\nCOMMENT 'it''s'\n"
            "AS SELECT a, b FROM t WHERE a > 1\n"
        ]
    ]


def test_a_name_is_a_table_or_a_view(made: Desk) -> None:
    for sql in ("CREATE TABLE v (a INT)", "CREATE VIEW v AS SELECT 1"):
        taken = "Table (or view) lkc-1.v already exists in Catalog env-1"
        assert made.refusal(sql) == taken
    assert made.refusal("CREATE VIEW t AS SELECT 1") == (
        "Table (or view) lkc-1.t already exists in Catalog env-1"
    )
    assert made.refusal("ALTER VIEW v RENAME TO t").startswith("Table (or view) lkc-1.t already")
    made.run("CREATE VIEW IF NOT EXISTS v AS SELECT 1")
    assert made.run("DESCRIBE v")[0][0] == "x", "the first view is still there"


def test_a_view_renamed_is_found_under_its_new_name_alone(made: Desk) -> None:
    made.run("ALTER VIEW v RENAME TO w")
    assert made.run("SHOW VIEWS") == [["w"]]
    made.becomes("SELECT x FROM w", [["2"]])
    assert "Object 'v' not found" in made.refusal("SELECT x FROM v")


def test_a_dropped_view_leaves_its_table(made: Desk) -> None:
    made.run("DROP VIEW v")
    made.run("DROP VIEW IF EXISTS v")
    assert made.run("SHOW TABLES") == [["t"]]
    assert len(made.run("SELECT * FROM t", SNAPSHOT)) == 2


def test_a_view_whose_table_was_dropped_says_so(made: Desk) -> None:
    made.run("DROP TABLE t")
    assert "In the query of view 'workshop.river.v'" in made.refusal("SELECT * FROM v")


def test_a_table_is_filled_from_a_view(made: Desk) -> None:
    made.run("CREATE VIEW counted AS SELECT b, COUNT(*) AS n FROM t GROUP BY b")
    assert made.submit("CREATE TABLE counts AS SELECT * FROM counted").phase == "RUNNING"
    made.becomes("SELECT * FROM counts", [["one", "1"], ["two", "1"]])


def test_a_view_over_an_upsert_table_has_versions(made: Desk) -> None:
    made.run("CREATE TABLE rates (id INT, rate INT, PRIMARY KEY (id) NOT ENFORCED)")
    made.run("CREATE VIEW priced AS SELECT id, rate, `$rowtime` AS since FROM rates")
    made.run("INSERT INTO rates VALUES (2, 7)")
    made.run("INSERT INTO t VALUES (2, 'late')")
    joined = (
        "SELECT t.b, p.rate FROM t JOIN priced FOR SYSTEM_TIME AS OF t.`$rowtime` AS p "
        "ON t.a = p.id WHERE t.b = 'late'"
    )
    assert made.snapshot(joined) == [["late", "7"]]
