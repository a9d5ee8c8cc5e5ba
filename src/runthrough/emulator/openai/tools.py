"""Tools in OpenAI's form: what is offered, which has to be used, and the calls that come back.

The texts on schemas and names are seen, except that of a name with a sign that is not allowed,
which is ours.
"""

from __future__ import annotations

import json
import re
from typing import Any

from runthrough.emulator.openai.fields import (
    Json,
    choice,
    empty_array,
    member_flag,
    member_object,
    required,
    text,
    too_long,
    wrong_type,
)
from runthrough.emulator.openai.replies import invalid, not_emulated
from runthrough.emulator.openai.schemas import check_strict
from runthrough.emulator.standins import Tool, ToolUse, write_json

MOST_TOOLS = 128
MOST_NAME = 64
_ID = "call_"
NAME = re.compile(r"[a-zA-Z0-9_-]+")


def read_tools(body: Json) -> tuple[Tool, ...]:
    """Return the tools a request offers. Raises Refused where they do not fit the API."""
    tools = body.get("tools")
    if tools is None:
        return ()
    if not isinstance(tools, list):
        raise wrong_type("tools", "an array of objects", tools)
    if not tools:
        raise empty_array("tools")
    if len(tools) > MOST_TOOLS:
        raise too_long("tools", MOST_TOOLS, len(tools))
    return tuple(_read_tool(tool, f"tools[{at}]") for at, tool in enumerate(tools))


def _read_tool(tool: object, place: str) -> Tool:
    if not isinstance(tool, dict):
        raise wrong_type(place, "an object", tool)
    kind = required(tool, "type", f"{place}.type")
    if kind == "custom":
        raise not_emulated("A tool of the type 'custom'", param=f"{place}.type")
    choice(kind, f"{place}.type", ("function", "custom"))
    place = f"{place}.function"
    function = required(tool, "function", place)
    if not isinstance(function, dict):
        raise wrong_type(place, "an object", function)
    name = read_name(function, place)
    description = function.get("description")
    schema = member_object(function, "parameters", f"{place}.parameters") or {}
    if schema and schema.get("type") != "object":
        raise invalid(
            f"Invalid schema for function '{name}': schema must be a JSON Schema of"
            f" 'type: \"object\"', got 'type: {json.dumps(schema.get('type'))}'.",
            param=f"{place}.parameters",
            code="invalid_function_parameters",
        )
    if member_flag(function, "strict", f"{place}.strict"):
        check_strict(
            schema,
            f"function '{name}'",
            param=f"{place}.parameters",
            code="invalid_function_parameters",
        )
    return Tool(
        name, "" if description is None else text(description, f"{place}.description"), schema
    )


def read_name(named: Json, place: str) -> str:
    """Return the name of a function or schema. Raises Refused where the API takes no such name."""
    name = text(required(named, "name", f"{place}.name"), f"{place}.name")
    if len(name) > MOST_NAME:
        raise too_long(f"{place}.name", MOST_NAME, len(name), "string")
    if not NAME.fullmatch(name):
        raise invalid(
            f"Invalid '{place}.name': string does not match pattern. Expected a string that matches"
            " the pattern '^[a-zA-Z0-9_-]+$'.",
            param=f"{place}.name",
            code="invalid_value",
        )
    return name


def read_choice(body: Json, tools: tuple[Tool, ...]) -> str:
    """Return `tool_choice` as a prompt has it: `auto`, `any`, `none` or `tool:` and a name."""
    given = body.get("tool_choice")
    if given is None:
        return "auto"
    if not tools:
        raise invalid(
            "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are"
            " specified.",
            param="tool_choice",
        )
    if isinstance(given, str):
        chosen = choice(given, "tool_choice", ("none", "auto", "required"))
        return "any" if chosen == "required" else chosen
    if not isinstance(given, dict):
        raise wrong_type("tool_choice", "one of a string or an object", given)
    kind = required(given, "type", "tool_choice.type")
    if kind in ("custom", "allowed_tools"):
        raise not_emulated(f"A tool_choice of the type {kind!r}", param="tool_choice.type")
    choice(kind, "tool_choice.type", ("function", "allowed_tools", "custom"))
    function = required(given, "function", "tool_choice.function")
    if not isinstance(function, dict):
        raise wrong_type("tool_choice.function", "an object", function)
    name = text(
        required(function, "name", "tool_choice.function.name"), "tool_choice.function.name"
    )
    if name not in {tool.name for tool in tools}:
        raise invalid(
            f"Invalid value for 'tool_choice': no function named '{name}' was specified in the"
            " 'tools' parameter.",
            param="tool_choice",
        )
    return f"tool:{name}"


def write_call(use: ToolUse) -> dict[str, Any]:
    """Return a call as a message has it; the arguments are JSON written as text."""
    function = {"name": use.name, "arguments": write_json(use.input)}
    name = use.id if use.id.startswith(_ID) else f"{_ID}{use.id}"
    return {"id": name, "type": "function", "function": function}
