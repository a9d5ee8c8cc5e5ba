"""Every statement of the corpus, asked of Apache Flink and of us."""

from __future__ import annotations

import pytest

from tests.oracle.corpus import Statement, statements
from tests.oracle.differences import DIFFERENCES, NOT_EMULATED
from tests.oracle.judge import Judge

STATEMENTS = list(statements())
LISTED = {(d.name, d.aspect): d for d in DIFFERENCES}


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.name)
def test_both_say_the_same(judge: Judge, statement: Statement) -> None:
    found = judge.compare(statement.sql)
    ours = found.differs.get("error", ("", ""))[1]
    if statement.name in NOT_EMULATED:
        assert "not emulated: " in ours, "it is emulated now: take it off the list"
        return
    listed = {aspect: d for (name, aspect), d in LISTED.items() if name == statement.name}
    assert found.differs.keys() == listed.keys(), f"\n{found}"
    for aspect, difference in listed.items():
        theirs, ours = found.differs[aspect]
        assert difference.flink in theirs, f"\n{found}"
        assert difference.ours in ours, f"\n{found}"


def test_the_list_names_statements_that_exist() -> None:
    listed = {d.name for d in DIFFERENCES} | NOT_EMULATED
    assert listed <= {statement.name for statement in STATEMENTS}


def test_the_corpus_is_large() -> None:
    assert len(STATEMENTS) >= 150
