"""The answers of Tableflow (facts/confluent-cloud-api.md 3.8 and 3.9)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tests.emulator.confluent.schemas.base import Answer, ListMetadata, Metadata, Reference

Milliseconds = Annotated[str, StringConstraints(pattern=r"^\d+$")]
Format = Literal["ICEBERG", "DELTA"]


class Managed(Answer):
    kind: Literal["Managed"]
    table_path: str


class ByobAws(Answer):
    kind: Literal["ByobAws"]
    bucket_name: str
    bucket_region: str
    provider_integration_id: str
    table_path: str


class Azure(Answer):
    kind: Literal["AzureDataLakeStorageGen2"]
    storage_account_name: str
    container_name: str
    provider_integration_id: str
    table_path: str


class ErrorHandling(Answer):
    mode: Literal["SUSPEND", "SKIP", "LOG"]


class Config(Answer):
    retention_ms: Milliseconds
    data_retention_ms: Milliseconds
    record_failure_strategy: Literal["SUSPEND", "SKIP"]
    error_handling: ErrorHandling
    enable_compaction: bool
    enable_partitioning: bool
    metadata_column_naming_scheme: str


class Spec(Answer):
    display_name: str
    suspended: bool
    environment: Reference
    kafka_cluster: Reference
    table_formats: tuple[Format, ...]
    storage: Annotated[Managed | ByobAws | Azure, Field(discriminator="kind")]
    config: Config


class FailingFormat(Answer):
    format: Format
    error_message: str


class Status(Answer):
    phase: Literal["PENDING", "RUNNING", "FAILED"]
    write_mode: Literal["APPEND", "UPSERT", "UPSERT_HISTORY"]
    catalog_sync_statuses: tuple[()]
    failing_table_formats: tuple[FailingFormat, ...]
    error_message: str | None = None


class Topic(Answer):
    api_version: Literal["tableflow/v1"]
    kind: Literal["TableflowTopic"]
    metadata: Metadata
    spec: Spec
    status: Status


class TopicList(Answer):
    api_version: Literal["tableflow/v1"]
    kind: Literal["TableflowTopicList"]
    metadata: ListMetadata
    data: tuple[Topic, ...]


class Glue(Answer):
    kind: Literal["AwsGlue"]
    provider_integration_id: str
    custom_database: str | None = None


class Snowflake(Answer):
    kind: Literal["Snowflake"]
    endpoint: str
    warehouse: str
    allowed_scope: str


class Unity(Answer):
    kind: Literal["Unity"]
    workspace_endpoint: str
    catalog_name: str


class CatalogSpec(Answer):
    display_name: str
    suspended: bool
    environment: Reference
    kafka_cluster: Reference
    config: Annotated[Glue | Snowflake | Unity, Field(discriminator="kind")]


class CatalogStatus(Answer):
    phase: Literal["PENDING", "CONNECTED", "FAILED"]
    error_message: str | None = None


class Catalog(Answer):
    api_version: Literal["tableflow/v1"]
    kind: Literal["CatalogIntegration"]
    id: str
    metadata: Metadata
    spec: CatalogSpec
    status: CatalogStatus


class CatalogList(Answer):
    api_version: Literal["tableflow/v1"]
    kind: Literal["CatalogIntegrationList"]
    metadata: ListMetadata
    data: tuple[Catalog, ...]
