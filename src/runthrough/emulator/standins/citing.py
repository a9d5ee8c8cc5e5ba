"""Citing: which words of an answer stand in a document, and where.

A stand-in quotes, and so does, at times, a model behind `--llm`. A sentence of the answer that
stands in a source word for word is a citation; nothing else is, so every place told is true.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

_GAP = re.compile(r"(?<=[.!?])\s+|\n+")
_COLON = re.compile(r":\s+")
_ENDS = ".!?"
_LEAST = 3
"""Words a sentence has to have: fewer would be found anywhere."""

SourceKind = Literal["document", "search result"]
Span = tuple[int, int]


@dataclass(frozen=True)
class Source:
    """A document or a search result that stands in a prompt.

    Attributes:
        title: what it is called, '' where it has no name.
        texts: what it says: one text, or the pieces that the caller has cut it into.
        in_pieces: whether a place in it is told by the numbers of its pieces, not by characters.
        origin: where a search result is from, such as a URL.
        is_cited: whether the answer is to name the places it takes from it.
    """

    kind: SourceKind
    title: str
    texts: tuple[str, ...] = ()
    in_pieces: bool = False
    origin: str = ""
    is_cited: bool = False


@dataclass(frozen=True)
class Citation:
    """A place in a source.

    Attributes:
        index: the number of the source among those of its kind, counted from 0.
        text: what stands there.
        start: the first character or piece, counted from 0.
        end: behind the last character or piece.
    """

    source: Source
    index: int
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Passage:
    """A part of an answer and the places it is taken from; () where it is taken from none."""

    text: str
    citations: tuple[Citation, ...] = ()


def cite(text: str, sources: Sequence[Source]) -> tuple[Passage, ...]:
    """Return an answer in passages, which joined are the answer; an empty answer has none."""
    found: dict[Span, list[Citation]] = {}
    for begin, end in _sentences(text):
        numbers: Counter[SourceKind] = Counter()
        for source in sources:
            if source.is_cited:
                cited = list(_find(text[begin:end], source, numbers[source.kind]))
                if cited:
                    found.setdefault((begin, end), []).extend(cited)
            numbers[source.kind] += 1
    return tuple(_passages(text, found))


def _sentences(text: str) -> Iterator[Span]:
    """Return where the sentences of an answer stand, and what stands behind their colons."""
    at = 0
    for gap in (*_GAP.finditer(text), None):
        end = len(text) if gap is None else gap.start()
        begins = [at, *(colon.end() for colon in _COLON.finditer(text, at, end))]
        yield from ((begin, end) for begin in begins if len(text[begin:end].split()) >= _LEAST)
        at = end if gap is None else gap.end()


def _find(sentence: str, source: Source, index: int) -> Iterator[Citation]:
    """Return where a sentence stands in a source, once a text; the sign it ends with may differ."""
    words = sentence.strip().rstrip(_ENDS)
    for number, text in enumerate(source.texts):
        begin = text.find(words)
        end = begin + len(words)
        if begin < 0 or text[max(begin - 1, 0) : begin].isalnum() or text[end : end + 1].isalnum():
            continue
        end += text[end : end + 1] in tuple(_ENDS)
        place = (number, number + 1) if source.in_pieces else (begin, end)
        yield Citation(source, index, text[begin:end], *place)


def _passages(text: str, found: Mapping[Span, Sequence[Citation]]) -> Iterator[Passage]:
    """Return the passages: of places that overlap, the first, and of those the longest.

    Blanks between two passages belong to the first of them: a text without words is no block.
    """
    at = 0
    for begin, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if begin < at:
            continue
        if text[at:begin].strip():
            yield Passage(text[at:begin])
            at = begin
        behind = len(text) - len(text[end:].lstrip())
        yield Passage(text[at:behind], tuple(found[begin, end]))
        at = behind
    if at < len(text):
        yield Passage(text[at:])
