"""Citations in Anthropic Messages: what is to be cited, and the blocks that name their places.

Source: the vendor's public documentation of citations and of search results; the first character
or piece of a place is counted from 0, its end stands behind the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runthrough.emulator.aws.families.anthropic_fields import (
    flag_or,
    known_only,
    list_at,
    need,
    need_choice,
    need_object,
    need_text,
    object_at,
)
from runthrough.emulator.aws.parts import Part
from runthrough.emulator.standins import Citation, Passage, Source


def read_search_result(block: Mapping[str, Any], place: str) -> Part:
    """Return a block of type `search_result` as a part. Raises Refused where it does not fit."""
    known = ("type", "source", "title", "content", "citations", "cache_control")
    known_only(block, known, place)
    origin, title = (need_text(block, name, place) for name in ("source", "title"))
    texts = []
    for at, value in enumerate(list_at(need(block, "content", place), f"{place}.content")):
        inner = object_at(value, f"{place}.content.{at}")
        need_choice(inner, "type", f"{place}.content.{at}", ("text",))
        texts.append(need_text(inner, "text", f"{place}.content.{at}.text"))
    is_cited = read_citations(block, place)
    source = Source("search result", title, tuple(texts), True, origin, is_cited=is_cited)
    return Part("search_result", "\n".join(texts), identity=f"{origin}\n{title}", sources=(source,))


def read_citations(block: Mapping[str, Any], place: str) -> bool:
    """Return whether a document or search result is to be cited. Raises Refused."""
    if block.get("citations") is None:
        return False
    config = need_object(block, "citations", place)
    known_only(config, ("enabled",), f"{place}.citations")
    return flag_or(config, "enabled", f"{place}.citations")


def check_told(block: Mapping[str, Any], place: str) -> None:
    """Judge the citations of a text that is sent back. Raises Refused where they are no list."""
    if block.get("citations") is not None:
        for at, value in enumerate(list_at(block["citations"], f"{place}.citations")):
            need_text(
                object_at(value, f"{place}.citations.{at}"), "type", f"{place}.citations.{at}"
            )


def write_passage(passage: Passage) -> dict[str, Any]:
    """Return a part of an answer as a block of text."""
    block: dict[str, Any] = {"type": "text", "text": passage.text}
    if passage.citations:
        block["citations"] = [write_citation(one) for one in passage.citations]
    return block


def write_citation(citation: Citation) -> dict[str, Any]:
    """Return a place in a source as the vendor tells it."""
    source = citation.source
    pieces = {"start_block_index": citation.start, "end_block_index": citation.end}
    if source.kind == "search result":
        return {
            "type": "search_result_location",
            "cited_text": citation.text,
            "source": source.origin,
            "title": source.title,
            "search_result_index": citation.index,
            **pieces,
        }
    document = {
        "cited_text": citation.text,
        "document_index": citation.index,
        "document_title": source.title or None,
    }
    if source.in_pieces:
        return {"type": "content_block_location", **document, **pieces}
    place = {"start_char_index": citation.start, "end_char_index": citation.end}
    return {"type": "char_location", **document, **place}
