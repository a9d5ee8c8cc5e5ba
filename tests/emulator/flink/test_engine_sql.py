"""Planner and engine together: the statements of LAB 2, in small, from SQL text to topics."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from runthrough.emulator.flink.running.models import ModelReply, ModelRequest
from tests.emulator.flink.sql_bench import Desk, open_desk
from tests.waiting import LIMIT_SECONDS, becomes, eventually

BOOKINGS = "CREATE TABLE bookings (BOOKING_ID STRING, HOTEL_ID STRING, CHECK_IN BIGINT)"
REVIEWS = "CREATE TABLE reviews (BOOKING_ID STRING, RATING INT, REVIEW STRING)"
JOIN = """
CREATE TABLE joined AS
SELECT b.HOTEL_ID, b.BOOKING_ID, TO_TIMESTAMP_LTZ(b.CHECK_IN, 3) AS CHECK_IN, r.RATING, r.REVIEW
FROM bookings b LEFT JOIN reviews r ON r.BOOKING_ID = b.BOOKING_ID
"""
AGGREGATE = """
CREATE TABLE aggregated AS (
  SELECT COALESCE(HOTEL_ID, 'UNKNOWN_HOTEL') AS HOTEL_ID, COUNT(RATING) AS REVIEW_COUNT,
         AVG(CAST(RATING AS DOUBLE)) AS MEAN, ARRAY_JOIN(ARRAY_AGG(REVIEW), '||| ') AS REVIEWS
  FROM joined GROUP BY HOTEL_ID
)
"""
SUMMARIES = """
CREATE TABLE summaries AS
SELECT * FROM aggregated,
  LATERAL TABLE(ML_PREDICT('SUMMARIZER', REVIEWS)) AS ai(SUMMARY)
"""
CONNECTION = """
CREATE CONNECTION claude WITH (
  'type' = 'bedrock',
  'endpoint' =
    'https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-x/invoke',
  'aws-access-key' = 'AKIAEXAMPLE', 'aws-secret-key' = 'very-secret')
"""
MODEL = """
CREATE MODEL SUMMARIZER INPUT (prompt STRING) OUTPUT (SUMMARY STRING) WITH (
  'provider' = 'bedrock', 'task' = 'text_generation', 'bedrock.connection' = 'claude',
  'bedrock.PARAMS.max_tokens' = '200', 'bedrock.system_prompt' = 'Summarize.')
