from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.aws.families.pieces import json_fragments
from runthrough.emulator.standins import text_pieces


@given(st.text() | st.text(alphabet=" \n\tab", max_size=80))
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    pieces = list(text_pieces(text))
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= 32 for piece in pieces)


def test_a_piece_is_a_word() -> None:
    assert list(text_pieces("1 + 1 = 2.")) == ["1", " +", " 1", " =", " 2."]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_fragments_joined_are_the_json(value: Any) -> None:
    fragments = list(json_fragments(value))
    assert fragments[0] == ""
    assert json.loads("".join(fragments)) == value
