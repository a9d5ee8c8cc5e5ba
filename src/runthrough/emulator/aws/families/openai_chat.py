"""InvokeModel for models that take OpenAI's chat body: gpt-oss, Qwen, DeepSeek V3, Kimi and others.

Source: facts amazon-bedrock 4.12 (from memory there); ranges and the members beyond that list are
those of OpenAI's public API. AWS's page about gpt-oss (2025) says two things more: `model` has to
be the one that is called, where it is given, and what the model thought stands before the answer in
<reasoning> tags. The text for another `model` is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import chat_bodies
from runthrough.emulator.aws.families.family import (
    TextFamily,
    VendorPrompt,
    answers_wanted,
    check_context,
)
from runthrough.emulator.aws.families.schema import (
    OBJECT,
    Flag,
    Members,
    Number,
    Text,
    Whole,
    extras,
    read,
)
from runthrough.emulator.aws.fields import malformed
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.standins import Answer, Prompt, Telling, text_pieces

_THINKS = "openai.gpt-oss"
_FORMAT = Members(
    {"type": Text(choices=("text", "json_object", "json_schema")), "json_schema": OBJECT},
    ("type",),
)
_REASONS = {"end_turn": "stop", "max_tokens": "length", "stop_sequence": "stop"}
_REASONS |= {"tool_use": "tool_calls"}


def schema(model: Model) -> Members:
    """Return what a body for this model may hold."""
    return Members(
        {
            "model": Text(),
            "messages": chat_bodies.messages("system", "developer", "user", "assistant", "tool"),
            "max_tokens": Whole(1, model.max_output),
            "max_completion_tokens": Whole(1, model.max_output),
            "temperature": Number(0, 2, default=1),
            "top_p": Number(0, 1, default=1),
            "n": Whole(1, 8, default=1),
            "stop": chat_bodies.STOP,
            "stream": Flag(),
            "stream_options": Members({"include_usage": Flag()}),
            "tools": chat_bodies.TOOLS,
            "tool_choice": chat_bodies.tool_choice("none", "auto", "required"),
            "parallel_tool_calls": Flag(),
            "presence_penalty": Number(-2, 2),
            "frequency_penalty": Number(-2, 2),
            "logit_bias": Members(rest=Number(-100, 100)),
            "seed": Whole(),
            "user": Text(),
            "response_format": _FORMAT,
            "reasoning_effort": Text(choices=("low", "medium", "high")),
        },
        ("messages",),
    )


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a body. Raises Refused where it does not fit."""
    asked = read(schema(model), body)
    if not asked.get("model", model.id).endswith(model.id):
        raise invalid(f"The model in the body, {asked['model']}, is not the one that is called.")
    prompt = VendorPrompt(
        chat_bodies.read_system(asked["messages"]),
        chat_bodies.read_turns(asked["messages"], model),
        asked.get("max_completion_tokens", asked.get("max_tokens", model.max_output)),
        chat_bodies.read_stops(asked.get("stop")),
        asked["temperature"],
        chat_bodies.read_tools(asked.get("tools", ())),
        chat_bodies.read_choice(asked.get("tool_choice")),
        parallel_tools=asked.get("parallel_tool_calls", True),
        output_schema=_read_schema(asked),
        wants_json=asked.get("response_format", {}).get("type") == "json_object",
        thinking="shown" if model.id.startswith(_THINKS) else "off",
        answers=asked["n"],
    )
    check_context(prompt, model)
    return prompt


def _read_schema(asked: dict[str, Any]) -> dict[str, Any] | None:
    """Return the JSON Schema the answer has to follow, or None. Raises Refused if it is missing."""
    form = asked.get("response_format", {})
    if form.get("type") != "json_schema":
        return None
    schema_ = form.get("json_schema", {}).get("schema")
    if not isinstance(schema_, dict):
        raise malformed("#/response_format/json_schema: required key [schema] not found")
    return schema_


def _with_thought(answer: Answer) -> Answer:
    """Return the answer, the thought as a part of its text."""
    if answer.reasoning is None:
        return answer
    return replace(answer, text=f"<reasoning>{answer.reasoning.text}</reasoning>{answer.text}")


def _words(told: Telling) -> Iterator[str]:
    """Return the pieces of the text of `_with_thought`."""
    if told.thinks:
        yield "<reasoning>"
        yield from told.thoughts()
        yield "</reasoning>"
    yield from told.words()


def write_answer(prompt: Prompt, answer: Answer, model: Model) -> dict[str, Any]:
    """Return the vendor's body of an answer."""
    answer = _with_thought(answer)
    choices = [
        {
            "index": at,
            "message": chat_bodies.write_message(answer),
            "finish_reason": _REASONS[answer.stop_reason],
        }
        for at in range(answers_wanted(prompt))
    ]
    head = chat_bodies.write_head("chat.completion", model)
    return {**head, "choices": choices, "usage": chat_bodies.write_usage(prompt, answer)}


def chunks(prompt: Prompt, told: Telling, model: Model) -> Iterator[dict[str, Any]]:
    """Return the pieces of an answer; the last one says why it ended, and the usage."""
    head = chat_bodies.write_head("chat.completion.chunk", model)
    for at in range(answers_wanted(prompt)):
        words = _words(told) if at == 0 else text_pieces(_with_thought(told.answer).text)
        for delta in chat_bodies.deltas(told, words):
            yield {**head, "choices": [{"index": at, "delta": delta, "finish_reason": None}]}
        answer = told.answer
        ended = {"index": at, "delta": {}, "finish_reason": _REASONS[answer.stop_reason]}
        is_last = at == answers_wanted(prompt) - 1
        usage = {"usage": chat_bodies.write_usage(prompt, answer)} if is_last else {}
        yield {**head, "choices": [ended], **usage}


def check_extra(fields: dict[str, Any], model: Model) -> None:
    """Judge Converse's additionalModelRequestFields. Raises Refused."""
    owned = ("messages", "model", "n", "stream", "tools", "tool_choice", "response_format")
    read(extras(schema(model), *owned), fields)


FAMILY = TextFamily(read_prompt, write_answer, chunks, check_extra)
