"""InvokeModel of Stability AI (facts amazon-bedrock 4.11)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from runthrough.emulator.aws.families.pictures import draw
from runthrough.emulator.aws.families.stability import RATIOS, SDXL_SIZES
from runthrough.emulator.aws.media import Picture, read_picture
from tests.emulator.aws.families.conftest import Vendors
from tests.emulator.aws.families.test_pictures import decode_png

SDXL = "stability.stable-diffusion-xl-v1"
LARGE, CORE = "stability.sd3-5-large-v1:0", "stability.stable-image-core-v1:1"
ULTRA = "stability.stable-image-ultra-v1:1"
WEST = "us-west-2"


def xl(**changed: Any) -> dict[str, Any]:
    return {"text_prompts": [{"text": "a lighthouse"}]} | changed


def test_sdxl_draws_a_picture(vendors: Vendors) -> None:
    answer = vendors.invoke(SDXL, xl(seed=7, cfg_scale=10, steps=30, style_preset="anime"))
    assert answer["result"] == "success"
    [artifact] = answer["artifacts"]
    assert (artifact["seed"], artifact["finishReason"]) == (7, "SUCCESS")
    assert decode_png(artifact["base64"])[:2] == (1024, 1024)
    again = vendors.invoke(SDXL, xl(seed=7, cfg_scale=10, steps=30, style_preset="anime"))
    assert again == answer
    assert vendors.invoke(SDXL, xl(seed=8)) != answer


@pytest.mark.parametrize(("height", "width"), SDXL_SIZES)
def test_sdxl_draws_nine_sizes(vendors: Vendors, height: int, width: int) -> None:
    [artifact] = vendors.invoke(SDXL, xl(height=height, width=width))["artifacts"]
    assert decode_png(artifact["base64"])[:2] == (width, height)


def test_sdxl_draws_no_other_size(vendors: Vendors) -> None:
    said = vendors.refusal(SDXL, xl(height=512, width=512))
    assert said.endswith("640x1536, 768x1344, 832x1216, 896x1152, but we received 512x512")
    image = draw("a", 1, 1152, 896)
    [artifact] = vendors.invoke(SDXL, xl(init_image=image, image_strength=0.5))["artifacts"]
    assert decode_png(artifact["base64"])[:2] == (1152, 896)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"text_prompts": []}, "#/text_prompts: expected minimum item count: 1, found: 0"),
        ({"text_prompts": [{"text": "a" * 2001}]},
         "#/text_prompts/0/text: expected maxLength: 2000, actual: 2001"),
        ({"text_prompts": [{"weight": 1}]}, "#/text_prompts/0: required key [text] not found"),
        ({"text_prompts": [{"text": "a", "weight": "1"}]},
         "#/text_prompts/0/weight: expected type: Number, found: String"),
        ({"cfg_scale": 35.5}, "#/cfg_scale: 35.5 is not less or equal to 35"),
        ({"cfg_scale": -1}, "#/cfg_scale: -1 is not greater or equal to 0"),
        ({"steps": 9}, "#/steps: 9 is not greater or equal to 10"),
        ({"steps": 51}, "#/steps: 51 is not less or equal to 50"),
        ({"seed": 4_294_967_296}, "#/seed: 4294967296 is not less or equal to 4294967295"),
        ({"samples": 2}, "#/samples: 2 is not less or equal to 1"),
        ({"sampler": "X"}, "#/sampler: X is not a valid enum value"),
        ({"clip_guidance_preset": "X"}, "#/clip_guidance_preset: X is not a valid enum value"),
        ({"style_preset": "X"}, "#/style_preset: X is not a valid enum value"),
        ({"extras": 1}, "#/extras: expected type: JSONObject, found: Integer"),
        ({"init_image_mode": "X"}, "#/init_image_mode: X is not a valid enum value"),
        ({"image_strength": 2}, "#/image_strength: 2 is not less or equal to 1"),
        ({"init_image": "aGk="}, "#/init_image: no picture in base64 (png, jpeg)"),
        ({"prompt": "a"}, "#: extraneous key [prompt] is not permitted"),
    ],
)  # fmt: skip
def test_sdxl_bodies_that_do_not_fit(vendors: Vendors, changed: Any, complaint: str) -> None:
    assert vendors.complaint(SDXL, xl(**changed)) == complaint


@pytest.mark.parametrize("model", [LARGE, CORE, ULTRA])
def test_later_models_draw_a_picture(vendors: Vendors, model: str) -> None:
    asked = {"prompt": "a lighthouse", "seed": 9, "negative_prompt": "fog"}
    answer = vendors.invoke(model, asked, region=WEST)
    assert (answer["seeds"], answer["finish_reasons"]) == ([9], [None])
    assert decode_png(answer["images"][0])[:2] == (1024, 1024)
    assert vendors.invoke(model, asked, region=WEST) == answer
    assert vendors.invoke(model, asked | {"negative_prompt": ""}, region=WEST) != answer


@pytest.mark.parametrize("ratio", RATIOS)
def test_a_picture_has_the_aspect_ratio_asked_for(vendors: Vendors, ratio: str) -> None:
    answer = vendors.invoke(LARGE, {"prompt": "a", "aspect_ratio": ratio}, region=WEST)
    width, height, _ = decode_png(answer["images"][0])
    across, down = map(int, ratio.split(":"))
    assert width / height == pytest.approx(across / down, rel=0.05)
    assert 0.9 <= width * height / 2**20 <= 1.01


def test_a_picture_from_a_picture(vendors: Vendors) -> None:
    asked = {"prompt": "a", "mode": "image-to-image", "image": draw("b", 1, 320, 200)}
    answer = vendors.invoke(ULTRA, asked | {"strength": 0.4}, region=WEST)
    assert decode_png(answer["images"][0])[:2] == (320, 200)
    missing = vendors.complaint(ULTRA, {"prompt": "a", "mode": "image-to-image"}, region=WEST)
    assert missing == "#: required key [image] not found#: required key [strength] not found"
    both = asked | {"strength": 0.4, "aspect_ratio": "1:1"}
    said = vendors.complaint(ULTRA, both, region=WEST)
    assert said == "#: extraneous key [aspect_ratio] is not permitted"
    tiny = asked | {"strength": 0.4, "image": draw("b", 1, 63, 200)}
    assert "/image: a side is not between 64 and 4096" in vendors.complaint(
        ULTRA, tiny, region=WEST
    )


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"prompt": ""}, "#/prompt: expected minLength: 1, actual: 0"),
        ({"prompt": "a" * 10_001}, "#/prompt: expected maxLength: 10000, actual: 10001"),
        ({"negative_prompt": "a" * 10_001},
         "#/negative_prompt: expected maxLength: 10000, actual: 10001"),
        ({"seed": 4_294_967_295}, "#/seed: 4294967295 is not less or equal to 4294967294"),
        ({"seed": "1"}, "#/seed: expected type: Integer, found: String"),
        ({"aspect_ratio": "4:3"}, "#/aspect_ratio: 4:3 is not a valid enum value"),
        ({"output_format": "gif"}, "#/output_format: gif is not a valid enum value"),
        ({"strength": 1.5}, "#/strength: 1.5 is not less or equal to 1"),
        ({"mode": "x"}, "#/mode: x is not a valid enum value"),
        ({"steps": 20}, "#: extraneous key [steps] is not permitted"),
    ],
)  # fmt: skip
def test_bodies_that_do_not_fit(vendors: Vendors, changed: Any, complaint: str) -> None:
    assert vendors.complaint(LARGE, {"prompt": "a"} | changed, region=WEST) == complaint


def test_core_takes_no_picture(vendors: Vendors) -> None:
    said = vendors.complaint(CORE, {"prompt": "a", "image": draw("b", 1, 64, 64)}, region=WEST)
    assert said == "#: extraneous key [image] is not permitted"
    assert vendors.complaint(CORE, {}, region=WEST) == "#: required key [prompt] not found"


@pytest.mark.parametrize(
    ("name", "beginning"), [("png", b"\x89PNG"), ("jpeg", b"\xff\xd8\xff"), ("webp", b"RIFF")]
)
def test_a_picture_is_a_file_of_the_format_asked_for(
    vendors: Vendors, name: str, beginning: bytes
) -> None:
    asked = {"prompt": "a", "output_format": name, "aspect_ratio": "16:9"}
    [image] = vendors.invoke(LARGE, asked, region=WEST)["images"]
    data = base64.b64decode(image)
    assert data.startswith(beginning)
    assert read_picture(data) == Picture(name, 1344, 768)
