"""InvokeModel for Meta Llama.

Source: facts amazon-bedrock 4.7. Chosen here: prompt_token_count stands in the first piece of a
stream and is null in the others; an answer that a stop sequence ends (Converse) says `stop`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import TextFamily, check_context, check_text
from runthrough.emulator.aws.families.pictures import SentImage, read_image
from runthrough.emulator.aws.families.schema import (
    Items,
    Members,
    Number,
    Text,
    Whole,
    extras,
    read,
)
from runthrough.emulator.aws.families.transcripts import read_llama
from runthrough.emulator.standins import Answer, Prompt, Telling, Turn, count_tokens

IMAGES = ("png", "jpeg", "gif", "webp")
SCHEMA = Members(
    {
        "prompt": Text(1),
        "temperature": Number(0, 1, default=0.5),
        "top_p": Number(0, 1, default=0.9),
        "max_gen_len": Whole(1, 2048, default=512),
    },
    ("prompt",),
)

_WITH_IMAGES = SCHEMA.extended(images=Items(Text(1), default=[]))


def schema(model: Model) -> Members:
    """Return what a body for this model may hold: `images` only where it has eyes."""
    return _WITH_IMAGES if "images" in model.features else SCHEMA


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a body. Raises Refused where it does not fit."""
    asked = read(schema(model), body)
    check_text(asked["prompt"], model)
    transcript = read_llama(asked["prompt"])
    images = [
        read_image(image, f"/images/{at}", IMAGES)
        for at, image in enumerate(asked.get("images", ()))
    ]
    prompt = Prompt(
        transcript.system,
        with_images(transcript.turns, images),
        asked["max_gen_len"],
        temperature=asked["temperature"],
    )
    check_context(prompt, model)
    return prompt


def with_images(turns: tuple[Turn, ...], images: list[SentImage]) -> tuple[Turn, ...]:
    """Return the turns, the pictures with the last of them."""
    if not images:
        return turns
    tokens = sum(image.picture.tokens for image in images)
    media = ("image",) * len(images)
    return (*turns[:-1], replace(turns[-1], media=media, media_tokens=tokens))


def write_answer(_prompt: Prompt, answer: Answer, _model: Model) -> dict[str, Any]:
    """Return the vendor's body of an answer."""
    return {
        "generation": answer.text,
        "prompt_token_count": answer.input_tokens,
        "generation_token_count": answer.output_tokens,
        "stop_reason": _reason(answer),
    }


def chunks(_prompt: Prompt, told: Telling, _model: Model) -> Iterator[dict[str, Any]]:
    """Return the pieces of an answer, and an empty one that says why it ended."""
    said = ""
    for piece in told.words():
        first, said = not said, said + piece
        yield {
            "generation": piece,
            "prompt_token_count": told.begun.input_tokens if first else None,
            "generation_token_count": count_tokens(said),
            "stop_reason": None,
        }
    answer = told.answer
    yield {
        "generation": "",
        "prompt_token_count": None if said else answer.input_tokens,
        "generation_token_count": answer.output_tokens,
        "stop_reason": _reason(answer),
    }


def _reason(answer: Answer) -> str:
    return "length" if answer.stop_reason == "max_tokens" else "stop"


def check_extra(fields: dict[str, Any], _model: Model) -> None:
    """Judge Converse's additionalModelRequestFields. Raises Refused."""
    read(extras(SCHEMA, "prompt"), fields)


FAMILY = TextFamily(read_prompt, write_answer, chunks, check_extra)
FAMILY_4 = TextFamily(read_prompt, write_answer, None, check_extra)
"""Llama 4, which does not stream through InvokeModel."""
