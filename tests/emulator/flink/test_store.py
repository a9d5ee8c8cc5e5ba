from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runthrough.emulator.broker import Record
from runthrough.emulator.flink.catalog import Column, Mode, Table
from runthrough.emulator.flink.formats import formats
from runthrough.emulator.flink.formats.row_reader import DecodeError
from runthrough.emulator.flink.formats.row_writer import RowWriter
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.running.store import Span, Store
from runthrough.emulator.flink.types import INT, STRING, array


def table(mode: Mode, *, name: str = "t", options: dict[str, str] | None = None) -> Table:
    key = ("k",) if mode == "upsert" else ()
    k = Column("k", STRING.not_null() if key else STRING)
    return Table(
        ("env", "db", name),
        (k, Column("n", INT)),
        mode,
        primary_key=key,
        distributed_by=key,
        options=options or {},
    )


class World:
    """A store, a registry, and a way to write rows without a broker."""

    def __init__(self) -> None:
        self.schemas = SchemaStore()
        self.store = Store(self.schemas)
        self._offsets: Counter[str] = Counter()

    def write(self, table: Table, *changes: tuple[int, str | None, int | None]) -> None:
        for subject, (kind, text) in formats.subject_schemas(table).items():
            self.schemas.register(subject, text, kind)
        writer = RowWriter(table, table.mode, self.schemas)
        for op, k, n in changes:
            if (sent := writer.write({"k": k, "n": n}, op)) is not None:
                self.raw(table.name, sent.key, sent.value, sent.headers)

    def raw(self, topic: str, key: bytes | None, value: bytes | None, headers: Any = ()) -> None:
        offset = self._offsets[topic]
        self._offsets[topic] += 1
        self.store.append(
            [Record(topic, 0, offset, 1_700_000_000_000 + offset, key, value, headers)]
        )

    def read(self, table: Table, after: int = 0, upto: int | None = None) -> list[tuple[Any, ...]]:
        span = Span(after, self.store.end(table.name) if upto is None else upto)
        connection = self.store.connect()
        try:
            self.store.bind(connection, "src", table, span)
            return connection.execute('SELECT k, n, "__seq" FROM src ORDER BY 3').fetchall()
        finally:
            connection.close()


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.store.close()


def test_append_shows_every_record(world: World) -> None:
    t = table("append")
    world.write(t, (0, "a", 1), (0, "a", 1), (0, None, None))
    assert world.read(t) == [("a", 1, 1), ("a", 1, 2), (None, None, 3)]


def test_a_span_shows_only_what_lies_in_it(world: World) -> None:
    t = table("append")
    world.write(t, (0, "a", 1), (0, "b", 2), (0, "c", 3))
    assert world.read(t, after=1, upto=2) == [("b", 2, 2)]
    assert [k for k, _, _ in world.read(t, after=1)] == ["b", "c"]


def test_upsert_shows_the_last_row_of_each_key_that_was_not_deleted(world: World) -> None:
    t = table("upsert")
    world.write(t, (0, "a", 1), (0, "b", 2), (2, "a", 3), (3, "b", 2), (0, "c", 4))
    assert world.read(t) == [("a", 3, 3), ("c", 4, 5)]


def test_retract_shows_what_is_left(world: World) -> None:
    t = table("retract")
    world.write(
        t, (0, "a", 1), (0, "a", 1), (1, "a", 1), (2, "a", 2), (0, "b", None), (3, "b", None)
    )
    assert world.read(t) == [("a", 1, 2), ("a", 2, 4)]


def test_reading_a_retract_topic_as_append_shows_retractions_too(world: World) -> None:
    world.write(table("retract"), (0, "a", 1), (1, "a", 1), (2, "a", 2), (3, "a", 2))
    assert [(k, n) for k, n, _ in world.read(table("append"))] == [
        ("a", 1),
        ("a", 1),
        ("a", 2),
        ("a", 2),
    ]


def test_reading_an_upsert_topic_as_append_shows_tombstones_without_values(world: World) -> None:
    upsert = table("upsert")
    world.write(upsert, (0, "a", 1), (3, "a", 1))
    append = Table(upsert.path, upsert.columns, "append", ("k",), ("k",))
    assert [(k, n) for k, n, _ in world.read(append)] == [("a", 1), ("a", None)]


