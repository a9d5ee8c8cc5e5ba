"""InvokeModel for AI21 Jurassic-2 Mid and Ultra (retired): text completion.

Source: facts amazon-bedrock 4.10. The tokens of the answer are pieces of four characters, as all
tokens here; a stand-in is certain of each, so every logprob is 0.
"""

from __future__ import annotations

import zlib
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import TextFamily, check_context
from runthrough.emulator.aws.families.schema import (
    STRINGS,
    Flag,
    Members,
    Number,
    Text,
    Whole,
    extras,
    read,
)
from runthrough.emulator.standins import Answer, Prompt, Turn
from runthrough.emulator.standins.prompts import CHARACTERS_A_TOKEN

_REASONS = {"end_turn": "endoftext", "max_tokens": "length", "stop_sequence": "stop"}
_REASONS |= {"tool_use": "endoftext"}


def _penalty(high: int) -> Members:
    parts = ("Whitespaces", "Punctuations", "Numbers", "Stopwords", "Emojis")
    flags = {f"applyTo{part}": Flag(default=True) for part in parts}
    return Members({"scale": Number(0, high, default=0), **flags})


def schema(model: Model) -> Members:
    """Return what a body for this model may hold."""
    return Members(
        {
            "prompt": Text(1),
            "temperature": Number(0, 1, default=0.5),
            "topP": Number(0, 1, default=0.5),
            "maxTokens": Whole(0, model.max_output, default=200),
            "stopSequences": STRINGS,
            "countPenalty": _penalty(1),
            "presencePenalty": _penalty(5),
            "frequencyPenalty": _penalty(500),
        },
        ("prompt",),
    )


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a body. Raises Refused where it does not fit."""
    asked = read(schema(model), body)
    prompt = Prompt(
        "",
        (Turn("user", asked["prompt"]),),
        asked["maxTokens"],
        tuple(asked.get("stopSequences", ())),
        asked["temperature"],
    )
    check_context(prompt, model)
    return prompt


def write_answer(prompt: Prompt, answer: Answer, _model: Model) -> dict[str, Any]:
    """Return the vendor's body of an answer; the same prompt always has the same id."""
    said = {"text": prompt.last, "tokens": _tokens(prompt.last)}
    completion = {
        "data": {"text": answer.text, "tokens": _tokens(answer.text)},
        "finishReason": {"reason": _REASONS[answer.stop_reason]},
    }
    number = zlib.crc32(prompt.last.encode("utf-8", "replace"))
    return {"id": number, "prompt": said, "completions": [completion]}


def _tokens(text: str) -> list[dict[str, Any]]:
    return [
        {
            "generatedToken": {
                "token": text[at : at + CHARACTERS_A_TOKEN],
                "logprob": 0.0,
                "raw_logprob": 0.0,
            },
            "topTokens": None,
            "textRange": {"start": at, "end": min(at + CHARACTERS_A_TOKEN, len(text))},
        }
        for at in range(0, len(text), CHARACTERS_A_TOKEN)
    ]


def check_extra(fields: dict[str, Any], model: Model) -> None:
    """Judge Converse's additionalModelRequestFields. Raises Refused."""
    read(extras(schema(model), "prompt"), fields)


FAMILY = TextFamily(read_prompt, write_answer, None, check_extra)
