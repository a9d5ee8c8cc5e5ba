"""Converse's request: from AWS's own conversation to the neutral prompt.

One reader for Converse, ConverseStream and CountTokens. Source: facts amazon-bedrock 2.4, 2.6,
2.11. Members that are legal and not emulated are refused by name (501) and never dropped. Texts of
rules the sheet has no capture of follow the form AWS gives to all of them (`1 validation error
detected: …`); that of prompt variables is ours.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.anthropic_rules import EFFORTS
from runthrough.emulator.aws.fields import (
    broken_rule,
    is_integer,
    malformed,
    member_list,
    member_object,
    missing,
    number_within,
    wrong_type,
)
from runthrough.emulator.aws.parts import Part, Role, find_prefixes, make_turn, sources_of
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.aws.runtime.converse_blocks import read_part, read_system_part
from runthrough.emulator.aws.runtime.converse_fields import (
    choice,
    member_place,
    object_at,
    required_choice,
    required_list,
    required_object,
    required_text,
)
from runthrough.emulator.aws.runtime.converse_media import check_media
from runthrough.emulator.aws.runtime.converse_reply import read_pointers
from runthrough.emulator.aws.runtime.converse_tools import (
    check_tool_turns,
    read_tool_config,
    tools_left,
)
from runthrough.emulator.aws.runtime.converse_vendor import (
    Asked,
    check_effort_of,
    check_system_message,
    check_with_vendor,
)
from runthrough.emulator.standins import Prompt

_CHOICES = {
    "performanceConfig": ("latency", ("standard", "optimized")),
    "serviceTier": ("type", ("priority", "default", "flex", "reserved")),
}
_MAX_STOPS = 2500
_METADATA = re.compile(r"[a-zA-Z0-9\s:_@$#=/+,.-]*")
_FIRST = (
    "A conversation must start with a user message. Try again with a conversation that starts with"
    " a user message."
)
_ALTERNATE = (
    "A conversation must alternate between user and assistant roles. Make sure the conversation"
    " alternates between user and assistant roles and try again."
)
_NEEDS_TEXT = "A text block must be included when using documents."


@dataclass(frozen=True)
class _Message:
    """One message; `at` is its number, counted from 0."""

    at: int
    role: Role | Literal["system"]
    parts: tuple[Part, ...]


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a Converse request.

    Raises:
        Refused: the request does not fit the API or the model, or needs what is not emulated.
    """
    if body.get("promptVariables"):
        # An account of the emulator keeps no prompts, so that no id is that of one.
        raise invalid(
            "The promptVariables field can only be used where the model ID is the ARN of a prompt."
            " Remove promptVariables and try again."
        )
    messages = _read_messages(body, model)
    system = _read_system(body)
    config = read_tool_config(body)
    turns = {one.at: make_turn(one.role, one.parts) for one in messages if one.role != "system"}
    check_tool_turns(turns, config)
    check_media(part for one in messages for part in one.parts)
    asked = _read_inference(body, model)
    _check_metadata(body)
    _check_choices(body)
    read_pointers(body)
    sections = [("tools", config.parts), ("system", system)]
    sections += [(one.role, one.parts) for one in messages]
    later = [part for one in messages if one.role == "system" for part in one.parts]
    prompt = Prompt(
        system="\n".join(part.text for part in (*system, *later) if part.text),
        messages=tuple(turns.values()),
        max_tokens=asked.max_tokens or model.max_output,
        stop_sequences=asked.stop_sequences,
        temperature=asked.temperature,
        tools=tools_left(later, config) if later else config.tools,
        tool_choice=config.choice,
        output_schema=_read_output_schema(body, model),
        prefixes=find_prefixes(sections),
        sources=sources_of(one.parts for one in messages),
    )
    spoken = {one.at: one.parts for one in messages if one.at in turns}
    return check_with_vendor(prompt, asked, spoken, model)


def _read_messages(body: dict[str, Any], model: Model) -> tuple[_Message, ...]:
    messages = member_list(body, "messages", "messages")
    if messages is None:
        raise missing("messages")
    if not messages:
        raise invalid(_FIRST)
    read: list[_Message] = []
    for at, message in enumerate(messages):
        read.append(_read_message(message, at, read[-1].role if read else None, model))
    spoken = [one.role for one in read if one.role != "system"]
    if spoken[0] != "user":
        raise invalid(_FIRST)
    if any(one == next_ for one, next_ in pairwise(spoken)):
        raise invalid(_ALTERNATE)
    return tuple(read)


