"""Lines that run a query and look at its result."""

from __future__ import annotations

import re

from pytest_bdd import parsers, then, when

from runthrough.clients.flink import Flink, Rows
from runthrough.run.stage import ShowRows

_WATCH_SECONDS = 20.0


@when("I run the query:", target_fixture="rows")
def run_query(flink: Flink, show_rows: ShowRows, docstring: str) -> Rows:
    rows = flink.query(docstring)
    show_rows(rows.columns, rows.rows)
    return rows


@when("I watch the query:", target_fixture="rows")
def watch_query(flink: Flink, show_rows: ShowRows, docstring: str) -> Rows:
    rows = flink.changes(docstring, seconds=_WATCH_SECONDS)
    show_rows(rows.columns, rows.rows[-10:])
    return rows


@then(parsers.parse("the result has {count:d} rows"))
def count_rows(rows: Rows, count: int) -> None:
    assert len(rows.rows) == count, f"the result has {len(rows.rows)} rows"


@then(parsers.parse('the result says "{words}"'))
def say_words(rows: Rows, words: str) -> None:
    said = "\n".join(str(value) for row in rows.rows for value in row)
    assert words in said, f"the result says: {said or 'nothing'}"


@then("the result lists:")
def list_rows(rows: Rows, datatable: list[list[str]]) -> None:
    expected, seen = _expected(datatable), _shown(rows, datatable[0])
    missing = [row for row in expected if row not in seen]
    assert not missing, f"not in the result: {missing}"


@then("the result shows, in order:")
def show_in_order(rows: Rows, datatable: list[list[str]]) -> None:
    expected, seen = _expected(datatable), _shown(rows, datatable[0])
    assert seen == expected, f"the result is {seen}"


@then(parsers.re(r'every "(?P<column>[^"]+)" (?P<how>begins with|is one of) "(?P<words>[^"]+)"'))
def match_column(rows: Rows, column: str, how: str, words: str) -> None:
    one_of = "|".join(re.escape(word) for word in words.split(", "))
    _match(rows, column, one_of if how == "is one of" else re.escape(words) + ".*")


@then(parsers.parse('every "{column}" is a number of {digits:d} digits'))
def measure_column(rows: Rows, column: str, digits: int) -> None:
    _match(rows, column, rf"\d{{{digits}}}")


@then(parsers.parse('no "{column}" is empty'))
def fill_column(rows: Rows, column: str) -> None:
    empty = sum(1 for value in rows.column(column) if not value)
    assert not empty, f"{empty} of {len(rows.rows)} rows have no {column}"


def _match(rows: Rows, column: str, pattern: str) -> None:
    others = [v for v in rows.column(column) if not re.fullmatch(pattern, str(v))]
    assert not others, f"{column} also holds {others[:3]}"
    assert rows.rows, "the result is empty"


def _expected(datatable: list[list[str]]) -> list[tuple[str, ...]]:
    return [tuple(row) for row in datatable[1:]]


def _shown(rows: Rows, header: list[str]) -> list[tuple[str, ...]]:
    """Return the columns a table of the feature speaks of, as text."""
    columns = [rows.column(name) for name in header]
    return [tuple(str(value) for value in row) for row in zip(*columns, strict=True)]
