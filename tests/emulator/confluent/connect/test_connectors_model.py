"""Connectors in any order, compared with a plain model of them."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from .. import models
from ..conftest import Emulated
from ..schemas.connect import Connector, ConnectorStatus

NAMES = st.sampled_from(["a", "b c", "ü/3"])
TASKS = st.integers(1, 3)
MASK = "*" * 16


@dataclass
class Known:
    """What is known of a connector."""

    tasks: int
    paused: bool = False


class Connectors(RuleBasedStateMachine):
    """Rules are requests; the model is a dictionary."""

    http: httpx.Client
    root: str

    def __init__(self) -> None:
        super().__init__()
        self.prefix = f"model-{next(models.PREFIXES)}-"
        self.known: dict[str, Known] = {}

    def teardown(self) -> None:
        for name in list(self.known):
            self.delete(name)

    def path(self, name: str, rest: str = "") -> str:
        quoted = (self.prefix + name).replace("/", "%2F")
        return f"{self.root}/{quoted}{rest}"

    def config(self, name: str, tasks: int) -> dict[str, str]:
        return {
            "connector.class": "DatagenSource",
            "name": self.prefix + name,
            "kafka.api.key": "RTKAFKAKEY000001",
            "kafka.api.secret": "a-secret-of-a-test",
            "tasks.max": str(tasks),
        }

    def missing(self, answer: httpx.Response) -> None:
        assert (answer.status_code, answer.json()["error_code"]) == (404, 404)

    @rule(name=NAMES, tasks=TASKS)
    def create(self, name: str, tasks: int) -> None:
        body = {"name": self.prefix + name, "config": self.config(name, tasks)}
        answer = self.http.post(self.root, json=body)
        if name in self.known:
            assert (answer.status_code, answer.json()["error_code"]) == (409, 409)
            return
        assert answer.status_code == 201
        self.known[name] = Known(tasks)
        self.compare(name, Connector.model_validate_json(answer.content))

    @rule(name=NAMES, tasks=TASKS)
    def configure(self, name: str, tasks: int) -> None:
        answer = self.http.put(self.path(name, "/config"), json=self.config(name, tasks))
        assert answer.status_code == (200 if name in self.known else 201)
        known = self.known.setdefault(name, Known(tasks))
        known.tasks = tasks
        self.compare(name, Connector.model_validate_json(answer.content))

    @rule(name=NAMES, paused=st.booleans())
    def rest(self, name: str, paused: bool) -> None:
        answer = self.http.put(self.path(name, "/pause" if paused else "/resume"))
        if name not in self.known:
            self.missing(answer)
            return
        assert answer.status_code == 202
        self.known[name].paused = paused

    @rule(name=NAMES)
    def read(self, name: str) -> None:
        answers = [self.http.get(self.path(name, rest)) for rest in ("", "/config", "/status")]
        if name not in self.known:
            for answer in answers:
                self.missing(answer)
            return
        whole, config, status = answers
        self.compare(name, Connector.model_validate_json(whole.content))
        assert config.json() == whole.json()["config"]
        state = ConnectorStatus.model_validate_json(status.content).connector.state
        assert (state == "PAUSED") == self.known[name].paused

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        answer = self.http.delete(self.path(name))
        if self.known.pop(name, None) is None:
            self.missing(answer)
        else:
            assert (answer.status_code, answer.json()) == (200, {"error": None})

    def compare(self, name: str, seen: Connector) -> None:
        expected = self.config(name, self.known[name].tasks)
        expected |= {"kafka.api.key": MASK, "kafka.api.secret": MASK}
        assert (seen.name, seen.config) == (self.prefix + name, expected)
        assert len(seen.tasks) == self.known[name].tasks

    @invariant()
    def the_list_has_what_the_model_has(self) -> None:
        listed = [name for name in self.http.get(self.root).json() if name.startswith(self.prefix)]
        assert listed == sorted(self.prefix + name for name in self.known)


def test_connectors_behave_as_a_plain_model_says(emulated: Emulated, cloud: httpx.Client) -> None:
    class Here(Connectors):
        pass

    world = emulated.world
    Here.http = cloud
    Here.root = (
        f"/connect/v1/environments/{world.environment.id}/clusters/{world.cluster.id}/connectors"
    )
    models.run(Here)
