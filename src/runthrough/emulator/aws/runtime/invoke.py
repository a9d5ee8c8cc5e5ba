"""InvokeModel: the vendor's own body in, the vendor's own body out (facts amazon-bedrock 2.2)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import FAMILIES
from runthrough.emulator.aws.families.family import (
    DataFamily,
    Family,
    Result,
    TextFamily,
    answers_wanted,
)
from runthrough.emulator.aws.fields import read_object
from runthrough.emulator.aws.gates.chain import open_model
from runthrough.emulator.aws.guardrails.guard import Guard, answer_guarded, guard_of_headers
from runthrough.emulator.aws.replies import Reply, json_reply, not_emulated
from runthrough.emulator.aws.runtime.answers import answer_prompt, tell_prompt
from runthrough.emulator.aws.runtime.headers import check_headers
from runthrough.emulator.aws.runtime.s3_sources import fetch_sources
from runthrough.emulator.aws.state import Aws, Call
from runthrough.emulator.standins import Answer, Prompt, Telling


def invoke_model(aws: Aws, call: Call) -> Reply:
    """Answer InvokeModel.

    Raises:
        Refused: a gate is shut, the body does not fit, or it needs what is not emulated.
    """
    model = open_model(aws, call)
    family = family_of(model, call)
    echoed = check_headers(call)
    result = _answer(family, aws, call, read_body(family, aws, call), model)
    return json_reply(result.body, headers={**_metrics(result, call), **echoed})


def read_body(family: Family, aws: Aws, call: Call) -> dict[str, Any]:
    """Return the body of a call, with bytes where it names objects in S3. Raises Refused."""
    body = read_object(call.request.body)
    takes_s3 = isinstance(family, TextFamily) and family.takes_s3
    return fetch_sources(body, aws, call) if takes_s3 else body


def family_of(model: Model, call: Call) -> Family:
    """Return the family of a model. Raises Refused (501) where it is not emulated."""
    family = FAMILIES.get(model.api)
    if family is None:
        raise not_emulated(f"{call.operation} with {model.id}")
    return family


def _answer(family: Family, aws: Aws, call: Call, body: dict[str, object], model: Model) -> Result:
    if isinstance(family, DataFamily):
        if call.request.header("x-amzn-bedrock-guardrailidentifier"):
            raise not_emulated(f"A guardrail in front of {model.id}")
        result = family.invoke(body, model)
        call.charge.settle(
            input_tokens=result.input_tokens, output_tokens=result.output_tokens or 0
        )
        return result
    one = answer_body(family, aws, call, body, model)
    written = family.write(one.prompt, one.answer, model)
    answer = one.answer
    tokens = answer.output_tokens * answers_wanted(one.prompt)
    cached = (answer.cache_read_tokens, answer.cache_write_tokens) if model.cache_minimum else None
    return Result({**written, **one.members}, answer.input_tokens, tokens, cached)


@dataclass(frozen=True)
class Answered:
    """The answer to a vendor's body.

    Attributes:
        members: what a guardrail adds to the vendor's answer.
    """

    prompt: Prompt
    answer: Answer
    members: dict[str, Any]


@dataclass(frozen=True)
class Told:
    """The answer to a vendor's body as it comes; see `Answered`."""

    prompt: Prompt
    telling: Telling
    members: dict[str, Any]


def answer_body(
    family: TextFamily, aws: Aws, call: Call, body: dict[str, Any], model: Model
) -> Answered:
    """Answer a vendor's body, behind the guardrail that the call's headers name.

    Raises:
        Refused: the body does not fit, or there is no such guardrail.
    """
    guard, rest = guard_of_headers(aws, call, body)
    prompt = family.read(rest, model)
    if guard is None:
        return Answered(prompt, answer_prompt(aws, call, model, prompt), {})
    return _answer_behind(guard, aws, call, model, prompt)


def tell_body(family: TextFamily, aws: Aws, call: Call, body: dict[str, Any], model: Model) -> Told:
    """Answer a vendor's body as the answer comes; behind a guardrail it comes whole.

    Raises:
        Refused: the body does not fit, or there is no such guardrail.
    """
    guard, rest = guard_of_headers(aws, call, body)
    prompt = family.read(rest, model)
    if guard is None:
        return Told(prompt, tell_prompt(aws, call, model, prompt), {})
    one = _answer_behind(guard, aws, call, model, prompt)
    return Told(one.prompt, Telling.whole(one.answer), one.members)


def _answer_behind(guard: Guard, aws: Aws, call: Call, model: Model, prompt: Prompt) -> Answered:
    texts, total = guard.texts(prompt)
    prompt = guard.unwrap(prompt)
    guarded = answer_guarded(guard, texts, total, lambda: answer_prompt(aws, call, model, prompt))
    if guarded.input.blocked:
        call.charge.settle(input_tokens=0, output_tokens=0)
    return Answered(prompt, guarded.answer, guarded.vendor_members())


def _metrics(result: Result, call: Call) -> dict[str, str]:
    """Return the headers that clients count tokens by (facts 2.2)."""
    headers = {
        "X-Amzn-Bedrock-Input-Token-Count": str(result.input_tokens),
        "X-Amzn-Bedrock-Invocation-Latency": str(latency_ms(call)),
    }
    if result.output_tokens is not None:
        headers["X-Amzn-Bedrock-Output-Token-Count"] = str(result.output_tokens)
    for name, tokens in zip(("Read", "Write"), result.cached or (), strict=False):
        headers[f"X-Amzn-Bedrock-Cache-{name}-Input-Token-Count"] = str(tokens)
    return headers


def latency_ms(call: Call) -> int:
    """Return how long a call has taken so far, in milliseconds."""
    return int((time.monotonic() - call.began) * 1000)
