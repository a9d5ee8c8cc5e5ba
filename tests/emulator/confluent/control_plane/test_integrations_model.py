"""Provider integrations, and catalogs that use them, in any order, beside a plain model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from .. import models
from ..conftest import Emulated
from ..schemas.connect import Integration, IntegrationList
from ..schemas.tableflow import Catalog, CatalogList, Glue

INTEGRATIONS, CATALOGS = "/pim/v1/integrations", "/tableflow/v1/catalog-integrations"
NAMES = st.sampled_from(["lab", "other"])


@dataclass
class Known:
    """A catalog: its name and the integration it was made with."""

    name: str
    integration: str


class Integrations(RuleBasedStateMachine):
    """Rules are requests; the model is two dictionaries."""

    cloud: httpx.Client
    tableflow: httpx.Client
    environment: str
    cluster: str

    integrations = Bundle("integrations")
    catalogs = Bundle("catalogs")

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, str] = {}
        self.known: dict[str, Known] = {}

    def teardown(self) -> None:
        for catalog in list(self.known):
            self._delete_catalog(catalog)
        for integration in self.names:
            where = {"environment": self.environment}
            self.cloud.delete(f"{INTEGRATIONS}/{integration}", params=where)

    @property
    def place(self) -> dict[str, str]:
        return {"environment": self.environment, "spec.kafka_cluster": self.cluster}

    def body(self, **spec: Any) -> dict[str, Any]:
        where = {"environment": {"id": self.environment}, "kafka_cluster": {"id": self.cluster}}
        return {"spec": {**where, **spec}}

    # --- integrations ----------------------------------------------------------------------------

    @rule(target=integrations, name=NAMES)
    def integrate(self, name: str) -> str:
        body = {
            "display_name": name,
            "provider": "AWS",
            "environment": {"id": self.environment},
            "config": {
                "kind": "AwsIntegrationConfig",
                "customer_iam_role_arn": "arn:aws:iam::000011112222:role/lab",
            },
        }
        answer = self.cloud.post(INTEGRATIONS, json=body)
        assert answer.status_code == 201
        made = Integration.model_validate_json(answer.content).id
        assert made not in self.names
        self.names[made] = name
        return made

    @rule(integration=integrations)
    def read_integration(self, integration: str) -> None:
        where = {"environment": self.environment}
        answer = self.cloud.get(f"{INTEGRATIONS}/{integration}", params=where)
        if integration in self.names:
            shown = Integration.model_validate_json(answer.content)
            assert shown.display_name == self.names[integration]
            users = [i for i, known in self.known.items() if known.integration == integration]
            assert [crn.rpartition("=")[2] for crn in shown.usages] == users
        else:
            assert answer.status_code == 404

    @rule(integration=integrations)
    def delete_integration(self, integration: str) -> None:
        where = {"environment": self.environment}
        answer = self.cloud.delete(f"{INTEGRATIONS}/{integration}", params=where)
        if integration not in self.names:
            assert answer.status_code == 404
        elif any(known.integration == integration for known in self.known.values()):
            assert (answer.status_code, "in use" in answer.json()["message"]) == (409, True)
        else:
            assert answer.status_code == 204
            del self.names[integration]

    # --- catalogs --------------------------------------------------------------------------------

    @rule(target=catalogs, integration=integrations, name=NAMES)
    def add_catalog(self, integration: str, name: str) -> Any:
        config = {"kind": "AwsGlue", "provider_integration_id": integration}
        body = self.body(display_name=name, config=config)
        answer = self.tableflow.post(CATALOGS, json=body)
        if integration not in self.names:
            assert answer.status_code == 422
            return multiple()
        assert answer.status_code == 202
        made = Catalog.model_validate_json(answer.content).id
        self.known[made] = Known(name, integration)
        return made

    @rule(catalog=catalogs, name=NAMES)
    def rename_catalog(self, catalog: str, name: str) -> None:
        answer = self.tableflow.patch(f"{CATALOGS}/{catalog}", json=self.body(display_name=name))
        assert answer.status_code == (200 if catalog in self.known else 404)
        if catalog in self.known:
            self.known[catalog].name = name

    @rule(catalog=catalogs)
    def read_catalog(self, catalog: str) -> None:
        answer = self.tableflow.get(f"{CATALOGS}/{catalog}", params=self.place)
        if catalog not in self.known:
            assert answer.status_code == 404
            return
        shown, known = Catalog.model_validate_json(answer.content), self.known[catalog]
        assert shown.spec.display_name == known.name
        assert isinstance(shown.spec.config, Glue)
        assert shown.spec.config.provider_integration_id == known.integration

    @rule(catalog=consumes(catalogs))
    def delete_catalog(self, catalog: str) -> None:
        expected = 204 if catalog in self.known else 404
        assert self._delete_catalog(catalog).status_code == expected

    def _delete_catalog(self, catalog: str) -> httpx.Response:
        self.known.pop(catalog, None)
        return self.tableflow.delete(f"{CATALOGS}/{catalog}", params=self.place)

    # --- what is always so -----------------------------------------------------------------------

    @invariant()
    def lists_hold_what_the_model_holds(self) -> None:
        where = {"page_size": "100"}
        answer = self.cloud.get(INTEGRATIONS, params={**where, "environment": self.environment})
        found = IntegrationList.model_validate_json(answer.content).data
        assert {i.id: i.display_name for i in found} == self.names
        answer = self.tableflow.get(CATALOGS, params={**where, **self.place})
        listed = CatalogList.model_validate_json(answer.content).data
        assert {c.id: c.spec.display_name for c in listed} == {
            identity: known.name for identity, known in self.known.items()
        }


def test_integrations_behave_as_a_plain_model_says(emulated: Emulated) -> None:
    class Here(Integrations):
        pass

    Here.environment, Here.cluster = emulated.world.environment.id, emulated.world.cluster.id
    with emulated.http("cloud") as cloud, emulated.http("tableflow") as tableflow:
        Here.cloud, Here.tableflow = cloud, tableflow
        models.run(Here)
