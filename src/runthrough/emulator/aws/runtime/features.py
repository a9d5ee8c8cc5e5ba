"""What a model's vendor has to say of a Converse request: its features and its extra fields.

Sources: facts amazon-bedrock 2.6, 2.11. The texts for tools, for tools in streams, for a forced
tool, for stop sequences, images, documents and a last turn that is not the user's are captures in
public issues (2024-2026); those for instructions and video are ours, in the same form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import FAMILIES
from runthrough.emulator.aws.families.family import TextFamily, check_context
from runthrough.emulator.aws.replies import Refused, invalid, not_emulated
from runthrough.emulator.standins import Prompt

_MEDIA = {"image": "images", "document": "documents", "video": "video"}


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


def check_features(
    prompt: Prompt, model: Model, *, kinds: Iterable[str], streaming: bool = False
) -> None:
    """Refuse what the model has no feature for.

    Args:
        prompt: what Converse read.
        model: the one that is to answer.
        kinds: the names of the blocks in its messages, such as `image`.
        streaming: whether the answer is streamed.

    Raises:
        Refused: with the name of the feature.
    """
    if prompt.system and "system" not in model.features:
        raise invalid(
            "This model doesn't support system messages. Try again without a system message or use"
            " a model that supports system messages."
        )
    if prompt.tools:
        _check_tools(prompt.tool_choice, model, streaming=streaming)
    for kind in kinds:
        if kind in _MEDIA and _MEDIA[kind] not in model.features:
            raise _unsupported(f"{kind} field for user messages", kind)
    if prompt.stop_sequences and "stops" not in model.features:
        raise _unsupported("stopSequences field", "stopSequences")
    if prompt.messages[-1].role == "assistant" and not model.prefill:
        raise invalid(
            "The model that you are using requires the last turn in the conversation to be a user"
            " message. Add a user message to the conversation and try again."
        )


def _check_tools(choice: str, model: Model, *, streaming: bool) -> None:
    if "tools" not in model.features:
        raise invalid("This model doesn't support tool use.")
    if streaming and "streaming_tools" not in model.features:
        raise invalid("This model doesn't support tool use in streaming mode.")
    kind = choice.partition(":")[0]
    if kind in ("any", "tool") and "tool_choice" not in model.features:
        name = f"toolConfig.toolChoice.{kind}"
        raise _unsupported(f"{name} field", name)


def _unsupported(what: str, name: str) -> Refused:
    return invalid(f"This model doesn't support the {what}. Remove {name} and try again.")


def check_extra_fields(fields: Mapping[str, Any], prompt: Prompt, model: Model) -> None:
    """Let the vendor judge additionalModelRequestFields and the length of the prompt.

    Raises:
        Refused: Converse puts its own words in front of the vendor's.
    """
    try:
        text_family(model, "Converse").check_extra(dict(fields), model)
    except Refused as e:
        if e.status != 400:
            raise
        raise invalid(f"The model returned the following errors: {e.message}") from e
    check_context(prompt, model)
