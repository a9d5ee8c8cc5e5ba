"""Take a lab down, in the order in which nothing stands in the way.

`python teardown.py lab` takes down what LAB 2 made. Without that word, it
makes a small lab of its own and takes that down: a rehearsal.
"""

import os
import sys

import confluent_sql
import httpx
from confluent_sql.exceptions import (
    StatementNotFoundError,
    TableflowTopicNotFoundError,
)
from confluent_sql.tableflow import ManagedStorage

CLOUD = os.environ.get(
    "CONFLUENT_CLOUD_REST_ENDPOINT", "https://api.confluent.cloud"
)

LAB = {
    "statements": [
        "aggregate-hotel-reviews-with-summary",
        "summaries-of-every-change",
        "summaries-from-three",
        "summaries-of-every-third",
        "summaries-of-weeks",
        "notes-by-week",
        "notes-by-key",
        "notes-by-hotel",
        "bookings-by-city",
        "aggregate-hotel-reviews",
        "denormalized-hotel-bookings",
    ],
    "topics": ["clickstream", "DENORMALIZED_HOTEL_BOOKINGS"],
    "tables": [
        "AGGREGATE_HOTEL_REVIEWS_WITH_SUMMARY",
        "SUMMARIES_OF_EVERY_CHANGE",
        "SUMMARIES_FROM_THREE",
        "SUMMARIES_OF_EVERY_THIRD",
        "SUMMARIES_OF_WEEKS",
        "NOTES_BY_WEEK",
        "NOTES_BY_KEY",
        "NOTES_BY_HOTEL",
        "GUEST_NOTES",
        "BOOKINGS_BY_CITY",
        "AGGREGATE_HOTEL_REVIEWS",
        "DENORMALIZED_HOTEL_BOOKINGS",
    ],
    "models": [
        "HOTEL_REVIEW_SUMMARIZER",
        "STALE_SUMMARIZER",
        "RENEWED_SUMMARIZER",
    ],
    "connections": [
        "bedrock-claude-connection",
        "stale-connection",
        "renewed-connection",
    ],
}

REHEARSAL = {
    "statements": ["rehearsal-clicks"],
    "topics": ["REHEARSAL_CLICKS"],
    "tables": ["REHEARSAL_CLICKS"],
    "models": ["REHEARSAL_MODEL"],
    "connections": ["rehearsal-connection"],
}

# What makes the small lab. Its keys are none, for nobody calls the model.
CONNECTION = """
    CREATE CONNECTION `rehearsal-connection` WITH (
      'type' = 'bedrock',
      'endpoint' = 'https://bedrock-runtime.{region}.amazonaws.com/model/{model}/invoke',
      'aws-access-key' = 'none', 'aws-secret-key' = 'none')"""
MODEL = """
    CREATE MODEL `REHEARSAL_MODEL`
    INPUT (`prompt` STRING) OUTPUT (`answer` STRING) WITH (
      'provider' = 'bedrock', 'task' = 'text_generation',
      'bedrock.connection' = 'rehearsal-connection')"""
TABLE = """
    CREATE TABLE `REHEARSAL_CLICKS` AS
    SELECT `HOTEL_ID`, `ACTION` FROM `clickstream`"""


def make():
    """Make the small lab: a connection, a model, a statement, a table."""
    names = {
        "region": os.environ.get("CLOUD_REGION", "us-east-1"),
        "model": "amazon.nova-lite-v1:0",
    }
    for text in (CONNECTION, MODEL):
        done = flink.execute_streaming_ddl(text.format(**names))
        flink.delete_statement(done)
    flink.execute_streaming_ddl(TABLE, statement_name="rehearsal-clicks")
    for topic in REHEARSAL["topics"]:
        flink.enable_tableflow(
            topic, table_formats="DELTA", storage=ManagedStorage()
        )


def take_down(lab):
    """Take a lab down; what is gone already is passed over."""
    for name in lab["statements"]:
        stop(name)
    for topic in lab["topics"]:
        turn_off(topic)
    for kind in ("table", "model", "connection"):
        for name in lab[f"{kind}s"]:
            drop(kind, name)
    for table in lab["tables"]:
        forget_schema(table)
    for name in lab["statements"]:
        flink.delete_statement(name)
        print("statement deleted:", name)


def stop(name):
    """Stop a statement and wait until it has stopped."""
    try:
        phase = flink.get_statement(name).phase.name
        if phase not in ("COMPLETED", "FAILED", "STOPPED"):
            flink.stop_statement(name)
    except StatementNotFoundError:
        return
    print("statement stopped:", name)


def turn_off(topic):
    """Turn Tableflow off and wait until it is."""
    try:
        flink.disable_tableflow(topic)
    except TableflowTopicNotFoundError:
        return
    print("Tableflow off:", topic)


def drop(kind, name):
    """Drop a table, a model or a connection, and the statement that did."""
    sql = f"DROP {kind.upper()} IF EXISTS `{name}`"
    flink.delete_statement(flink.execute_snapshot_ddl(sql))
    print(f"{kind} dropped: {name}")


def forget_schema(table):
    """Delete the schema that a dropped table leaves behind, for good."""
    subject = f"/subjects/{table}-value"
    for how in ({}, {"permanent": "true"}):
        answer = registry.delete(subject, params=how)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return
        answer.raise_for_status()
    print(f"schema deleted: {table}-value")


def left(lab):
    """Return the names of what is still there."""
    there = {statement.name for statement in flink.list_statements()}
    found = [name for name in lab["statements"] if name in there]
    for kind in ("tables", "models", "connections"):
        with flink.closing_cursor() as cursor:
            cursor.execute(f"SHOW {kind.upper()}")
            there = {row[0] for row in cursor.fetchall()}
        found += [name for name in lab[kind] if name in there]
    return found


def connect():
    """Return a connection to Flink and to Tableflow."""
    return confluent_sql.connect(
        organization_id=os.environ["CONFLUENT_ORGANIZATION_ID"],
        environment_id=os.environ["CONFLUENT_ENVIRONMENT_ID"],
        compute_pool_id=os.environ["FLINK_COMPUTE_POOL_ID"],
        database=os.environ["KAFKA_CLUSTER_NAME"],
        database_kafka_cluster_id=os.environ["KAFKA_ID"],
        flink_api_key=os.environ["FLINK_API_KEY"],
        flink_api_secret=os.environ["FLINK_API_SECRET"],
        tableflow_api_key=os.environ["TABLEFLOW_API_KEY"],
        tableflow_api_secret=os.environ["TABLEFLOW_API_SECRET"],
        endpoint=os.environ["FLINK_REST_ENDPOINT"],
        controlplane_endpoint=CLOUD,
    )


flink = connect()
registry = httpx.Client(
    base_url=os.environ["SCHEMA_REGISTRY_REST_ENDPOINT"],
    auth=(
        os.environ["SCHEMA_REGISTRY_API_KEY"],
        os.environ["SCHEMA_REGISTRY_API_SECRET"],
    ),
)
is_rehearsal = sys.argv[1:] != ["lab"]
lab = REHEARSAL if is_rehearsal else LAB
try:
    if is_rehearsal:
        if old := left(lab):
            print("of an earlier try:", *old)
            take_down(lab)
        make()
        print("made:", *left(lab))
finally:
    take_down(lab)
    print("left:", *(left(lab) or ["nothing"]))
    registry.close()
    flink.close()
