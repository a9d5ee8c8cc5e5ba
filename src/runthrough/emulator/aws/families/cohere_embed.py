"""InvokeModel for Cohere Embed v3 and v4.

Source: facts amazon-bedrock 4.9, 2.11. Chosen here: v3 takes input_type `image` with pictures and
only with them; v3's vectors have 1,024 numbers, v4's by default 1,536. The members of v4 are those
of AWS's page about it. The texts for pictures are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import DataFamily, Result
from runthrough.emulator.aws.families.pictures import SentImage, read_data_uri
from runthrough.emulator.aws.families.schema import (
    Either,
    Items,
    Members,
    Text,
    Whole,
    read,
)
from runthrough.emulator.aws.families.vectors import embed_picture, mean, quantize
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.standins import count_tokens
from runthrough.emulator.standins.embeddings import embed
from runthrough.emulator.standins.prompts import CHARACTERS_A_TOKEN

MOST_TEXTS, MOST_CHARACTERS = 96, 2048
MOST_PICTURE_BYTES = 5_000_000
_SIZE_OF_V3 = 1024
_FORMATS = ("png", "jpeg", "webp", "gif")
_USES = ("search_document", "search_query", "classification", "clustering")
_TYPES = Items(Text(choices=("float", "int8", "uint8", "binary", "ubinary")), 1)
_SIDES = ("NONE", "START", "END")
_V3 = Members(
    {
        "texts": Items(Text(1, MOST_CHARACTERS), 1, MOST_TEXTS),
        "input_type": Text(choices=_USES),
        "truncate": Text(choices=_SIDES, default="NONE"),
        "embedding_types": _TYPES,
    },
    ("texts", "input_type"),
)
_V3_PICTURES = Members(
    {
        "images": Items(Text(1), 1, 1),
        "input_type": Text(choices=("image",)),
        "truncate": Text(choices=_SIDES),
        "embedding_types": _TYPES,
    },
    ("images", "input_type"),
)
_URL = Either((Text(1), Members({"url": Text(1)}, ("url",))))
_PART = Members(
    {"type": Text(choices=("text", "image_url")), "text": Text(1), "image_url": _URL},
    ("type",),
    (("text", "image_url"),),
)
_V4 = Members(
    {
        "texts": Items(Text(1), 1, MOST_TEXTS),
        "images": Items(Text(1), 1, MOST_TEXTS),
        "inputs": Items(Members({"content": Items(_PART, 1)}, ("content",)), 1, MOST_TEXTS),
        "input_type": Text(choices=_USES),
        "truncate": Text(choices=("NONE", "LEFT", "RIGHT"), default="NONE"),
        "embedding_types": _TYPES,
        "output_dimension": Whole(choices=(256, 512, 1024, 1536), default=1536),
        "max_tokens": Whole(1, 128_000),
    },
    ("input_type",),
    (("texts", "images", "inputs"),),
)


def invoke(body: dict[str, Any], model: Model) -> Result:
    """Answer a body with one vector for each of its texts, pictures or mixed inputs.

    Raises:
        Refused: it does not fit, or a picture is none.
    """
    is_v4 = "embed-v4" in model.id
    asked = read(_V4 if is_v4 else _V3_PICTURES if "images" in body else _V3, body)
    size = asked.get("output_dimension", _SIZE_OF_V3)
    texts = [_truncate(text, asked["truncate"], model) for text in asked.get("texts", ())]
    pictures = [_read_url(url, f"/images/{at}") for at, url in enumerate(asked.get("images", ()))]
    vectors = [embed(text, size) for text in texts]
    vectors += [embed_picture(picture.data, size) for picture in pictures]
    mixed = [_embed_mixed(one, at, size) for at, one in enumerate(asked.get("inputs", ()))]
    vectors += [vector for vector, _ in mixed]
    tokens = sum(map(count_tokens, texts)) + sum(count for _, count in mixed)
    answer = {"id": str(uuid4()), **_write_vectors(asked.get("embedding_types"), vectors)}
    if "texts" in asked:
        answer["texts"] = asked["texts"]
    if pictures:
        answer["images"] = [_describe(picture) for picture in pictures]
    return Result(answer, tokens)


def _truncate(text: str, side: str, model: Model) -> str:
    """Return what fits into the model's context: the end of a text, its start, or all of it."""
    room = model.context * CHARACTERS_A_TOKEN
    if side == "NONE" and len(text) > room:
        raise invalid("Input is too long for requested model.")
    return text[-room:] if side in ("START", "LEFT") else text[:room]


def _read_url(url: str, place: str) -> SentImage:
    return read_data_uri(url, place, _FORMATS, MOST_PICTURE_BYTES)


def _embed_mixed(one: Mapping[str, Any], at: int, size: int) -> tuple[list[float], int]:
    """Return the vector of texts and pictures that stand together, and the tokens of the texts."""
    vectors, tokens = [], 0
    for number, part in enumerate(one["content"]):
        if "text" in part:
            vectors.append(embed(part["text"], size))
            tokens += count_tokens(part["text"])
        else:
            given = part["image_url"]
            url = given if isinstance(given, str) else given["url"]
            sent = _read_url(url, f"/inputs/{at}/content/{number}/image_url")
            vectors.append(embed_picture(sent.data, size))
    return mean(vectors), tokens


def _write_vectors(types: list[str] | None, vectors: list[list[float]]) -> dict[str, Any]:
    if types is None:
        return {"embeddings": vectors, "response_type": "embeddings_floats"}
    by_type = {kind: [quantize(vector, kind) for vector in vectors] for kind in types}
    return {"embeddings": by_type, "response_type": "embeddings_by_type"}


def _describe(sent: SentImage) -> dict[str, Any]:
    picture = sent.picture
    return {"width": picture.width, "height": picture.height, "format": picture.format}


FAMILY = DataFamily(invoke)
