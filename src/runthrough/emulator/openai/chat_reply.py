"""Chat completions as they are written: whole, or as the chunks of a stream."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from runthrough.emulator.openai.chat_request import ChatRequest
from runthrough.emulator.openai.replies import LAST_EVENT, event
from runthrough.emulator.openai.tools import write_call
from runthrough.emulator.standins import Answer, Telling

FINGERPRINT = "fp_emulator"
"""`system_fingerprint`: which build of a model has answered. One for all; it says which."""

_FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
}
_ARGUMENTS = re.compile(r".{1,16}", re.DOTALL)


def write_completion(
    request: ChatRequest, answers: Sequence[Answer], *, created: int
) -> dict[str, Any]:
    """Return a whole completion; `created` is in seconds since 1970."""
    choices = [
        {
            "index": at,
            "message": _message(request, answer),
            "logprobs": None,
            "finish_reason": _finish(request, answer),
        }
        for at, answer in enumerate(answers)
    ]
    head = _head(request, created, "chat.completion")
    return {**head, "choices": choices, "usage": _usage(answers)}


def write_chunks(
    request: ChatRequest, tellings: Sequence[Telling], *, created: int
) -> Iterator[bytes]:
    """Yield the events of a stream, the mark of its end last."""
    head = _head(request, created, "chat.completion.chunk")
    usage: dict[str, Any] = {"usage": None} if request.with_usage else {}
    for at, told in enumerate(tellings):
        for delta in _deltas(request, told):
            choice = {"index": at, "delta": delta, "logprobs": None, "finish_reason": None}
            yield event({**head, "choices": [choice], **usage})
        last = {"index": at, "delta": {}, "logprobs": None}
        end = {**last, "finish_reason": _finish(request, told.answer)}
        yield event({**head, "choices": [end], **usage})
    if request.with_usage:
        yield event({**head, "choices": [], "usage": _usage([one.answer for one in tellings])})
    yield LAST_EVENT


def _head(request: ChatRequest, created: int, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": kind,
        "created": created,
        "model": request.model.id,
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
    }


def _message(request: ChatRequest, answer: Answer) -> dict[str, Any]:
    content, refusal = _said(request, answer)
    message: dict[str, Any] = {
        "role": "assistant",
        "content": content,
        "refusal": refusal,
        "annotations": [],
    }
    if answer.tool_uses:
        message["tool_calls"] = [write_call(use) for use in answer.tool_uses]
    return message


def _said(request: ChatRequest, answer: Answer) -> tuple[str | None, str | None]:
    """Return content and refusal: words where a schema asks for JSON say why there is none."""
    wanted = request.prompt.output_schema is not None and answer.stop_reason == "end_turn"
    if wanted and not answer.text.startswith("{"):
        return None, answer.text
    return answer.text or (None if answer.tool_uses else ""), None


def _member(request: ChatRequest, answer: Answer) -> str:
    """Return where the words of an answer stand that is to follow a schema."""
    return "content" if _said(request, answer)[1] is None else "refusal"


def _finish(request: ChatRequest, answer: Answer) -> str:
    """Return why an answer ended; a call that was demanded by its name ends it with `stop`."""
    named = request.prompt.tool_choice.startswith("tool:")
    if named and answer.stop_reason == "tool_use":
        return "stop"
    return _FINISH[answer.stop_reason]


def _deltas(request: ChatRequest, told: Telling) -> Iterator[dict[str, Any]]:
    """Yield what each chunk of one answer adds: a word, or a piece of a call's arguments."""
    name = "content" if request.prompt.output_schema is None else _member(request, told.answer)
    speaks = name == "content" and (told.speaks or not told.answer.tool_uses)
    yield {"role": "assistant", "content": "" if speaks else None, "refusal": None}
    for piece in told.words():
        yield {name: piece}
    for at, use in enumerate(told.answer.tool_uses):
        call = write_call(use)
        start = {**call, "function": {"name": use.name, "arguments": ""}}
        yield {"tool_calls": [{"index": at, **start}]}
        for piece in _ARGUMENTS.findall(call["function"]["arguments"]):
            yield {"tool_calls": [{"index": at, "function": {"arguments": piece}}]}


def _usage(answers: Sequence[Answer]) -> dict[str, Any]:
    sent = answers[0].input_tokens
    received = sum(answer.output_tokens for answer in answers)
    return {
        "prompt_tokens": sent,
        "completion_tokens": received,
        "total_tokens": sent + received,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def tokens_of(answers: Sequence[Answer]) -> int:
    """Return how many tokens the answers of one request used, the prompt counted once."""
    return answers[0].input_tokens + sum(answer.output_tokens for answer in answers)
