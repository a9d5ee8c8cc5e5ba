"""Converse: from AWS's own conversation to a prompt, and back.

Source: facts amazon-bedrock 2.4-2.6 and 2.11. Members that are legal and not emulated are refused
by name (501) and never dropped. Texts of rules the sheet has no capture of follow the form AWS
gives to all of them (`1 validation error detected: …`).
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Literal

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.anthropic_messages import (
    check_extra_fields,
    check_length,
    check_sampling,
    check_stops,
    check_turns,
    write_answer,
)
from runthrough.emulator.aws.fields import (
    broken_rule,
    is_integer,
    malformed,
    member_list,
    member_object,
    member_text,
    missing,
    number_within,
    read_object,
    wrong_type,
)
from runthrough.emulator.aws.gates.chain import open_model
from runthrough.emulator.aws.replies import Refused, Reply, invalid, json_reply, not_emulated
from runthrough.emulator.aws.runtime.invoke import latency_ms
from runthrough.emulator.aws.state import Aws, Call
from runthrough.emulator.standins import Answer, Prompt, Turn

_BLOCKS = {"image", "document", "video", "audio", "toolUse", "toolResult", "guardContent"}
_BLOCKS |= {"cachePoint", "reasoningContent", "citationsContent", "searchResult"}
_BLOCKS |= {"toolAddition", "toolRemoval"}
_NOT_EMULATED = ("toolConfig", "guardrailConfig", "promptVariables", "outputConfig")
_CHOICES = {
    "performanceConfig": ("latency", ("standard", "optimized")),
    "serviceTier": ("type", ("priority", "default", "flex", "reserved")),
}
_MAX_STOPS = 2500
_METADATA = re.compile(r"[a-zA-Z0-9\s:_@$#=/+,.-]*")


def converse(aws: Aws, call: Call) -> Reply:
    """Answer Converse. Raises Refused: see `answer_conversation`."""
    return json_reply(answer_conversation(aws, call))


def answer_conversation(aws: Aws, call: Call) -> dict[str, Any]:
    """Return the body of Converse's answer; ConverseStream sends the same in pieces.

    Raises:
        Refused: a gate is shut, the request does not fit, or it needs what is not emulated.
    """
    model = open_model(aws, call)
    if model.api != "anthropic-messages":
        raise not_emulated(f"{call.operation} with {model.id}")
    body = read_object(call.request.body)
    prompt = read_prompt(body, model)
    answer = aws.respond(prompt)
    return write_reply(prompt, answer, model, body=body, latency=latency_ms(call))


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a Converse request.

    Raises:
        Refused: the request does not fit the API or the model, or needs what is not emulated.
    """
    for name in _NOT_EMULATED:
        if body.get(name):
            raise not_emulated(f"The member {name!r} of Converse")
    turns = _read_turns(body)
    system = _read_system(body)
    config = member_object(body, "inferenceConfig", "inferenceConfig") or {}
    max_tokens = _read_max_tokens(config, model)
    temperature = number_within(config, "temperature", "inferenceConfig.temperature", 0, 1)
    top_p = number_within(config, "topP", "inferenceConfig.topP", 0, 1)
    stops = _read_stops(config)
    _check_metadata(body)
    _check_choices(body)
    read_pointers(body)
    prompt = Prompt(system, turns, max_tokens, stops, temperature)
    _check_with_vendor(body, prompt, top_p, model)
    return prompt


def write_reply(
    prompt: Prompt, answer: Answer, model: Model, *, body: dict[str, Any], latency: int
) -> dict[str, Any]:
    """Return Converse's answer; `body` is the request, parts of which are echoed.

    `latency` is in milliseconds.
    """
    reply: dict[str, Any] = {
        "output": {
            "message": {
                "role": "assistant",
                "content": [{"text": answer.text}] if answer.text else [],
            }
        },
        "stopReason": answer.stop_reason,
        "usage": {
            "inputTokens": answer.input_tokens,
            "outputTokens": answer.output_tokens,
            "totalTokens": answer.input_tokens + answer.output_tokens,
        },
        "metrics": {"latencyMs": latency},
    }
    pointers = read_pointers(body)
    if pointers:
        extra = _look_up(write_answer(prompt, answer, model), pointers)
        if extra:
            reply["additionalModelResponseFields"] = extra
    return reply | {name: body[name] for name in _CHOICES if body.get(name)}


