"""InvokeModel and StartAsyncInvoke for TwelveLabs Marengo: from a text to a vector.

Source: AWS's pages on the parameters of Marengo Embed 2.7 and 3.0 (copies of 2026): the members,
the size of the vectors, the longest text. The vector is the stand-in's. That the answer is a list
below `data` is from public examples; the text for one that is too long is that of other models.
Pictures, sound and films are not emulated.
"""

from __future__ import annotations

from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import DataFamily, Result
from runthrough.emulator.aws.families.schema import Kind, Members, Text, read
from runthrough.emulator.aws.fields import malformed
from runthrough.emulator.aws.replies import invalid, not_emulated
from runthrough.emulator.standins import count_tokens
from runthrough.emulator.standins.embeddings import embed
from runthrough.emulator.standins.prompts import CHARACTERS_A_TOKEN

_MEDIA = ("mediaSource", "startSec", "lengthSec", "useFixedLengthSec", "embeddingOption")
_VERSION_2 = Members(
    {
        "inputType": Text(choices=("text", "image", "audio", "video")),
        "inputText": Text(1),
        "textTruncate": Text(choices=("end", "none"), default="end"),
        **{name: Kind() for name in _MEDIA},
    },
    ("inputType",),
)
_VERSION_3 = Members(
    {
        "inputType": Text(choices=("text", "image", "text_image", "audio", "video")),
        "text": Members({"inputText": Text(1)}, ("inputText",)),
        **{name: Kind() for name in ("image", "text_image", "audio", "video")},
    },
    ("inputType",),
)
_SIZES = {2: 1024, 3: 512}


def invoke(body: dict[str, Any], model: Model) -> Result:
    """Answer a body with the vector of its text.

    Raises:
        Refused: it does not fit, the text is too long, or it holds no text.
    """
    version = 2 if "-embed-2-" in model.id else 3
    asked = read(_VERSION_2 if version == 2 else _VERSION_3, body)
    if asked["inputType"] != "text":
        raise not_emulated(f"An embedding of inputType {asked['inputType']!r} by {model.id}")
    holder = "inputText" if version == 2 else "text"
    if holder not in asked:
        raise malformed(f"#: required key [{holder}] not found")
    text = asked["inputText"] if version == 2 else asked["text"]["inputText"]
    if count_tokens(text) > model.context:
        if asked.get("textTruncate") != "end":
            raise invalid("Input is too long for requested model.")
        text = text[: model.context * CHARACTERS_A_TOKEN]
    vector = embed(text, _SIZES[version])
    return Result({"data": [{"embedding": vector}]}, count_tokens(text))


FAMILY = DataFamily(invoke)
