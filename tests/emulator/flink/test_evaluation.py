from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.broker import Record
from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.formats import formats
from runthrough.emulator.flink.formats.avro_sql import Encoding
from runthrough.emulator.flink.formats.row_writer import RowWriter
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.plan import Kind, Query, Source, SqlStage
from runthrough.emulator.flink.running.bulk_writer import Bulk
from runthrough.emulator.flink.running.changes import UPDATE_AFTER, UPDATE_BEFORE, Change
from runthrough.emulator.flink.running.evaluation import Evaluation, EvaluationError
from runthrough.emulator.flink.running.extents import Extent
from runthrough.emulator.flink.running.shelved import Shelved
from runthrough.emulator.flink.running.source_time import TimeSettings
from runthrough.emulator.flink.running.store import Store, Written
from runthrough.emulator.flink.types import BIGINT, INT, STRING, array

ALL: frozenset[Kind] = frozenset({"I", "UB", "UA", "D"})
TABLE = Table(("e", "d", "t"), (Column("k", STRING), Column("n", INT)), "retract")


TIME = TimeSettings(clock=lambda: datetime(2026, 1, 15, tzinfo=UTC))


class Input:
    """A retract topic that can be written to without a broker."""

    def __init__(self) -> None:
        self.schemas = SchemaStore()
        for subject, (kind, text) in formats.subject_schemas(TABLE).items():
            self.schemas.register(subject, text, kind)
        self.store = Store(self.schemas)
        self._writer = RowWriter(TABLE, "retract", self.schemas)
        self._offset = 0

    def write(self, op: int, k: str | None, n: int | None) -> None:
        sent = self._writer.write({"k": k, "n": n}, op)
        assert sent is not None
        self.store.append([Record("t", 0, self._offset, 0, None, sent.value, sent.headers)])
        self._offset += 1

    def evaluation(self, query: Query, **other: Any) -> Evaluation:
        given = {"extents": {"src": Extent()}, "time_zone": "UTC", "time": TIME} | other
        return Evaluation(query, self.store, {}, **given)

    def upto(self) -> dict[str, int]:
        return {"src": self.store.end("t")}


@pytest.fixture
def source() -> Iterator[Input]:
    source = Input()
    yield source
    source.store.close()


def query(sql: str, *columns: Column, **other: Any) -> Query:
    other = {"changelog": ALL} | other
    return Query((SqlStage("out", sql),), (Source("src", TABLE),), columns, **other)


K, N, C = Column("k", STRING), Column("n", INT), Column("c", BIGINT)
GROUPED = 'SELECT "k", count(*) AS "c", "k" AS "g" FROM "src" GROUP BY "k"'
QUERIES = {
    "filter": query('SELECT "k", "n" FROM "src" WHERE "n" > 0', K, N),
    "group with key": query(GROUPED, K, C, upsert_key=(0,)),
    "group with hidden key": query(GROUPED, K, C, identity=("g",)),
    "one row": query('SELECT count(*) AS "c" FROM "src"', C, upsert_key=()),
    "lists": query(
        'SELECT list("n" ORDER BY "n") AS "l" FROM "src" GROUP BY "k"', Column("l", array(INT))
    ),
    "twice": query(
        'SELECT * FROM (SELECT "k", "n" FROM "src" UNION ALL SELECT "k", "n" FROM "src")', K, N
    ),
}


def frozen(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(tuple(v) if isinstance(v, list) else v for v in row)


def apply(changes: list[Change], there: Counter[tuple[Any, ...]]) -> None:
    """Carry a changelog out; what is taken away must be there."""
    for change in changes:
        row = frozen(change.row)
        if change.op in (0, 2):
            there[row] += 1
        else:
            assert there[row] > 0, f"{change} takes away what is not there"
            there[row] -= 1


STEPS = st.lists(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.none() | st.integers(0, 2), st.booleans()), max_size=4
    ),
    max_size=6,
)


@pytest.mark.parametrize("name", QUERIES)
@settings(deadline=None, max_examples=25)
@given(steps=STEPS)
def test_the_changelog_leads_to_the_result(
    name: str, steps: list[list[tuple[str, int | None, bool]]]
) -> None:
    source = Input()
    evaluation = source.evaluation(QUERIES[name])
    rows: Counter[tuple[str, int | None]] = Counter()
    there: Counter[tuple[Any, ...]] = Counter()
    for step in steps:
        for k, n, add in step:
            op = 0 if add or not rows[k, n] else 3
            source.write(op, k, n)
            rows[k, n] += 1 if op == 0 else -1
        apply(evaluation.changes(source.upto()), there)
        fresh = source.evaluation(QUERIES[name])
        assert +there == Counter(frozen(c.row) for c in fresh.changes(source.upto()))
        fresh.close()
    source.store.close()


