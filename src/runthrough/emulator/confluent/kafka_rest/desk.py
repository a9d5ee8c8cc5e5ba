"""What an `AdminClient` does to topics, carried out by the code behind the routes of Kafka REST."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from runthrough.emulator.broker import Change, TopicError, TopicRefused, TopicSetting
from runthrough.emulator.confluent.http import Refusal
from runthrough.emulator.confluent.kafka_rest.configs import change, names_of, values_of
from runthrough.emulator.confluent.kafka_rest.parts import KafkaRefusal, find_topic
from runthrough.emulator.confluent.kafka_rest.settings import SETTINGS
from runthrough.emulator.confluent.kafka_rest.topics import drop_topic, grow_topic, make_topic
from runthrough.emulator.confluent.planes import KafkaPlane
from runthrough.errors import EmulatorError

T = TypeVar("T")


class ClusterTopics:
    """The topics of one Kafka cluster; a `broker.TopicDesk`."""

    def __init__(self, plane: KafkaPlane) -> None:
        self._plane = plane

    def create(
        self,
        name: str,
        *,
        partitions: int | None,
        replication: int | None,
        configs: Mapping[str, str],
        validate_only: bool,
    ) -> None:
        """Create a topic; see `make_topic`."""
        _told(
            lambda: make_topic(
                self._plane,
                name,
                partitions=partitions,
                replication=replication,
                configs=configs,
                validate_only=validate_only,
            )
        )

    def delete(self, name: str) -> None:
        """Delete a topic."""
        _told(lambda: drop_topic(self._plane, name))

    def grow(self, name: str, partitions: int, *, validate_only: bool) -> None:
        """Give a topic so many partitions; see `grow_topic`."""
        _told(lambda: grow_topic(self._plane, name, partitions, validate_only=validate_only))

    def settings(self, name: str) -> list[TopicSetting]:
        """Return the settings of a topic."""
        topic = _told(lambda: find_topic(self._plane, name))
        return [
            TopicSetting(
                key,
                tuple(values_of(topic, key)),
                read_only=key in SETTINGS and SETTINGS[key].fixed,
            )
            for key in names_of(topic)
        ]

    def alter(self, name: str, changes: list[Change], *, validate_only: bool) -> None:
        """Change settings of a topic: all of them, or none where one is refused."""

        def alter() -> None:
            topic = find_topic(self._plane, name)
            wanted = {one.name: change(one.name, one.operation, one.value) for one in changes}
            if not validate_only:
                self._plane.alter_topic(topic.name, wanted)

        _told(alter)


def _told(act: Callable[[], T]) -> T:
    """Do it. Raises TopicRefused where Kafka REST refuses it."""
    try:
        return act()
    except KafkaRefusal as e:
        raise TopicRefused(e.error, e.detail) from e
    except Refusal as e:
        raise TopicRefused(TopicError.INVALID_REQUEST, e.detail) from e
    except EmulatorError as e:
        raise TopicRefused(TopicError.INVALID_REQUEST, str(e)) from e
