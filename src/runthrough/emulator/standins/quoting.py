"""Answers that stand in the prompt already: a sentence that says what a question asks for.

Extractive: a sentence of the instructions, of a document or of an earlier turn is given back word
for word, where it shares the question's own words. Nothing is concluded from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runthrough.emulator.standins.lexicon import LEXICON
from runthrough.emulator.standins.opinions import words_of
from runthrough.emulator.standins.prompts import Prompt

_LONGEST = 50_000
_SPLIT = re.compile(r"(?<=[.!?])\s+|\n+")
_QUESTION = re.compile(
    r"\A\W*(?:what|when|where|who|whom|whose|which|why|how|is|are|do|does|did|can|could|will|was"
    r"|were|has|have|tell me|wann|wo|wer|was|wie|welche\w*|où|quand|qui|quel\w*|combien|cuándo"
    r"|dónde|quién|qué|cuál)\b",
    re.I,
)
_ORDER = re.compile(
    r"\A\W*(?:you|your|define|list|name|compare|show|translate|calculate|compute|find|help|let"
    r"|repeat|add|subtract|multiply|divide|double|continue|complete|rewrite|shorten|suggest|plan"
    r"|recommend|draft|choose|pick|imagine|consider|remember|note|rate|label|extract|answer|reply|respond|be|do|don't|never|always|use|write|speak|if|keep|only"
    r"|please|act|give|return|output|summari[sz]e|classify|make|say|stay|follow|avoid|generate"
    r"|create|compose|provide|tell|describe|explain)\b",
    re.I,
)
_ASKING_LINE = (
    "what when where who whom whose which why how much many tell know please could would can does"
    " did wann wo wer wie viel welche welcher quand qui quel quelle combien cuándo dónde quién qué"
    " cuál time there"
)
_ASKING = frozenset(_ASKING_LINE.split())


@dataclass(frozen=True)
class Quoted:
    """A sentence of the prompt.

    Attributes:
        told: whether the user said it of themselves.
    """

    text: str
    told: bool


def find_answer(prompt: Prompt) -> Quoted | None:
    """Return the sentence that answers the user's question best; None where none does.

    At least half of the question's own words have to stand in it.
    """
    question = _last_question(prompt.last[-_LONGEST:])
    wanted = _stems(question)
    if not wanted:
        return None
    best: tuple[int, str] | None = None
    for sentence in _sentences(prompt, question):
        shared = len(wanted & _stems(sentence))
        if 2 * shared >= len(wanted) and (best is None or shared > best[0]):
            best = (shared, sentence)
    if best is None:
        return None
    return Quoted(best[1], bool(re.search(r"\b(?:I|I'm|my|we|our|ich|je|yo)\b", best[1])))


def _last_question(text: str) -> str:
    sentences = split_sentences(text)
    asked = [one for one in sentences if one.endswith("?")]
    if asked:
        return asked[-1]
    return sentences[-1] if sentences and _QUESTION.match(sentences[-1]) else ""


def _sentences(prompt: Prompt, question: str) -> Iterator[str]:
    """Yield the sentences of the prompt that state something, the user's latest ones first."""
    said = [turn.text for turn in reversed(prompt.messages) if turn.role == "user"]
    for text in (*said, prompt.system):
        for sentence in map(str.strip, _SPLIT.split(text[:_LONGEST])):
            stated = not sentence.endswith("?") and not _ORDER.match(sentence)
            if sentence and sentence != question and stated:
                yield sentence


def _stems(text: str) -> set[str]:
    return {
        _stem(word)
        for word in words_of(text)
        if word not in _ASKING and word not in LEXICON.stop_words and len(word) > 1
    }


def _stem(word: str) -> str:
    for end in ("ing", "ed", "es", "s", "e"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            return word[: -len(end)]
    return word


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text; a line break ends one as well."""
    return [one.strip() for one in _SPLIT.split(text) if one.strip()]


def is_order(sentence: str) -> bool:
    """Whether a sentence tells somebody what to do, by the word it begins with."""
    return bool(_ORDER.match(sentence))
