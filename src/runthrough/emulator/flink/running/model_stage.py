"""A stage that asks a model: one question for each different set of arguments."""

from __future__ import annotations

import duckdb

from runthrough.emulator.flink.plan import ModelStage
from runthrough.emulator.flink.running.callers import Caller
from runthrough.emulator.flink.running.store import quoted
from runthrough.emulator.flink.types import duckdb_type


def call_model(connection: duckdb.DuckDBPyConnection, stage: ModelStage, caller: Caller) -> None:
    """Make the stage: its source with the answers to each row's arguments, asked for once each.

    Raises:
        ModelError: a call failed.
    """
    arguments = ", ".join(quoted(name) for name in stage.arguments)
    source, made = quoted(stage.source), quoted(stage.relation)
    asked = connection.execute(f"SELECT DISTINCT {arguments} FROM {source}").fetchall()
    answers = caller.answers(asked)
    inputs = [f'"__in{n}"' for n in range(len(stage.arguments))]
    outputs = [quoted(name) for name in stage.outputs]
    types = [duckdb_type(c.type) for c in (*stage.model.inputs, *stage.model.outputs)]
    columns = (f"{n} {t}" for n, t in zip([*inputs, *outputs], types, strict=True))
    connection.execute(f'CREATE OR REPLACE TEMP TABLE "__answers" ({", ".join(columns)})')
    appender = connection.appender("__answers")
    pairs = zip(asked, answers, strict=True)
    appender.append_rows([(*question, *answer) for question, answer in pairs])
    appender.flush()
    same = " AND ".join(
        f"s.{quoted(argument)} IS NOT DISTINCT FROM a.{name}"
        for argument, name in zip(stage.arguments, inputs, strict=True)
    )
    added = ", ".join(f"a.{name}" for name in outputs)
    numbered = f'(SELECT *, row_number() OVER () AS "__n" FROM {source})'
    connection.execute(
        f'CREATE OR REPLACE TEMP TABLE {made} AS SELECT s.* EXCLUDE ("__n"), {added} '
        f'FROM {numbered} s LEFT JOIN "__answers" a ON {same} ORDER BY s."__n"'
    )
    connection.execute('DROP TABLE "__answers"')
