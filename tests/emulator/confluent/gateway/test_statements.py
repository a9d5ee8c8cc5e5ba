"""The store of statements alone, over an engine that only notes what it is told."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from runthrough.emulator.confluent.gateway.statements import (
    Order,
    StatementStore,
)
from runthrough.emulator.confluent.http import Refusal
from runthrough.emulator.confluent.pace import STATEMENT, STATEMENT_LEAVING, Pace
from runthrough.emulator.flink.catalog import Session
from runthrough.emulator.flink.engine import Engine

PENDING, DELETING = STATEMENT.passing[0].lasts, STATEMENT_LEAVING.passing[0].lasts
NAMES = st.sampled_from(["a", "b", "c"])


class FakeExecution:
    def __init__(self, sql: str) -> None:
        self.sql, self.phase, self.detail = sql, "RUNNING", ""

    def stop(self) -> None:
        self.phase = "STOPPED"


class FakeEngine:
    """Refuses what the real one refuses: a name twice, and deleting what is not there.

    Before each it lets other threads have a turn.
    """

    def __init__(self) -> None:
        self.executions: dict[str, FakeExecution] = {}

    def submit(self, name: str, sql: str, session: Session) -> FakeExecution:
        time.sleep(0)
        assert name not in self.executions
        self.executions[name] = FakeExecution(sql)
        return self.executions[name]

    def delete(self, name: str) -> None:
        time.sleep(0)
        self.executions.pop(name).stop()


class Watch:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, time: timedelta) -> None:
        self.now += time


def order(name: str) -> Order:
    return Order(name, "SELECT 1", {}, {}, "lfcp-1", "sa-1")


def build(pace: Pace) -> tuple[StatementStore, FakeEngine, Watch]:
    engine, watch = FakeEngine(), Watch()
    return StatementStore(cast(Engine, cast(Any, engine)), clock=watch, pace=pace), engine, watch


class Names(RuleBasedStateMachine):
    """However statements come and go, the store agrees with a plain list of names."""

    def __init__(self) -> None:
        super().__init__()
        self.store, self.engine, self.watch = build("instant")
        self.names: list[str] = []

    @rule(name=NAMES, fails=st.booleans())
    def submit(self, name: str, fails: bool) -> None:
        session = None if fails else Session()
        if name in self.names:
            with pytest.raises(Refusal) as caught:
                self.store.create(order(name), session)
            assert caught.value.status == 409
        else:
            self.store.create(order(name), session)
            self.names.insert(0, name)

    @rule(name=NAMES)
    def read(self, name: str) -> None:
        if name in self.names:
            assert self.store.get(name).order.name == name
        else:
            with pytest.raises(Refusal, match=f"Statement resource={name} does not exist"):
                self.store.get(name)

    @rule(name=NAMES)
    def stop(self, name: str) -> None:
        if name in self.names:
            statement = self.store.get(name)
            before = statement.look(self.watch())
            statement.stop()
            after = statement.look(self.watch())
            assert after.phase in {"STOPPED", "FAILED"}
            assert after.version >= before.version

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        if name in self.names:
            self.store.delete(name)
            self.names.remove(name)
        else:
            with pytest.raises(Refusal) as caught:
                self.store.delete(name)
            assert caught.value.status == 404

    @invariant()
    def the_newest_come_first_and_the_engine_holds_no_others(self) -> None:
        assert [s.order.name for s in self.store.all()] == self.names
        assert set(self.engine.executions) <= set(self.names)


TestNames = Names.TestCase


def test_at_a_realistic_pace_a_statement_is_pending_for_a_while() -> None:
    store, _, watch = build("realistic")
    statement = store.create(order("a"), Session())
    assert statement.look(watch()).phase == "PENDING"
    watch.forward(PENDING)
    assert statement.look(watch()).phase == "RUNNING"


def test_at_a_realistic_pace_a_deleted_name_stays_taken_for_a_while() -> None:
    store, engine, watch = build("realistic")
    store.create(order("a"), Session())
    store.delete("a")
    assert store.get("a").look(watch()).phase == "DELETING"
    assert engine.executions["a"].phase == "STOPPED"
    with pytest.raises(Refusal, match="already exists"):
        store.create(order("a"), Session())
    watch.forward(DELETING)
    with pytest.raises(Refusal, match="does not exist"):
        store.get("a")
    assert engine.executions == {}
    store.create(order("a"), Session())


def test_at_a_realistic_pace_a_stop_takes_a_while_and_shows_it() -> None:
    store, engine, watch = build("realistic")
    statement = store.create(order("a"), Session())
    watch.forward(timedelta(seconds=10))
    store.stop(statement)
    assert engine.executions["a"].phase == "STOPPED"
    seen = []
    for _ in range(5):
        seen.append(statement.look(watch()).phase)
        watch.forward(timedelta(milliseconds=500))
    assert seen == ["RUNNING", "STOPPING", "STOPPING", "STOPPING", "STOPPED"]


def test_a_part_of_the_list_begins_where_the_last_one_ended() -> None:
    store, _, _ = build("instant")
    made = [store.create(order(f"s{number}"), Session()) for number in range(5)]
    assert list(store.older_than(made[3].sequence)) == made[2::-1]
    store.delete("s3")
    store.delete("s1")
    assert list(store.older_than(made[3].sequence)) == [made[2], made[0]]
    assert store.all() == [made[4], made[2], made[0]]


def test_deleting_twice_does_not_begin_the_wait_again() -> None:
    store, _, watch = build("realistic")
    store.create(order("a"), Session())
    store.delete("a")
    watch.forward(DELETING / 2)
    store.delete("a")
    watch.forward(DELETING / 2)
    assert store.all() == []


def test_the_version_rises_with_what_a_reader_can_see() -> None:
    store, _, watch = build("instant")
    statement = store.create(order("a"), Session())
    first = statement.look(watch())
    watch.forward(timedelta(seconds=1))
    assert statement.look(watch()) == first
    statement.stop()
    second = statement.look(watch())
    assert (first.version, second.version) == (1, 2)
    assert second.updated_at == watch()


def test_who_frees_a_statement_holds_up_nobody_but_who_wants_its_name() -> None:
    store, engine, _ = build("instant")
    begun, finish, frees = threading.Event(), threading.Event(), engine.delete

    def slow(name: str) -> None:
        begun.set()
        assert finish.wait(10)
        frees(name)

    old, other = (store.create(order(name), Session()) for name in "ab")
    engine.delete = slow  # type: ignore[method-assign]
    with ThreadPoolExecutor(2) as pool:
        deleting = pool.submit(store.delete, "a")
        assert begun.wait(10)
        again = pool.submit(store.create, order("a"), Session())
        assert store.get("b") is other
        newer = store.create(order("c"), Session())
        assert store.all() == [newer, other]
        with pytest.raises(Refusal, match="Statement resource=a does not exist"):
            store.get("a")
        assert engine.executions["a"] is old.execution
        finish.set()
        deleting.result(10)
        made = again.result(10)
    assert store.get("a") is made
    assert made.execution is engine.executions["a"]
    assert made.execution is not old.execution


def test_who_deletes_too_late_leaves_the_next_statement_of_that_name() -> None:
    store, engine, _ = build("instant")
    statement = store.create(order("a"), Session())
    first, made = engine.executions["a"], []

    def overtaken() -> None:
        del first.stop
        store.forget(statement)
        made.append(store.create(order("a"), Session()))

    first.stop = overtaken  # type: ignore[method-assign]
    store.delete("a")
    assert store.all() == made
    assert engine.executions["a"] is made[0].execution


def test_a_name_is_free_again_where_the_engine_could_not_free_it() -> None:
    store, engine, _ = build("instant")
    store.create(order("a"), Session())
    engine.executions.clear()
    with pytest.raises(KeyError):
        store.delete("a")
    assert store.create(order("a"), Session()) is store.get("a")


TURNS = st.lists(st.tuples(NAMES, st.sampled_from(["create", "delete", "forget"])), max_size=12)


@settings(deadline=None)
@given(turns=st.lists(TURNS, min_size=2, max_size=4))
def test_whoever_creates_and_deletes_at_once_the_engine_holds_what_the_store_does(
    turns: list[list[tuple[str, str]]],
) -> None:
    store, engine, _ = build("instant")
    start = threading.Barrier(len(turns))

    def work(mine: list[tuple[str, str]]) -> set[tuple[str, int]]:
        refused = set()
        start.wait(10)
        for name, what in mine:
            try:
                match what:
                    case "create":
                        store.create(order(name), Session())
                    case "delete":
                        store.delete(name)
                    case "forget":
                        store.forget(store.get(name))
            except Refusal as e:
                refused.add((what, e.status))
        return refused

    with ThreadPoolExecutor(len(turns)) as pool:
        for done in [pool.submit(work, mine) for mine in turns]:
            assert done.result(20) <= {("create", 409), ("delete", 404), ("forget", 404)}
    held = {s.order.name: s.execution for s in store.all()}
    assert held == engine.executions


def test_a_refused_order_is_a_failed_statement() -> None:
    store, engine, watch = build("instant")
    statement = store.create(order("a"), None, refused="because")
    sight = statement.look(watch())
    assert (sight.phase, sight.detail, engine.executions) == ("FAILED", "because", {})


def test_a_name_is_free_again_after_an_engine_that_broke() -> None:
    store, engine, _ = build("instant")

    def broken(name: str, sql: str, session: Session) -> FakeExecution:
        raise RuntimeError("broken")

    works, engine.submit = engine.submit, broken  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        store.create(order("a"), Session())
    engine.submit = works  # type: ignore[method-assign]
    assert store.create(order("a"), Session()).order.name == "a"
