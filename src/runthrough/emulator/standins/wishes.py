"""Wishes for the form of an answer, read from instructions and from what the user said last.

Understood, in English and in short forms of German, French and Spanish: a number of sentences, at
most so many words or characters, so many bullet points or numbered points, JSON only, the result
alone, and that an answer is not to be given away. Of two limits the tighter one counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from runthrough.emulator.standins.prompts import Prompt

_LONGEST, _NEAR = 20_000, 600
_NUMBERS = {
    **{"a": 1, "one": 1, "single": 1, "a single": 1, "two": 2, "three": 3, "four": 4, "five": 5},
    **{"six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "einem": 1, "zwei": 2, "drei": 3},
    **{"une": 1, "un": 1, "deux": 2, "trois": 3, "una": 1, "dos": 2, "tres": 3, "einer": 1},
    **{"vier": 4, "fünf": 5, "quatre": 4, "cinq": 5, "cuatro": 4, "cinco": 5},
}
_N = rf"(\d{{1,4}}|{'|'.join(sorted((n for n in _NUMBERS if n != 'a'), key=len, reverse=True))})"
_WORDS = r"(?:words?|wörtern?|worte?n?|mots?|palabras?)"
_SIGNS = r"(?:characters?|chars?|letters|zeichen|caractères?|caracteres?)"
_SENTENCES = r"(?:sentences?|satz|sätzen?|phrases?|frases?|oración|oraciones)"
_MOST = (
    r"(?:at most|no more than|not more than|up to|within|max(?:imum|imal)?\.?(?: of| de)?|limit of"
    r"|limited to|not exceed\w*|exceed\w*|höchstens|au plus|como máximo|máximo(?: de)?|bis zu)"
)
_LESS = r"(?:under|below|fewer than|less than|shorter than|unter|weniger als|moins de|menos de)"
_UNIT = rf"(?:(?P<words>{_WORDS})|(?P<signs>{_SIGNS}))\b"
_LIMITS = (
    re.compile(
        rf"(?:(?P<less>{_LESS})|{_MOST}|\b(?:in|with|using|exactly))\s+(?P<n>{_N})[\s-]*{_UNIT}",
        re.I,
    ),
    re.compile(
        rf"\b(?P<n>{_N})[\s-]*{_UNIT}\s*,?\s*"
        r"(?:or (?:fewer|less)|max(?:imum)?\b|at most|limit\b|only\b)",
        re.I,
    ),
    re.compile(
        rf"\b(?P<n>{_N})-(?P<words>word)\b|\b(?:a single|only one|just one) (?P<word>word)\b", re.I
    ),
)
_ONE_SENTENCE = re.compile(
    rf"\b{_N}[\s-]+(?:[\w-]+\s+){{0,2}}?{_SENTENCES}\b|\bin a sentence\b", re.I
)
_BULLETS = re.compile(
    rf"\b(?:{_N}\s+(?:\w+\s+)?)?(?:bullet(?:ed)?[\s-]*(?:points?|lists?|items?)?|bullets"
    r"|stichpunkten?|stichpunkte|puces|viñetas)\b",
    re.I,
)
_NUMBERED = re.compile(rf"\b(?:{_N}\s+)?numbered (?:points?|list|items?|steps?)\b", re.I)
_LIST_OF = re.compile(rf"\blist of {_N}\b", re.I)
_JSON = re.compile(
    r"\bjson\b(?=[^.!?\n]{0,40}\b(?:only|alone|object|format)\b)|\b(?:only|valid|as|in|return|output)"
    r"\b[^.!?\n]{0,30}\bjson\b",
    re.I,
)
_NO_JSON = re.compile(r"\b(?:no|not|without|never)\b[^.!?\n]{0,20}\bjson\b", re.I)
_BARE = re.compile(
    r"\b(?:only|just) (?:with )?(?:the |a )?(?:number|result|sum|value|figure|total)\b"
    r"|\b(?:number|result|sum|value|figure|total) (?:only|alone|and nothing else)\b"
    r"|\bnur (?:mit )?(?:die|der|das|dem) (?:zahl|ergebnis)\b"
    r"|\b(?:seulement|uniquement) le (?:nombre|résultat)\b"
    r"|\b(?:solo|sólo|solamente) el (?:número|resultado)\b",
    re.I,
)
_HINT = re.compile(
    r"word|wort|wört|mots?\b|palabra|char|letters|zeichen|caract|sentence|satz|sätz|phrase|frase"
    r"|oraci|bullet|stichpunkt|puces|viñeta|number|list of|json|result|sum|value|figure|total|zahl"
    r"|ergebnis|nombre|résultat|número|resultado|n't|\bnot\b|never",
    re.I,
)
"""One of these stands in every text that wishes for anything; most texts are told by it alone."""

_WITHHELD = re.compile(
    r"\b(?:do not|don't|never)\s+(?:directly |just |simply |immediately |ever )*"
    r"(?:give|tell|reveal|provide|answer|solve|state|say|show)\b(?! (?:in|with|as)\b)"
    r"(?P<rest>[^.!?\n]{0,80})",
    re.I,
)
_AN_ANSWER = re.compile(r"\b(?:answers?|solutions?|results?|directly|questions?)\b", re.I)
_BUT = re.compile(r"\b(?:but|except|other than|besides|unless)\b", re.I)


@dataclass(frozen=True)
class Wishes:
    """What is wished of an answer's form; None = nothing is.

    Attributes:
        points: how many points of a list; 0 = as many as there are sentences.
        numbered: whether the points have numbers.
        json: whether the answer is to be a JSON object.
        bare: whether of a sum the result alone is wanted.
        withheld: whether results are not to be given away.
    """

    sentences: int | None = None
    words: int | None = None
    characters: int | None = None
    points: int | None = None
    numbered: bool = False
    json: bool = False
    bare: bool = False
    withheld: bool = False


def read_wishes(prompt: Prompt) -> Wishes:
    """Return what a prompt wishes for; of a long text of the user's only its ends are read."""
    last = prompt.last
    ends = last if len(last) <= 2 * _NEAR else f"{last[:_NEAR]}\n{last[-_NEAR:]}"
    instructed, asked = read_wishes_of(prompt.system), read_wishes_of(ends)
    listed = asked if asked.points is not None else instructed
    return Wishes(
        sentences=_tighter(instructed.sentences, asked.sentences),
        words=_tighter(instructed.words, asked.words),
        characters=_tighter(instructed.characters, asked.characters),
        points=listed.points,
        numbered=listed.numbered,
        json=instructed.json or asked.json,
        bare=instructed.bare or asked.bare,
        withheld=instructed.withheld,
    )


