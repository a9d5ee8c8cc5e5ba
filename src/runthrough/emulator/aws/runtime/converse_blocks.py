"""Converse's content blocks: from `messages[].content[]` and `system[]` to parts.

Source: facts amazon-bedrock 2.4, 2.6, 2.11. Blocks that are legal and not emulated are refused by
name (501) and never dropped. Which role may hold which block is documented; the text that says so
is ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal

from runthrough.emulator.aws.fields import broken_rule, malformed, member_list, wrong_type
from runthrough.emulator.aws.media import digest
from runthrough.emulator.aws.parts import Part, Role
from runthrough.emulator.aws.replies import invalid, not_emulated
from runthrough.emulator.aws.runtime.converse_citations import read_citations
from runthrough.emulator.aws.runtime.converse_documents import read_document, read_search_result
from runthrough.emulator.aws.runtime.converse_fields import (
    blob,
    choice,
    matched_text,
    member_place,
    object_at,
    one_member,
    required_choice,
    required_list,
    required_object,
    required_text,
)
from runthrough.emulator.aws.runtime.converse_media import (
    read_audio,
    read_guarded_image,
    read_image,
    read_video,
)
from runthrough.emulator.standins import Reasoning, ToolResult, ToolUse, write_json

_KEYS: tuple[str, ...] = ("text", "image", "toolUse", "toolResult", "document", "video")
_KEYS += ("cachePoint", "reasoningContent", "citationsContent", "searchResult")
_KEYS += ("guardContent", "audio", "toolAddition", "toolRemoval")
"""Every block there is, in the order of a public capture, which has none of the last line."""
_OF_USER = ("image", "document", "video", "audio", "toolResult", "searchResult")
_OF_ASSISTANT = ("toolUse", "reasoningContent", "citationsContent")
_OF_SYSTEM = ("toolAddition", "toolRemoval")
_FOREIGN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "user": (*_OF_ASSISTANT, *_OF_SYSTEM),
        "assistant": (*_OF_USER, *_OF_SYSTEM),
        "system": (*_OF_USER, *_OF_ASSISTANT, "guardContent"),
    }
)
"""The blocks that a message of a role cannot hold."""
_QUALIFIERS = ("grounding_source", "query", "guard_content")
TOOL_ID = re.compile(r"[a-zA-Z0-9_.:-]+")
ANYTHING = re.compile(r".*", re.S)
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]+")


def read_part(block: Any, place: str, role: Role | Literal["system"]) -> Part:
    """Return a content block of a message as a part; `place` is such as `messages.0.content.1`.

    Raises:
        Refused: it does not fit, stands in the wrong turn, or is not emulated.
    """
    kind, value = one_member(block, place, _KEYS)
    if kind in _FOREIGN[role]:
        raise invalid(
            f"The ContentBlock object at {place} sets the field {kind}, which a message of the role"
            f" {role} cannot hold."
        )
    return _READERS[kind](value, place if kind == "text" else f"{place}.{kind}")


def read_system_part(block: Any, place: str) -> Part:
    """Return a block of the instructions as a part. Raises Refused where it does not fit."""
    known = ("text", "guardContent", "cachePoint")
    kind, value = one_member(block, place, known, "SystemContentBlock")
    if kind == "text":
        return _read_text(value, place, "SystemContentBlock")
    return _READERS[kind](value, f"{place}.{kind}")


def read_cache_point(value: Any, place: str) -> Part:
    """Return a `cachePoint` as a part. Raises Refused where it does not fit."""
    block = object_at(value, place)
    required_choice(block, "type", place, ("default",))
    return Part("cachePoint", kept=choice(block, "ttl", place, ("5m", "1h")) or "5m")


def _read_text(value: Any, place: str, what: str = "ContentBlock") -> Part:
    if not isinstance(value, str):
        raise malformed(wrong_type(f"/{place.replace('.', '/')}/text", "String", value))
    if not value.strip():
        raise invalid(
            f"The text field in the {what} object at {place} is blank. Add text to the text"
            " field, and try again."
        )
    return Part("text", value)


def _read_tool_use(value: Any, place: str) -> Part:
    block = object_at(value, place)
    if choice(block, "type", place, ("server_tool_use",)) is not None:
        raise not_emulated(f"A tool that the service runs ({place}.type)")
    use_id = matched_text(block, "toolUseId", place, TOOL_ID, 64)
    name = matched_text(block, "name", place, TOOL_NAME, 64)
    given = block.get("input")
    if not isinstance(given, dict):
        raise invalid(
            f"The format of the value at {place}.input is invalid. Provide a json object for the"
            " field and try again."
        )
    return Part("toolUse", tool_use=ToolUse(use_id, name, given))


def _read_tool_result(value: Any, place: str) -> Part:
    block = object_at(value, place)
    use_id = matched_text(block, "toolUseId", place, TOOL_ID, 64)
    if block.get("type") is not None:
        raise not_emulated(f"The result of a tool that the service runs ({place}.type)")
    is_error = choice(block, "status", place, ("success", "error")) == "error"
    blocks = required_list(block, "content", place)
    if is_error and not blocks:
        raise invalid(f"The content field at {place} cannot be empty when status value is error.")
    inner = [_read_result_block(one, f"{place}.content.{at}") for at, one in enumerate(blocks)]
    text = "\n".join(part.text for part in inner if part.text)
    return Part(
        "toolResult",
        tool_result=ToolResult(use_id, text, is_error),
        media=tuple(kind for part in inner for kind in part.media),
        media_tokens=sum(part.media_tokens for part in inner),
        identity=" ".join(part.identity for part in inner if part.identity),
        sources=tuple(source for part in inner for source in part.sources),
    )


def _read_result_block(value: Any, place: str) -> Part:
    known = ("json", "text", "image", "document", "video", "searchResult")
    kind, inner = one_member(value, place, known, "ToolResultContentBlock")
    if kind == "json":
        return Part("json", write_json(inner))
    if kind == "text":  # an empty one is a legal result
        return Part("text", required_text(object_at(value, place), "text", place))
    part = _READERS[kind](inner, f"{place}.{kind}")
    if kind == "document" and any(source.is_cited for source in part.sources):
        raise invalid("Citations are not supported in tool result documents.")
    return part


def read_tool_change(value: Any, place: str, kind: str) -> Part:
    """Return `toolAddition` or `toolRemoval` as a part; its identity is this and the tool's name.

    Raises:
        Refused: it does not fit, or names a tool of an MCP server.
    """
    tool = required_object(object_at(value, place), "tool", place)
    place = f"{place}.tool"
    if tool.get("serverName") is not None:
        raise not_emulated(f"A tool that the service runs ({place}.serverName)")
    for name, longest in (("type", 64), ("name", 128)):
        if name == "name" or tool.get(name) is not None:
            matched_text(tool, name, place, ANYTHING, longest)
    return Part(kind, identity=f"{kind}:{tool['name']}")


def _read_guarded(value: Any, place: str) -> Part:
    """Read `guardContent`: what a guardrail is to look at is read as the text it is."""
    kind, inner = one_member(value, place, ("text", "image"), "GuardrailConverseContentBlock")
    if kind == "image":
        return read_guarded_image(inner, f"{place}.image")
    block = object_at(inner, f"{place}.text")
    for at, qualifier in enumerate(member_list(block, "qualifiers", f"{place}.qualifiers") or ()):
        if qualifier not in _QUALIFIERS:
            rule = f"Member must satisfy enum value set: [{', '.join(_QUALIFIERS)}]"
            where = member_place(f"{place}.text.qualifiers.{at}")
            raise broken_rule(qualifier, where, rule)
    return Part("guardContent", required_text(block, "text", f"{place}.text"))


def _read_reasoning(value: Any, place: str) -> Part:
    """Read a thought of an earlier turn; whether it is untouched is the vendor's to say."""
    known = ("reasoningText", "redactedContent")
    kind, _ = one_member(value, place, known, "ReasoningContentBlock")
    if kind == "redactedContent":
        return Part("redacted", identity=digest(blob(value, kind, place)))
    block = required_object(value, kind, place)
    text = required_text(block, "text", f"{place}.{kind}")
    signed = block.get("signature")
    signature = "" if signed is None else required_text(block, "signature", f"{place}.{kind}")
    return Part("reasoningContent", reasoning=Reasoning(text, signature))


_READERS: Mapping[str, Callable[[Any, str], Part]] = MappingProxyType(
    {
        "text": _read_text,
        "image": read_image,
        "document": read_document,
        "video": read_video,
        "audio": read_audio,
        "toolUse": _read_tool_use,
        "toolResult": _read_tool_result,
        "guardContent": _read_guarded,
        "cachePoint": read_cache_point,
        "reasoningContent": _read_reasoning,
        "citationsContent": read_citations,
        "toolAddition": lambda value, place: read_tool_change(value, place, "toolAddition"),
        "toolRemoval": lambda value, place: read_tool_change(value, place, "toolRemoval"),
        "searchResult": read_search_result,
    }
)
