"""Converse's citations: the blocks of an answer that name the places they are taken from.

Source: the published description of the service (`CitationsContentBlock`, `CitationsDelta`); where
a place ends is told as the vendor tells it: behind the last character or piece (unverified).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runthrough.emulator.aws.fields import member_list
from runthrough.emulator.aws.parts import Part
from runthrough.emulator.aws.runtime.converse_fields import object_at, one_member, required_text
from runthrough.emulator.standins import Citation, Passage, text_pieces

_LOCATIONS = ("web", "documentChar", "documentPage", "documentChunk", "searchResultLocation")


def read_citations(value: Any, place: str) -> Part:
    """Return a `citationsContent` block of an earlier answer as the text it holds.

    Raises:
        Refused: it does not fit.
    """
    block = object_at(value, place)
    for at, cited in enumerate(member_list(block, "citations", f"{place}.citations") or ()):
        where = f"{place}.citations.{at}"
        location = object_at(cited, where).get("location")
        if location is not None:
            one_member(location, f"{where}.location", _LOCATIONS, "CitationLocation")
    texts = [
        required_text(object_at(one, f"{place}.content.{at}"), "text", f"{place}.content.{at}")
        for at, one in enumerate(member_list(block, "content", f"{place}.content") or ())
    ]
    return Part("citationsContent", "".join(texts))


def write_passage(passage: Passage) -> dict[str, Any]:
    """Return a part of an answer as a block of Converse."""
    if not passage.citations:
        return {"text": passage.text}
    citations = [_write_citation(one) for one in passage.citations]
    return {"citationsContent": {"content": [{"text": passage.text}], "citations": citations}}


def passage_deltas(passage: Passage) -> Iterator[dict[str, Any]]:
    """Return the deltas that tell a part of an answer: its words, then its citations."""
    for piece in text_pieces(passage.text):
        yield {"text": piece}
    for one in passage.citations:
        yield {"citation": _write_citation(one)}


def _write_citation(citation: Citation) -> dict[str, Any]:
    source, place = citation.source, {"start": citation.start, "end": citation.end}
    location: dict[str, Any]
    if source.kind == "search result":
        location = {"searchResultLocation": {"searchResultIndex": citation.index, **place}}
    else:
        name = "documentChunk" if source.in_pieces else "documentChar"
        location = {name: {"documentIndex": citation.index, **place}}
    origin = {"source": source.origin} if source.origin else {}
    cited = [{"text": citation.text}]
    return {"title": source.title, **origin, "sourceContent": cited, "location": location}
