"""InvokeModel for Titan Image G1 v1 and v2, and for Nova Canvas.

Source: facts amazon-bedrock 4.5. Chosen here: sides are 256 to 1,408 pixels and multiples of 16;
pictures made from another have its size where the body names none; masks as pictures
(`returnMask`) are not emulated. The text for a picture that is too large is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import DataFamily, Result
from runthrough.emulator.aws.families.pictures import draw, read_image
from runthrough.emulator.aws.families.schema import (
    Flag,
    Items,
    Kind,
    Members,
    Number,
    Text,
    Whole,
    read,
)
from runthrough.emulator.aws.fields import malformed
from runthrough.emulator.aws.replies import not_emulated
from runthrough.emulator.standins import count_tokens

LEAST_SIDE, MOST_SIDE = 256, 1408
_TASKS = {
    "TEXT_IMAGE": "textToImageParams",
    "INPAINTING": "inPaintingParams",
    "OUTPAINTING": "outPaintingParams",
    "IMAGE_VARIATION": "imageVariationParams",
    "COLOR_GUIDED_GENERATION": "colorGuidedGenerationParams",
    "BACKGROUND_REMOVAL": "backgroundRemovalParams",
}
_ONLY_SECOND = ("COLOR_GUIDED_GENERATION", "BACKGROUND_REMOVAL")
_PICTURES = ("image", "images", "maskImage", "conditionImage", "referenceImage")


def invoke(body: dict[str, Any], model: Model) -> Result:
    """Answer a body with pictures.

    Raises:
        Refused: it does not fit, a picture is none, or it asks for a mask.
    """
    asked = read(schema(body.get("taskType"), model), body)
    place = _TASKS[asked["taskType"]]
    params, config = asked[place], asked["imageGenerationConfig"]
    if params.get("returnMask"):
        raise not_emulated("The member 'returnMask' of an image body")
    sizes = _read_sizes(params, place)
    width, height = sizes[0] if sizes else (MOST_SIDE, MOST_SIDE)
    width, height = config.get("width", width), config.get("height", height)
    words = "\0".join([asked["taskType"], *map(str, _words(params))])
    pictures = [
        draw(words, config["seed"] + at, width, height) for at in range(config["numberOfImages"])
    ]
    tokens = count_tokens(params.get("text", ""))
    return Result({"images": pictures, "error": None}, tokens)


def schema(task: Any, model: Model) -> Members:
    """Return what a body for this task may hold; for a task that is none, any of them."""
    is_canvas, is_first = "canvas" in model.id, model.id.endswith("generator-v1")
    tasks = [one for one in _TASKS if not (is_first and one in _ONLY_SECOND)]
    side = Whole(LEAST_SIDE, MOST_SIDE, step=16)
    config = Members(
        {
            "quality": Text(choices=("standard", "premium")),
            "numberOfImages": Whole(1, 5, default=1),
            "height": side,
            "width": side,
            "cfgScale": Number(1.1, 10, default=8.0),
            "seed": Whole(0, 858_993_460 if is_canvas else 2_147_483_646, default=42),
        },
        default={},
    )
    known: dict[str, Kind] = {"taskType": Text(choices=tuple(tasks))}
    known["imageGenerationConfig"] = config
    params = _params(1024 if is_canvas else 512, is_first=is_first)
    named = [task] if isinstance(task, str) and task in tasks else tasks
    known |= {_TASKS[one]: params[one] for one in named}
    required = (_TASKS[task],) if len(named) == 1 else ()
    return Members(known, ("taskType", *required))


def _params(most: int, *, is_first: bool) -> dict[str, Members]:
    """Return what the members of each task are; `most` is how long its words may be."""
    text, negative = Text(1, most), Text(1, most)
    condition: dict[str, Kind] = {
        "conditionImage": Text(1),
        "controlMode": Text(choices=("CANNY_EDGE", "SEGMENTATION"), default="CANNY_EDGE"),
        "controlStrength": Number(0, 1, default=0.7),
    }
    masked: dict[str, Kind] = {
        "image": Text(1),
        "maskPrompt": Text(1),
        "maskImage": Text(1),
        "text": text,
        "negativeText": negative,
    }
    mask = (("maskPrompt", "maskImage"),)
    mode = Text(choices=("DEFAULT", "PRECISE"), default="DEFAULT")
    return {
        "TEXT_IMAGE": Members(
            {"text": text, "negativeText": negative, **({} if is_first else condition)}, ("text",)
        ),
        "INPAINTING": Members(
            {**masked, "returnMask": Flag(default=False)}, ("image",), one_of=mask
        ),
        "OUTPAINTING": Members({**masked, "outPaintingMode": mode}, ("image", "text"), one_of=mask),
        "IMAGE_VARIATION": Members(
            {
                "images": Items(Text(1), 1, 5),
                "text": text,
                "negativeText": negative,
                "similarityStrength": Number(0.2, 1.0, default=0.7),
            },
            ("images",),
        ),
        "COLOR_GUIDED_GENERATION": Members(
            {
                "text": text,
                "negativeText": negative,
                "colors": Items(Text(pattern="#[0-9a-fA-F]{6}"), 1, 10),
                "referenceImage": Text(1),
            },
            ("text", "colors"),
        ),
        "BACKGROUND_REMOVAL": Members({"image": Text(1)}, ("image",)),
    }


def _read_sizes(params: Mapping[str, Any], place: str) -> list[tuple[int, int]]:
    """Return the sizes of the pictures that were sent, all of which have to be pictures."""
    sizes = []
    for name in _PICTURES:
        given = params.get(name, [])
        for at, text in enumerate([given] if isinstance(given, str) else given):
            where = f"/{place}/{name}" if isinstance(given, str) else f"/{place}/{name}/{at}"
            picture = read_image(text, where).picture
            if max(picture.width, picture.height) > MOST_SIDE:
                raise malformed(f"#{where}: a side is longer than {MOST_SIDE} pixels")
            sizes.append((picture.width, picture.height))
    return sizes


def _words(params: Mapping[str, Any]) -> list[Any]:
    """Return what a picture is drawn from: all that was asked, in one order."""
    return [params[name] for name in sorted(params)]


FAMILY = DataFamily(invoke)
