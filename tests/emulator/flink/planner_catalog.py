"""A catalog in memory for the planner's tests, and DuckDB tables that stand for its sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import duckdb
import pytest

from runthrough.emulator.flink.catalog import (
    Column,
    InformationView,
    Mode,
    Model,
    Session,
    Table,
    View,
)
from runthrough.emulator.flink.functions import udfs
from runthrough.emulator.flink.parse.dialect import tokenize
from runthrough.emulator.flink.parse.type_names import TypeReader
from runthrough.emulator.flink.plan import (
    AlterTable,
    AlterView,
    Command,
    CreateTable,
    CreateView,
    Insert,
    ModelStage,
    Query,
    Select,
    SqlError,
)
from runthrough.emulator.flink.planner import plan
from runthrough.emulator.flink.running.information_schema import Inventory, information_view
from runthrough.emulator.flink.types import FlinkType, duckdb_type

CATALOG, DATABASE = "workshop", "cluster"
SESSION = Session(catalog=CATALOG, database=DATABASE)
SNAPSHOT = replace(SESSION, snapshot=True)


def flink_type(text: str) -> FlinkType:
    """Return a type from its SQL text."""
    return TypeReader(tokenize(text), text).type()


def columns(text: str) -> tuple[Column, ...]:
    """Return columns from `a INT, b STRING NOT NULL` (no commas inside types)."""
    pairs = (part.strip().split(" ", 1) for part in text.split(";"))
    return tuple(Column(name, flink_type(written)) for name, written in pairs)


def table(name: str, written: str, mode: Mode = "append", key: Sequence[str] = ()) -> Table:
    """Return a table of the test's database; columns separated by semicolons."""
    return Table(
        (CATALOG, DATABASE, name),
        columns(written),
        mode=mode,
        primary_key=tuple(key),
        distributed_by=tuple(key),
    )


@dataclass
class MemoryCatalog:
    """Tables and models by name; ids of catalog and database are `env-1` and `lkc-1`."""

    known: dict[str, Table] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    connections: set[str] = field(default_factory=set)
    views: dict[str, View] = field(default_factory=dict)

    def context(self, session: Session) -> tuple[str, str]:
        names = {"env-1": CATALOG, "lkc-1": DATABASE}
        catalog, database = session.catalog or "", session.database or ""
        return names.get(catalog, catalog), names.get(database, database)

    def _name(self, parts: tuple[str, ...], session: Session) -> str | None:
        if len(parts) == 3:
            session = replace(session, catalog=parts[0])
        if len(parts) >= 2:
            session = replace(session, database=parts[-2])
        return parts[-1] if self.context(session) == (CATALOG, DATABASE) else None

    def table(self, parts: tuple[str, ...], session: Session) -> Table | None:
        return self.known.get(self._name(parts, session) or "")

    def tables(self, session: Session) -> tuple[str, ...]:
        return tuple(sorted({*self.known, *self.views}))

    def view(self, parts: tuple[str, ...], session: Session) -> View | None:
        return self.views.get(self._name(parts, session) or "")

    def information(self, name: str, session: Session) -> InformationView | None:
        if self.context(session)[0] != CATALOG:
            return None
        known = tuple(self.known[key] for key in sorted(self.known))
        views = tuple(self.views[key] for key in sorted(self.views))
        inventory = Inventory(("env-1", CATALOG), (("lkc-1", DATABASE),), known, views)
        return information_view(inventory, name)

    def model(self, parts: tuple[str, ...], session: Session) -> Model | None:
        return self.models.get(self._name(parts, session) or "")

    def has_connection(self, name: str, session: Session) -> bool:
        return name in self.connections

    def add(self, *tables: Table) -> MemoryCatalog:
        for one in tables:
            self.known[one.name] = one
        return self

    def run(self, sql: str, session: Session = SESSION) -> Command:
        """Plan a statement and remember the table or view it makes or changes."""
        command = plan(sql, session, self)
        if isinstance(command, CreateTable | AlterTable):
            self.known[command.table.name] = command.table
        if isinstance(command, AlterView):
            del self.views[command.before.name]
        if isinstance(command, CreateView | AlterView):
            self.views[command.view.name] = command.view
        return command


def query_of(catalog: MemoryCatalog, sql: str, session: Session = SESSION) -> Query:
    """Return the query of a statement that has one."""
    command = plan(sql, session, catalog)
    if isinstance(command, Select | Insert):
        return command.query
    assert isinstance(command, CreateTable)
    assert command.query is not None
    return command.query


Rows = Sequence[Sequence[Any]]

ENDED = 2**63 - 1
"""The watermark of an input that has ended."""


@dataclass(frozen=True)
class Time:
    """When a row came: its `$rowtime` and the watermark before it, both in ms since 1970.

    Attributes:
        number: of its arrival over all tables; by default as the tables' rows follow one another.
        taken: the watermark before the record that took it back; None if it is still there.
    """

    rowtime: int
    watermark: int | None = None
    number: int = 0
    taken: int | None = None