def test_updates_come_in_pairs_and_deletions_first(source: Input) -> None:
    evaluation = source.evaluation(QUERIES["group with hidden key"])
    for k in ("a", "b", "b"):
        source.write(0, k, 1)
    assert Counter(evaluation.changes(source.upto())) == Counter(
        [Change(0, ("a", 1)), Change(0, ("b", 2))]
    )
    source.write(3, "a", 1)
    source.write(0, "b", 1)
    source.write(0, "c", 1)
    first, *rest = evaluation.changes(source.upto())
    assert first == Change(3, ("a", 1))
    place = rest.index(Change(1, ("b", 2)))
    assert rest[place + 1] == Change(2, ("b", 3))
    assert Change(0, ("c", 1)) in rest
    assert evaluation.changes(source.upto()) == []


def test_a_stateless_query_sees_each_record_once(source: Input) -> None:
    flat = Table(TABLE.path, TABLE.columns, "append")
    scan = Query(
        (SqlStage("out", 'SELECT "k", "n", random() AS "r" FROM "src"'),),
        (Source("src", flat),),
        (K, N),
        frozenset({"I"}),
        stateless=True,
    )
    evaluation = source.evaluation(scan)
    source.write(0, "a", 1)
    assert evaluation.changes(source.upto()) == [Change(0, ("a", 1))]
    source.write(0, "b", 2)
    assert evaluation.is_behind(source.upto())
    assert evaluation.changes(source.upto()) == [Change(0, ("b", 2))]
    assert not evaluation.is_behind(source.upto())


def test_an_upsert_sink_gets_the_last_row_of_each_key(source: Input) -> None:
    evaluation = source.evaluation(QUERIES["filter"], key=(0,))
    source.write(0, "a", 1)
    source.write(0, "a", 2)
    assert evaluation.changes(source.upto()) == [Change(0, ("a", 2))]
    source.write(3, "a", 2)
    assert evaluation.changes(source.upto()) == [Change(1, ("a", 2)), Change(2, ("a", 1))]
    source.write(3, "a", 1)
    assert evaluation.changes(source.upto()) == [Change(3, ("a", 1))]


def test_an_insert_only_result_that_shrinks_is_refused(source: Input) -> None:
    claimed = query('SELECT "k", "n" FROM "src"', K, N, changelog=frozenset({"I"}))
    evaluation = source.evaluation(claimed)
    source.write(0, "a", 1)
    evaluation.changes(source.upto())
    source.write(3, "a", 1)
    with pytest.raises(EvaluationError, match="fault of the emulator"):
        evaluation.changes(source.upto())


def test_a_result_that_cannot_be_kept_leaves_the_one_before(source: Input) -> None:
    for number in range(1_000):
        source.write(0, f"k{number}", number)
    counted = query('SELECT "k", count(*) AS "c" FROM "src" GROUP BY "k"', K, C, upsert_key=(0,))
    evaluation = source.evaluation(counted)
    found = evaluation.evaluate(source.upto(), bulk=True)
    assert isinstance(found, Bulk)
    found.shelved = on_shelf(source.store, found)
    evaluation.release(found)
    source.write(0, "k1", 5)
    with name_taken(source.store), pytest.raises(duckdb.Error):
        evaluation.changes(source.upto())
    expected = [Change(UPDATE_BEFORE, ("k1", 1)), Change(UPDATE_AFTER, ("k1", 2))]
    assert evaluation.changes(source.upto()) == expected
    assert evaluation.changes(source.upto()) == []
    evaluation.close()


def on_shelf(store: Store, found: Bulk) -> Shelved:
    """Make a result the shelf of the topic that it was written to."""
    numbers = np.arange(found.count)
    encoding = Encoding(None, "''::BLOB", (), {"k": '"k"', "c": '"c"'}, ())
    written = Written(numbers * 0, numbers, 0, encoding)
    target = Table(("e", "d", "out"), (K, C), "retract")
    shelf, first, last = store.adopt(target, found.table, [written])
    return Shelved(shelf, ("k", "c"), first, last)


@contextmanager
def name_taken(store: Store) -> Iterator[None]:
    """Let the next table of a result fail: there is something else of its name."""
    prefix, _, number = store.new_table_name().rpartition("s")
    taken = f"{prefix}s{int(number) + 1}"
    with store.connect() as connection:
        connection.execute(f"CREATE VIEW {taken} AS SELECT 1")
        yield
        connection.execute(f"DROP VIEW {taken}")
