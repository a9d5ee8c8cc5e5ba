"""The engine: takes statements, carries them out, keeps the running ones going.

SQL → planner → command ─┬─ DDL, SHOW, DESCRIBE: done within `submit`
└─ queries: a job of the scheduler, fed by the broker's ingestion
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

from runthrough.emulator.broker import Broker, Record
from runthrough.emulator.broker.group import split as split_topic
from runthrough.emulator.flink import planner
from runthrough.emulator.flink.catalog import Catalog, Session, Table
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.materialized import AlterMaterialized, CreateMaterialized
from runthrough.emulator.flink.plan import (
    AlterConnection,
    AlterModel,
    AlterTable,
    AlterView,
    Command,
    CreateConnection,
    CreateModel,
    CreateTable,
    CreateView,
    Describe,
    Drop,
    Explain,
    Insert,
    Select,
    Show,
    SqlError,
    StatementSet,
)
from runthrough.emulator.flink.properties import DRY_RUN
from runthrough.emulator.flink.running import show
from runthrough.emulator.flink.running.connections import Connection, ConnectionStore, mask_secrets
from runthrough.emulator.flink.running.ddl import Ddl
from runthrough.emulator.flink.running.documents import Documents, DocumentStore
from runthrough.emulator.flink.running.execution import (
    Execution,
    ResultPage,
    StatementException,
    Traits,
)
from runthrough.emulator.flink.running.feeds import Feed, Feeds
from runthrough.emulator.flink.running.job_traits import job_traits, select_traits
from runthrough.emulator.flink.running.launch import Launcher, Services
from runthrough.emulator.flink.running.materialized import MaterializedTables
from runthrough.emulator.flink.running.models import ModelError, ModelProvider
from runthrough.emulator.flink.running.objects import Objects
from runthrough.emulator.flink.running.place import Place, TopicInfo
from runthrough.emulator.flink.running.store import Store
from runthrough.emulator.flink.running.watermarks import CONFLUENTS_WATERMARKS, WatermarkSettings
from runthrough.errors import EmulatorError

log = logging.getLogger(__name__)

_TABLE_EXCEPTION = "org.apache.flink.table.api.TableException"

__all__ = [
    "Connection",
    "Engine",
    "Execution",
    "Place",
    "ResultPage",
    "StatementException",
    "TopicInfo",
    "Traits",
]


class Plan(Protocol):
    """The planner: SQL text to a command. Raises SqlError with Flink's text."""

    def __call__(self, sql: str, session: Session, catalog: Catalog) -> Command:
        """Plan one statement."""
        ...


