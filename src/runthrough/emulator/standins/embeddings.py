"""Vectors of texts: hashed words, so that texts which share words lie near one another.

Every word is spread over a few places of the vector by a hash; a long word also by its beginning,
so that `brake` and `brakes` are neighbours. The same text always has the same vector. No meaning
is in it: synonyms are strangers.
"""

from __future__ import annotations

import hashlib
import math
import re
from functools import lru_cache

from runthrough.emulator.standins.lexicon import LEXICON

_WORD = re.compile(r"\w+")
_PLACES = 8
_STOP_WORD_WEIGHT = 0.1
_STEM, _STEM_WEIGHT = 5, 0.6
_EMPTY = "\0empty"


def embed(text: str, dimensions: int, *, normalize: bool = True) -> list[float]:
    """Return the vector of a text.

    Args:
        text: any text; one without words has a vector of its own.
        dimensions: how many numbers the vector has.
        normalize: whether its length is 1.
    """
    vector = [0.0] * dimensions
    for word, weight in _features(text):
        for place, sign in _places(word):
            vector[place % dimensions] += sign * weight
    if not normalize:
        return vector
    length = math.sqrt(sum(x * x for x in vector))
    # Two hashed words may cancel one another out; the vector then points nowhere in particular.
    return [x / length for x in vector] if length else [1.0, *vector[1:]]


def _features(text: str) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for word in _WORD.findall(text.lower()):
        weight = _STOP_WORD_WEIGHT if word in LEXICON.stop_words else 1.0
        found.append((word, weight))
        if len(word) >= _STEM:
            found.append((f"{word[: _STEM - 1]}…", weight * _STEM_WEIGHT))
    return found or [(_EMPTY, 1.0)]


@lru_cache(maxsize=8192)
def _places(word: str) -> tuple[tuple[int, float], ...]:
    digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=4 * _PLACES).digest()
    numbers = [int.from_bytes(digest[i : i + 4]) for i in range(0, len(digest), 4)]
    return tuple((number >> 1, 1.0 if number & 1 else -1.0) for number in numbers)
