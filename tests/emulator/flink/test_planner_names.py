"""Names are resolved, or refused in Flink's words at their place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.flink.catalog import Session
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planner import plan
from tests.emulator.flink.planner_catalog import (
    SESSION,
    MemoryCatalog,
    bedrock_model,
    query_of,
    rows_of,
    table,
)


@pytest.fixture
def catalog() -> MemoryCatalog:
    known = MemoryCatalog(models={"m": bedrock_model("m", "response")})
    return known.add(
        table("a", "id INT NOT NULL; k STRING; v INT; r ROW<x INT, y STRING>; l ARRAY<STRING>"),
        table("b", "id INT NOT NULL; k STRING; w INT"),
        table("dotted.name", "id INT"),
    )


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (
            "SELECT ID FROM a",
            "From line 1, column 8 to line 1, column 9: Column 'ID' not found in any table; "
            "did you mean 'id'?",
        ),
        ("SELECT\n  nope\nFROM a", "From line 2, column 3 to line 2, column 6: Column 'nope' "),
        ("SELECT x FROM a", "At line 1, column 8: Column 'x' not found in any table"),
        ("SELECT a.ID FROM a", "Column 'ID' not found in table 'a'; did you mean 'id'?"),
        ("SELECT z.id FROM a", "Table 'z' not found"),
        ("SELECT id FROM a JOIN b ON a.id = b.id", "Column 'id' is ambiguous"),
        (
            "SELECT * FROM A",
            "At line 1, column 15: Object 'A' not found within 'workshop.cluster'; "
            "did you mean 'a'?",
        ),
        ("SELECT * FROM nope", "From line 1, column 15 to line 1, column 18: Object 'nope' not f"),
        ("SELECT * FROM x.nope", "Object 'nope' not found within 'workshop.x'"),
        ("SELECT id AS c FROM a WHERE c > 1", "Column 'c' not found in any table"),
        ("SELECT k AS c, COUNT(*) FROM a GROUP BY c", "Column 'c' not found in any table"),
        ("SELECT k FROM a GROUP BY 1", "At line 1, column 8: Expression 'k' is not being grouped"),
        ("SELECT a.v FROM a GROUP BY k", "Expression 'a.v' is not being grouped"),
        ("SELECT * FROM a GROUP BY k", "Expression 'id' is not being grouped"),
        ("SELECT id FROM a WHERE COUNT(*) > 1", "Aggregate expression is illegal in WHERE clause"),
        ("SELECT COUNT(COUNT(*)) FROM a", "Aggregate expressions cannot be nested"),
        ("SELECT id FROM a WHERE id", "WHERE clause must be a condition"),
        ("SELECT a.r.z FROM a", "Column 'z' not found in any table"),
        ("SELECT z.* FROM a", "Unknown identifier 'z'"),
        (
            "SELECT * FROM a, LATERAL TABLE(ML_PREDICT('nomodel', k))",
            "From line 1, column 43 to line 1, column 51: Object 'nomodel' not found",
        ),
        (
            "SELECT * FROM a, LATERAL TABLE(ML_PREDICT('m', k)) AS p(x, y)",
            "List of column aliases must have same degree as table; table has 1 columns "
            "('response'), whereas alias list has 2 columns",
        ),
        ("SELECT * FROM a, TABLE(ML_PREDICT('m', a.k))", "Table 'a' not found"),
        ("SELECT * FROM a, LATERAL TABLE(FOO(k))", "No match found for function signature FOO(<CH"),
        ("SELECT * FROM a, LATERAL TABLE(ML_PREDICT('m', id))", "Cannot apply 'ML_PREDICT' to arg"),
        (
            "SELECT * FROM a, LATERAL TABLE(ML_PREDICT('m', k, MAP['nope', 1]))",
            "Unsupported option 'nope' of ML_PREDICT",
        ),
        ("SELECT id, k FROM a UNION ALL SELECT id FROM b", "Column count mismatch in UNION ALL"),
        ("SELECT id FROM a UNION SELECT k FROM b", "Type mismatch in column 1 of UNION"),
        ("SELECT id FROM a WHERE id IN (SELECT k FROM b)", "implicit type conversion between INT"),
    ],
)
def test_what_cannot_be_resolved_is_refused(catalog: MemoryCatalog, sql: str, text: str) -> None:
    with pytest.raises(SqlError) as caught:
        plan(sql, SESSION, catalog)
    assert str(caught.value).startswith("SQL validation failed. ")
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT id, v + 1, k AS z, UPPER(k) FROM a", ["id", "EXPR$1", "z", "EXPR$3"]),
        ("SELECT * FROM b", ["id", "k", "w"]),
        ("SELECT b.*, 1 FROM b", ["id", "k", "w", "EXPR$1"]),
        ("SELECT x.*, y.* FROM b x JOIN b y ON x.id = y.id",
         ["id", "k", "w", "id0", "k0", "w0"]),
        ("SELECT id, id FROM b", ["id", "id0"]),
        ("SELECT a.r.y, r.x AS q, (a.r).x FROM a", ["y", "q", "x"]),
        ("SELECT `$rowtime`, a.$rowtime AS t FROM a", ["$rowtime", "t"]),
        ("SELECT * FROM b AS t(x, y, z)", ["x", "y", "z"]),
        ("SELECT * FROM `dotted.name`", ["id"]),
        ("SELECT workshop.cluster.b.id, cluster.b.k FROM workshop.cluster.b", ["id", "k"]),
        ("SELECT p.* FROM a, LATERAL TABLE(ML_PREDICT('m', k)) p", ["response"]),
        ("SELECT x FROM (VALUES (1), (2)) AS t(x)", ["x"]),
        ("WITH q(z) AS (SELECT id FROM b) SELECT * FROM q", ["z"]),
        ("SELECT COUNT(*) FROM b AS TOTAL", ["EXPR$0"]),
    ],
)  # fmt: skip
def test_result_columns_are_named_as_in_flink(
    catalog: MemoryCatalog, sql: str, names: list[str]
) -> None:
    assert [c.name for c in query_of(catalog, sql).columns] == names


DATA: dict[str, Any] = {
    "a": [
        (1, "x", 10, {"x": 7, "y": "q"}, ["p", "s"]),
        (2, "y", 20, None, []),
        (3, "x", None, None, None),
    ],
    "b": [(1, "x", 1), (9, "z", 2), (1, "y", 5)],
}


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT id FROM a WHERE v > 5 AND NOT k = 'y'", [(1,)]),
        ("SELECT r.y, r[1], l[1], l[3] FROM a", [("q", 7, "p", None)] + [(None,) * 4] * 2),
        ("SELECT a.id, w FROM a LEFT JOIN b ON a.id = b.id ORDER BY a.id, w LIMIT 9",
         [(1, 1), (1, 5), (2, None), (3, None)]),
        ("SELECT a.id, b.id FROM a RIGHT JOIN b ON a.id = b.id AND a.k = b.k ORDER BY b.k LIMIT 9",
         [(1, 1), (None, 1), (None, 9)]),
        ("SELECT k, SUM(v) AS s FROM a GROUP BY k HAVING COUNT(*) > 1", [("x", 10)]),
        ("SELECT k FROM a GROUP BY k ORDER BY COUNT(*) DESC LIMIT 1", [("x",)]),
        ("SELECT v FROM a ORDER BY v LIMIT 2", [(None,), (10,)]),
        ("SELECT v FROM a ORDER BY v DESC LIMIT 2", [(20,), (10,)]),
        ("SELECT v FROM a ORDER BY v DESC NULLS FIRST LIMIT 1", [(None,)]),
        ("SELECT v + 1 AS x FROM a ORDER BY x DESC LIMIT 1", [(21,)]),
        ("SELECT id FROM a ORDER BY 1 DESC LIMIT 1 OFFSET 1", [(2,)]),
        ("SELECT id FROM a LIMIT 1", [(1,)]),
        ("SELECT id FROM a FETCH FIRST 2 ROWS ONLY", [(1,), (2,)]),
        ("SELECT id FROM a LIMIT 0", []),
        ("SELECT id FROM a WHERE id IN (SELECT id FROM b)", [(1,)]),
        ("SELECT id FROM a WHERE k NOT IN (SELECT k FROM b) AND id > 0", []),
        ("SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.id = a.id)", [(2,), (3,)]),
        ("SELECT id FROM a UNION ALL SELECT w FROM b", [(1,), (2,), (3,), (1,), (2,), (5,)]),
        ("SELECT k FROM a INTERSECT SELECT k FROM b ORDER BY k LIMIT 5", [("x",), ("y",)]),
        ("SELECT k FROM b EXCEPT SELECT k FROM a", [("z",)]),
        ("WITH q AS (SELECT k, COUNT(*) AS c FROM a GROUP BY k) "
         "SELECT x.k, y.c FROM q x JOIN q y ON x.k = y.k AND x.c > 1", [("x", 2)]),
        ("SELECT SUM(c) FROM (SELECT k, COUNT(*) AS c FROM a GROUP BY k)", [(3,)]),
        ("SELECT COALESCE(k, '?') || '!' FROM a WHERE id = 1", [("x!",)]),
        ("SELECT ID, id FROM (SELECT id AS ID, v AS id FROM a) WHERE ID = 1", [(1, 10)]),
        ("VALUES (1, 'a'), (2, 'bcd')", [(1, "a"), (2, "bcd")]),
        ("SELECT id, p.x FROM a, LATERAL TABLE(AI_COMPLETE('m', k, "
         "MAP['client_timeout', 60, 'debug', true])) AS p(x) LIMIT 1", [(1, "answer to x")]),
        ("SELECT id, response FROM a CROSS JOIN LATERAL TABLE(ML_PREDICT(`m`, CONCAT(k, '?')))"
         " WHERE id < 2", [(1, "answer to x?")]),
        ("SELECT x.answer FROM (SELECT response AS answer FROM a, "
         "LATERAL TABLE(ML_PREDICT('m', k))) x LIMIT 1", [("answer to x",)]),
    ],
)  # fmt: skip
def test_queries_give_the_right_rows(
    catalog: MemoryCatalog, sql: str, rows: list[tuple[Any, ...]]
) -> None:
    assert rows_of(catalog, sql, DATA) == rows


def test_without_catalog_and_database_bare_names_are_unknown(catalog: MemoryCatalog) -> None:
    with pytest.raises(SqlError, match="Object 'a' not found"):
        plan("SELECT * FROM a", Session(), catalog)
    with pytest.raises(SqlError, match="A current catalog has not been set"):
        plan("CREATE TABLE t (id INT)", Session(), catalog)
    with pytest.raises(SqlError, match="A current database has not been set"):
        plan("CREATE TABLE t (id INT)", Session(catalog="workshop"), catalog)
    plan("SELECT * FROM workshop.cluster.a", Session(), catalog)


def test_too_large_a_text_is_refused(catalog: MemoryCatalog) -> None:
    with pytest.raises(SqlError) as caught:
        plan("SELECT '" + "x" * 4194304 + "'", SESSION, catalog)
    assert str(caught.value) == "This query is too large to process (exceeds 4194304 bytes)."


@given(blanks=st.text(alphabet=" \n\t", max_size=30), comment=st.text(alphabet="ab\n", max_size=9))
@settings(deadline=None)
def test_the_place_of_an_error_is_right_whatever_precedes_it(blanks: str, comment: str) -> None:
    head = f"SELECT {blanks}/*{comment}*/ "
    sql = head + "nope FROM a"
    with pytest.raises(SqlError) as caught:
        plan(sql, SESSION, MemoryCatalog().add(table("a", "id INT")))
    line, column = head.count("\n") + 1, len(head) - (head.rfind("\n") + 1) + 1
    assert f"From line {line}, column {column} to line {line}, column {column + 3}:" in str(
        caught.value
    )
