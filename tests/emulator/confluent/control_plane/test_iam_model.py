"""Random orders to iam/v2, compared with a plain model of what must be there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from ..conftest import Emulated
from ..schemas.iam import (
    ApiKey,
    ApiKeyList,
    NewApiKey,
    RoleBinding,
    RoleBindingList,
    ServiceAccount,
    ServiceAccountList,
)

ACCOUNTS, KEYS, BINDINGS = "/iam/v2/service-accounts", "/iam/v2/api-keys", "/iam/v2/role-bindings"
NAMES = st.sampled_from(["a", "b", "c"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
RESOURCES = st.sampled_from(["cloud", "global", "tableflow", "{cluster}", "{registry}"])
ROLES = st.sampled_from(["EnvironmentAdmin", "MetricsViewer", "DeveloperRead"])


class IamMachine(RuleBasedStateMachine):
    """Creates, reads, changes and deletes; knows what must come back."""

    emulated: Emulated

    accounts = Bundle("accounts")
    keys = Bundle("keys")
    bindings = Bundle("bindings")

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.cloud: httpx.Client = self.stack.enter_context(self.emulated.http("cloud"))
        world = self.emulated.world
        self.organization = f"crn://confluent.cloud/organization={world.organization.id}"
        self.ids = {"{cluster}": world.cluster.id, "{registry}": world.schema_registry.id}
        self.worlds = {principal.id for principal in world.principals}
        self.known: dict[str, dict[str, str]] = {}
        self.issued: dict[str, dict[str, str]] = {}
        self.given: dict[str, tuple[str, str]] = {}
        self.secrets: set[str] = set()

    def teardown(self) -> None:
        for account in self.known:
            self.cloud.delete(f"{ACCOUNTS}/{account}")
        self.stack.close()

    def name(self, short: str) -> str:
        return f"model-{short}"

    # --- service accounts ---

    @rule(target=accounts, short=NAMES, description=TEXTS)
    def create_account(self, short: str, description: str) -> Any:
        body = {"display_name": self.name(short), "description": description}
        answer = self.cloud.post(ACCOUNTS, json=body)
        if any(known["name"] == self.name(short) for known in self.known.values()):
            assert answer.status_code == 409
            return multiple()
        assert answer.status_code == 201
        made = ServiceAccount.model_validate_json(answer.content)
        assert made.id not in self.known
        self.known[made.id] = {"name": self.name(short), "description": description}
        return made.id

    @rule(account=accounts, description=TEXTS)
    def change_account(self, account: str, description: str) -> None:
        answer = self.cloud.patch(f"{ACCOUNTS}/{account}", json={"description": description})
        assert answer.status_code == (200 if account in self.known else 403)
        if account in self.known:
            self.known[account]["description"] = description

    @rule(account=accounts)
    def read_account(self, account: str) -> None:
        answer = self.cloud.get(f"{ACCOUNTS}/{account}")
        assert answer.status_code == (200 if account in self.known else 403)
        if account in self.known:
            shown = ServiceAccount.model_validate_json(answer.content)
            assert {"name": shown.display_name, "description": shown.description} == self.known[
                account
            ]

    @rule(account=accounts)
    def delete_account(self, account: str) -> None:
        answer = self.cloud.delete(f"{ACCOUNTS}/{account}")
        assert answer.status_code == (204 if account in self.known else 403)
        self.known.pop(account, None)
        self.issued = {k: v for k, v in self.issued.items() if v["owner"] != account}
        self.given = {k: v for k, v in self.given.items() if v[0] != account}

    # --- keys ---

    @rule(target=keys, account=accounts, resource=RESOURCES, description=TEXTS)
    def create_key(self, account: str, resource: str, description: str) -> Any:
        resource = self.ids.get(resource, resource)
        spec = {
            "owner": {"id": account},
            "resource": {"id": resource},
            "description": description,
        }
        answer = self.cloud.post(KEYS, json={"spec": spec})
        if account not in self.known:
            assert answer.status_code == 422
            return multiple()
        assert answer.status_code == 202
        made = NewApiKey.model_validate_json(answer.content)
        assert made.id not in self.issued
        assert made.spec.secret not in self.secrets
        self.secrets.add(made.spec.secret)
        self.issued[made.id] = {
            "owner": account,
            "resource": resource,
            "description": description,
            "secret": made.spec.secret,
        }
        return made.id

    @rule(key=keys, description=TEXTS)
    def change_key(self, key: str, description: str) -> None:
        body = {"spec": {"description": description}}
        answer = self.cloud.patch(f"{KEYS}/{key}", json=body)
        assert answer.status_code == (200 if key in self.issued else 403)
        if key in self.issued:
            self.issued[key]["description"] = description

    @rule(key=keys)
    def read_key(self, key: str) -> None:
        answer = self.cloud.get(f"{KEYS}/{key}")
        assert answer.status_code == (200 if key in self.issued else 403)
        if key in self.issued:
            shown, known = ApiKey.model_validate_json(answer.content).spec, self.issued[key]
            assert shown.owner.id == known["owner"]
            assert shown.resource.id == known["resource"]
            assert shown.description == known["description"]

    @rule(key=keys)
    def delete_key(self, key: str) -> None:
        answer = self.cloud.delete(f"{KEYS}/{key}")
        assert answer.status_code == (204 if key in self.issued else 403)
        self.issued.pop(key, None)

    @rule(key=keys)
    def use_key(self, key: str) -> None:
        """A key opens its kind of door for as long as it is there; roles decide what is behind."""
        known = self.issued.get(key)
        secret = known["secret"] if known else "gone"
        status = self.cloud.get("/org/v2/environments", auth=(key, secret)).status_code
        if known is None or known["resource"] not in ("cloud", "global"):
            assert status == 401
        else:
            roles = [given for given in self.given.values() if given[0] == known["owner"]]
            assert status == (200 if roles else 403)

    # --- role bindings ---

    @rule(target=bindings, account=accounts, role=ROLES)
    def create_binding(self, account: str, role: str) -> Any:
        body = {
            "principal": f"User:{account}",
            "role_name": role,
            "crn_pattern": self.organization,
        }
        answer = self.cloud.post(BINDINGS, json=body)
        if account not in self.known:
            assert answer.status_code == 400
            return multiple()
        if (account, role) in self.given.values():
            assert answer.status_code == 409
            return multiple()
        assert answer.status_code == 201
        made = RoleBinding.model_validate_json(answer.content)
        self.given[made.id] = (account, role)
        return made.id

    @rule(binding=bindings)
    def read_binding(self, binding: str) -> None:
        answer = self.cloud.get(f"{BINDINGS}/{binding}")
        assert answer.status_code == (200 if binding in self.given else 403)

    @rule(binding=bindings)
    def delete_binding(self, binding: str) -> None:
        answer = self.cloud.delete(f"{BINDINGS}/{binding}")
        assert answer.status_code == (200 if binding in self.given else 403)
        self.given.pop(binding, None)

    # --- lists ---

    @invariant()
    def lists_hold_what_is_there(self) -> None:
        everything = {"page_size": "100"}
        answer = self.cloud.get(ACCOUNTS, params=everything)
        accounts = ServiceAccountList.model_validate_json(answer.content).data
        ours = {a.id for a in accounts if a.display_name.startswith("model-")}
        assert ours == self.known.keys()
        answer = self.cloud.get(KEYS, params=everything)
        assert not any(secret in answer.text for secret in self.secrets)
        keys = ApiKeyList.model_validate_json(answer.content).data
        assert {k.id for k in keys if k.spec.owner.id not in self.worlds} == self.issued.keys()
        query = {**everything, "crn_pattern": self.organization}
        answer = self.cloud.get(BINDINGS, params=query)
        bindings = RoleBindingList.model_validate_json(answer.content).data
        seen = {b.id: (b.principal.removeprefix("User:"), b.role_name) for b in bindings}
        assert {i: b for i, b in seen.items() if b[0] not in self.worlds} == self.given


@pytest.fixture(autouse=True)
def machine(emulated: Emulated) -> Iterator[None]:
    IamMachine.emulated = emulated
    yield
    del IamMachine.emulated


def test_random_orders_agree_with_the_model() -> None:
    run_state_machine_as_test(
        IamMachine,
        settings=settings(max_examples=25, stateful_step_count=25, deadline=None),
    )
