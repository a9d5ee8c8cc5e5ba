"""InvokeModel for AI21 Jamba: a chat body with several answers.

Source: facts amazon-bedrock 4.10. Chosen here: top_p is above 0; both penalties lie between -2 and
2; tools go as in OpenAI's body (the sheet names none).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import chat_bodies
from runthrough.emulator.aws.families.family import (
    TextFamily,
    VendorPrompt,
    answers_wanted,
    check_context,
)
from runthrough.emulator.aws.families.schema import Members, Number, Whole, extras, read
from runthrough.emulator.standins import Answer, Prompt, Telling

_PENALTY = Number(-2, 2)
_REASONS = {"end_turn": "stop", "max_tokens": "length", "stop_sequence": "stop"}
_REASONS |= {"tool_use": "tool_calls"}


def schema(model: Model) -> Members:
    """Return what a body for this model may hold; Jamba-Instruct takes no tools."""
    has_tools = "tools" in model.features
    roles = ("system", "user", "assistant", *(("tool",) if has_tools else ()))
    body = Members(
        {
            "messages": chat_bodies.messages(*roles),
            "temperature": Number(0, 2, default=1.0),
            "top_p": Number(0, 1, above=True, default=1.0),
            "max_tokens": Whole(0, model.max_output, default=model.max_output),
            "stop": chat_bodies.STOP,
            "n": Whole(1, 16, default=1),
            "frequency_penalty": _PENALTY,
            "presence_penalty": _PENALTY,
        },
        ("messages",),
    )
    return body.extended(tools=chat_bodies.TOOLS) if has_tools else body


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a body. Raises Refused where it does not fit."""
    asked = read(schema(model), body)
    prompt = VendorPrompt(
        chat_bodies.read_system(asked["messages"]),
        chat_bodies.read_turns(asked["messages"], model),
        asked["max_tokens"],
        chat_bodies.read_stops(asked.get("stop")),
        asked["temperature"],
        chat_bodies.read_tools(asked.get("tools", ())),
        answers=asked["n"],
    )
    check_context(prompt, model)
    return prompt


def write_answer(prompt: Prompt, answer: Answer, model: Model) -> dict[str, Any]:
    """Return the vendor's body of an answer."""
    choice = {
        "message": chat_bodies.write_message(answer),
        "finish_reason": _REASONS[answer.stop_reason],
    }
    return {
        "id": chat_bodies.write_head("", model)["id"],
        "choices": [{"index": at, **choice} for at in range(answers_wanted(prompt))],
        "usage": chat_bodies.write_usage(prompt, answer),
    }


def chunks(prompt: Prompt, told: Telling, model: Model) -> Iterator[dict[str, Any]]:
    """Return the pieces of an answer; the last one holds the usage."""
    head = {"id": chat_bodies.write_head("", model)["id"]}
    for at in range(answers_wanted(prompt)):
        for delta in chat_bodies.deltas(told):
            yield {**head, "choices": [{"index": at, "delta": delta, "finish_reason": None}]}
        answer = told.answer
        ended = {"index": at, "delta": {"content": ""}}
        yield {**head, "choices": [ended | {"finish_reason": _REASONS[answer.stop_reason]}]}
    yield {**head, "choices": [], "usage": chat_bodies.write_usage(prompt, told.answer)}


def check_extra(fields: dict[str, Any], model: Model) -> None:
    """Judge Converse's additionalModelRequestFields. Raises Refused."""
    read(extras(schema(model), "messages", "n", "tools"), fields)


FAMILY = TextFamily(read_prompt, write_answer, chunks, check_extra)
