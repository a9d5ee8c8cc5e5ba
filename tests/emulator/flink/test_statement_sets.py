"""Statement sets: several INSERTs that begin, end, fail and stop as one statement."""

from __future__ import annotations

import pytest

from tests.emulator.flink.sql_bench import SNAPSHOT, Desk
from tests.waiting import LIMIT_SECONDS, becomes

SET = "EXECUTE STATEMENT SET BEGIN {} END"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    for sql in (
        "CREATE TABLE orders (id INT, item STRING)",
        "CREATE TABLE copies (id INT, item STRING)",
        "CREATE TABLE counts (item STRING, n BIGINT, PRIMARY KEY (item) NOT ENFORCED)",
        "INSERT INTO orders VALUES (1, 'pen'), (2, 'ink'), (3, 'pen')",
    ):
        desk.run(sql)
    return desk


TWO = (
    "INSERT INTO copies SELECT id, item FROM orders WHERE id > 1; "
    "INSERT INTO counts SELECT item, COUNT(*) FROM orders GROUP BY item;"
)


@pytest.mark.parametrize(
    "sql",
    [
        SET.format(TWO),
        SET.format(TWO) + ";",
        f"BEGIN STATEMENT SET; {TWO} END;",
        f"execute statement set begin {TWO} end",
    ],
)
def test_every_target_of_a_set_is_written_in_its_own_mode(desk: Desk, sql: str) -> None:
    running = desk.submit(sql)
    desk.becomes("SELECT id, item FROM copies", [["2", "ink"], ["3", "pen"]])
    desk.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", "2"]])
    desk.run("INSERT INTO orders VALUES (4, 'ink')")
    desk.becomes("SELECT item, n FROM counts", [["ink", "2"], ["pen", "2"]])
    desk.becomes("SELECT id FROM copies", [["2"], ["3"], ["4"]])
    assert running.phase == "RUNNING"
    assert running.traits is not None
    assert (running.traits.sql_kind, running.traits.is_bounded) == ("STATEMENT_SET", False)
    assert running.traits.columns is None
    assert sum(running.offsets["orders"].values()) == 4


def test_a_set_is_complete_when_every_insert_is(desk: Desk) -> None:
    both = "INSERT INTO copies VALUES (7, 'cap'); INSERT INTO counts VALUES ('cap', 1);"
    execution = desk.submit(SET.format(both))
    execution.wait_for_end(LIMIT_SECONDS)
    assert execution.phase == "COMPLETED", execution.detail
    assert execution.traits is not None
    assert execution.traits.is_bounded
    assert desk.snapshot("SELECT item, n FROM counts") == [["cap", "1"]]
    assert desk.snapshot("SELECT id FROM copies") == [["7"]]


def test_a_set_runs_on_while_one_of_its_inserts_does(desk: Desk) -> None:
    mixed = "INSERT INTO counts VALUES ('cap', 1); INSERT INTO copies SELECT id, item FROM orders;"
    execution = desk.submit(SET.format(mixed))
    desk.becomes("SELECT item FROM counts", [["cap"]])
    desk.becomes("SELECT id FROM copies", [["1"], ["2"], ["3"]])
    assert execution.phase == "RUNNING"
    desk.run("INSERT INTO orders VALUES (4, 'ink')")
    desk.becomes("SELECT id FROM copies", [["1"], ["2"], ["3"], ["4"]])
    assert desk.snapshot("SELECT item, n FROM counts") == [["cap", "1"]]


def test_a_set_over_a_snapshot_ends(desk: Desk) -> None:
    assert desk.run(SET.format(TWO), SNAPSHOT) == []
    assert desk.snapshot("SELECT item, n FROM counts") == [["ink", "1"], ["pen", "2"]]


def test_two_inserts_may_write_the_same_table(desk: Desk) -> None:
    same = (
        "INSERT INTO copies SELECT id, item FROM orders WHERE item = 'pen';"
        "INSERT INTO copies SELECT id * 10, item FROM orders WHERE item = 'ink';"
    )
    desk.submit(SET.format(same))
    desk.becomes("SELECT id FROM copies", [["1"], ["20"], ["3"]])


def test_one_insert_may_read_what_another_writes(desk: Desk) -> None:
    chain = (
        "INSERT INTO copies SELECT id, item FROM orders;"
        "INSERT INTO counts SELECT item, COUNT(*) FROM copies GROUP BY item;"
    )
    desk.submit(SET.format(chain))
    desk.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", "2"]])


def test_a_stop_ends_every_insert(desk: Desk) -> None:
    execution = desk.submit(SET.format(TWO))
    desk.becomes("SELECT id FROM copies", [["2"], ["3"]])
    desk.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", "2"]])
    execution.stop()
    assert execution.phase == "STOPPED"
    desk.run("INSERT INTO orders VALUES (9, 'cap')")
    last = desk.submit("INSERT INTO counts SELECT 'seen', COUNT(*) FROM orders")
    desk.becomes("SELECT item, n FROM counts", [["ink", "1"], ["pen", "2"], ["seen", "4"]])
    last.stop()
    assert desk.snapshot("SELECT id FROM copies") == [["2"], ["3"]]


