"""Types are spelled, encoded and stored as the services do."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.flink.encoding import encode, java_double
from runthrough.emulator.flink.types import describe, duckdb_type, show, summary, type_json
from tests.emulator.flink.planner_catalog import flink_type, value_of

SPELLED = [
    ("STRING", "STRING", "VARCHAR(2147483647)"),
    ("VARCHAR(5)", "VARCHAR(5)", "VARCHAR(5)"),
    ("BYTES", "BYTES", "VARBINARY(2147483647)"),
    ("INT", "INT", "INT"),
    ("INTEGER", "INT", "INT"),
    ("DECIMAL(10,2)", "DECIMAL(10, 2)", "DECIMAL(10, 2)"),
    ("NUMERIC", "DECIMAL(10, 0)", "DECIMAL(10, 0)"),
    ("TIMESTAMP_LTZ(3)", "TIMESTAMP_LTZ(3)", "TIMESTAMP(3) WITH LOCAL TIME ZONE"),
    (
        "TIMESTAMP(3) WITH LOCAL TIME ZONE",
        "TIMESTAMP_LTZ(3)",
        "TIMESTAMP(3) WITH LOCAL TIME ZONE",
    ),
    ("TIMESTAMP", "TIMESTAMP(6)", "TIMESTAMP(6)"),
    ("ARRAY<STRING NOT NULL>", "ARRAY<STRING NOT NULL>", "ARRAY<VARCHAR(2147483647) NOT NULL>"),
    ("MAP<STRING, ARRAY<ARRAY<INT>>>", "MAP<STRING, ARRAY<ARRAY<INT>>>", None),
    ("ROW<a INT, `b c` STRING>", "ROW<`a` INT, `b c` STRING>", None),
]


@pytest.mark.parametrize(("written", "described", "shown"), SPELLED)
def test_a_type_has_two_spellings(written: str, described: str, shown: str | None) -> None:
    t = flink_type(written)
    assert describe(t) == described
    assert shown is None or show(t) == shown


def test_not_null_belongs_to_the_type() -> None:
    assert summary(flink_type("INT NOT NULL")) == "INT NOT NULL"
    assert not flink_type("INT NOT NULL").nullable


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("INT NOT NULL", {"type": "INTEGER", "nullable": False}),
        ("STRING", {"type": "VARCHAR", "nullable": True, "length": 2147483647}),
        ("DECIMAL(4,1)", {"type": "DECIMAL", "nullable": True, "precision": 4, "scale": 1}),
        (
            "TIMESTAMP_LTZ(3)",
            {"type": "TIMESTAMP_WITH_LOCAL_TIME_ZONE", "nullable": True, "precision": 3},
        ),
        (
            "ARRAY<INT>",
            {
                "type": "ARRAY",
                "nullable": True,
                "element_type": {"type": "INTEGER", "nullable": True},
            },
        ),
        (
            "ROW<x DATE>",
            {
                "type": "ROW",
                "nullable": True,
                "fields": [{"name": "x", "field_type": {"type": "DATE", "nullable": True}}],
            },
        ),
    ],
)
def test_traits_carry_types_as_json(written: str, expected: dict[str, Any]) -> None:
    assert type_json(flink_type(written)) == expected


@pytest.mark.parametrize("written", [written for written, _, _ in SPELLED])
def test_duckdb_accepts_every_storage_type(written: str) -> None:
    sql = f"SELECT CAST(NULL AS {duckdb_type(flink_type(written))})"
    stored = duckdb.connect().execute(sql).fetchall()
    assert stored == [(None,)]


MOMENT = dt.datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "written", "expected"),
    [
        (None, "INT", None),
        (9007199254740993, "BIGINT", "9007199254740993"),
        (True, "BOOLEAN", "TRUE"),
        (Decimal("12345.6"), "DECIMAL(10,2)", "12345.60"),
        (54.5, "DOUBLE", "54.5"),
        (15000000.0, "DOUBLE", "1.5E7"),
        (float("nan"), "DOUBLE", "NaN"),
        (float("-inf"), "DOUBLE", "-Infinity"),
        (0.10000000149011612, "FLOAT", "0.1"),
        (b"\x7f\x02\x03", "BYTES", "x'7f0203'"),
        (dt.date(2024, 1, 2), "DATE", "2024-01-02"),
        (dt.time(3, 4, 5), "TIME", "03:04:05"),
        (MOMENT.replace(tzinfo=None), "TIMESTAMP(3)", "2024-01-02 03:04:05.678"),
        (MOMENT, "TIMESTAMP_LTZ(3)", "2024-01-02 03:04:05.678"),
        (["a", None], "ARRAY<STRING>", ["a", None]),
        ({"k": 2}, "MAP<STRING, INT>", [["k", "2"]]),
        ({"z": 3}, "MULTISET<STRING>", [["z", "3"]]),
        ({"x": 7, "y": "q"}, "ROW<x INT, y STRING>", ["7", "q"]),
    ],
)
def test_every_scalar_is_sent_as_a_string(value: Any, written: str, expected: Any) -> None:
    assert encode(value, flink_type(written)) == expected


def test_local_time_zone_is_that_of_the_session() -> None:
    t = flink_type("TIMESTAMP_LTZ(0)")
    assert encode(MOMENT, t, "Europe/Berlin") == "2024-01-02 04:04:05"


def test_intervals_are_signed() -> None:
    months = value_of("INTERVAL '1-6' YEAR TO MONTH")
    assert encode(months, _interval("INTERVAL_YEAR_MONTH")) == "+1-06"
    hours = value_of("INTERVAL -'4' HOUR")
    assert encode(hours, _interval("INTERVAL_DAY_TIME")) == "-0 04:00:00.000"


def _interval(root: str) -> Any:
    from runthrough.emulator.flink.types import FlinkType

    return FlinkType(root)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_java_doubles_can_be_read_back(value: float) -> None:
    assert float(java_double(value)) == value


@given(st.floats(width=64))
def test_duckdb_prints_doubles_as_java_does(value: float) -> None:
    from runthrough.emulator.flink.bind.casts import convert

    sql = convert("x", flink_type("DOUBLE"), flink_type("STRING"), "UTC", attempt=False)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (x DOUBLE)")
        connection.execute("INSERT INTO t VALUES (?)", [value])
        assert connection.execute(f"SELECT {sql} FROM t").fetchall() == [(java_double(value),)]
