"""Functions over windows that Python computes: rows of a partition in, one value for each out.

Source: facts/flink-sql-ai.md 4.2, 5.7.
"""

from __future__ import annotations

import itertools
from typing import Any

import duckdb

from runthrough.emulator.flink.functions.ordered import ORDERED
from runthrough.emulator.flink.plan import OverStage
from runthrough.emulator.flink.running.store import quoted
from runthrough.emulator.flink.types import duckdb_type


def compute_stage(connection: duckdb.DuckDBPyConnection, stage: OverStage) -> None:
    """Make the stage's relation: its source with the function's values beside it."""
    keys = [quoted(name) for name in (*stage.partition, stage.order)]
    arguments = [quoted(name) for name in stage.arguments]
    source, made, number = quoted(stage.source), quoted(stage.relation), quoted(stage.order)
    found = connection.execute(
        f"SELECT {', '.join([*keys, *arguments])} FROM {source} ORDER BY {', '.join(keys)}"
    ).fetchall()
    compute, width = ORDERED[stage.function].compute, len(stage.partition)
    values: list[tuple[Any, Any]] = []
    for _, partition in itertools.groupby(found, key=lambda row: row[:width]):
        rows = list(partition)
        results = compute([row[width + 1 :] for row in rows])
        values += ((row[width], value) for row, value in zip(rows, results, strict=True))
    kind = duckdb_type(stage.type)
    connection.execute(f'CREATE OR REPLACE TEMP TABLE "__ordered" ("__n" BIGINT, "__value" {kind})')
    appender = connection.appender("__ordered")
    appender.append_rows(values)
    appender.flush()
    connection.execute(
        f'CREATE OR REPLACE TEMP TABLE {made} AS SELECT s.*, o."__value" AS '
        f'{quoted(stage.output)} FROM {source} s LEFT JOIN "__ordered" o ON o."__n" = s.{number}'
    )
