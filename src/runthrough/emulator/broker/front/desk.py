"""Who creates, changes and deletes topics when an `AdminClient` asks the front to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from runthrough.errors import EmulatorError


class TopicError(IntEnum):
    """The error codes of the Kafka protocol that requests for topics are answered with."""

    UNKNOWN_TOPIC_OR_PARTITION = 3
    INVALID_TOPIC = 17
    TOPIC_ALREADY_EXISTS = 36
    INVALID_PARTITIONS = 37
    INVALID_REPLICATION_FACTOR = 38
    INVALID_CONFIG = 40
    INVALID_REQUEST = 42


class TopicRefused(EmulatorError):
    """A topic is not made, changed or deleted; the text is for the client."""

    def __init__(self, code: TopicError, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class TopicSetting:
    """A setting of a topic.

    Attributes:
        values: where it has a value (`DYNAMIC_TOPIC_CONFIG`, `DEFAULT_CONFIG`) and which, the one
            that counts first.
    """

    name: str
    values: tuple[tuple[str, str], ...]
    read_only: bool


@dataclass(frozen=True)
class Change:
    """A change of a setting; `operation` is SET or DELETE, or another that is refused."""

    name: str
    operation: str
    value: str | None


class TopicDesk(Protocol):
    """Carries out what an `AdminClient` asks for; everything may block and raise TopicRefused."""

    def create(
        self,
        name: str,
        *,
        partitions: int | None,
        replication: int | None,
        configs: Mapping[str, str],
        validate_only: bool,
    ) -> None:
        """Create a topic; None stands for the cluster's defaults."""

    def delete(self, name: str) -> None:
        """Delete a topic."""

    def grow(self, name: str, partitions: int, *, validate_only: bool) -> None:
        """Give a topic so many partitions."""

    def settings(self, name: str) -> Sequence[TopicSetting]:
        """Return the settings of a topic."""

    def alter(self, name: str, changes: list[Change], *, validate_only: bool) -> None:
        """Change settings of a topic: all of them, or none where one is refused."""