def read_wishes_of(instructions: str) -> Wishes:
    """Return what one text wishes for."""
    return _read(instructions[:_LONGEST])


@lru_cache(maxsize=128)  # the instructions are the same in every call of a statement
def _read(text: str) -> Wishes:
    if not _HINT.search(text):
        return Wishes()
    points, numbered = _read_points(text)
    return Wishes(
        sentences=min((_count(m[1]) for m in _ONE_SENTENCE.finditer(text)), default=None),
        words=_read_limit(text, "words"),
        characters=_read_limit(text, "signs"),
        points=points,
        numbered=numbered,
        json=bool(_JSON.search(text)) and not _NO_JSON.search(text),
        bare=bool(_BARE.search(text)),
        withheld=_is_withheld(text),
    )


def _tighter(one: int | None, other: int | None) -> int | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)


def _count(written: str | None) -> int:
    """Return a number written in figures or as a word; nothing is one."""
    if written is None:
        return 1
    return int(written) if written.isdigit() else _NUMBERS[written.lower()]


def _read_limit(text: str, unit: str) -> int | None:
    limits = []
    for match in (found for pattern in _LIMITS for found in pattern.finditer(text)):
        groups = match.groupdict()
        if groups.get(unit):
            limits.append(max(1, _count(groups["n"]) - bool(groups.get("less"))))
        elif unit == "words" and groups.get("word"):
            limits.append(1)
    return min(limits, default=None)


def _read_points(text: str) -> tuple[int | None, bool]:
    for pattern, numbered in ((_NUMBERED, True), (_BULLETS, False), (_LIST_OF, False)):
        match = pattern.search(text)
        if match is not None:
            return (0 if match[1] is None else _count(match[1])), numbered
    return None, False


def _is_withheld(instructions: str) -> bool:
    return any(
        _AN_ANSWER.search(match[0]) and not _BUT.search(match["rest"])
        for match in _WITHHELD.finditer(instructions)
    )
