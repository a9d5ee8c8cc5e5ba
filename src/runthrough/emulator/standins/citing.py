"""Citing: which words of an answer stand in a document, and where.

A stand-in quotes, and so does, at times, a model behind `--llm`. A sentence of a source that stands
in an answer word for word is a citation; nothing else is, so every place told is true. Sentences of
fewer than three words are not looked for: they would be found anywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

_GAP = re.compile(r"(?<=[.!?])\s+|\n+")
_ENDS = ".!?"
_LEAST_WORDS = 3

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
        text: the sentence that is cited.
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
    numbers: Counter[SourceKind] = Counter()
    for source in sources:
        if source.is_cited:
            for span, citation in _find(text, source, numbers[source.kind]):
                found.setdefault(span, []).append(citation)
        numbers[source.kind] += 1
    return tuple(_passages(text, found))


def _find(text: str, source: Source, index: int) -> Iterator[tuple[Span, Citation]]:
    for number, piece in enumerate(source.texts):
        for at, sentence in _sentences(piece):
            span = _place(text, sentence)
            if span is not None:
                place = (number, number + 1) if source.in_pieces else (at, at + len(sentence))
                yield span, Citation(source, index, sentence, *place)


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    """Return the sentences of a text that are long enough, each with where it begins."""
    at = 0
    for gap in (*_GAP.finditer(text), None):
        sentence = text[at : len(text) if gap is None else gap.start()]
        begin = at + len(sentence) - len(sentence.lstrip())
        if len(sentence.split()) >= _LEAST_WORDS:
            yield begin, sentence.strip()
        at = len(text) if gap is None else gap.end()


def _place(text: str, sentence: str) -> Span | None:
    """Return where a sentence stands in an answer, with or without the sign it ends with."""
    words = sentence.rstrip(_ENDS)
    begin = text.find(words)
    end = begin + len(words)
    if begin < 0 or text[max(begin - 1, 0) : begin].isalnum() or text[end : end + 1].isalnum():
        return None
    return begin, end + (text[end : end + 1] in tuple(_ENDS))


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
