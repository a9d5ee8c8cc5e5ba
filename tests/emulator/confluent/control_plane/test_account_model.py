"""Environments, clusters and pools over HTTP, as they come and go, agree with a plain model."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from ..conftest import Emulated
from ..schemas import account as forms

NAMES = st.sampled_from(["a", "b", "c"])
ENVIRONMENTS = "/org/v2/environments"
ROOTS = {"cluster": "/cmk/v2/clusters", "pool": "/fcpm/v2/compute-pools"}
LISTS = {"cluster": forms.ClusterList, "pool": forms.ComputePoolList}


@dataclass
class Thing:
    """A cluster or pool as the model knows it."""

    kind: str
    environment: str
    name: str
    protected: bool = False


class Accounts(RuleBasedStateMachine):
    """A sequence of requests, and what there should be after each."""

    emulated: Emulated
    environments = Bundle("environments")
    things = Bundle("things")

    @initialize()
    def begin(self) -> None:
        self._stack = ExitStack()
        self.http: httpx.Client = self._stack.enter_context(self.emulated.http("cloud"))
        found = self.http.get(ENVIRONMENTS, params={"page_size": 100}).json()["data"]
        self.before = {e["id"] for e in found}
        self.names: dict[str, str] = {}
        self.known: dict[str, Thing] = {}

    def teardown(self) -> None:
        if not hasattr(self, "http"):
            return
        for identity, thing in list(self.known.items()):
            if thing.protected:
                self._patch(identity, thing, deletion_protection=False)
            self._delete(identity, thing)
        for environment in self.names:
            assert self.http.delete(f"{ENVIRONMENTS}/{environment}").status_code == 204
        self._stack.close()

    # --- environments ----------------------------------------------------------------------------

    @rule(target=environments, name=NAMES, governed=st.booleans())
    def create_environment(self, name: str, governed: bool) -> Any:
        body: dict[str, Any] = {"display_name": f"model-{name}"}
        if governed:
            body["stream_governance_config"] = {"package": "ESSENTIALS"}
        answer = self.http.post(ENVIRONMENTS, json=body)
        if name in self.names.values():
            assert answer.status_code == 409
            return multiple()
        assert answer.status_code == 201
        made = forms.Environment.model_validate_json(answer.content).id
        self.names[made] = name
        return made

    @rule(environment=environments, name=NAMES)
    def rename_environment(self, environment: str, name: str) -> None:
        answer = self.http.patch(
            f"{ENVIRONMENTS}/{environment}", json={"display_name": f"model-{name}"}
        )
        if environment not in self.names:
            assert answer.status_code == 404
        elif name in {n for e, n in self.names.items() if e != environment}:
            assert answer.status_code == 409
        else:
            assert answer.status_code == 200
            self.names[environment] = name

    @rule(environment=environments)
    def delete_environment(self, environment: str) -> None:
        answer = self.http.delete(f"{ENVIRONMENTS}/{environment}")
        if environment not in self.names:
            assert answer.status_code == 404
        elif any(thing.environment == environment for thing in self.known.values()):
            assert answer.status_code == 409
        else:
            assert answer.status_code == 204
            del self.names[environment]

    # --- clusters and pools ----------------------------------------------------------------------

    @rule(
        target=things,
        environment=environments,
        kind=st.sampled_from(sorted(ROOTS)),
        name=NAMES,
        protected=st.booleans(),
    )
    def create(self, environment: str, kind: str, name: str, protected: bool) -> Any:
        thing = Thing(kind, environment, name, protected and kind == "cluster")
        spec: dict[str, Any] = {
            "display_name": name,
            "cloud": "AWS",
            "region": "us-east-1",
            "environment": {"id": environment},
        }
        if kind == "cluster":
            spec |= {"availability": "LOW", "config": {"kind": "Basic"}}
            spec["deletion_protection"] = thing.protected
        else:
            spec["max_cfu"] = 5
        answer = self.http.post(ROOTS[kind], json={"spec": spec})
        if environment not in self.names:
            assert answer.status_code == 404
        elif self._taken(kind, environment, name):
            assert answer.status_code == 409
        else:
            assert answer.status_code == 202
            self.known[answer.json()["id"]] = thing
            return (answer.json()["id"], thing)
        return multiple()

    @rule(made=things, name=NAMES)
    def rename(self, made: tuple[str, Thing], name: str) -> None:
        identity, thing = made
        answer = self._patch(identity, thing, display_name=name)
        if thing.environment not in self.names:
            assert answer.status_code == 404
        elif identity not in self.known:
            assert answer.status_code == 403
        elif thing.name != name and self._taken(thing.kind, thing.environment, name):
            assert answer.status_code == 409
        else:
            assert answer.status_code == 200
            thing.name = name

    @rule(made=things)
    def unprotect(self, made: tuple[str, Thing]) -> None:
        identity, thing = made
        if identity in self.known and thing.kind == "cluster":
            assert self._patch(identity, thing, deletion_protection=False).status_code == 200
            thing.protected = False

    @rule(made=things)
    def read(self, made: tuple[str, Thing]) -> None:
        identity, thing = made
        where = {"environment": thing.environment}
        answer = self.http.get(f"{ROOTS[thing.kind]}/{identity}", params=where)
        if thing.environment not in self.names:
            assert answer.status_code == 404
        elif identity not in self.known:
            assert answer.status_code == 403
        else:
            assert answer.json()["spec"]["display_name"] == thing.name

    @rule(made=consumes(things))
    def delete(self, made: tuple[str, Thing]) -> None:
        identity, thing = made
        if identity in self.known:
            status = self._delete(identity, thing).status_code
            assert status == (409 if thing.protected else 204)
            if not thing.protected:
                del self.known[identity]

    # --- what is always so -----------------------------------------------------------------------

    @invariant()
    def lists_hold_what_the_model_holds(self) -> None:
        if not hasattr(self, "http"):
            return
        answer = self.http.get(ENVIRONMENTS, params={"page_size": 100})
        listed = forms.EnvironmentList.model_validate_json(answer.content).data
        names = {e.id: e.display_name for e in listed if e.id not in self.before}
        assert names == {e: f"model-{n}" for e, n in self.names.items()}
        for environment in self.names:
            for kind, root in ROOTS.items():
                answer = self.http.get(root, params={"environment": environment})
                found = LISTS[kind].model_validate_json(answer.content).data
                assert {t.id: t.spec.display_name for t in found} == {
                    i: t.name
                    for i, t in self.known.items()
                    if (t.kind, t.environment) == (kind, environment)
                }

    def _taken(self, kind: str, environment: str, name: str) -> bool:
        wanted = (kind, environment, name)
        return any((t.kind, t.environment, t.name) == wanted for t in self.known.values())

    def _patch(self, identity: str, thing: Thing, **spec: Any) -> httpx.Response:
        body = {"spec": {**spec, "environment": {"id": thing.environment}}}
        return self.http.patch(f"{ROOTS[thing.kind]}/{identity}", json=body)

    def _delete(self, identity: str, thing: Thing) -> httpx.Response:
        where = {"environment": thing.environment}
        return self.http.delete(f"{ROOTS[thing.kind]}/{identity}", params=where)


def test_whatever_comes_and_goes_the_lists_agree_with_a_plain_model(emulated: Emulated) -> None:
    class Here(Accounts):
        pass

    Here.emulated = emulated
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
