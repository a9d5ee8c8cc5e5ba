"""InvokeModel: the vendor's own body in, the vendor's own body out (facts amazon-bedrock 2.2)."""

from __future__ import annotations

import time

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import FAMILIES
from runthrough.emulator.aws.families.family import (
    DataFamily,
    Family,
    Result,
    answers_wanted,
)
from runthrough.emulator.aws.fields import read_object
from runthrough.emulator.aws.gates.chain import open_model
from runthrough.emulator.aws.replies import Reply, json_reply, not_emulated
from runthrough.emulator.aws.runtime.answers import answer_prompt
from runthrough.emulator.aws.state import Aws, Call


def invoke_model(aws: Aws, call: Call) -> Reply:
    """Answer InvokeModel.

    Raises:
        Refused: a gate is shut, the body does not fit, or it needs what is not emulated.
    """
    model = open_model(aws, call)
    family = family_of(model, call)
    result = _answer(family, aws, call, read_object(call.request.body), model)
    return json_reply(result.body, headers=_metrics(result, call))


def family_of(model: Model, call: Call) -> Family:
    """Return the family of a model. Raises Refused (501) where it is not emulated."""
    family = FAMILIES.get(model.api)
    if family is None:
        raise not_emulated(f"{call.operation} with {model.id}")
    if call.request.header("x-amzn-bedrock-guardrailidentifier") is not None:
        raise not_emulated(f"{call.operation} with a guardrail")
    return family


def _answer(family: Family, aws: Aws, call: Call, body: dict[str, object], model: Model) -> Result:
    if isinstance(family, DataFamily):
        result = family.invoke(body, model)
        call.charge.settle(
            input_tokens=result.input_tokens, output_tokens=result.output_tokens or 0
        )
        return result
    prompt = family.read(body, model)
    answer = answer_prompt(aws, call, model, prompt)
    written = answer.output_tokens * answers_wanted(prompt)
    return Result(family.write(prompt, answer, model), answer.input_tokens, written)


def _metrics(result: Result, call: Call) -> dict[str, str]:
    """Return the headers that clients count tokens by (facts 2.2)."""
    headers = {
        "X-Amzn-Bedrock-Input-Token-Count": str(result.input_tokens),
        "X-Amzn-Bedrock-Invocation-Latency": str(latency_ms(call)),
    }
    if result.output_tokens is not None:
        headers["X-Amzn-Bedrock-Output-Token-Count"] = str(result.output_tokens)
    return headers


def latency_ms(call: Call) -> int:
    """Return how long a call has taken so far, in milliseconds."""
    return int((time.monotonic() - call.began) * 1000)
