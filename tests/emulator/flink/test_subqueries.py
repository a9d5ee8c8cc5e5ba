"""Subqueries as values: one value, EXISTS and IN, anywhere in an expression."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planning.explain import mode_text
from tests.emulator.flink.planner_catalog import MemoryCatalog, query_of, rows_of, table

DATA = {"a": [(1, "x", 10), (2, "y", 20), (3, "z", 30)], "b": [(1, "x", 15), (3, "z", 5)]}


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog().add(
        table("a", "id INT NOT NULL; k STRING; v INT"),
        table("b", "id INT NOT NULL; k STRING; w INT"),
    )


def rows(catalog: MemoryCatalog, sql: str) -> list[tuple[Any, ...]]:
    return rows_of(catalog, sql, DATA)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id, (SELECT MAX(w) FROM b) AS m FROM a", [(1, 15), (2, 15), (3, 15)]),
        ("SELECT id, v - (SELECT MAX(w) FROM b) FROM a", [(1, -5), (2, 5), (3, 15)]),
        (
            "SELECT id, (SELECT MAX(b.w) FROM b WHERE b.k = a.k) FROM a",
            [(1, 15), (2, None), (3, 5)],
        ),
        ("SELECT id FROM a WHERE v > (SELECT MAX(w) FROM b)", [(2,), (3,)]),
        ("SELECT id FROM a WHERE v > 100 OR id IN (SELECT id FROM b)", [(1,), (3,)]),
        (
            "SELECT id, EXISTS (SELECT 1 FROM b WHERE b.id = a.id) FROM a",
            [(1, True), (2, False), (3, True)],
        ),
        (
            "SELECT id, CASE WHEN id IN (SELECT id FROM b) THEN 'in' ELSE 'out' END FROM a",
            [(1, "in"), (2, "out"), (3, "in")],
        ),
        ("SELECT id FROM a WHERE id NOT IN (SELECT id FROM b) OR v = 10", [(1,), (2,)]),
        ("SELECT SUM(v), (SELECT MAX(w) FROM b) AS m FROM a", [(60, 15)]),
        (
            "SELECT k FROM a GROUP BY k HAVING SUM(v) > (SELECT MAX(w) FROM b)",
            [("y",), ("z",)],
        ),
        ("SELECT * FROM a WHERE v = (SELECT MAX(v) FROM a)", [(3, "z", 30)]),
    ],
)
def test_rows(catalog: MemoryCatalog, sql: str, expected: list[tuple[Any, ...]]) -> None:
    assert sorted(rows(catalog, sql), key=str) == expected


def test_the_result_changes_with_the_subquery(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, "SELECT id, (SELECT MAX(w) FROM b) AS m FROM a")
    assert mode_text(query.changelog) == "[I,UB,UA,D]"
    with pytest.raises(SqlError, match=r"produced by node Join\(joinType=\[LeftOuterJoin\]"):
        catalog.run(
            "CREATE TABLE t WITH ('changelog.mode' = 'append') AS "
            "SELECT id, (SELECT MAX(w) FROM b) AS m FROM a"
        )


def test_a_comparison_in_where_makes_it_an_inner_join(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, "SELECT id FROM a WHERE v > (SELECT MAX(w) FROM b)")
    assert mode_text(query.changelog) == "[I,UB,UA]"
    query = query_of(catalog, "SELECT id FROM a WHERE COALESCE(v > (SELECT MAX(w) FROM b), TRUE)")
    assert mode_text(query.changelog) == "[I,UB,UA,D]"


def test_any_and_all_are_in_and_not_in(catalog: MemoryCatalog) -> None:
    assert rows(catalog, "SELECT id FROM a WHERE id = ANY (SELECT id FROM b)") == [(1,), (3,)]
    assert rows(catalog, "SELECT id FROM a WHERE id <> ALL (SELECT id FROM b)") == [(2,)]


def test_a_star_does_not_show_the_hidden_column(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, "SELECT * FROM a WHERE v > (SELECT MAX(w) FROM b)")
    assert [c.name for c in query.columns] == ["id", "k", "v"]


def test_two_columns_are_no_value(catalog: MemoryCatalog) -> None:
    with pytest.raises(SqlError) as caught:
        query_of(catalog, "SELECT (SELECT id, w FROM b) FROM a")
    assert str(caught.value).endswith(
        "Cannot apply '$SCALAR_QUERY' to arguments of type '$SCALAR_QUERY(<RECORDTYPE(INTEGER ID, "
        "INTEGER W)>)'. Supported form(s): '$SCALAR_QUERY(<RECORDTYPE(SINGLE FIELD)>)'"
    )


def test_two_rows_are_no_value_either(catalog: MemoryCatalog) -> None:
    with pytest.raises(duckdb.Error, match="More than one row"):
        rows(catalog, "SELECT id, (SELECT w FROM b) FROM a")


def test_types_that_cannot_be_compared_are_refused(catalog: MemoryCatalog) -> None:
    with pytest.raises(SqlError, match="implicit type conversion between"):
        query_of(catalog, "SELECT id IN (SELECT k FROM b) FROM a")


def test_an_unknown_column_inside_is_named(catalog: MemoryCatalog) -> None:
    with pytest.raises(SqlError, match="Column 'nope' not found in any table"):
        query_of(catalog, "SELECT SUM(v), (SELECT nope FROM b) FROM a")


def test_correlation_beside_groups_is_not_there_yet(catalog: MemoryCatalog) -> None:
    with pytest.raises(SqlError, match="not emulated: subqueries that look at columns beside"):
        query_of(catalog, "SELECT k, (SELECT MAX(w) FROM b WHERE b.k = a.k) FROM a GROUP BY k")
