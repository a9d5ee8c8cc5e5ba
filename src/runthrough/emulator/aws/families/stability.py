"""InvokeModel for Stability AI: SDXL 1.0, and the later models' body.

Source: facts amazon-bedrock 4.11. Chosen here: one picture a call (`samples` is 1); an aspect ratio
has about a megapixel, its sides multiples of 64; a seed of 0 is a seed like any other. The text for
sides SDXL does not draw is the vendor's, from memory.
"""

from __future__ import annotations

from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import DataFamily, Result
from runthrough.emulator.aws.families.pictures import draw, read_image
from runthrough.emulator.aws.families.schema import (
    OBJECT,
    Items,
    Members,
    Number,
    Text,
    Whole,
    read,
)
from runthrough.emulator.aws.fields import malformed
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.standins import count_tokens

SDXL_SIZES = (
    *((1024, 1024), (1152, 896), (1216, 832), (1344, 768), (1536, 640)),
    *((640, 1536), (768, 1344), (832, 1216), (896, 1152)),
)
"""The pairs of height and width that SDXL draws."""
RATIOS = {
    "16:9": (1344, 768),
    "1:1": (1024, 1024),
    "21:9": (1536, 640),
    "2:3": (832, 1216),
    "3:2": (1216, 832),
    "4:5": (896, 1088),
    "5:4": (1088, 896),
    "9:16": (768, 1344),
    "9:21": (640, 1536),
}
"""Width and height of each aspect ratio."""
_SAMPLERS = (
    *("DDIM", "DDPM", "K_DPMPP_2M", "K_DPMPP_2S_ANCESTRAL", "K_DPM_2", "K_DPM_2_ANCESTRAL"),
    *("K_EULER", "K_EULER_ANCESTRAL", "K_HEUN", "K_LMS"),
)
_PRESETS = ("FAST_BLUE", "FAST_GREEN", "NONE", "SIMPLE", "SLOW", "SLOWER", "SLOWEST")
_STYLES = (
    *("3d-model", "analog-film", "anime", "cinematic", "comic-book", "digital-art", "enhance"),
    *("fantasy-art", "isometric", "line-art", "low-poly", "modeling-compound", "neon-punk"),
    *("origami", "photographic", "pixel-art", "tile-texture"),
)
_WORDS = Members({"text": Text(1, 2000), "weight": Number(default=1)}, ("text",))
_SDXL = Members(
    {
        "text_prompts": Items(_WORDS, 1),
        "height": Whole(default=1024),
        "width": Whole(default=1024),
        "cfg_scale": Number(0, 35, default=7),
        "steps": Whole(10, 50, default=30),
        "seed": Whole(0, 4_294_967_295, default=0),
        "samples": Whole(1, 1, default=1),
        "sampler": Text(choices=_SAMPLERS),
        "clip_guidance_preset": Text(choices=_PRESETS, default="NONE"),
        "style_preset": Text(choices=_STYLES),
        "extras": OBJECT,
        "init_image": Text(1),
        "init_image_mode": Text(choices=("IMAGE_STRENGTH", "STEP_SCHEDULE")),
        "image_strength": Number(0, 1),
    },
    ("text_prompts",),
)
MOST_SIDE = 4096
"""Pixels a side of a picture to start from may have (chosen here)."""
_SEED = Whole(0, 4_294_967_294, default=0)


def invoke_sdxl(body: dict[str, Any], _model: Model) -> Result:
    """Answer a body of SDXL with one picture. Raises Refused where it does not fit."""
    asked = read(_SDXL, body)
    height, width = asked["height"], asked["width"]
    if "init_image" in asked:
        sent = read_image(asked["init_image"], "/init_image").picture
        height, width = sent.height, sent.width
    if (height, width) not in SDXL_SIZES:
        allowed = ", ".join(f"{one}x{other}" for one, other in SDXL_SIZES)
        raise invalid(
            "for stable-diffusion-xl-1024-v0-9 and stable-diffusion-xl-1024-v1-0 the allowed"
            f" dimensions are {allowed}, but we received {height}x{width}"
        )
    words = "\n".join(f"{one['weight']} {one['text']}" for one in asked["text_prompts"])
    picture = draw(f"{asked.get('style_preset', '')}\0{words}", asked["seed"], width, height)
    artifact = {"seed": asked["seed"], "base64": picture, "finishReason": "SUCCESS"}
    return Result({"result": "success", "artifacts": [artifact]}, count_tokens(words))


def schema(model: Model) -> Members:
    """Return what the later models' body may hold; Core takes no picture."""
    body = Members(
        {
            "prompt": Text(1, 10_000),
            "negative_prompt": Text(0, 10_000, default=""),
            "aspect_ratio": Text(choices=tuple(RATIOS)),
            "seed": _SEED,
            "output_format": Text(choices=("png", "jpeg", "webp"), default="png"),
        },
        ("prompt",),
    )
    if "IMAGE" not in model.input:
        return body
    modes = Text(choices=("text-to-image", "image-to-image"), default="text-to-image")
    return body.extended(mode=modes, image=Text(1), strength=Number(0, 1))


def invoke(body: dict[str, Any], model: Model) -> Result:
    """Answer a body of SD3.5 Large, Core or Ultra with one picture. Raises Refused."""
    asked = read(schema(model), body)
    width, height = RATIOS[asked.get("aspect_ratio", "1:1")]
    if "image" in asked or asked.get("mode") == "image-to-image":
        width, height = _size_of_image(asked)
    words = f"{asked['prompt']}\0{asked['negative_prompt']}"
    picture = draw(words, asked["seed"], width, height, asked["output_format"])
    answer = {"seeds": [asked["seed"]], "finish_reasons": [None], "images": [picture]}
    return Result(answer, count_tokens(asked["prompt"]))


def _size_of_image(asked: dict[str, Any]) -> tuple[int, int]:
    """Return the size of the picture to start from, which needs a strength and sets the ratio."""
    needed = [
        f"#: required key [{name}] not found" for name in ("image", "strength") if name not in asked
    ]
    if needed:
        raise malformed(*needed)
    if "aspect_ratio" in asked:
        raise malformed("#: extraneous key [aspect_ratio] is not permitted")
    picture = read_image(asked["image"], "/image", ("png", "jpeg", "webp")).picture
    if not (64 <= picture.width <= MOST_SIDE and 64 <= picture.height <= MOST_SIDE):
        raise malformed(f"#/image: a side is not between 64 and {MOST_SIDE} pixels")
    return picture.width, picture.height


SDXL_FAMILY = DataFamily(invoke_sdxl)
FAMILY = DataFamily(invoke)
