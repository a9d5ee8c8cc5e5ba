"""The stand-ins for AI_SENTIMENT and for embeddings."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.standins.embeddings import embed
from runthrough.emulator.standins.sentiment import judge

REVIEW = "The staff were friendly and helpful, but the room was dirty. Breakfast cost 12 euros."


@pytest.mark.parametrize(
    ("aspect", "label"),
    [
        ("staff", "positive"),
        ("Room", "negative"),
        ("cleanliness", "negative"),
        ("breakfast", "neutral"),
        ("parking", "neutral"),
        ("", "neutral"),
    ],
)
def test_an_aspect_is_judged_by_what_is_said_of_it(aspect: str, label: str) -> None:
    found = judge(REVIEW, aspect)
    assert found.label == label
    assert found == judge(REVIEW, aspect)
    assert (found.score == 0.5) == (label == "neutral")


@given(st.text(), st.text())
def test_any_text_is_judged(text: str, aspect: str) -> None:
    assert 0 <= judge(text, aspect).score <= 1


@given(st.text(), st.integers(1, 300))
def test_any_text_has_a_vector_of_length_one(text: str, size: int) -> None:
    vector = embed(text, size)
    assert len(vector) == size
    assert math.isclose(sum(x * x for x in vector), 1.0)
    assert vector == embed(text, size)


def test_shared_words_bring_texts_together() -> None:
    def near(a: str, b: str) -> float:
        return sum(x * y for x, y in zip(embed(a, 512), embed(b, 512), strict=True))

    assert near("brake failure", "brakes failing") > 0.2 > abs(near("brake failure", "tax form"))
    assert near("the of and", "hotel") < near("hotel", "the hotel")
