"""CountTokens: how many tokens a request would be charged for, without answering it.

Source: facts amazon-bedrock 2.10; captures in public issues (2026): the operation takes the id or
ARN of a model, also where calls need a profile, and says of an id or ARN of a profile what it says
of a model that cannot count. Which models can is documented as Claude 3.5 and later.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import FAMILIES
from runthrough.emulator.aws.families.family import TextFamily
from runthrough.emulator.aws.fields import broken_rule, member_object, missing, read_object
from runthrough.emulator.aws.gates.chain import MAX_BODY, open_model
from runthrough.emulator.aws.replies import Reply, invalid, json_reply, not_emulated
from runthrough.emulator.aws.runtime.converse_fields import blob, object_at, one_member
from runthrough.emulator.aws.runtime.converse_request import read_prompt
from runthrough.emulator.aws.runtime.s3_sources import fetch_sources
from runthrough.emulator.aws.state import Aws, Call
from runthrough.emulator.standins import Prompt
from runthrough.emulator.standins.prompts import count_input

_ID = re.compile(r"[a-zA-Z_\.\-/0-9:]+")
_MAX_ID = 256
_FAMILY = "anthropic-messages"
_BEFORE_3_5 = ("claude-3-haiku-", "claude-3-sonnet-", "claude-3-opus-")


def count_tokens(aws: Aws, call: Call) -> Reply:
    """Answer CountTokens.

    Raises:
        Refused: a gate is shut, the model does not count, or the request does not fit.
    """
    model = _open(aws, call)
    given = member_object(read_object(call.request.body), "input", "input")
    if given is None:
        raise missing("input")
    kind, value = one_member(given, "input", ("invokeModel", "converse"), "CountTokensInput")
    inner = object_at(value, f"input.{kind}")
    if kind == "converse":
        prompt = read_prompt(fetch_sources(inner, aws, call), model)
    else:
        prompt = _read_body(inner, model, call)
    return json_reply({"inputTokens": count_input(prompt)})


def _open(aws: Aws, call: Call) -> Model:
    """Return the model; all its gates but one are those of a call through a profile."""
    name = call.parameters["modelId"]
    if len(name) > _MAX_ID:
        raise broken_rule(
            name, "modelId", f"Member must have length less than or equal to {_MAX_ID}"
        )
    if not _ID.fullmatch(name):
        rule = f"Member must satisfy regular expression pattern: {_ID.pattern}"
        raise broken_rule(name, "modelId", rule)
    plain = name.removeprefix(f"arn:aws:bedrock:{call.region}::foundation-model/")
    profiles = (p.id for p in aws.catalogue.profiles(call.region) if p.model.id == plain)
    callable_id = next(profiles, name)
    model = open_model(aws, replace(call, parameters={"modelId": callable_id}))
    old = model.brand.startswith(_BEFORE_3_5)
    if plain != model.id or model.api != _FAMILY or old:
        raise invalid("The provided model doesn't support counting tokens.")
    return model


def _read_body(request: dict[str, Any], model: Model, call: Call) -> Prompt:
    """Return the prompt of a body that InvokeModel would be sent."""
    body = blob(request, "body", "input.invokeModel")
    if len(body) > MAX_BODY:
        rule = f"Member must have length less than or equal to {MAX_BODY}"
        raise broken_rule("", "input.invokeModel.body", rule)
    family = FAMILIES[model.api]
    if not isinstance(family, TextFamily):
        raise not_emulated(f"{call.operation} with {model.id}")
    return family.read(read_object(body), model)