def _read_message(value: Any, at: int, before: str | None, model: Model) -> _Message:
    place = f"messages.{at}"
    message = object_at(value, place)
    role = required_choice(message, "role", place, ("user", "assistant", "system"))
    if role == "system":
        check_system_message(at, before, model)
    content = required_list(message, "content", place)
    if not content:
        raise invalid(
            f"The content field in the Message object at {place} is empty. Add a ContentBlock"
            " object to the content field and try again."
        )
    who: Role | Literal["system"]
    who = "user" if role == "user" else "assistant" if role == "assistant" else "system"
    parts = tuple(
        read_part(block, f"{place}.content.{number}", who) for number, block in enumerate(content)
    )
    kinds = {part.kind for part in parts}
    if "document" in kinds and not kinds & {"text", "guardContent"}:
        raise invalid(_NEEDS_TEXT)
    return _Message(at, who, parts)


def _read_system(body: dict[str, Any]) -> tuple[Part, ...]:
    blocks = member_list(body, "system", "system") or ()
    return tuple(read_system_part(block, f"system.{at}") for at, block in enumerate(blocks))


def _read_inference(body: dict[str, Any], model: Model) -> Asked:
    place = "additionalModelRequestFields"
    config = member_object(body, "inferenceConfig", "inferenceConfig") or {}
    return Asked(
        max_tokens=_read_max_tokens(config, model),
        temperature=number_within(config, "temperature", "inferenceConfig.temperature", 0, 1),
        top_p=number_within(config, "topP", "inferenceConfig.topP", 0, 1),
        stop_sequences=_read_stops(config),
        extra=member_object(body, place, place) or {},
        config=config,
    )


def _read_max_tokens(config: dict[str, Any], model: Model) -> int | None:
    value = config.get("maxTokens")
    if value is None:
        return None
    if not is_integer(value):
        raise malformed(wrong_type("/inferenceConfig/maxTokens", "Integer", value))
    if value < 1:
        rule = "Member must have value greater than or equal to 1"
        raise broken_rule(value, "inferenceConfig.maxTokens", rule)
    if value > model.max_output:
        limit = model.max_output
        raise invalid(
            f"The maximum tokens you requested exceeds the model limit of {limit}. Try again with"
            f" a maximum tokens value that is lower than {limit}."
        )
    return int(value)


def _read_stops(config: dict[str, Any]) -> tuple[str, ...]:
    place = "inferenceConfig.stopSequences"
    stops = member_list(config, "stopSequences", place) or []
    if len(stops) > _MAX_STOPS:
        rule = f"Member must have length less than or equal to {_MAX_STOPS}"
        raise broken_rule(len(stops), place, rule)
    for at, stop in enumerate(stops):
        if not isinstance(stop, str):
            raise malformed(wrong_type(f"/inferenceConfig/stopSequences/{at}", "String", stop))
        if not stop:
            rule = "Member must have length greater than or equal to 1"
            raise broken_rule(stop, member_place(f"{place}.{at}"), rule)
    return tuple(stops)


def _check_metadata(body: dict[str, Any]) -> None:
    metadata = member_object(body, "requestMetadata", "requestMetadata")
    if metadata is None:
        return
    if not 1 <= len(metadata) <= 16:
        rule = "Member must have between 1 and 16 entries"
        raise broken_rule(len(metadata), "requestMetadata", rule)
    for name, value in metadata.items():
        fits = (
            isinstance(value, str)
            and 1 <= len(name) <= 256
            and len(value) <= 256
            and _METADATA.fullmatch(name)
            and _METADATA.fullmatch(value)
        )
        if not fits:
            rule = f"Member must satisfy regular expression pattern: {_METADATA.pattern}"
            raise broken_rule(value, "requestMetadata", rule)


def _check_choices(body: dict[str, Any]) -> None:
    for name, (member, choices) in _CHOICES.items():
        choice(member_object(body, name, name) or {}, member, name, choices)


def _read_output_schema(body: dict[str, Any], model: Model) -> dict[str, Any] | None:
    """Return the JSON Schema of outputConfig.textFormat; `effort` is checked and not used."""
    config = member_object(body, "outputConfig", "outputConfig") or {}
    if choice(config, "effort", "outputConfig", EFFORTS) is not None:
        check_effort_of(model)
    text_format = member_object(config, "textFormat", "outputConfig.textFormat")
    if text_format is None:
        return None
    place = "outputConfig.textFormat"
    required_choice(text_format, "type", place, ("json_schema",))
    structure = required_object(text_format, "structure", place)
    definition = required_object(structure, "jsonSchema", f"{place}.structure")
    place = f"{place}.structure.jsonSchema"
    try:
        schema = json.loads(required_text(definition, "schema", place))
    except (ValueError, RecursionError):
        schema = None
    if not isinstance(schema, dict):
        raise invalid(f"The value at {place}.schema is not a JSON Schema.")
    return schema
