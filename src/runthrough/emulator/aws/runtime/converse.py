"""Converse: AWS's own conversation, whichever model answers (facts amazon-bedrock 2.4-2.7).

The request is read by `converse_request`, the answer written by `converse_reply`; ConverseStream
and CountTokens use the same two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.fields import read_object
from runthrough.emulator.aws.gates.chain import open_model
from runthrough.emulator.aws.guardrails.guard import (
    Guard,
    Guarded,
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
from runthrough.emulator.aws.runtime.s3_sources import fetch_sources
from runthrough.emulator.aws.state import Aws, Call
from runthrough.emulator.standins import Answer, Prompt

__all__ = ["converse", "read_conversation", "read_prompt", "write_reply"]


@dataclass(frozen=True)
class Conversation:
    """A request of Converse that may be answered.

    Attributes:
        guard: the guardrail it names; None = it names none.
    """

    model: Model
    body: dict[str, Any]
    prompt: Prompt
    guard: Guard | None

    def write(self, answer: Answer, call: Call) -> dict[str, Any]:
        """Return the body of the answer."""
        latency = latency_ms(call)
        return write_reply(self.prompt, answer, self.model, body=self.body, latency=latency)

    def write_guarded(self, guarded: Guarded, call: Call) -> dict[str, Any]:
        """Return the body of an answer that has passed the guardrail, or was stopped by it."""
        stopped = {"stopReason": "guardrail_intervened"} if guarded.intervened else {}
        return {**self.write(guarded.answer, call), **stopped, **guarded.converse_trace()}


def converse(aws: Aws, call: Call) -> Reply:
    """Answer Converse.

    Raises:
        Refused: a gate is shut, the request does not fit, or it needs what is not emulated.
    """
    asked = read_conversation(aws, call)
    if asked.guard is not None:
        return json_reply(asked.write_guarded(answer_behind(asked.guard, asked, aws, call), call))
    return json_reply(asked.write(answer_prompt(aws, call, asked.model, asked.prompt), call))


def read_conversation(aws: Aws, call: Call) -> Conversation:
    """Read a request of Converse or ConverseStream. Raises Refused: see `converse`."""
    model = open_model(aws, call)
    text_family(model, call.operation)
    body = fetch_sources(read_object(call.request.body), aws, call)
    prompt = read_prompt(body, model)
    if call.operation == "ConverseStream":
        check_stream(prompt, model)
    return Conversation(model, body, prompt, guard_of_conversation(aws, call, body))


def answer_behind(guard: Guard, asked: Conversation, aws: Aws, call: Call) -> Guarded:
    """Answer a conversation behind its guardrail. Raises Refused: see `answer_prompt`."""
    texts, total = conversation_texts(asked.body)
    guarded = answer_guarded(
        guard, texts, total, lambda: answer_prompt(aws, call, asked.model, asked.prompt)
    )
    if guarded.input.blocked:
        call.charge.settle(input_tokens=0, output_tokens=0)
    return guarded
