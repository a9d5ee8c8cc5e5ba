"""Tableflow writes real Delta tables: read back with deltalake and DuckDB."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from deltalake import DeltaTable

from tests.waiting import eventually

from .conftest import Lab

Unique = Callable[[str], str]

UPSERT = "WITH ('changelog.mode' = 'upsert', 'kafka.cleanup-policy' = 'compact')"


def test_an_append_table_gets_a_row_for_each_record(lab: Lab, unique: Unique) -> None:
    topic = unique("clicks")
    lab.done(f"CREATE TABLE `{topic}` (id INT, page STRING)")
    lab.done(f"INSERT INTO `{topic}` VALUES (1, 'home'), (2, 'rooms')")
    assert lab.enable(topic).status_code == 202
    assert lab.until(topic, "RUNNING")["status"]["write_mode"] == "APPEND"
    path = lab.path(topic)
    assert (Path(path) / "_delta_log" / "00000000000000000000.json").is_file()
    lab.until_rows(path, [(1, "home"), (2, "rooms")])
    lab.done(f"INSERT INTO `{topic}` VALUES (2, 'rooms'), (3, CAST(NULL AS STRING))")
    lab.until_rows(path, [(1, "home"), (2, "rooms"), (2, "rooms"), (3, None)])


def test_a_table_is_there_before_the_first_record(lab: Lab, unique: Unique) -> None:
    topic = unique("empty")
    lab.done(f"CREATE TABLE `{topic}` (id INT)")
    lab.enable(topic)
    lab.until(topic, "RUNNING")
    assert DeltaTable(lab.path(topic)).version() == 0
    lab.done(f"INSERT INTO `{topic}` VALUES (7)")
    lab.until_rows(lab.path(topic), [(7,)])


def test_an_upsert_table_holds_the_newest_row_of_each_key(lab: Lab, unique: Unique) -> None:
    topic = unique("stays")
    lab.done(f"CREATE TABLE `{topic}` (id INT, n INT, PRIMARY KEY (id) NOT ENFORCED) {UPSERT}")
    lab.done(f"INSERT INTO `{topic}` VALUES (1, 10), (2, 20), (1, 11)")
    lab.enable(topic)
    assert lab.until(topic, "RUNNING")["status"]["write_mode"] == "UPSERT"
    path = lab.path(topic)
    lab.until_rows(path, [(1, 11), (2, 20)])
    lab.done(f"INSERT INTO `{topic}` VALUES (2, 21), (3, 30)")
    lab.until_rows(path, [(1, 11), (2, 21), (3, 30)])


def test_what_a_statement_takes_back_leaves_the_upsert_table(lab: Lab, unique: Unique) -> None:
    """A query that deletes: the rows with fewer than two entries only."""
    source, topic = unique("entries"), unique("rare")
    lab.done(f"CREATE TABLE `{source}` (k STRING)")
    lab.done(f"CREATE TABLE `{topic}` (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) {UPSERT}")
    lab.enable(topic)
    lab.until(topic, "RUNNING")
    running = lab.start(
        f"INSERT INTO `{topic}` SELECT k, COUNT(*) FROM `{source}` GROUP BY k HAVING COUNT(*) < 2"
    )
    lab.done(f"INSERT INTO `{source}` VALUES ('a'), ('b')")
    path = lab.path(topic)
    lab.until_rows(path, [("a", 1), ("b", 1)])
    lab.done(f"INSERT INTO `{source}` VALUES ('a')")
    lab.until_rows(path, [("b", 1)])
    running.stop()


def test_every_type_of_a_table_is_written_as_itself(lab: Lab, unique: Unique) -> None:
    topic = unique("types")
    lab.done(
        f"CREATE TABLE `{topic}` (b BOOLEAN, i INT, l BIGINT NOT NULL, f FLOAT, d DOUBLE,"
        " m DECIMAL(10, 2), s STRING, y BYTES, e DATE, t TIME(3), n TIMESTAMP(3),"
        " z TIMESTAMP_LTZ(3), a ARRAY<INT>, h MAP<STRING, DECIMAL(5, 1)>,"
        " r ROW<x INT, w ROW<c STRING>>)"
    )
    lab.done(
        f"INSERT INTO `{topic}` VALUES (TRUE, 1, 9007199254740993, CAST(1.5 AS FLOAT), 2.25E0,"
        " 12345678.90, 'ß', x'00ff', DATE '2026-02-03', TIME '04:05:06.789',"
        " TIMESTAMP '2026-02-03 04:05:06.789', TO_TIMESTAMP_LTZ(1770000000123, 3),"
        " ARRAY[1, CAST(NULL AS INT)], MAP['k', CAST(1.5 AS DECIMAL(5, 1))],"
        " ROW(7, ROW('in')))"
    )
    lab.enable(topic)
    lab.until(topic, "RUNNING")
    path = lab.path(topic)
    [row] = eventually(lambda: lab.rows(path), lambda seen: len(seen) == 1)
    assert row == (
        True,
        1,
        9007199254740993,
        1.5,
        2.25,
        Decimal("12345678.90"),
        "ß",
        b"\x00\xff",
        dt.date(2026, 2, 3),
        "04:05:06.789",
        dt.datetime(2026, 2, 3, 4, 5, 6, 789000),
        dt.datetime.fromtimestamp(1770000000.123, dt.UTC),
        [1, None],
        {"k": Decimal("1.5")},
        {"x": 7, "w": {"c": "in"}},
    )
    kinds = {f.name: (str(f.type), f.nullable) for f in DeltaTable(path).schema().fields}
    assert kinds["m"] == ('PrimitiveType("decimal(10,2)")', True)
    assert kinds["l"] == ('PrimitiveType("long")', False)
    assert kinds["n"] == ('PrimitiveType("timestamp_ntz")', True)
    assert kinds["z"] == ('PrimitiveType("timestamp")', True)


def test_a_topic_without_schema_is_written_as_bytes(lab: Lab, unique: Unique) -> None:
    topic = unique("raw")
    lab.emulated.running.engine.create_topic(topic)
    lab.enable(topic)
    lab.until(topic, "RUNNING")
    path = lab.path(topic)
    assert [f.name for f in DeltaTable(path).schema().fields] == ["key", "val"]
    lab.produce(topic, key=b"k", value=b"\x01\x02")
    lab.until_rows(path, [(b"k", b"\x01\x02")])


def test_a_column_that_the_schema_gains_is_added(lab: Lab, unique: Unique) -> None:
    topic = unique("grows")
    lab.done(f"CREATE TABLE `{topic}` (id INT)")
    lab.enable(topic)
    lab.until(topic, "RUNNING")
    lab.done(f"INSERT INTO `{topic}` VALUES (1)")
    path = lab.path(topic)
    lab.until_rows(path, [(1,)])
    lab.add_field(topic, {"name": "extra", "type": ["null", "string"], "default": None})
    lab.done(f"INSERT INTO `{topic}` VALUES (2, 'more')")
    lab.until_rows(path, [(1, None), (2, "more")])


def test_disable_ends_the_writer_and_leaves_the_files(lab: Lab, unique: Unique) -> None:
    topic = unique("ends")
    lab.done(f"CREATE TABLE `{topic}` (id INT)")
    lab.done(f"INSERT INTO `{topic}` VALUES (1)")
    lab.enable(topic)
    lab.until(topic, "RUNNING")
    path = lab.path(topic)
    lab.until_rows(path, [(1,)])
    assert lab.disable(topic).status_code == 204
    assert lab.get(topic).status_code == 404
    lab.done(f"INSERT INTO `{topic}` VALUES (2)")
    lab.enable(topic)
    lab.until(topic, "RUNNING")
    assert lab.path(topic) != path
    lab.until_rows(lab.path(topic), [(1,), (2,)])
    assert lab.rows(path) == [(1,)]


def test_many_rows_written_in_bulk_arrive_once_each(lab: Lab, unique: Unique) -> None:
    source, topic = unique("few"), unique("many")
    lab.done(f"CREATE TABLE `{source}` (n INT)")
    lab.done(
        f"INSERT INTO `{source}` VALUES " + ", ".join(f"({number})" for number in range(2_000))
    )
    lab.done(f"CREATE TABLE `{topic}` (n INT)")
    lab.enable(topic)
    running = lab.start(f"INSERT INTO `{topic}` SELECT n FROM `{source}`")
    lab.until(topic, "RUNNING")
    lab.until_rows(lab.path(topic), [(number,) for number in range(2_000)])
    running.stop()
