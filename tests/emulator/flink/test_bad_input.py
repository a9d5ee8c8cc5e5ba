"""Texts nobody should send: refused as a statement error, in bounded time and memory."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planner import MAX_BYTES, plan
from tests.emulator.flink.planner_catalog import SESSION, MemoryCatalog, bedrock_model, table

CATALOG = MemoryCatalog(models={"m": bedrock_model("m")}).add(
    table("a", "id INT NOT NULL; k STRING; v INT; tags ARRAY<STRING>"),
    table("u", "id INT NOT NULL; k STRING", "upsert", ["id"]),
)

HUGE = {
    "more bytes than a statement may have": "SELECT " + "1" * (MAX_BYTES + 1),
    "a million additions": "SELECT " + "+".join(["1"] * 1_000_000),
    "a condition of many parts": "SELECT id FROM a WHERE " + " OR ".join(["v = 1"] * 10_000),
    "a list of 300,000 numbers": f"SELECT id FROM a WHERE v IN ({'1,' * 299_999}1)",
    "many parentheses": "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
    "many negations": "SELECT " + "NOT " * 20_000 + "TRUE",
    "queries in queries": "SELECT * FROM " + "(SELECT * FROM " * 900 + "a" + ")" * 900,
    "types in types": "CREATE TABLE t (a " + "ARRAY<" * 900 + "INT" + ">" * 900 + ")",
    "a cube of twenty": "SELECT 1 FROM a GROUP BY CUBE (v"
    + "".join(f", v + {i}" for i in range(19))
    + ")",
    "semicolons": ";" * 100_000,
    "nothing but quotes": "SELECT " + "'" * 100_001,
    "nothing but backticks": "SELECT " + "`" * 100_001,
    "an unclosed comment": "SELECT 1 /* " + "x" * 1_000_000,
    "a NUL": "SELECT \0 1",
    "nothing": "",
    "a blank": " \n\t",
}


@pytest.mark.parametrize("sql", HUGE.values(), ids=HUGE.keys())
def test_it_is_refused(sql: str) -> None:
    with pytest.raises(SqlError):
        plan(sql, SESSION, CATALOG)


BIG_AND_FINE = {
    "a string of a million": "SELECT '" + "x" * 1_000_000 + "'",
    "a comment of a million": "SELECT 1 /* " + "x" * 1_000_000 + " */",
    "ten thousand columns": "CREATE TABLE t ("
    + ", ".join(f"c{i} INT" for i in range(10_000))
    + ")",
    "ten thousand equal names": "SELECT " + ", ".join(["v"] * 10_000) + " FROM a",
    "a NUL in a string": "SELECT 'a\0b'",
    "half a character": "SELECT '\ud800'",
    "fifty queries in one another": "SELECT * FROM " + "(SELECT * FROM " * 50 + "a" + ")" * 50,
}


@pytest.mark.parametrize("sql", BIG_AND_FINE.values(), ids=BIG_AND_FINE.keys())
def test_it_is_long_and_right(sql: str) -> None:
    plan(sql, SESSION, CATALOG)


_WORDS = """
SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET FETCH JOIN LEFT OUTER ON USING NATURAL
CROSS UNION ALL EXCEPT INTERSECT WITH AS AND OR NOT IN EXISTS BETWEEN LIKE IS NULL CASE WHEN
THEN ELSE END CAST TRY_CAST INTERVAL DATE TIMESTAMP ARRAY MAP ROW UNNEST LATERAL TABLE
ML_PREDICT TUMBLE DESCRIPTOR HOP OVER PARTITION RANGE ROWS PRECEDING CURRENT ROLLUP CUBE
GROUPING SETS VALUES CREATE INSERT INTO VIEW MODEL CONNECTION ALTER DROP SET RESET SHOW TABLES
DESCRIBE EXPLAIN WATERMARK FOR SYSTEM_TIME OF PRIMARY KEY ENFORCED DISTRIBUTED BUCKETS
MATERIALIZED EXECUTE STATEMENT BEGIN COUNT SUM COALESCE CONCAT TRUE FALSE STRING INT DECIMAL
MINUTE DAY EXTRACT TRIM JSON_OBJECT KEY VALUE a u m id k v tags `a` `$rowtime` 'm' 'x' '' 1 0
1.5 1e3 x'00' ( ) [ ] < > = <> , . ; + - * / || => ? : /*+ */ -- /* @ # { } \" !
"""
WORDS = _WORDS.split()

fragments = st.lists(st.sampled_from(WORDS), min_size=1, max_size=25).map(" ".join)
texts = st.text(alphabet=string.printable + "é😀\0\ud800", max_size=60)
started = st.builds(
    " ".join,
    st.tuples(
        st.sampled_from(
            [
                "SELECT", "SELECT id FROM a WHERE", "SELECT * FROM a,", "SELECT k, COUNT(*) FROM a",
                "CREATE TABLE t (", "CREATE TABLE t AS", "INSERT INTO a", "ALTER TABLE a",
                "CREATE MODEL", "SELECT * FROM TABLE(", "WITH q AS (", "EXPLAIN", "SHOW",
            ]
        ),
        fragments | texts,
    ),
)  # fmt: skip


def answer(sql: str) -> str:
    """Return the kind of statement planned, or why it is refused; anything else is raised."""
    try:
        return type(plan(sql, SESSION, CATALOG)).__name__
    except SqlError as refusal:
        return str(refusal)


@settings(max_examples=2000)
@given(fragments | texts | started)
def test_any_text_is_a_plan_or_a_statement_error(sql: str) -> None:
    assert answer(sql)


GOOD = [
    "SELECT k, COUNT(*) AS c FROM a WHERE v > 1 GROUP BY k HAVING COUNT(*) > 1",
    "SELECT a.id, t.tag FROM a LEFT JOIN UNNEST(tags) AS t(tag) ON TRUE",
    "SELECT id, answer FROM a, LATERAL TABLE(ML_PREDICT('m', k, MAP['debug', true]))",
    "CREATE TABLE t (id INT NOT NULL, PRIMARY KEY (id) NOT ENFORCED) WITH ('key.format'='raw')",
    "SELECT CASE WHEN v IS NULL THEN 'x' ELSE CAST(v AS STRING) END FROM a ORDER BY v LIMIT 3",
    "INSERT INTO u VALUES (1, 'x'), (2, CAST(NULL AS STRING))",
]


@settings(max_examples=1500)
@given(st.data())
def test_a_statement_with_a_piece_cut_out_or_doubled(data: st.DataObject) -> None:
    sql = data.draw(st.sampled_from(GOOD))
    start = data.draw(st.integers(0, len(sql) - 1))
    end = data.draw(st.integers(start, len(sql)))
    piece = data.draw(st.sampled_from(["", sql[start:end] * 2, " ", "'", "`", "(", ")", ","]))
    assert answer(sql[:start] + piece + sql[end:])
