"""Statements that are stopped and go on where they were."""

from __future__ import annotations

import pytest

from runthrough.errors import EmulatorError
from tests.emulator.flink.sql_bench import Desk
from tests.waiting import LIMIT_SECONDS


@pytest.fixture
def desk(desk: Desk) -> Desk:
    for sql in (
        "CREATE TABLE orders (id INT, item STRING)",
        "CREATE TABLE copies (id INT)",
        "CREATE TABLE counts (item STRING, n BIGINT, PRIMARY KEY (item) NOT ENFORCED)",
        "INSERT INTO orders VALUES (1, 'pen'), (2, 'ink')",
    ):
        desk.run(sql)
    return desk


def test_an_insert_goes_on_where_it_was(desk: Desk) -> None:
    """What was written is not written again, what came in between is not lost."""
    running = desk.submit("INSERT INTO copies SELECT id FROM orders")
    desk.becomes("SELECT id FROM copies", [["1"], ["2"]])
    running.stop()
    desk.run("INSERT INTO orders VALUES (3, 'pen')")
    assert (running.phase, len(desk.engine.records("copies"))) == ("STOPPED", 2)
    desk.engine.resume(running)
    desk.becomes("SELECT id FROM copies", [["1"], ["2"], ["3"]])
    assert (running.phase, running.detail) == ("RUNNING", "")
    desk.run("INSERT INTO orders VALUES (4, 'pen')")
    desk.becomes("SELECT id FROM copies", [["1"], ["2"], ["3"], ["4"]])
    assert len(desk.engine.records("copies")) == 4


def test_an_aggregate_keeps_its_state(desk: Desk) -> None:
    running = desk.submit("INSERT INTO counts SELECT item, COUNT(*) FROM orders GROUP BY item")
    desk.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", "1"]])
    for round_ in range(2, 5):
        running.stop()
        desk.run(f"INSERT INTO orders VALUES ({round_ + 10}, 'pen')")
        desk.engine.resume(running)
        desk.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", str(round_)]])
    # One record a change: `ink` was written once.
    assert len(desk.engine.records("counts")) == 5


def test_a_set_and_a_ctas_go_on_too(desk: Desk) -> None:
    one = desk.submit(
        "EXECUTE STATEMENT SET BEGIN INSERT INTO copies SELECT id FROM orders;"
        " INSERT INTO counts SELECT item, COUNT(*) FROM orders GROUP BY item; END"
    )
    other = desk.submit("CREATE TABLE made AS SELECT id FROM orders")
    desk.becomes("SELECT id FROM copies", [["1"], ["2"]])
    desk.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", "1"]])
    desk.becomes("SELECT id FROM made", [["1"], ["2"]])
    for execution in (one, other):
        execution.stop()
    desk.run("INSERT INTO orders VALUES (3, 'pen')")
    for execution in (one, other):
        desk.engine.resume(execution)
    desk.becomes("SELECT id FROM copies", [["1"], ["2"], ["3"]])
    desk.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", "2"]])
    desk.becomes("SELECT id FROM made", [["1"], ["2"], ["3"]])
    assert (one.phase, other.phase) == ("RUNNING", "RUNNING")


def test_stopping_and_resuming_while_rows_come_loses_and_doubles_nothing(
    desk: Desk,
) -> None:
    running = desk.submit("INSERT INTO copies SELECT id FROM orders")
    for number in range(3, 30):
        desk.run(f"INSERT INTO orders VALUES ({number}, 'x')")
        running.stop()
        desk.engine.resume(running)
    desk.becomes("SELECT id FROM copies", sorted([str(n)] for n in range(1, 30)))
    assert len(desk.engine.records("copies")) == 29


def test_only_what_is_stopped_and_writes_can_be_resumed(desk: Desk) -> None:
    reading = desk.submit("SELECT * FROM orders")
    writing = desk.submit("INSERT INTO copies SELECT id FROM orders")
    with pytest.raises(EmulatorError, match="cannot be resumed"):
        desk.engine.resume(writing)
    reading.stop()
    with pytest.raises(EmulatorError, match="cannot be resumed"):
        desk.engine.resume(reading)
    writing.stop()
    desk.engine.resume(writing)
    with pytest.raises(EmulatorError, match="cannot be resumed"):
        desk.engine.resume(writing)


def test_a_statement_whose_table_is_gone_fails_when_it_is_resumed(desk: Desk) -> None:
    running = desk.submit("INSERT INTO copies SELECT id FROM orders")
    desk.becomes("SELECT id FROM copies", [["1"], ["2"]])
    running.stop()
    desk.run("DROP TABLE copies")
    assert running.phase == "STOPPED"
    desk.engine.resume(running)
    running.wait_for_end(LIMIT_SECONDS)
    assert (running.phase, "'copies' was dropped" in running.detail) == ("FAILED", True)


def test_a_reason_to_fail_fails_it_at_once(desk: Desk) -> None:
    running = desk.submit("INSERT INTO copies SELECT id FROM orders")
    desk.becomes("SELECT id FROM copies", [["1"], ["2"]])
    running.stop()
    desk.run("INSERT INTO orders VALUES (3, 'pen')")
    desk.engine.resume(running, failing="because")
    assert (running.phase, running.detail) == ("FAILED", "because")
    assert len(desk.engine.records("copies")) == 2


def test_deleting_a_stopped_statement_frees_what_it_holds(desk: Desk) -> None:
    sql = "INSERT INTO counts SELECT item, COUNT(*) FROM orders GROUP BY item"
    running = desk.submit(sql)
    desk.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", "1"]])
    running.stop()
    desk.engine.delete(running.name)
    with pytest.raises(EmulatorError, match="cannot be resumed"):
        desk.engine.resume(running)
