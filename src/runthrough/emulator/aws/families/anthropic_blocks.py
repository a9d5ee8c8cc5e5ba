"""The content blocks of Anthropic Messages: from what a body holds to parts.

Source: facts amazon-bedrock 4.1. The vendor's texts are from memory and public issues; a block
that Bedrock has and this emulator has not is refused by name (501).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.anthropic_citations import (
    check_told,
    read_citations,
    read_search_result,
)
from runthrough.emulator.aws.families.anthropic_fields import (
    flag_or,
    known_only,
    list_at,
    need,
    need_choice,
    need_object,
    need_text,
    object_at,
    text_or,
    wrong,
)
from runthrough.emulator.aws.media import (
    MAX_IMAGE_BASE64,
    MAX_IMAGE_SIDE,
    decode,
    digest,
    read_picture,
)
from runthrough.emulator.aws.parts import Part, Role
from runthrough.emulator.aws.replies import Refused, invalid, not_emulated
from runthrough.emulator.standins import Reasoning, Source, ToolResult, ToolUse

_NOT_EMULATED = frozenset(("server_tool_use", "web_search_tool_result", "container_upload"))
_OF_USER = ("image", "document", "search_result", "tool_result")
_OF_RESULTS = ("text", "image", "document", "search_result")
_OF_ASSISTANT = ("tool_use", "thinking", "redacted_thinking")
_PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
MAX_IMAGES = 20
_BYTES_A_TOKEN = 100


def read_blocks(content: Any, place: str, role: Role, model: Model) -> list[Part]:
    """Return the blocks of a message as parts.

    Args:
        content: a text, or a list of blocks.
        place: such as `messages.0.content`.
        role: whose turn it is.
        model: the one that is to read it.

    Raises:
        Refused: a block does not fit, stands in the wrong turn, or is not emulated.
    """
    if isinstance(content, str):
        return [check_text(Part("text", content))]
    if not isinstance(content, list):
        raise wrong(place, "Input should be a valid string or list")
    return [_read_block(block, f"{place}.{at}", role, model) for at, block in enumerate(content)]


def read_text_block(value: Any, place: str, model: Model) -> Part:
    """Return a block of the instructions as a part. Raises Refused where it is no text."""
    block = object_at(value, place)
    need_choice(block, "type", place, ("text",))
    return _with_mark(check_text(_read_text(block, f"{place}.text")), block, place, model)


def read_mark(block: Mapping[str, Any], place: str, model: Model) -> str:
    """Return the ttl of a block's `cache_control`, '' where it has none. Raises Refused."""
    value = block.get("cache_control")
    if value is None:
        return ""
    if not model.cache_minimum:
        raise wrong(f"{place}.cache_control", "Extra inputs are not permitted")
    control = object_at(value, f"{place}.cache_control")
    known_only(control, ("type", "ttl"), f"{place}.cache_control")
    need_choice(control, "type", f"{place}.cache_control", ("ephemeral",))
    if control.get("ttl") is None:
        return "5m"
    return need_choice(control, "ttl", f"{place}.cache_control", ("5m", "1h"))


def check_text(part: Part) -> Part:
    """Refuse a text without anything in it (facts 2.11). Raises Refused."""
    if not part.text.strip():
        raise blank_text(empty=not part.text)
    return part


def blank_text(*, empty: bool) -> Refused:
    """Return the vendor's refusal of a blank text (facts 2.11)."""
    rule = "be non-empty" if empty else "contain non-whitespace text"
    return invalid(f"messages: text content blocks must {rule}")


def _read_block(value: Any, place: str, role: Role, model: Model) -> Part:
    block = object_at(value, place)
    kind = need(block, "type", place)
    if isinstance(kind, str) and kind in _NOT_EMULATED:
        raise not_emulated(f"A content block of type {kind!r} ({place})")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise wrong(f"{place}.type", "Input should be a known type of content block")
    if kind in (_OF_ASSISTANT if role == "user" else _OF_USER):
        owner = "assistant" if role == "user" else "user"
        raise wrong(place, f"`{kind}` blocks can only be in `{owner}` messages")
    part = reader(block, f"{place}.{kind}")
    if kind == "text":
        check_text(part)
    return _with_mark(part, block, f"{place}.{kind}", model)


def _with_mark(part: Part, block: Mapping[str, Any], place: str, model: Model) -> Part:
    kept = read_mark(block, place, model)
    return replace(part, kept=kept) if kept else part


def _read_text(block: Mapping[str, Any], place: str) -> Part:
    known_only(block, ("type", "text", "cache_control", "citations"), place)
    check_told(block, place)
    return Part("text", need_text(block, "text", place))


def _read_image(block: Mapping[str, Any], place: str) -> Part:
    known_only(block, ("type", "source", "cache_control"), place)
    source = need_object(block, "source", place)
    place = f"{place}.source"
    _only_base64(source, place)
    place = f"{place}.base64"
    named = need_choice(source, "media_type", place, _PICTURES).removeprefix("image/")
    data = _bytes(source, place)
    size = len(source["data"])
    if size > MAX_IMAGE_BASE64:
        raise wrong(place, f"image exceeds 5 MB maximum: {size} bytes > {MAX_IMAGE_BASE64} bytes")
    picture = read_picture(data)
    if picture is None:
        raise invalid("Could not process image")
    if picture.format != named:
        raise wrong(
            place,
            f"The image was specified using the image/{named} media type, but the image appears to"
            f" be a image/{picture.format} image",
        )
    if max(picture.width, picture.height) > MAX_IMAGE_SIDE:
        raise wrong(
            f"{place}.data",
            "At least one of the image dimensions exceed max allowed size: "
            f"{MAX_IMAGE_SIDE} pixels",
        )
    return Part("image", media=("image",), media_tokens=picture.tokens, identity=digest(data))


