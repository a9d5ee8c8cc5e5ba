"""Model calls, and what goes wrong, with hand-made plans."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
from pydantic import SecretStr

from runthrough.emulator.flink.catalog import Column, Model, Table
from runthrough.emulator.flink.plan import (
    AlterTable,
    CreateTable,
    Drop,
    Insert,
    ModelStage,
    Query,
    Select,
    Source,
    SqlStage,
)
from runthrough.emulator.flink.types import STRING
from runthrough.errors import EmulatorError
from tests.emulator.flink.engine_bench import (
    CONNECTION,
    SESSION,
    Bench,
    model,
    path,
    scan,
    table,
    values,
)
from tests.emulator.flink.results import changes
from tests.waiting import LIMIT_SECONDS, becomes


def predict(source: Table, m: Model) -> Query:
    """SELECT k, s FROM source, LATERAL TABLE(ML_PREDICT('m', k))"""
    return Query(
        (
            SqlStage("in", 'SELECT "k", "k" AS "a" FROM "src"'),
            ModelStage("called", "in", m, ("a",), ("s",)),
            SqlStage("out", 'SELECT "k", "s" FROM "called"'),
        ),
        (Source("src", source),),
        (Column("k", STRING), Column("s", STRING)),
        frozenset({"I"}),
        stateless=True,
    )


def test_model_calls_are_made_counted_and_their_answers_written(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    bench.run(CONNECTION)
    bench.insert(t, ("a", 1), ("b", 2), ("a", 3), (None, 4))
    sink = Table(path("sink"), (Column("k", STRING), Column("s", STRING)))
    running = bench.submit(CreateTable(sink, predict(t, model())))
    read = replace(scan(t), sources=(Source("src", sink),), columns=sink.columns)
    read = replace(read, stages=(SqlStage("out", 'SELECT "k", "s" FROM "src"'),))
    becomes(lambda: len(bench.snapshot(read)), 4)
    assert bench.snapshot(read) == [["a", "A"], ["b", "B"], ["a", "A"], [None, None]]
    assert (running.calls, running.tokens) == (2, 2)
    assert running.traits is not None
    assert running.traits.connection_refs == ("c",)
    bench.insert(t, ("b", 1), ("c", 1))
    becomes(lambda: len(bench.snapshot(read)), 6)
    assert sorted(bench.provider.prompts) == ["a", "b", "c"]


def test_an_expired_token_fails_the_statement_with_the_clouds_text(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    bench.run(CONNECTION)
    bench.insert(t, ("a", 1))
    bench.provider.status = 403
    execution = bench.submit(Select(predict(t, model())))
    execution.wait_for_end(LIMIT_SECONDS)
    assert execution.phase == "FAILED"
    assert execution.detail.startswith(
        "Runtime received bad response code 403. Please also double check if your model has "
        "multiple versions."
    )
    assert "The security token is expired" in execution.detail
    assert execution.exceptions[0].message == execution.detail
    assert execution.results(0, 10).done


def test_a_model_whose_connection_is_gone_fails_naming_it(bench: Bench) -> None:
    bench.create(table("t"))
    execution = bench.submit(Select(predict(table("t"), model())))
    assert execution.detail == "Connection 'c' of model 'm' does not exist."


def test_new_credentials_serve_statements_that_start_later(bench: Bench) -> None:
    bench.run(CONNECTION)
    bench.engine.connections.update("c", {"AWS_ACCESS_KEY_ID": SecretStr("NEW")})
    made = bench.engine.connections.get("c")
    assert made is not None
    assert made.secrets["AWS_ACCESS_KEY_ID"].get_secret_value() == "NEW"


# --- what goes wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ('CAST("k" AS INTEGER)', "For input string: 'abc'. Invalid character found."),
        ('1 // "n"', "Division by zero"),
        ("error('ours')", "ours"),
    ],
)
def test_a_failure_at_run_time_is_told_as_flink_tells_it(
    bench: Bench, expression: str, text: str
) -> None:
    t = table("t")
    bench.create(t)
    select = bench.submit(
        Select(replace(scan(t), stages=(SqlStage("out", f'SELECT "k", {expression} FROM "src"'),)))
    )
    assert select.phase == "RUNNING"
    bench.insert(t, ("abc", 0))
    select.wait_for_end(LIMIT_SECONDS)
    assert (select.phase, select.detail) == ("FAILED", text)


def test_a_record_that_is_no_row_fails_its_readers(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    select = bench.submit(Select(scan(t)))
    bench.broker.produce("t", None, b"{}", (), None, 2)
    select.wait_for_end(LIMIT_SECONDS)
    assert select.phase == "FAILED"
    assert "topic 't', partition 2, offset 0" in select.detail


def test_dropping_a_table_fails_the_statements_on_it(bench: Bench) -> None:
    bench.create(table("a"), table("b"))
    reader = bench.submit(Select(scan(table("a"))))
    writer = bench.submit(Insert(table("a"), scan(table("b"))))
    other = bench.submit(Select(scan(table("b"))))
    bench.run(Drop("TABLE", path("a")))
    assert reader.detail == "The table 'a' was dropped while the statement was using it."
    assert [reader.phase, writer.phase, other.phase] == ["FAILED", "FAILED", "RUNNING"]
    assert bench.run(Drop("TABLE", path("a"), exists=False)).detail == (
        "Table 'a' does not exist; nothing was done."
    )


@pytest.mark.parametrize("kind", ["TABLE", "VIEW", "MODEL", "CONNECTION"])
def test_what_another_dropped_first_is_gone_and_with_if_exists_no_error(
    bench: Bench, kind: Literal["TABLE", "VIEW", "MODEL", "CONNECTION"]
) -> None:
    planned = Drop(kind, path("a"), exists=True)
    done = bench.run(replace(planned, if_exists=True))
    assert (done.phase, done.detail) == (
        "COMPLETED",
        f"{kind.capitalize()} 'a' does not exist; nothing was done.",
    )
    refused = bench.submit(planned)
    assert (refused.phase, refused.detail) == (
        "FAILED",
        f"{kind.title()} with identifier '{'.'.join(path('a'))}' does not exist.",
    )


def test_an_update_of_an_insert_only_result_is_a_fault_and_no_wrong_row(bench: Bench) -> None:
    t = table("t")
    bench.create(t)
    query = replace(
        scan(t),
        stages=(SqlStage("out", 'SELECT max("k") AS "k", count(*) AS "n" FROM "src"'),),
        stateless=False,
    )
    select = bench.submit(Select(query))
    bench.insert(t, ("a", 1))
    changes(select, 1)
    bench.insert(t, ("a", 1))
    select.wait_for_end(LIMIT_SECONDS)
    assert "This is a fault of the emulator" in select.detail


def test_a_name_is_free_again_when_its_statement_has_ended(bench: Bench) -> None:
    bench.create(table("t"))
    first = bench.submit(Select(scan(table("t"))), name="s")
    with pytest.raises(EmulatorError, match="statement 's' exists already"):
        bench.submit(Select(scan(table("t"))), name="s")
    bench.engine.delete("s")
    assert first.phase == "STOPPED"
    assert bench.submit(Select(values(("a", 1))), name="s").phase in ("RUNNING", "COMPLETED")
    with pytest.raises(EmulatorError, match="statement 'nope' does not exist"):
        bench.engine.delete("nope")


def test_a_select_nobody_reads_is_stopped_after_five_minutes(bench: Bench) -> None:
    bench.create(table("t"))
    select = bench.submit(Select(scan(table("t"))))
    bench.now += timedelta(minutes=4)
    select.results(0, 1)
    bench.now += timedelta(minutes=4)
    assert select.phase == "RUNNING"
    bench.now += timedelta(minutes=2)
    assert select.phase == "STOPPED"
    assert "not read for 5 minutes" in select.detail


def test_altering_a_table_changes_how_later_statements_see_it(bench: Bench) -> None:
    bench.create(table("t", "retract"))
    bench.run(AlterTable(table("t")))
    found = bench.engine._objects.table(("t",), SESSION)
    assert found is not None
    assert found.mode == "append"


def test_closing_ends_all_threads_and_statements() -> None:
    bench = Bench()
    bench.create(table("t"))
    select = bench.submit(Select(scan(table("t"))))
    bench.engine.close()
    bench.broker.close()
    assert select.phase == "STOPPED"
    assert not [t.name for t in threading.enumerate() if t.name.startswith("runthrough-worker")]
