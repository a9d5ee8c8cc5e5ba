"""Every type of facts/confluent-cloud-api.md 2.6, row by row, read by Confluent's own driver."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import confluent_sql
import httpx
import pytest
from confluent_sql.types import YearMonthInterval

Unique = Callable[[str], str]

ROWS: list[tuple[str, str, str, object, object]] = [
    ("char", "CAST('ab' AS CHAR(3))", "CHAR", "ab ", "ab "),
    ("varchar", "CAST('hi' AS VARCHAR(9))", "VARCHAR", "hi", "hi"),
    ("string", "CAST('' AS STRING)", "VARCHAR", "", ""),
    ("text", "'日本 ''x'''", "CHAR", "日本 'x'", "日本 'x'"),
    ("true", "TRUE", "BOOLEAN", "TRUE", True),
    ("false", "FALSE", "BOOLEAN", "FALSE", False),
    ("tinyint", "CAST(-128 AS TINYINT)", "TINYINT", "-128", -128),
    ("smallint", "CAST(32767 AS SMALLINT)", "SMALLINT", "32767", 32767),
    ("int", "CAST(-7 AS INT)", "INTEGER", "-7", -7),
    ("bigint", "9007199254740993", "BIGINT", "9007199254740993", 9007199254740993),
    ("decimal", "CAST(12345.67 AS DECIMAL(9, 3))", "DECIMAL", "12345.670", Decimal("12345.670")),
    ("float", "CAST(54.5 AS FLOAT)", "FLOAT", "54.5", 54.5),
    ("double", "CAST(15000000 AS DOUBLE)", "DOUBLE", "1.5E7", 1.5e7),
    ("bytes", "x'7f0203'", "BINARY", "x'7f0203'", b"\x7f\x02\x03"),
    ("varbinary", "CAST(x'7F' AS BYTES)", "VARBINARY", "x'7f'", b"\x7f"),
    ("date", "DATE '2024-01-02'", "DATE", "2024-01-02", date(2024, 1, 2)),
    ("time", "TIME '03:04:05'", "TIME_WITHOUT_TIME_ZONE", "03:04:05", time(3, 4, 5)),
    (
        "timestamp",
        "TIMESTAMP '2024-01-02 03:04:05.678'",
        "TIMESTAMP_WITHOUT_TIME_ZONE",
        "2024-01-02 03:04:05.678",
        datetime(2024, 1, 2, 3, 4, 5, 678000),
    ),
    (
        "timestamp_ltz",
        "TO_TIMESTAMP_LTZ(1704164645678, 3)",
        "TIMESTAMP_WITH_LOCAL_TIME_ZONE",
        "2024-01-02 03:04:05.678",
        datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
    ),
    (
        "months",
        "INTERVAL '1-6' YEAR TO MONTH",
        "INTERVAL_YEAR_MONTH",
        "+1-06",
        YearMonthInterval(1, 6),
    ),
    (
        "months_back",
        "INTERVAL -'4' MONTH",
        "INTERVAL_YEAR_MONTH",
        "-0-04",
        YearMonthInterval(0, -4),
    ),
    (
        "seconds",
        "INTERVAL '4' HOUR",
        "INTERVAL_DAY_TIME",
        "+0 04:00:00.000",
        timedelta(hours=4),
    ),
    (
        "days_back",
        "INTERVAL -'2 03:04:05.678' DAY TO SECOND",
        "INTERVAL_DAY_TIME",
        "-2 03:04:05.678",
        -timedelta(days=2, hours=3, minutes=4, seconds=5, milliseconds=678),
    ),
    ("array", "ARRAY[1, CAST(NULL AS INT)]", "ARRAY", ["1", None], [1, None]),
    ("arrays", "ARRAY[ARRAY['a'], ARRAY['b', 'c']]", "ARRAY", [["a"], ["b", "c"]], None),
    ("map", "MAP['k', 2]", "MAP", [["k", "2"]], {"k": 2}),
    ("map_of_null", "MAP['k', CAST(NULL AS INT)]", "MAP", [["k", None]], {"k": None}),
    (
        "map_of_arrays",
        "MAP[1, ARRAY[TRUE]]",
        "MAP",
        [["1", ["TRUE"]]],
        {1: [True]},
    ),
    ("row", "ROW(7, 'q', CAST(NULL AS STRING))", "ROW", ["7", "q", None], None),
    ("rows", "ARRAY[ROW(1, ROW(DATE '2024-01-02'))]", "ARRAY", [["1", ["2024-01-02"]]], None),
    ("null_int", "CAST(NULL AS INT)", "INTEGER", None, None),
    ("null_row", "CAST(NULL AS ROW<a INT>)", "ROW", None, None),
]
"""Name, SQL, type, the value as it is sent, and as the driver reads it (None = not compared)."""


@pytest.mark.parametrize(
    ("sql", "kind", "sent", "read"), [pytest.param(*r[1:], id=r[0]) for r in ROWS]
)
def test_every_type_comes_back_as_its_value(
    driver: confluent_sql.Connection,
    flink: httpx.Client,
    unique: Unique,
    sql: str,
    kind: str,
    sent: object,
    read: object,
) -> None:
    name = unique("value")
    with driver.closing_cursor() as cursor:
        cursor.execute(f"SELECT {sql} AS v", statement_name=name)
        (page,) = flink.get(f"/statements/{name}/results").json()["results"]["data"]
        assert page["row"] == [sent]
        assert cursor.description[0][:2] == ("v", kind)
        ((value,),) = cursor.fetchall()
    if read is not None or sent is None:
        assert (value, type(value)) == (read, type(read))


def test_rows_and_collections_of_them_are_read_by_position(
    driver: confluent_sql.Connection,
) -> None:
    with driver.closing_cursor() as cursor:
        cursor.execute(
            "SELECT ROW(7, 'q', CAST(NULL AS STRING)), ARRAY[ROW(1, ROW(DATE '2024-01-02'))], "
            "MAP['k', ROW(2.5, TRUE)]"
        )
        ((row, rows, by_key),) = cursor.fetchall()
    assert tuple(row) == (7, "q", None)
    assert [(n, tuple(inner)) for n, inner in rows] == [(1, (date(2024, 1, 2),))]
    assert {key: tuple(value) for key, value in by_key.items()} == {"k": (Decimal("2.5"), True)}


@pytest.mark.parametrize(
    ("text", "check"),
    [("NaN", lambda v: v != v), ("Infinity", lambda v: v > 1e308), ("-Infinity", lambda v: v < 0)],
)
def test_doubles_that_are_no_numbers(
    driver: confluent_sql.Connection, text: str, check: Callable[[Any], bool]
) -> None:
    with driver.closing_cursor() as cursor:
        cursor.execute(f"SELECT CAST('{text}' AS DOUBLE)")
        ((value,),) = cursor.fetchall()
    assert check(value)


def test_a_multiset_is_elements_with_their_counts(
    driver: confluent_sql.Connection, flink: httpx.Client, unique: Unique
) -> None:
    name = unique("multiset")
    with driver.closing_cursor() as cursor:
        cursor.execute(
            "SELECT COLLECT(v) FROM (VALUES ('z'), ('z'), ('y')) AS t(v)", statement_name=name
        )
        (page,) = flink.get(f"/statements/{name}/results").json()["results"]["data"]
        assert sorted(page["row"][0]) == [["y", "1"], ["z", "2"]]
        assert cursor.description[0][1] == "MULTISET"
        ((value,),) = cursor.fetchall()
    assert value == {"z": 2, "y": 1}


def test_moments_are_shown_in_the_zone_of_the_session(
    driver: confluent_sql.Connection, flink: httpx.Client, unique: Unique
) -> None:
    name = unique("zone")
    properties = {"sql.local-time-zone": "GMT+02:00"}
    with driver.closing_cursor() as cursor:
        cursor.execute(
            "SELECT TO_TIMESTAMP_LTZ(0, 3), CAST(TO_TIMESTAMP_LTZ(0, 3) AS TIMESTAMP(3))",
            statement_name=name,
            properties=properties,
        )
        (page,) = flink.get(f"/statements/{name}/results").json()["results"]["data"]
    assert page["row"] == ["1970-01-01 02:00:00.000", "1970-01-01 02:00:00.000"]


def test_the_type_of_every_column_is_told_in_full(flink: httpx.Client, unique: Unique) -> None:
    sql = (
        "SELECT CAST('a' AS STRING), CAST(1.5 AS DECIMAL(7, 2)), TIME '01:02:03', "
        "INTERVAL '1' MONTH, INTERVAL '1' DAY, MAP['k', ARRAY[1]], "
        "CAST(NULL AS ROW<a INT NOT NULL, b STRING>)"
    )
    body = {"name": unique("types"), "spec": {"statement": sql}}
    traits = flink.post("/statements", json=body).json()["status"]["traits"]
    integer = {"type": "INTEGER", "nullable": False}
    assert [column["type"] for column in traits["schema"]["columns"]] == [
        {"type": "VARCHAR", "nullable": False, "length": 2147483647},
        {"type": "DECIMAL", "nullable": False, "precision": 7, "scale": 2},
        {"type": "TIME_WITHOUT_TIME_ZONE", "nullable": False, "precision": 0},
        {
            "type": "INTERVAL_YEAR_MONTH",
            "nullable": False,
            "precision": 2,
            "resolution": "YEAR_TO_MONTH",
        },
        {
            "type": "INTERVAL_DAY_TIME",
            "nullable": False,
            "precision": 2,
            "fractional_precision": 3,
            "resolution": "DAY_TO_SECOND",
        },
        {
            "type": "MAP",
            "nullable": False,
            "key_type": {"type": "CHAR", "nullable": False, "length": 1},
            "value_type": {"type": "ARRAY", "nullable": False, "element_type": integer},
        },
        {
            "type": "ROW",
            "nullable": True,
            "fields": [
                {"name": "a", "field_type": integer},
                {
                    "name": "b",
                    "field_type": {"type": "VARCHAR", "nullable": True, "length": 2147483647},
                },
            ],
        },
    ]


def test_an_inline_result_stands_in_the_answer(flink: httpx.Client, unique: Unique) -> None:
    name = unique("inline")
    spec = {
        "statement": "SELECT n FROM (VALUES (1), (2)) AS t(n)",
        "properties": {"sql.inline-result": "true"},
    }
    created = flink.post("/statements", json={"name": name, "spec": spec}).json()
    rows = [row["row"] for row in created["result"]["results"]["data"]]
    assert sorted(rows) == [["1"], ["2"]]
    assert created["result"]["metadata"]["next"] == ""
    read = flink.get(f"/statements/{name}").json()["result"]
    assert read["results"] == flink.get(f"/statements/{name}/results").json()["results"]
    listed = flink.get("/statements", params={"page_size": 100}).json()["data"]
    assert all("result" not in statement for statement in listed)


@pytest.mark.parametrize("sql", ["SELEC 1", "CREATE VIEW `inline-{0}` AS SELECT 1 AS a"])
def test_what_has_no_result_has_none_inline(flink: httpx.Client, unique: Unique, sql: str) -> None:
    name = unique("bare")
    spec = {
        "statement": sql.format(name),
        "properties": {"sql.inline-result": "true"},
    }
    assert "result" not in flink.post("/statements", json={"name": name, "spec": spec}).json()
