"""The texts the generators draw from, read from `texts/*.yaml`.

Facts workshop-labs C.4 gives their shape; the texts are our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class Corpus:
    """Everything that is said in River Hotels.

    Attributes:
        reviews: stars → theme → text; every number of stars has the same themes.
        descriptions: hotel class → texts, each "Title - two sentences".
        places: (city, country) pairs; Newcastle occurs in two countries.
        first_names, last_names: ASCII letters only, as e-mail addresses are made of them.
    """

    reviews: Mapping[int, Mapping[str, str]]
    descriptions: Mapping[str, tuple[str, ...]]
    places: tuple[tuple[str, str], ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


@cache
def corpus() -> Corpus:
    """Read the texts once."""
    people = _read("people")
    return Corpus(
        reviews=_read("reviews"),
        descriptions={name: tuple(texts) for name, texts in _read("hotels").items()},
        places=tuple(
            (city, country) for country, cities in _read("places").items() for city in cities
        ),
        first_names=tuple(people["first"]),
        last_names=tuple(people["last"]),
    )


def _read(name: str) -> dict[Any, Any]:
    text = files("runthrough.data").joinpath("texts", f"{name}.yaml").read_text(encoding="utf-8")
    content: dict[Any, Any] = yaml.safe_load(text)
    return content
