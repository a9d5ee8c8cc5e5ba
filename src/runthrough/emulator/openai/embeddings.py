"""Embeddings: texts in, vectors out, as numbers or packed (`encoding_format: base64`).

Seen: the texts on a context that is too long, on `$.input` and on a model that is no embedding
model. The largest number of texts, 2048, is that of the public reference.
"""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.openai.catalogue import Model
from runthrough.emulator.openai.fields import (
    Json,
    check_members,
    choice,
    member_integer,
    required,
    text,
    too_long,
    wrong_type,
)
from runthrough.emulator.openai.replies import Refused, invalid, not_emulated
from runthrough.emulator.standins import count_tokens
from runthrough.emulator.standins.embeddings import embed

MOST_TEXTS = 2048
_MEMBERS = frozenset({"input", "model", "dimensions", "encoding_format", "user"})


@dataclass(frozen=True)
class EmbeddingRequest:
    """One request for vectors; `size` is how many numbers each has."""

    model: Model
    texts: tuple[str, ...]
    size: int
    packed: bool

    @property
    def tokens(self) -> int:
        """How many tokens the texts have."""
        return sum(map(count_tokens, self.texts))


def read_embedding(body: Json, model: Model) -> EmbeddingRequest:
    """Return what a body asks for. Raises Refused where it does not fit the API or the model."""
    check_members(body, _MEMBERS)
    if not model.embeds:
        raise Refused(403, "You are not allowed to generate embeddings from this model")
    texts = _read_texts(required(body, "input"))
    for one in texts:
        if count_tokens(one) > model.most_input:
            raise invalid(
                f"This model's maximum context length is {model.most_input} tokens, however you"
                f" requested {count_tokens(one)} tokens ({count_tokens(one)} in your prompt; 0 for"
                " the completion). Please reduce your prompt; or completion length."
            )
    given = body.get("encoding_format")
    form = "float" if given is None else choice(given, "encoding_format", ("float", "base64"))
    if body.get("user") is not None:
        text(body["user"], "user")
    return EmbeddingRequest(model, texts, _read_size(body, model), form == "base64")


def _read_texts(given: Any) -> tuple[str, ...]:
    if isinstance(given, str):
        return _checked((given,))
    if not isinstance(given, list):
        raise wrong_type("input", "one of a string, array of strings or array of integers", given)
    if not given:
        raise _bad_input()
    if len(given) > MOST_TEXTS:
        raise too_long("input", MOST_TEXTS, len(given))
    if all(_is_token(one) or _is_tokens(one) for one in given):
        raise not_emulated(
            "An input of tokens, which needs the model's own tokenizer,", param="input"
        )
    if not all(isinstance(one, str) for one in given):
        raise _bad_input()
    return _checked(tuple(given))


def _checked(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not all(texts):
        raise _bad_input()
    return texts


def _bad_input() -> Refused:
    return invalid(
        "'$.input' is invalid. Please check the API reference:"
        " https://platform.openai.com/docs/api-reference."
    )


def _is_token(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_tokens(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_token, value))


def _read_size(body: Json, model: Model) -> int:
    if body.get("dimensions") is None:
        return model.size
    if not model.shorter:
        raise invalid("This model does not support specifying dimensions.")
    size = member_integer(body, "dimensions", 1)
    if size is None or size > model.size:
        raise invalid(
            f"Invalid value for 'dimensions' = {size}. Must be less than or equal to {model.size}."
        )
    return size


def write_embeddings(request: EmbeddingRequest) -> dict[str, Any]:
    """Return the vectors of a request."""
    vectors = [embed(one, request.size) for one in request.texts]
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": at, "embedding": _packed(v) if request.packed else v}
            for at, v in enumerate(vectors)
        ],
        "model": request.model.id,
        "usage": {"prompt_tokens": request.tokens, "total_tokens": request.tokens},
    }


def _packed(vector: list[float]) -> str:
    """Return a vector as little-endian floats of 32 bits in base64."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
