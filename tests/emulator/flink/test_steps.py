"""At which records a foreground query is refreshed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from runthrough.emulator.broker import Record
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.plan import ModelStage, Query
from runthrough.emulator.flink.running.steps import FEW, SMALL, steps
from runthrough.emulator.flink.running.store import Store
from tests.emulator.flink.engine_bench import count_by_key, model, scan, table


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store(SchemaStore())
    yield store
    store.close()


def write(store: Store, count: int, topic: str = "t") -> int:
    """Put records into a topic; return the number of the last one."""
    begin = sum(store.position(topic)[1].values())
    store.append(
        [Record(topic, 0, begin + n, 1_700_000_000_000, None, b"", ()) for n in range(count)]
    )
    return store.end(topic)


def places(query: Query, store: Store, done: int, upto: int, *, first: bool) -> list[int]:
    found = steps(query, store, {"src": done}, {"src": upto}, first=first)
    return [place["src"] for place in found]


def test_few_records_are_taken_one_at_a_time(store: Store) -> None:
    write(store, 1)
    write(store, 2, topic="other")
    end = write(store, 2)
    query = count_by_key(table("t"))
    assert places(query, store, 0, end, first=True) == [1, 4, 5]
    assert places(query, store, 1, end, first=False) == [4, 5]
    assert places(query, store, end, end, first=False) == [end]


def test_of_many_the_first_of_all_is_taken_alone(store: Store) -> None:
    end = write(store, FEW + 1)
    query = count_by_key(table("t"))
    assert places(query, store, 0, end, first=True) == [1, end]
    assert places(query, store, 0, end, first=False) == [end]
    assert len(places(query, store, 1, end, first=False)) == FEW


def test_a_large_topic_is_read_in_one(store: Store) -> None:
    before = write(store, SMALL)
    end = write(store, 2)
    query = count_by_key(table("t"))
    assert places(query, store, before, end, first=False) == [end]
    assert places(query, store, 0, end, first=True) == [1, end]


@pytest.mark.parametrize(
    "query",
    [
        scan(table("t")),
        replace(count_by_key(table("t")), timed=True),
        count_by_key(table("t", "upsert")),
        replace(count_by_key(table("t")), sources=count_by_key(table("t")).sources * 2),
        replace(
            count_by_key(table("t")),
            stages=(ModelStage("out", "src", model(), ("k",), ("a",)),),
        ),
    ],
    ids=["inserts", "timed", "upsert", "two tables", "model"],
)
def test_others_are_refreshed_once(store: Store, query: Query) -> None:
    end = write(store, 3)
    assert places(query, store, 0, end, first=True) == [end]