def _read_turns(body: dict[str, Any]) -> tuple[Turn, ...]:
    messages = member_list(body, "messages", "messages")
    if messages is None:
        raise missing("messages")
    if not messages:
        raise invalid(
            "A conversation must start with a user message. Try again with a conversation that"
            " starts with a user message."
        )
    turns = tuple(_read_message(message, at) for at, message in enumerate(messages))
    if turns[0].role != "user":
        raise invalid(
            "A conversation must start with a user message. Try again with a conversation that"
            " starts with a user message."
        )
    if any(one.role == next_.role for one, next_ in pairwise(turns)):
        raise invalid(
            "A conversation must alternate between user and assistant roles. Make sure the"
            " conversation alternates between user and assistant roles and try again."
        )
    return turns


def _read_message(message: Any, at: int) -> Turn:
    place = f"messages.{at + 1}.member"
    if not isinstance(message, dict):
        raise malformed(wrong_type(f"/messages/{at}", "JSONObject", message))
    role = _read_role(message, place)
    content = member_list(message, "content", f"messages.{at}.content")
    if content is None:
        raise missing(f"{place}.content")
    if not content:
        raise invalid(
            f"The content field in the Message object at messages.{at} is empty. Add a"
            " ContentBlock object to the content field and try again."
        )
    texts = [_read_block(block, f"messages.{at}.content.{i}") for i, block in enumerate(content)]
    return Turn(role, "\n".join(texts))


def _read_role(message: dict[str, Any], place: str) -> Literal["user", "assistant"]:
    role = message.get("role")
    if role is None:
        raise missing(f"{place}.role")
    if role == "user":
        return "user"
    if role == "assistant":
        return "assistant"
    if role == "system":
        raise not_emulated("A message of the role 'system' in Converse")
    raise broken_rule(
        role, f"{place}.role", "Member must satisfy enum value set: [user, assistant, system]"
    )


def _read_block(block: Any, place: str) -> str:
    if not isinstance(block, dict):
        raise malformed(wrong_type(f"/{place.replace('.', '/')}", "JSONObject", block))
    kinds = [name for name, value in block.items() if value is not None]
    if len(kinds) != 1:
        raise invalid(f"The ContentBlock object at {place} must set exactly one member.")
    if kinds[0] in _BLOCKS:
        raise not_emulated(f"A {kinds[0]!r} block in Converse ({place})")
    if kinds[0] != "text":
        raise invalid(f"The ContentBlock object at {place} has no known member.")
    text = member_text(block, "text", f"{place}.text")
    if text is None or not text.strip():
        raise invalid(
            f"The text field in the ContentBlock object at {place} is blank. Add text to the text"
            " field, and try again."
        )
    return text


def _read_system(body: dict[str, Any]) -> str:
    texts = []
    for at, block in enumerate(member_list(body, "system", "system") or ()):
        place = f"system.{at}"
        if not isinstance(block, dict):
            raise malformed(wrong_type(f"/system/{at}", "JSONObject", block))
        if any(block.get(name) is not None for name in ("guardContent", "cachePoint")):
            raise not_emulated(f"A guardContent or cachePoint block in Converse ({place})")
        text = member_text(block, "text", f"{place}.text")
        if text is None or not text.strip():
            raise invalid(
                f"The text field in the SystemContentBlock object at {place} is blank. Add text to"
                " the text field, and try again."
            )
        texts.append(text)
    return "\n".join(texts)


