"""Service accounts, keys and role bindings as a test orders them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from ..conftest import Emulated


@dataclass(frozen=True)
class Iam:
    """An administrator at work, with the world's Cloud key."""

    emulated: Emulated
    cloud: httpx.Client

    @property
    def organization(self) -> str:
        return f"crn://confluent.cloud/organization={self.emulated.world.organization.id}"

    @property
    def environment(self) -> str:
        return f"{self.organization}/environment={self.emulated.world.environment.id}"

    @property
    def cluster(self) -> str:
        return f"{self.environment}/cloud-cluster={self.emulated.world.cluster.id}"

    @property
    def registry(self) -> str:
        return f"{self.environment}/schema-registry={self.emulated.world.schema_registry.id}"

    def account(self, name: str) -> str:
        body = {"display_name": name}
        made = self.cloud.post("/iam/v2/service-accounts", json=body)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def bind(self, principal: str, role: str, crn: str) -> str:
        body = {"principal": f"User:{principal}", "role_name": role, "crn_pattern": crn}
        made = self.cloud.post("/iam/v2/role-bindings", json=body)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def ask_key(self, owner: str, resource: str, **more: str) -> httpx.Response:
        spec: dict[str, Any] = {"owner": {"id": owner}, "resource": {"id": resource, **more}}
        return self.cloud.post("/iam/v2/api-keys", json={"spec": spec})

    def key(self, owner: str, scope: str) -> tuple[str, str]:
        world = self.emulated.world
        resources = {
            "kafka": {"resource": world.cluster.id},
            "schema-registry": {"resource": world.schema_registry.id},
            "flink": {
                "resource": f"{world.cloud.lower()}.{world.region}",
                "environment": world.environment.id,
            },
        }
        made = self.ask_key(owner, **resources.get(scope, {"resource": scope}))
        assert made.status_code == 202, made.text
        return made.json()["id"], made.json()["spec"]["secret"]

    @contextmanager
    def as_(self, owner: str, scope: str) -> Iterator[httpx.Client]:
        """Everything this principal can reach with a new key of that scope."""
        key = self.key(owner, scope)
        with httpx.Client(base_url=self.emulated.url, auth=key, trust_env=False) as client:
            yield client
