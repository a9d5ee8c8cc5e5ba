"""A large result that its topic's shelf has is not kept twice, and still changes as it must."""

from __future__ import annotations

import numpy as np
import pytest

from runthrough.emulator.flink.catalog import Column
from runthrough.emulator.flink.formats.avro_sql import Encoding
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.plan import CreateTable, Insert, Query, Source, SqlStage
from runthrough.emulator.flink.running.log import Placed
from runthrough.emulator.flink.running.shelf import Shelf
from runthrough.emulator.flink.running.store import Store
from runthrough.emulator.flink.types import BIGINT, STRING
from tests.emulator.flink.engine_bench import Bench, scan, table
from tests.waiting import eventually

COLUMNS = (Column("k", STRING), Column("n", BIGINT))
SOURCE, LARGEST = table("s"), table("c", "retract")


def rows(count: int) -> Query:
    sql = f'SELECT \'k\' || i AS "k", i AS "n" FROM range({count}) t(i)'
    return Query((SqlStage("out", sql),), (), COLUMNS, frozenset({"I"}), bounded=True)


def largest_by_key() -> Query:
    """SELECT k, MAX(n) AS n FROM s GROUP BY k"""
    sql = 'SELECT "k", max("n") AS "n" FROM "src" GROUP BY "k" ORDER BY "k"'
    changelog = frozenset({"I", "UB", "UA"})
    return Query(
        (SqlStage("out", sql),), (Source("src", SOURCE),), COLUMNS, changelog, upsert_key=(0,)
    )


def tables_of(bench: Bench, size: int) -> int:
    """Return how many tables of this many rows there are in the engine's database."""
    connection = bench.engine._store.connect()
    # One look: a table that is listed may be dropped before it could be counted.
    sizes = connection.execute("SELECT estimated_size FROM duckdb_tables()").fetchall()
    connection.close()
    return sizes.count((size,))


def test_a_large_result_is_kept_once_and_its_changes_are_right(bench: Bench) -> None:
    bench.create(SOURCE)
    bench.run(Insert(SOURCE, rows(2_000)))
    running = bench.submit(CreateTable(LARGEST, largest_by_key()))
    wanted = {f"k{n}": str(n) for n in range(2_000)}

    def is_there() -> bool:
        return dict(bench.snapshot(scan(LARGEST))) == wanted

    eventually(is_there)
    eventually(lambda: tables_of(bench, 2_000) == 2)  # the source's shelf and the result's
    for value in (5_000, 6_000):
        bench.insert(SOURCE, ("k1", value), ("k1", 3))
        wanted["k1"] = str(value)
        eventually(is_there)
    assert len(bench.engine.records("c")) == 2_004
    assert running.phase == "RUNNING"


@pytest.fixture
def shelf() -> Shelf:
    connection = Store(SchemaStore()).connect()
    shelf = Shelf(connection, "s1", SOURCE, SchemaStore())
    connection.execute("CREATE TABLE kept AS SELECT 'k' || i AS a, i AS b FROM range(5) t(i)")
    return shelf


ENCODING = Encoding(None, "''::BLOB", (), {"k": '"k"', "n": '"n" // 2 * 2'}, ())
EVEN = "UPDATE kept SET b = b * 2"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (EVEN, True),
        (f"{EVEN}; UPDATE kept SET b = NULL WHERE b = 4", True),
        ("SELECT 1", False),
        (f"{EVEN}; ALTER TABLE kept ALTER b TYPE INTEGER", False),
        (f"{EVEN}; ALTER TABLE kept ADD COLUMN c INTEGER", False),
    ],
)
def test_only_rows_that_a_reader_would_find_become_the_shelf(
    shelf: Shelf, change: str, same: bool
) -> None:
    shelf._connection.execute(change)
    assert shelf.fits("kept", ENCODING) is same


def placed(shelf: Shelf, *numbers: int) -> Placed:
    many = np.array(numbers)
    return Placed(shelf, many, many % 3, many * 0, 1_000 + numbers[0], ENCODING)


@pytest.mark.parametrize("names", [("a", "b"), ("k", "n"), ("n", "k")])
def test_an_adopted_table_is_the_shelf(shelf: Shelf, names: tuple[str, str]) -> None:
    connection = shelf._connection
    for old, new in (("a", "x"), ("b", names[1]), ("x", names[0])):
        if old != new:
            connection.execute(f"ALTER TABLE kept RENAME COLUMN {old} TO {new}")
    shelf.adopt("kept", [placed(shelf, 4, 5), placed(shelf, 9, 10, 11)])
    shelf.add_records([])
    found = connection.execute(
        'SELECT k, n, "__op", "__gone", "__partition", epoch_ms("$rowtime"), "__seq" FROM s1'
    ).fetchall()
    assert found == [
        (f"k{n}", n, 0, False, number % 3, when, number)
        for n, (number, when) in enumerate(
            [(4, 1_004), (5, 1_004), (9, 1_009), (10, 1_009), (11, 1_009)]
        )
    ]
    assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("s1",)]


def test_lent_rows_outlive_their_topic(shelf: Shelf) -> None:
    connection = shelf._connection
    shelf.adopt("kept", [placed(shelf, 1, 2, 3, 4, 5)])
    shelf.lend()
    shelf.drop()
    assert connection.execute("SELECT count(*) FROM s1").fetchone() == (5,)
    shelf.take_back()
    assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == []


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_large_result_is_all_there_however_it_was_sent(bench: Bench, interrupted: bool) -> None:
    bench.create(SOURCE)
    if interrupted:
        follows, told = bench.broker.follows, iter([True, False])
        bench.broker.follows = lambda t, d: next(told, True) and follows(t, d)  # type: ignore
    bench.run(Insert(SOURCE, rows(5_000)))
    bench.insert(SOURCE, ("later", 1))
    found = bench.snapshot(scan(SOURCE))
    assert sorted(found) == sorted([*([f"k{n}", str(n)] for n in range(5_000)), ["later", "1"]])
    assert len(bench.engine.records("s")) == 5_001
