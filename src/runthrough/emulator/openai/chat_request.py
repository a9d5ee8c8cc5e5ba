"""From the body of a chat completion to a prompt, with every member checked.

What is legal and not emulated is refused by name (501) and never dropped. Members that ask for
nothing a stand-in could do otherwise (`seed`, `user`, `top_p`, penalties, …) are checked and have
no effect. Texts on lengths, context, JSON and what a reasoning model does not take are seen; others
are ours in the same form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.openai.catalogue import Model
from runthrough.emulator.openai.fields import (
    Json,
    check_members,
    choice,
    member_flag,
    member_integer,
    member_number,
    member_object,
    required,
    text,
    too_long,
    wrong_type,
)
from runthrough.emulator.openai.messages import read_messages
from runthrough.emulator.openai.replies import invalid, not_emulated
from runthrough.emulator.openai.schemas import check_strict
from runthrough.emulator.openai.tools import read_choice, read_name, read_tools
from runthrough.emulator.standins import Prompt, count_input

MOST_CHOICES = 128
MOST_STOPS = 4
_CHECKED_ONLY = {
    "user": "a string",
    "safety_identifier": "a string",
    "prompt_cache_key": "a string",
}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "service_tier": ("auto", "default", "flex", "scale", "priority", "fast"),
    "verbosity": ("low", "medium", "high"),
    "prompt_cache_retention": ("in_memory", "24h"),
}
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_NOT_EMULATED = (
    *("audio", "function_call", "functions", "logit_bias", "logprobs", "moderation"),
    *("prediction", "prompt_cache_options", "store", "top_logprobs", "web_search_options"),
)
_OTHERS = (
    *("model", "messages", "max_tokens", "max_completion_tokens", "metadata", "modalities", "n"),
    *("frequency_penalty", "presence_penalty", "parallel_tool_calls", "reasoning_effort"),
    *("response_format", "seed", "stop", "stream", "stream_options", "temperature", "top_p"),
    *("tool_choice", "tools"),
)
MEMBERS = frozenset({*_CHECKED_ONLY, *_CHOICES, *_NOT_EMULATED, *_OTHERS})


@dataclass(frozen=True)
class ChatRequest:
    """One request for a chat completion.

    Attributes:
        choices: how many answers are wanted.
        stream: whether they come piece by piece; `with_usage` whether the tokens come last.
        asked_tokens: how long an answer was asked to be at most; None = the model's own limit.
    """

    model: Model
    prompt: Prompt
    choices: int
    stream: bool
    with_usage: bool
    asked_tokens: int | None


def read_chat(body: Json, model: Model) -> ChatRequest:
    """Return what a body asks for.

    Raises:
        Refused: the body does not fit the API or the model, or needs what is not emulated.
    """
    _check_known(body, model)
    conversation = read_messages(body, model)
    temperature = _read_sampling(body, model)
    asked = _read_length(body, model)
    tools = read_tools(body)
    wants_json, schema = _read_format(body, model)
    prompt = Prompt(
        conversation.system,
        conversation.turns,
        model.most_output if asked is None else asked,
        _read_stops(body.get("stop")),
        temperature,
        tools=tools,
        tool_choice=read_choice(body, tools),
        parallel_tools=body.get("parallel_tool_calls") is None
        or member_flag(body, "parallel_tool_calls"),
        output_schema=schema,
        wants_json=wants_json,
    )
    if wants_json and schema is None:
        _check_json_is_named(prompt)
    _check_context(prompt, model)
    stream = member_flag(body, "stream")
    return ChatRequest(
        model,
        prompt,
        member_integer(body, "n", 1, MOST_CHOICES) or 1,
        stream,
        _read_with_usage(body, stream),
        asked,
    )


def _check_known(body: Json, model: Model) -> None:
    check_members(body, MEMBERS)
    for name in _NOT_EMULATED:
        if body.get(name):
            raise not_emulated(f"The member '{name}' of a chat completion", param=name)
    if body.get("modalities") not in (None, ["text"]):
        raise not_emulated("A chat completion with another modality than text", param="modalities")
    for name, kind in _CHECKED_ONLY.items():
        if body.get(name) is not None and not isinstance(body[name], str):
            raise wrong_type(name, kind, body[name])
    for name, choices in _CHOICES.items():
        if body.get(name) is not None:
            choice(body[name], name, choices)
    if body.get("reasoning_effort") is not None:
        if not model.reasons:
            raise invalid("Unrecognized request argument supplied: reasoning_effort")
        choice(body["reasoning_effort"], "reasoning_effort", _EFFORTS)
    for key, value in (member_object(body, "metadata") or {}).items():
        text(value, f"metadata.{key}")


def _read_sampling(body: Json, model: Model) -> float | None:
    """Return the temperature; the other ways to sample are checked and have no effect here."""
    temperature = member_number(body, "temperature", 0, 2)
    top_p = member_number(body, "top_p", 0, 1)
    for name in ("frequency_penalty", "presence_penalty"):
        member_number(body, name, -2, 2)
    member_integer(body, "seed", -(2**63), 2**63 - 1)
    if model.fixed:
        for name, value in (("temperature", temperature), ("top_p", top_p)):
            if value not in (None, 1):
                raise invalid(
                    f"Unsupported value: '{name}' does not support {value:g} with this model. Only"
                    " the default (1) value is supported.",
                    param=name,
                    code="unsupported_value",
                )
    return temperature


def _read_length(body: Json, model: Model) -> int | None:
    old, new = (member_integer(body, n, 1) for n in ("max_tokens", "max_completion_tokens"))
    if old is not None and model.reasons:
        raise invalid(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use"
            " 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )
    if old is not None and new is not None:
        raise invalid(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            param="max_tokens",
            code="invalid_parameter_combination",
        )
    name, asked = ("max_tokens", old) if new is None else ("max_completion_tokens", new)
    if asked is not None and asked > model.most_output:
        raise invalid(
            f"{name} is too large: {asked}. This model supports at most {model.most_output}"
            f" completion tokens, whereas you provided {asked}.",
            param=name,
            code="invalid_value",
        )
    return asked


def _read_stops(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    stops = [value] if isinstance(value, str) else value
    if not isinstance(stops, list):
        raise wrong_type("stop", "one of a string or array of strings", value)
    if len(stops) > MOST_STOPS:
        raise too_long("stop", MOST_STOPS, len(stops))
    return tuple(filter(None, (text(stop, f"stop[{at}]") for at, stop in enumerate(stops))))


def _read_format(body: Json, model: Model) -> tuple[bool, Mapping[str, Any] | None]:
    """Return whether the answer has to be JSON, and the schema it has to fit."""
    given = member_object(body, "response_format")
    if given is None:
        return False, None
    kind = choice(
        required(given, "type", "response_format.type"),
        "response_format.type",
        ("json_object", "json_schema", "text"),
    )
    if kind != "json_schema":
        return kind == "json_object", None
    if not model.schema:
        raise invalid(
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this"
            " model. Learn more about supported models at the Structured Outputs guide:"
            " https://platform.openai.com/docs/guides/structured-outputs"
        )
    return True, _read_schema(given)


def _read_schema(given: Json) -> Mapping[str, Any]:
    place = "response_format.json_schema"
    wanted = required(given, "json_schema", place)
    if not isinstance(wanted, dict):
        raise wrong_type(place, "an object", wanted)
    name = read_name(wanted, place)
    if wanted.get("description") is not None:
        text(wanted["description"], f"{place}.description")
    schema = required(wanted, "schema", f"{place}.schema")
    if not isinstance(schema, dict):
        raise wrong_type(f"{place}.schema", "an object", schema)
    if schema.get("type") != "object":
        raise invalid(
            f"Invalid schema for response_format '{name}': schema must be a JSON Schema of"
            f" 'type: \"object\"', got 'type: {json.dumps(schema.get('type'))}'.",
            param="response_format",
        )
    if member_flag(wanted, "strict", f"{place}.strict"):
        check_strict(schema, f"response_format '{name}'", param="response_format", code=None)
    return schema


def _read_with_usage(body: Json, stream: bool) -> bool:
    options = member_object(body, "stream_options")
    if options is None:
        return False
    if not stream:
        raise invalid(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
    for name in options:
        if name not in ("include_usage", "include_obfuscation"):
            raise invalid(
                f"Unknown parameter: 'stream_options.{name}'.",
                param=f"stream_options.{name}",
                code="unknown_parameter",
            )
    if member_flag(options, "include_obfuscation", "stream_options.include_obfuscation"):
        raise not_emulated("stream_options.include_obfuscation", param="stream_options")
    return member_flag(options, "include_usage", "stream_options.include_usage")


def _check_json_is_named(prompt: Prompt) -> None:
    said = (prompt.system, *(turn.text for turn in prompt.messages))
    if not any("json" in one.lower() for one in said):
        raise invalid(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type"
            " 'json_object'.",
            param="messages",
        )


def _check_context(prompt: Prompt, model: Model) -> None:
    used = count_input(prompt)
    if used > model.most_input:
        raise invalid(
            f"This model's maximum context length is {model.most_input} tokens. However, your"
            f" messages resulted in {used} tokens. Please reduce the length of the messages.",
            param="messages",
            code="context_length_exceeded",
        )
