"""Vectors in the forms that embedding models give them, and vectors of pictures.

A picture's vector is that of the digest of its bytes: the same picture always has the same one, and
no other lies near it. Source: facts amazon-bedrock 4.4, 4.9.
"""

from __future__ import annotations

import math

from runthrough.emulator.aws.media import digest
from runthrough.emulator.standins.embeddings import embed


def embed_picture(data: bytes, dimensions: int) -> list[float]:
    """Return the vector of a picture, of length 1."""
    return embed(f"picture{digest(data)}", dimensions)


def mean(vectors: list[list[float]]) -> list[float]:
    """Return the direction between several vectors, of length 1."""
    summed = [sum(numbers) for numbers in zip(*vectors, strict=True)]
    length = math.sqrt(sum(x * x for x in summed))
    return [x / length for x in summed] if length else vectors[0]


def quantize(vector: list[float], kind: str) -> list[float]:
    """Return a vector in one of Cohere's forms.

    Args:
        vector: of length 1, of a multiple of eight numbers.
        kind: float; int8 (-128 to 127) and uint8 (0 to 255), one a number; binary (-128 to 127)
            and ubinary (0 to 255), one for eight numbers, a bit each.
    """
    match kind:
        case "int8":
            return [round(x * 127) for x in vector]
        case "uint8":
            return [round(x * 127) + 128 for x in vector]
        case "ubinary":
            return _pack(vector)
        case "binary":
            return [byte - 128 for byte in _pack(vector)]
    return vector


def signs(vector: list[float]) -> list[int]:
    """Return 1 for every number above zero and 0 for the others (Titan's binary form)."""
    return [1 if x > 0 else 0 for x in vector]


def _pack(vector: list[float]) -> list[float]:
    bits = signs(vector)
    return [
        sum(bit << (7 - place) for place, bit in enumerate(bits[at : at + 8]))
        for at in range(0, len(bits), 8)
    ]
