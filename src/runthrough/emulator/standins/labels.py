"""Classification: a prompt that asks for one of several labels gets one, as it is written there.

Labels are what the instructions list (`POSITIVE, NEGATIVE or NEUTRAL`; `one of: billing, refund,
other`), or a scale (`from 1 to 5`). Which one: labels of praise and blame by the text's words of
praise and blame; others by the words a label shares with the text, or else the label that stands
for the rest (`other`, `neutral`, `unknown`), or else the first. Nothing more is understood.
Source: facts workshop-labs D.1 (the sentiment model of the AI demo).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from runthrough.emulator.standins.opinions import score_text, words_of
from runthrough.emulator.standins.prompts import Prompt

_LONGEST = 20_000
_TYPEWRITTEN = str.maketrans("“”‘’«»", '""\'\'""')  # noqa: RUF001
_LABEL = re.compile(r"\b(positive|negative|neutral)\b", re.I)
_ASKED = re.compile(
    r"\b(?:classif\w+|categori\w+|sentiment|label\w*|only|one of|one word|klassifiz\w+"
    r"|clasific\w+)\b",
    re.I,
)
_CLASSIFYING = re.compile(
    r"\b(?:classif\w+|categori[sz]\w+|categor(?:y|ies)|labels?|labell?(?:ed|ing)?|classes|route|tag)\b"
    r"|\bone of (?:the |these )?(?:following|labels?|categories)\b",
    re.I,
)
_ONE = r"(?:\"[^\"\n]{1,40}\"|'[^'\n]{1,40}'|`[^`\n]{1,40}`|[\w-]+(?: [\w-]+){0,2}?)"
_LIST = re.compile(
    rf"({_ONE}(?:\s*[,/|]\s*{_ONE}){{0,30}}\s*(?:,?\s*\b(?:or|and|oder|ou|o)\b|[,/|])\s*{_ONE})(?=[\s.:;!?\n)\]]|\Z)",
    re.I,
)
_LEAD = re.compile(
    r"(?:\b(?:one of|as(?: either)?|into|with|either|labels?|categories|classes|between)\b"
    r"(?: (?:the |these |this )?(?:\w+ )?"
    r"(?:labels?|categories|classes|following|words?|list|tags?))?"
    r"\s*(?:are|is)?\s*[:=]?\s*[(\[]?\s*)",
    re.I,
)
_DIVIDER = re.compile(r"\s*(?:[,/|]|\b(?:or|and|oder|ou|o)\b)\s*", re.I)
_SCALE = re.compile(
    r"\b(?:rate|rating|score|grade|scale|stars?)\b[^.!?\n]{0,60}?\b(\d{1,3})\s*(?:to|-|–|and|bis|à)"  # noqa: RUF001
    r"\s*(\d{1,3})\b",
    re.I,
)
_PRAISE_LINE = "positive good great happy satisfied liked like praise recommend pro"
_BLAME_LINE = "negative bad poor unhappy dissatisfied disliked dislike complaint angry blame con"
_REST_LINE = (
    "other others neutral unknown none mixed general misc miscellaneous unclear undecided rest"
    " sonstiges andere autre autres otro otros else"
)
_PRAISE, _BLAME = frozenset(_PRAISE_LINE.split()), frozenset(_BLAME_LINE.split())
_REST = frozenset(_REST_LINE.split())


@dataclass(frozen=True)
class Wanted:
    """A label that is wanted: one of these, for this text."""

    labels: tuple[str, ...]
    text: str


def classify(prompt: Prompt) -> str | None:
    """Return the label of what the user said last; None if none is asked for.

    Without instructions of their own, those before the first colon of the user's text count.
    """
    instructions, text = prompt.system[:_LONGEST], prompt.last
    if not _asks(instructions):
        instructions, colon, rest = text.partition(":")
        if not colon or not _asks(instructions):
            return _of_a_list(prompt)
        text = rest
    labels: dict[str, str] = {
        found.lower(): found for found in reversed(_LABEL.findall(instructions))
    }
    score = score_text(text)
    wanted = "positive" if score > 0 else "negative" if score < 0 else "neutral"
    return labels.get(wanted, labels["positive"])


def _asks(instructions: str) -> bool:
    named = {found.lower() for found in _LABEL.findall(instructions)}
    return {"positive", "negative"} <= named and bool(_ASKED.search(instructions))


def _of_a_list(prompt: Prompt) -> str | None:
    wanted = find_labels(prompt)
    return None if wanted is None else choose_label(wanted)


def find_labels(prompt: Prompt) -> Wanted | None:
    """Return the labels or the scale that instructions list, and the text they are for."""
    system, said = prompt.system[:_LONGEST], prompt.last
    found = _read_labels(system)
    if found:
        return Wanted(found, said)
    head = re.match(r"([^\n]{1,400}?)(?::\s+(?=\S)|\n+)(?=\S)", said)
    while head is not None:
        found = _read_labels(said[: head.end()])
        if found:
            return Wanted(found, said[head.end() :])
        after = re.compile(r"([^\n]{1,400}?)(?::\s+(?=\S)|\n+)(?=\S)").match(said, head.end())
        head = after if after is not None and after.end() < 800 else None
    return None


def _read_labels(instructions: str) -> tuple[str, ...]:
    text = instructions.translate(_TYPEWRITTEN)
    scale = _SCALE.search(text)
    if scale is not None and 0 < int(scale[2]) - int(scale[1]) <= 100:
        return tuple(map(str, range(int(scale[1]), int(scale[2]) + 1)))
    if not _CLASSIFYING.search(text):
        return ()
    for lead in _LEAD.finditer(text):
        listed = _LIST.match(text, lead.end())
        if listed is not None:
            labels = [one.strip(" \"'`") for one in _DIVIDER.split(listed[1])]
            if len(labels) >= 2 and all(labels):
                return tuple(dict.fromkeys(labels))
    return ()


def choose_label(wanted: Wanted) -> str:
    """Return the label that fits a text best; see the top of this module."""
    score = score_text(wanted.text)
    if all(label.isdigit() for label in wanted.labels):
        return _on_scale(wanted.labels, score)
    kinds = {label: set(words_of(label.replace("_", " "))) for label in wanted.labels}
    praising = next((one for one, words in kinds.items() if words & _PRAISE), None)
    blaming = next((one for one, words in kinds.items() if words & _BLAME), None)
    rest = next((one for one, words in kinds.items() if words & _REST), None)
    if praising and blaming:
        found = praising if score > 0 else blaming if score < 0 else rest
        return found or praising
    said = {_stem(word) for word in words_of(wanted.text[:_LONGEST])}
    shared = {label: len({_stem(w) for w in words} & said) for label, words in kinds.items()}
    best = max(wanted.labels, key=lambda label: shared[label])
    return best if shared[best] else rest or wanted.labels[0]


def _on_scale(labels: Sequence[str], score: int) -> str:
    """Return the grade of a text: the middle where it neither praises nor blames."""
    share = 0.5 + max(-3, min(3, score)) / 6
    return labels[round(share * (len(labels) - 1))]


def _stem(word: str) -> str:
    for end in ("ing", "ed", "es", "s", "e"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            return word[: -len(end)]
    return word
