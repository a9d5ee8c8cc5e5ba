"""Tableflow: the topics it is enabled on, and their writers.

Source: facts/confluent-cloud-api.md 3.8. `write_mode` follows from the topic's cleanup policy and
its table's changelog mode (facts/workshop-labs.md B.5); no other combination is taken.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from runthrough.emulator.confluent.pace import Life, LifeCycle, Pace, Phase
from runthrough.emulator.confluent.planes import KafkaPlane
from runthrough.emulator.confluent.tableflow.bodies import (
    Config,
    ErrorHandling,
    FailureMode,
    Format,
    Managed,
    Storage,
)
from runthrough.emulator.confluent.tableflow.delta import DeltaWriter, Location
from runthrough.emulator.confluent.tableflow.storage import StorageError, Storages
from runthrough.emulator.confluent.tableflow.writer import TopicWriter
from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.running.feeds import Feed
from runthrough.emulator.world import Clock

STARTING = LifeCycle((Phase("PENDING", 1, timedelta(minutes=2)),), "RUNNING")
"""How long a topic is PENDING at least; "a few minutes" is all that is known (facts B.5)."""

EVERY_SECONDS: Mapping[Pace, float] = {"instant": 0.2, "realistic": 60.0}
"""Seconds between two commits: ours. The cloud takes 15 minutes (facts/workshop-labs.md B.5)."""

NO_ICEBERG = "not emulated: the emulator writes no Iceberg tables; the live target does"

WriteMode = Literal["APPEND", "UPSERT"]

DEFAULTS = Config(
    retention_ms="604800000",
    data_retention_ms="2592000000",
    record_failure_strategy="SUSPEND",
    error_handling=ErrorHandling(mode="SUSPEND"),
    enable_compaction=True,
    enable_partitioning=True,
    metadata_column_naming_scheme="DEFAULT",
)
"""Of the example in facts 3.9. The emulator compacts nothing, and deletes nothing by its age."""

TopicKey = tuple[str, str, str]
"""Environment, Kafka cluster, topic."""


class EnabledAlreadyError(Exception):
    """Tableflow is enabled on that topic."""


class NotEnabledError(Exception):
    """Tableflow is not enabled on that topic."""


class WrongModeError(Exception):
    """A table that Tableflow cannot write; the text says why."""


def write_mode_of(table: Table, cleanup: str) -> WriteMode:
    """Return how Tableflow writes a table.

    Args:
        table: as the catalog knows it.
        cleanup: its topic's `cleanup.policy`.

    Raises:
        WrongModeError: the combination is not one of those that Tableflow takes.
    """
    compacted = "compact" in cleanup
    if table.mode == "append" and not compacted:
        return "APPEND"
    if table.mode == "upsert" and compacted:
        return "UPSERT"
    raise WrongModeError(
        f"Tableflow takes no topic with 'changelog.mode' = '{table.mode}' and "
        f"'kafka.cleanup-policy' = '{cleanup.replace(',', '-')}': it takes append with delete, and "
        "upsert with compact or delete-compact"
    )


@dataclass(frozen=True)
class EnabledTopic:
    """One topic that Tableflow is enabled on.

    Attributes:
        feed: of its table, whose mode cannot change while there is one.
        location: where its Delta table lies, if one is written.
        obstacle: why none is written though one is asked for.
    """

    key: TopicKey
    storage: Storage
    formats: tuple[Format, ...]
    config: Config
    write_mode: WriteMode
    created: datetime
    updated: datetime
    life: Life = field(repr=False)
    feed: Feed = field(repr=False)
    writer: TopicWriter | None = field(default=None, repr=False)
    location: Location | None = None
    obstacle: str = ""

    @property
    def name(self) -> str:
        """The topic's name."""
        return self.key[2]

    @property
    def integration(self) -> str | None:
        """The id of the provider integration its storage is reached with."""
        return None if isinstance(self.storage, Managed) else self.storage.provider_integration_id

    @property
    def is_suspended(self) -> bool:
        """Whether its writer has stopped at an error."""
        return self.writer is not None and self.writer.is_suspended

    def failures(self) -> dict[Format, str]:
        """Return the formats that are not written, and why."""
        why: dict[Format, str] = {}
        if "ICEBERG" in self.formats:
            why["ICEBERG"] = NO_ICEBERG
        if "DELTA" in self.formats and (error := self.obstacle or self._error()):
            why["DELTA"] = error
        return why

    def look(self) -> str:
        """Return its phase; this look counts (`pace.py`)."""
        seen = self.life.look()
        if self.failures():
            return "FAILED"
        if self.writer is not None and not self.writer.is_running:
            return "PENDING"
        return seen

    def end(self) -> None:
        """Stop writing; the table may change again, and its files stay."""
        if self.writer is not None:
            self.writer.stop()
        self.feed.close()

    def _error(self) -> str:
        return self.writer.error if self.writer is not None else ""


