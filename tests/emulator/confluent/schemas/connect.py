"""The answers of connectors, provider integrations and endpoints (facts 3.8 and 3.9)."""

from __future__ import annotations

from typing import Literal

from tests.emulator.confluent.schemas.base import Answer, Crn, ListMetadata, Reference


class TaskName(Answer):
    connector: str
    task: int


class Connector(Answer):
    name: str
    type: Literal["source", "sink"]
    config: dict[str, str]
    tasks: tuple[TaskName, ...]


State = Literal["NONE", "PROVISIONING", "RUNNING", "DEGRADED", "FAILED", "PAUSED", "DELETED"]


class ConnectorPart(Answer):
    state: State
    worker_id: str
    trace: str


class Task(Answer):
    id: int
    state: State
    worker_id: str
    msg: str


class ConnectorStatus(Answer):
    name: str
    type: Literal["source", "sink"]
    connector: ConnectorPart
    tasks: tuple[Task, ...]


class ConnectorId(Answer):
    id: str
    id_type: Literal["ID"]


class Expanded(Answer):
    id: ConnectorId
    info: Connector
    status: ConnectorStatus


class BadConfig(Answer):
    class Inner(Answer):
        code: int
        message: str

    error: Inner


class IntegrationConfig(Answer):
    kind: Literal["AwsIntegrationConfig"]
    customer_iam_role_arn: str
    iam_role_arn: str
    external_id: str


class Integration(Answer):
    api_version: Literal["pim/v1"]
    kind: Literal["Integration"]
    id: str
    display_name: str
    provider: Literal["AWS"]
    environment: Reference
    config: IntegrationConfig
    usages: tuple[Crn, ...]


class IntegrationList(Answer):
    api_version: Literal["pim/v1"]
    kind: Literal["IntegrationList"]
    metadata: ListMetadata
    data: tuple[Integration, ...]


class EndpointMetadata(Answer):
    self: Literal[""]


class EndpointResource(Answer):
    id: str
    kind: str


class Endpoint(Answer):
    api_version: Literal["endpoint/v1"]
    kind: Literal["Endpoint"]
    id: str
    metadata: EndpointMetadata
    cloud: str
    region: str
    service: Literal["KAFKA", "SCHEMA_REGISTRY", "FLINK"]
    is_private: bool
    connection_type: str
    endpoint: str
    endpoint_type: Literal["REST", "BOOTSTRAP", "LANGUAGE_SERVICE"]
    environment: Reference
    resource: EndpointResource | None = None


class EndpointList(Answer):
    api_version: Literal["endpoint/v1"]
    kind: Literal["EndpointList"]
    metadata: ListMetadata
    data: tuple[Endpoint, ...]
