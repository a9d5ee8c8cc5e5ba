"""Comments on data: what the prompt tells, in the form that is wished for, and nothing else."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runthrough.emulator.standins import Prompt, Turn, respond

COMMENTATOR = (
    "You comment on a match. You are told what happens.\n"
    "Answer with one sentence of at most 80 characters, and nothing else."
)


def ask(text: str, system: str = "") -> str:
    return respond(Prompt(system, (Turn("user", text),), 500)).text


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("Vega is second after 12 minutes.", "Vega is second after 12 minutes."),
        ("Vega is second. Comment in under 80 characters.", "Vega is second."),
        ("Lap 3 of 9. Vega passes Orion.", "Lap 3 of 9; Vega passes Orion."),
        ('{"who": "Vega", "club": "Orion", "goals_shot": 2, "card": null}',
         "Vega, Orion - goals shot 2."),
        ('The data: [{"who": "Vega", "place": 1}, {"who": "Rigel", "place": 2.5}]',
         "Vega - place 1; Rigel - place 2.5."),
        ("who: Vega, place: 2, out: no", "Vega - place 2, out no."),
        ("who=Vega\nplace=2", "Vega - place 2."),
        ("<data>\nVega is second.\n</data>", "Vega is second."),
    ],
)  # fmt: skip
def test_a_commentator_says_what_the_data_hold(text: str, comment: str) -> None:
    assert ask(text, COMMENTATOR) == comment


@pytest.mark.parametrize(
    ("order", "comment"),
    [
        ("Vega is in position 1. Write a comment under 80 characters.", "Vega is in position 1."),
        ("Vega is in position 1, now write a comment on that", "Vega is in position 1."),
        ("Write a headline about the new pool.", "The new pool."),
        ("Comment on the new pool.", "The new pool."),
        ('Comment on this: {"guest": "Vega", "nights": 3}', "Vega - nights 3."),
        ("Generate a commentary of at most 20 characters for driver Vega in position 3",
         "Driver Vega in."),
    ],
)  # fmt: skip
def test_an_order_is_carried_out_without_instructions(order: str, comment: str) -> None:
    assert ask(order) == comment


def test_other_data_get_another_comment() -> None:
    moments = [f"Vega is in place {place}." for place in range(1, 9)]
    assert [ask(moment, COMMENTATOR) for moment in moments] == moments


@pytest.mark.parametrize("wish", ["an exciting comment", "a lively caption"])
def test_a_lively_comment_is_an_exclamation_and_no_longer_than_it_may_be(wish: str) -> None:
    told = "Vega is in position 1 of 22 after 57 laps in the rain of Meridian"
    assert re.fullmatch(rf"[A-Z][a-z ]+: {told}!", ask(f"{told}. Write {wish} in a sentence."))
    assert ask(f"{told}. Write {wish} under 70 characters.") == f"{told}!"


def test_too_long_a_list_loses_its_end_first() -> None:
    text = "Vega leads after 31 laps of the race, Rigel of team Meridian is second, Mira is third."
    assert ask(text, COMMENTATOR) == (
        "Vega leads after 31 laps of the race, Rigel of team Meridian is second."
    )
    assert ask(text, "You are a sports commentator.") == text


@pytest.mark.parametrize("text", ["Hello!", "Thank you."])
def test_a_commentator_is_polite(text: str) -> None:
    assert ask(text, "You are a sports commentator.") == ask(text)


@pytest.mark.parametrize("text", ["{}", "[]", '{"who": null}', "", "Who leads?", "..."])
def test_nothing_told_is_nothing_said(text: str) -> None:
    assert "stand-in" in ask(text, COMMENTATOR)


@pytest.mark.parametrize("text", ["Comment allez-vous ?", "Vega is in place 1.", "What is new?"])
def test_who_is_asked_for_no_comment_makes_none(text: str) -> None:
    assert "Vega" not in ask(text)
    assert ask(text).count("!") == ("allez" in text)


@given(st.text(max_size=300))
def test_any_text_gets_one_short_answer_and_always_the_same(text: str) -> None:
    answer = ask(text, COMMENTATOR)
    assert len(answer) <= 80
    assert answer == ask(text, COMMENTATOR)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=12),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
        ),
        max_leaves=20,
    )
)
@example({",": False})
def test_any_json_gets_one_short_answer(value: object) -> None:
    assert len(ask(json.dumps(value), COMMENTATOR)) <= 80
