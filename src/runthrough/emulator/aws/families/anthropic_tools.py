"""Tools in Anthropic Messages: what is offered, which has to be used, what belongs together.

Source: facts amazon-bedrock 4.1. The texts are the vendor's, from memory and public issues. Tools
the vendor has defined are in `anthropic_typed_tools`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.anthropic_blocks import read_mark
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
from runthrough.emulator.aws.families.anthropic_typed_tools import read_typed
from runthrough.emulator.aws.parts import Part, Role, tool_part
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.standins import Tool
from runthrough.emulator.standins.schemas import is_schema

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_MEMBERS = ("type", "name", "description", "input_schema", "cache_control", "strict")


@dataclass(frozen=True)
class Message:
    """One message of a body; `at` is its number, counted from 0."""

    at: int
    role: Role
    parts: tuple[Part, ...]


def read_tools(value: Any, model: Model) -> tuple[tuple[Tool, ...], tuple[Part, ...]]:
    """Return the tools a body offers, and the same as parts. Raises Refused."""
    if value is None:
        return (), ()
    read = [_read_tool(one, f"tools.{at}", model) for at, one in enumerate(list_at(value, "tools"))]
    tools = tuple(tool for tool, _ in read)
    if len({tool.name for tool in tools}) < len(tools):
        raise invalid("tools: Tool names must be unique.")
    return tools, tuple(part for _, part in read)


def read_tool_choice(value: Any, tools: Sequence[Tool]) -> str:
    """Return tool_choice as a prompt holds it. Raises Refused where it does not fit the tools."""
    if value is None:
        return "auto"
    choice = object_at(value, "tool_choice")
    kind = need_choice(choice, "type", "tool_choice", ("auto", "any", "tool", "none"))
    known_only(choice, ("type", "name", "disable_parallel_tool_use"), f"tool_choice.{kind}")
    flag_or(choice, "disable_parallel_tool_use", f"tool_choice.{kind}")
    if not tools:
        raise invalid(f"tool_choice.{kind} may only be specified while providing tools.")
    if kind != "tool":
        return kind
    name = need_text(choice, "name", "tool_choice.tool")
    if all(tool.name != name for tool in tools):
        raise invalid(f"Tool '{name}' not found in provided tools")
    return f"tool:{name}"


def allows_parallel(tool_choice: Any) -> bool:
    """Whether a tool_choice that was read lets several tools be wanted at once."""
    given = tool_choice if isinstance(tool_choice, dict) else {}
    return not given.get("disable_parallel_tool_use", False)


def check_schema(schema: Mapping[str, Any], place: str) -> None:
    """Refuse a tool's schema that is none. Raises Refused."""
    if not is_schema(schema):
        raise wrong(place, "JSON schema is invalid. It must match JSON Schema draft 2020-12")


def check_pairs(messages: Sequence[Message], tools: Sequence[Tool]) -> None:
    """Refuse tool uses without results and results without uses. Raises Refused.

    Args:
        messages: with turns of one role in a row already put together.
        tools: what the body offers.
    """
    _check_ids(messages)
    before: Message | None = None
    for message in messages:
        _check_uses(before, message)
        _check_results(before, message)
        before = message
    if before is not None:
        _check_uses(before, None)
    kinds = {part.kind for message in messages for part in message.parts}
    if not tools and kinds & {"tool_use", "tool_result"}:
        raise invalid("Requests which include `tool_use` or `tool_result` blocks must define tools")


def _read_tool(value: Any, place: str, model: Model) -> tuple[Tool, Part]:
    tool = object_at(value, place)
    kind = text_or(tool, "type", place, "custom")
    if kind != "custom":
        typed = read_typed(tool, kind, place)
        return typed, tool_part(typed, read_mark(tool, f"{place}.{kind}", model))
    place = f"{place}.custom"
    known_only(tool, _MEMBERS, place)
    name = need_text(tool, "name", place)
    if not _NAME.fullmatch(name):
        raise wrong(f"{place}.name", f"String should match pattern '^{_NAME.pattern}$'")
    flag_or(tool, "strict", place)  # the stand-in's input fits the schema in any case
    schema = need_object(tool, "input_schema", place)
    place = f"{place}.input_schema"
    if need(schema, "type", place) != "object":
        raise wrong(f"{place}.type", "Input should be 'object'")
    check_schema(schema, place)
    read = Tool(name, text_or(tool, "description", place), schema)
    return read, tool_part(read, read_mark(tool, place.removesuffix(".input_schema"), model))


def _check_ids(messages: Sequence[Message]) -> None:
    """Refuse an id that is used twice, or answered twice in one message."""
    used: set[str] = set()
    for message in messages:
        answered: set[str] = set()
        for part in message.parts:
            if part.tool_use is not None and part.tool_use.id in used:
                raise wrong(f"messages.{message.at}", "`tool_use` ids must be unique")
            if part.tool_result is not None and part.tool_result.tool_use_id in answered:
                raise invalid(
                    "each tool_use must have a single result. Found multiple `tool_result` blocks"
                    f" with id: {part.tool_result.tool_use_id}"
                )
            used |= {part.tool_use.id} if part.tool_use is not None else set()
            if part.tool_result is not None:
                answered.add(part.tool_result.tool_use_id)


def _check_uses(message: Message | None, following: Message | None) -> None:
    """Refuse uses of the assistant that the next message holds no results for."""
    if message is None:
        return
    given = {
        part.tool_result.tool_use_id
        for part in (following.parts if following is not None else ())
        if part.tool_result is not None
    }
    uses = [part.tool_use.id for part in message.parts if part.tool_use is not None]
    missing = [use_id for use_id in uses if use_id not in given]
    if missing:
        raise invalid(
            f"messages.{message.at}: `tool_use` ids were found without `tool_result` blocks"
            f" immediately after: {', '.join(missing)}. Each `tool_use` block must have a"
            " corresponding `tool_result` block in the next message."
        )


def _check_results(before: Message | None, message: Message) -> None:
    """Refuse results that the message before asked nothing for."""
    asked = {
        part.tool_use.id
        for part in (before.parts if before is not None else ())
        if part.tool_use is not None
    }
    for at, part in enumerate(message.parts):
        if part.tool_result is not None and part.tool_result.tool_use_id not in asked:
            raise invalid(
                f"messages.{message.at}.content.{at}: unexpected `tool_use_id` found in"
                f" `tool_result` blocks: {part.tool_result.tool_use_id}. Each `tool_result` block"
                " must have a corresponding `tool_use` block in the previous message."
            )