"""


class Provider:
    """Answers with the length of the prompt."""

    def invoke(self, request: ModelRequest) -> ModelReply:
        prompt = json.loads(request.body)["messages"][0]["content"]
        return ModelReply(200, json.dumps({"content": [{"text": f"{len(prompt)}"}]}).encode())


@pytest.fixture
def desk() -> Iterator[Desk]:
    yield from open_desk(Provider())


@pytest.fixture
def lab(desk: Desk) -> Desk:
    for sql in (BOOKINGS, REVIEWS, CONNECTION, MODEL):
        desk.run(sql)
    desk.run("INSERT INTO bookings VALUES ('b1','H1',0), ('b2','H1',1000), ('b3','H2',2000)")
    desk.run("INSERT INTO reviews VALUES ('b1', 4, 'good'), ('b2', 5, 'great')")
    return desk


READ = "SELECT HOTEL_ID, REVIEW_COUNT, MEAN, CHAR_LENGTH(REVIEWS) FROM aggregated"
"""ARRAY_AGG has no order of its own, so texts are compared by length and as sets."""


def test_the_chain_of_lab_2_gives_one_current_row_a_hotel(lab: Desk) -> None:
    for sql in (JOIN, AGGREGATE):
        assert lab.submit(sql).phase == "RUNNING"
    lab.becomes(READ, [["H1", "2", "4.5", "13"], ["H2", "0", None, "0"]])
    lab.run("INSERT INTO reviews VALUES ('b3', 1, 'awful')")
    lab.becomes(READ, [["H1", "2", "4.5", "13"], ["H2", "1", "1.0", "5"]])
    [[texts]] = lab.snapshot("SELECT REVIEWS FROM aggregated WHERE HOTEL_ID = 'H1'")
    assert sorted(texts.split("||| ")) == ["good", "great"]
    [[joined]] = lab.snapshot("SELECT COUNT(*) FROM joined WHERE RATING IS NULL")
    assert joined == "0"
    ops = [r.headers for r in lab.engine.records("aggregated")]
    assert (("op", b"\x01"),) in ops, "the update of H2 was written with its retraction"
    [[text]] = lab.run("SHOW CREATE TABLE aggregated")
    assert "'changelog.mode' = 'retract'" in text
    assert "`HOTEL_ID` VARCHAR(2147483647) NOT NULL" in text


def test_summaries_need_an_append_table_and_then_follow_every_record(lab: Desk) -> None:
    for sql in (JOIN, AGGREGATE):
        lab.submit(sql)
    lab.becomes("SELECT COUNT(*) FROM aggregated", [["2"]])
    refused = lab.refusal(SUMMARIES)
    assert "can not satisfy the determinism requirement" in refused
    assert "summaries" not in lab.broker.topics()
    lab.run("ALTER TABLE aggregated SET ('changelog.mode' = 'append')")
    running = lab.submit(SUMMARIES)
    assert running.phase == "RUNNING", running.detail
    assert running.traits is not None
    assert running.traits.connection_refs == ("claude",)
    lab.run("INSERT INTO reviews VALUES ('b3', 1, 'awful')")
    records = lambda topic: len(lab.engine.records(topic))  # noqa: E731
    eventually(lambda: records("aggregated") > 2 and records("summaries") == records("aggregated"))
    summaries = lab.snapshot("SELECT HOTEL_ID, SUMMARY FROM summaries WHERE REVIEWS = 'awful'")
    assert summaries == [["H2", "5"]]
    texts = {row[0] for row in lab.snapshot("SELECT REVIEWS FROM aggregated")}
    assert running.calls == len(texts)


def test_a_streaming_select_ends_at_its_limit(lab: Desk) -> None:
    rows = lab.run("SELECT BOOKING_ID, TO_TIMESTAMP_LTZ(CHECK_IN, 3) FROM bookings LIMIT 2")
    assert rows == [["b1", "1970-01-01 00:00:00.000"], ["b2", "1970-01-01 00:00:01.000"]]


def test_an_upsert_table_keeps_one_row_a_key(desk: Desk) -> None:
    desk.run("CREATE TABLE hits (page STRING)")
    running = desk.submit(
        "CREATE TABLE totals AS "
        "SELECT COALESCE(page, '?') AS page, COUNT(*) AS n FROM hits GROUP BY COALESCE(page, '?')"
    )
    assert running.phase == "RUNNING", running.detail
    for _ in range(3):
        desk.run("INSERT INTO hits VALUES ('a'), (CAST(NULL AS STRING))")
    desk.becomes("SELECT page, n FROM totals", [["?", "3"], ["a", "3"]])
    assert desk.schemas.subjects() == ("hits-value", "totals-key", "totals-value")
    [[text]] = desk.run("SHOW CREATE TABLE totals")
    assert "PRIMARY KEY (`page`) NOT ENFORCED" in text


def test_a_count_streams_from_its_first_record_on(desk: Desk) -> None:
    desk.run("CREATE TABLE hits (page STRING)")
    count = desk.submit("SELECT COUNT(*) AS n FROM hits")
    assert (count.phase, count.results(0, 9).rows) == ("RUNNING", [])
    assert desk.snapshot("SELECT COUNT(*) AS n FROM hits") == [["0"]]
    desk.run("INSERT INTO hits VALUES ('a')")
    becomes(lambda: count.results(0, 9).rows, [(0, ["1"])])
    desk.run("INSERT INTO hits VALUES ('a')")
    becomes(lambda: count.results(1, 9).rows, [(1, ["1"]), (2, ["2"])])


def test_the_example_tables_of_the_cloud_are_said_to_be_missing_here(desk: Desk) -> None:
    asked = desk.submit("SELECT * FROM examples.marketplace.orders")
    assert (asked.phase, asked.detail) == (
        "FAILED",
        "not emulated: the catalog `examples` with Confluent's example tables; the live target "
        "has it",
    )


def test_few_records_change_a_count_one_by_one(desk: Desk) -> None:
    desk.run("CREATE TABLE hits (page STRING)")
    desk.run("INSERT INTO hits VALUES ('a'), ('b'), ('c')")
    count = desk.submit("SELECT COUNT(*) AS n FROM hits")
    updates = [(0, ["1"]), (1, ["1"]), (2, ["2"]), (1, ["2"]), (2, ["3"])]
    becomes(lambda: count.results(0, 9).rows, updates)


def test_of_many_records_the_first_is_counted_alone(desk: Desk) -> None:
    desk.run("CREATE TABLE hits (page STRING)")
    desk.run("INSERT INTO hits VALUES " + ", ".join(["('a')"] * 40))
    count = desk.submit("SELECT COUNT(*) AS n FROM hits")
    becomes(lambda: count.results(0, 9).rows, [(0, ["1"]), (1, ["1"]), (2, ["40"])])


def test_both_halves_of_an_update_are_counted_together(lab: Desk) -> None:
    for sql in (JOIN, AGGREGATE):
        assert lab.submit(sql).phase == "RUNNING"
    lab.becomes(READ, [["H1", "2", "4.5", "13"], ["H2", "0", None, "0"]])
    summed = lab.submit("SELECT SUM(REVIEW_COUNT) AS n FROM aggregated")
    becomes(lambda: summed.results(0, 9).rows, [(0, ["2"])])
    lab.run("INSERT INTO reviews VALUES ('b3', 1, 'awful')")
    becomes(lambda: summed.results(1, 9).rows, [(1, ["2"]), (2, ["3"])])


def test_records_of_a_retract_table_pass_with_their_kind(lab: Desk) -> None:
    for sql in (JOIN, AGGREGATE):
        assert lab.submit(sql).phase == "RUNNING"
    lab.becomes(READ, [["H1", "2", "4.5", "13"], ["H2", "0", None, "0"]])
    every = lab.submit("SELECT HOTEL_ID, REVIEW_COUNT FROM aggregated")
    some = lab.submit("SELECT HOTEL_ID, REVIEW_COUNT FROM aggregated WHERE REVIEW_COUNT > 0")
    becomes(lambda: len(every.results(0, 9).rows), 2)
    lab.run("INSERT INTO reviews VALUES ('b3', 1, 'awful')")
    becomes(lambda: every.results(2, 9).rows, [(1, ["H2", "0"]), (2, ["H2", "1"])])
    becomes(lambda: some.results(0, 9).rows, [(0, ["H1", "2"]), (2, ["H2", "1"])])


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("SELECT nope FROM bookings", "Column 'nope' not found in any table"),
        ("SELECT * FROM nope", "Object 'nope' not found"),
        ("SELECT * FROM bookings, LATERAL TABLE(ML_PREDICT('nope', HOTEL_ID))", "'nope' not found"),
        ("CREATE TABLE bookings (a INT)", "Table (or view) lkc-1.bookings already exists"),
        ("CREATE TABLE x (a INT) WITH ('value.format' = 'json')", "Unsupported format: json"),
        ("CREATE TABLE x (a INT) WITH ('nope' = '1')", "nope"),
        ("DROP TABLE nope", "does not exist"),
        ("SELECT CAST(HOTEL_ID AS INT) FROM bookings", "For input string: 'H1'"),
        ("SELECT CHECK_IN / 0 FROM bookings", "ivision by zero"),
        ("", "SQL parse failed"),
        ("SELEC 1", "SQL parse failed"),
    ],
)
def test_a_mistake_is_a_failed_statement_that_names_it(lab: Desk, sql: str, text: str) -> None:
    execution = lab.submit(sql)
    execution.wait_for_end(LIMIT_SECONDS)
    assert execution.phase == "FAILED"
    assert text in execution.detail
    assert "fault of the emulator" not in execution.detail


def test_every_type_is_written_and_read_back(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE typed (a TINYINT, b SMALLINT, c INT, d BIGINT, e FLOAT, f DOUBLE, "
        "g DECIMAL(10, 2), h BOOLEAN, i STRING, j BYTES, k DATE, l TIMESTAMP(3), "
        "m TIMESTAMP_LTZ(3), n ARRAY<STRING>)"
    )
    desk.run(
        "INSERT INTO typed VALUES (CAST(1 AS TINYINT), CAST(2 AS SMALLINT), 3, 4, "
        "CAST(0.5 AS FLOAT), 1.5E0, 12.50, TRUE, 'text', x'00ff', DATE '2026-01-15', "
        "TIMESTAMP '2026-01-15 12:00:00.123', TO_TIMESTAMP_LTZ(1000, 3), ARRAY['a', 'b'])"
    )
    assert desk.snapshot("SELECT * FROM typed") == [
        [
            "1", "2", "3", "4", "0.5", "1.5", "12.50", "TRUE", "text", "x'00ff'", "2026-01-15",
            "2026-01-15 12:00:00.123", "1970-01-01 00:00:01.000", ["a", "b"],
        ]
    ]  # fmt: skip
