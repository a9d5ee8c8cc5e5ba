"""Provider integrations (pim/v1): whom the cloud may act as in a customer's AWS account.

Source: facts/confluent-cloud-api.md 3.8 and 3.9; a 409 for one that Tableflow uses is from
facts/workshop-labs.md (tear-down). There is no status, no metadata and no check of the role: the
live service finds out when it first uses it. Where no fact gives a wording, it is ours.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field

from runthrough.emulator.confluent.bodies import Body, Envelope, Reference, read_body
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import (
    Json,
    check_environment,
    created,
    environment_reference,
    head,
    listing,
    require_environment,
)
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply
from runthrough.emulator.confluent.integration_store import Integration
from runthrough.emulator.confluent.tableflow.places import cluster_crn

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}")


class _Config(Body):
    kind: Literal["AwsIntegrationConfig"]
    customer_iam_role_arn: str
    iam_role_arn: str | None = None
    external_id: str | None = None


class _Create(Envelope):
    display_name: str = Field(min_length=1, max_length=60)
    provider: str
    environment: Reference
    config: _Config
    usages: tuple[str, ...] = ()


def list_integrations(cloud: Cloud, call: Call) -> Reply:
    """GET /pim/v1/integrations?environment=."""
    require_environment(cloud, call)
    found = cloud.integrations.of(call.query["environment"])
    return listing(call, "pim/v1", "Integration", [_show(cloud, call, i) for i in found])


def create_integration(cloud: Cloud, call: Call) -> Reply:
    """POST /pim/v1/integrations."""
    sent = read_body(call, _Create)
    check_environment(cloud, sent.environment.id)
    if sent.provider.upper() != "AWS":
        raise Refusal(400, f"provider {sent.provider!r} is not supported: use AWS")
    if not _ROLE.fullmatch(sent.config.customer_iam_role_arn):
        raise Refusal(400, "customer_iam_role_arn is not the ARN of an IAM role")
    made = cloud.integrations.add(
        environment=sent.environment.id,
        display_name=sent.display_name,
        role=sent.config.customer_iam_role_arn,
    )
    return created(_show(cloud, call, made), f"{call.url}/{made.id}")


def get_integration(cloud: Cloud, call: Call) -> Reply:
    """GET /pim/v1/integrations/{integration}?environment=."""
    return reply(_show(cloud, call, _find(cloud, call)))


def delete_integration(cloud: Cloud, call: Call) -> Reply:
    """DELETE /pim/v1/integrations/{integration}?environment=."""
    found = _find(cloud, call)
    if _usages(cloud, found):
        raise Refusal(
            409,
            f"Provider Integration {found.id} is in use by Tableflow: disable Tableflow on its "
            "topics, and delete its catalog integrations, first",
        )
    cloud.integrations.remove(found.id)
    return Reply(204)


def _find(cloud: Cloud, call: Call) -> Integration:
    require_environment(cloud, call)
    wanted = call.params["integration"]
    found = cloud.integrations.get(wanted, call.query["environment"])
    if found is None:
        raise Refusal(404, f"Provider Integration {wanted} not found")
    return found


def _usages(cloud: Cloud, integration: Integration) -> list[str]:
    """Return the CRNs of the Tableflow topics and catalogs that act through an integration."""
    topics = [
        f"{cluster_crn(cloud, topic.key[0], topic.key[1])}/topic={topic.name}"
        for topic in cloud.tableflow.all()
        if topic.key[0] == integration.environment and topic.integration == integration.id
    ]
    catalogs = cloud.catalogs.using(integration.id)
    return topics + [
        f"{cluster_crn(cloud, c.environment, c.cluster)}/catalog-integration={c.id}"
        for c in catalogs
    ]


def _show(cloud: Cloud, call: Call, integration: Integration) -> Json:
    return {
        **head("pim/v1", "Integration", integration.id),
        "display_name": integration.display_name,
        "provider": "AWS",
        "environment": environment_reference(cloud, call),
        "config": {
            "kind": "AwsIntegrationConfig",
            "customer_iam_role_arn": integration.role,
            "iam_role_arn": f"arn:aws:iam::{cloud.world.aws.account_id}:role/{integration.id}",
            "external_id": integration.external_id,
        },
        "usages": _usages(cloud, integration),
    }
