"""InvokeModel for Titan Text: Lite, Express, Premier.

Source: facts amazon-bedrock 4.3. Chosen here: `FINISH` for an answer that came to its end (the
sheet has both `FINISH` and `FINISHED`), 0 as the least maxTokenCount; the text for a prompt that is
too long is that of Titan's embeddings (unverified).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import TextFamily
from runthrough.emulator.aws.families.schema import (
    STRINGS,
    Members,
    Number,
    Text,
    Whole,
    extras,
    read,
)
from runthrough.emulator.aws.families.transcripts import read_titan
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.standins import Answer, Prompt, Telling, count_tokens

_REASONS = {
    "end_turn": "FINISH",
    "max_tokens": "LENGTH",
    "stop_sequence": "STOP_CRITERIA_MET",
    "tool_use": "FINISH",
}


def schema(model: Model) -> Members:
    """Return what a body for this model may hold."""
    config = Members(
        {
            "temperature": Number(0, 1, default=0.7),
            "topP": Number(0, 1, above=True, default=0.9),
            "maxTokenCount": Whole(0, model.max_output, default=512),
            "stopSequences": STRINGS,
        },
        default={},
    )
    return Members({"inputText": Text(1), "textGenerationConfig": config}, ("inputText",))


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a body. Raises Refused where it does not fit."""
    asked = read(schema(model), body)
    config = asked["textGenerationConfig"]
    check_length(asked["inputText"], model)
    transcript = read_titan(asked["inputText"])
    return Prompt(
        transcript.system,
        transcript.turns,
        config["maxTokenCount"],
        tuple(config.get("stopSequences", ())),
        config["temperature"],
    )


def check_length(text: str, model: Model) -> None:
    """Refuse a text that is longer than the model's context."""
    tokens = count_tokens(text)
    if tokens > model.context:
        raise invalid(
            f"400 Bad Request: Too many input tokens. Max input tokens: {model.context}, "
            f"request input token count: {tokens} "
        )


def write_answer(_prompt: Prompt, answer: Answer, _model: Model) -> dict[str, Any]:
    """Return the vendor's body of an answer."""
    result = {
        "tokenCount": answer.output_tokens,
        "outputText": answer.text,
        "completionReason": _REASONS[answer.stop_reason],
    }
    return {"inputTextTokenCount": answer.input_tokens, "results": [result]}


def chunks(_prompt: Prompt, told: Telling, _model: Model) -> Iterator[dict[str, Any]]:
    """Return the pieces of an answer; the last one says why it ended and how long it is."""
    words = told.words()
    piece, at = next(words, ""), 0
    while True:
        following = next(words, None)
        answer = told.answer if following is None else None
        yield {
            "outputText": piece,
            "index": at,
            "totalOutputTextTokenCount": answer and answer.output_tokens,
            "completionReason": answer and _REASONS[answer.stop_reason],
            "inputTextTokenCount": told.begun.input_tokens if at == 0 else None,
        }
        if following is None:
            return
        piece, at = following, at + 1


def check_extra(fields: dict[str, Any], model: Model) -> None:
    """Judge Converse's additionalModelRequestFields. Raises Refused."""
    read(extras(schema(model), "inputText"), fields)


FAMILY = TextFamily(read_prompt, write_answer, chunks, check_extra)
