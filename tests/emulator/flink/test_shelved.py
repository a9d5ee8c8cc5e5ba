"""A large result that its topic's shelf has is not kept twice, and still changes as it must."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from engine_bench import Bench, eventually, open_bench, scan, table

from runthrough.emulator.flink.catalog import Column
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.plan import CreateTable, Insert, Query, Source, SqlStage
from runthrough.emulator.flink.running.shelf import Shelf
from runthrough.emulator.flink.running.shelved import Shelved, Track
from runthrough.emulator.flink.running.store import Store
from runthrough.emulator.flink.types import BIGINT, STRING

COLUMNS = (Column("k", STRING), Column("n", BIGINT))
SOURCE, LARGEST = table("s"), table("c", "retract")


@pytest.fixture
def bench() -> Iterator[Bench]:
    yield from open_bench()


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
    connection.execute(
        "INSERT INTO s1 SELECT a, b, 0, FALSE, 0, make_timestamptz(0), 10 + rowid * 2 FROM kept"
    )
    return shelf


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ("SELECT 1", True),
        ("UPDATE kept SET b = NULL WHERE b = 3", False),
        ("DELETE FROM kept WHERE b = 4", False),
        ("ALTER TABLE kept ALTER b TYPE INTEGER", False),
    ],
)
def test_only_equal_rows_are_shared(shelf: Shelf, change: str, same: bool) -> None:
    connection = shelf._connection
    connection.execute(change)
    shelved = Shelved(shelf, ("k", "n"), 10, 18)
    assert shelved.equals(connection, "kept", ("a", "b")) is same


def test_lent_rows_outlive_their_topic(shelf: Shelf) -> None:
    connection = shelf._connection
    shelf.lend()
    shelf.drop()
    assert connection.execute("SELECT count(*) FROM s1").fetchone() == (5,)
    shelf.take_back()
    assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("kept",)]


def test_a_writer_that_was_interrupted_has_no_place_of_its_own(shelf: Shelf) -> None:
    def track() -> Track:
        made = Track(["k"])
        made.add(shelf, np.array([3, 4]))
        made.add(shelf, np.array([7]))
        return made

    found = track().shelved(3)
    assert found is not None
    assert (found.first, found.last) == (3, 7)
    assert track().shelved(4) is None
    lost = track()
    lost.lose()
    assert lost.shelved(3) is None