def test_one_failure_fails_the_statement_and_stops_the_others(desk: Desk) -> None:
    bad = (
        "INSERT INTO copies SELECT id, item FROM orders;"
        "INSERT INTO counts SELECT item, 10 / (id - 4) FROM orders;"
    )
    execution = desk.submit(SET.format(bad))
    desk.becomes("SELECT id FROM copies", [["1"], ["2"], ["3"]])
    desk.run("INSERT INTO orders VALUES (4, 'ink')")
    execution.wait_for_end(LIMIT_SECONDS)
    assert execution.phase == "FAILED"
    assert "zero" in execution.detail
    before = desk.snapshot("SELECT id FROM copies")
    desk.run("INSERT INTO orders VALUES (5, 'ink')")
    assert len(desk.snapshot("SELECT id FROM orders")) == 5
    assert desk.snapshot("SELECT id FROM copies") == before


def test_a_dropped_table_fails_the_set_that_uses_it(desk: Desk) -> None:
    execution = desk.submit(SET.format(TWO))
    desk.becomes("SELECT id FROM copies", [["2"], ["3"]])
    desk.run("DROP TABLE counts")
    becomes(lambda: execution.phase, "FAILED")
    assert execution.detail == "The table 'counts' was dropped while the statement was using it."


def test_a_table_of_a_completed_insert_may_be_dropped(desk: Desk) -> None:
    mixed = "INSERT INTO counts VALUES ('cap', 1); INSERT INTO copies SELECT id, item FROM orders;"
    execution = desk.submit(SET.format(mixed))
    desk.becomes("SELECT item FROM counts", [["cap"]])
    desk.becomes("SELECT id FROM copies", [["1"], ["2"], ["3"]])
    desk.run("DROP TABLE counts")
    desk.run("INSERT INTO orders VALUES (4, 'ink')")
    desk.becomes("SELECT id FROM copies", [["1"], ["2"], ["3"], ["4"]])
    assert execution.phase == "RUNNING"


def test_nothing_runs_if_one_insert_is_refused(desk: Desk) -> None:
    wrong = "INSERT INTO copies VALUES (1, 'x'); INSERT INTO counts SELECT nope, 1 FROM orders;"
    sql = SET.format(wrong)
    at = sql.index("nope") + 1
    assert desk.refusal(sql) == (
        f"SQL validation failed. From line 1, column {at} to line 1, column {at + 3}: "
        "Column 'nope' not found in any table"
    )
    few = "INSERT INTO copies VALUES (1, 'x'); INSERT INTO counts SELECT item FROM orders;"
    assert "sink for 'workshop.river.counts' do not match" in desk.refusal(SET.format(few))
    assert desk.snapshot("SELECT id FROM copies") == []


@pytest.mark.parametrize(
    ("sql", "token", "expecting"),
    [
        (SET.format(""), "END", '"INSERT" ...\n    "UPSERT" ...'),
        (SET.format("INSERT INTO copies VALUES (1, 'x')"), "END", '";" ...'),
        (
            SET.format("INSERT INTO copies VALUES (1, 'x'); SELECT 1;"),
            "SELECT",
            '"END" ...\n    "INSERT" ...\n    "UPSERT" ...',
        ),
        ("BEGIN STATEMENT SET INSERT INTO copies VALUES (1, 'x'); END", "INSERT", '";" ...'),
        (SET.format("CREATE TABLE x (a INT);"), "CREATE", '"INSERT" ...'),
    ],
)
def test_a_set_holds_inserts_and_nothing_else(
    desk: Desk, sql: str, token: str, expecting: str
) -> None:
    text = desk.refusal(sql)
    assert text.startswith("SQL parse failed. ")
    assert token in text
    if "Encountered" in text:
        assert f'Encountered "{token}" at line 1, column {sql.rindex(token) + 1}' in text
        assert expecting in text


def test_upsert_into_is_refused_in_a_set_as_elsewhere(desk: Desk) -> None:
    text = desk.refusal(SET.format("UPSERT INTO copies VALUES (1, 'x');"))
    assert "UPSERT INTO statement is not supported" in text


def test_explain_shows_every_sink_of_a_set(desk: Desk) -> None:
    [[text]] = desk.run(f"EXPLAIN STATEMENT SET BEGIN {TWO} END")
    assert "StreamSink(table=[workshop.river.copies])" in text
    physical, details = text.split("== Physical Details ==")
    assert physical.count("StreamSink") == 2
    copies, counts = details.strip().split("\n\n")
    assert "workshop.river.copies" in copies
    assert "Changelog mode: append" in copies
    assert "workshop.river.counts" in counts
    assert "Changelog mode: upsert" in counts
    assert "Upsert key: (item)" in counts
    numbers = [line.rpartition("[")[2].rstrip("]") for line in physical.splitlines() if "[" in line]
    assert sorted(map(int, numbers)) == list(range(1, len(numbers) + 1))
    assert desk.snapshot("SELECT id FROM copies") == []
