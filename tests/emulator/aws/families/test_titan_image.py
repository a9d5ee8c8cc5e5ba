"""InvokeModel of Titan Image and Nova Canvas (facts amazon-bedrock 4.5)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from runthrough.emulator.aws.families.pictures import draw
from tests.emulator.aws.families.conftest import Vendors
from tests.emulator.aws.families.test_pictures import decode_png

FIRST, SECOND = "amazon.titan-image-generator-v1", "amazon.titan-image-generator-v2:0"
CANVAS = "amazon.nova-canvas-v1:0"
PICTURE = draw("a", 1, 512, 320)


def words(text: str = "a lighthouse", **config: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"taskType": "TEXT_IMAGE", "textToImageParams": {"text": text}}
    return body | ({"imageGenerationConfig": config} if config else {})


def task(name: str, member: str, **params: Any) -> dict[str, Any]:
    return {"taskType": name, member: params}


@pytest.mark.parametrize("model", [FIRST, SECOND, CANVAS])
def test_words_become_pictures(vendors: Vendors, model: str) -> None:
    asked = words(numberOfImages=2, width=768, height=512, seed=7, cfgScale=8.0, quality="standard")
    answer = vendors.invoke(model, asked)
    assert answer["error"] is None
    assert [decode_png(image)[:2] for image in answer["images"]] == [(768, 512)] * 2
    assert len(set(answer["images"])) == 2
    assert vendors.invoke(model, asked) == answer
    [plain] = vendors.invoke(model, words())["images"]
    assert decode_png(plain)[:2] == (1408, 1408)


EDITS = [
    task("INPAINTING", "inPaintingParams", image=PICTURE, maskPrompt="the sky", text="stars"),
    task("OUTPAINTING", "outPaintingParams", image=PICTURE, maskImage=PICTURE, text="a beach",
         outPaintingMode="PRECISE"),
    task("IMAGE_VARIATION", "imageVariationParams", images=[PICTURE], similarityStrength=0.2),
    task("BACKGROUND_REMOVAL", "backgroundRemovalParams", image=PICTURE),
]  # fmt: skip


@pytest.mark.parametrize("body", EDITS, ids=lambda body: body["taskType"])
def test_pictures_become_pictures(vendors: Vendors, body: dict[str, Any]) -> None:
    [image] = vendors.invoke(SECOND, body)["images"]
    assert decode_png(image)[:2] == (512, 320)


def test_colours_and_conditions(vendors: Vendors) -> None:
    colours = {"text": "a hill", "colors": ["#00ff00"], "referenceImage": PICTURE}
    vendors.invoke(
        SECOND, task("COLOR_GUIDED_GENERATION", "colorGuidedGenerationParams", **colours)
    )
    condition = {"text": "a", "conditionImage": PICTURE, "controlMode": "SEGMENTATION"}
    vendors.invoke(SECOND, task("TEXT_IMAGE", "textToImageParams", **condition))
    said = vendors.complaint(FIRST, task("TEXT_IMAGE", "textToImageParams", **condition))
    assert "extraneous key [conditionImage] is not permitted" in said
    removal = task("BACKGROUND_REMOVAL", "backgroundRemovalParams", image=PICTURE)
    assert "BACKGROUND_REMOVAL is not a valid enum value" in vendors.complaint(FIRST, removal)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"taskType": "TEXT_IMAGE"}, "#: required key [textToImageParams] not found"),
        (task("TEXT_IMAGE", "textToImageParams"),
         "#/textToImageParams: required key [text] not found"),
        (words(""), "#/textToImageParams/text: expected minLength: 1, actual: 0"),
        (words("a" * 513), "#/textToImageParams/text: expected maxLength: 512, actual: 513"),
        (task("TEXT_IMAGE", "textToImageParams", text="a", negativeText="b" * 513),
         "#/textToImageParams/negativeText: expected maxLength: 512, actual: 513"),
        (task("TEXT_IMAGE", "textToImageParams", text="a", controlStrength=1.1),
         "#/textToImageParams/controlStrength: 1.1 is not less or equal to 1"),
        (words() | {"taskType": 7}, "#/taskType: expected type: String, found: Integer"),
        (words() | {"inPaintingParams": {}},
         "#: extraneous key [inPaintingParams] is not permitted"),
        (words(numberOfImages=6),
         "#/imageGenerationConfig/numberOfImages: 6 is not less or equal to 5"),
        (words(numberOfImages=0),
         "#/imageGenerationConfig/numberOfImages: 0 is not greater or equal to 1"),
        (words(width=1424), "#/imageGenerationConfig/width: 1424 is not less or equal to 1408"),
        (words(height=500), "#/imageGenerationConfig/height: 500 is not a multiple of 16"),
        (words(cfgScale=1.0),
         "#/imageGenerationConfig/cfgScale: 1.0 is not greater or equal to 1.1"),
        (words(cfgScale=10.1),
         "#/imageGenerationConfig/cfgScale: 10.1 is not less or equal to 10"),
        (words(seed=2_147_483_647),
         "#/imageGenerationConfig/seed: 2147483647 is not less or equal to 2147483646"),
        (words(quality="best"), "#/imageGenerationConfig/quality: best is not a valid enum value"),
        (task("INPAINTING", "inPaintingParams", image=PICTURE),
         "#/inPaintingParams: 0 subschemas matched instead of one"),
        (task("INPAINTING", "inPaintingParams", image=PICTURE, maskPrompt="a", maskImage=PICTURE),
         "#/inPaintingParams: 2 subschemas matched instead of one"),
        (task("INPAINTING", "inPaintingParams", image="aGk=", maskPrompt="a"),
         "#/inPaintingParams/image: no picture in base64 (png, jpeg)"),
        (task("IMAGE_VARIATION", "imageVariationParams", images=[]),
         "#/imageVariationParams/images: expected minimum item count: 1, found: 0"),
        (task("IMAGE_VARIATION", "imageVariationParams", images=[PICTURE] * 6),
         "#/imageVariationParams/images: expected maximum item count: 5, found: 6"),
        (task("IMAGE_VARIATION", "imageVariationParams", images=[PICTURE], similarityStrength=0.1),
         "#/imageVariationParams/similarityStrength: 0.1 is not greater or equal to 0.2"),
        (task("IMAGE_VARIATION", "imageVariationParams", images=[draw("a", 1, 1500, 100)]),
         "#/imageVariationParams/images/0: a side is longer than 1408 pixels"),
        (task("COLOR_GUIDED_GENERATION", "colorGuidedGenerationParams", text="a", colors=["red"]),
         "#/colorGuidedGenerationParams/colors/0: string [red] does not match pattern"
         " #[0-9a-fA-F]{6}"),
        (task("COLOR_GUIDED_GENERATION", "colorGuidedGenerationParams", text="a",
              colors=["#000000"] * 11),
         "#/colorGuidedGenerationParams/colors: expected maximum item count: 10, found: 11"),
    ],
)  # fmt: skip
def test_bodies_that_do_not_fit(vendors: Vendors, body: Any, complaint: str) -> None:
    assert vendors.complaint(SECOND, body) == complaint


def test_a_task_is_required_and_named(vendors: Vendors) -> None:
    assert "#: required key [taskType] not found" in vendors.complaint(SECOND, {})
    assert "#/taskType: DANCE is not a valid enum value" in vendors.complaint(
        SECOND, {"taskType": "DANCE"}
    )


def test_nova_canvas_has_limits_of_its_own(vendors: Vendors) -> None:
    vendors.invoke(CANVAS, words("a" * 1024, seed=858_993_460, width=256, height=256))
    assert "858993461 is not less or equal to 858993460" in vendors.complaint(
        CANVAS, words(seed=858_993_461)
    )


def test_masks_are_refused_by_name(vendors: Vendors) -> None:
    params = {"image": PICTURE, "maskPrompt": "a", "returnMask": True}
    with pytest.raises(ClientError, match="'returnMask' of an image body is not emulated"):
        vendors.invoke(SECOND, task("INPAINTING", "inPaintingParams", **params))
