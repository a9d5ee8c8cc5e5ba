"""Texts become trees, or are refused at the token where Flink refuses them."""

from __future__ import annotations

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from runthrough.emulator.flink.parse.dialect import Flink, tokenize
from runthrough.emulator.flink.parse.reserved import RESERVED
from runthrough.emulator.flink.parse.statements import parse_statement
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planner import plan
from tests.emulator.flink.planner_catalog import SESSION, MemoryCatalog, execute, query_of, table


def refusal(sql: str) -> str:
    with pytest.raises(SqlError) as caught:
        parse_statement(sql)
    return str(caught.value)


def test_the_dialect_is_one_of_sqlglots() -> None:
    tree = sqlglot.parse_one("SELECT `a b`, x[1] FROM `r.S.T` AS t LIMIT 3", dialect=Flink)
    assert isinstance(tree, exp.Select)
    assert tree.args["from_"].this.name == "r.S.T"
    assert [part.name for part in tree.find_all(exp.Column)] == ["a b", "x"]


@pytest.mark.parametrize(
    ("sql", "encountered", "line", "column"),
    [
        ('SELECT "x"', '\\"', 1, 8),
        ("SELECT a, FROM t", "FROM", 1, 11),
        ("SELECT FROM t", "FROM", 1, 8),
        ("SELECT a\nFROM t\nWHERE", "<EOF>", 3, 5),
        ("SELECT a::int FROM t", ":", 1, 9),
        ("SELECT * FROM t LIMIT -1", "-", 1, 23),
        ("SELECT * FROM t LIMIT 1 WHERE a = 1", "WHERE", 1, 25),
        ("SELECT * EXCEPT (a) FROM t", "a", 1, 18),
        ("SELECT f(a,) FROM t", ")", 1, 12),
        ("SELECT 1; SELECT 2", "SELECT", 1, 11),
        ("WITH q AS (SELECT 1) INSERT INTO t SELECT * FROM q", "INSERT", 1, 22),
        ("FROM t SELECT a", "FROM", 1, 1),
        ("SELECT a {# note #} FROM t", "{", 1, 10),
        ("SELECT é€ FROM t", "\\u20ac", 1, 9),
        ("", "<EOF>", 1, 1),
        ("  \n -- nothing\n", "<EOF>", 2, 11),
        (";", ";", 1, 1),
        ("FETCH ALL", "FETCH", 1, 1),
        ("SELECT a FROM t JOIN LATERAL TABLE(UNNEST(x)) ON TRUE", "UNNEST", 1, 36),
    ],
)
def test_parse_errors_name_the_token_and_its_place(
    sql: str, encountered: str, line: int, column: int
) -> None:
    assert refusal(sql).startswith(f"{wrong(encountered)} at line {line}, column {column}.")


def wrong(word: str) -> str:
    """Return how Flink names a token: a reserved word in capitals is called a keyword."""
    if word.isalpha() and word.isupper() and word in RESERVED:
        return f"SQL parse failed. Incorrect syntax near the keyword '{word}'"
    return f'SQL parse failed. Encountered "{word}"'


@pytest.mark.parametrize("word", ["timestamp", "position", "VALUE", "one", "day", "user"])
def test_a_reserved_word_is_no_column(word: str) -> None:
    text = refusal(f"SELECT {word} FROM t")
    assert text.startswith(f"{wrong(word)} at line 1, column 8.")
    assert "Was expecting one of:\n    <BACK_QUOTED_IDENTIFIER> ..." in text


FREE = "input output model prompt key name type data status message query vector"


@pytest.mark.parametrize("word", FREE.split())
def test_words_that_labs_use_unquoted_are_free(word: str) -> None:
    assert word.upper() not in RESERVED
    parse_statement(f"SELECT {word} AS {word} FROM {word} AS {word}")


@pytest.mark.parametrize("sql", ["SELECT 'abc", "SELECT `abc", "SELECT /* abc"])
def test_what_is_not_closed_is_a_lexical_error(sql: str) -> None:
    assert refusal(sql).startswith("SQL parse failed. Lexical error at line 1, column 8.")


def test_bang_equal_is_refused_as_flink_does() -> None:
    text = refusal("SELECT 1 FROM t WHERE a != 1")
    why = "Bang equal '!=' is not allowed under the current SQL conformance level"
    assert text == f"SQL parse failed. {why}"


def test_ilike_is_an_operator_without_a_function() -> None:
    text = refusal("SELECT a ILIKE 'x' FROM t")
    why = "No match found for function signature ILIKE"
    assert text == f"SQL validation failed. From line 1, column 8 to line 1, column 18: {why}"


def test_unknown_type_is_named_with_its_place() -> None:
    text = refusal("SELECT CAST(a AS TEXT) FROM t")
    assert text == (
        "SQL validation failed. From line 1, column 18 to line 1, column 21: "
        "Unknown identifier 'TEXT'"
    )


def test_a_join_needs_a_condition() -> None:
    assert "requires a condition" in refusal("SELECT * FROM a JOIN b")


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("SELECT * FROM t MATCH_RECOGNIZE (PATTERN (A))", "MATCH_RECOGNIZE"),
        ("CREATE AGENT a USING MODEL m", "CREATE AGENT"),
        ("ALTER FUNCTION f AS 'x'", "ALTER FUNCTION"),
    ],
)
def test_what_is_not_there_yet_says_so(sql: str, what: str) -> None:
    text = refusal(sql)
    assert text.startswith("not emulated: ")
    assert text.endswith("; the live target has it")
    assert what in text


