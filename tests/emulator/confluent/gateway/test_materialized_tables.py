"""Materialized tables over REST, beside SQL: the same tables, seen from both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import confluent_sql
import httpx
import pytest

from tests.waiting import eventually

from ..conftest import Emulated

Unique = Callable[[str], str]


@pytest.fixture
def tables(emulated: Emulated, flink: httpx.Client) -> str:
    return f"/databases/{emulated.world.cluster.id}/materialized-tables"


def body(name: str, query: str = "SELECT 1 AS a", **spec: object) -> dict[str, object]:
    return {"name": name, "spec": {"query": query, **spec}}


def phase(flink: httpx.Client, path: str, wanted: str) -> dict[str, Any]:
    """Read a table until it is in a phase; return it."""
    return eventually(
        lambda: flink.get(path).json(), lambda seen: seen["status"]["phase"] == wanted
    )


@pytest.fixture
def source(driver: confluent_sql.Connection, unique: Unique) -> str:
    name = unique("orders").replace("-", "_")
    driver.execute_snapshot_ddl(f"CREATE TABLE `{name}` (id INT, who STRING)")
    return name


def test_a_table_made_by_rest_runs_and_is_known_to_sql(
    emulated: Emulated,
    driver: confluent_sql.Connection,
    flink: httpx.Client,
    tables: str,
    source: str,
    unique: Unique,
) -> None:
    name = unique("mt")
    created = flink.post(
        tables,
        json=body(
            name,
            f"SELECT id FROM `{source}`;",
            distribution={"kind": "HASH", "keys": ["id"], "bucket_count": 2},
            table_options={"kafka.retention.time": "1 d"},
            session_options={"sql.state-ttl": "1 h"},
        ),
    )
    assert created.status_code == 201, created.text
    assert created.json()["spec"]["session_options"] == {"sql.state-ttl": "1 h"}
    answer = phase(flink, f"{tables}/{name}", "RUNNING")
    spec = answer["spec"]
    assert answer["kind"] == "MaterializedTable"
    assert spec["query"] == f"SELECT id FROM `{source}`"
    assert spec["distribution"] == {"kind": "HASH", "keys": ["id"], "bucket_count": 2}
    assert spec["kafka_cluster_id"] == emulated.world.cluster.id
    assert spec["compute_pool_id"] == emulated.world.compute_pool.id
    assert spec["principal"] == emulated.world.key("flink").owner
    assert spec["stopped"] is False
    assert answer["status"]["version"] == answer["status"]["latest_version"] == 1
    assert answer in flink.get("/materialized-tables", params={"page_size": 100}).json()["data"]
    with driver.closing_cursor() as cursor:
        cursor.execute("SHOW MATERIALIZED TABLES")
        assert (name,) in cursor.fetchall()


def test_a_table_made_by_sql_is_stopped_resumed_and_dropped_by_rest(
    driver: confluent_sql.Connection, flink: httpx.Client, tables: str, source: str, unique: Unique
) -> None:
    name = unique("mt")
    driver.execute_streaming_ddl(f"CREATE MATERIALIZED TABLE `{name}` AS SELECT id FROM `{source}`")
    read = phase(flink, f"{tables}/{name}", "RUNNING")
    read["spec"]["stopped"] = True
    stopped = flink.put(f"{tables}/{name}", json=read)
    assert (stopped.status_code, stopped.json()["status"]["phase"]) == (200, "STOPPED")
    assert stopped.json()["spec"]["stopped"] is True
    assert stopped.json()["status"]["version"] == 1
    flink.put(f"{tables}/{name}", json={"spec": {"stopped": False}}).raise_for_status()
    phase(flink, f"{tables}/{name}", "RUNNING")
    assert flink.delete(f"{tables}/{name}").status_code == 202
    assert flink.get(f"{tables}/{name}").status_code == 404


def test_another_query_is_another_version(
    flink: httpx.Client, tables: str, source: str, unique: Unique
) -> None:
    name = unique("mt")
    flink.post(tables, json=body(name, f"SELECT id FROM `{source}`")).raise_for_status()
    query = f"SELECT id, who FROM `{source}`"
    changed = flink.put(f"{tables}/{name}", json={"name": name, "spec": {"query": query}})
    assert changed.status_code == 200, changed.text
    assert changed.json()["status"]["version"] == 2
    assert [c["name"] for c in changed.json()["spec"]["columns"]] == ["id", "who"]
    listed = flink.get(f"{tables}/{name}/versions").json()["data"]
    assert [v["status"]["version"] for v in listed] == [1, 2]
    first = flink.get(f"{tables}/{name}/versions/1").json()
    assert first["spec"]["query"] == f"SELECT id FROM `{source}`"
    assert first["status"]["latest_version"] == 2
    assert flink.get(f"{tables}/{name}/versions/3").status_code == 404


@pytest.mark.parametrize(
    ("sent", "status", "text"),
    [
        (body("no blank"), 400, "the name 'no blank' is not valid"),
        (body("x" * 250), 400, "is not valid"),
        (body("x", ""), 400, "spec.query is required"),
        (body("x", "SELECT nope FROM nowhere"), 400, "nowhere"),
        (body("x", columns=[{"name": "a"}]), 501, "spec.columns"),
        (body("x", kafka_cluster_id="lkc-other"), 400, "is not the cluster of the path"),
        (body("x", compute_pool_id="lfcp-other"), 400, "lfcp-other"),
        (body("x", stopped="yes"), 400, "spec.stopped must be true or false"),
        (body("x", session_options={"nope": "1"}), 400, "Unsupported configuration options"),
        ({**body("x"), "zzz": 1}, 400, "the request body has no field 'zzz'"),
        (body("x", zzz=1), 400, "spec has no field 'zzz'"),
        (body("x", distribution={"zzz": 1}), 400, "spec.distribution has no field 'zzz'"),
        ({**body("x"), "kind": "Statement"}, 400, "is not MaterializedTable"),
        (body("x", distribution={"kind": "RANGE"}), 400, "spec.distribution.kind must be HASH"),
        (body("x", distribution={"keys": "a"}), 400, "spec.distribution.keys"),
        (body("x", distribution={"bucket_count": True}), 400, "bucket_count must be a number"),
        (body("x", table_options={"a": 1}), 400, "spec.table_options.a must be a string"),
    ],
)
def test_what_is_wrong_is_named(
    flink: httpx.Client, tables: str, sent: dict[str, object], status: int, text: str
) -> None:
    answer = flink.post(tables, json=sent)
    assert answer.status_code == status, answer.text
    assert text in answer.json()["errors"][0]["detail"]
    assert flink.get(f"{tables}/x").status_code == 404


def test_a_change_over_an_older_version_is_refused(
    flink: httpx.Client, tables: str, source: str, unique: Unique
) -> None:
    name = unique("mt")
    flink.post(tables, json=body(name, f"SELECT id FROM `{source}`")).raise_for_status()
    read = flink.get(f"{tables}/{name}").json()
    query = f"SELECT id, who FROM `{source}`"
    changed = {**read, "spec": {**read["spec"], "query": query}}
    assert flink.put(f"{tables}/{name}", json=changed).status_code == 200
    answer = flink.put(f"{tables}/{name}", json=changed)
    assert answer.status_code == 409
    [error] = answer.json()["errors"]
    assert (error["code"], name in error["detail"]) == ("resource_version_conflict", True)


def test_a_name_is_taken_once(flink: httpx.Client, tables: str, unique: Unique) -> None:
    name = unique("mt")
    assert flink.post(tables, json=body(name)).status_code == 201
    assert flink.post(tables, json=body(name)).status_code == 409


def test_a_table_that_is_complete_cannot_be_stopped(
    flink: httpx.Client, tables: str, unique: Unique
) -> None:
    name = unique("mt")
    flink.post(tables, json=body(name)).raise_for_status()
    phase(flink, f"{tables}/{name}", "COMPLETED")
    answer = flink.put(f"{tables}/{name}", json={"spec": {"stopped": True}})
    assert answer.status_code == 409
    assert "has ended (COMPLETED)" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("place", ["lkc-other/materialized-tables/x"])
def test_another_cluster_is_not_found(flink: httpx.Client, place: str) -> None:
    assert flink.get(f"/databases/{place}").status_code == 404
