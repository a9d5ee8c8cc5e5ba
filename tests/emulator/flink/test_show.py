"""SHOW of everything: column names, LIKE, FROM (facts/flink-sql-ai.md 1.10, cloud API 2.10)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runthrough.emulator.flink.catalog import Session
from runthrough.emulator.flink.statement_kinds import SETUP
from tests.emulator.flink.sql_bench import Desk, open_desk


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    for desk in open_desk():
        for sql in SETUP:
            desk.run(sql)
        yield desk


@pytest.mark.parametrize(
    ("what", "columns", "rows"),
    [
        ("CATALOGS", ["Catalog Name", "Catalog ID"], [["workshop", "env-1"]]),
        ("CATALOGS NOT LIKE 'w%'", ["Catalog Name", "Catalog ID"], []),
        ("DATABASES", ["database name", "database id"], [["river", "lkc-1"]]),
        ("DATABASES LIKE 'x%'", ["database name", "database id"], []),
        ("CURRENT CATALOG", ["current catalog name"], [["workshop"]]),
        ("CURRENT DATABASE", ["current database name"], [["river"]]),
        ("TABLES", ["table name"], [["t"], ["u"]]),
        ("TABLES FROM river", ["table name"], [["t"], ["u"]]),
        ("TABLES IN workshop.river NOT LIKE 't'", ["table name"], [["u"]]),
        ("TABLES LIKE '_'", ["table name"], [["t"], ["u"]]),
        ("TABLES LIKE '__'", ["table name"], []),
        ("MODELS", ["Model Name"], [["m"]]),
        ("MODELS IN workshop.river LIKE 'M'", ["Model Name"], []),
        ("CONNECTIONS", ["Name"], [["c"]]),
        ("CONNECTIONS FROM river LIKE 'c'", ["Name"], [["c"]]),
        ("CONNECTIONS NOT LIKE 'c'", ["Name"], []),
        ("USER FUNCTIONS", ["Function Name"], []),
        ("USER FUNCTIONS FROM river LIKE 'a%'", ["Function Name"], []),
        ("VIEWS", ["view name"], []),
    ],
)
def test_a_listing(desk: Desk, what: str, columns: list[str], rows: list[list[str]]) -> None:
    execution = desk.submit(f"SHOW {what}")
    assert execution.phase == "COMPLETED", execution.detail
    assert execution.traits is not None
    assert execution.traits.columns is not None
    assert [c.name for c in execution.traits.columns] == columns
    assert [row for _, row in execution.results(0, 99).rows] == rows


@pytest.mark.parametrize(
    ("catalog", "database", "text"),
    [
        ("env-1", "rivr", "Database 'workshop'.'rivr' doesn't exist."),
        ("workshp", "river", "Database 'workshp'.'river' doesn't exist."),
        (None, "river", "No catalog is selected: set 'sql.current-catalog'."),
    ],
)
def test_a_database_that_is_not_there_has_no_empty_list(
    desk: Desk, catalog: str | None, database: str, text: str
) -> None:
    execution = desk.submit("SHOW TABLES", Session(catalog=catalog, database=database))
    assert (execution.phase, execution.detail) == ("FAILED", text)


def test_the_information_schema_may_be_the_database(desk: Desk) -> None:
    session = Session(catalog="env-1", database="INFORMATION_SCHEMA")
    assert desk.submit("SHOW TABLES", session).phase == "COMPLETED"


def test_functions_are_those_there_are(desk: Desk) -> None:
    names = {row[0].upper() for row in desk.run("SHOW FUNCTIONS")}
    assert {"ML_PREDICT", "COALESCE", "AI_COMPLETE"} <= names


def test_jobs_have_their_columns(desk: Desk) -> None:
    execution = desk.submit("SHOW JOBS")
    assert execution.traits is not None
    assert execution.traits.columns is not None
    assert [c.name for c in execution.traits.columns] == [
        "Name", "Phase", "Statement", "Compute Pool", "Creation Time", "Detail"
    ]  # fmt: skip
    [first, *_] = [row for _, row in execution.results(0, 99).rows]
    assert first[:3] == ["statement-1", "COMPLETED", SETUP[0]]
