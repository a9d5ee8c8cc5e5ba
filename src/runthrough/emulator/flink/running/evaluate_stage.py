"""Runs ML_EVALUATE: the labelled answers of a model in, one map of metrics out."""

from __future__ import annotations

from typing import Any

import duckdb

from runthrough.emulator.flink.plan import EvaluateStage
from runthrough.emulator.flink.running.metrics import Sample, evaluate
from runthrough.emulator.flink.running.store import quoted


def measure(connection: duckdb.DuckDBPyConnection, stage: EvaluateStage) -> None:
    """Make the stage's relation: one row, none over nothing in a stream."""
    names = [stage.label, *stage.arguments, stage.answer, stage.newest]
    columns = ", ".join(quoted(name) for name in names)
    found = connection.execute(f"SELECT {columns} FROM {quoted(stage.source)}").fetchall()
    rows: list[tuple[Any, Any]] = []
    if found or stage.batch:
        metrics = evaluate(stage.task, [Sample(r[0], r[1:-2], r[-2]) for r in found])
        rows.append((metrics, max((r[-1] for r in found), default=0)))
    made, order = quoted(stage.made), quoted(stage.order)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {quoted(stage.relation)} "
        f"({made} MAP(VARCHAR, DOUBLE), {order} BIGINT)"
    )
    for metrics, newest in rows:
        connection.execute(
            f"INSERT INTO {quoted(stage.relation)} VALUES (map(?::VARCHAR[], ?::DOUBLE[]), ?)",
            [list(metrics), list(metrics.values()), newest],
        )
