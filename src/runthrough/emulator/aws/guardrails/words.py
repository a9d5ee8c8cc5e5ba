"""The word policy: which of its words a text holds, and how AWS reports that.

Source: facts amazon-bedrock 2.10 (members). Chosen here: a word is met as a whole word, whatever
its capitals and however many blanks stand between those of a phrase; one policy unit is a thousand
characters begun. AWS matches exact words and phrases; more is not documented.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from runthrough.emulator.world import WordPolicy

_UNIT = 1000
_REMEMBERED = 20_000
"""Words whose pattern is kept: twice what a guardrail may have."""

NO_UNITS: Mapping[str, int] = MappingProxyType(
    {
        "topicPolicyUnits": 0,
        "contentPolicyUnits": 0,
        "wordPolicyUnits": 0,
        "sensitiveInformationPolicyUnits": 0,
        "sensitiveInformationPolicyFreeUnits": 0,
        "contextualGroundingPolicyUnits": 0,
    }
)


@dataclass(frozen=True)
class Assessment:
    """What a word policy found.

    Attributes:
        matches: the words as they stand in the text, each once.
        guarded: characters it looked at.
        total: characters there were.
        milliseconds: how long it took.
    """

    matches: tuple[str, ...]
    guarded: int
    total: int
    milliseconds: int = 0

    @property
    def blocked(self) -> bool:
        """Whether the guardrail intervenes."""
        return bool(self.matches)

    @property
    def usage(self) -> dict[str, int]:
        """The policy units it is charged for."""
        return {**NO_UNITS, "wordPolicyUnits": -(-self.guarded // _UNIT)}

    @property
    def coverage(self) -> dict[str, Any]:
        """How much of the text it looked at."""
        return {"textCharacters": {"guarded": self.guarded, "total": self.total}}

    def write(self) -> dict[str, Any]:
        """Return it as the service does (GuardrailAssessment)."""
        words = [{"match": one, "action": "BLOCKED", "detected": True} for one in self.matches]
        policy = {"wordPolicy": {"customWords": words, "managedWordLists": []}} if words else {}
        return {
            **policy,
            "invocationMetrics": {
                "guardrailProcessingLatency": self.milliseconds,
                "usage": self.usage,
                "guardrailCoverage": self.coverage,
            },
        }


def assess(policy: WordPolicy, texts: Iterable[str], *, total: int | None = None) -> Assessment:
    """Look for the policy's words.

    Args:
        policy: the words.
        texts: what is to be looked at.
        total: characters there were, where not all of them are to be looked at.
    """
    looked_at = list(texts)
    found = [m[0] for text in looked_at for word in policy.words for m in _find(word, text)]
    guarded = sum(map(len, looked_at))
    return Assessment(
        tuple(dict.fromkeys(found)), guarded, guarded if total is None else max(total, guarded)
    )


def _find(word: str, text: str) -> Iterable[re.Match[str]]:
    return _pattern(word).finditer(text)


@lru_cache(_REMEMBERED)
def _pattern(word: str) -> re.Pattern[str]:
    phrase = r"\s+".join(map(re.escape, word.split()))
    return re.compile(rf"(?<!\w){phrase}(?!\w)", re.IGNORECASE)
