"""InvokeModel for DeepSeek-R1: text completion.

Source: AWS's page on the parameters of DeepSeek models (2025): members, ranges, the answer's shape;
pieces of a stream repeat that shape. The marks around the user's words are the vendor's; what the
model thought is not shown, as on that page. No default is documented; those here are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import TextFamily, check_context, check_text
from runthrough.emulator.aws.families.schema import (
    Items,
    Members,
    Number,
    Text,
    Whole,
    extras,
    read,
)
from runthrough.emulator.standins import Answer, Prompt, Telling, Turn

# The vendor writes its marks with letters of other alphabets: a bar and a low line of their own.
_MARK = re.compile("<\uff5c[^\uff5c<>]{1,40}\uff5c>|</?think>")
SCHEMA = Members(
    {
        "prompt": Text(1),
        "temperature": Number(0, 1, default=1),
        "top_p": Number(0, 1, default=1),
        "max_tokens": Whole(1, 32_768, default=512),
        "stop": Items(Text(), most=10),
    },
    ("prompt",),
)


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a body. Raises Refused where it does not fit."""
    asked = read(SCHEMA, body)
    check_text(asked["prompt"], model)
    prompt = Prompt(
        "",
        (Turn("user", _MARK.sub("", asked["prompt"]).strip()),),
        asked["max_tokens"],
        tuple(asked.get("stop", ())),
        asked["temperature"],
    )
    check_context(prompt, model)
    return prompt


def write_answer(_prompt: Prompt, answer: Answer, _model: Model) -> dict[str, Any]:
    """Return the vendor's body of an answer."""
    return {"choices": [{"text": answer.text, "stop_reason": _reason(answer)}]}


def chunks(_prompt: Prompt, told: Telling, _model: Model) -> Iterator[dict[str, Any]]:
    """Return the pieces of an answer; the last one says why it ended."""
    for piece in told.words():
        yield {"choices": [{"text": piece, "stop_reason": None}]}
    yield {"choices": [{"text": "", "stop_reason": _reason(told.answer)}]}


def _reason(answer: Answer) -> str:
    return "length" if answer.stop_reason == "max_tokens" else "stop"


def check_extra(fields: dict[str, Any], _model: Model) -> None:
    """Judge Converse's additionalModelRequestFields. Raises Refused."""
    read(extras(SCHEMA, "prompt"), fields)


FAMILY = TextFamily(read_prompt, write_answer, chunks, check_extra)
