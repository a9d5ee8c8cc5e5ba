"""Converse: AWS's own conversation, whichever model answers (facts amazon-bedrock 2.4-2.7).

The request is read by `converse_request`, the answer written by `converse_reply`; ConverseStream
and CountTokens use the same two.
"""

from __future__ import annotations

from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.fields import read_object
from runthrough.emulator.aws.gates.chain import open_model
from runthrough.emulator.aws.guardrails.guard import (
    Guard,
    answer_guarded,
    conversation_texts,
    guard_of_conversation,
)
from runthrough.emulator.aws.replies import Reply, json_reply
from runthrough.emulator.aws.runtime.answers import answer_prompt
from runthrough.emulator.aws.runtime.converse_reply import write_reply
from runthrough.emulator.aws.runtime.converse_request import read_prompt
from runthrough.emulator.aws.runtime.features import check_stream, text_family
from runthrough.emulator.aws.runtime.invoke import latency_ms
from runthrough.emulator.aws.state import Aws, Call
from runthrough.emulator.standins import Prompt

__all__ = ["answer_conversation", "converse", "read_prompt", "write_reply"]


def converse(aws: Aws, call: Call) -> Reply:
    """Answer Converse. Raises Refused: see `answer_conversation`."""
    return json_reply(answer_conversation(aws, call))


def answer_conversation(aws: Aws, call: Call) -> dict[str, Any]:
    """Return the body of Converse's answer; ConverseStream sends the same in pieces.

    Raises:
        Refused: a gate is shut, the request does not fit, or it needs what is not emulated.
    """
    model = open_model(aws, call)
    text_family(model, call.operation)
    body = read_object(call.request.body)
    prompt = read_prompt(body, model)
    if call.operation == "ConverseStream":
        check_stream(prompt, model)
    guard = guard_of_conversation(aws, call, body)
    if guard is not None:
        return _answer_guarded(guard, aws, call, body, prompt, model)
    answer = answer_prompt(aws, call, model, prompt)
    return write_reply(prompt, answer, model, body=body, latency=latency_ms(call))


def _answer_guarded(
    guard: Guard, aws: Aws, call: Call, body: dict[str, Any], prompt: Prompt, model: Model
) -> dict[str, Any]:
    texts, total = conversation_texts(body)
    guarded = answer_guarded(guard, texts, total, lambda: answer_prompt(aws, call, model, prompt))
    if guarded.input.blocked:
        call.charge.settle(input_tokens=0, output_tokens=0)
    reply = write_reply(prompt, guarded.answer, model, body=body, latency=latency_ms(call))
    stopped = {"stopReason": "guardrail_intervened"} if guarded.intervened else {}
    return {**reply, **stopped, **guarded.converse_trace()}
