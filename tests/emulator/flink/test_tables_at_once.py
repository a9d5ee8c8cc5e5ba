"""Tables and views that several statements make and drop at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from runthrough.emulator.flink.running.turns import Turns
from tests.emulator.flink.sql_bench import STREAM, Desk, open_desk
from tests.waiting import LIMIT_SECONDS

TAKEN = "Table (or view) lkc-1.t already exists in Catalog env-1"


class Crowd:
    """Sends statements from many threads; returns each one's phase and detail."""

    def __init__(self, desk: Desk) -> None:
        self.engine, self._numbers = desk.engine, count()

    def submit(self, sql: str) -> tuple[str, str]:
        execution = self.engine.submit(f"at-once-{next(self._numbers)}", sql, STREAM)
        execution.wait_for_end(LIMIT_SECONDS)
        return execution.phase, execution.detail

    def submit_all(self, *statements: str) -> list[tuple[str, str]]:
        with ThreadPoolExecutor(len(statements)) as pool:
            return list(pool.map(self.submit, statements))


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    for desk in open_desk():
        yield Crowd(desk)


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ("TABLE IF NOT EXISTS", ("COMPLETED", f"{TAKEN}; nothing was done.")),
        ("TABLE", ("FAILED", TAKEN)),
    ],
)
def test_of_many_who_make_a_table_one_does_and_the_others_are_told(
    crowd: Crowd, words: str, refused: tuple[str, str]
) -> None:
    for number in range(10):
        name = f"t{number}"
        found = crowd.submit_all(*(f"CREATE {words} {name} (a{n % 2} INT)" for n in range(8)))
        told = (refused[0], refused[1].replace("lkc-1.t ", f"lkc-1.{name} "))
        assert Counter(found) == {("COMPLETED", f"Table '{name}' created."): 1, told: 7}


def test_a_table_and_a_view_of_one_name_exclude_each_other(crowd: Crowd) -> None:
    for number in range(10):
        name = f"v{number}"
        table, view = f"CREATE TABLE {name} (a INT)", f"CREATE VIEW {name} AS SELECT 1 AS a"
        phases = [phase for phase, _ in crowd.submit_all(table, view, table, view)]
        assert sorted(phases) == ["COMPLETED", "FAILED", "FAILED", "FAILED"]


def test_a_table_made_while_one_of_its_name_is_dropped_is_whole(crowd: Crowd) -> None:
    options = "WITH ('changelog.mode' = 'append', 'kafka.retention.time' = '1 d')"

    def make_as_soon_as_it_can_be(name: str) -> None:
        made = f"CREATE TABLE {name} (a INT) {options}"
        assert any(crowd.submit(made)[0] == "COMPLETED" for _ in range(10_000))

    for number in range(15):
        name = f"d{number}"
        assert crowd.submit(f"CREATE TABLE {name} (a INT)")[0] == "COMPLETED"
        with ThreadPoolExecutor(2) as pool:
            made = pool.submit(make_as_soon_as_it_can_be, name)
            assert crowd.submit(f"DROP TABLE {name}")[0] == "COMPLETED"
            made.result(20)
        assert crowd.engine.table(name).options["kafka.retention.time"] == "1 d"


def test_tables_that_take_each_others_errors_do_not_wait_for_each_other(crowd: Crowd) -> None:
    for number in range(10):
        pair = (f"x{number}", f"y{number}")
        found = crowd.submit_all(
            *(
                f"CREATE TABLE {name} (a INT) WITH ('error-handling.mode' = 'log', "
                f"'error-handling.log.target' = '{other}')"
                for name, other in (pair, pair[::-1])
            )
        )
        assert sorted(phase for phase, _ in found) == ["COMPLETED", "FAILED"]


def test_a_name_is_in_one_hand_at_a_time() -> None:
    turns, at_work, seen = Turns(), Counter[str](), Counter[str]()

    def work(number: int) -> None:
        names = ("a", "b") if number % 3 else ("b", "c", "b")
        with turns.of(*names):
            for name in set(names):
                at_work[name] += 1
                assert at_work[name] == 1
            for name in set(names):
                at_work[name] -= 1
                seen[name] += 1

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(300)))
    assert seen == {"a": 200, "b": 300, "c": 100}


def test_a_name_is_free_again_after_a_failure() -> None:
    turns = Turns()
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"), turns.of("a"):
            raise ValueError("broken")
