"""The Confluent Cloud organization of a world."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from runthrough.emulator.world.parts import Part


class Organization(Part):
    """The Confluent Cloud organization."""

    id: str
    name: str


class Environment(Part):
    """One environment, which Flink calls a catalog."""

    id: str
    name: str
    package: Literal["ESSENTIALS", "ADVANCED"] = "ESSENTIALS"


class Cluster(Part):
    """One Kafka cluster, which Flink calls a database."""

    id: str
    name: str
    kind: Literal["Basic", "Standard", "Dedicated", "Enterprise", "Freight"] = "Basic"
    availability: Literal["SINGLE_ZONE", "MULTI_ZONE", "LOW", "HIGH"] = "LOW"


class SchemaRegistry(Part):
    """The environment's Schema Registry cluster."""

    id: str


class ComputePool(Part):
    """One Flink compute pool."""

    id: str
    name: str
    max_cfu: int = 5


class Principal(Part):
    """A user or service account.

    Attributes:
        password: what a user logs in with at the CLI; None = this user cannot log in.
    """

    id: str
    kind: Literal["User", "ServiceAccount"]
    name: str
    email: str = ""
    password: SecretStr | None = None


class ConfluentKey(Part):
    """An API key of Confluent Cloud; `scope` is the kind of service it opens.

    Attributes:
        resource: the cluster, registry or Flink region (`aws.us-east-1`) it opens; "" = the one
            of this world.
        environment: where that is; "" = the world's.
    """

    id: str
    secret: SecretStr
    scope: Literal["cloud", "global", "flink", "kafka", "schema-registry", "tableflow"]
    owner: str
    resource: str = ""
    environment: str = ""


class RoleBinding(Part):
    """A role of a principal on everything a CRN pattern covers."""

    id: str
    principal: str
    role_name: str
    crn_pattern: str


class Propagation(Part):
    """How often something new is refused before it works, in the pace `instant`.

    Attributes:
        keys: uses of a new API key that are answered 401.
        role_bindings: uses of a new role that are answered 403.
    """

    keys: int = Field(default=0, ge=0)
    role_bindings: int = Field(default=0, ge=0)
