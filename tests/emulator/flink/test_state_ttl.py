"""A state TTL: what an aggregate gives again though nothing changed (facts 5.7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runthrough.emulator.flink.catalog import Session
from tests.emulator.flink.sql_bench import STREAM, Desk
from tests.waiting import eventually

TTL = replace(STREAM, properties={"sql.state-ttl": "1 h"})
NO_TTL = replace(STREAM, properties={"sql.state-ttl": "0 ms"})


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.run("CREATE TABLE t (k STRING, v INT) DISTRIBUTED INTO 1 BUCKETS")
    desk.run("INSERT INTO t VALUES ('a', 5), ('b', 7)")
    return desk


def ops(desk: Desk, sql: str, session: Session, *, more: int) -> list[tuple[int, list[object]]]:
    """Return what a query gives after some more records, once so many changes are there."""
    running = desk.submit(sql, session)
    eventually(lambda: len(running.results(0, 100).rows) >= 2)
    desk.run("INSERT INTO t VALUES ('a', 5)")
    desk.run("INSERT INTO t VALUES ('c', 1)")
    eventually(lambda: len(running.results(0, 100).rows) >= more)
    return running.results(0, 100).rows[2:]


def test_with_a_ttl_equal_results_are_given_again(desk: Desk) -> None:
    got = ops(desk, "SELECT k, MAX(v) AS m FROM t GROUP BY k", TTL, more=5)
    assert got == [(1, ["a", "5"]), (2, ["a", "5"]), (0, ["c", "1"])]


@pytest.mark.parametrize("session", [STREAM, NO_TTL])
def test_without_one_they_are_not(desk: Desk, session: Session) -> None:
    got = ops(desk, "SELECT k, MAX(v) AS m FROM t GROUP BY k", session, more=3)
    assert got == [(0, ["c", "1"])]


def test_what_did_change_changes_once(desk: Desk) -> None:
    got = ops(desk, "SELECT k, COUNT(*) AS n FROM t GROUP BY k HAVING COUNT(*) > 0", TTL, more=5)
    assert got == [(1, ["a", "1"]), (2, ["a", "2"]), (0, ["c", "1"])]


def test_a_hidden_key_tells_the_groups_apart(desk: Desk) -> None:
    got = ops(desk, "SELECT MAX(v) AS m FROM t GROUP BY k", TTL, more=5)
    assert got == [(1, ["5"]), (2, ["5"]), (0, ["1"])]


def test_a_key_in_an_upsert_table_is_written_again(desk: Desk) -> None:
    desk.run("CREATE TABLE s (k STRING, m INT, PRIMARY KEY (k) NOT ENFORCED)")
    insert = "INSERT INTO s SELECT k, MAX(v) FROM t WHERE k IS NOT NULL GROUP BY k"
    desk.submit(insert, TTL)
    eventually(lambda: len(desk.records("s")) >= 2)
    desk.run("INSERT INTO t VALUES ('a', 5)")
    eventually(lambda: len(desk.records("s")) >= 3)
    assert len(desk.records("s")) == 3


def test_many_groups_are_compared_as_well(desk: Desk) -> None:
    rows = ", ".join(f"('k{n}', {n})" for n in range(2_000))
    desk.run(f"INSERT INTO t VALUES {rows}")
    desk.run("CREATE TABLE s (m INT) WITH ('changelog.mode' = 'retract')")
    desk.submit("INSERT INTO s SELECT MAX(v) FROM t GROUP BY k", TTL)
    eventually(lambda: len(desk.records("s")) >= 2_002)
    desk.run("INSERT INTO t VALUES ('k7', 7)")
    eventually(lambda: len(desk.records("s")) >= 2_004)
    assert len(desk.records("s")) == 2_004
