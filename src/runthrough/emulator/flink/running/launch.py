"""From a planned query to a job that runs: its sink, its sources' extents, its models' callers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from runthrough.emulator.broker import Broker
from runthrough.emulator.flink.catalog import Session, Table
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.generating.rows import is_generated
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import Query, SqlError, StatementSet
from runthrough.emulator.flink.running.callers import Surroundings, callers_of
from runthrough.emulator.flink.running.connections import ConnectionStore
from runthrough.emulator.flink.running.documents import Documents
from runthrough.emulator.flink.running.error_log import (
    TARGET,
    ErrorLog,
    check_target,
    logs_errors,
    target_of,
)
from runthrough.emulator.flink.running.evaluation import Evaluation
from runthrough.emulator.flink.running.execution import Execution
from runthrough.emulator.flink.running.extents import Extent, Extents
from runthrough.emulator.flink.running.gate import Gate
from runthrough.emulator.flink.running.generated import Generated
from runthrough.emulator.flink.running.jobs import Job, Owner
from runthrough.emulator.flink.running.models import ModelProvider
from runthrough.emulator.flink.running.pausing import Pausing
from runthrough.emulator.flink.running.scheduler import Scheduler
from runthrough.emulator.flink.running.sinks import ResultSink, Sink, TopicSink, sink_key
from runthrough.emulator.flink.running.source_time import TimeSettings
from runthrough.emulator.flink.running.statement_sets import Parts
from runthrough.emulator.flink.running.store import Store
from runthrough.emulator.flink.running.watermarks import (
    IDLE_TIMEOUT,
    WatermarkSettings,
    idle_timeout,
)


@dataclass(frozen=True)
class Services:
    """What queries call besides the topics: connections, documents of search tables, models."""

    connections: ConnectionStore
    documents: Documents
    provider: ModelProvider


class Launcher:
    """Makes the jobs of queries and hands them to the scheduler."""

    def __init__(
        self,
        broker: Broker,
        schemas: SchemaStore,
        store: Store,
        services: Services,
        *,
        clock: Callable[[], datetime],
        watermarks: WatermarkSettings,
        offsets_of: Callable[[str], Mapping[str, Mapping[int, int]]],
        table_of: Callable[[tuple[str, str, str]], Table | None],
    ) -> None:
        """Put a launcher together.

        For `offsets_of` see `Extents`; `table_of` looks a table up by its path.
        """
        self._table_of = table_of
        self.scheduler = Scheduler()
        self._broker, self._schemas, self._store = broker, schemas, store
        self._services, self._clock, self._watermarks = services, clock, watermarks
        self.pausing = Pausing(self.scheduler)
        self.gate = Gate()
        self._extents = Extents(store, lambda topic: broker.catch_up([topic]), offsets_of)

    def select(self, execution: Execution, query: Query, session: Session) -> None:
        """Start a query whose rows go to the client. Raises SqlError, ModelError if it cannot."""
        sink = ResultSink(execution, query.columns, session.time_zone)
        self._start(execution, self._job(execution, execution, query, sink, session))

    def write(self, execution: Execution, query: Query, table: Table, session: Session) -> None:
        """Start a query that writes to a table. Raises as `select`."""
        self._start(execution, self._writer(execution, execution, query, table, session))

    def write_all(self, execution: Execution, command: StatementSet, session: Session) -> None:
        """Start the inserts of a statement set. Raises as `select`."""
        parts = Parts(execution, len(command.inserts))
        jobs = []
        for part, insert in zip(parts.all(), command.inserts, strict=True):
            job = self._writer(execution, part, insert.query, insert.table, session)
            part.on_end(partial(self.scheduler.remove, job))
            jobs.append(job)
        self._start(execution, *jobs)

    def _writer(
        self, execution: Execution, owner: Owner, query: Query, table: Table, session: Session
    ) -> Job:
        sink = TopicSink(table, query.columns, self._broker, self._schemas, self._store)
        key = sink_key(table, query.columns)
        return self._job(execution, owner, query, sink, session, key)

    def _start(self, execution: Execution, *jobs: Job) -> None:
        if execution.traits is not None:
            bounded = all(job.ends for job in jobs)
            execution.traits = replace(execution.traits, is_bounded=bounded)
        self.pausing.begin(execution, jobs)

    def _job(
        self,
        execution: Execution,
        owner: Owner,
        query: Query,
        sink: Sink,
        session: Session,
        key: tuple[int, ...] | None = None,
    ) -> Job:
        """Return the job of a query. Raises SqlError, ModelError if it cannot run."""
        execution.warnings = tuple(dict.fromkeys((*execution.warnings, *query.warnings)))
        around = Surroundings(
            self._services.connections,
            self._services.documents,
            self._services.provider,
            execution.meter,
            execution.stopping,
        )
        callers, used = callers_of(query, around)
        known = execution.traits.connection_refs if execution.traits else ()
        execution.use_connections(tuple(dict.fromkeys((*known, *used))))
        made = None
        if any(is_generated(source.table) for source in query.sources):
            made = Generated(query, self._store, self._clock)
            query = made.query
        extents = {
            s.relation: Extent()
            if made is not None and made.holds(s.table.topic)
            else self._extents.of(s.table, session)
            for s in query.sources
        }
        ended = frozenset(n for n, extent in extents.items() if extent.upto is not None)
        once = session.snapshot or (query.bounded and query.limit is None)
        if query.sources and len(ended) == len(extents):
            once = True
        if made is not None and made.bounded:
            # What only filters and projects gives its rows as they come.
            once = session.snapshot or not query.stateless
        elif made is not None and session.snapshot:
            raise not_emulated("a snapshot of a faker table without 'number-of-rows'")
        evaluation = Evaluation(
            query,
            self._store,
            callers,
            extents=extents,
            time_zone=session.time_zone,
            time=TimeSettings(
                self._clock,
                self._watermarks,
                idle_timeout(session.properties.get(IDLE_TIMEOUT)),
                batch=session.snapshot,
                ended=frozenset(extents) if once else ended,
            ),
            key=key,
        )
        return Job(
            owner,
            query,
            evaluation,
            sink,
            store=self._store,
            broker=self._broker,
            gate=self.gate,
            once=once,
            made=made,
            logs=self._error_logs(execution, query, extents),
        )

    def _error_logs(
        self, execution: Execution, query: Query, extents: Mapping[str, Extent]
    ) -> dict[str, ErrorLog]:
        """Return who writes what cannot be read of each source that asks for it.

        Raises:
            SqlError: the table to be written to is gone, or has become another one.
        """
        logs = {}
        for source in query.sources:
            if not logs_errors(source.table):
                continue
            name = target_of(source.table)
            target = self._table_of((*source.table.path[:2], name))
            if target is None:
                raise SqlError(f"The table '{name}' of '{TARGET}' does not exist.")
            check_target(target)
            sink = TopicSink(target, target.columns, self._broker, self._schemas, self._store)
            logs[source.relation] = ErrorLog(
                execution.name,
                source.table,
                sink,
                store=self._store,
                clock=self._clock,
                after=extents[source.relation].after,
            )
        return logs
