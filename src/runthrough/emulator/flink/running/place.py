"""Where an engine is: its environment, the clusters of it, and their topics.

Source: facts/flink-sql-ai.md 1.1 (names and ids).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Place:
    """Where the engine is: one environment and its clusters, each as (id, name).

    Attributes:
        plain: the id of the cluster whose topics the engine calls by their own names alone; the
            topics of the others have the cluster's id before them. "" = the first, None = no one.
        others: the other environments of the organization, which statements here cannot read.
        has_registry: whether the environment has a Schema Registry, where schemas can be kept.
    """

    organization_id: str
    environment_id: str
    environment_name: str
    databases: tuple[tuple[str, str], ...]
    plain: str | None = ""
    others: tuple[Place, ...] = ()
    has_registry: bool = True

    def prefix(self, database: str) -> str | None:
        """Return what stands before the topics of a database; None where there is none."""
        for number, (identity, name) in enumerate(self.databases):
            if name == database:
                plain = self.plain == identity or (self.plain == "" and number == 0)
                return "" if plain else f"{identity}/"
        return None

    @property
    def catalogs(self) -> tuple[Place, ...]:
        """Every environment, this one first."""
        return (self, *self.others)


@dataclass(frozen=True)
class TopicInfo:
    """A topic; `configs` holds what was set, not the defaults."""

    name: str
    partitions: int
    configs: Mapping[str, str] = field(default_factory=dict)


class Topics(Protocol):
    """What the catalog asks of the broker."""

    def partitions_of(self, name: str) -> int:
        """Return the partitions of one topic, 0 where there is none."""
        ...

    def topics(self) -> dict[str, int]:
        """Return the partitions of every topic."""
        ...
