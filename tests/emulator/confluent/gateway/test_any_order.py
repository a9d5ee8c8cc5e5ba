"""Statements and connections in any order, compared with a plain model of them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import confluent_sql
import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from runthrough.emulator.world import read_world

Unique = Callable[[str], str]
Json = dict[str, Any]

WORLD = read_world()
WHERE = {"sql.current-catalog": WORLD.environment.id, "sql.current-database": WORLD.cluster.name}
PREFIXES = itertools.count()

KINDS = {
    "bounded": ("SELECT 1", {"COMPLETED"}),
    "shown": ("SHOW TABLES", {"COMPLETED"}),
    "wrong": ("SELEC 1", {"FAILED"}),
    "reading": ("SELECT id FROM `{source}`", {"PENDING", "RUNNING"}),
    "writing": ("INSERT INTO `{target}` SELECT id FROM `{source}`", {"PENDING", "RUNNING"}),
}
"""Kind → its SQL, and the phases it may be in while nobody has stopped it."""

NAMES = st.sampled_from(["a", "b", "c"])
SETTINGS = settings(
    max_examples=20,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@dataclass
class Expected:
    """What is known of a statement: its kind, and what was done to it."""

    kind: str
    stopped: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    version: int = 0

    @property
    def phases(self) -> set[str]:
        still = KINDS[self.kind][1]
        return {"STOPPED"} if self.stopped and still & {"RUNNING"} else still


class Life(RuleBasedStateMachine):
    """Rules are requests; the model is a dictionary of statements and one of connections."""

    flink: httpx.Client
    tables: dict[str, str]

    def __init__(self) -> None:
        super().__init__()
        self.prefix = f"any-{next(PREFIXES)}"
        self.statements: dict[str, Expected] = {}
        self.connections: dict[str, int] = {}

    def teardown(self) -> None:
        for name in self.statements:
            assert self.flink.delete(self.path("statements", name)).status_code == 202
        for name in self.connections:
            assert self.flink.delete(self.path("connections", name)).status_code == 200

    def path(self, kind: str, name: str) -> str:
        return f"/{kind}/{self.prefix}-{name}"

    def look(self, name: str) -> Json:
        """Read a statement and compare it with what is known of it."""
        known = self.statements[name]
        body: Json = self.flink.get(self.path("statements", name)).raise_for_status().json()
        assert body["status"]["phase"] in known.phases, (known, body["status"])
        assert body["spec"]["stopped"] is known.stopped
        assert body["metadata"]["labels"] == known.labels
        assert int(body["metadata"]["resource_version"]) >= known.version
        known.version = int(body["metadata"]["resource_version"])
        return body

    # --- statements ------------------------------------------------------------------------------

    @rule(name=NAMES, kind=st.sampled_from(sorted(KINDS)))
    def create(self, name: str, kind: str) -> None:
        sql = KINDS[kind][0].format(**self.tables)
        spec = {"statement": sql, "properties": WHERE}
        body = {"name": f"{self.prefix}-{name}", "spec": spec}
        answer = self.flink.post("/statements", json=body)
        if name in self.statements:
            assert answer.status_code == 409
        else:
            assert answer.status_code == 201
            self.statements[name] = Expected(kind)
            self.look(name)

    @rule(name=NAMES)
    def read(self, name: str) -> None:
        for part in ("", "/results", "/exceptions"):
            answer = self.flink.get(self.path("statements", name) + part)
            assert answer.status_code == (200 if name in self.statements else 404)
        if name in self.statements:
            self.look(name)

    @rule(name=NAMES, stopped=st.booleans(), by_put=st.booleans())
    def stop_or_resume(self, name: str, stopped: bool, by_put: bool) -> None:
        known = self.statements.get(name)
        if known is None:
            answer = self.flink.put(self.path("statements", name), json={})
            assert answer.status_code == 404
            return
        if by_put:
            body = self.look(name)
            body["spec"]["stopped"] = stopped
            answer = self.flink.put(self.path("statements", name), json=body)
            # It may have begun to run in between: then its version is another one.
            if answer.status_code == 409:
                return
        else:
            operation = {"op": "replace", "path": "/spec/stopped", "value": stopped}
            answer = self.flink.patch(self.path("statements", name), json=[operation])
        resumes = known.stopped and not stopped
        if resumes and known.kind != "writing":
            assert answer.status_code == 400
        else:
            assert answer.status_code == (202 if by_put else 200), answer.text
            known.stopped = stopped
        self.look(name)

    @rule(name=NAMES, value=st.sampled_from(["x", "y"]))
    def label(self, name: str, value: str) -> None:
        operation = {"op": "add", "path": "/metadata/labels", "value": {"k": value}}
        answer = self.flink.patch(self.path("statements", name), json=[operation])
        if name in self.statements:
            assert answer.status_code == 200
            self.statements[name].labels = {"k": value}
            self.look(name)
        else:
            assert answer.status_code == 404

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        answer = self.flink.delete(self.path("statements", name))
        assert answer.status_code == (202 if name in self.statements else 404)
        self.statements.pop(name, None)
        assert self.flink.get(self.path("statements", name)).status_code == 404

    # --- connections -----------------------------------------------------------------------------

    def connection_body(self, name: str, key: str) -> Json:
        auth = {"kind": "PlaintextProvider", "data": json.dumps({"API_KEY": key})}
        endpoint = "https://api.example.com/v1"
        spec = {"connection_type": "OPENAI", "endpoint": endpoint, "auth_data": auth}
        return {"name": f"{self.prefix}-{name}", "spec": spec}

    @rule(name=NAMES)
    def create_connection(self, name: str) -> None:
        answer = self.flink.post("/connections", json=self.connection_body(name, "k"))
        assert answer.status_code == (409 if name in self.connections else 201)
        self.connections.setdefault(name, 1)

    @rule(name=NAMES)
    def update_connection(self, name: str) -> None:
        sent = self.connection_body(name, "other")
        answer = self.flink.put(self.path("connections", name), json=sent)
        assert answer.status_code == (200 if name in self.connections else 404)
        if name in self.connections:
            self.connections[name] += 1

    @rule(name=NAMES)
    def delete_connection(self, name: str) -> None:
        answer = self.flink.delete(self.path("connections", name))
        assert answer.status_code == (200 if name in self.connections else 404)
        self.connections.pop(name, None)

    # --- always ----------------------------------------------------------------------------------

    @invariant()
    def the_lists_hold_what_is_there_and_nothing_else(self) -> None:
        query = {"page_size": "2", "time_ordered": "true"}
        query["statement_name_search_query"] = f"{self.prefix}-"
        seen = [s["name"] for s in self.pages("/statements", query)]
        assert seen == [f"{self.prefix}-{name}" for name in reversed(self.statements)]
        listed = self.pages("/connections", {"page_size": "100"})
        ours = {
            c["name"]: int(c["metadata"]["resource_version"])
            for c in listed
            if c["name"].startswith(f"{self.prefix}-")
        }
        assert ours == {f"{self.prefix}-{n}": version for n, version in self.connections.items()}

    def pages(self, path: str, query: dict[str, str]) -> list[Json]:
        found: list[Json] = []
        answer = self.flink.get(path, params=query)
        while True:
            body = answer.raise_for_status().json()
            found += body["data"]
            if not body["metadata"]["next"]:
                return found
            answer = self.flink.get(body["metadata"]["next"])


def test_whatever_is_done_the_routes_agree_with_a_plain_model(
    flink: httpx.Client, driver: confluent_sql.Connection, unique: Unique
) -> None:
    made = {"source": unique("source"), "target": unique("target")}
    for table in made.values():
        driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT)")

    class OverHttp(Life):
        tables = made

        def __init__(self) -> None:
            self.flink = flink
            super().__init__()

    run_state_machine_as_test(OverHttp, settings=SETTINGS)
