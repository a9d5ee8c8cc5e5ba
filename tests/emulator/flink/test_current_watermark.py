"""CURRENT_WATERMARK, the old windows of GROUP BY, and time attributes on their way into tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from runthrough.emulator.flink.bind.current_watermark import CURRENT_WATERMARK
from runthrough.emulator.flink.functions.table import AGGREGATES, FORMS, SCALARS
from runthrough.emulator.flink.parse.windows import WINDOW_FUNCTIONS
from runthrough.emulator.flink.plan import SqlError
from tests.emulator.flink.planner_catalog import MemoryCatalog, Time, query_of, rows_of, table


@pytest.fixture
def catalog() -> MemoryCatalog:
    plain = table("t", "id INT; ts TIMESTAMP(3); ltz TIMESTAMP_LTZ(3)")
    return MemoryCatalog().add(
        plain,
        replace(
            table("c", "id INT; ts TIMESTAMP(3)"), watermark=("ts", "ts - INTERVAL '1' SECOND")
        ),
        table("u", "id INT NOT NULL; v INT", "upsert", ["id"]),
    )


DATA = {"t": [(1, None, None), (2, None, None)]}
TIMES = {"t": [Time(1_000), Time(2_000, 1_500)]}


def test_the_watermark_before_each_row(catalog: MemoryCatalog) -> None:
    sql = "SELECT id, CURRENT_WATERMARK($rowtime) AS w FROM t"
    moment = dt.datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=dt.UTC)
    assert rows_of(catalog, sql, DATA, times=TIMES) == [(1, None), (2, moment)]
    query = query_of(catalog, sql)
    assert query.insert_only
    assert query.timed
    assert (query.columns[1].type.root, query.columns[1].type.nullable) == ("TIMESTAMP_LTZ", True)


def test_rows_behind_the_watermark_can_be_left_out(catalog: MemoryCatalog) -> None:
    sql = (
        "SELECT id FROM t WHERE CURRENT_WATERMARK($rowtime) IS NULL "
        "OR $rowtime > CURRENT_WATERMARK($rowtime)"
    )
    times = {"t": [Time(1_000), Time(1_500, 1_500)]}
    assert rows_of(catalog, sql, DATA, times=times) == [(1,)]


def test_it_is_of_the_type_of_its_column(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, "SELECT CURRENT_WATERMARK(ts) FROM c")
    assert query.columns[0].type.root == "TIMESTAMP"
    found = rows_of(
        catalog,
        "SELECT CURRENT_WATERMARK(ts) FROM c",
        {"c": [(1, dt.datetime(2024, 1, 1))]},
        times={"c": [Time(0, 1_000)]},
    )
    assert found == [(dt.datetime(1970, 1, 1, 0, 0, 1),)]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("ts", "The argument of CURRENT_WATERMARK() must be a rowtime attribute, but was "
         "'TIMESTAMP(3)'."),
        ("ltz", "The argument of CURRENT_WATERMARK() must be a rowtime attribute, but was "
         "'TIMESTAMP_LTZ(3)'."),
        ("id", "CURRENT_WATERMARK() must be called with a single rowtime attribute argument, but "
         "'INT' cannot be a time attribute."),
        ("", "No match found for function signature CURRENT_WATERMARK()"),
    ],
)  # fmt: skip
def test_it_takes_a_time_attribute(catalog: MemoryCatalog, argument: str, message: str) -> None:
    with pytest.raises(SqlError) as caught:
        catalog.run(f"SELECT CURRENT_WATERMARK({argument}) FROM t")
    assert message in str(caught.value)


def test_it_makes_a_changing_result_depend_on_chance(catalog: MemoryCatalog) -> None:
    with pytest.raises(SqlError, match="non-deterministic function: CURRENT_WATERMARK"):
        catalog.run("SELECT id, CURRENT_WATERMARK($rowtime) AS w FROM u")


@pytest.mark.parametrize("name", ["TUMBLE", "HOP", "SESSION"])
def test_the_old_windows_of_group_by_are_refused(catalog: MemoryCatalog, name: str) -> None:
    with pytest.raises(SqlError) as caught:
        catalog.run(
            f"SELECT {name}_START($rowtime, INTERVAL '1' MINUTE), COUNT(*) FROM t "
            f"GROUP BY {name}($rowtime, INTERVAL '1' MINUTE)"
        )
    assert str(caught.value) == (
        f"Function '{name}' is not supported in Confluent's Flink SQL dialect."
    )


def test_a_table_takes_one_time_attribute(catalog: MemoryCatalog) -> None:
    window = "TUMBLE(TABLE c, DESCRIPTOR(ts), INTERVAL '1' MINUTE)"
    with pytest.raises(SqlError) as caught:
        catalog.run(f"CREATE TABLE made AS SELECT * FROM {window}")
    assert str(caught.value) == (
        "The query contains more than one rowtime attribute column [ts, window_time] for writing "
        "into table 'workshop.cluster.made'.\nPlease select the column that should be used as the "
        "event-time timestamp for the table sink by casting all other columns to regular "
        "TIMESTAMP or TIMESTAMP_LTZ."
    )
    assert query_of(catalog, f"SELECT * FROM {window}").insert_only
    cast = f"SELECT id, ts, CAST(window_time AS TIMESTAMP(3)) AS w FROM {window}"
    assert query_of(catalog, f"CREATE TABLE made AS {cast}").insert_only


def test_functions_with_a_form_of_their_own_are_published() -> None:
    assert set(FORMS) == {CURRENT_WATERMARK, *WINDOW_FUNCTIONS}
    assert not set(FORMS) & {*SCALARS, *AGGREGATES}
