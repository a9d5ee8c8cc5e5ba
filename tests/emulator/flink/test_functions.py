"""Functions and operators give Flink's values and types."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.flink.functions.table import AGGREGATES, ELSEWHERE, SCALARS
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import summary
from tests.emulator.flink.planner_catalog import (
    SESSION,
    MemoryCatalog,
    query_of,
    rows_of,
    table,
    type_of,
    value_of,
)

D = Decimal


@pytest.mark.parametrize(
    ("expression", "value", "type_text"),
    [
        ("1", 1, "INT NOT NULL"),
        ("2147483648", 2147483648, "BIGINT NOT NULL"),
        ("1.5", D("1.5"), "DECIMAL(2, 1) NOT NULL"),
        ("1e3", 1000.0, "DOUBLE NOT NULL"),
        ("'abc'", "abc", "CHAR(3) NOT NULL"),
        ("x'48'", b"H", "BINARY(1) NOT NULL"),
        ("5/2", 2, "INT NOT NULL"),
        ("-5/2", -2, "INT NOT NULL"),
        ("5/2.0", D("2.500000"), "DECIMAL(17, 6) NOT NULL"),
        ("5/2e0", 2.5, "DOUBLE NOT NULL"),
        ("-7 % 3", -1, "INT NOT NULL"),
        ("MOD(7, -3)", 1, "INT NOT NULL"),
        ("0.1 + 0.2", D("0.3"), "DECIMAL(3, 1) NOT NULL"),
        ("1.1 * 2.2", D("2.42"), "DECIMAL(5, 2) NOT NULL"),
        ("'5' < 10", True, "BOOLEAN NOT NULL"),
        ("CONCAT('a', CAST(NULL AS STRING))", None, "STRING"),
        ("'a' || 'b'", "ab", "CHAR(2) NOT NULL"),
        ("CONCAT_WS(',', 'a', CAST(NULL AS STRING), 'b')", "a,b", "STRING"),
        ("CAST(' 12 ' AS INT)", 12, "INT NOT NULL"),
        ("CAST('12.7' AS INT)", 12, "INT NOT NULL"),
        ("CAST(3000000000 AS INT)", -1294967296, "INT NOT NULL"),
        ("CAST(2.7e0 AS INT)", 2, "INT NOT NULL"),
        ("CAST(1e20 AS INT)", 2147483647, "INT NOT NULL"),
        ("CAST(300.9 AS TINYINT)", 44, "TINYINT NOT NULL"),
        ("SIGN(-2.5)", D("-1.0"), "DECIMAL(2, 1) NOT NULL"),
        ("LPAD('a', CAST(3 AS BIGINT), 'xy')", "xya", "STRING NOT NULL"),
        ("DAYOFYEAR(DATE '2024-02-01')", 32, "BIGINT NOT NULL"),
        ("CAST('yes' AS BOOLEAN)", True, "BOOLEAN NOT NULL"),
        ("CAST(TRUE AS STRING)", "TRUE", "STRING NOT NULL"),
        ("CAST(12.345 AS DECIMAL(4,2))", D("12.35"), "DECIMAL(4, 2) NOT NULL"),
        ("CAST(1e2 AS STRING)", "100.0", "STRING NOT NULL"),
        ("CAST(1E10 AS STRING)", "1.0E10", "STRING NOT NULL"),
        ("CAST(ARRAY[1, 2] AS STRING)", "[1, 2]", "STRING NOT NULL"),
        ("TRY_CAST('abc' AS INT)", None, "INT"),
        ("ROUND(2.5)", D("3"), "DECIMAL(2, 0) NOT NULL"),
        ("ROUND(1.005e0, 2)", 1.01, "DOUBLE NOT NULL"),
        ("ROUND(-2.5e0)", -3.0, "DOUBLE NOT NULL"),
        ("ABS(-5)", 5, "INT NOT NULL"),
        ("GREATEST(1, NULL, 3)", None, "INT"),
        ("COALESCE(NULL, 'x')", "x", "CHAR(1) NOT NULL"),
        ("NULLIF(1, 1)", None, "INT"),
        ("IF(CAST(NULL AS BOOLEAN), 'a', 'bcd')", "bcd", "VARCHAR(3)"),
        ("CASE WHEN NULL THEN 1 ELSE 2.5 END", D("2.5"), "DECIMAL(11, 1) NOT NULL"),
        ("CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "b", "CHAR(1)"),
        ("ARRAY[1, 2][1]", 1, "INT"),
        ("ARRAY[1, 2][5]", None, "INT"),
        ("CARDINALITY(ARRAY[1, 2])", 2, "INT NOT NULL"),
        ("ARRAY_JOIN(ARRAY['a', NULL, 'b'], '|')", "a|b", "STRING NOT NULL"),
        ("ARRAY_JOIN(ARRAY[CAST(NULL AS STRING)], '|')", "", "STRING NOT NULL"),
        ("ARRAY_JOIN(ARRAY['a', NULL], '|', '-')", "a|-", "STRING NOT NULL"),
        ("CHAR_LENGTH('é')", 1, "INT NOT NULL"),
        ("UPPER('a')", "A", "CHAR(1) NOT NULL"),
        ("TRIM('  a ')", "a", "VARCHAR(4) NOT NULL"),
        ("TRIM(BOTH 'x' FROM 'xax')", "a", "VARCHAR(3) NOT NULL"),
        ("SUBSTRING('hello', -3, 2)", "ll", "VARCHAR(5)"),
        ("SUBSTRING('hello', 0, 2)", "he", "VARCHAR(5)"),
        ("SUBSTRING('hello' FROM 2 FOR 2)", "el", "VARCHAR(5)"),
        ("REPLACE('a b', ' ', '_')", "a_b", "STRING NOT NULL"),
        ("SPLIT_INDEX('a,b', ',', 1)", "b", "STRING"),
        ("SPLIT_INDEX('a,b', ',', 2)", None, "STRING"),
        (r"REGEXP_EXTRACT('ab12', '([a-z]+)(\d+)', 2)", "12", "STRING"),
        ("REGEXP_EXTRACT('ab12', 'x')", None, "STRING"),
        ("REGEXP_EXTRACT('ab12', '(')", None, "STRING"),
        ("JSON_VALUE('{\"a\":{\"b\":1.5}}', '$.a.b')", "1.5", "STRING"),
        ("JSON_VALUE('{\"a\":{}}', '$.a')", None, "STRING"),
        ("JSON_VALUE('x', '$.a')", None, "STRING"),
        ("JSON_VALUE('{}', '$.a' DEFAULT 'n' ON EMPTY)", None, "STRING"),
        ("JSON_VALUE('{}', 'lax $.a' DEFAULT 'n' ON EMPTY)", "n", "STRING"),
        ("JSON_VALUE('{}', '$.a' DEFAULT 'n' ON ERROR)", "n", "STRING"),
        ("JSON_VALUE('{\"a\":5}', '$.a' RETURNING INT)", 5, "INT"),
        (
            "JSON_OBJECT('p' VALUE 90.0, 'b' VALUE FALSE, 'horizon': 1)",
            '{"b":false,"horizon":1,"p":90.0}',
            "STRING NOT NULL",
        ),
        (
            "JSON_OBJECT('a' VALUE NULL, 'z' VALUE JSON_OBJECT('q' VALUE 'x') ABSENT ON NULL)",
            '{"z":{"q":"x"}}',
            "STRING NOT NULL",
        ),
        ("1 IN (2, NULL)", None, "BOOLEAN"),
        ("'abc' LIKE 'a_c'", True, "BOOLEAN NOT NULL"),
        ("NULL IS NULL", True, "BOOLEAN NOT NULL"),
        ("2 BETWEEN 1 AND 3", True, "BOOLEAN NOT NULL"),
        ("EXTRACT(HOUR FROM TIMESTAMP '2024-01-01 13:05:00')", 13, "BIGINT NOT NULL"),
        ("DAYOFWEEK(DATE '2024-01-07')", 1, "BIGINT NOT NULL"),
        ("DATE_FORMAT(TIMESTAMP '2024-01-01 13:05:00', 'h:mm a')", "1:05 PM", "STRING"),
        ("TO_TIMESTAMP('2024-01-01T00:00:00Z')", None, "TIMESTAMP(3)"),
        (
            "TIMESTAMP '2024-01-31 00:00:00' + INTERVAL '1' MONTH",
            dt.datetime(2024, 2, 29),
            "TIMESTAMP(0) NOT NULL",
        ),
        ("UNIX_TIMESTAMP('2024-01-01 00:00:00')", 1704067200, "BIGINT NOT NULL"),
    ],
)
def test_value_and_type(expression: str, value: Any, type_text: str) -> None:
    assert value_of(expression) == value
    assert summary(type_of(expression)) == type_text


INSTANT = dt.datetime(2023, 11, 14, 22, 13, 20, 678000, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("TO_TIMESTAMP_LTZ(1700000000678, 3)", INSTANT),
        ("TO_TIMESTAMP_LTZ(1700000000678)", INSTANT),
        ("TO_TIMESTAMP_LTZ(1700000000, 0)", INSTANT.replace(microsecond=0)),
        ("TO_TIMESTAMP_LTZ(1700000000678123, 6)", INSTANT.replace(microsecond=678123)),
        ("TO_TIMESTAMP_LTZ('2023-11-14 22:13:20.678')", INSTANT),
        ("TO_TIMESTAMP_LTZ(CAST(NULL AS BIGINT), 3)", None),
    ],
)
def test_to_timestamp_ltz_reads_numbers_by_precision_and_text(expression: str, value: Any) -> None:
    assert value_of(expression) == value


def test_moments_are_printed_and_read_in_the_sessions_zone() -> None:
    berlin = replace(SESSION, time_zone="Europe/Berlin")
    assert value_of("CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING)") == "1970-01-01 00:00:00.000"
    printed = value_of("CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING)", berlin)
    assert printed == "1970-01-01 01:00:00.000"
    assert value_of("HOUR(TO_TIMESTAMP_LTZ(0, 3))", berlin) == 1
    midnight = value_of("CAST('2024-01-01 00:00:00' AS TIMESTAMP_LTZ(3))", berlin)
    assert midnight == dt.datetime(2023, 12, 31, 23, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("1 = '1'", "implicit type conversion between INTEGER and CHAR is not supported now"),
        ("1 + '1'", "Cannot apply '+' to arguments of type '<INTEGER> + <CHAR(1)>'"),
        ("'a' || 1", "Cannot apply '||' to arguments of type '<CHAR(1)> || <INTEGER>'"),
        (
            "CONCAT('a', 1, 'b')",
            "Cannot apply 'CONCAT' to arguments of type 'CONCAT(<CHAR(1)>, <INTEGER>, <CHAR(1)>)'. "
            "Supported form(s): 'CONCAT(<CHARACTER>)'",
        ),
        ("LENGTH('a')", "No match found for function signature LENGTH(<CHARACTER>)"),
        ("nvl(1, 'a')", "No match found for function signature nvl(<NUMERIC>, <CHARACTER>)"),
        ("CAST(5 AS TIMESTAMP)", "The cast from NUMERIC type to TIMESTAMP type is not allowed."),
        (
            "CAST(NOW() AS BIGINT)",
            "The cast from TIMESTAMP_LTZ type to NUMERIC type is not allowed.",
        ),
        ("TO_TIMESTAMP_LTZ(NOW(), 3)", "Invalid input arguments."),
        ("ARRAY[1][0]", "Array element access needs an index starting at 1 but was 0."),
        ("ARRAY[]", "Require at least 1 argument"),
        ("INTERVAL '100' DAY", "Interval field value 100 exceeds precision of DAY(2) field"),
        ("1 AND TRUE", "Cannot apply 'AND' to arguments of type '<INTEGER> AND <BOOLEAN>'"),
        ("DATE '2024-13-01'", "Illegal DATE literal '2024-13-01'"),
        ("CASE WHEN TRUE THEN 1 ELSE 'a' END", "Illegal mixing of types in CASE or COALESCE"),
        ("LISTAGG('a', UPPER('b'))", "Argument to function 'LISTAGG' must be a literal"),
        ("ABS(1, 2)", "Invalid number of arguments to function 'ABS'"),
        ("CAST(DATE '2024-01-01' AS BOOLEAN)", "Cast function cannot convert value of type DATE"),
    ],
)
def test_refusals_have_flinks_words(expression: str, text: str) -> None:
    with pytest.raises(SqlError) as caught:
        query_of(MemoryCatalog(), f"SELECT {expression}")
    assert text in str(caught.value)
    message = str(caught.value)
    placed = message.startswith("SQL validation failed. From line 1, column 8 to line 1,")
    assert placed != any(words in message for words in WITHOUT_PLACE)


WITHOUT_PLACE = (
    "implicit type conversion",
    "type is not allowed",
    "Invalid function call",
    "Array element access",
)
"""Refusals that Flink prints without saying where."""


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("1 / (1 - 1)", "Division by zero"),
        ("1.0 / (1 - 1)", "Division by zero"),
        ("CAST('abc' AS INT)", "For input string: 'abc'. Invalid character found."),
        ("CAST('3000000000' AS INT)", "For input string: '3000000000'. Overflow."),
        (
            "CAST('2024-01-02T03:04:05Z' AS TIMESTAMP(3))",
            "could not be parsed, unparsed text found at index 10",
        ),
    ],
)
def test_runtime_failures_stop_the_statement_in_flinks_words(expression: str, text: str) -> None:
    with pytest.raises(duckdb.Error) as caught:
        value_of(expression)
    assert text in str(caught.value)


def test_functions_that_only_the_cloud_has_are_not_guessed() -> None:
    with pytest.raises(SqlError, match="not emulated: function AI_DETECT_PII; the live"):
        query_of(MemoryCatalog(), "SELECT AI_DETECT_PII('a')")
    with pytest.raises(SqlError, match=r"'PROCTIME' is not supported in Confluent's Flink SQL"):
        query_of(MemoryCatalog(), "SELECT PROCTIME()")
    with pytest.raises(SqlError, match="look-behind of variable width in REGEXP_EXTRACT"):
        query_of(MemoryCatalog(), "SELECT REGEXP_EXTRACT('ab', '(?<=a{1,2})b')")


def test_the_function_tables_do_not_overlap() -> None:
    assert not set(SCALARS) & set(AGGREGATES)
    assert not ELSEWHERE & (set(SCALARS) | set(AGGREGATES))
    assert all(name == function.name for name, function in SCALARS.items())


@pytest.mark.parametrize("expression", ["NOW()", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP"])
def test_now_has_milliseconds(expression: str) -> None:
    assert value_of(expression).microsecond % 1000 == 0
    assert type_of(expression).precision == 3


DATA = {"a": [("x", 1, "p"), ("y", 2, None), ("x", 4, "q"), (None, None, "r"), ("x", 4, "p")]}


def catalog() -> MemoryCatalog:
    return MemoryCatalog().add(table("a", "k STRING; v INT; s STRING"))


@pytest.mark.parametrize(
    ("call", "value", "type_text"),
    [
        ("COUNT(*)", 5, "BIGINT NOT NULL"),
        ("COUNT(v)", 4, "BIGINT NOT NULL"),
        ("COUNT(DISTINCT k)", 2, "BIGINT NOT NULL"),
        ("COUNT(*) FILTER (WHERE v > 1)", 3, "BIGINT NOT NULL"),
        ("SUM(v)", 11, "INT"),
        ("AVG(v)", 2, "INT"),
        ("AVG(CAST(v AS DECIMAL(10, 2)))", D("2.750000"), "DECIMAL(38, 6)"),
        ("AVG(CAST(v AS DOUBLE))", 2.75, "DOUBLE"),
        ("MIN(s)", "p", "STRING"),
        ("MAX(v)", 4, "INT"),
        ("ARRAY_AGG(s)", ["p", None, "q", "r", "p"], "ARRAY<STRING>"),
        ("ARRAY_AGG(DISTINCT s)", ["p", None, "q", "r"], "ARRAY<STRING>"),
        ("ARRAY_JOIN(ARRAY_AGG(s), '||| ')", "p||| q||| r||| p", "STRING"),
        ("LISTAGG(s)", "p,q,r,p", "STRING"),
        ("LISTAGG(DISTINCT s, '-')", "p-q-r", "STRING"),
        ("LISTAGG(DISTINCT CAST(CAST(ARRAY[k, 'z'] AS STRING) AS VARCHAR(3)))", "[x,,[y,,[NU",
         "STRING"),
        ("FIRST_VALUE(v)", 1, "INT"),
        ("LAST_VALUE(k)", "x", "STRING"),
    ],
)  # fmt: skip
def test_aggregates_follow_arrival(call: str, value: Any, type_text: str) -> None:
    query = query_of(catalog(), f"SELECT {call} FROM a")
    assert rows_of(catalog(), f"SELECT {call} FROM a", DATA) == [(value,)]
    assert summary(query.columns[0].type) == type_text


def test_array_agg_of_only_nulls_is_an_array_and_joins_to_nothing() -> None:
    sql = "SELECT ARRAY_AGG(s), ARRAY_JOIN(ARRAY_AGG(s), ','), LISTAGG(s) FROM a WHERE k = 'y'"
    assert rows_of(catalog(), sql, DATA) == [([None], "", None)]


@given(st.lists(st.decimals(min_value=-9999, max_value=9999, places=2), min_size=1, max_size=30))
@settings(deadline=None, max_examples=60)
def test_the_mean_of_decimals_is_exact(values: list[Decimal]) -> None:
    known = MemoryCatalog().add(table("d", "v DECIMAL(10,2)"))
    found = rows_of(known, "SELECT AVG(v) FROM d", {"d": [(v,) for v in values]})
    exact = (sum(values, D(0)) / len(values)).quantize(D("0.000001"), ROUND_HALF_UP)
    assert found == [(exact,)]


@given(
    st.decimals(min_value=-9999, max_value=9999, places=2),
    st.decimals(min_value=-99, max_value=99, places=3).filter(lambda d: d != 0),
)
@settings(deadline=None, max_examples=60)
def test_decimals_are_divided_exactly(left: Decimal, right: Decimal) -> None:
    known = MemoryCatalog().add(table("d", "a DECIMAL(6,2); b DECIMAL(5,3)"))
    query = query_of(known, "SELECT a / b AS q FROM d")
    scale = query.columns[0].type.scale
    exact = (left / right).quantize(D(1).scaleb(-(scale or 0)), ROUND_HALF_UP)
    assert rows_of(known, "SELECT a / b AS q FROM d", {"d": [(left, right)]}) == [(exact,)]
