"""What Schema Registry answers, from facts/confluent-cloud-api.md 3.7 and the public reference."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Level = Literal[
    "NONE",
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
]


class Body(BaseModel):
    """Nothing that is not written here."""

    model_config = ConfigDict(extra="forbid")


class Problem(Body):
    error_code: int
    message: str = Field(min_length=1)


class Reference(Body):
    name: str
    subject: str
    version: int = Field(ge=1)


class Metadata(Body):
    tags: dict[str, list[str]] | None = None
    properties: dict[str, str] | None = None
    sensitive: list[str] | None = None


class SchemaString(Body):
    """A schema by its id; without a type it is Avro."""

    guid: UUID
    schema_: str = Field(alias="schema")
    schemaType: Literal["JSON", "PROTOBUF"] | None = None
    references: list[Reference] | None = None
    metadata: Metadata | None = None
    ruleSet: dict[str, Any] | None = None
    maxId: int | None = None


class RegisteredSchema(SchemaString):
    """A schema under a subject."""

    subject: str
    version: int = Field(ge=1)
    id: int = Field(ge=1)


class Config(Body):
    compatibilityLevel: Level | None = None
    normalize: bool | None = None
    compatibilityGroup: str | None = None
    defaultMetadata: Metadata | None = None
    overrideMetadata: Metadata | None = None
    defaultRuleSet: dict[str, Any] | None = None
    overrideRuleSet: dict[str, Any] | None = None


class ConfigUpdate(Body):
    compatibility: Level | None = None
    normalize: bool | None = None
    compatibilityGroup: str | None = None
    defaultMetadata: Metadata | None = None
    overrideMetadata: Metadata | None = None
    defaultRuleSet: dict[str, Any] | None = None
    overrideRuleSet: dict[str, Any] | None = None


class Mode(Body):
    mode: Literal["READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT"]


class Check(Body):
    is_compatible: bool
    messages: list[str]


class ClusterConfig(Body):
    maxSchemas: int
    maxRequestsPerSec: int
