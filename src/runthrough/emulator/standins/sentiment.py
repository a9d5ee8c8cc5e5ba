"""How a text judges an aspect: positive, negative or neutral, and how surely.

It is read off the words of praise and blame (`opinions`): those on a theme that the aspect names,
or else those of the sentences in which the aspect's words occur. An aspect nobody mentions is
neutral.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from runthrough.emulator.standins.opinions import read_opinions, score_text, words_of

_SENTENCES = re.compile(r"[.!?;\n]+|,?\s+\b(?:but|however|although|though|while)\b")


@dataclass(frozen=True)
class Sentiment:
    """A judgement; the score, 0 to 1, says how sure it is."""

    label: Literal["positive", "negative", "neutral"]
    score: float


def judge(text: str, aspect: str) -> Sentiment:
    """Return how a text judges an aspect; the same text and aspect get the same judgement."""
    wanted = set(words_of(aspect))
    scores = [score_text(part) for part in _SENTENCES.split(text) if wanted & set(words_of(part))]
    if not any(scores):
        scores = [o.score for o in read_opinions(text) if o.theme.touched.search(aspect)]
    return _judged(sum(scores))


def judge_text(text: str) -> Sentiment:
    """Return how a text judges whatever it is about."""
    return _judged(score_text(text))


def _judged(total: int) -> Sentiment:
    if total == 0:
        return Sentiment("neutral", 0.5)
    surety = 1 - 0.5 ** (abs(total) + 1)
    return Sentiment("positive" if total > 0 else "negative", surety)
