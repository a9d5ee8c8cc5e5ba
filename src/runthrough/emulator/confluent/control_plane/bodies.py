"""The bodies of requests about organizations, environments, clusters and pools, described once.

Sources: facts/confluent-cloud-api.md 3.1 to 3.3. Fields that only the service sets (the addresses
of a cluster, say) may be sent, as clients that send back what they read do, and count for nothing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from runthrough.emulator.confluent.bodies import Body, Envelope, Reference

Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"\S")]
"""A display name. Its greatest length is ours."""
PoolName = Annotated[str, StringConstraints(pattern=r"^(?:[0-9A-Za-z\-])[\w\.-]{0,63}$")]
"""Facts 3.3."""


# --- organizations and environments (facts 3.1) --------------------------------------------------


class OrganizationPatch(Envelope):
    """PATCH of an organization; the name has 31 characters at most."""

    display_name: Annotated[str, StringConstraints(min_length=1, max_length=31)] | None = None
    jit_enabled: bool | None = None


class Governance(Body):
    """The Stream Governance package of an environment."""

    package: Literal["ESSENTIALS", "ADVANCED"]


class EnvironmentPost(Envelope):
    """POST of an environment."""

    display_name: Name
    stream_governance_config: Governance | None = None


class EnvironmentPatch(Envelope):
    """PATCH of an environment."""

    display_name: Name | None = None
    stream_governance_config: Governance | None = None


# --- Kafka clusters (facts 3.2) ------------------------------------------------------------------

Availability = Literal["SINGLE_ZONE", "MULTI_ZONE", "LOW", "HIGH"]
Provider = Literal["AWS", "GCP", "AZURE"]


class ClusterConfig(Body):
    """The type of a cluster, and its size where the type has one."""

    kind: Literal["Basic", "Standard", "Dedicated", "Enterprise", "Freight"]
    cku: Annotated[int, Field(ge=1)] | None = None
    max_ecku: Annotated[int, Field(ge=1)] | None = None
    encryption_key: str | None = None
    zones: list[str] | None = None


class _ClusterSpec(Body):
    http_endpoint: str | None = None
    kafka_bootstrap_endpoint: str | None = None
    api_endpoint: str | None = None
    endpoints: dict[str, Any] | None = None
    network: Reference | None = None
    byok: Reference | None = None
    deletion_protection: bool | None = None


class ClusterSpec(_ClusterSpec):
    """What a new cluster is to be."""

    display_name: Name
    availability: Availability
    cloud: Provider
    region: Name
    config: ClusterConfig
    environment: Reference


class ClusterPost(Envelope):
    """POST of a cluster."""

    spec: ClusterSpec


class ClusterChange(_ClusterSpec):
    """What is to be different in a cluster."""

    display_name: Name | None = None
    availability: Availability | None = None
    cloud: Provider | None = None
    region: Name | None = None
    config: ClusterConfig | None = None
    environment: Reference


class ClusterPatch(Envelope):
    """PATCH of a cluster."""

    spec: ClusterChange


# --- compute pools (facts 3.3) -------------------------------------------------------------------

MaxCfu = Literal[0, 5, 10, 20, 30, 40, 50]
"""Terraform sends 0 where its user says nothing."""


class PoolSpec(Body):
    """What a new compute pool is to be."""

    display_name: PoolName
    cloud: Provider
    region: Name
    max_cfu: MaxCfu
    default_pool: bool | None = None
    enable_ai: bool | None = None
    environment: Reference
    network: Reference | None = None
    http_endpoint: str | None = None


class PoolPost(Envelope):
    """POST of a compute pool."""

    spec: PoolSpec


class PoolChange(Body):
    """What is to be different in a compute pool."""

    display_name: PoolName | None = None
    cloud: Provider | None = None
    region: Name | None = None
    max_cfu: MaxCfu | None = None
    default_pool: bool | None = None
    enable_ai: bool | None = None
    environment: Reference
    network: Reference | None = None
    http_endpoint: str | None = None


class PoolPatch(Envelope):
    """PATCH of a compute pool."""

    spec: PoolChange


class PoolConfigChange(Body):
    """What is to be different for default pools."""

    default_pool_enabled: bool | None = None
    default_pool_max_cfu: Literal[5, 10, 20, 30, 40, 50] | None = None


class PoolConfigPatch(Envelope):
    """PATCH of the organization's word on default pools."""

    organization_id: str | None = None
    spec: PoolConfigChange
