"""Materialized tables in any order, compared with a plain model of them."""

from __future__ import annotations

from typing import Any

import confluent_sql
import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from .. import models
from ..conftest import Emulated

NAMES = st.sampled_from(["a", "b"])
QUERIES = st.sampled_from(["SELECT id, who FROM `{0}`", "SELECT id, UPPER(who) AS who FROM `{0}`"])
"""Of the same columns: a column cannot go, and the subjects of a dropped table stay."""


class Tables(RuleBasedStateMachine):
    """Rules are requests; the model is the queries of each table's versions, and if it runs."""

    flink: httpx.Client
    root: str
    source: str

    def __init__(self) -> None:
        super().__init__()
        self.prefix = f"model_{next(models.PREFIXES)}_"
        self.queries: dict[str, list[str]] = {}
        self.stopped: dict[str, bool] = {}

    def teardown(self) -> None:
        for name in list(self.queries):
            self.delete(name)

    def path(self, name: str, rest: str = "") -> str:
        return f"{self.root}/{self.prefix}{name}{rest}"

    @rule(name=NAMES, query=QUERIES)
    def create(self, name: str, query: str) -> None:
        text = query.format(self.source)
        body = {"name": self.prefix + name, "spec": {"query": text}}
        answer = self.flink.post(self.root, json=body)
        if name in self.queries:
            assert answer.status_code == 409
            return
        assert answer.status_code == 201, answer.text
        self.queries[name], self.stopped[name] = [text], False

    @rule(name=NAMES)
    def read(self, name: str) -> None:
        answer = self.flink.get(self.path(name))
        if name in self.queries:
            self.compare(name, answer.json())
        else:
            assert answer.status_code == 404

    @rule(name=NAMES, query=QUERIES)
    def evolve(self, name: str, query: str) -> None:
        text = query.format(self.source)
        body = {"name": self.prefix + name, "spec": {"query": text}}
        answer = self.flink.put(self.path(name), json=body)
        if name not in self.queries:
            assert answer.status_code == 404
            return
        assert answer.status_code == 200, answer.text
        if text != self.queries[name][-1]:
            self.queries[name].append(text)
            self.stopped[name] = False
        self.compare(name, answer.json())

    @rule(name=NAMES, stopped=st.booleans())
    def stop_or_resume(self, name: str, stopped: bool) -> None:
        answer = self.flink.put(self.path(name), json={"spec": {"stopped": stopped}})
        if name not in self.queries:
            assert answer.status_code == 404
            return
        assert answer.status_code == 200, answer.text
        self.stopped[name] = stopped
        self.compare(name, answer.json())

    @rule(name=NAMES)
    def read_versions(self, name: str) -> None:
        answer = self.flink.get(self.path(name, "/versions"))
        if name not in self.queries:
            assert answer.status_code == 404
            return
        listed = answer.json()["data"]
        assert [one["spec"]["query"] for one in listed] == self.queries[name]
        past = self.flink.get(self.path(name, f"/versions/{len(listed) + 1}"))
        assert past.status_code == 404

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        expected = 202 if self.queries.pop(name, None) else 404
        assert self.flink.delete(self.path(name)).status_code == expected
        self.stopped.pop(name, None)

    def compare(self, name: str, seen: dict[str, Any]) -> None:
        spec, status = seen["spec"], seen["status"]
        assert seen["name"] == self.prefix + name
        assert spec["query"] == self.queries[name][-1]
        assert status["version"] == status["latest_version"] == len(self.queries[name])
        assert spec["stopped"] is self.stopped[name]
        assert (status["phase"] in ("STOPPING", "STOPPED")) == self.stopped[name], status

    @invariant()
    def the_list_has_what_the_model_has(self) -> None:
        answer = self.flink.get("/materialized-tables", params={"page_size": 100})
        names = {one["name"] for one in answer.json()["data"]}
        assert {n for n in names if n.startswith(self.prefix)} == {
            self.prefix + name for name in self.queries
        }


def test_materialized_tables_behave_as_a_plain_model_says(
    emulated: Emulated, driver: confluent_sql.Connection, flink: httpx.Client
) -> None:
    class Here(Tables):
        pass

    driver.execute_snapshot_ddl("CREATE TABLE of_the_model (id INT, who STRING)")
    Here.flink, Here.source = flink, "of_the_model"
    Here.root = f"/databases/{emulated.world.cluster.id}/materialized-tables"
    models.run(Here, examples=15, steps=20)
