"""The roles one can bind, as the CLI lists them and checks names against them.

What each allows is in `identity/roles.py`; here is what the CLI asks beside that. The fact sheet
has no list of scopes: these are ours, after Confluent Cloud's public documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

ORGANIZATION, ENVIRONMENT, CLUSTER = "organization", "environment", "cluster"


@dataclass(frozen=True)
class Role:
    """One role.

    Attributes:
        scopes: what it can be bound to.
        bound_to_resource: whether a binding also names a topic, a subject or the like.
    """

    name: str
    scopes: tuple[str, ...]
    bound_to_resource: bool = False


ROLES: tuple[Role, ...] = (
    Role("AccountAdmin", (ORGANIZATION,)),
    Role("Assigner", (ENVIRONMENT,), bound_to_resource=True),
    Role("BillingAdmin", (ORGANIZATION,)),
    Role("CloudClusterAdmin", (CLUSTER,)),
    Role("ConnectManager", (CLUSTER,)),
    Role("DataDiscovery", (ENVIRONMENT,)),
    Role("DataSteward", (ENVIRONMENT,)),
    Role("DeveloperManage", (CLUSTER,), bound_to_resource=True),
    Role("DeveloperRead", (CLUSTER,), bound_to_resource=True),
    Role("DeveloperWrite", (CLUSTER,), bound_to_resource=True),
    Role("EnvironmentAdmin", (ENVIRONMENT,)),
    Role("FlinkAdmin", (ORGANIZATION, ENVIRONMENT)),
    Role("FlinkDeveloper", (ORGANIZATION, ENVIRONMENT)),
    Role("KsqlAdmin", (CLUSTER,)),
    Role("MetricsViewer", (ORGANIZATION, ENVIRONMENT, CLUSTER)),
    Role("NetworkAdmin", (ORGANIZATION,)),
    Role("Operator", (ORGANIZATION, ENVIRONMENT, CLUSTER)),
    Role("OrganizationAdmin", (ORGANIZATION,)),
    Role("ResourceKeyAdmin", (ORGANIZATION,)),
    Role("ResourceOwner", (CLUSTER,), bound_to_resource=True),
)
