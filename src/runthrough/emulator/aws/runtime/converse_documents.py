"""Converse's documents and search results: names, sizes, what is read of them, what is cited.

Source: facts amazon-bedrock 2.4 (rules), 2.11 (a document needs a text). The text about document
names is the service's, as public issues quote it; two measurements there (August and September
2026) found an underscore accepted, so it is here, though the documentation does not list it. That
about formats that cannot be cited is one, too (2026).
"""

from __future__ import annotations

import re
from typing import Any

from runthrough.emulator.aws.fields import broken_rule, member_object, missing
from runthrough.emulator.aws.media import digest
from runthrough.emulator.aws.parts import Part
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.aws.runtime.converse_fields import (
    choice,
    flag,
    member_place,
    object_at,
    one_member,
    required_list,
    required_object,
    required_text,
)
from runthrough.emulator.aws.runtime.converse_media import BYTES_A_TOKEN, read_source
from runthrough.emulator.standins import Source

DOCUMENTS = ("pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md")
_READABLE = {"csv", "html", "txt", "md"}
_CITABLE = {"txt", "pdf"}
_MAX_DOCUMENT_BYTES = 4_718_592
_NAME = re.compile(r"[A-Za-z0-9_\-()\[\]]+(?: [A-Za-z0-9_\-()\[\]]+)*| ?")


def read_document(value: Any, place: str) -> Part:
    """Return a `document` block as a part: what can be read is read, the rest counts by size."""
    block = object_at(value, place)
    name = required_text(block, "name", place)
    _check_name(name, place)
    named = choice(block, "format", place, DOCUMENTS) or "txt"
    is_cited = _read_citations(block, place)
    context = "" if block.get("context") is None else required_text(block, "context", place)
    source = required_object(block, "source", place)
    known = ("bytes", "s3Location", "text", "content")
    kind, _ = one_member(source, f"{place}.source", known, "DocumentSource")
    if kind in ("text", "content"):
        texts = _read_texts(source, kind, f"{place}.source")
        whole = "\n".join((context, *texts)).strip()
        held = Source("document", name, texts, kind == "content", is_cited=is_cited)
        return Part("document", whole, identity=name, sources=(held,))
    if is_cited and named not in _CITABLE:
        raise invalid(
            "Unsupported document format. Only txt and pdf formats are supported when citations are"
            " enabled"
        )
    data = read_source(block, place)
    if len(data) > _MAX_DOCUMENT_BYTES:
        rule = f"Member must have length less than or equal to {_MAX_DOCUMENT_BYTES}"
        raise broken_rule(name, member_place(f"{place}.source.bytes"), rule)
    identity = f"{name}:{digest(data)}"
    if named in _READABLE:
        text = data.decode("utf-8", "replace")
        held = Source("document", name, (text,), is_cited=is_cited)
        whole = f"{context}\n{text}".strip()
        return Part("document", whole, identity=identity, sources=(held,))
    tokens = -(-len(data) // BYTES_A_TOKEN)
    return Part(
        "document",
        context,
        media=("document",),
        media_tokens=tokens,
        identity=identity,
        sources=(Source("document", name, is_cited=is_cited),),
    )


def read_search_result(value: Any, place: str) -> Part:
    """Return a `searchResult` block as a part. Raises Refused where it does not fit."""
    block = object_at(value, place)
    origin, title = (required_text(block, name, place) for name in ("source", "title"))
    texts = _read_texts(block, "content", place)
    held = Source(
        "search result", title, texts, True, origin, is_cited=_read_citations(block, place)
    )
    return Part("searchResult", "\n".join(texts), identity=f"{origin}\n{title}", sources=(held,))


def _read_citations(block: dict[str, Any], place: str) -> bool:
    """Return whether a block is to be cited."""
    config = member_object(block, "citations", f"{place}.citations")
    if config is None:
        return False
    place = f"{place}.citations"
    enabled = flag(config, "enabled", place)
    if enabled is None:
        raise missing(member_place(f"{place}.enabled"))
    return enabled


def _read_texts(source: dict[str, Any], kind: str, place: str) -> tuple[str, ...]:
    if kind == "text":
        return (required_text(source, "text", place),)
    blocks = required_list(source, "content", place)
    return tuple(
        required_text(object_at(block, f"{place}.content.{at}"), "text", f"{place}.content.{at}")
        for at, block in enumerate(blocks)
    )


def _check_name(name: str, place: str) -> None:
    where = member_place(f"{place}.name")
    if not name:
        raise broken_rule(name, where, "Member must have length greater than or equal to 1")
    if len(name) > 200:
        raise broken_rule(name, where, "Member must have length less than or equal to 200")
    if not _NAME.fullmatch(name.strip(" ")) or "  " in name:
        raise invalid(
            "The document file name can only contain alphanumeric characters, whitespace"
            " characters, hyphens, parentheses, and square brackets. The name can't contain more"
            " than one consecutive whitespace character. Check that the file name conforms to"
            " these restrictions and retry your request."
        )
