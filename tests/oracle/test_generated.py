"""Random queries, asked of Apache Flink and of us; what differs is shrunk to a small query.

`ORACLE_QUERIES` says how many (1,000 by default); the rows of one in eight are compared as well.
Upsert keys and the texts of nodes are the corpus's: here Flink leaves out operators that do nothing
for the result (a DISTINCT of distinct rows), and so has other keys and texts for the same mode.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.oracle.differences import PATTERNS, Pattern
from tests.oracle.generator import Generated, queries
from tests.oracle.judge import Comparison, Judge

QUERIES = int(os.environ.get("ORACLE_QUERIES", "1000"))
ROUNDS = max(1, QUERIES // 100)
ROWS_ONE_IN = 8


def unexplained(found: Comparison) -> dict[str, tuple[str, str]]:
    """Return the differences that no pattern of the list explains."""
    return {
        aspect: texts
        for aspect, texts in found.differs.items()
        if not any(p.explains(found.sql, aspect, *texts) for p in PATTERNS)
    }


@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_random_queries_are_seen_alike(judge: Judge, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=QUERIES // ROUNDS,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(queries(), st.integers(0, ROWS_ONE_IN - 1))
    def alike(query: Generated, turn: int) -> None:
        rows = query.settled and turn == 0
        found = judge.compare(query.sql, rows=rows, append=False, keys=False)
        assert not unexplained(found), f"\n{found}"

    alike()


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.name)
def test_a_listed_pattern_still_differs(judge: Judge, pattern: Pattern) -> None:
    found = judge.compare(pattern.example, append=False, keys=False)
    assert any(pattern.explains(found.sql, a, *t) for a, t in found.differs.items()), (
        f"it differs no more: take it off the list\n{found}"
    )