def _read_max_tokens(config: dict[str, Any], model: Model) -> int:
    place = "inferenceConfig.maxTokens"
    value = config.get("maxTokens")
    if value is None:
        return model.max_output
    if not is_integer(value):
        raise malformed(wrong_type("/inferenceConfig/maxTokens", "Integer", value))
    if value < 1:
        raise broken_rule(value, place, "Member must have value greater than or equal to 1")
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
        raise broken_rule(
            len(stops), place, f"Member must have length less than or equal to {_MAX_STOPS}"
        )
    for at, stop in enumerate(stops):
        if not isinstance(stop, str):
            raise malformed(wrong_type(f"/inferenceConfig/stopSequences/{at}", "String", stop))
        if not stop:
            raise broken_rule(
                stop,
                f"{place}.{at + 1}.member",
                "Member must have length greater than or equal to 1",
            )
    return tuple(stops)


def _check_metadata(body: dict[str, Any]) -> None:
    metadata = member_object(body, "requestMetadata", "requestMetadata")
    if metadata is None:
        return
    if not 1 <= len(metadata) <= 16:
        raise broken_rule(
            len(metadata), "requestMetadata", "Member must have between 1 and 16 entries"
        )
    for name, value in metadata.items():
        fits = (
            isinstance(value, str)
            and 1 <= len(name) <= 256
            and len(value) <= 256
            and _METADATA.fullmatch(name)
            and _METADATA.fullmatch(value)
        )
        if not fits:
            raise broken_rule(
                value,
                "requestMetadata",
                f"Member must satisfy regular expression pattern: {_METADATA.pattern}",
            )


def _check_choices(body: dict[str, Any]) -> None:
    for name, (member, choices) in _CHOICES.items():
        value = (member_object(body, name, name) or {}).get(member)
        if value is not None and value not in choices:
            rule = f"Member must satisfy enum value set: [{', '.join(choices)}]"
            raise broken_rule(value, f"{name}.{member}", rule)


def read_pointers(body: dict[str, Any]) -> tuple[str, ...]:
    """Return additionalModelResponseFieldPaths. Raises Refused where one is no JSON pointer."""
    place = "additionalModelResponseFieldPaths"
    pointers = member_list(body, place, place) or []
    if len(pointers) > 10:
        raise broken_rule(len(pointers), place, "Member must have length less than or equal to 10")
    for at, pointer in enumerate(pointers):
        if not isinstance(pointer, str):
            raise malformed(wrong_type(f"/{place}/{at}", "String", pointer))
        if not 1 <= len(pointer) <= 256 or not pointer.startswith("/"):
            raise invalid(f"The value at {place}.{at} is not a valid JSON pointer.")
    return tuple(pointers)


def _look_up(value: dict[str, Any], pointers: tuple[str, ...]) -> dict[str, Any]:
    """Return the members that the pointers find; one that finds nothing is left out (facts 2.4)."""
    found: dict[str, Any] = {}
    for pointer in pointers:
        name = pointer[1:].replace("~1", "/").replace("~0", "~")
        if name in value:
            found[name] = value[name]
        elif "/" in pointer[1:]:
            raise not_emulated(f"The nested path {pointer!r} in additionalModelResponseFieldPaths")
    return found


def _check_with_vendor(
    body: dict[str, Any], prompt: Prompt, top_p: float | None, model: Model
) -> None:
    """Apply the vendor's rules; Converse puts its own words in front of the vendor's refusal."""
    place = "additionalModelRequestFields"
    extra = member_object(body, place, place) or {}
    try:
        top_k = check_extra_fields(extra)
        check_sampling(prompt.temperature, top_p, top_k, model)
        check_stops(prompt.stop_sequences)
        check_turns(prompt, model)
    except Refused as e:
        if e.status != 400:
            raise
        raise invalid(f"The model returned the following errors: {e.message}") from e
    # maxTokens that nobody asked for must not count against the context.
    asked = member_object(body, "inferenceConfig", "inferenceConfig") or {}
    check_length(prompt if asked.get("maxTokens") else _with_short_answer(prompt), model)


def _with_short_answer(prompt: Prompt) -> Prompt:
    return Prompt(prompt.system, prompt.messages, 1, prompt.stop_sequences, prompt.temperature)
