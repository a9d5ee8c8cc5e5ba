"""The small chat: what it can do, it does; of the rest it says that it is a stand-in.

In this order: it says what it is told to say, works out sums and goes on from earlier results,
repeats or shortens its last answer, remembers what the user told and asked, gives back a sentence
of the prompt that answers a question, and comments on given facts. It does not translate and does
not look at pictures, and says so.
"""

from __future__ import annotations

import re

from runthrough.emulator.standins.comments import comment, orders_comment
from runthrough.emulator.standins.languages import (
    Language,
    asks_for_translation,
    choose_language,
)
from runthrough.emulator.standins.memory import answer_again, recall
from runthrough.emulator.standins.prompts import Prompt
from runthrough.emulator.standins.quoting import find_answer
from runthrough.emulator.standins.sums import (
    Sum,
    continue_sum,
    find_sum,
    has_no_words,
    last_number,
    result_in,
)
from runthrough.emulator.standins.wishes import Wishes

_TYPEWRITTEN = str.maketrans("“”‘’", "\"\"''")  # noqa: RUF001
_END = r"(?=(?:,? (?:if|when|once|and nothing|please)\b[^.!?\n]{0,60})?[.!]?\s*\Z)"
_DICTATED = re.compile(
    r"\b(?:reply|respond|answer|say|repeat|return|output)\b(?: \w+){0,5}?:?\s*"
    r"(?:[\"'`](?P<quoted>[^\"'`\n]{1,200})[\"'`]"
    rf"|(?:the (?:single )?word |with |only |just )+(?P<bare>[A-Z]{{2,20}}){_END}"
    rf"|the (?:single )?word (?P<word>[^\W\d_]{{1,20}}){_END})",
    re.I,
)
_LONGEST, _LONGEST_ORDER = 4_000, 400
_GREETING = re.compile(
    r"\A\W*(?:how are you|wie geht|comment (?:ça va|allez-vous)|qué tal|cómo está"
    r"|hello|hi|hey|good (?:morning|day|evening|afternoon)|bonjour|salut|hallo"
    r"|guten (?:tag|morgen|abend)|hola|buenos días|buenas (?:tardes|noches))\b",
    re.I,
)
_THANKS = re.compile(r"\A\W*(?:many )?(?:thanks|thank you|danke|merci|gracias)\b", re.I)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_ABOUT_SUMS = re.compile(
    r"\b(?:what|how (?:much|many)|calculate|compute|work out|solve|sums?|add|equals?|result"
    r"|evaluate|multiply|divide|subtract|product|wie ?viel|rechne|berechne|combien|calcul\w+|font"
    r"|cuánto|calcula|cuál)\b|[=?]",
    re.I,
)
_ABOUT_ITSELF = re.compile(
    r"\b(?:who|what) are you\b|\bwhat can you do\b|\b(?:what|which) (?:\w+ )?model\b"
    r"|\bare you (?:an? |the )?(?:ai|bot|model|human|real|claude|gpt\w*)\b"
    r"|\bwer (?:bist du|sind sie)\b|\bqui (?:es-tu|êtes-vous)\b|\bquién eres\b",
    re.I,
)


def chat(prompt: Prompt, wishes: Wishes) -> tuple[str, ...]:
    """Return wordings of the answer to the last thing the user said, the fullest first."""
    language = choose_language(prompt)
    said = prompt.last.translate(_TYPEWRITTEN)
    found = (
        _find_dictated(said)
        or _no_translation(said, language)
        or answer_again(prompt, language)
        or _work_out(prompt, said, language, wishes)
        or recall(prompt, language)
        or _quote(prompt, language)
    )
    if found:
        return (found,)
    polite = _be_polite(said, language)
    if polite and not orders_comment(said):
        return (polite,)
    if comments := comment(prompt):
        return comments
    kinds = prompt.messages[-1].media if prompt.messages else ()
    if kinds:
        return (language.no_media.format(kinds=", ".join(dict.fromkeys(kinds))),)
    return language.otherwise


def is_dictated(prompt: Prompt) -> bool:
    """Whether the user dictates the answer, which then has the form it was dictated in."""
    return bool(_find_dictated(prompt.last.translate(_TYPEWRITTEN)))


def _find_dictated(said: str) -> str:
    if len(said) > _LONGEST_ORDER:
        return ""
    match = _DICTATED.search(said)
    if match is None:
        return ""
    return match["quoted"] or match["bare"] or match["word"]


def _no_translation(said: str, language: Language) -> str:
    order = _SENTENCE.split(said[:_LONGEST_ORDER], maxsplit=1)[0]
    return language.no_translation if asks_for_translation(order) else ""


def _work_out(prompt: Prompt, said: str, language: Language, wishes: Wishes) -> str:
    """Return the result of a sum, of the result alone, or the first step towards it."""
    total = _find_sum(said) or _go_on(prompt, said)
    if total is None:
        return ""
    if wishes.withheld:
        return language.hint.format(left=total.first_step)
    if wishes.bare:
        return total.result
    return language.sum.format(left=total.written, right=total.result)


def _find_sum(said: str) -> Sum | None:
    """Return the first sum in a sentence that asks for one, or that is nothing but one."""
    for sentence in _SENTENCE.split(said[:_LONGEST]):
        asks = _ABOUT_SUMS.search(sentence) or has_no_words(sentence)
        total = find_sum(sentence) if asks else None
        if total is not None:
            return total
    return None


def _go_on(prompt: Prompt, said: str) -> Sum | None:
    """Return the sum that goes on from the last result told, or a number of the last answer."""
    told = [turn.text for turn in reversed(prompt.messages[:-1]) if turn.role == "assistant"]
    results = (result_in(text) for text in told)
    before = next(filter(None, results), None) or (last_number(told[0]) if told else None)
    return None if before is None else continue_sum(said, before)


def _quote(prompt: Prompt, language: Language) -> str:
    found = find_answer(prompt)
    if found is None:
        return ""
    return language.told.format(quote=found.text) if found.told else found.text


def _be_polite(said: str, language: Language) -> str:
    if _THANKS.match(said):
        return language.thanks
    if _ABOUT_ITSELF.search(said):
        return ""
    return language.greeting if _GREETING.match(said) else ""
