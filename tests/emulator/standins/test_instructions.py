"""Instructions that are followed: language, length, points, JSON, labels, results withheld."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.standins import Prompt, Turn, respond
from runthrough.emulator.standins.languages import LANGUAGES
from runthrough.emulator.standins.wishes import read_wishes


def ask(text: str, system: str = "", **more: Any) -> str:
    return respond(Prompt(system, (Turn("user", text),), 500, **more)).text


# -- languages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "text", "code"),
    [
        ("Answer in French.", "Hello!", "fr"),
        ("Antworte auf Deutsch.", "Hello!", "de"),
        ("You only speak Spanish.", "Hello!", "es"),
        ("Réponds en français.", "Hello!", "fr"),
        ("German only.", "Hello!", "de"),
        ("Answer in French.", "Hello! Please answer in German.", "de"),
        ("Never answer in French.", "Hello!", "en"),
        ("Do not answer in English, answer in German.", "Hello!", "de"),
        ("", "Guten Tag!", "de"),
        ("", "Hola, ¿qué tal?", "es"),
        ("", "Bonjour, comment allez-vous ?", "fr"),
        ("Be brief.", "Hello!", "en"),
        ("Answer in English.", "Bonjour !", "en"),
    ],
)
def test_the_language_that_is_asked_for_is_spoken(system: str, text: str, code: str) -> None:
    assert ask(text, system) == LANGUAGES[code].greeting


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_says_everything(code: str) -> None:
    language, english = LANGUAGES[code], LANGUAGES["en"]
    for name, value in vars(language).items():
        assert value, name
        if code != "en" and name != "known":
            assert value != getattr(english, name), name
    assert [len(one) for one in language.otherwise] == sorted(
        map(len, language.otherwise), reverse=True
    )


@pytest.mark.parametrize(
    "text",
    [
        "Translate 'good morning' into French.",
        "How do I say thank you in German?",
        "What is water in Spanish?",
        "Traduis ceci en anglais : bonjour",
        "Übersetze das bitte.",
    ],
)
def test_a_translation_is_not_pretended(text: str) -> None:
    assert ask(text) in {language.no_translation for language in LANGUAGES.values()}


def test_a_summary_in_another_language_names_what_it_found() -> None:
    rules = "Summarize the hotel reviews, divided by |||, in one sentence, in German."
    text = ask("Friendly staff. ||| The friendly staff again. ||| Slow Wi-Fi.", rules)
    assert text == "Gelobt: the friendly staff; kritisiert: the slow Wi-Fi."


# -- length ----------------------------------------------------------------------------------------

POEM = "Write a poem about the sea."


@pytest.mark.parametrize(
    ("rule", "characters"),
    [
        ("Stay under 80 characters.", 79),
        ("At most 80 characters.", 80),
        ("Keep it to a maximum of 40 characters.", 40),
        ("Use 25 characters or fewer.", 25),
        ("Höchstens 30 Zeichen.", 30),
        ("Máximo 30 caracteres.", 30),
        ("Your answer must not exceed 12 characters.", 12),
    ],
)
def test_a_limit_in_characters_is_kept(rule: str, characters: int) -> None:
    assert read_wishes(Prompt(rule, (Turn("user", POEM),), 500)).characters == characters
    for text in (POEM, "What is 1234 + 5678?", "My name is Ada.", "Tell me about rivers."):
        assert 0 < len(ask(text, rule)) <= characters
        assert 0 < len(ask(f"{text} {rule}")) <= characters


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("Answer in at most 6 words.", 6),
        ("Use fewer than ten words.", 9),
        ("Reply in one word.", 1),
        ("Give a 5-word answer.", 5),
        ("Réponds en 4 mots maximum.", 4),
        ("Maximal drei Wörter.", 3),
    ],
)
def test_a_limit_in_words_is_kept(rule: str, words: int) -> None:
    assert read_wishes(Prompt(rule, (Turn("user", POEM),), 500)).words == words
    assert 0 < len(ask(POEM, rule).split()) <= words


@pytest.mark.parametrize(
    "text", ["I read 300 words today.", "It has 20 characters, all villains.", "Two words: hi you"]
)
def test_a_number_of_words_is_no_limit_of_itself(text: str) -> None:
    wishes = read_wishes(Prompt("", (Turn("user", text),), 500))
    assert (wishes.words, wishes.characters) == (None, None)


@pytest.mark.parametrize(
    ("rule", "sentences"),
    [
        ("Answer in one sentence.", 1),
        ("Reply with a single short sentence.", 1),
        ("Antworte in einem Satz.", 1),
        ("In two sentences.", 2),
        ("Responde en una frase.", 1),
    ],
)
def test_a_number_of_sentences_is_kept(rule: str, sentences: int) -> None:
    assert read_wishes(Prompt(rule, (Turn("user", POEM),), 500)).sentences == sentences
    answer = ask(POEM, rule)
    assert answer.count(". ") == sentences - 1
    assert answer.endswith(".")


@given(st.text(max_size=200), st.integers(1, 60))
def test_whatever_is_said_a_limit_holds(text: str, limit: int) -> None:
    if "json" not in text.lower():
        assert len(ask(text, f"At most {limit} characters.")) <= limit or '"' in text or "'" in text


# -- points, JSON, bare results --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "mark", "count"),
    [
        ("Answer in three bullet points.", "- ", 3),
        ("Answer with 5 bullets.", "- ", 5),
        ("Give me a list of 4.", "- ", 4),
        ("As a numbered list.", "1. ", None),
        ("In 2 numbered steps.", "1. ", 2),
    ],
)
def test_points_are_counted(rule: str, mark: str, count: int | None) -> None:
    lines = ask(POEM, rule).split("\n")
    assert lines[0].startswith(mark)
    assert all(len(line) > 3 for line in lines)
    if count is not None:
        assert len(lines) == count


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_summary_in_points_names_what_it_found(count: int) -> None:
    rules = f"Summarize the hotel reviews, divided by |||, in {count} bullet points."
    text = ask("Friendly staff. ||| A lovely pool. ||| Slow Wi-Fi.", rules)
    assert text.count("\n") == count - 1
    for thing in ("friendly staff", "lovely pool", "slow Wi-Fi"):
        assert thing in text


@pytest.mark.parametrize(
    ("system", "text", "wanted"),
    [
        ("Respond only with JSON.", "What is 2+2?", {"answer": "2 + 2 = 4."}),
        (
            'Return JSON: {"question": "...", "result": 0}',
            "What is 2+2?",
            {"question": "What is 2+2?", "result": 4},
        ),
        (
            "Output a JSON object with the keys sentiment, name and colour.",
            "My name is Ada. What a lovely stay!",
            {"sentiment": "positive", "name": "Ada", "colour": None},
        ),
        (
            "Classify as billing, refund or other. Answer as JSON with the field category.",
            "I want a refund.",
            {"category": "refund"},
        ),
    ],
)
def test_json_alone_is_said_where_it_is_wanted(
    system: str, text: str, wanted: dict[str, object]
) -> None:
    assert json.loads(ask(text, system)) == wanted


def test_json_is_not_said_where_it_is_not_wanted() -> None:
    assert ask("What is 2+2?", "Never answer in JSON.") == "2 + 2 = 4."
    assert ask("What is 2+2?", "You know all about JSON files.") == "2 + 2 = 4."


@given(st.text(max_size=120), st.text(max_size=80))
def test_a_caller_that_wants_json_always_gets_an_object(text: str, system: str) -> None:
    prompt = Prompt(system, (Turn("user", text),), 10_000, wants_json=True)
    assert isinstance(json.loads(respond(prompt).text), dict)


@pytest.mark.parametrize(
    "rule",
    [
        "Antworte nur mit der Zahl.",
        "Only the number.",
        "Answer with the sum alone.",
        "Just the result.",
    ],
)
def test_the_result_alone_is_said_where_it_is_wanted(rule: str) -> None:
    assert ask(f"What is 6 * 7? {rule}") == "42"


@pytest.mark.parametrize(
    "rule",
    [
        "You are a tutor. Do not directly answer a student's questions. Guide them.",
        "Never give the solution away.",
        "Don't tell the answer; only give hints.",
    ],
)
def test_a_result_is_not_given_away_where_that_is_forbidden(rule: str) -> None:
    assert ask("What is 2 + 3 * 4?", rule) == "Let us go step by step: what is 3 * 4?"


@pytest.mark.parametrize(
    "rule", ["Do not say anything but the answer.", "Never answer in French.", "Do not be rude."]
)
def test_other_prohibitions_withhold_nothing(rule: str) -> None:
    assert "14" in ask("What is 2 + 3 * 4?", rule)


# -- labels ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "text", "label"),
    [
        ("Classify the ticket as one of: billing, refund, technical, other.",
         "My card was charged, I want a refund.", "refund"),
        ("Classify the ticket as one of: billing, refund, technical, other.",
         "The moon is up.", "other"),
        ('Choose one of the labels "late delivery", "broken item" or "praise".',
         "It was delivered two days late.", "late delivery"),
        ("Label the text with happy or unhappy.", "The worst breakfast of my life", "unhappy"),
        ("Categorize into these categories: sports / politics / weather.",
         "Tomorrow's weather: rain.", "weather"),
        ("Classify into URGENT, NORMAL.", "Nothing special here.", "URGENT"),
        ("Rate the review from 1 to 5.", "The worst hotel ever: dirty rooms, rude staff.", "1"),
        ("Rate the review from 1 to 5.", "We arrived on Monday.", "3"),
        ("Score it on a scale of 1 to 10.", "Superb, wonderful, perfect!", "10"),
    ],
)  # fmt: skip
def test_one_of_the_labels_is_given_and_nothing_else(rule: str, text: str, label: str) -> None:
    assert ask(text, rule) == label
    assert ask(f"{rule.rstrip('.')}: {text}") == label


def test_no_label_where_none_is_asked_for() -> None:
    assert ask("What is 1+1?", "You help with billing, refunds or travel.") == "1 + 1 = 2."


# -- what stands in the prompt ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "text", "answer"),
    [
        ("", "Breakfast is served from 7-10. Quiet hours begin at 22.\nWhen is breakfast?",
         "Breakfast is served from 7-10."),
        ("You are a concierge. The pool opens at 9. Dinner is at 19.", "When does the pool open?",
         "The pool opens at 9."),
        ("", "Who paints?\nAda paints the gate. Mara waters the plants.", "Ada paints the gate."),
    ],
)  # fmt: skip
def test_a_sentence_of_the_prompt_answers_a_question(system: str, text: str, answer: str) -> None:
    assert ask(text, system) == answer


@pytest.mark.parametrize(
    "text", ["When is lunch?\nThe pool opens at 9.", "Write about the pool.\nThe pool opens at 9."]
)
def test_a_sentence_about_something_else_does_not(text: str) -> None:
    assert "stand-in" in ask(text)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("Answer with only the word YES if you understand.", "YES"),
        ("Reply with the single word ready, please.", "ready"),
        ('Repeat exactly: "one two three"', "one two three"),
    ],
)
def test_what_is_dictated_is_said(order: str, said: str) -> None:
    assert ask(order, "Answer in at most 2 words. Only JSON.") == said


def test_one_word_is_one_word() -> None:
    for code, word in (("en", "Stand-in."), ("de", "Ersatz."), ("es", "Sustituto.")):
        language = LANGUAGES[code]
        assert language.otherwise[-1] == word
    assert ask("Who wrote Hamlet? Answer in one word.") == "Stand-in."


def test_it_says_what_it_is() -> None:
    for text in ("Who are you?", "Hello! What can you do?", "Are you an AI?"):
        assert ask(text).startswith("I am the emulator's stand-in model, not the model you named")
    assert ask("Thank you!") == "You are welcome."
    prompt = Prompt("", (Turn("user", "What is this?", media=("image",)),), 500)
    assert "cannot look at what you attached (image)" in respond(prompt).text
