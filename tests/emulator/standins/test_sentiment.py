"""The stand-ins for AI_SENTIMENT and for embeddings."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.standins import Prompt, Turn, respond
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


ONLY = "Classify the sentiment of the text. Answer only with POSITIVE, NEGATIVE or NEUTRAL."


@pytest.mark.parametrize(
    ("system", "text", "label"),
    [
        (ONLY, "What a great stay!", "POSITIVE"),
        (ONLY, "The worst breakfast of my life", "NEGATIVE"),
        (ONLY, "We arrived on Monday", "NEUTRAL"),
        ("One word: positive or negative.", "We arrived on Monday", "positive"),
        ("", "Label this review as Positive or Negative: a dirty room", "Negative"),
    ],
)
def test_a_label_is_given_where_one_is_asked_for(system: str, text: str, label: str) -> None:
    assert respond(Prompt(system, (Turn("user", text),), 100)).text == label


def test_no_label_where_none_is_asked_for() -> None:
    for system in ("Be brief.", "Stay positive, never negative."):
        answer = respond(Prompt(system, (Turn("user", "What is 1+1?"),), 100))
        assert answer.text == "1 + 1 = 2."


WORDS = st.sampled_from(
    ["hotel", "breakfast", "sauna", "terrace", "bicycle", "mountain", "letter", "garden", "window"]
)


@given(st.lists(WORDS, min_size=4, max_size=6, unique=True), st.integers(256, 1536))
def test_the_more_words_two_texts_share_the_nearer_they_lie(words: list[str], size: int) -> None:
    def near(a: list[str], b: list[str]) -> float:
        one, other = embed(" ".join(a), size), embed(" ".join(b), size)
        return sum(x * y for x, y in zip(one, other, strict=True))

    other = ["zeppelin", "quartz", "violin", "pumpkin", "lantern", "xylophone"][: len(words)]
    half = [*words[: len(words) // 2], *other[len(words) // 2 :]]
    assert near(words, list(reversed(words))) == pytest.approx(1.0)
    assert near(words, words) > near(words, half) > near(words, other)
    assert abs(near(words, other)) < 0.35
