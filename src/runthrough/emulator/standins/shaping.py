"""Giving an answer the form that was wished for: sentences, points, words, characters."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from runthrough.emulator.standins.wishes import Wishes

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^a-z])")
_CLAUSE = re.compile(r"(?<=[;,:])\s+|\s+(?=(?:and|und|et|y|but|aber|mais|pero)\s)")
_LOOSE = " ,;:-–"  # noqa: RUF001


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text, each with its sign at the end."""
    return [one.strip() for one in _SENTENCE.split(text) if one.strip()]


def shape(wordings: Sequence[str], wishes: Wishes) -> str:
    """Return the first wording that fits when its sentences are counted off, or the last one cut.

    Args:
        wordings: ways to say it, the fullest first.
        wishes: a list of points is made before words and characters are counted.
    """
    formed = [_form(one, wishes) for one in wordings]
    return next((one for one in formed if fits(one, wishes)), cut(formed[-1], wishes))


def fits(text: str, wishes: Wishes) -> bool:
    """Whether a text is within the limits."""
    return (wishes.words is None or len(text.split()) <= wishes.words) and (
        wishes.characters is None or len(text) <= wishes.characters
    )


def cut(text: str, wishes: Wishes) -> str:
    """Return as many whole words of a text as fit, ended like a sentence where there is room."""
    if fits(text, wishes):
        return text
    end = text[-1] if text[-1:] in (".", "!", "?") else ""
    words = re.findall(r"\s*\S+", text)
    if wishes.words is not None:
        words = words[: wishes.words]
    while len(words) > 1 and not fits(_ended(words, end), wishes):
        words.pop()
    return _ended(words, end)[: wishes.characters]


def _ended(words: list[str], end: str) -> str:
    return "".join(words).rstrip(_LOOSE + ".!?") + end


def _form(text: str, wishes: Wishes) -> str:
    if wishes.sentences is not None:
        text = " ".join(sentences_of(text)[: wishes.sentences])
    return text if wishes.points is None else as_points(text, wishes.points, wishes.numbered)


def as_points(text: str, count: int, numbered: bool) -> str:
    """Return a text as a list: its sentences, or just so many pieces of it (0 = the sentences)."""
    points = sentences_of(text)
    if count:
        points = _divide(points, count)
    marks = [f"{at}." if numbered else "-" for at in range(1, len(points) + 1)]
    return "\n".join(f"{mark} {one}" for mark, one in zip(marks, points, strict=True))


def _divide(points: list[str], count: int) -> list[str]:
    """Return just so many points, where there are words enough: cut at clauses, then at words."""
    if len(points) < count:
        points = [part for one in points for part in _CLAUSE.split(one) if part.strip()]
    if len(points) < count:
        points = " ".join(points).split()
    if len(points) <= count:
        return points
    size, more = divmod(len(points), count)
    starts = [at * size + min(at, more) for at in range(count + 1)]
    return [" ".join(points[a:b]) for a, b in itertools.pairwise(starts)]