@pytest.mark.parametrize("sql", ["SET 'a' = 'b'", "RESET 'a'", "USE CATALOG c", "USE d"])
def test_settings_are_the_clients_business(sql: str) -> None:
    assert "cannot be submitted" in refusal(sql)


@pytest.mark.parametrize(
    "sql", ["DELETE FROM t", "UPDATE t SET a = 1", "TRUNCATE TABLE t", "CREATE DATABASE d"]
)
def test_what_confluent_has_not_is_refused_in_its_words(sql: str) -> None:
    assert refusal(sql).endswith("is not supported in Confluent's Flink SQL dialect.")


def test_comments_and_a_trailing_semicolon_are_read_over() -> None:
    parse_statement("-- one\nSELECT /* two */ 1 -- three\n;\n/* four */")


def test_an_error_points_into_the_submitted_text_behind_comments() -> None:
    text = refusal("-- a comment\n/* and\n another */ SELECT a b c")
    assert "line 3, column 24" in text


def answer(sql: str, catalog: MemoryCatalog) -> object:
    """Return the command or the refusal; any other exception is a failure."""
    try:
        return plan(sql, SESSION, catalog)
    except SqlError as refused:
        return str(refused)


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_planned_or_refused_with_a_reason(sql: str) -> None:
    assert answer(sql, MemoryCatalog())


PIECES = """
SELECT FROM WHERE t a b , ( ) * 'x' `q` 1 1.5 AS JOIN LEFT ON = < + - || CASE WHEN THEN END
COUNT(*) SUM( GROUP BY ORDER LIMIT IN NOT NULL IS AND OR CAST( INT ) [ ] . LATERAL TABLE
ML_PREDICT( CREATE TABLE WITH INSERT INTO VALUES INTERVAL DAY ; UNION ALL EXISTS ( VALUES
DISTINCT HAVING BETWEEN LIKE ESCAPE FILTER ( WHERE ROW ARRAY[ MAP[ $rowtime
"""
WORDS = st.sampled_from(PIECES.split())


@given(st.lists(WORDS, max_size=25))
@settings(max_examples=500, deadline=None)
def test_any_heap_of_words_is_planned_or_refused_with_a_reason(words: list[str]) -> None:
    catalog = MemoryCatalog().add(table("t", "a INT; b STRING"))
    assert answer(" ".join(words), catalog)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
@settings(max_examples=200, deadline=None)
def test_string_literals_survive_from_text_to_duckdb(value: str) -> None:
    query = query_of(MemoryCatalog(), "SELECT '" + value.replace("'", "''") + "' AS v")
    assert execute(query, {}) == [(value,)]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
               min_size=1, max_size=20))  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_backticked_names_survive_from_text_to_result(name: str) -> None:
    query = query_of(MemoryCatalog(), "SELECT 1 AS `" + name.replace("`", "``") + "`")
    assert query.columns[0].name == name
    assert execute(query, {}) == [(1,)]


def test_deep_nesting_is_refused_not_crashed() -> None:
    sql = "SELECT " + "(" * 5000 + "1" + ")" * 5000
    with pytest.raises(SqlError, match="nested too deeply"):
        plan(sql, SESSION, MemoryCatalog())


def test_escapes_work_in_their_own_literals_only() -> None:
    query = query_of(MemoryCatalog(), r"SELECT 'a\nb', E'a\nb', U&'a\000ab'")
    assert execute(query, {}) == [("a\\nb", "a\nb", "a\nb")]


def test_offsets_of_tokens_are_those_of_the_text() -> None:
    sql = "SELECT 'it''s' ,\r\n `a``b`"
    assert [sql[t.start : t.end + 1] for t in tokenize(sql)] == ["SELECT", "'it''s'", ",", "`a``b`"]


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("SELECT id A FROM FROM A", "FROM"),
        ("SELECT FROM A", "FROM"),
        ("SELECT id FROM WHERE id = 1", "WHERE"),
        ("SELECT id FROM A WHERE SELECT", "SELECT"),
        ("CREATE TABLE SELECT (a INT)", "SELECT"),
        ("CREATE TABLE t (a INT, SELECT INT)", "SELECT"),
        ("INSERT INTO SELECT 1", "SELECT"),
        ("SELECT id FROM A SELECT", "SELECT"),
        ("WITH q AS (SELECT 1) INSERT INTO t SELECT * FROM q", "INSERT"),
    ],
)
def test_a_keyword_is_named_where_a_name_may_stand(sql: str, word: str) -> None:
    assert f"Incorrect syntax near the keyword '{word}'" in refusal(sql)


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("SELECT COUNT(id FROM A", "FROM"),
        ("DROP SELECT x", "SELECT"),
        ("CREATE SELECT x", "SELECT"),
        ("INSERT SELECT 1", "SELECT"),
        ("SELECT CASE WHEN id = 1 FROM A", "FROM"),
        ("SELECT CAST(id FROM A)", "FROM"),
        ("CREATE TABLE t (a INT) WITH SELECT", "SELECT"),
        ("CREATE TABLE t (id INT SELECT)", "SELECT"),
    ],
)
def test_elsewhere_it_was_encountered(sql: str, word: str) -> None:
    assert f'Encountered "{word}" at' in refusal(sql)
