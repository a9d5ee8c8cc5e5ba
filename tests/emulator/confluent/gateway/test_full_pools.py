"""A pool that has no CFU left: what is submitted waits, PENDING, as POOL_EXHAUSTED (facts 2.3)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import confluent_sql
import httpx
import pytest
from confluent_sql.exceptions import ComputePoolExhaustedError

from runthrough.emulator.server import serve
from tests.waiting import eventually

from ..conftest import Emulated, world_with_global_key
from ..schemas.gateway import check

Json = dict[str, Any]


@pytest.fixture(scope="module")
def emulated() -> Iterator[Emulated]:
    """A world whose pool has one CFU, and runs out."""
    world = world_with_global_key()
    pool = world.compute_pool.model_copy(update={"max_cfu": 1})
    with serve(world.model_copy(update={"compute_pool": pool, "pools_run_out": True})) as running:
        yield Emulated(running)


@pytest.fixture
def flink(emulated: Emulated) -> Iterator[httpx.Client]:
    """The statement routes; nothing is left behind in the pool."""
    with emulated.http("flink", event_hooks={"response": [check]}) as client:
        client.base_url = httpx.URL(emulated.url + emulated.gateway)
        yield client
        for statement in client.get("/statements", params={"page_size": 100}).json()["data"]:
            client.delete(f"/statements/{statement['name']}").raise_for_status()


@pytest.fixture(scope="module")
def table(emulated: Emulated) -> str:
    connection = emulated.connect()
    connection.execute_snapshot_ddl("CREATE TABLE seen (id INT)")
    connection.close()
    return "seen"


def submit(emulated: Emulated, flink: httpx.Client, name: str, sql: str) -> Json:
    world = emulated.world
    where = {
        "sql.current-catalog": world.environment.id,
        "sql.current-database": world.cluster.name,
    }
    body = {"name": name, "spec": {"statement": sql, "properties": where}}
    return dict(flink.post("/statements", json=body).raise_for_status().json()["status"])


def read(flink: httpx.Client, name: str) -> Json:
    return dict(flink.get(f"/statements/{name}").raise_for_status().json()["status"])


def runs(flink: httpx.Client, name: str) -> None:
    """Read a statement until it no longer waits: it runs."""
    status = eventually(lambda: read(flink, name), lambda seen: seen["phase"] != "PENDING")
    assert status["phase"] == "RUNNING", status


def test_a_statement_waits_until_there_is_room(
    emulated: Emulated, flink: httpx.Client, table: str
) -> None:
    assert submit(emulated, flink, "first", f"SELECT id FROM {table}")["phase"] == "RUNNING"
    waiting = submit(emulated, flink, "second", f"SELECT id FROM {table}")
    assert (waiting["phase"], waiting["detail"]) == ("PENDING", "")
    assert waiting["scaling_status"]["scaling_state"] == "POOL_EXHAUSTED"
    assert waiting["traits"]["schema"]["columns"][0]["name"] == "id"
    page = flink.get("/statements/second/results").json()
    assert (page["results"]["data"], bool(page["metadata"]["next"])) == ([], True)
    assert flink.get("/statements/second/exceptions").json()["data"] == []
    assert flink.delete("/statements/first").status_code == 202
    assert read(flink, "second")["scaling_status"]["scaling_state"] == "OK"
    runs(flink, "second")


def test_what_runs_no_job_needs_no_room(
    emulated: Emulated, flink: httpx.Client, table: str
) -> None:
    submit(emulated, flink, "first", f"SELECT id FROM {table}")
    for number, sql in enumerate(("SHOW TABLES", f"DESCRIBE {table}", "CREATE VIEW v AS SELECT 1")):
        assert submit(emulated, flink, f"small-{number}", sql)["phase"] == "COMPLETED"
    wrong = submit(emulated, flink, "wrong", "SELECT nope FROM nowhere")
    assert wrong["phase"] == "FAILED"


def test_a_statement_that_waits_can_be_stopped_and_deleted(
    emulated: Emulated, flink: httpx.Client, table: str
) -> None:
    submit(emulated, flink, "first", f"SELECT id FROM {table}")
    for name in ("stopped", "deleted"):
        assert submit(emulated, flink, name, f"SELECT id FROM {table}")["phase"] == "PENDING"
    operation = {"op": "replace", "path": "/spec/stopped", "value": True}
    flink.patch("/statements/stopped", json=[operation]).raise_for_status()
    assert read(flink, "stopped")["phase"] == "STOPPED"
    assert flink.get("/statements/stopped/results").json()["metadata"]["next"] == ""
    assert flink.delete("/statements/deleted").status_code == 202
    assert flink.delete("/statements/first").status_code == 202
    assert read(flink, "stopped")["phase"] == "STOPPED"
    assert flink.get("/statements/deleted").status_code == 404


def test_a_larger_pool_has_room(
    emulated: Emulated, flink: httpx.Client, cloud: httpx.Client, table: str
) -> None:
    world = emulated.world
    for name in ("first", "second"):
        submit(emulated, flink, name, f"SELECT id FROM {table}")
    assert read(flink, "second")["phase"] == "PENDING"
    spec = {"max_cfu": 5, "environment": {"id": world.environment.id}}
    path = f"/fcpm/v2/compute-pools/{world.compute_pool.id}"
    cloud.patch(path, json={"spec": spec}).raise_for_status()
    runs(flink, "second")
    statuses = [
        submit(emulated, flink, f"more-{n}", f"SELECT id FROM {table}")["phase"] for n in range(5)
    ]
    assert statuses == ["RUNNING"] * 3 + ["PENDING"] * 2


def test_of_many_at_once_a_pool_takes_what_it_has(
    emulated: Emulated, flink: httpx.Client, cloud: httpx.Client, table: str
) -> None:
    def one(number: int) -> str:
        return str(submit(emulated, flink, f"at-once-{number}", f"SELECT id FROM {table}")["phase"])

    with ThreadPoolExecutor(8) as pool:
        phases = list(pool.map(one, range(12)))
    where = {"environment": emulated.world.environment.id}
    path = f"/fcpm/v2/compute-pools/{emulated.world.compute_pool.id}"
    limit = cloud.get(path, params=where).json()["spec"]["max_cfu"]
    assert sorted(phases) == ["PENDING"] * (12 - limit) + ["RUNNING"] * limit


def test_the_driver_says_that_the_pool_is_exhausted(
    emulated: Emulated, flink: httpx.Client, cloud: httpx.Client, table: str
) -> None:
    where = {"environment": emulated.world.environment.id}
    path = f"/fcpm/v2/compute-pools/{emulated.world.compute_pool.id}"
    for number in range(cloud.get(path, params=where).json()["spec"]["max_cfu"]):
        submit(emulated, flink, f"full-{number}", f"SELECT id FROM {table}")
    driver: confluent_sql.Connection = emulated.connect()
    with pytest.raises(ComputePoolExhaustedError):
        driver.streaming_cursor().execute(f"SELECT id FROM {table}", statement_name="too-many")
    driver.close()
    assert flink.get("/statements/too-many").status_code == 404
