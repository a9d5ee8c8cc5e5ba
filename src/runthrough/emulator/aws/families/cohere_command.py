"""InvokeModel for Cohere Command and Command Light: text generation.

Source: facts amazon-bedrock 4.9. A stand-in is certain of every token, so every likelihood is 0;
tokens are pieces of four characters, as all tokens here; the members of a token are those of
Cohere's public API.
`logit_bias` is judged and not used, as all sampling. Pieces of a stream are flat objects with
`is_finished`, the last one says why it ended (from memory; the sheet shows no capture).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import (
    TextFamily,
    VendorPrompt,
    answers_wanted,
    check_context,
    options_of,
)
from runthrough.emulator.aws.families.schema import (
    Flag,
    Items,
    Members,
    Number,
    Text,
    Whole,
    extras,
    read,
)
from runthrough.emulator.standins import Answer, Prompt, Telling, Turn
from runthrough.emulator.standins.prompts import CHARACTERS_A_TOKEN


def schema(model: Model) -> Members:
    """Return what a body for this model may hold."""
    return Members(
        {
            "prompt": Text(1),
            "temperature": Number(0, 5, default=0.9),
            "p": Number(0, 1, default=0.75),
            "k": Number(0, 500, default=0),
            "max_tokens": Whole(1, model.max_output, default=20),
            "stop_sequences": Items(Text(), most=4),
            "return_likelihoods": Text(choices=("GENERATION", "ALL", "NONE"), default="NONE"),
            "stream": Flag(),
            "num_generations": Whole(1, 5, default=1),
            "logit_bias": Members(rest=Number(-10, 10)),
            "truncate": Text(choices=("NONE", "START", "END"), default="END"),
        },
        ("prompt",),
    )


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a body. Raises Refused where it does not fit."""
    asked = read(schema(model), body)
    text = _truncate(asked["prompt"], asked["truncate"], model)
    prompt = VendorPrompt(
        "",
        (Turn("user", text),),
        asked["max_tokens"],
        tuple(asked.get("stop_sequences", ())),
        asked["temperature"],
        answers=asked["num_generations"],
        options=asked,
    )
    check_context(prompt, model)
    return prompt


def _truncate(text: str, side: str, model: Model) -> str:
    """Return what fits into the model's context: all of a text, its end, or its start."""
    room = model.context * CHARACTERS_A_TOKEN
    if side == "NONE":
        return text
    return text[-room:] if side == "START" else text[:room]


def write_answer(prompt: Prompt, answer: Answer, _model: Model) -> dict[str, Any]:
    """Return the vendor's body of an answer; `index` only where there are several."""
    count, asked = answers_wanted(prompt), options_of(prompt)
    said, wanted = asked.get("prompt", prompt.last), asked.get("return_likelihoods", "NONE")
    generations = [
        {
            "id": str(uuid4()),
            "text": answer.text,
            "finish_reason": _reason(answer),
            **({"index": at} if count > 1 else {}),
            **_likelihoods(wanted, said, answer.text),
        }
        for at in range(count)
    ]
    return {"id": str(uuid4()), "prompt": said, "generations": generations}


def _likelihoods(wanted: str, said: str, text: str) -> dict[str, Any]:
    """Return the likelihoods of an answer's tokens, with ALL of the prompt's, too."""
    if wanted == "NONE":
        return {}
    whole = said + text if wanted == "ALL" else text
    pieces = [
        whole[at : at + CHARACTERS_A_TOKEN] for at in range(0, len(whole), CHARACTERS_A_TOKEN)
    ]
    tokens = [{"token": piece, "likelihood": 0.0} for piece in pieces]
    return {"likelihood": 0.0, "token_likelihoods": tokens}


def chunks(prompt: Prompt, told: Telling, _model: Model) -> Iterator[dict[str, Any]]:
    """Return the pieces of every answer, one answer behind the other."""
    for at in range(answers_wanted(prompt)):
        for piece in told.words():
            yield {"index": at, "text": piece, "is_finished": False}
        reason = _reason(told.answer)
        yield {"index": at, "text": "", "is_finished": True, "finish_reason": reason}


def _reason(answer: Answer) -> str:
    return "MAX_TOKENS" if answer.stop_reason == "max_tokens" else "COMPLETE"


def check_extra(fields: dict[str, Any], model: Model) -> None:
    """Judge Converse's additionalModelRequestFields. Raises Refused."""
    owned = ("prompt", "stream", "num_generations")
    read(extras(schema(model), *owned), fields)


FAMILY = TextFamily(read_prompt, write_answer, chunks, check_extra)
