"""Organizations, environments, Kafka clusters, registries, compute pools: facts 3.1 to 3.3, 3.5."""

from __future__ import annotations

from typing import Literal

from .base import Answer, ListMetadata, Metadata, Reference, Timestamp, Url


class Organization(Answer):
    api_version: Literal["org/v2"]
    kind: Literal["Organization"]
    id: str
    display_name: str
    jit_enabled: bool
    metadata: Metadata


class Governance(Answer):
    package: Literal["ESSENTIALS", "ADVANCED"]


class Environment(Answer):
    api_version: Literal["org/v2"]
    kind: Literal["Environment"]
    id: str
    display_name: str
    metadata: Metadata
    stream_governance_config: Governance | None = None


class ClusterConfig(Answer):
    kind: Literal["Basic", "Standard", "Dedicated", "Enterprise", "Freight"]
    cku: int | None = None
    max_ecku: int | None = None


class ClusterSpec(Answer):
    display_name: str
    availability: Literal["SINGLE_ZONE", "MULTI_ZONE", "LOW", "HIGH"]
    cloud: str
    region: str
    config: ClusterConfig
    deletion_protection: bool
    environment: Reference
    http_endpoint: str
    api_endpoint: str
    kafka_bootstrap_endpoint: str


class ClusterStatus(Answer):
    phase: Literal["PROVISIONING", "PROVISIONED", "FAILED"]
    cku: int | None = None


class Cluster(Answer):
    api_version: Literal["cmk/v2"]
    kind: Literal["Cluster"]
    id: str
    metadata: Metadata
    spec: ClusterSpec
    status: ClusterStatus


class PoolSpec(Answer):
    display_name: str
    cloud: str
    region: str
    max_cfu: Literal[5, 10, 20, 30, 40, 50]
    default_pool: bool
    enable_ai: bool
    http_endpoint: Url
    environment: Reference


class PoolStatus(Answer):
    phase: Literal["PROVISIONING", "PROVISIONED", "FAILED", "DEPROVISIONING"]
    current_cfu: int


class ComputePool(Answer):
    api_version: Literal["fcpm/v2"]
    kind: Literal["ComputePool"]
    id: str
    metadata: Metadata
    spec: PoolSpec
    status: PoolStatus


class PoolConfigSpec(Answer):
    default_pool_enabled: bool
    default_pool_max_cfu: int


class PoolConfigMetadata(Answer):
    self: Url
    updated_at: Timestamp


class PoolConfig(Answer):
    api_version: Literal["fcpm/v2"]
    kind: Literal["OrgComputePoolConfig"]
    organization_id: str
    metadata: PoolConfigMetadata
    spec: PoolConfigSpec


class RegionMetadata(Answer):
    self: Literal[""]


class Region(Answer):
    api_version: Literal["fcpm/v2"]
    kind: Literal["Region"]
    id: str
    metadata: RegionMetadata
    cloud: str
    region_name: str
    display_name: str
    http_endpoint: str
    private_http_endpoint: Literal[""]


class RegistrySpec(Answer):
    display_name: str
    package: Literal["ESSENTIALS", "ADVANCED"]
    cloud: str
    region: str
    http_endpoint: str
    catalog_http_endpoint: str
    private_http_endpoint: Literal[""]
    private_networking_config: dict[str, str]
    environment: Reference


class RegistryStatus(Answer):
    phase: Literal["PROVISIONING", "PROVISIONED"]


class SchemaRegistry(Answer):
    api_version: Literal["srcm/v3"]
    kind: Literal["Cluster"]
    id: str
    metadata: Metadata
    spec: RegistrySpec
    status: RegistryStatus


class OrganizationList(Answer):
    api_version: Literal["org/v2"]
    kind: Literal["OrganizationList"]
    metadata: ListMetadata
    data: list[Organization]


class EnvironmentList(Answer):
    api_version: Literal["org/v2"]
    kind: Literal["EnvironmentList"]
    metadata: ListMetadata
    data: list[Environment]


class ClusterList(Answer):
    api_version: Literal["cmk/v2"]
    kind: Literal["ClusterList"]
    metadata: ListMetadata
    data: list[Cluster]


class ComputePoolList(Answer):
    api_version: Literal["fcpm/v2"]
    kind: Literal["ComputePoolList"]
    metadata: ListMetadata
    data: list[ComputePool]


class RegionList(Answer):
    api_version: Literal["fcpm/v2"]
    kind: Literal["RegionList"]
    metadata: ListMetadata
    data: list[Region]


class SchemaRegistryList(Answer):
    api_version: Literal["srcm/v3"]
    kind: Literal["ClusterList"]
    metadata: ListMetadata
    data: list[SchemaRegistry]