class Engine:
    """Flink SQL over the topics of one broker."""

    def __init__(
        self,
        place: Place | Callable[[], Place],
        *,
        broker: Broker,
        schemas: SchemaStore,
        provider: ModelProvider,
        clock: Callable[[], datetime],
        plan: Plan = planner.plan,
        watermarks: WatermarkSettings = CONFLUENTS_WATERMARKS,
        documents: Documents | None = None,
    ) -> None:
        """Put an engine together.

        Args:
            place: the environment and its clusters, or what tells them as they are now.
            broker: a started broker, nobody's subscriber yet.
            schemas: the Schema Registry's state.
            provider: who answers model calls.
            clock: where the engine asks for the time.
            plan: the planner, which tests may replace.
            watermarks: of the default strategy and of idle partitions.
            documents: what external tables hold; its own store if None.
        """
        self._broker, self._clock = broker, clock
        self._plan = plan
        self.connections = ConnectionStore(clock)
        self.documents: Documents = documents or DocumentStore()
        self._objects = Objects(place, broker, schemas, self.connections)
        self._feeds = Feeds()
        self._ddl = Ddl(self._objects, broker, schemas, self._feeds)
        self._store = Store(schemas, lambda topic: self._scheduler.notify([topic]))
        self._launcher = Launcher(
            broker,
            schemas,
            self._store,
            Services(self.connections, self.documents, provider),
            clock=clock,
            watermarks=watermarks,
            offsets_of=self._offsets_of,
            table_of=self._objects.table_at,
        )
        self._scheduler = self._launcher.scheduler
        self.materialized = MaterializedTables(self._ddl, self._launcher, clock, self._release)
        self._executions: dict[str, Execution] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to read the topics and to work."""
        self._scheduler.start()
        self._broker.subscribe(self._take)

    def close(self) -> None:
        """Stop every statement and end the threads; the broker is its owner's to close."""
        for execution in self.executions():
            execution.stop()
        self.materialized.close()
        self._scheduler.close()
        # The broker may still hand on records: they go into a log nobody reads.
        self._store.close()

    def _take(self, records: Sequence[Record]) -> None:
        self._store.append(records)
        self._scheduler.notify({record.topic for record in records})

    def database_id(self, path: tuple[str, str, str]) -> str:
        """Return the id of the database that an object's path names."""
        return self._objects.id_of(path)[1]

    # --- topics --------------------------------------------------------------------------------

    def topics(self) -> tuple[TopicInfo, ...]:
        """Return every topic, by name."""
        return self._objects.topics()

    def create_topic(
        self, name: str, *, partitions: int = 6, configs: Mapping[str, str] | None = None
    ) -> None:
        """Create a topic. Raises EmulatorError if it exists or the name is refused."""
        self._broker.create_topic(name, partitions)
        self._objects.configure(name, configs or {})

    def delete_topic(self, name: str) -> None:
        """Delete a topic and its table; statements on it fail. Raises EmulatorError if absent."""
        with self._ddl.turns.of(name):
            self._broker.delete_topic(name)
            self._objects.forget(name)
            self._release(name)
        self.materialized.forget(name)

    def drop_database(self, database: str, prefix: str) -> None:
        """Forget a cluster that is gone, by its display name and the prefix of its topics."""
        for topic in self.topics():
            if split_topic(topic.name)[0] == prefix:
                self._release(topic.name)
        self._objects.forget_database(database, prefix)

    def rename_database(self, old: str, new: str) -> None:
        """Know a cluster by another display name."""
        self._objects.rename_database(old, new)

    def alter_topic(self, name: str, changes: Mapping[str, str | None]) -> None:
        """Change settings of a topic and the options its table has for them; None = default."""
        self._objects.alter_settings(name, changes)

    def records(self, topic: str) -> tuple[Record, ...]:
        """Return every record of a topic, also those the broker keeps no more."""
        self._broker.catch_up([topic])
        return self._store.records(topic)

    def table(self, topic: str) -> Table:
        """Return a topic's table. Raises SqlError: there is none, or its schema is not read."""
        table = self._table(topic)
        if table is None:
            raise SqlError(f"There is no topic '{topic}'.")
        return table

    def _table(self, topic: str) -> Table | None:
        path = self._objects.path_of(topic)
        return None if path is None else self._objects.table(path, Session())

    def feed(self, topic: str, *, reader: str) -> Feed:
        """Open a feed of a topic's table for a reader outside Flink, who closes it.

        Args:
            topic: its name.
            reader: who reads, in words: its table's mode cannot change meanwhile.
        """
        look_up = partial(self._table, topic)
        return self._feeds.open(topic, reader, look_up, store=self._store, gate=self._launcher.gate)

    def _release(self, topic: str) -> None:
        """Fail the statements on a topic that is gone (facts/flink-sql-ai.md 1.6), drop its log."""
        name = split_topic(topic)[1]
        reason = f"The table '{name}' was dropped while the statement was using it."
        self._feeds.drop(topic)
        for job in self._scheduler.jobs():
            if topic in (*job.topics, job.sink.topic):
                job.execution.fail(reason, _TABLE_EXCEPTION)
        self._launcher.pausing.lose(topic, reason, _TABLE_EXCEPTION)
        self._store.forget(topic)

    # --- statements ----------------------------------------------------------------------------

    def submit(self, name: str, sql: str, session: Session) -> Execution:
        """Take a statement. DDL and SHOW are done on return; for the rest use `wait`.

        A statement that cannot be planned is FAILED, with Flink's text as its detail.

        Raises:
            EmulatorError: a statement of that name has not ended yet.
        """
        pool = session.compute_pool_id
        execution = Execution(name, mask_secrets(sql), self._clock, compute_pool_id=pool)
        with self._lock:
            known = self._executions.get(name)
            if known is not None and not known.ended:
                raise EmulatorError(f"statement {name!r} exists already")
            self._executions[name] = execution
        try:
            command = self._plan(sql, session, self._objects)
            session = planner.effective_session(sql, session)
            if session.properties.get(DRY_RUN) == "true":
                self._dry_run(execution, command, session)
            else:
                self._carry_out(execution, command, session)
        except (SqlError, ModelError, EmulatorError) as e:
            execution.fail(str(e))
        except Exception as e:
            log.exception("statement %s: a fault of the emulator", name)
            execution.fail(
                f"A fault of the emulator: {type(e).__name__}: {e}. The live target is not "
                "affected."
            )
        return execution

    def job_traits(self, sql: str, session: Session) -> Traits | None:
        """Return the traits of a statement that would run as a job; None: it would not, or fail."""
        try:
            return job_traits(self._plan(sql, session, self._objects), session)
        except (SqlError, ModelError, EmulatorError):
            return None

    def define(self, sql: str, session: Session) -> None:
        """Carry out a definition that no statement asks for. Raises SqlError, ModelError."""
        command = self._plan(sql, session, self._objects)
        self._carry_out(Execution("", mask_secrets(sql), self._clock), command, session)

    def delete(self, name: str) -> None:
        """Stop and forget a statement. Raises EmulatorError if there is none."""
        with self._lock:
            execution = self._executions.pop(name, None)
        if execution is None:
            raise EmulatorError(f"statement {name!r} does not exist")
        execution.stop()
        self._launcher.pausing.forget(name)

    def resume(self, execution: Execution, *, failing: str | None = None) -> None:
        """Let a stopped statement go on where it was, or have it fail over `failing`.

        Raises:
            EmulatorError: it is not stopped, or of a kind that cannot be resumed.
        """
        self._launcher.pausing.resume(execution, failing=failing)

    def executions(self) -> tuple[Execution, ...]:
        """Return the statements, in the order of submission."""
        with self._lock:
            return tuple(self._executions.values())

    def _dry_run(self, execution: Execution, command: Command, session: Session) -> None:
        """Do what changes nothing: a plan was made, and its traits are known."""
        match command:
            case Show() | Describe() | Explain():
                self._carry_out(execution, command, session)
            case Select():
                execution.traits = select_traits(command, session)
                execution.complete()
            case _:
                execution.traits = Traits(command.sql_kind)
                execution.complete()

    def _carry_out(self, execution: Execution, command: Command, session: Session) -> None:
        execution.traits = Traits(command.sql_kind)
        match command:
            case Select():
                execution.traits = select_traits(command, session)
                self._launcher.select(execution, command.query, session)
            case Insert():
                self._launcher.write(execution, command.query, command.table, session)
            case StatementSet():
                self._launcher.write_all(execution, command, session)
            case CreateTable():
                command = replace(command, table=self._objects.placed(command.table))
                detail, made = self._ddl.create_table(command)
                if made and command.query is not None:
                    self._launcher.write(execution, command.query, command.table, session)
                else:
                    execution.complete(detail)
            case CreateMaterialized():
                command = replace(command, table=self._objects.placed(command.table))
                execution.complete(self.materialized.create(command, session))
            case AlterMaterialized():
                execution.complete(self.materialized.alter(command, session))
            case Drop(object="MATERIALIZED TABLE"):
                execution.complete(self.materialized.drop(command))
            case AlterTable():
                execution.complete(self._ddl.alter_table(command))
            case CreateView():
                execution.complete(self._ddl.create_view(command))
            case AlterView():
                execution.complete(self._ddl.alter_view(command))
            case AlterConnection():
                execution.complete(self._ddl.alter_connection(command))
            case AlterModel():
                execution.complete(self._ddl.alter_model(command))
            case CreateConnection():
                execution.complete(self._ddl.create_connection(command))
            case CreateModel():
                detail = self._ddl.create_model(command)
                connection = command.model.options.get(_connection_option(command.model.options))
                execution.use_connections([connection] if connection else [])
                execution.complete(detail)
            case Drop():
                with self._ddl.turn(command.path):
                    detail = self._ddl.drop(command)
                    if command.object == "TABLE" and command.exists:
                        self._release(self._objects.topic_of(command.path) or command.path[2])
                execution.complete(detail)
            case Show():
                jobs = self._jobs() if command.object == "JOBS" else []  # there may be thousands
                listing = show.show(command, self._objects, session, jobs)
                self._list(execution, listing)
            case Describe():
                self._list(execution, show.describe(command, self._objects))
            case Explain():
                self._list(execution, show.explain(command))

    def _jobs(self) -> list[show.Job]:
        return [
            show.Job(e.name, e.phase, e.sql, e.compute_pool_id, e.created_at.isoformat(), e.detail)
            for e in self.executions()
        ]

    def _list(self, execution: Execution, listing: show.Listing) -> None:
        kind = execution.traits.sql_kind if execution.traits else ""
        execution.traits = Traits(kind, columns=listing.columns)
        execution.add_rows([(0, list(row)) for row in listing.rows])
        execution.complete()

    def _offsets_of(self, name: str) -> Mapping[str, Mapping[int, int]]:
        """Return what a statement has read so far (`sql.tables.initial-offset-from`)."""
        if (of_table := self.materialized.offsets_of(name)) is not None:
            return of_table
        with self._lock:
            older = self._executions.get(name)
        if older is None:
            raise SqlError(
                f"Statement '{name}' of 'sql.tables.initial-offset-from' does not exist."
            )
        return older.offsets


def _connection_option(options: Mapping[str, str]) -> str:
    return f"{options.get('provider', '').lower()}.connection"
