"""A stage that asks a model: one question for each different set of arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from runthrough.emulator.flink.plan import ModelStage
from runthrough.emulator.flink.running.callers import Caller
from runthrough.emulator.flink.running.store import quoted
from runthrough.emulator.flink.types import duckdb_type

_AT_ONCE = 500
"""So many questions are Python's at a time: each may be a long text."""


def call_model(connection: duckdb.DuckDBPyConnection, stage: ModelStage, caller: Caller) -> None:
    """Make the stage: its source with the answers to each row's arguments, asked for once each.

    It is a view: the source must stay as long as the stage is read. The arguments, which may be
    long, do not stay.

    Raises:
        ModelError: a call failed.
    """
    source, made = quoted(stage.source), quoted(stage.relation)
    places, answered = (quoted(f"{stage.relation}__{name}") for name in ("asked", "answers"))
    outputs = [quoted(name) for name in stage.outputs]
    types = [duckdb_type(c.type) for c in stage.model.outputs]
    columns = "".join(f", {n} {t}" for n, t in zip(outputs, types, strict=True))
    connection.execute(f'CREATE OR REPLACE TEMP TABLE {answered} ("__first" BIGINT{columns})')
    appender = connection.appender(f"{stage.relation}__answers")
    for asked in _questions(connection, stage, places):
        answers = caller.answers([row[1:] for row in asked])
        appender.append_rows([(row[0], *a) for row, a in zip(asked, answers, strict=True)])
        appender.flush()
    for argument in stage.arguments:
        connection.execute(f"ALTER TABLE {source} DROP COLUMN {quoted(argument)}")
    added = ", ".join(f"a.{name}" for name in outputs)
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {made} AS SELECT s.*, {added} FROM {source} s "
        f'JOIN {places} q ON s.rowid = q."__row" LEFT JOIN {answered} a USING ("__first")'
    )


def _questions(
    connection: duckdb.DuckDBPyConnection, stage: ModelStage, places: str
) -> Iterator[list[tuple[Any, ...]]]:
    """Return the different sets of arguments, each behind the number of the first row that has it.

    The table `places` says for each row which one that is.
    """
    arguments, source = ", ".join(quoted(name) for name in stage.arguments), quoted(stage.source)
    groups = f"SELECT min(rowid) AS f, list(rowid) AS r FROM {source} GROUP BY {arguments}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {places} AS "
        f'SELECT f AS "__first", unnest(r) AS "__row" FROM ({groups})'
    )
    found = connection.execute(f'SELECT DISTINCT "__first" FROM {places} ORDER BY 1').fetchall()
    firsts = [first for (first,) in found]
    for n in range(0, len(firsts), _AT_ONCE):
        some = firsts[n : n + _AT_ONCE]
        yield connection.execute(
            f"SELECT rowid, {arguments} FROM {source} WHERE rowid BETWEEN {some[0]} AND {some[-1]} "
            f'AND rowid IN (SELECT "__first" FROM {places}) ORDER BY rowid'
        ).fetchall()
