"""The predefined roles: what each allows, on what.

The roles that touch Flink follow facts/confluent-cloud-api.md 2.11 (who makes connections) and the
public table of roles (docs.confluent.io, "Predefined RBAC roles" and "Grant role-based access" of
Flink). What no source says is ours and generous: a role that administers a place may do everything
in it, and whoever has any role in a place may see that the place is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from runthrough.emulator.confluent.identity.crns import covers, normal, touches
from runthrough.emulator.confluent.identity.parts import RoleBinding

Area = Literal[
    "organization",
    "environments",
    "clusters",
    "registries",
    "pools",
    "principals",
    "bindings",
    "keys",
    "statements",
    "connections",
    "flink-objects",
    "artifacts",
    "topics",
    "groups",
    "acls",
    "subjects",
    "tableflow",
    "integrations",
    "connectors",
    "metrics",
    "billing",
]
Verb = Literal["describe", "create", "alter", "delete", "read", "write", "use"]

PLACES: frozenset[Area] = frozenset(
    {"organization", "environments", "clusters", "registries", "pools"}
)
"""What contains other things: everybody with a role inside may see it."""


@dataclass(frozen=True)
class Need:
    """What a request needs a role for.

    Attributes:
        crn: the thing, or the place a list is of.
        inside: whether a role on something inside the place is enough: for lists.
    """

    area: Area
    verb: Verb
    crn: str
    inside: bool = False


Allows = Mapping[Area, frozenset[Verb]]

_ALL: frozenset[Verb] = frozenset({"describe", "create", "alter", "delete", "read", "write", "use"})
_SEE: frozenset[Verb] = frozenset({"describe"})
_READ: frozenset[Verb] = frozenset({"describe", "read"})
_USE: frozenset[Verb] = frozenset({"describe", "use"})
_WRITE: frozenset[Verb] = frozenset({"describe", "write"})
_MANAGE: frozenset[Verb] = frozenset({"describe", "create", "alter", "delete"})

_EVERYTHING: Allows = {
    "organization": _ALL,
    "environments": _ALL,
    "clusters": _ALL,
    "registries": _ALL,
    "pools": _ALL,
    "principals": _ALL,
    "bindings": _ALL,
    "keys": _ALL,
    "statements": _ALL,
    "connections": _ALL,
    "flink-objects": _ALL,
    "artifacts": _ALL,
    "topics": _ALL,
    "groups": _ALL,
    "acls": _ALL,
    "subjects": _ALL,
    "tableflow": _ALL,
    "integrations": _ALL,
    "connectors": _ALL,
    "metrics": _ALL,
    "billing": _ALL,
}
_IN_A_CLUSTER: Allows = {
    "clusters": _ALL,
    "topics": _ALL,
    "groups": _ALL,
    "acls": _ALL,
    "connectors": _ALL,
    "tableflow": _ALL,
    "keys": _ALL,
    "bindings": _ALL,
    "metrics": _SEE,
}
_FLINK: Allows = {
    "statements": _ALL,
    "flink-objects": _ALL,
    "artifacts": _ALL,
    "connections": _USE,
    "pools": _USE,
}

ROLES: Mapping[str, Allows] = MappingProxyType(
    {
        "OrganizationAdmin": _EVERYTHING,
        "EnvironmentAdmin": _EVERYTHING,
        "CloudClusterAdmin": _IN_A_CLUSTER,
        "AccountAdmin": {"principals": _ALL, "bindings": _SEE},
        "ResourceKeyAdmin": {"keys": _ALL, "principals": _SEE},
        "NetworkAdmin": {},
        "BillingAdmin": {"billing": _ALL},
        "MetricsViewer": {"metrics": _SEE},
        "Operator": {
            "topics": _SEE,
            "groups": _SEE,
            "connectors": _ALL,
            "metrics": _SEE,
            "acls": _SEE,
        },
        "DataDiscovery": {"topics": _SEE, "subjects": _READ},
        "DataSteward": {"topics": _SEE, "subjects": _ALL},
        "ConnectManager": {"connectors": _ALL},
        "KsqlAdmin": {},
        "FlinkAdmin": {**_FLINK, "connections": _ALL, "pools": _ALL},
        "FlinkDeveloper": _FLINK,
        "Assigner": {"principals": _USE},
        "ResourceOwner": {
            "topics": _ALL,
            "groups": _ALL,
            "subjects": _ALL,
            "principals": _ALL,
            "bindings": _ALL,
            "connectors": _ALL,
        },
        "DeveloperRead": {"topics": _READ, "groups": _READ, "subjects": _READ, "connectors": _SEE},
        "DeveloperWrite": {"topics": _WRITE, "subjects": _READ | _WRITE},
        "DeveloperManage": {"topics": _MANAGE, "groups": _MANAGE, "subjects": _READ | _MANAGE},
    }
)


def allowed(binding: RoleBinding, need: Need, organization: str) -> bool:
    """Return whether a role binding is enough for a need.

    Args:
        binding: who has which role on what.
        need: what is asked for.
        organization: its id, which the CRN of a service account leaves out (facts 1.7).
    """
    pattern, crn = normal(binding.crn, organization), normal(need.crn, organization)
    if need.area in PLACES and need.verb == "describe":
        return touches(pattern, crn)
    if need.verb not in ROLES[binding.role].get(need.area, frozenset()):
        return False
    return touches(pattern, crn) if need.inside else covers(pattern, crn)
