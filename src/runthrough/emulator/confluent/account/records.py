"""What an account holds, as frozen records; a change puts another record in their place.

Sources: facts/confluent-cloud-api.md 3.1 to 3.3 and 3.5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from runthrough.emulator.confluent.pace import Life


@dataclass(frozen=True)
class Organization:
    """The organization; there is one, and it stays."""

    id: str
    display_name: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Environment:
    """An environment, which Flink calls a catalog.

    Attributes:
        package: of Stream Governance, ESSENTIALS or ADVANCED; None = not governed.
    """

    id: str
    display_name: str
    package: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class KafkaConfig:
    """The type of a Kafka cluster.

    Attributes:
        kind: Basic, Standard, Dedicated, Enterprise or Freight.
        cku: units of a Dedicated cluster. max_ecku: the most an elastic one takes.
    """

    kind: str
    cku: int | None = None
    max_ecku: int | None = None


@dataclass(frozen=True)
class KafkaCluster:
    """A Kafka cluster, which Flink calls a database."""

    id: str
    environment_id: str
    display_name: str
    availability: str
    cloud: str
    region: str
    config: KafkaConfig
    deletion_protection: bool
    created_at: datetime
    updated_at: datetime
    life: Life = field(compare=False)


@dataclass(frozen=True)
class SchemaRegistry:
    """A Schema Registry cluster; an environment has one at most."""

    id: str
    environment_id: str
    cloud: str
    region: str
    created_at: datetime
    updated_at: datetime
    life: Life = field(compare=False)


@dataclass(frozen=True)
class ComputePool:
    """A Flink compute pool.

    Attributes:
        default_pool: whether statements that name no pool run in it; one an environment and
            region.
        leaving: set once it is deleted, until it is gone.
    """

    id: str
    environment_id: str
    display_name: str
    cloud: str
    region: str
    max_cfu: int
    default_pool: bool
    enable_ai: bool
    created_at: datetime
    updated_at: datetime
    life: Life = field(compare=False)
    leaving: Life | None = field(default=None, compare=False)

    def phase(self) -> str:
        """Return the phase a caller sees now; this look counts."""
        return self.life.look() if self.leaving is None else self.leaving.look()


@dataclass(frozen=True)
class ComputePoolConfig:
    """What the organization says about default pools."""

    default_pool_enabled: bool
    default_pool_max_cfu: int
    updated_at: datetime
