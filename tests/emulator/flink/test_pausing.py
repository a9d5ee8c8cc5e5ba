"""Statements that are stopped and go on where they were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from test_engine_sql import Workspace

from runthrough.errors import EmulatorError


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    workspace = Workspace()
    for sql in (
        "CREATE TABLE orders (id INT, item STRING)",
        "CREATE TABLE copies (id INT)",
        "CREATE TABLE counts (item STRING, n BIGINT, PRIMARY KEY (item) NOT ENFORCED)",
        "INSERT INTO orders VALUES (1, 'pen'), (2, 'ink')",
    ):
        workspace.run(sql)
    yield workspace
    workspace.engine.close()
    workspace.broker.close()


def test_an_insert_goes_on_where_it_was(workspace: Workspace) -> None:
    """What was written is not written again, what came in between is not lost."""
    running = workspace.submit("INSERT INTO copies SELECT id FROM orders")
    workspace.becomes("SELECT id FROM copies", [["1"], ["2"]])
    running.stop()
    workspace.run("INSERT INTO orders VALUES (3, 'pen')")
    assert (running.phase, len(workspace.engine.records("copies"))) == ("STOPPED", 2)
    workspace.engine.resume(running)
    workspace.becomes("SELECT id FROM copies", [["1"], ["2"], ["3"]])
    assert (running.phase, running.detail) == ("RUNNING", "")
    workspace.run("INSERT INTO orders VALUES (4, 'pen')")
    workspace.becomes("SELECT id FROM copies", [["1"], ["2"], ["3"], ["4"]])
    assert len(workspace.engine.records("copies")) == 4


def test_an_aggregate_keeps_its_state(workspace: Workspace) -> None:
    running = workspace.submit("INSERT INTO counts SELECT item, COUNT(*) FROM orders GROUP BY item")
    workspace.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", "1"]])
    for round_ in range(2, 5):
        running.stop()
        workspace.run(f"INSERT INTO orders VALUES ({round_ + 10}, 'pen')")
        workspace.engine.resume(running)
        workspace.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", str(round_)]])
    # One record a change: `ink` was written once.
    assert len(workspace.engine.records("counts")) == 5


def test_a_set_and_a_ctas_go_on_too(workspace: Workspace) -> None:
    one = workspace.submit(
        "EXECUTE STATEMENT SET BEGIN INSERT INTO copies SELECT id FROM orders;"
        " INSERT INTO counts SELECT item, COUNT(*) FROM orders GROUP BY item; END"
    )
    other = workspace.submit("CREATE TABLE made AS SELECT id FROM orders")
    workspace.becomes("SELECT id FROM copies", [["1"], ["2"]])
    workspace.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", "1"]])
    workspace.becomes("SELECT id FROM made", [["1"], ["2"]])
    for execution in (one, other):
        execution.stop()
    workspace.run("INSERT INTO orders VALUES (3, 'pen')")
    for execution in (one, other):
        workspace.engine.resume(execution)
    workspace.becomes("SELECT id FROM copies", [["1"], ["2"], ["3"]])
    workspace.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", "2"]])
    workspace.becomes("SELECT id FROM made", [["1"], ["2"], ["3"]])
    assert (one.phase, other.phase) == ("RUNNING", "RUNNING")


def test_stopping_and_resuming_while_rows_come_loses_and_doubles_nothing(
    workspace: Workspace,
) -> None:
    running = workspace.submit("INSERT INTO copies SELECT id FROM orders")
    for number in range(3, 30):
        workspace.run(f"INSERT INTO orders VALUES ({number}, 'x')")
        running.stop()
        workspace.engine.resume(running)
    workspace.becomes("SELECT id FROM copies", sorted([str(n)] for n in range(1, 30)))
    assert len(workspace.engine.records("copies")) == 29


def test_only_what_is_stopped_and_writes_can_be_resumed(workspace: Workspace) -> None:
    reading = workspace.submit("SELECT * FROM orders")
    writing = workspace.submit("INSERT INTO copies SELECT id FROM orders")
    with pytest.raises(EmulatorError, match="cannot be resumed"):
        workspace.engine.resume(writing)
    reading.stop()
    with pytest.raises(EmulatorError, match="cannot be resumed"):
        workspace.engine.resume(reading)
    writing.stop()
    workspace.engine.resume(writing)
    with pytest.raises(EmulatorError, match="cannot be resumed"):
        workspace.engine.resume(writing)


def test_a_statement_whose_table_is_gone_fails_when_it_is_resumed(workspace: Workspace) -> None:
    running = workspace.submit("INSERT INTO copies SELECT id FROM orders")
    workspace.becomes("SELECT id FROM copies", [["1"], ["2"]])
    running.stop()
    workspace.run("DROP TABLE copies")
    assert running.phase == "STOPPED"
    workspace.engine.resume(running)
    running.wait_for_end(10)
    assert (running.phase, "'copies' was dropped" in running.detail) == ("FAILED", True)


def test_a_reason_to_fail_fails_it_at_once(workspace: Workspace) -> None:
    running = workspace.submit("INSERT INTO copies SELECT id FROM orders")
    workspace.becomes("SELECT id FROM copies", [["1"], ["2"]])
    running.stop()
    workspace.run("INSERT INTO orders VALUES (3, 'pen')")
    workspace.engine.resume(running, failing="because")
    assert (running.phase, running.detail) == ("FAILED", "because")
    assert len(workspace.engine.records("copies")) == 2


def test_deleting_a_stopped_statement_frees_what_it_holds(workspace: Workspace) -> None:
    sql = "INSERT INTO counts SELECT item, COUNT(*) FROM orders GROUP BY item"
    running = workspace.submit(sql)
    workspace.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", "1"]])
    running.stop()
    workspace.engine.delete(running.name)
    with pytest.raises(EmulatorError, match="cannot be resumed"):
        workspace.engine.resume(running)
