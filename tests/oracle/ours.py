"""Our side: the emulator's planner and engine, over the topics of the comparison's tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from runthrough.emulator.broker import Broker
from runthrough.emulator.flink import planner
from runthrough.emulator.flink.catalog import Catalog, Column, Session, Table
from runthrough.emulator.flink.engine import Engine, Place
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.plan import Command, CreateTable, Query, Select, SqlError
from runthrough.emulator.flink.running.changes import Change
from runthrough.emulator.flink.running.models import ModelReply, ModelRequest
from runthrough.emulator.flink.running.sinks import TopicSink
from runthrough.emulator.flink.types import summary
from tests.emulator.flink.planner_catalog import CATALOG, DATABASE, flink_type
from tests.oracle.world import OPS, WorldTable

PLACE = Place("org-1", "env-1", CATALOG, (("lkc-1", DATABASE),))
BOUNDED = Session("env-1", "lkc-1", properties={"sql.tables.scan.bounded.mode": "latest-offset"})
"""A stream whose inputs end with what is there, as the referee's do."""


@dataclass(frozen=True)
class Outcome:
    """What our planner and engine say of a statement.

    Attributes:
        error: why it is refused; `failure`: why it ended FAILED although it was planned.
    """

    columns: tuple[tuple[str, str], ...] = ()
    mode: frozenset[str] = frozenset()
    key: tuple[str, ...] | None = None
    rows: tuple[tuple[str, list[Any]], ...] | None = None
    error: str | None = None
    failure: str | None = None
    query: Query | None = None


class _NoProvider:
    """Nothing here calls a model."""

    def invoke(self, request: ModelRequest) -> ModelReply:
        raise AssertionError(f"no model is there to answer {request}")


class Ours:
    """One engine with the comparison's tables, filled."""

    def __init__(self, tables: Sequence[WorldTable]) -> None:
        self._made: dict[str, Table] = {}
        self._catalog: Catalog | None = None
        self._broker, schemas = Broker(), SchemaStore()
        self._broker.start()
        self._engine = Engine(
            PLACE,
            broker=self._broker,
            schemas=schemas,
            provider=_NoProvider(),
            clock=lambda: datetime.now(UTC),
            plan=self._plan,
        )
        self._engine.start()
        self._count = 0
        sinks = []
        for made in tables:
            table = as_table(made)
            self._made[table.name] = table
            self._submit(f"create {table.name}")
            store = self._engine._store
            sinks.append(TopicSink(table, table.columns, self._broker, schemas, store))
        # The rows arrive in turns, as the referee's do.
        for rows in zip_longest(*(made.rows for made in tables)):
            for sink, change in zip(sinks, rows, strict=True):
                if change is not None:
                    sink.write([Change(OPS.index(change[0]), change[1])])

    def close(self) -> None:
        """Stop the engine and its broker."""
        self._engine.close()
        self._broker.close()

    def _plan(self, sql: str, session: Session, catalog: Catalog) -> Command:
        self._catalog = catalog
        kind, _, name = sql.partition(" ")
        if kind == "create" and name in self._made:
            return CreateTable(self._made[name])
        return planner.plan(sql, session, catalog)

    def _submit(self, sql: str) -> Any:
        self._count += 1
        execution = self._engine.submit(f"statement-{self._count}", sql, BOUNDED)
        execution.wait_for_end(30)
        if execution.phase not in ("COMPLETED", "FAILED"):
            execution.stop()
            raise AssertionError(f"it does not end: {sql}")
        return execution

    def plan(self, sql: str) -> Outcome:
        """Plan a query for the foreground."""
        assert self._catalog is not None
        try:
            command = planner.plan(sql, BOUNDED, self._catalog)
        except SqlError as e:
            return Outcome(error=str(e))
        assert isinstance(command, Select), sql
        query = command.query
        key = query.upsert_key
        return Outcome(
            columns=tuple((c.name, type_text(c)) for c in query.columns),
            mode=frozenset(query.changelog),
            key=None if key is None else tuple(query.columns[i].name for i in key),
            query=query,
        )

    def refusal(self, sql: str) -> str | None:
        """Return why a statement is refused when it is planned; None if it is not."""
        assert self._catalog is not None
        try:
            planner.plan(sql, BOUNDED, self._catalog)
        except SqlError as e:
            return str(e)
        return None

    def run(self, sql: str) -> Outcome:
        """Carry out a query to its end."""
        execution = self._submit(sql)
        if execution.phase == "FAILED":
            return Outcome(failure=execution.detail)
        rows = execution.results(0, 100_000).rows
        return Outcome(rows=tuple((OPS[op], values) for op, values in rows))


def type_text(column: Column) -> str:
    """Return a column's type as Flink writes it."""
    return summary(column.type)


def as_table(made: WorldTable) -> Table:
    """Return a table of the comparison as our catalog knows it: one bucket, its rows in order."""
    return Table(
        (CATALOG, DATABASE, made.name),
        tuple(Column(name, flink_type(text)) for name, text in made.columns),
        mode=made.mode,
        primary_key=made.pk,
        distributed_by=made.pk,
        buckets=1,
        watermark=made.watermark,
    )
