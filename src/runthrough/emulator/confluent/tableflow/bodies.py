"""What clients send to Tableflow: facts/confluent-cloud-api.md 3.8 and 3.9.

Clients also send back what they were given, so the fields that only the service writes are read
and not looked at.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from runthrough.emulator.confluent.bodies import Body, Envelope, Reference

Format = Literal["ICEBERG", "DELTA"]
FailureMode = Literal["SUSPEND", "SKIP"]
Milliseconds = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,19}$")]
"""Numbers of 64 bits are texts in this API."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=249)]


class Managed(Body):
    """Storage that Confluent has. mcp-confluent names a bucket all the same: it means nothing."""

    kind: Literal["Managed"]
    bucket_name: str | None = None
    provider_integration_id: str | None = None
    table_path: str | None = None


class ByobAws(Body):
    """A bucket of the customer's."""

    kind: Literal["ByobAws"]
    bucket_name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    provider_integration_id: Name
    bucket_region: str | None = None
    table_path: str | None = None


class Azure(Body):
    """A container of the customer's."""

    kind: Literal["AzureDataLakeStorageGen2"]
    storage_account_name: Name
    container_name: Name
    provider_integration_id: Name
    storage_region: str | None = None
    table_path: str | None = None


class GoogleCloud(Body):
    """A bucket of the customer's in Google Cloud."""

    kind: Literal["GoogleCloudStorage"]
    bucket_name: Name
    provider_integration_id: Name
    bucket_region: str | None = None
    table_path: str | None = None


Storage = Managed | ByobAws | Azure | GoogleCloud


class ErrorHandling(Body):
    """What to do at a record that cannot be written."""

    mode: Literal["SUSPEND", "SKIP", "LOG"]
    target: str | None = None


class Config(Body):
    """The settings of a Tableflow topic; what is not given stays as it is."""

    retention_ms: Milliseconds | None = None
    data_retention_ms: Milliseconds | None = None
    record_failure_strategy: FailureMode | None = None
    error_handling: ErrorHandling | None = None
    enable_compaction: bool | None = None
    enable_partitioning: bool | None = None
    metadata_column_naming_scheme: str | None = None


Formats = Annotated[tuple[Format, ...], Field(min_length=1, max_length=2)]


class _CreateSpec(Body):
    display_name: Name
    suspended: bool = False
    environment: Reference
    kafka_cluster: Reference
    storage: Annotated[Storage, Field(discriminator="kind")]
    table_formats: Formats = ("ICEBERG",)
    config: Config = Config()


class CreateTopic(Envelope):
    """The body of a new Tableflow topic."""

    spec: _CreateSpec


class _ChangeSpec(Body):
    environment: Reference
    kafka_cluster: Reference
    display_name: Name | None = None
    suspended: bool | None = None
    storage: Annotated[Storage, Field(discriminator="kind")] | None = None
    table_formats: Formats | None = None
    config: Config = Config()


class ChangeTopic(Envelope):
    """The body of a change."""

    spec: _ChangeSpec


# --- catalog integrations -------------------------------------------------------------------------


class AwsGlue(Body):
    """The catalog of an AWS account."""

    kind: Literal["AwsGlue"]
    provider_integration_id: Name
    custom_database: str | None = None


class Snowflake(Body):
    """An open catalog of Snowflake."""

    kind: Literal["Snowflake"]
    endpoint: Name
    warehouse: Name
    allowed_scope: Name
    client_id: SecretStr
    client_secret: SecretStr
    custom_schema: str | None = None


class Unity(Body):
    """A catalog of Databricks."""

    kind: Literal["Unity"]
    workspace_endpoint: Name
    catalog_name: Name
    client_id: SecretStr
    client_secret: SecretStr
    custom_schema: str | None = None


class AwsGlueChange(Body):
    """A change of one: there is nothing that could change."""

    kind: Literal["AwsGlue"]
    provider_integration_id: Name | None = None
    custom_database: str | None = None


class SnowflakeChange(Body):
    """A change of one; what is not given stays."""

    kind: Literal["Snowflake"]
    endpoint: Name | None = None
    warehouse: Name | None = None
    allowed_scope: Name | None = None
    client_id: SecretStr | None = None
    client_secret: SecretStr | None = None
    custom_schema: str | None = None


class UnityChange(Body):
    """A change of one; what is not given stays."""

    kind: Literal["Unity"]
    workspace_endpoint: Name | None = None
    catalog_name: Name | None = None
    client_id: SecretStr | None = None
    client_secret: SecretStr | None = None
    custom_schema: str | None = None


CatalogChange = AwsGlueChange | SnowflakeChange | UnityChange
CatalogConfig = AwsGlue | Snowflake | Unity
_Discriminated = Annotated[CatalogConfig, Field(discriminator="kind")]


class _CreateCatalogSpec(Body):
    display_name: Name
    suspended: bool = False
    environment: Reference
    kafka_cluster: Reference
    config: _Discriminated


class CreateCatalog(Envelope):
    """The body of a new catalog integration."""

    spec: _CreateCatalogSpec


class _ChangeCatalogSpec(Body):
    environment: Reference
    kafka_cluster: Reference
    display_name: Name | None = None
    suspended: bool | None = None
    config: Annotated[CatalogChange, Field(discriminator="kind")] | None = None


class ChangeCatalog(Envelope):
    """The body of a change."""

    spec: _ChangeCatalogSpec