def _read_document(block: Mapping[str, Any], place: str) -> Part:
    known = ("type", "source", "title", "context", "citations", "cache_control")
    known_only(block, known, place)
    is_cited = read_citations(block, place)
    title, context = (text_or(block, name, place) for name in ("title", "context"))
    source = need_object(block, "source", place)
    place = f"{place}.source"
    kind = need(source, "type", place)
    texts: tuple[str, ...] = ()
    if kind == "text":
        need_choice(source, "media_type", f"{place}.text", ("text/plain",))
        texts = (need_text(source, "data", f"{place}.text"),)
    elif kind == "content":
        texts = _document_texts(need(source, "content", f"{place}.content"), f"{place}.content")
    held = Source("document", title, texts, kind == "content", is_cited=is_cited)
    text = "\n".join(filter(None, (title, context, *texts)))
    if kind in ("text", "content"):
        return Part("document", text, sources=(held,))
    _only_base64(source, place)
    need_choice(source, "media_type", f"{place}.base64", ("application/pdf",))
    data = _bytes(source, f"{place}.base64")
    if not data.startswith(b"%PDF"):
        raise wrong(f"{place}.base64.data", "The PDF specified was not valid.")
    return Part(
        "document",
        text,
        media=("document",),
        media_tokens=-(-len(data) // _BYTES_A_TOKEN),
        identity=digest(data),
        sources=(held,),
    )


def _document_texts(content: Any, place: str) -> tuple[str, ...]:
    if isinstance(content, str):
        return (content,)
    blocks = [object_at(block, f"{place}.{at}") for at, block in enumerate(list_at(content, place))]
    return tuple(need_text(block, "text", f"{place}.{at}") for at, block in enumerate(blocks))


def _read_tool_use(block: Mapping[str, Any], place: str) -> Part:
    known_only(block, ("type", "id", "name", "input", "cache_control", "caller"), place)
    use = ToolUse(
        need_text(block, "id", place),
        need_text(block, "name", place),
        need_object(block, "input", place),
    )
    return Part("tool_use", tool_use=use)


def _read_tool_result(block: Mapping[str, Any], place: str) -> Part:
    known_only(block, ("type", "tool_use_id", "content", "is_error", "cache_control"), place)
    use_id = need_text(block, "tool_use_id", place)
    is_error = flag_or(block, "is_error", place)
    content = block.get("content")
    inner = _read_result(content, f"{place}.content")
    text = "\n".join(part.text for part in inner if part.text)
    if is_error and not text:
        raise wrong(f"{place}", "content cannot be empty if `is_error` is true")
    return Part(
        "tool_result",
        tool_result=ToolResult(use_id, text, is_error),
        media=tuple(kind for part in inner for kind in part.media),
        media_tokens=sum(part.media_tokens for part in inner),
        identity=" ".join(part.identity for part in inner if part.identity),
        sources=tuple(source for part in inner for source in part.sources),
    )


def _read_result(content: Any, place: str) -> list[Part]:
    if content is None or isinstance(content, str):
        return [Part("text", content or "")]
    if not isinstance(content, list):
        raise wrong(place, "Input should be a valid string or list")
    parts = []
    for at, value in enumerate(content):
        block = object_at(value, f"{place}.{at}")
        kind = need_choice(block, "type", f"{place}.{at}", _OF_RESULTS)
        parts.append(_READERS[kind](block, f"{place}.{at}.{kind}"))
    return parts


def _read_thinking(block: Mapping[str, Any], place: str) -> Part:
    known_only(block, ("type", "thinking", "signature"), place)
    thought = Reasoning(need_text(block, "thinking", place), need_text(block, "signature", place))
    return Part("thinking", reasoning=thought)


def _read_redacted(block: Mapping[str, Any], place: str) -> Part:
    known_only(block, ("type", "data"), place)
    return Part("redacted_thinking", identity=need_text(block, "data", place))


def _only_base64(source: Mapping[str, Any], place: str) -> None:
    """Refuse sources the vendor has and Bedrock has not, such as `url`; the text is ours."""
    if need(source, "type", place) in ("url", "file"):
        raise wrong(f"{place}.type", f"Sources of type {source['type']} are not supported")
    need_choice(source, "type", place, ("base64",))
    known_only(source, ("type", "media_type", "data"), f"{place}.base64")


def _bytes(source: Mapping[str, Any], place: str) -> bytes:
    data = decode(need_text(source, "data", place))
    if data is None:
        raise wrong(f"{place}.data", "Invalid base64 data")
    return data


_READERS: Mapping[str, Callable[[Mapping[str, Any], str], Part]] = MappingProxyType(
    {
        "text": _read_text,
        "image": _read_image,
        "document": _read_document,
        "search_result": read_search_result,
        "tool_use": _read_tool_use,
        "tool_result": _read_tool_result,
        "thinking": _read_thinking,
        "redacted_thinking": _read_redacted,
    }
)
