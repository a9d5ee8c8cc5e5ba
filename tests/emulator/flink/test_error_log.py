"""'error-handling.mode': what becomes of records that are no rows of their table."""

from __future__ import annotations

import pytest

from runthrough.emulator.broker import Outgoing
from tests.emulator.flink.sql_bench import Desk
from tests.waiting import becomes

LOGGING = "WITH ('error-handling.mode' = 'log'{})"
LOGGED = (
    "SELECT error_reason, error_message, statement_name, affected_name, source_topic, "
    "source_partition, source_offset, source_key, source_value FROM {}"
)


def broken(desk: Desk, topic: str, *values: bytes) -> None:
    desk.produce(topic, *(Outgoing(b"k", value, partition=0) for value in values))


def test_logged_records_are_rows_of_the_log_once_for_each_statement(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT) DISTRIBUTED INTO 1 BUCKETS " + LOGGING.format(""))
    desk.run("INSERT INTO t VALUES (1)")
    broken(desk, "t", b"nonsense")
    first = desk.submit("SELECT id FROM t")
    becomes(lambda: first.results(0, 10).rows, [(0, ["1"])])
    [row] = desk.now(LOGGED.format("error_log"))
    assert row[:1] == ["DESERIALIZATION"]
    assert "Failed to deserialize the value of the record in topic 't'" in row[1]
    assert row[2:] == [
        first.name,
        "workshop.river.t",
        "t",
        "0",
        "1",
        "x'6b'",
        "x'6e6f6e73656e7365'",
    ]
    broken(desk, "t", b"more")
    desk.run("INSERT INTO t VALUES (2)")
    becomes(lambda: len(first.results(0, 10).rows), 2)
    becomes(lambda: len(desk.now("SELECT * FROM error_log")), 2)
    second = desk.submit("SELECT COUNT(*) FROM t")
    becomes(lambda: len(desk.now("SELECT * FROM error_log")), 4)
    assert (first.phase, second.phase) == ("RUNNING", "RUNNING")


def test_a_snapshot_logs_before_it_completes(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT) " + LOGGING.format(", 'error-handling.log.target' = 'dead'"))
    broken(desk, "t", b"nonsense", b"")
    assert desk.now("SELECT id FROM t") == []
    assert len(desk.now("SELECT * FROM dead")) == 2


def test_the_log_is_made_with_the_table_and_shared(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT) " + LOGGING.format(""))
    desk.run("CREATE TABLE u (id INT)")
    desk.run("ALTER TABLE u SET ('error-handling.mode' = 'log')")
    assert desk.run("SHOW TABLES") == [["error_log"], ["t"], ["u"]]


def test_ignored_records_leave_no_trace_and_failing_ones_end_the_statement(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT) WITH ('error-handling.mode' = 'ignore')")
    broken(desk, "t", b"nonsense")
    assert desk.now("SELECT id FROM t") == []
    desk.run("ALTER TABLE t SET ('error-handling.mode' = 'fail')")
    assert "Failed to deserialize the value" in desk.refusal("SELECT id FROM t")
    assert desk.run("SHOW TABLES") == [["t"]]


def test_a_statement_whose_log_is_gone_fails(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT) " + LOGGING.format(""))
    desk.run("DROP TABLE error_log")
    why = "The table 'error_log' of 'error-handling.log.target' does not exist."
    assert desk.refusal("SELECT id FROM t") == why


@pytest.mark.parametrize("target", ["other", "t"])
def test_a_table_of_other_columns_cannot_be_the_log(desk: Desk, target: str) -> None:
    desk.run("CREATE TABLE other (id INT)")
    options = f", 'error-handling.log.target' = '{target}'"
    if target == "t":
        desk.run("CREATE TABLE t (id INT)")
        changed = f"'error-handling.mode' = 'log'{options}"
        assert "cannot be 'error-handling.log.target'" in desk.refusal(
            f"ALTER TABLE t SET ({changed})"
        )
    else:
        text = desk.refusal("CREATE TABLE t (id INT) " + LOGGING.format(options))
        assert "Table 'other' cannot be 'error-handling.log.target'" in text
        assert not desk.broker.has_topic("t")
