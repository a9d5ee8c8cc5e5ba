from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.aws.guardrails.words import assess
from runthrough.emulator.world import WordPolicy


def policy(*words: str) -> WordPolicy:
    return WordPolicy(words=words, blocked_input="no", blocked_output="no")


@pytest.mark.parametrize(
    ("word", "text", "matches"),
    [
        ("palace", "The Palace is near the palace.", ("Palace", "palace")),
        ("palace", "Palaces are many.", ()),
        ("sea view", "a room with sea \n view", ("sea \n view",)),
        ("C++", "I like c++, and C.", ("c++",)),
        ("köln", "KÖLN ist groß.", ("KÖLN",)),
        ("a.c", "abc", ()),
        ("palace", "", ()),
    ],
)
def test_a_word_is_met_whole_whatever_its_capitals(
    word: str, text: str, matches: tuple[str, ...]
) -> None:
    assessment = assess(policy(word), [text])
    assert assessment.matches == matches
    assert assessment.blocked == bool(matches)


def test_nothing_found_is_told_without_a_word_policy() -> None:
    told = assess(policy("palace"), ["hello"], total=20).write()
    assert told.keys() == {"invocationMetrics"}
    assert told["invocationMetrics"]["guardrailCoverage"] == {
        "textCharacters": {"guarded": 5, "total": 20}
    }


@pytest.mark.parametrize(("length", "units"), [(0, 0), (1, 1), (1000, 1), (1001, 2)])
def test_a_unit_is_a_thousand_characters_begun(length: int, units: int) -> None:
    assert assess(policy(), ["x" * length]).usage["wordPolicyUnits"] == units


@given(st.lists(st.text(min_size=1).filter(str.strip), max_size=4), st.lists(st.text()))
def test_any_words_find_only_what_is_there(words: list[str], texts: list[str]) -> None:
    assessment = assess(policy(*(word[:100] for word in words if word[:100].strip())), texts)
    assert all(any(match in text for text in texts) for match in assessment.matches)
