"""Topics, their settings and rules of access in any order, compared with a plain model of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from .. import models
from ..schemas.kafka_rest import Acl, Config, Listing, Topic

NAMES = st.sampled_from(["a", "b", "c"])
SETTINGS = {
    "retention.ms": ["-1", "3600000"],
    "cleanup.policy": ["compact", "compact,delete"],
    "max.message.bytes": ["1000000"],
}
SET = st.sampled_from([(name, value) for name, values in SETTINGS.items() for value in values])
OPERATIONS = st.sampled_from(["READ", "WRITE", "ALTER"])


@dataclass
class Known:
    """What is known of a topic."""

    partitions: int
    configs: dict[str, str] = field(default_factory=dict)
    records: int = 0


class Topics(RuleBasedStateMachine):
    """Rules are requests; the model is a dictionary of topics and a set of rules of access."""

    kafka: httpx.Client

    def __init__(self) -> None:
        super().__init__()
        self.prefix = f"model-{next(models.PREFIXES)}"
        self.topics: dict[str, Known] = {}
        self.acls: set[tuple[str, str]] = set()

    def teardown(self) -> None:
        for name in list(self.topics):
            self.delete(name)

    def name(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def path(self, name: str) -> str:
        return f"/topics/{self.name(name)}"

    # --- topics ----------------------------------------------------------------------------------

    @rule(name=NAMES, partitions=st.integers(1, 4), configs=st.lists(SET, max_size=2))
    def create(self, name: str, partitions: int, configs: list[tuple[str, str]]) -> None:
        wanted = dict(configs)
        body: dict[str, Any] = {"topic_name": self.name(name), "partitions_count": partitions}
        body["configs"] = [{"name": key, "value": value} for key, value in wanted.items()]
        answer = self.kafka.post("/topics", json=body)
        if name in self.topics:
            assert (answer.status_code, answer.json()["error_code"]) == (400, 40002)
        else:
            assert answer.status_code == 201
            self.topics[name] = Known(partitions, wanted)

    @rule(name=NAMES)
    def read(self, name: str) -> None:
        answer = self.kafka.get(self.path(name))
        if name not in self.topics:
            assert (answer.status_code, answer.json()["error_code"]) == (404, 40403)
            return
        known = self.topics[name]
        assert Topic.model_validate_json(answer.content).partitions_count == known.partitions
        listed = self.kafka.get(f"{self.path(name)}/partitions").json()["data"]
        assert [one["partition_id"] for one in listed] == list(range(known.partitions))
        found = Listing[Config].model_validate_json(
            self.kafka.get(f"{self.path(name)}/configs").content
        )
        own = {c.name: c.value for c in found.data if c.source == "DYNAMIC_TOPIC_CONFIG"}
        assert own == known.configs

    @rule(name=NAMES, partitions=st.integers(1, 6))
    def grow(self, name: str, partitions: int) -> None:
        answer = self.kafka.patch(self.path(name), json={"partitions_count": partitions})
        known = self.topics.get(name)
        if known is None:
            assert answer.status_code == 404
        elif partitions <= known.partitions:
            assert answer.status_code == 400
        elif known.records:
            assert answer.status_code == 501
        else:
            assert answer.status_code == 200
            known.partitions = partitions

    @rule(name=NAMES)
    def write(self, name: str) -> None:
        record = {"value": {"type": "STRING", "data": "x"}}
        answer = self.kafka.post(f"{self.path(name)}/records", json=record)
        if name in self.topics:
            assert answer.json()["error_code"] == 200
            self.topics[name].records += 1
        else:
            assert answer.json()["error_code"] == 40403

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        expected = 204 if self.topics.pop(name, None) else 404
        assert self.kafka.delete(self.path(name)).status_code == expected

    # --- settings --------------------------------------------------------------------------------

    @rule(name=NAMES, setting=SET)
    def put_setting(self, name: str, setting: tuple[str, str]) -> None:
        key, value = setting
        answer = self.kafka.put(f"{self.path(name)}/configs/{key}", json={"value": value})
        assert answer.status_code == (204 if name in self.topics else 404)
        if name in self.topics:
            self.topics[name].configs[key] = value

    @rule(name=NAMES, key=st.sampled_from(sorted(SETTINGS)), settings=st.lists(SET, max_size=2))
    def alter_settings(self, name: str, key: str, settings: list[tuple[str, str]]) -> None:
        changes = dict(settings)
        changes.pop(key, None)
        data: list[dict[str, str]] = [{"name": key, "operation": "DELETE"}]
        data += [{"name": name, "value": value} for name, value in changes.items()]
        answer = self.kafka.post(f"{self.path(name)}/configs:alter", json={"data": data})
        assert answer.status_code == (204 if name in self.topics else 404)
        if name in self.topics:
            self.topics[name].configs.pop(key, None)
            self.topics[name].configs |= changes

    # --- rules of access -------------------------------------------------------------------------

    @rule(name=NAMES, operation=OPERATIONS)
    def allow(self, name: str, operation: str) -> None:
        body = {**self.acl(name, operation), "principal": "User:sa-model", "host": "*"}
        assert self.kafka.post("/acls", json=body).status_code == 201
        self.acls.add((name, operation))

    @rule(name=NAMES, operation=OPERATIONS)
    def disallow(self, name: str, operation: str) -> None:
        answer = self.kafka.delete("/acls", params=self.acl(name, operation))
        deleted = Listing[Acl].model_validate_json(answer.content).data
        assert len(deleted) == ((name, operation) in self.acls)
        self.acls.discard((name, operation))

    def acl(self, name: str, operation: str) -> dict[str, str]:
        return {
            "resource_type": "TOPIC",
            "resource_name": self.name(name),
            "pattern_type": "LITERAL",
            "operation": operation,
            "permission": "ALLOW",
        }

    # --- what is always so -----------------------------------------------------------------------

    @invariant()
    def lists_hold_what_the_model_holds(self) -> None:
        found = Listing[Topic].model_validate_json(self.kafka.get("/topics").content).data
        own = {t.topic_name: t.partitions_count for t in found}
        assert {n: c for n, c in own.items() if n.startswith(f"{self.prefix}-")} == {
            self.name(name): known.partitions for name, known in self.topics.items()
        }
        acls = Listing[Acl].model_validate_json(self.kafka.get("/acls").content).data
        shown = {(a.resource_name, a.operation) for a in acls}
        assert {one for one in shown if one[0].startswith(f"{self.prefix}-")} == {
            (self.name(name), operation) for name, operation in self.acls
        }


def test_topics_behave_as_a_plain_model_says(kafka: httpx.Client) -> None:
    class Here(Topics):
        pass

    Here.kafka = kafka
    models.run(Here)
