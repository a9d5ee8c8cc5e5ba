"""The answers of iam/v2 (facts/confluent-cloud-api.md 3.4 and 3.9)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tests.emulator.confluent.schemas.base import (
    Answer,
    Crn,
    ListMetadata,
    Metadata,
    Timestamp,
    Url,
)

AccountId = Annotated[str, StringConstraints(pattern=r"^sa-[0-9a-z]+$")]
UserId = Annotated[str, StringConstraints(pattern=r"^u-[0-9a-z]+$")]
BindingId = Annotated[str, StringConstraints(pattern=r"^rb-[0-9a-z]+$")]
KeyId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{16}$")]
Secret = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{64}$")]
KeyCrn = Annotated[str, StringConstraints(pattern=r"^crn://api\.confluent\.cloud/organization=.+")]


class ServiceAccount(Answer):
    api_version: Literal["iam/v2"]
    kind: Literal["ServiceAccount"]
    id: AccountId
    metadata: Metadata
    display_name: str
    description: str


class User(Answer):
    api_version: Literal["iam/v2"]
    kind: Literal["User"]
    id: UserId
    metadata: Metadata
    email: str
    full_name: str
    auth_type: str


class BindingMetadata(Answer):
    self: Url
    resource_name: Crn
    created_at: Timestamp


class RoleBinding(Answer):
    api_version: Literal["iam/v2"]
    kind: Literal["RoleBinding"]
    id: BindingId
    metadata: BindingMetadata
    principal: Annotated[str, StringConstraints(pattern=r"^User:(sa|u)-[0-9a-z]+$")]
    role_name: str
    crn_pattern: Crn


class KeyMetadata(Answer):
    self: Url
    resource_name: KeyCrn
    created_at: Timestamp
    updated_at: Timestamp


class Owner(Answer):
    api_version: Literal["iam/v2"]
    kind: Literal["ServiceAccount", "User"]
    id: AccountId | UserId
    related: Url
    resource_name: Crn


class Whole(Answer):
    """A resource that lies in no environment; Terraform decides on kind and api_version."""

    api_version: Literal["iam/v2", "global/v1", "tableflow/v1"]
    kind: Literal["Cloud", "Global", "Tableflow"]
    id: Literal["cloud", "global", "tableflow"]
    resource_name: Crn


class Placed(Answer):
    """A cluster, a registry or a region of an environment."""

    api_version: Literal["cmk/v2", "srcm/v3", "fcpm/v2"]
    kind: Literal["Cluster", "Region"]
    id: str
    environment: Annotated[str, StringConstraints(pattern=r"^env-")]
    resource_name: Crn


class KeySpec(Answer):
    display_name: str
    description: str
    owner: Owner
    resource: Whole | Placed


class NewKeySpec(KeySpec):
    secret: Secret


class ApiKey(Answer):
    api_version: Literal["iam/v2"]
    kind: Literal["ApiKey"]
    id: KeyId
    metadata: KeyMetadata
    spec: KeySpec


class NewApiKey(ApiKey):
    """The answer that creates a key: the only one with the secret."""

    spec: NewKeySpec


class _List(Answer):
    api_version: Literal["iam/v2"]
    metadata: ListMetadata


class ServiceAccountList(_List):
    kind: Literal["ServiceAccountList"]
    data: Annotated[tuple[ServiceAccount, ...], Field(max_length=100)]


class UserList(_List):
    kind: Literal["UserList"]
    data: Annotated[tuple[User, ...], Field(max_length=100)]


class ApiKeyList(_List):
    kind: Literal["ApiKeyList"]
    data: Annotated[tuple[ApiKey, ...], Field(max_length=100)]


class RoleBindingList(_List):
    kind: Literal["RoleBindingList"]
    data: Annotated[tuple[RoleBinding, ...], Field(max_length=100)]
