"""Everything a run creates can be deleted over HTTP, and then nothing is left."""

from __future__ import annotations

import json

import confluent_sql
import httpx
from confluent_kafka.schema_registry import SchemaRegistryClient

from ..conftest import Emulated

ENDPOINT = (
    "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-sonnet-4-6/invoke"
)
SECRETS = json.dumps({"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"})


def test_after_deleting_all_there_is_nothing_left(
    emulated: Emulated, driver: confluent_sql.Connection, flink: httpx.Client
) -> None:
    fill(driver, flink)
    topics = f"/kafka/v3/clusters/{emulated.world.cluster.id}/topics"
    with emulated.http("kafka") as kafka:
        names = [topic["topic_name"] for topic in kafka.get(topics).json()["data"]]
        assert names == ["copies", "orders"]
        for name in names:
            assert kafka.delete(f"{topics}/{name}").status_code == 204
            assert kafka.get(f"{topics}/{name}").status_code == 404
        assert kafka.get(topics).json()["data"] == []
    assert driver.get_statement("copy-orders").phase.value == "FAILED"
    delete_statements(flink)
    assert flink.delete("/connections/bedrock").status_code == 200
    assert flink.get("/connections/bedrock").status_code == 404
    for command in ("SHOW TABLES", "SHOW CONNECTIONS"):
        assert rows(driver, command) == []
    assert [name for name, *_ in rows(driver, "SHOW JOBS") if name == "copy-orders"] == []
    delete_subjects(emulated)
    fill(driver, flink)


def fill(driver: confluent_sql.Connection, flink: httpx.Client) -> None:
    """Create one of each; works only where nothing of it exists."""
    driver.execute_snapshot_ddl("CREATE TABLE orders (id INT)")
    driver.execute_snapshot_ddl("CREATE TABLE copies (id INT)")
    driver.execute_snapshot_ddl("INSERT INTO orders VALUES (1), (2)")
    running = driver.execute_streaming_ddl(
        "INSERT INTO copies SELECT id FROM orders", statement_name="copy-orders"
    )
    assert running.phase.value == "RUNNING"
    assert sorted(rows(driver, "SELECT id FROM orders")) == [(1,), (2,)]
    spec = {
        "connection_type": "BEDROCK",
        "endpoint": ENDPOINT,
        "auth_data": {"kind": "PlaintextProvider", "data": SECRETS},
    }
    flink.post("/connections", json={"name": "bedrock", "spec": spec}).raise_for_status()


def rows(driver: confluent_sql.Connection, sql: str) -> list[tuple[object, ...]]:
    with driver.closing_cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def delete_statements(flink: httpx.Client) -> None:
    for statement in flink.get("/statements", params={"page_size": 100}).json()["data"]:
        address = f"/statements/{statement['name']}"
        assert flink.delete(address).status_code == 202
        assert flink.get(address).status_code == 404
    assert flink.get("/statements").json()["data"] == []


def delete_subjects(emulated: Emulated) -> None:
    """Dropping a table leaves its subjects, and other columns would not fit them."""
    key, secret = emulated.auth("schema-registry")
    config = {"url": emulated.url, "basic.auth.user.info": f"{key}:{secret}"}
    with SchemaRegistryClient(config) as registry:
        subjects = registry.get_subjects()
        assert subjects == ["copies-value", "orders-value"]
        for subject in subjects:
            assert registry.delete_subject(subject) == [1]
            assert registry.delete_subject(subject, permanent=True) == [1]
        assert registry.get_subjects(deleted=True) == []
