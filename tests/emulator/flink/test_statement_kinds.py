"""The table of statement kinds says what the engine does: every sample is submitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from runthrough.emulator.flink.statement_kinds import KINDS, SETUP, State, StatementKind
from tests.emulator.flink.sql_bench import Desk, open_desk

CLOUDS_WORDS = (
    "is not supported",
    "cannot be submitted: the workspace",
    "cannot be renamed with ALTER TABLE in Confluent's Flink SQL dialect",
)


@pytest.fixture(scope="module")
def untouched() -> Iterator[Desk]:
    """A desk that refusals share, since they change nothing."""
    for desk in open_desk():
        for sql in SETUP:
            desk.run(sql)
        yield desk


def of(*states: State) -> list[StatementKind]:
    return [kind for kind in KINDS if kind.state in states]


@pytest.mark.parametrize("kind", of("emulated"), ids=lambda kind: kind.name)
def test_what_is_emulated_runs(desk: Desk, kind: StatementKind) -> None:
    for sql in (*SETUP, *kind.before):
        desk.run(sql)
    execution = desk.submit(kind.sample)
    assert execution.phase in ("RUNNING", "COMPLETED"), execution.detail


@pytest.mark.parametrize("kind", of("not emulated"), ids=lambda kind: kind.name)
def test_what_is_missing_says_so(untouched: Desk, kind: StatementKind) -> None:
    assert untouched.refusal(kind.sample).startswith("not emulated: ")


@pytest.mark.parametrize("kind", of("refused as on the cloud"), ids=lambda kind: kind.name)
def test_what_the_cloud_refuses_is_refused_in_its_words(
    untouched: Desk, kind: StatementKind
) -> None:
    detail = untouched.refusal(kind.sample)
    assert any(words in detail for words in CLOUDS_WORDS), detail


def test_no_kind_is_there_twice() -> None:
    assert set(Counter(kind.name for kind in KINDS).values()) == {1}
    assert set(Counter(kind.sample for kind in KINDS).values()) == {1}
