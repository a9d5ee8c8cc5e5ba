"""Tables with the connector faker: made-up rows, by the clock, the same each time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.emulator.flink.sql_bench import Desk
from tests.waiting import LIMIT_SECONDS, eventually

ORDERS = (
    "CREATE TABLE orders (id INT, kind STRING, price DOUBLE, moment TIMESTAMP_LTZ(3), code STRING, "
    "note STRING, total AS price * 2) WITH ('connector' = 'faker', 'rows-per-second' = '1000', "
    "{} 'fields.id.expression' = '#{{number.number_between ''1'',''9''}}', "
    "'fields.kind.expression' = '#{{Options.option ''A'',''it''''s B''}}', "
    "'fields.price.expression' = '#{{number.random_double ''2'',''1'',''5''}}', "
    "'fields.moment.expression' = '#{{date.past ''5'',''SECONDS''}}', "
    "'fields.code.expression' = '#{{regexify ''[A-C]{{2}}-(x|yz)\\d?''}}', "
    "'fields.note.expression' = 'by #{{Name.first_name}}, #{{Internet.uuid}}')"
)
HUNDRED = "'number-of-rows' = '100',"


def test_rows_are_of_the_expressions_and_the_statement_ends_after_them(desk: Desk) -> None:
    desk.run(ORDERS.format(HUNDRED))
    rows = desk.run("SELECT id, kind, price, code, note, total, moment <= $rowtime FROM orders")
    assert len(rows) == 100
    assert {row[0] for row in rows} == set("12345678")
    assert {row[1] for row in rows} == {"A", "it's B"}
    assert all(1 <= float(row[2]) <= 5 and float(row[5]) == 2 * float(row[2]) for row in rows)
    assert all(re.fullmatch(r"[A-C]{2}-(x|yz)\d?", row[3]) for row in rows)
    assert all(re.fullmatch(r"by \w+, [-0-9a-f]{36}", row[4]) for row in rows)
    assert len({row[4] for row in rows}) == 100
    assert {row[6] for row in rows} == {"TRUE"}


def test_every_reader_gets_the_same_rows(desk: Desk) -> None:
    desk.run(ORDERS.format(HUNDRED))
    assert desk.run("SELECT id, note FROM orders") == desk.run("SELECT id, note FROM orders")
    assert desk.now("SELECT COUNT(*), SUM(id) FROM orders")[0][0] == "100"


def test_what_needs_all_rows_comes_when_they_are_there(desk: Desk) -> None:
    desk.run(ORDERS.format(HUNDRED))
    counting = desk.submit("SELECT COUNT(*) AS n FROM orders")
    counting.wait_for_end(LIMIT_SECONDS)
    assert counting.phase == "COMPLETED"
    assert counting.results(0, 10).rows == [(0, ["100"])]
    assert counting.traits is not None
    assert counting.traits.is_bounded


def test_rows_without_end_come_by_the_clock(desk: Desk) -> None:
    desk.run(ORDERS.format("").replace("'1000'", "'2'"))
    running = desk.submit("SELECT id FROM orders")
    eventually(lambda: len(running.results(0, 1000).rows), lambda n: n >= 1)
    desk.ahead = timedelta(seconds=100)
    seen = eventually(lambda: len(running.results(0, 1000).rows), lambda n: n >= 200)
    assert seen < 300
    assert running.phase == "RUNNING"
    assert running.latest_offsets == {}
    running.stop()
    assert [table for table in desk.engine._store._logs if "orders" in table] == []


def test_a_running_insert_feeds_a_topic(desk: Desk) -> None:
    desk.run(ORDERS.format(""))
    desk.run("CREATE TABLE sink (id INT, kind STRING)")
    insert = desk.submit("INSERT INTO sink SELECT id, kind FROM orders")
    eventually(lambda: len(desk.records("sink")), lambda n: n > 10)
    assert insert.phase == "RUNNING"


def test_a_limit_ends_it(desk: Desk) -> None:
    desk.run(ORDERS.format(""))
    assert len(desk.run("SELECT * FROM orders LIMIT 5")) == 5


def test_dropping_the_table_fails_who_reads_it(desk: Desk) -> None:
    desk.run(ORDERS.format(""))
    running = desk.submit("SELECT id FROM orders")
    desk.run("DROP TABLE orders")
    running.wait_for_end(LIMIT_SECONDS)
    assert running.phase == "FAILED"
    assert "'orders' was dropped" in running.detail


def test_it_is_shown_without_a_topic(desk: Desk) -> None:
    desk.run(ORDERS.format(HUNDRED))
    [[text]] = desk.run("SHOW CREATE TABLE orders")
    assert "'connector' = 'faker'" in text
    assert "kafka" not in text
    assert "BUCKETS" not in text
    assert not desk.broker.has_topic("orders")
    assert ["orders"] in desk.run("SHOW TABLES")


ALL_TYPES = {
    "BOOLEAN": ("#{bool.bool}", "TRUE|FALSE"),
    "TINYINT": ("7", "7"),
    "BIGINT": ("-3000000000", "-3000000000"),
    "FLOAT": ("1.5", "1.5"),
    "DECIMAL(6, 2)": ("12.5", "12.50"),
    "CHAR(2)": ("abc", "ab"),
    "DATE": ("2024-02-29", "2024-02-29"),
    "TIME": ("03:04:05", "03:04:05"),
    "TIMESTAMP(3)": ("2024-02-29T01:02:03.004", "2024-02-29 01:02:03.004"),
    "TIMESTAMP_LTZ(3)": ("2024-02-29T01:02:03+01:00", "2024-02-29 00:02:03.000"),
    "STRING": ("#{Address.city}", ".+"),
    "DOUBLE": ("#{number.digits '3'}", r"\d{1,3}\.0"),
}


@pytest.mark.parametrize("type_name", ALL_TYPES)
def test_values_are_of_the_columns_type(desk: Desk, type_name: str) -> None:
    text, wanted = ALL_TYPES[type_name]
    quoted = text.replace("'", "''")
    desk.run(
        f"CREATE TABLE f (c {type_name}) WITH ('connector' = 'faker', 'number-of-rows' = '1', "
        f"'fields.c.expression' = '{quoted}')"
    )
    [[value]] = desk.run("SELECT c FROM f")
    assert re.fullmatch(wanted, value), value


def faker(columns: str, *options: str) -> str:
    return f"CREATE TABLE f ({columns}) WITH ('connector' = 'faker', {', '.join(options)})"


ID = "'fields.id.expression' = '1'"


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        (faker("id INT", "'rows-per-second' = '1'"), "has no option 'fields.id.expression'"),
        (faker("id INT", ID, "'fields.x.expression' = '1'"), "is of no column of table 'f'"),
        (faker("id INT", ID, "'rows-per-second' = '0'"), "Could not parse value '0'"),
        (faker("id INT", ID, "'number-of-rows' = 'many'"), "Could not parse value 'many'"),
        (faker("id INT", ID, "'nonsense' = '1'"), "Unsupported option 'nonsense'"),
        (faker("id INT", ID, "'fields.id.null-rate' = '1'"), "not emulated: the option"),
        (faker("id INT", ID, "'changelog.mode' = 'retract'"), "faker"),
        (faker("id ARRAY<INT>", ID), "not emulated: a faker column of type ARRAY<INT>"),
        (faker("id INT", "'fields.id.expression' = '#{Harry_Potter.spell}'"), "Harry_Potter.spell"),
        (faker("id INT", "'fields.id.expression' = '#{Name.name ''x''}'"), "takes no arguments"),
        (faker("id INT", "'fields.id.expression' = '#{Options.option}'"), "at least one option"),
        (faker("id INT", "'fields.id.expression' = '#{number.number_between ''9''}'"), "2 arg"),
        (faker("id INT", "'fields.id.expression' = '#{date.past ''5'',''EONS''}'"), "EONS"),
        (faker("id INT", "'fields.id.expression' = '#{regexify ''[a''}'"), "ends in the middle"),
        (faker("id INT", "'fields.id.expression' = '#{regexify ''a{2''}'"), "ends in the middle"),
        (faker("id INT", "'fields.id.expression' = '#{regexify ''(?=a)''}'"), "not emulated"),
        (faker("id INT", "'fields.id.expression' = '#{Name.name'"), "is not closed"),
        ("INSERT INTO made VALUES (1)", "Connector 'faker' can only be used as a source."),
        (
            "CREATE TABLE f WITH ('connector' = 'faker') AS SELECT 1 AS id",
            "Connector 'faker' can only be used as a source.",
        ),
        ("ALTER TABLE made SET ('rows-per-second' = '2')", "not emulated: ALTER TABLE of a faker"),
    ],
)
def test_what_cannot_be_is_refused_by_name(desk: Desk, sql: str, why: str) -> None:
    desk.run(faker("id INT", ID).replace("TABLE f", "TABLE made"))
    assert why in desk.refusal(sql)


def test_a_snapshot_of_rows_without_end_is_refused(desk: Desk) -> None:
    desk.run(faker("id INT", ID))
    with pytest.raises(AssertionError, match="not emulated: a snapshot of a faker table"):
        desk.now("SELECT * FROM f")


def test_a_value_that_is_none_of_the_column_fails_the_statement(desk: Desk) -> None:
    desk.run(faker("id INT", "'fields.id.expression' = '#{Name.name}'"))
    failing = desk.submit("SELECT id FROM f")
    failing.wait_for_end(LIMIT_SECONDS)
    assert "which is no INT" in failing.detail
