"""The statements of River Hotels LAB 2, planned and carried out over a handful of rows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from runthrough.emulator.flink.plan import (
    AlterTable,
    CreateConnection,
    CreateModel,
    CreateTable,
    ModelStage,
    Query,
    SqlError,
)
from runthrough.emulator.flink.planning.explain import mode_text
from runthrough.emulator.flink.types import summary
from tests.emulator.flink.planner_catalog import (
    SESSION,
    MemoryCatalog,
    Rows,
    execute,
    query_of,
    rows_of,
    table,
)

DENORMALIZE = """
CREATE TABLE DENORMALIZED_HOTEL_BOOKINGS AS (
  SELECT
    h.NAME AS HOTEL_NAME, h.DESCRIPTION AS HOTEL_DESCRIPTION, h.CLASS AS HOTEL_CLASS,
    h.CITY AS HOTEL_CITY, h.COUNTRY AS HOTEL_COUNTRY,
    b.PRICE AS BOOKING_AMOUNT, b.OCCUPANTS AS GUEST_COUNT,
    b.CREATED_AT AS BOOKING_DATE,
    TO_TIMESTAMP_LTZ(b.CHECK_IN, 3) AS CHECK_IN, TO_TIMESTAMP_LTZ(b.CHECK_OUT, 3) AS CHECK_OUT,
    c.EMAIL AS CUSTOMER_EMAIL, c.FIRST_NAME AS CUSTOMER_FIRST_NAME,
    r.REVIEW_RATING, r.REVIEW_TEXT, r.CREATED_AT AS REVIEW_DATE,
    b.BOOKING_ID, h.HOTEL_ID
  FROM bookings b
  JOIN `riverhotel.SAMPLE.CUSTOMER` c ON c.EMAIL = b.CUSTOMER_EMAIL
  JOIN `riverhotel.SAMPLE.HOTEL` h ON h.HOTEL_ID = b.HOTEL_ID
  LEFT JOIN hotel_reviews r ON r.BOOKING_ID = b.BOOKING_ID
);
"""
AGGREGATE = """
CREATE TABLE AGGREGATE_HOTEL_REVIEWS AS (
  SELECT
    COALESCE(HOTEL_ID, 'UNKNOWN_HOTEL') AS HOTEL_ID,
    HOTEL_NAME, HOTEL_CITY, HOTEL_COUNTRY, HOTEL_DESCRIPTION,
    AVG(CAST(REVIEW_RATING AS DECIMAL(10,2))) AS AVERAGE_REVIEW_RATING,
    COUNT(REVIEW_RATING) AS REVIEW_COUNT,
    ARRAY_JOIN(ARRAY_AGG(REVIEW_TEXT), '||| ') AS HOTEL_REVIEWS
  FROM DENORMALIZED_HOTEL_BOOKINGS
  GROUP BY HOTEL_ID, HOTEL_NAME, HOTEL_CITY, HOTEL_COUNTRY, HOTEL_DESCRIPTION
)
"""
SUMMARIZE = """
CREATE TABLE AGGREGATE_HOTEL_REVIEWS_WITH_SUMMARY{options} AS (
  SELECT * FROM AGGREGATE_HOTEL_REVIEWS,
  LATERAL TABLE(ML_PREDICT('HOTEL_REVIEW_SUMMARIZER', HOTEL_REVIEWS)) AS ai_summary(REVIEW_SUMMARY)
)
"""
APPEND = "ALTER TABLE `AGGREGATE_HOTEL_REVIEWS` SET ('changelog.mode' = 'append')"
CONNECTION = """
CREATE CONNECTION `bedrock-claude-connection` WITH (
  'type' = 'bedrock',
  'endpoint' = 'https://bedrock-runtime.us-east-1.amazonaws.com/model/some-model/invoke',
  'aws-access-key' = 'the-access-key', 'aws-secret-key' = 'the-secret',
  'aws-session-token' = 'the-token'
)
"""
MODEL = """
CREATE MODEL HOTEL_REVIEW_SUMMARIZER
INPUT(prompt STRING) OUTPUT(REVIEW_SUMMARY STRING)
COMMENT 'Summarizes what guests liked'
WITH (
  'provider' = 'bedrock', 'task' = 'text_generation',
  'bedrock.connection' = 'bedrock-claude-connection',
  'bedrock.PARAMS.max_tokens' = '300',
  'bedrock.system_prompt' = 'Say what guests liked. Don''t explain.'
)
"""


@pytest.fixture
def hotels() -> MemoryCatalog:
    text = "STRING NOT NULL"
    ids = f"key {text}; BOOKING_ID {text}; CUSTOMER_EMAIL {text}; HOTEL_ID {text}"
    return MemoryCatalog().add(
        table(
            "bookings",
            f"{ids}; CHECK_IN BIGINT NOT NULL; CHECK_OUT BIGINT NOT NULL; "
            "OCCUPANTS INT NOT NULL; PRICE INT NOT NULL; CREATED_AT TIMESTAMP_LTZ(3) NOT NULL",
        ),
        table("riverhotel.SAMPLE.CUSTOMER", f"key {text}; EMAIL {text}; FIRST_NAME {text}"),
        table(
            "riverhotel.SAMPLE.HOTEL",
            f"key {text}; HOTEL_ID {text}; NAME {text}; DESCRIPTION {text}; CLASS {text}; "
            f"CITY {text}; COUNTRY {text}",
        ),
        table(
            "hotel_reviews",
            f"key {text}; REVIEW_ID {text}; BOOKING_ID {text}; REVIEW_RATING INT NOT NULL; "
            f"REVIEW_TEXT {text}; CREATED_AT TIMESTAMP_LTZ(3) NOT NULL",
        ),
    )


NOW = dt.datetime(2026, 1, 15, tzinfo=dt.UTC)
MILLIS = int(NOW.timestamp() * 1000)


def booking(number: int, hotel: str) -> tuple[object, ...]:
    name, email = f"B{number}", f"guest{number}@example.com"
    return (name, name, email, hotel, MILLIS, MILLIS + 86400000, 2, 100 + number, NOW)


DATA: dict[str, Rows] = {
    "bookings": [booking(1, "H1"), booking(2, "H1"), booking(3, "H2")],
    "riverhotel.SAMPLE.CUSTOMER": [
        (f"guest{n}@example.com", f"guest{n}@example.com", f"Guest {n}") for n in (1, 2, 3)
    ],
    "riverhotel.SAMPLE.HOTEL": [
        ("H1", "H1", "Dam", "by the water", "Luxury", "London", "England"),
        ("H2", "H2", "Weir", "by the road", "Economy", "Leeds", "England"),
    ],
    "hotel_reviews": [("R1", "R1", "B1", 4, "good", NOW), ("R2", "R2", "B2", 5, "great", NOW)],
}


def made(catalog: MemoryCatalog, sql: str) -> tuple[CreateTable, Query]:
    command = catalog.run(sql)
    assert isinstance(command, CreateTable)
    assert command.query is not None
    return command, command.query


def test_the_first_ten_bookings_end_after_ten_rows(hotels: MemoryCatalog) -> None:
    query = query_of(hotels, "SELECT * FROM bookings LIMIT 10")
    assert (query.insert_only, query.bounded, query.limit) == (True, True, 10)
    assert [c.name for c in query.columns][:2] == ["key", "BOOKING_ID"]
    assert [row[1] for row in execute(query, DATA)] == ["B1", "B2", "B3"]


def test_the_running_count_is_updated_in_place(hotels: MemoryCatalog) -> None:
    sql = "SELECT COUNT(*) AS TOTAL_BOOKINGS FROM bookings"
    query = query_of(hotels, sql)
    assert mode_text(query.changelog) == "[I,UB,UA]"
    assert query.upsert_key == ()
    assert summary(query.columns[0].type) == "BIGINT NOT NULL"
    assert rows_of(hotels, sql, DATA) == [(3,)]


def test_denormalized_bookings_are_a_retract_table_without_key(hotels: MemoryCatalog) -> None:
    command, query = made(hotels, DENORMALIZE)
    assert (command.table.mode, command.table.primary_key) == ("retract", ())
    assert command.table.buckets == 6
    assert command.sql_kind == "CREATE_TABLE_AS"
    types = {c.name: summary(c.type) for c in command.table.columns}
    assert len(types) == 17
    assert types["CHECK_IN"] == "TIMESTAMP_LTZ(3)"
    assert types["REVIEW_RATING"] == "INT"
    assert types["REVIEW_DATE"] == "TIMESTAMP_LTZ(3)"
    assert types["HOTEL_ID"] == "STRING NOT NULL"
    rows = execute(query, DATA, zone="America/New_York")
    by_booking = {row[15]: row for row in rows}
    assert by_booking["B1"][8] == NOW
    assert by_booking["B1"][12:14] == (4, "good")
    assert by_booking["B3"][12:15] == (None, None, None)


def test_the_aggregate_is_a_retract_table_paired_by_hidden_keys(hotels: MemoryCatalog) -> None:
    made(hotels, DENORMALIZE)
    command, query = made(hotels, AGGREGATE)
    assert (command.table.mode, command.table.primary_key) == ("retract", ())
    assert mode_text(query.changelog) == "[I,UB,UA,D]"
    assert query.upsert_key is None
    assert len(query.identity) == 5
    types = [(c.name, summary(c.type)) for c in query.columns]
    assert types[0] == ("HOTEL_ID", "STRING NOT NULL")
    assert types[5:] == [
        ("AVERAGE_REVIEW_RATING", "DECIMAL(38, 6)"),
        ("REVIEW_COUNT", "BIGINT NOT NULL"),
        ("HOTEL_REVIEWS", "STRING"),
    ]


def test_the_aggregate_counts_joins_and_averages(hotels: MemoryCatalog) -> None:
    _, denormalized = made(hotels, DENORMALIZE)
    _, aggregate = made(hotels, AGGREGATE)
    rows = execute(aggregate, {"DENORMALIZED_HOTEL_BOOKINGS": execute(denormalized, DATA)})
    assert sorted(row[:1] + row[5:] for row in rows) == [
        ("H1", Decimal("4.500000"), 2, "good||| great"),
        ("H2", None, 0, ""),
    ]


def test_prediction_over_the_updating_aggregate_is_refused(hotels: MemoryCatalog) -> None:
    with_model(hotels)
    with pytest.raises(SqlError) as into_append:
        hotels.run(SUMMARIZE.format(options=" WITH ('changelog.mode' = 'append')"))
    assert str(into_append.value).startswith(
        "Table sink 'workshop.cluster.AGGREGATE_HOTEL_REVIEWS_WITH_SUMMARY' doesn't support "
        "consuming update and delete changes which is produced by node "
        "TableSourceScan(table=[[workshop, cluster, AGGREGATE_HOTEL_REVIEWS]], fields=[HOTEL_ID, "
    )
    with pytest.raises(SqlError, match="REVIEW_SUMMARY\\(generated by non-deterministic function"):
        hotels.run(SUMMARIZE.format(options=""))


def test_after_alter_to_append_prediction_runs_on_new_records_alone(hotels: MemoryCatalog) -> None:
    with_model(hotels)
    altered = hotels.run(APPEND)
    assert isinstance(altered, AlterTable)
    assert altered.table.mode == "append"
    command, query = made(hotels, SUMMARIZE.format(options=""))
    assert command.table.mode == "append"
    assert query.stateless
    assert query.insert_only
    stages = [stage for stage in query.stages if isinstance(stage, ModelStage)]
    assert [stage.model.name for stage in stages] == ["HOTEL_REVIEW_SUMMARIZER"]
    assert [c.name for c in query.columns][-2:] == ["HOTEL_REVIEWS", "REVIEW_SUMMARY"]
    rows = execute(
        query,
        {"AGGREGATE_HOTEL_REVIEWS": [("H1", "Dam", "London", "England", "x", None, 0, "")]},
        answers={("",): ("NO REVIEWS FOUND.",)},
    )
    assert rows == [("H1", "Dam", "London", "England", "x", None, 0, "", "NO REVIEWS FOUND.")]


def with_model(hotels: MemoryCatalog) -> None:
    made(hotels, DENORMALIZE)
    made(hotels, AGGREGATE)
    command = hotels.run(MODEL)
    assert isinstance(command, CreateModel)
    hotels.models[command.model.name] = command.model


def test_a_connection_keeps_its_secrets_out_of_its_repr(hotels: MemoryCatalog) -> None:
    command = hotels.run(CONNECTION)
    assert isinstance(command, CreateConnection)
    assert command.name == "bedrock-claude-connection"
    assert command.options["aws-secret-key"] == "the-secret"
    assert "secret" not in repr(command)


def test_a_model_has_its_signature_and_options_in_lower_case(hotels: MemoryCatalog) -> None:
    command = hotels.run(MODEL)
    assert isinstance(command, CreateModel)
    model = command.model
    assert model.path == ("workshop", "cluster", "HOTEL_REVIEW_SUMMARIZER")
    assert [(c.name, summary(c.type)) for c in (*model.inputs, *model.outputs)] == [
        ("prompt", "STRING"),
        ("REVIEW_SUMMARY", "STRING"),
    ]
    assert model.options["bedrock.params.max_tokens"] == "300"
    assert model.options["bedrock.system_prompt"] == "Say what guests liked. Don't explain."
    assert model.comment == "Summarizes what guests liked"


def test_secrets_do_not_leak_through_the_error_of_a_broken_connection(
    hotels: MemoryCatalog,
) -> None:
    broken = CONNECTION.replace("'aws-session-token'", "'aws-session-token' oops")
    with pytest.raises(SqlError) as caught:
        hotels.run(broken)
    assert "the-" not in str(caught.value)
    assert 'Encountered "oops"' in str(caught.value)


def test_the_statements_run_by_ids_too(hotels: MemoryCatalog) -> None:
    from dataclasses import replace

    session = replace(SESSION, catalog="env-1", database="lkc-1")
    command = hotels.run("CREATE TABLE t AS SELECT * FROM `env-1`.`lkc-1`.bookings", session)
    assert isinstance(command, CreateTable)
    assert command.table.path == ("workshop", "cluster", "t")
