"""The emulator answers as Apache Flink 2.3 did.

Each file of `answers/` is a table that Flink filled in: an expression, and its type and value or
the text it is refused with. Where a refusal has more than one line only the first is compared,
since the rest lists what Flink's parser would have taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from runthrough.emulator.flink.functions import udfs
from runthrough.emulator.flink.plan import SqlError, SqlStage
from runthrough.emulator.flink.running.failures import explain_failure
from runthrough.emulator.flink.types import FlinkType, summary
from tests.emulator.flink.java_text import java_row
from tests.emulator.flink.planner_catalog import MemoryCatalog, query_of

ANSWERS = Path(__file__).with_name("answers")
CASES = [
    pytest.param(sql, answer, id=f"{path.stem}-{number}")
    for path in sorted(ANSWERS.glob("*.json"))
    for number, (sql, answer) in enumerate(json.loads(path.read_text("utf-8")).items())
]


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """One database for all: a query without sources leaves nothing behind but its stages."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    udfs.register(connection)
    yield connection
    connection.close()


def answer_of(sql: str, database: duckdb.DuckDBPyConnection) -> list[str] | str:
    """Return types and row, or the refusal, of an expression or query."""
    statement = sql if sql.upper().startswith(("SELECT", "WITH")) else f"SELECT {sql}"
    try:
        query = query_of(MemoryCatalog(), statement)
        rows = []
        for stage in query.stages:
            assert isinstance(stage, SqlStage)
            database.execute(f'CREATE OR REPLACE TEMP TABLE "{stage.relation}" AS {stage.sql}')
            rows = database.execute(f'SELECT * FROM "{stage.relation}"').fetchall()
    except SqlError as error:
        return str(error).split("\n", 1)[0]
    except duckdb.Error as error:
        return explain_failure(error)[1].split("\n", 1)[0]
    fields = tuple((c.name, c.type) for c in query.columns)
    shown = [java_row(row[: len(fields)], FlinkType("ROW", fields=fields)) for row in rows]
    return [*(summary(t) for _, t in fields), *shown]


@pytest.mark.parametrize(("sql", "answer"), CASES)
def test_the_emulator_answers_as_flink(
    sql: str, answer: list[str] | str, database: duckdb.DuckDBPyConnection
) -> None:
    assert answer_of(sql, database) == answer


def test_answers_are_there() -> None:
    """A table that went missing would otherwise pass."""
    assert len(CASES) > 250
