"""InvokeModel for Mistral AI: the older body of one text, and the chat body.

Source: facts amazon-bedrock 4.8. Chosen here: top_k is 1 to 200; the chat body of Large 24.07 and
Pixtral takes no `stop` and no `top_k` (captures show it refused), newer ones take both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import chat_bodies
from runthrough.emulator.aws.families.family import TextFamily, check_context, check_text
from runthrough.emulator.aws.families.schema import (
    Items,
    Members,
    Number,
    Text,
    Whole,
    extras,
    read,
)
from runthrough.emulator.aws.families.transcripts import read_inst
from runthrough.emulator.standins import Answer, Prompt, Telling

_REASONS = {"end_turn": "stop", "max_tokens": "length", "stop_sequence": "stop"}
_REASONS |= {"tool_use": "tool_calls"}


def schema(model: Model) -> Members:
    """Return what the body of one text may hold; defaults differ between open and later models."""
    is_open = model.id.startswith(("mistral.mistral-7b", "mistral.mixtral"))
    return Members(
        {
            "prompt": Text(1),
            "max_tokens": Whole(1, model.max_output, default=512 if is_open else 8192),
            "stop": Items(Text(), most=10),
            "temperature": Number(0, 1, default=0.5 if is_open else 0.7),
            "top_p": Number(0, 1, default=0.9 if is_open else 1),
            "top_k": Whole(1, 200, default=50 if is_open else None),
        },
        ("prompt",),
    )


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a body of one text. Raises Refused where it does not fit."""
    asked = read(schema(model), body)
    check_text(asked["prompt"], model)
    transcript = read_inst(asked["prompt"])
    prompt = Prompt(
        transcript.system,
        transcript.turns,
        asked["max_tokens"],
        tuple(asked.get("stop", ())),
        asked["temperature"],
    )
    check_context(prompt, model)
    return prompt


def write_answer(_prompt: Prompt, answer: Answer, _model: Model) -> dict[str, Any]:
    """Return the answer to a body of one text."""
    return {"outputs": [_output(answer, answer.text, _REASONS[answer.stop_reason])]}


def _output(answer: Answer, text: str, reason: str) -> dict[str, Any]:
    output: dict[str, Any] = {"text": text, "stop_reason": reason}
    if answer.tool_uses:
        output["tool_calls"] = chat_bodies.write_calls(answer)
    return output


def chunks(_prompt: Prompt, told: Telling, _model: Model) -> Iterator[dict[str, Any]]:
    """Return the pieces of an answer; the last one says why it ended."""
    for piece in told.words():
        yield {"outputs": [{"text": piece, "stop_reason": None}]}
    answer = told.answer
    yield {"outputs": [_output(answer, "", _REASONS[answer.stop_reason])]}


def check_extra(fields: dict[str, Any], model: Model) -> None:
    """Judge Converse's additionalModelRequestFields. Raises Refused."""
    read(extras(schema(model), "prompt"), fields)


def chat_schema(model: Model) -> Members:
    """Return what the chat body may hold."""
    body = Members(
        {
            "messages": chat_bodies.messages("system", "user", "assistant", "tool"),
            "tools": chat_bodies.TOOLS,
            "tool_choice": chat_bodies.tool_choice("auto", "none", "any"),
            "temperature": Number(0, 1),
            "top_p": Number(0, 1),
            "max_tokens": Whole(1, model.max_output),
        },
        ("messages",),
    )
    if "stops" not in model.features:
        return body
    return body.extended(stop=chat_bodies.STOP, top_k=Whole(1, 200))


def read_chat(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a chat body. Raises Refused where it does not fit."""
    asked = read(chat_schema(model), body)
    prompt = Prompt(
        chat_bodies.read_system(asked["messages"]),
        chat_bodies.read_turns(asked["messages"], model),
        asked.get("max_tokens", model.max_output),
        chat_bodies.read_stops(asked.get("stop")),
        asked.get("temperature"),
        chat_bodies.read_tools(asked.get("tools", ())),
        chat_bodies.read_choice(asked.get("tool_choice")),
    )
    check_context(prompt, model)
    return prompt


def write_chat(prompt: Prompt, answer: Answer, model: Model) -> dict[str, Any]:
    """Return the answer to a chat body."""
    choice = {
        "index": 0,
        "message": chat_bodies.write_message(answer),
        "stop_reason": _REASONS[answer.stop_reason],
    }
    head = chat_bodies.write_head("chat.completion", model)
    return {**head, "choices": [choice], "usage": chat_bodies.write_usage(prompt, answer)}


def chat_chunks(prompt: Prompt, told: Telling, model: Model) -> Iterator[dict[str, Any]]:
    """Return the pieces of an answer to a chat body: messages that hold a part of the text."""
    head = chat_bodies.write_head("chat.completion.chunk", model)
    for piece in told.words():
        message = {"role": "assistant", "content": piece}
        yield {**head, "choices": [{"index": 0, "message": message, "stop_reason": None}]}
    answer = told.answer
    message = chat_bodies.write_message(answer) | {"content": ""}
    ended = {"index": 0, "message": message, "stop_reason": _REASONS[answer.stop_reason]}
    yield {**head, "choices": [ended], "usage": chat_bodies.write_usage(prompt, answer)}


def check_chat_extra(fields: dict[str, Any], model: Model) -> None:
    """Judge Converse's additionalModelRequestFields. Raises Refused."""
    read(extras(chat_schema(model), "messages", "tools", "tool_choice"), fields)


TEXT_FAMILY = TextFamily(read_prompt, write_answer, chunks, check_extra)
CHAT_FAMILY = TextFamily(read_chat, write_chat, chat_chunks, check_chat_extra)
