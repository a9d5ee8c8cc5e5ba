"""What happens to statements with time: by a clock of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from runthrough.emulator.confluent.pace import Pace
from runthrough.emulator.server import serve

from ..schemas.gateway import check

Json = dict[str, Any]


class Watch:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


class Gateway:
    """The statement routes of an emulator whose clock stands still until it is told otherwise."""

    def __init__(self, client: httpx.Client, watch: Watch, where: dict[str, str]) -> None:
        self.client, self.watch, self.where = client, watch, where

    def submit(self, name: str, sql: str) -> Json:
        body = {"name": name, "spec": {"statement": sql, "properties": self.where}}
        return dict(self.client.post("/statements", json=body).raise_for_status().json())

    def status(self, name: str) -> Json:
        answer = self.client.get(f"/statements/{name}").raise_for_status()
        return dict(answer.json()["status"])

    def phase(self, name: str) -> str:
        return str(self.status(name)["phase"])

    def set_stopped(self, name: str, stopped: bool) -> Json:
        operation = {"op": "replace", "path": "/spec/stopped", "value": stopped}
        answer = self.client.patch(f"/statements/{name}", json=[operation])
        return dict(answer.raise_for_status().json())


@contextmanager
def emulated(pace: Pace) -> Iterator[Gateway]:
    watch = Watch()
    with serve(pace=pace, clock=watch) as running:
        world = running.world
        key = world.key("flink")
        path = f"/sql/v1/organizations/{world.organization.id}/environments/{world.environment.id}"
        with httpx.Client(
            base_url=running.url + path,
            auth=(key.id, key.secret.get_secret_value()),
            trust_env=False,
            event_hooks={"response": [check]},
        ) as client:
            where = {
                "sql.current-catalog": world.environment.id,
                "sql.current-database": world.cluster.name,
            }
            yield Gateway(client, watch, where)


def test_a_select_nobody_reads_is_stopped_after_five_minutes_and_an_insert_is_not() -> None:
    with emulated("instant") as gateway:
        for table in ("t", "u"):
            gateway.submit(f"make-{table}", f"CREATE TABLE {table} (id INT)")
        gateway.submit("forgotten", "SELECT * FROM t")
        gateway.submit("read", "SELECT * FROM t")
        gateway.submit("writing", "INSERT INTO u SELECT id FROM t")
        gateway.watch.forward(minutes=4)
        assert gateway.client.get("/statements/read/results").status_code == 200
        gateway.watch.forward(minutes=1, seconds=1)
        assert gateway.phase("forgotten") == "STOPPED"
        assert "not read" in gateway.status("forgotten")["detail"]
        assert (gateway.phase("read"), gateway.phase("writing")) == ("RUNNING", "RUNNING")


def test_at_a_realistic_pace_every_phase_is_seen() -> None:
    with emulated("realistic") as gateway:
        for table in ("t", "u"):
            made = gateway.submit(f"make-{table}", f"CREATE TABLE {table} (id INT)")
            assert made["status"]["phase"] == "PENDING"
            assert made["status"]["detail"] == ""
            assert made["status"]["traits"]["sql_kind"] == "CREATE_TABLE"
        gateway.watch.forward(seconds=3)
        assert gateway.phase("make-t") == "COMPLETED"
        gateway.submit("writing", "INSERT INTO u SELECT id FROM t")
        gateway.watch.forward(seconds=3)
        assert gateway.phase("writing") == "RUNNING"

        stopped = gateway.set_stopped("writing", True)
        assert (stopped["spec"]["stopped"], stopped["status"]["phase"]) == (True, "RUNNING")
        operation = {"op": "replace", "path": "/spec/stopped", "value": False}
        early = gateway.client.patch("/statements/writing", json=[operation])
        assert (early.status_code, "still stopping" in early.text) == (409, True)
        gateway.watch.forward(seconds=1)
        assert gateway.phase("writing") == "STOPPING"
        gateway.watch.forward(seconds=1)
        assert gateway.phase("writing") == "STOPPED"

        assert gateway.set_stopped("writing", False)["status"]["phase"] == "PENDING"
        gateway.watch.forward(seconds=3)
        assert gateway.phase("writing") == "RUNNING"


def test_at_a_realistic_pace_a_deleted_name_is_taken_until_it_is_gone() -> None:
    with emulated("realistic") as gateway:
        gateway.submit("one", "SELECT 1")
        assert gateway.client.delete("/statements/one").status_code == 202
        assert gateway.phase("one") == "DELETING"
        body = {"name": "one", "spec": {"statement": "SELECT 2"}}
        assert gateway.client.post("/statements", json=body).status_code == 409
        operation = {"op": "replace", "path": "/spec/stopped", "value": True}
        assert gateway.client.patch("/statements/one", json=[operation]).status_code == 409
        assert gateway.client.delete("/statements/one").status_code == 202
        gateway.watch.forward(seconds=2)
        assert gateway.client.get("/statements/one").status_code == 404
        assert gateway.client.post("/statements", json=body).status_code == 201
