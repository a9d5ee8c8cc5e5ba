"""InvokeModel for Titan's embeddings: from the vendor's body to a text or a picture, and a vector.

Source: facts amazon-bedrock 4.4 (members), 2.11 (texts of refusals). The vector is the stand-in's.
The texts for a body with neither text nor picture and for a picture that is none are ours.
"""

from __future__ import annotations

from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import DataFamily, Result
from runthrough.emulator.aws.families.pictures import read_image
from runthrough.emulator.aws.families.schema import Flag, Items, Members, Text, Whole, read
from runthrough.emulator.aws.families.titan_text import check_length
from runthrough.emulator.aws.families.vectors import embed_picture, mean, signs
from runthrough.emulator.aws.fields import malformed
from runthrough.emulator.standins import count_tokens
from runthrough.emulator.standins.embeddings import embed

MAX_CHARACTERS = 50_000
FIRST_SIZE = 1536
"""Numbers in a vector of the first model, which takes no `dimensions`."""
_FIRST = Members({"inputText": Text(1, MAX_CHARACTERS)}, ("inputText",))
_SECOND = _FIRST.extended(
    dimensions=Whole(choices=(1024, 512, 256), default=1024),
    normalize=Flag(default=True),
    embeddingTypes=Items(Text(choices=("float", "binary")), 1, default=["float"]),
)
_SIZE = Whole(choices=(256, 384, 1024), default=1024)
_IMAGE = Members(
    {
        "inputText": Text(1),
        "inputImage": Text(1),
        "embeddingConfig": Members({"outputEmbeddingLength": _SIZE}, default={}),
    }
)


def invoke(body: dict[str, Any], model: Model) -> Result:
    """Answer a body with the vector of its text. Raises Refused where it does not fit."""
    second = "-v2" in model.id
    asked = read(_SECOND if second else _FIRST, body)
    text = asked["inputText"]
    check_length(text, model)
    tokens = count_tokens(text)
    counted = {"inputTextTokenCount": tokens}
    if not second:
        return Result({"embedding": embed(text, FIRST_SIZE), **counted}, tokens)
    vector = embed(text, asked["dimensions"], normalize=asked["normalize"])
    forms = {"float": vector, "binary": signs(vector)}
    by_type = {kind: forms[kind] for kind in asked["embeddingTypes"]}
    plain = {"embedding": vector} if "float" in by_type else {}
    return Result({**plain, "embeddingsByType": by_type, **counted}, tokens)


def invoke_image(body: dict[str, Any], model: Model) -> Result:
    """Answer a body with the vector of its text, its picture, or both.

    Raises:
        Refused: it does not fit, or the picture is none.
    """
    asked = read(_IMAGE, body)
    size = asked["embeddingConfig"]["outputEmbeddingLength"]
    text, picture = asked.get("inputText"), asked.get("inputImage")
    vectors = []
    if text is not None:
        check_length(text, model)
        vectors.append(embed(text, size))
    if picture is not None:
        vectors.append(embed_picture(read_image(picture, "/inputImage").data, size))
    if not vectors:
        raise malformed("#: no subschema matched out of the total 2 subschemas")
    tokens = count_tokens(text or "")
    answer = {"embedding": mean(vectors), "inputTextTokenCount": tokens, "message": None}
    return Result(answer, tokens)


FAMILY = DataFamily(invoke)
IMAGE_FAMILY = DataFamily(invoke_image)
