"""What is found in a text: each kind of clue, in the order of the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.standins.clues import find_clues


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("What is it in San Francisco, CA or Rome?", "names", ("San Francisco, CA", "Rome")),
        (
            "Please tell Ada Lovelace about the Tower of London.",
            "names",
            ("Ada Lovelace", "Tower of London"),
        ),
        ("What? How? Is it? I do.", "names", ()),
        ("Paris in spring", "maybe_names", ("Paris",)),
        ("Say \"one\", 'two' and `three`", "quoted", ("one", "two", "three")),
        ("don't and won't", "quoted", ()),
        ("-3, 1,250.5 and 7 on 2026-11-21", "numbers", (-3, 1250.5, 7)),
        ("Where is ORD-1234, flight LH400?", "codes", ("ORD-1234", "LH400")),
        ("to a.b@example.com.", "emails", ("a.b@example.com",)),
        ("see https://example.com/a?b=1.", "urls", ("https://example.com/a?b=1",)),
        (
            "on 2026-11-21, or next Monday, or tomorrow",
            "dates",
            ("2026-11-21", "next Monday", "tomorrow"),
        ),
        ("What is 3 times 4?", "formulas", ("3 * 4",)),
        ("weather in new york today, please", "phrases", ("new york",)),
    ],
)
def test_a_clue_is_found(text: str, kind: str, found: tuple[object, ...]) -> None:
    assert getattr(find_clues(text), kind) == found


@given(st.text(max_size=200))
def test_any_text_has_clues_or_none(text: str) -> None:
    clues = find_clues(text)
    assert all(name.strip() for name in (*clues.names, *clues.maybe_names))
