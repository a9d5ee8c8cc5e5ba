"""Casts to text and back give the value again; whole numbers wrap as Java's do."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.flink.bind.casts import cast
from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.operators import compute
from runthrough.emulator.flink.functions import udfs
from runthrough.emulator.flink.functions.java_patterns import (
    BadPatternError,
    UntranslatableError,
    compiled,
)
from runthrough.emulator.flink.types import STRING, FlinkType, duckdb_type
from tests.emulator.flink.planner_catalog import flink_type

PLACES = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    udfs.register(connection)
    yield connection
    connection.close()


def bound(number: int, t: FlinkType) -> Expr:
    return Expr(f"CAST(${number} AS {duckdb_type(t)})", t, "x")


def value_of(database: duckdb.DuckDBPyConnection, made: Expr, *values: Any) -> Any:
    return database.execute(f"SELECT {made.sql}", list(values)).fetchall()[0][0]


def there_and_back(database: duckdb.DuckDBPyConnection, value: Any, written: str) -> Any:
    t = flink_type(written)
    text = cast(bound(1, t), STRING, "UTC")
    return value_of(database, cast(text, t, "UTC"), value)


@given(number=st.floats(allow_nan=False))
def test_doubles_come_back(database: duckdb.DuckDBPyConnection, number: float) -> None:
    assert there_and_back(database, number, "DOUBLE") == number


@given(number=st.decimals(allow_nan=False, allow_infinity=False, places=4, max_value=10**12,
                          min_value=-(10**12)))  # fmt: skip
def test_decimals_come_back(database: duckdb.DuckDBPyConnection, number: Decimal) -> None:
    assert there_and_back(database, number, "DECIMAL(20, 4)") == number


@given(moment=st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31)))
def test_timestamps_come_back(database: duckdb.DuckDBPyConnection, moment: dt.datetime) -> None:
    assert there_and_back(database, moment, "TIMESTAMP(6)") == moment


@given(clock=st.times().map(lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000)))
def test_times_come_back_to_the_millisecond(
    database: duckdb.DuckDBPyConnection, clock: dt.time
) -> None:
    assert there_and_back(database, clock, "TIME(3)") == clock


@given(name=st.sampled_from(sorted(PLACES)), data=st.data())
@settings(max_examples=60)
def test_sums_and_products_wrap(
    database: duckdb.DuckDBPyConnection, name: str, data: st.DataObject
) -> None:
    half = 2 ** (PLACES[name] - 1)
    inside = st.integers(-half, half - 1)
    a, b = data.draw(inside), data.draw(inside)
    t = flink_type(name)
    for sign, exact in (("+", a + b), ("-", a - b), ("*", a * b)):
        made = compute(sign, bound(1, t), bound(2, t))
        wrapped = (exact + half) % (2 * half) - half
        assert value_of(database, made, a, b) == wrapped


@given(pattern=st.text(alphabet=r"ab.*+?()[]{}|^$\dwsQE,1-&:<=!", max_size=12))
def test_any_pattern_is_translated_or_named(pattern: str) -> None:
    found: object = None
    try:
        found = compiled(pattern)
    except (BadPatternError, UntranslatableError) as refused:
        found = str(refused)
    assert isinstance(found, re.Pattern) or found
