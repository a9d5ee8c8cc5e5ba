"""The preprocessing functions of facts/flink-sql-ai.md 4.5."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.flink.functions.text_splitters import by_separator, ngrams, recursively
from runthrough.emulator.flink.types import summary
from tests.emulator.flink.planner_catalog import type_of, value_of


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("ML_BUCKETIZE(2, ARRAY[1, 4, 7])", "bin_2"),
        ("ML_BUCKETIZE(0, ARRAY[1, 4, 7])", "bin_1"),
        ("ML_BUCKETIZE(7, ARRAY[1, 4, 7])", "bin_4"),
        ("ML_BUCKETIZE(CAST(NULL AS INT), ARRAY[1])", "bin_NULL"),
        ("ML_BUCKETIZE(2, ARRAY[1, 4], ARRAY['none', 'low', 'mid', 'high'])", "mid"),
        ("ML_BUCKETIZE(CAST(NULL AS INT), ARRAY[1, 4], ARRAY['none', 'a', 'b', 'c'])", "none"),
        ("ML_LABEL_ENCODER('b', ARRAY['a', 'b', 'c'])", 2),
        ("ML_LABEL_ENCODER('z', ARRAY['a', 'b', 'c'])", 0),
        ("ML_LABEL_ENCODER('b', ARRAY['a', 'b', 'c'], TRUE)", 1),
        ("ML_LABEL_ENCODER('z', ARRAY['a', 'b', 'c'], TRUE)", -1),
        ("ML_ONE_HOT_ENCODER('b', ARRAY['a', 'b', 'c'])", [0, 1]),
        ("ML_ONE_HOT_ENCODER('c', ARRAY['a', 'b', 'c'])", [0, 0]),
        ("ML_ONE_HOT_ENCODER('c', ARRAY['a', 'b', 'c'], FALSE)", [0, 0, 1]),
        ("ML_ONE_HOT_ENCODER('z', ARRAY['a', 'b'], FALSE, 'IGNORE')", [0, 0]),
        ("ML_ONE_HOT_ENCODER('z', ARRAY['a', 'b'], FALSE, 'KEEP')", [0, 0, 1]),
        ("ML_MIN_MAX_SCALER(2, 1, 5)", 0.25),
        ("ML_MIN_MAX_SCALER(2, 1, 1)", 0.0),
        ("ML_MAX_ABS_SCALER(1, 5)", 0.2),
        ("ML_NORMALIZER(3, 5)", 0.6),
        ("ML_STANDARD_SCALER(7, 5, 4)", 0.5),
        ("ML_STANDARD_SCALER(7, 5, 4, FALSE, TRUE)", 1.75),
        ("ML_ROBUST_SCALER(7, 5, 4, 8)", 0.5),
        ("ML_MIN_MAX_SCALER(CAST(NULL AS INT), 1, 5)", None),
        ("ML_NGRAMS(ARRAY['a', 'b', CAST(NULL AS STRING), 'c'])", ["a b", "b c"]),
        ("ML_NGRAMS(ARRAY['a', 'b', 'c'], 3, '-')", ["a-b-c"]),
        ("ML_CHARACTER_TEXT_SPLITTER('a b c d', 3, 1, ' ', FALSE)", ["a b", "b c", "c d"]),
        ("ML_CHARACTER_TEXT_SPLITTER('a1b22c', 1, 0, '\\d+', TRUE)", ["a", "b", "c"]),
        ("ML_CHARACTER_TEXT_SPLITTER(CAST(NULL AS STRING), 3, 1, ' ', FALSE)", None),
        ("ML_RECURSIVE_TEXT_SPLITTER('one two three', 7, 0)", ["one two", "three"]),
        ("ML_RECURSIVE_TEXT_SPLITTER('a|b|c', 1, 0, ARRAY['|'])", ["a", "b", "c"]),
        (
            "ML_FILE_FORMAT_TEXT_SPLITTER(U&'x = 1\\000adef f():\\000a  pass', 18, 0, 'PYTHON')",
            ["x = 1", "def f():\n  pass"],
        ),
    ],
)
def test_values(expression: str, value: Any) -> None:
    assert value_of(expression) == value


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("ML_BUCKETIZE(2, ARRAY[4, 1])", "ascending order"),
        ("ML_ONE_HOT_ENCODER('z', ARRAY['a', 'b'])", "no category: z"),
        ("ML_CHARACTER_TEXT_SPLITTER('a', -1, 0, ' ', FALSE)", "must not be negative"),
        ("ML_CHARACTER_TEXT_SPLITTER('a', 1, 2, ' ', FALSE)", "must not be larger"),
        ("ML_FILE_FORMAT_TEXT_SPLITTER('a', 1, 0, 'COBOL')", "Unsupported file format: COBOL"),
        ("ML_NGRAMS(ARRAY['a'], 0)", "at least 1"),
    ],
)
def test_what_cannot_be_ends_the_statement(expression: str, text: str) -> None:
    with pytest.raises(duckdb.Error, match=text):
        value_of(expression)


def test_scalers_give_doubles() -> None:
    assert summary(type_of("ML_MIN_MAX_SCALER(2, 1, 5)")) == "DOUBLE NOT NULL"


_OPTIONS = ["false", "false", "false", "START"]


@given(
    text=st.text(alphabet="ab \n", max_size=60),
    size=st.integers(1, 12),
    overlap=st.integers(0, 12),
)
def test_recursive_chunks_fit_and_keep_every_word(text: str, size: int, overlap: int) -> None:
    chunks = recursively(text, size, min(overlap, size), [], _OPTIONS)
    assert all(0 < len(chunk) <= size for chunk in chunks)
    assert set("".join(chunks)) - {" ", "\n"} == set(text) - {" ", "\n"}


@given(words=st.lists(st.text(alphabet="abc", min_size=1, max_size=4), max_size=12))
def test_chunks_without_overlap_join_to_the_text(words: list[str]) -> None:
    text = ",".join(words)
    assert ",".join(by_separator(text, 5, 0, [","], _OPTIONS)) == text
    assert len(ngrams([*words], 2, " ")) == max(len(words) - 1, 0)
