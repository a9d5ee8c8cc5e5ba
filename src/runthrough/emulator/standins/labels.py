"""Classification: a prompt that asks for one label of praise or blame gets one.

The labels are those the instructions name, as they write them: `POSITIVE`, `negative`, `Neutral`.
Source: facts workshop-labs D.1 (the sentiment model of the AI demo).
"""

from __future__ import annotations

import re

from runthrough.emulator.standins.opinions import score_text
from runthrough.emulator.standins.prompts import Prompt

_LABEL = re.compile(r"\b(positive|negative|neutral)\b", re.I)
_ASKED = re.compile(r"\b(?:classif\w+|categori\w+|sentiment|label\w*|only|one of|one word)\b", re.I)


def classify(prompt: Prompt) -> str | None:
    """Return the label of what the user said last; None if none is asked for.

    Without instructions of their own, those before the first colon of the user's text count.
    """
    instructions, text = prompt.system, prompt.last
    if not _asks(instructions):
        instructions, colon, rest = text.partition(":")
        if not colon or not _asks(instructions):
            return None
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
