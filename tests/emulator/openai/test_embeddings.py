"""Embeddings: sizes, packing, tokens, and what is refused."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest

from .conftest import EMBEDDINGS, Desk


@pytest.mark.parametrize(
    ("more", "size"),
    [
        ({"model": "text-embedding-ada-002"}, 1536),
        ({"model": "text-embedding-3-large"}, 3072),
        ({"model": "text-embedding-3-small", "dimensions": 64}, 64),
    ],
)
def test_vectors_have_the_models_size(openai: Desk, more: dict[str, Any], size: int) -> None:
    status, answer = openai.ask(EMBEDDINGS, {"input": ["a pool", "a sauna"], **more})
    assert status == 200
    assert [(d["index"], len(d["embedding"])) for d in answer["data"]] == [(0, size), (1, size)]
    assert answer["usage"] == {"prompt_tokens": 4, "total_tokens": 4}
    _, packed = openai.ask(EMBEDDINGS, {"input": "a pool", "encoding_format": "base64", **more})
    raw = base64.b64decode(packed["data"][0]["embedding"])
    assert struct.unpack(f"<{size}f", raw) == pytest.approx(answer["data"][0]["embedding"])


SMALL = "text-embedding-3-small"
REFUSED: list[tuple[dict[str, Any], int, str | None, str]] = [
    ({"model": "gpt-4o", "input": "a"}, 403, None, "not allowed to generate embeddings"),
    ({"model": "nope", "input": "a"}, 404, "model_not_found", "The model `nope` does not exist"),
    ({"model": SMALL}, 400, "missing_required_parameter", "'input'"),
    ({"model": SMALL, "input": []}, 400, None, "'$.input' is invalid"),
    ({"model": SMALL, "input": ""}, 400, None, "'$.input' is invalid"),
    ({"model": SMALL, "input": ["a", 1]}, 400, None, "'$.input' is invalid"),
    ({"model": SMALL, "input": {"a": 1}}, 400, "invalid_type", "expected one of a string"),
    ({"model": SMALL, "input": [1, 2]}, 501, "not_emulated", "An input of tokens"),
    ({"model": SMALL, "input": [[1], [2]]}, 501, "not_emulated", "An input of tokens"),
    ({"model": SMALL, "input": ["a"] * 2049}, 400, "array_above_max_length", "2048"),
    ({"model": SMALL, "input": "abcd" * 8193}, 400, None, "you requested 8193 tokens"),
    ({"model": SMALL, "input": "a", "encoding_format": "hex"}, 400, "invalid_value", "'hex'"),
    ({"model": SMALL, "input": "a", "dimensions": 0}, 400, "integer_below_min_value", ">= 1"),
    ({"model": SMALL, "input": "a", "dimensions": 1537}, 400, None, "less than or equal to 1536"),
    ({"model": "text-embedding-ada-002", "input": "a", "dimensions": 8}, 400, None,
     "does not support specifying dimensions"),
    ({"model": SMALL, "input": "a", "task": "x"}, 400, None, "argument supplied: task"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "code", "said"), REFUSED)
def test_what_does_not_fit_is_refused(
    openai: Desk, body: dict[str, Any], status: int, code: str | None, said: str
) -> None:
    found, message, _, found_code = openai.error(openai.ask(EMBEDDINGS, body))
    assert (found, found_code) == (status, code)
    assert said in message
