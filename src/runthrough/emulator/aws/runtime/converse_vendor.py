"""What the vendor of a model has to say of a Converse request.

Converse hands the conversation on in the vendor's own form; what the vendor then refuses comes
back behind Converse's own words (facts amazon-bedrock 2.6, 2.11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.anthropic_rules import (
    Sampling,
    check_citations,
    check_effort,
    check_length,
    check_marks,
    check_sampling,
    check_stops,
    check_system_turn,
    check_thoughts,
    check_tool_choice_of_thought,
    check_turns,
    read_extra,
    read_thinking,
)
from runthrough.emulator.aws.families.anthropic_tools import check_schema
from runthrough.emulator.aws.parts import Part
from runthrough.emulator.aws.replies import Refused, invalid
from runthrough.emulator.aws.runtime.features import check_features, check_others
from runthrough.emulator.standins import Prompt


@dataclass(frozen=True)
class Asked:
    """What a request says about how to answer.

    Attributes:
        max_tokens: None = not said.
        extra: additionalModelRequestFields.
        config: inferenceConfig as it came.
    """

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)


def check_with_vendor(
    prompt: Prompt, asked: Asked, messages: Mapping[int, Sequence[Part]], model: Model
) -> Prompt:
    """Apply the vendor's rules to a prompt; return it with what the vendor's fields ask for.

    Args:
        prompt: what AWS itself has let through.
        asked: how to answer.
        messages: the parts of every turn, by the number of its message.
        model: the one that is to answer.

    Raises:
        Refused: the vendor refuses it; Converse puts its own words in front.
    """
    kinds = [[part.kind for part in parts] for parts in messages.values()]
    check_features(prompt, kinds, model)
    if model.api != "anthropic-messages":
        return check_others(prompt, kinds, asked.extra, asked.config, model)
    try:
        judged = _check_anthropic(prompt, asked, messages, model)
    except Refused as e:
        raise _by_vendor(e) from e
    # maxTokens that nobody asked for must not count against the context.
    check_length(judged, model, asked=asked.max_tokens is not None)
    return judged


def check_effort_of(model: Model) -> None:
    """Refuse outputConfig.effort to a model that takes none. Raises Refused."""
    try:
        check_effort(model)
    except Refused as e:
        raise _by_vendor(e) from e


def check_system_message(at: int, before: str | None, model: Model) -> None:
    """Refuse a message of the role `system` where it cannot be; see `check_system_turn`.

    The text for other vendors is ours.
    """
    if model.api != "anthropic-messages":
        raise invalid(
            f"This model doesn't support messages of the role system. Remove messages.{at} or use"
            " the system field, and try again."
        )
    try:
        check_system_turn(at, before, model)
    except Refused as e:
        raise _by_vendor(e) from e


def _by_vendor(refused: Refused) -> Refused:
    """Return what a vendor refuses as Converse tells it."""
    if refused.status != 400:
        return refused
    return invalid(f"The model returned the following errors: {refused.message}")


def _check_anthropic(
    prompt: Prompt, asked: Asked, messages: Mapping[int, Sequence[Part]], model: Model
) -> Prompt:
    extra = read_extra(asked.extra, model)
    sampling = Sampling(asked.temperature, asked.top_p, extra.top_k)
    check_sampling(sampling, model)
    check_stops(asked.stop_sequences)
    thinking = read_thinking(extra.thinking, sampling, prompt.max_tokens, model)
    schema = extra.output_schema if prompt.output_schema is None else prompt.output_schema
    if thinking != prompt.thinking or schema is not prompt.output_schema:
        prompt = replace(prompt, thinking=thinking, output_schema=schema)
    told = zip(messages.items(), prompt.messages, strict=True)
    turns = [(at, turn.role, parts) for (at, parts), turn in told]
    with_budget = extra.thinking is not None and extra.thinking["type"] == "enabled"
    for at, tool in enumerate(prompt.tools):
        check_schema(tool.schema, f"tools.{at}.custom.input_schema")
    check_thoughts(turns, with_budget=with_budget)
    check_tool_choice_of_thought(prompt)
    check_marks(prompt)
    check_citations(prompt, messages.values())
    check_turns(prompt, model)
    return prompt
