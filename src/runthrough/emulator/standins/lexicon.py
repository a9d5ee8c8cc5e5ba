"""The words the stand-ins know, read from `lexicon.yaml` once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml


@dataclass(frozen=True)
class Theme:
    """One thing people write about.

    Attributes:
        liked: how a summary names it when people liked it.
        disliked: how a summary names it when they did not.
        nouns: pattern and the noun that takes an adjective (`the attentive staff`).
        touched: a pattern that finds the theme in any of its forms.
    """

    name: str
    liked: str
    disliked: str
    nouns: tuple[tuple[re.Pattern[str], str], ...]
    touched: re.Pattern[str]


@dataclass(frozen=True)
class Lexicon:
    """All lists together.

    Attributes:
        weights: word → how strongly it praises (1, 2) or blames (-1, -2).
        adjectives: words of `weights` that read well before a noun.
    """

    themes: tuple[Theme, ...]
    weights: Mapping[str, int]
    adjectives: frozenset[str]
    negations: frozenset[str]
    stop_words: frozenset[str]


def _read_lexicon() -> Lexicon:
    text = (resources.files(__package__) / "lexicon.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where it is built
    lists = yaml.load(text, Loader=loader)
    return Lexicon(
        themes=tuple(_read_theme(theme) for theme in lists["themes"]),
        weights=MappingProxyType(
            {word: weight for weight, words in lists["weights"].items() for word in words.split()}
        ),
        adjectives=frozenset(lists["adjectives"].split()),
        negations=frozenset(lists["negations"].split()),
        stop_words=frozenset(lists["stop_words"].split()),
    )


def _read_theme(theme: Mapping[str, Any]) -> Theme:
    nouns = theme.get("nouns", {})
    patterns = [*nouns.values(), *filter(None, [theme.get("hints")])]
    return Theme(
        name=theme["name"],
        liked=theme["liked"],
        disliked=theme.get("disliked", theme["liked"]),
        nouns=tuple((_words(pattern), noun) for noun, pattern in nouns.items()),
        touched=_words("|".join(patterns)),
    )


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.I)


LEXICON = _read_lexicon()