CHANGES = st.lists(
    st.tuples(st.sampled_from("ab"), st.none() | st.integers(0, 2), st.booleans()), max_size=40
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(changes=CHANGES)
def test_folding_retractions_agrees_with_a_multiset(
    changes: list[tuple[str, int | None, bool]],
) -> None:
    world, t = World(), table("retract")
    there: Counter[tuple[str, int | None]] = Counter()
    for k, n, add in changes:
        if add or not there[k, n]:
            world.write(t, (0, k, n))
            there[k, n] += 1
        else:
            world.write(t, (3, k, n))
            there[k, n] -= 1
    assert Counter((k, n) for k, n, _ in world.read(t)) == +there
    world.store.close()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(changes=CHANGES)
def test_folding_upserts_agrees_with_a_dictionary(
    changes: list[tuple[str, int | None, bool]],
) -> None:
    world, t = World(), table("upsert")
    there: dict[str, int | None] = {}
    for k, n, add in changes:
        world.write(t, (0 if add else 3, k, n))
        if add:
            there[k] = n
        else:
            there.pop(k, None)
    assert {k: n for k, n, _ in world.read(t)} == there
    world.store.close()


def test_records_that_came_before_the_schema_are_read_with_it(world: World) -> None:
    t = table("append")
    world.write(t, (0, "a", 1))
    raw = Table(t.path, (Column("val", array(STRING)),), options={"value.format": "raw"})
    assert world.store.end("t") == 1
    assert world.read(t) == [("a", 1, 1)]
    with pytest.raises(DecodeError, match="topic 't', partition 0, offset 0"):
        world.store.bind(world.store.connect(), "r", raw, Span(0, 1))


def test_an_undecodable_record_fails_only_those_who_read_it(world: World) -> None:
    t = table("append")
    world.write(t, (0, "a", 1))
    world.raw("t", None, b"not avro")
    world.write(t, (0, "b", 2))
    assert world.read(t, upto=1) == [("a", 1, 1)]
    assert world.read(t, after=2) == [("b", 2, 3)]
    with pytest.raises(DecodeError, match="topic 't', partition 0, offset 1"):
        world.read(t)
    ignoring = table("append", options={"error-handling.mode": "ignore"})
    assert world.read(ignoring) == [("a", 1, 1), ("b", 2, 3)]


def test_a_number_too_large_for_its_column_is_named(world: World) -> None:
    t = table("append", options={"value.format": "json-registry"})
    world.write(t, (0, "a", 1))
    number = world.schemas.latest("t-value")
    assert number is not None
    head = b"\x00" + number.schema.id.to_bytes(4, "big")
    world.raw("t", None, head + b'{"k":"b","n":1099511627776}')
    world.raw("t", None, head + b'{"k":"c","n":3}')
    with pytest.raises(DecodeError, match="topic 't', partition 0, offset 1 does not fit"):
        world.read(t)
    assert world.read(t, after=2) == [("c", 3, 3)]


def test_a_forgotten_topic_is_empty(world: World) -> None:
    t = table("append")
    world.write(t, (0, "a", 1))
    assert world.read(t)
    world.store.forget("t")
    assert world.read(t) == []
    assert world.store.records("t") == ()
    world.write(t, (0, "b", 2))
    assert [k for k, _, _ in world.read(t)] == ["b"]


def test_times_find_their_place_in_the_log(world: World) -> None:
    t = table("append")
    world.write(t, (0, "a", 1), (0, "b", 2), (0, "c", 3))
    assert world.store.numbers_before("t", 1_700_000_000_000) == {0: 0}
    assert world.store.numbers_before("t", 1_700_000_000_002) == {0: 2}
    assert world.store.numbers_before("t", 1_800_000_000_000) == {0: 3}
    assert world.store.numbers_at("t", {0: 1}) == {0: 1}
    assert world.store.numbers_at("t", {0: 9}) == {0: 3}
    assert world.store.numbers_at("t", {}) == {0: 0}


def test_columns_that_differ_only_in_case_have_names_of_their_own(world: World) -> None:
    t = Table(("env", "db", "t"), (Column("id", INT), Column("ID", INT), Column("ID__2", INT)))
    connection = world.store.connect()
    world.store.bind(connection, "r", t, Span(0, 0))
    described = connection.execute("DESCRIBE r").fetchall()
    assert [row[0] for row in described[:3]] == ["id", "ID__3", "ID__2"]


def test_an_unknown_time_zone_is_refused(world: World) -> None:
    with pytest.raises(SqlError, match="The time zone 'Mars/Olympus' is not known"):
        world.store.connect("Mars/Olympus")
