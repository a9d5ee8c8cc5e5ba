"""What the vendor of a model has to say of a Converse request.

Converse hands the conversation on in the vendor's own form; what the vendor then refuses comes
back behind Converse's own words (facts amazon-bedrock 2.6, 2.11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.anthropic_messages import (
    check_extra_fields,
    check_length,
    check_sampling,
    check_stops,
    check_turns,
)
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
    """

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


def check_with_vendor(
    prompt: Prompt, asked: Asked, messages: Sequence[Sequence[Part]], model: Model
) -> Prompt:
    """Apply the vendor's rules to a prompt; return it with what the vendor's fields ask for.

    Args:
        prompt: what AWS itself has let through.
        asked: how to answer.
        messages: the parts of every message.
        model: the one that is to answer.

    Raises:
        Refused: the vendor refuses it; Converse puts its own words in front.
    """
    kinds = [[part.kind for part in parts] for parts in messages]
    check_features(prompt, kinds, model)
    if model.api != "anthropic-messages":
        check_others(prompt, kinds, asked.extra, model)
        return prompt
    try:
        top_k = check_extra_fields(dict(asked.extra))
        check_sampling(asked.temperature, asked.top_p, top_k, model)
        check_stops(asked.stop_sequences)
        check_turns(prompt, model)
    except Refused as e:
        if e.status != 400:
            raise
        raise invalid(f"The model returned the following errors: {e.message}") from e
    # maxTokens that nobody asked for must not count against the context.
    check_length(prompt if asked.max_tokens else replace(prompt, max_tokens=1), model)
    return prompt
