"""Whole conversations: what earlier turns said counts, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.standins import Prompt, Turn, respond


def talk(*said: str, system: str = "") -> list[str]:
    """Hold a conversation; return the answers."""
    turns: list[Turn] = []
    answers = []
    for text in said:
        turns.append(Turn("user", text))
        answers.append(respond(Prompt(system, tuple(turns), 500)).text)
        turns.append(Turn("assistant", answers[-1]))
    return answers


@pytest.mark.parametrize(
    ("said", "results"),
    [
        (["What is 1+1?", "Now add 10 to that.", "times 3", "Double it"], ["2", "12", "36", "72"]),
        (
            ["12 * 12", "Subtract 44", "divide that by 4", "and minus 30?"],
            ["144", "100", "25", "-5"],
        ),
        (["3 - 5", "What is the result times 4?", "square it"], ["-2", "-8", "64"]),
        (["7 / 2", "half of that"], ["3.5", "1.75"]),
        (["What is 2+3?", "Hello!", "add 1 to the previous result"], ["5", "", "6"]),
        (["What is 2+3?", "What did I ask first?", "multiply it by 2"], ["5", "", "10"]),
        (["Was ist 2 mal 3?", "addiere 4"], ["6", "10"]),
        (["What is 1+1?", "And 3 more added to that?", "7 less than that"], ["2", "5", "-2"]),
    ],
)
def test_a_sum_goes_on_from_an_earlier_result(said: list[str], results: list[str]) -> None:
    for answer, result in zip(talk(*said), results, strict=True):
        assert not result or f"= {result}." in answer


@given(st.integers(0, 999), st.lists(st.tuples(st.sampled_from("+-*"), st.integers(0, 99))))
def test_any_chain_of_sums_is_right(start: int, steps: list[tuple[str, int]]) -> None:
    words = {"+": "Add {}.", "-": "Subtract {}.", "*": "Multiply it by {}."}
    said = [f"What is {start} + 0?", *(words[sign].format(n) for sign, n in steps[:5])]
    value = start
    for (sign, n), answer in zip(steps[:5], talk(*said)[1:], strict=True):
        value = {"+": value + n, "-": value - n, "*": value * n}[sign]
        assert answer.endswith(f"= {value}."), answer


def test_nothing_to_go_on_from_is_no_sum() -> None:
    assert "=" not in talk("Add 3 to that.")[0]
    assert "=" not in talk("What is 1+1?", "I have 3 dogs and a cat.")[1]


@pytest.mark.parametrize(
    ("told", "question", "answer"),
    [
        ("My name is Ada.", "What is my name?", "Your name is Ada."),
        ("My favourite colour is green.", "What is my favourite colour?", "is green"),
        ("Ich heiße Mara.", "Wie heiße ich?", "Sie heißen Mara."),
        ("Mein Hotel ist der Anker.", "Was ist mein Hotel?", "hotel = der Anker"),
        ("Je m'appelle Ada.", "Quel est mon nom ?", "Vous vous appelez Ada."),
        ("Me llamo Inés.", "¿Cómo me llamo?", "Usted se llama Inés."),
        ("Hi, I'm Rosa!", "What is my name?", "Your name is Rosa."),
        ("I have a cat.", "What did I tell you about my cat?", 'You told me: "I have a cat."'),
        ("I live in Lisbon.", "Where do I live?", 'You told me: "I live in Lisbon."'),
    ],
)
def test_what_the_user_told_is_remembered(told: str, question: str, answer: str) -> None:
    assert answer in talk(told, "Hello!", question)[2]
    assert answer not in talk(question)[0]


def test_what_is_told_is_noted() -> None:
    noted = "I will remember that in this conversation."
    assert talk("I have 3 dogs.", "We like the sea.") == [noted, noted]
    assert talk("I want a poem.")[0] != noted
    assert talk("Ich wohne in Wien und mag Musik.") == ["Das merke ich mir für dieses Gespräch."]


def test_the_latest_word_counts() -> None:
    assert talk("My room is 412.", "My room is 7.", "What is my room?")[2] == "Your room is 7."


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("What did I ask first?", "What is 1+1?"),
        ("What was my first question?", "What is 1+1?"),
        ("What was the first thing I said?", "What is 1+1?"),
        ("What did I just say?", "I like green tea."),
        ("What was my last question?", "I like green tea."),
    ],
)
def test_what_was_asked_before_is_told(question: str, quote: str) -> None:
    assert f'"{quote}"' in talk("What is 1+1?", "I like green tea.", question)[2]
    assert talk(question)[0] == "You have not said anything before this."


def test_an_answer_is_repeated() -> None:
    first, again = talk("What is 2+2?", "Repeat that.")
    assert first == again
    assert talk("Repeat that.") == ["I have not said anything yet."]


@pytest.mark.parametrize(
    "order", ["Make it shorter.", "Shorter, please!", "Say that in fewer words."]
)
def test_an_answer_becomes_shorter_each_time(order: str) -> None:
    answers = talk("Write a poem about the sea.", order, order, order)
    lengths = [len(answer) for answer in answers]
    assert lengths == sorted(lengths, reverse=True)
    assert len(set(lengths)) == len(lengths)
    assert answers[0].startswith(answers[1])


def test_two_prompts_share_nothing() -> None:
    talk("My name is Ada.")
    assert talk("What is my name?")[0].startswith("I do not know your name")


@given(st.lists(st.text(max_size=120), min_size=1, max_size=4), st.text(max_size=80))
def test_any_conversation_is_answered_the_same_way_twice(said: list[str], system: str) -> None:
    assert talk(*said, system=system) == talk(*said, system=system)
