"""Rows with times and watermarks in DuckDB, for queries that wait for watermarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from runthrough.emulator.flink.plan import ModelStage, OverStage, Query
from runthrough.emulator.flink.running.ordered import compute_stage
from runthrough.emulator.flink.types import duckdb_type
from tests.emulator.flink.planner_catalog import MemoryCatalog, query_of, table

ENDED = 9223372036854775807


@dataclass(frozen=True)
class Event:
    """A record of a table: its columns, its `$rowtime` in ms, whether it deletes its row."""

    row: tuple[Any, ...]
    time: int
    gone: bool = False


Watermarks = dict[str, int | None]


def catalog() -> MemoryCatalog:
    """Return a catalog: a, b append; u, w upsert by id; r retract."""
    return MemoryCatalog().add(
        table("a", "id INT NOT NULL; k STRING; v INT"),
        table("b", "id INT NOT NULL; k STRING; v INT"),
        table("u", "id INT NOT NULL; k STRING; v INT", "upsert", ["id"]),
        table("r", "id INT NOT NULL; k STRING; v INT", "retract"),
    )


def run(
    query: Query,
    arrivals: Sequence[tuple[str, Event]],
    *,
    delay: int = 0,
    ended: bool = False,
    now: Mapping[str, int | None] | None = None,
) -> list[tuple[Any, ...]]:
    """Carry out a query over what has arrived so far.

    Args:
        query: the plan.
        arrivals: table and record, in the order of arrival. A table's watermark follows the
            largest time it has seen, `delay` ms behind; each record knows the one before it.
        delay: in ms.
        ended: whether the inputs have ended.
        now: watermarks in place of those that follow from the records.
    """
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    marks: Watermarks = {}
    for source in query.sources:
        made = ", ".join(f'"{c.name}" {duckdb_type(c.type)}' for c in source.table.columns)
        gone = ', "__gone" BOOLEAN' if source.versions else ""
        connection.execute(
            f'CREATE TABLE "{source.relation}" ({made}, "$rowtime" TIMESTAMP WITH TIME ZONE, '
            f'"__seq" BIGINT, "__wm" BIGINT{gone})'
        )
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for number, (name, event) in enumerate(arrivals, start=1):
        before = marks.get(name)
        row = (*event.row, event.time * 1000, number, before, event.gone)
        rows.setdefault(name, []).append(row)
        reached = event.time - delay
        marks[name] = reached if before is None else max(before, reached)
    for source in query.sources:
        width = len(source.table.columns) + 3 + source.versions
        found = [row[:width] for row in rows.get(source.table.name, [])]
        if found:
            gone = ", ?" if source.versions else ""
            one = f"({'?, ' * len(source.table.columns)}make_timestamptz(?), ?, ?{gone})"
            connection.execute(
                f'INSERT INTO "{source.relation}" VALUES {", ".join([one] * len(found))}',
                [value for row in found for value in row],
            )
    for source in query.sources:
        mark = ENDED if ended else {**marks, **(now or {})}.get(source.table.name)
        text = "NULL" if mark is None else str(mark)
        connection.execute(f'SET VARIABLE "wm_{source.relation}" = CAST({text} AS BIGINT)')
    for stage in query.stages:
        assert not isinstance(stage, ModelStage)
        if isinstance(stage, OverStage):
            compute_stage(connection, stage)
        else:
            connection.execute(f'CREATE TEMP TABLE "{stage.relation}" AS {stage.sql}')
    result = connection.execute(f'SELECT * FROM "{query.stages[-1].relation}"').fetchall()
    connection.close()
    return [tuple(row[: len(query.columns)]) for row in result]


def rows_of(sql: str, arrivals: Sequence[tuple[str, Event]], **how: Any) -> list[tuple[Any, ...]]:
    """Plan a statement over the catalog's tables and carry it out."""
    return run(query_of(catalog(), sql), arrivals, **how)
