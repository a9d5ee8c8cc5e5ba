"""When the tables of stages are dropped."""

from __future__ import annotations

from runthrough.emulator.flink.plan import ModelStage, SqlStage
from runthrough.emulator.flink.running.spent import spent_after
from tests.emulator.flink.planner_catalog import bedrock_model

MODEL = bedrock_model("m")


def test_a_table_is_spent_after_its_last_reader() -> None:
    stages = (
        SqlStage("stage_1", 'SELECT * FROM "source_0"'),
        SqlStage("stage_10", 'SELECT * FROM "stage_1"'),
        SqlStage("stage_11", 'SELECT * FROM "stage_10"'),
        SqlStage("out", 'SELECT * FROM "stage_1" JOIN "stage_11"'),
    )
    assert spent_after(stages) == [[], [], ["stage_10"], ["stage_1", "stage_11"]]


def test_the_source_of_a_model_stays_as_long_as_the_answers_are_read() -> None:
    stages = (
        SqlStage("in", 'SELECT * FROM "source_0"'),
        ModelStage("called", "in", MODEL, ("a",), ("s",)),
        SqlStage("between", 'SELECT * FROM "called"'),
        SqlStage("out", 'SELECT * FROM "called" JOIN "between"'),
    )
    assert spent_after(stages) == [[], [], [], ["in", "between"]]
