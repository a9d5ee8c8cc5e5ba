"""What a model's vendor has to say of a Converse request: its features and its extra fields.

Sources: facts amazon-bedrock 2.6, 2.11. The texts for tools, for tools in streams, for a forced
tool, for stop sequences, images, documents, citations, a last turn that is not the user's and a
tool's result beside words are captures in public issues (2024-2026); that for instructions is from
memory; those for video, audio and search results are ours, in the same form.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import FAMILIES
from runthrough.emulator.aws.families.family import TextFamily, check_context
from runthrough.emulator.aws.replies import Refused, invalid, not_emulated
from runthrough.emulator.standins import Prompt

_MEDIA = {"image": "images", "document": "documents", "video": "video", "audio": "audio"}
_APART = ("Meta", "Mistral AI")
"""Vendors whose models take a tool's result and words of the user in different turns only."""


def text_family(model: Model, operation: str) -> TextFamily:
    """Return the family of a model that converses.

    Raises:
        Refused: the model does not converse, or its family is not emulated (501).
    """
    if "TEXT" not in model.output:
        raise invalid(
            "This action doesn't support the model that you provided. Try again with a supported"
            " text or chat model."
        )
    family = FAMILIES.get(model.api)
    if not isinstance(family, TextFamily):
        raise not_emulated(f"{operation} with {model.id}")
    return family


def check_features(prompt: Prompt, kinds: Sequence[Collection[str]], model: Model) -> None:
    """Refuse what the model has no feature for.

    Args:
        prompt: what Converse read.
        kinds: the names of the blocks of each message, such as `image`.
        model: the one that is to answer.

    Raises:
        Refused: with the name of the feature.
    """
    if prompt.system and "system" not in model.features:
        raise invalid(
            "This model doesn't support system messages. Try again without a system message or use"
            " a model that supports system messages."
        )
    if prompt.tools:
        _check_tools(prompt.tool_choice, model)
    for kind in (kind for message in kinds for kind in message):
        if kind in _MEDIA and _MEDIA[kind] not in model.features:
            raise _unsupported(f"{kind} field for user messages", kind)
    if prompt.stop_sequences and "stops" not in model.features:
        raise _unsupported("stopSequences field", "stopSequences")


def check_stream(prompt: Prompt, model: Model) -> None:
    """Refuse to stream what the model does not stream. Raises Refused."""
    if not model.streaming:
        raise invalid("The model is unsupported for streaming.")
    if prompt.tools and "streaming_tools" not in model.features:
        raise invalid("This model doesn't support tool use in streaming mode.")


def check_others(
    prompt: Prompt,
    kinds: Sequence[Collection[str]],
    fields: Mapping[str, Any],
    config: Mapping[str, Any],
    model: Model,
) -> Prompt:
    """Apply the rules of vendors other than Anthropic; return the prompt with what they add.

    Args:
        prompt: what Converse read.
        kinds: the names of the blocks of each message.
        fields: additionalModelRequestFields, which the vendor's family judges.
        config: inferenceConfig.
        model: the one that is to answer.

    Raises:
        Refused: Converse puts its own words in front of what the family says.
    """
    if prompt.messages[-1].role == "assistant":
        raise invalid(
            "The model that you are using requires the last turn in the conversation to be a user"
            " message. Add a user message to the conversation and try again."
        )
    for at, message in enumerate(kinds):
        if model.vendor in _APART and "toolResult" in message and set(message) != {"toolResult"}:
            raise invalid(
                f"messages.{at}.content: Conversation blocks and tool result blocks cannot be"
                " provided in the same turn."
            )
        if "searchResult" in message:
            raise _unsupported("searchResult field for user messages", "searchResult")
    if prompt.is_cited:
        raise invalid("This model doesn't support citations.")
    try:
        if fields:
            family = text_family(model, "Converse")
            family.check_extra(dict(fields), model)
            if family.apply_extra is not None:
                prompt = family.apply_extra(prompt, dict(fields), config, model)
    except Refused as e:
        if e.status != 400:
            raise
        raise invalid(f"The model returned the following errors: {e.message}") from e
    check_context(prompt, model)
    return prompt


def _check_tools(choice: str, model: Model) -> None:
    if "tools" not in model.features:
        raise invalid("This model doesn't support tool use.")
    kind = choice.partition(":")[0]
    if kind in ("any", "tool") and "tool_choice" not in model.features:
        name = f"toolConfig.toolChoice.{kind}"
        raise _unsupported(f"{name} field", name)


def _unsupported(what: str, name: str) -> Refused:
    return invalid(f"This model doesn't support the {what}. Remove {name} and try again.")