def execute(
    query: Query,
    data: Mapping[str, Rows],
    *,
    zone: str = "UTC",
    answers: Mapping[tuple[Any, ...], tuple[Any, ...]] | None = None,
    times: Mapping[str, Sequence[Time]] | None = None,
    watermarks: Mapping[str, int | None] | None = None,
) -> list[tuple[Any, ...]]:
    """Carry out a planned query in DuckDB over rows of its tables.

    Args:
        query: the plan.
        data: rows by table name, in the order of arrival; physical columns only.
        zone: DuckDB's time zone, which must not matter.
        answers: what models answer to their arguments; by default 'answer to <first>'.
        times: the rows' times, by table name; by default one second after another.
        watermarks: the tables' watermarks now, in ms; the input has ended by default, and then
            nothing is known of what watermark came after the last row.
    """
    with _database().cursor() as connection:
        connection.execute(f"SET TimeZone = '{zone}'")
        _fill(connection, query, data, times or {}, watermarks)
        for stage in query.stages:
            if isinstance(stage, ModelStage):
                _call(connection, stage, answers or {})
            else:
                connection.execute(f'CREATE TEMP TABLE "{stage.relation}" AS {stage.sql}')
        found = connection.execute(f'SELECT * FROM "{query.stages[-1].relation}"')
        rows = found.fetchall()
        assert len(found.description or ()) == len(query.columns) + len(query.identity)
    return [tuple(row[: len(query.columns)]) for row in rows]


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """Return a database with Flink's functions; each query has temporary tables of its own.

    To make one takes longer than most queries.
    """
    connection = duckdb.connect()
    udfs.register(connection)
    return connection


def _fill(
    connection: duckdb.DuckDBPyConnection,
    query: Query,
    data: Mapping[str, Rows],
    times: Mapping[str, Sequence[Time]],
    watermarks: Mapping[str, int | None] | None,
) -> None:
    """Make the relations of a query's sources; arguments as of `execute`."""
    number = 0
    for source in query.sources:
        made = ", ".join(f'"{c.name}" {duckdb_type(c.type)}' for c in source.table.columns)
        connection.execute(
            f'CREATE TEMP TABLE "{source.relation}_history" ({made}, '
            '"$rowtime" TIMESTAMP WITH TIME ZONE, "__seq" BIGINT, "__wm" BIGINT, "__taken" BIGINT)'
        )
        connection.execute(
            f'CREATE TEMP VIEW "{source.relation}" AS SELECT * EXCLUDE ("__taken") FROM '
            f'"{source.relation}_history" WHERE "__taken" IS NULL'
        )
        name = source.table.name
        now = ENDED if watermarks is None else watermarks.get(name)
        seen = None if now == ENDED else now
        for kind, mark in (("wm", now), ("seen", seen)):
            variable = f'"{kind}_{source.relation}"'
            connection.execute(f"SET VARIABLE {variable} = CAST(? AS BIGINT)", [mark])
        for place, row in enumerate(data.get(name, ())):
            number += 1
            time = times[name][place] if name in times else Time(number * 1000)
            marks = ", ".join("?" for _ in row)
            connection.execute(
                f'INSERT INTO "{source.relation}_history" VALUES ({marks}, '
                f"make_timestamptz(?), ?, CAST(? AS BIGINT), CAST(? AS BIGINT))",
                [*row, time.rowtime * 1000, time.number or number, time.watermark, time.taken],
            )


def _call(
    connection: duckdb.DuckDBPyConnection,
    stage: ModelStage,
    answers: Mapping[tuple[Any, ...], tuple[Any, ...]],
) -> None:
    arguments = ", ".join(f'"{name}"' for name in stage.arguments)
    asked = connection.execute(f'SELECT {arguments} FROM "{stage.source}"').fetchall()
    outputs = ", ".join(f'CAST(NULL AS VARCHAR) AS "{name}"' for name in stage.outputs)
    connection.execute(
        f'CREATE TEMP TABLE "{stage.relation}" AS SELECT *, {outputs} FROM "{stage.source}"'
    )
    for place, question in enumerate(asked):
        answer = answers.get(question, tuple(f"answer to {question[0]}" for _ in stage.outputs))
        for name, value in zip(stage.outputs, answer, strict=True):
            connection.execute(
                f'UPDATE "{stage.relation}" SET "{name}" = ? WHERE rowid = ?', [value, place]
            )


def rows_of(
    catalog: MemoryCatalog,
    sql: str,
    data: Mapping[str, Rows],
    session: Session = SESSION,
    *,
    times: Mapping[str, Sequence[Time]] | None = None,
    watermarks: Mapping[str, int | None] | None = None,
) -> list[tuple[Any, ...]]:
    """Plan a statement and carry out its query; `times` and `watermarks` as in `execute`."""
    return execute(query_of(catalog, sql, session), data, times=times, watermarks=watermarks)


def value_of(expression: str, session: Session = SESSION) -> Any:
    """Return the value of an expression without columns."""
    found = rows_of(MemoryCatalog(), f"SELECT {expression}", {}, session)
    return found[0][0]


def type_of(expression: str, session: Session = SESSION) -> FlinkType:
    """Return the type of an expression without columns."""
    return query_of(MemoryCatalog(), f"SELECT {expression}", session).columns[0].type


def bedrock_model(name: str, output: str = "answer") -> Model:
    """Return a model of one text in and one text out."""
    return Model(
        (CATALOG, DATABASE, name),
        columns("prompt STRING"),
        columns(f"{output} STRING"),
        {"provider": "bedrock", "task": "text_generation"},
    )


def created(catalog: MemoryCatalog, sql: str) -> Table:
    """Return the table that a CREATE TABLE makes."""
    command = plan(sql, SESSION, catalog)
    assert isinstance(command, CreateTable)
    return command.table


def refusal(catalog: MemoryCatalog, sql: str, session: Session = SESSION) -> str:
    """Return why a statement is refused when it is planned."""
    with pytest.raises(SqlError) as caught:
        plan(sql, session, catalog)
    return str(caught.value)
