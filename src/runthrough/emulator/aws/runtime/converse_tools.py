"""Converse's toolConfig, and which toolUse belongs to which toolResult.

Source: facts amazon-bedrock 2.4, 2.6, 2.7, 2.11. The sentence about the schema's type is the
service's, as public issues quote it; those about names given twice and about a toolChoice that
names no tool are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.aws.fields import broken_rule, member_object
from runthrough.emulator.aws.parts import Part, tool_part
from runthrough.emulator.aws.replies import invalid, not_emulated
from runthrough.emulator.aws.runtime.converse_blocks import TOOL_NAME, read_cache_point
from runthrough.emulator.aws.runtime.converse_fields import (
    flag,
    matched_text,
    member_place,
    object_at,
    one_member,
    required_list,
    required_object,
    required_text,
)
from runthrough.emulator.standins import Tool, Turn


@dataclass(frozen=True)
class ToolConfig:
    """What the caller offers.

    Attributes:
        choice: as in `Prompt.tool_choice`.
        parts: the tools and the cache points between them, in order.
    """

    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    parts: tuple[Part, ...] = ()


def read_tool_config(body: dict[str, Any]) -> ToolConfig:
    """Return toolConfig; without one, no tools. Raises Refused where it does not fit."""
    config = member_object(body, "toolConfig", "toolConfig")
    if not config:
        return ToolConfig()
    place = "toolConfig.tools"
    entries = required_list(config, "tools", "toolConfig")
    if not entries:
        rule = "Member must have length greater than or equal to 1"
        raise broken_rule("[]", place, rule)
    read = [_read_entry(entry, f"{place}.{at}") for at, entry in enumerate(entries)]
    tools = tuple(one for one in read if isinstance(one, Tool))
    if not tools:
        raise invalid("The toolConfig.tools field must hold at least one tool specification.")
    _check_names(tools)
    parts = tuple(tool_part(one) if isinstance(one, Tool) else one for one in read)
    return ToolConfig(tools, _read_choice(config, tools), parts)


def check_tool_turns(turns: Mapping[int, Turn], config: ToolConfig) -> None:
    """Refuse tool blocks without tools, uses without results and results without uses.

    Args:
        turns: by the number of the message.
        config: what the caller offers.

    Raises:
        Refused: as said (2.11).
    """
    if not config.tools and any(turn.tool_uses or turn.tool_results for turn in turns.values()):
        raise invalid(
            "The toolConfig field must be defined when using toolUse and toolResult content blocks."
        )
    before: Turn | None = None
    for at, turn in turns.items():
        asked = () if before is None else tuple(use.id for use in before.tool_uses)
        given = [result.tool_use_id for result in turn.tool_results]
        _check_twice("toolUse", [use.id for use in turn.tool_uses], at)
        _check_twice("toolResult", given, at)
        if turn.role == "user":
            if len(given) > len(asked):
                raise invalid(
                    f"The number of toolResult blocks at messages.{at}.content exceeds the number"
                    " of toolUse blocks of previous turn."
                )
            missing = [use_id for use_id in asked if use_id not in given]
            if missing:
                raise invalid(
                    f"Expected toolResult blocks at messages.{at}.content for the following Ids: "
                    f"{', '.join(missing)}"
                )
        before = turn


def tools_left(changes: Iterable[Part], config: ToolConfig) -> tuple[Tool, ...]:
    """Return the tools that are offered after all that was said about them in the middle.

    A tool that is declared is offered until a `toolRemoval` names it, and again after a
    `toolAddition`; that it has to be declared is the service's rule, the texts are ours.

    Args:
        changes: the parts of all messages of the role `system`, in order.
        config: what the caller declares.

    Raises:
        Refused: a tool is named that is not declared, or has to be used and is not offered.
    """
    offered = dict.fromkeys((tool.name for tool in config.tools), True)
    for part in changes:
        if part.kind in ("toolAddition", "toolRemoval"):
            name = part.identity.removeprefix(f"{part.kind}:")
            if name not in offered:
                raise invalid(
                    f"The tool {name} of a {part.kind} block is not defined in toolConfig.tools."
                )
            offered[name] = part.kind == "toolAddition"
    wanted = config.choice.removeprefix("tool:")
    if not offered.get(wanted, True):
        raise invalid(f"The tool {wanted} at toolConfig.toolChoice.tool.name has been removed.")
    return tuple(tool for tool in config.tools if offered[tool.name])


def _check_twice(kind: str, ids: Sequence[str], at: int) -> None:
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise invalid(f"The {kind} blocks at messages.{at}.content contain duplicate Ids: {twice}")


def _read_entry(entry: Any, place: str) -> Tool | Part:
    kind, value = one_member(entry, place, ("toolSpec", "systemTool", "cachePoint"), "Tool")
    if kind == "systemTool":
        raise not_emulated(f"A tool that the service runs ({place}.systemTool)")
    if kind == "cachePoint":
        return read_cache_point(value, f"{place}.cachePoint")
    return _read_spec(object_at(value, f"{place}.toolSpec"), f"{place}.toolSpec")


def _read_spec(spec: dict[str, Any], place: str) -> Tool:
    name = matched_text(spec, "name", place, TOOL_NAME, 64)
    description = ""
    if spec.get("description") is not None:
        description = required_text(spec, "description", place)
        if not description:
            rule = "Member must have length greater than or equal to 1"
            raise broken_rule("", member_place(f"{place}.description"), rule)
    flag(spec, "strict", place)  # the stand-in's input fits the schema in any case
    wrapped = required_object(spec, "inputSchema", place)
    schema = required_object(wrapped, "json", f"{place}.inputSchema")
    if schema.get("type") != "object":
        raise invalid(
            f"The value at {place}.inputSchema.json.type must be one of the following: object."
        )
    return Tool(name, description, schema)


def _check_names(tools: Sequence[Tool]) -> None:
    names = [tool.name for tool in tools]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise invalid(
            f"The toolConfig.tools field holds the name {twice} more than once. Give every tool a"
            " name of its own and try again."
        )


def _read_choice(config: dict[str, Any], tools: Sequence[Tool]) -> str:
    place = "toolConfig.toolChoice"
    value = member_object(config, "toolChoice", place)
    if not value:
        return "auto"
    kind, wanted = one_member(value, place, ("auto", "any", "tool"), "ToolChoice")
    if kind != "tool":
        return kind
    name = matched_text(object_at(wanted, f"{place}.tool"), "name", f"{place}.tool", TOOL_NAME, 64)
    if all(tool.name != name for tool in tools):
        raise invalid(f"The tool {name} at {place}.tool.name is not defined in toolConfig.tools.")
    return f"tool:{name}"