class Tableflow:
    """The topics with Tableflow; thread-safe."""

    def __init__(self, storages: Storages, *, pace: Pace, clock: Clock) -> None:
        self._storages, self._pace, self._clock = storages, pace, clock
        self._topics: dict[TopicKey, EnabledTopic] = {}
        self._lock = threading.RLock()

    def enable(
        self,
        key: TopicKey,
        plane: KafkaPlane,
        *,
        storage: Storage,
        formats: tuple[Format, ...],
        config: Config,
        write_mode: WriteMode,
    ) -> EnabledTopic:
        """Enable Tableflow on a topic of a cluster. Raises EnabledAlreadyError."""
        now = self._clock()
        with self._lock:
            if key in self._topics:
                raise EnabledAlreadyError(key[2])
            made = EnabledTopic(
                key,
                storage,
                formats,
                merged(DEFAULTS, config),
                write_mode,
                now,
                now,
                Life(STARTING, self._pace, self._clock),
                plane.engine.feed(plane.prefix + key[2], reader="Tableflow"),
            )
            self._topics[key] = self._with_writer(made)
            return self._topics[key]

    def get(self, key: TopicKey) -> EnabledTopic:
        """Return one. Raises NotEnabledError."""
        with self._lock:
            if key not in self._topics:
                raise NotEnabledError(key[2])
            return self._topics[key]

    def of(self, environment: str, cluster: str) -> tuple[EnabledTopic, ...]:
        """Return those of a cluster, by name."""
        with self._lock:
            found = [t for t in self._topics.values() if t.key[:2] == (environment, cluster)]
        return tuple(sorted(found, key=lambda topic: topic.name))

    def all(self) -> tuple[EnabledTopic, ...]:
        """Return all of them."""
        with self._lock:
            return tuple(self._topics.values())

    def change(
        self,
        key: TopicKey,
        *,
        formats: tuple[Format, ...] | None,
        config: Config,
        resume: bool,
    ) -> EnabledTopic:
        """Change a topic's formats and settings; a suspended writer goes on where `resume` says.

        New settings resume it as well: that is how a reader gets past a record that cannot be
        written. Raises NotEnabledError.
        """
        with self._lock:
            known = self.get(key)
            changed = replace(
                known,
                formats=formats or known.formats,
                config=merged(known.config, config),
                updated=self._clock(),
            )
            if changed.writer is not None and "DELTA" not in changed.formats:
                changed.writer.stop()
                changed = replace(changed, writer=None, location=None)
            elif changed.writer is None:
                changed = self._with_writer(changed)
            elif resume or changed.config != known.config:
                changed.writer.resume(failure_mode(changed.config))
            self._topics[key] = changed
            return changed

    def disable(self, key: TopicKey) -> None:
        """Stop writing a topic; its table's files stay. Raises NotEnabledError."""
        with self._lock:
            gone = self.get(key)
            del self._topics[key]
        gone.end()

    def leave(self, environment: str, cluster: str) -> None:
        """Disable Tableflow on all topics of a cluster that is gone."""
        with self._lock:
            gone = self.of(environment, cluster)
            for topic in gone:
                del self._topics[topic.key]
        for topic in gone:
            topic.end()

    def close(self) -> None:
        """Stop all writers and forget the topics."""
        with self._lock:
            topics, self._topics = tuple(self._topics.values()), {}
        for topic in topics:
            topic.end()

    def _with_writer(self, topic: EnabledTopic) -> EnabledTopic:
        if "DELTA" not in topic.formats:
            return topic
        environment, cluster, name = topic.key
        try:
            location = self._storages.locate(
                topic.storage, environment=environment, cluster=cluster, topic=name
            )
        except StorageError as e:
            return replace(topic, obstacle=str(e))
        writer = TopicWriter(
            topic.feed,
            DeltaWriter(location),
            mode="upsert" if topic.write_mode == "UPSERT" else "append",
            on_bad_record=failure_mode(topic.config),
            every=EVERY_SECONDS[self._pace],
        )
        writer.start()
        return replace(topic, writer=writer, location=location, obstacle="")


def merged(known: Config, given: Config) -> Config:
    """Return settings with those that are given in the place of those that were known.

    `record_failure_strategy` is the older name of `error_handling`; the newer one wins.
    """
    changes = given.model_dump(exclude_none=True)
    if given.error_handling is not None:
        changes["error_handling"] = given.error_handling
    elif given.record_failure_strategy is not None:
        changes["error_handling"] = ErrorHandling(mode=given.record_failure_strategy)
    handling = changes.get("error_handling", known.error_handling)
    if handling is not None and handling.mode != "LOG":
        changes["record_failure_strategy"] = handling.mode
    return known.model_copy(update=changes)


def failure_mode(config: Config) -> FailureMode:
    """Return what settings say of a record that cannot be written."""
    skips = config.error_handling is not None and config.error_handling.mode == "SKIP"
    return "SKIP" if skips else "SUSPEND"
