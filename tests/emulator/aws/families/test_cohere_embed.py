"""InvokeModel of Cohere Embed (facts amazon-bedrock 4.9)."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from runthrough.emulator.aws.families.pictures import draw
from tests.emulator.aws.families.conftest import Vendors

V3, V4 = "cohere.embed-english-v3", "us.cohere.embed-v4:0"
URI = f"data:image/png;base64,{draw('a', 1, 40, 30)}"


def texts(*given: str, **changed: Any) -> dict[str, Any]:
    return {"texts": list(given), "input_type": "search_document"} | changed


def test_texts_become_vectors(vendors: Vendors) -> None:
    answer = vendors.invoke(V3, texts("the pool was cold", "a cold pool", "invoices are due"))
    assert answer["response_type"] == "embeddings_floats"
    assert answer["texts"] == ["the pool was cold", "a cold pool", "invoices are due"]
    cold, colder, bill = (np.array(vector) for vector in answer["embeddings"])
    assert [len(vector) for vector in answer["embeddings"]] == [1024] * 3
    assert cold @ colder > 0.4 > abs(cold @ bill) + 0.2
    assert "x-amzn-bedrock-output-token-count" not in vendors.headers
    assert vendors.headers["x-amzn-bedrock-input-token-count"] == "12"


def test_the_forms_agree_with_one_another(vendors: Vendors) -> None:
    kinds = ["float", "int8", "uint8", "binary", "ubinary"]
    answer = vendors.invoke(V3, texts("the pool was cold", embedding_types=kinds))
    assert answer["response_type"] == "embeddings_by_type"
    forms = {kind: np.array(answer["embeddings"][kind][0]) for kind in kinds}
    assert [len(forms[kind]) for kind in kinds] == [1024, 1024, 1024, 128, 128]
    assert np.linalg.norm(forms["float"]) == pytest.approx(1)
    assert np.array_equal(forms["int8"], np.rint(forms["float"] * 127))
    assert np.array_equal(forms["uint8"], forms["int8"] + 128)
    assert np.array_equal(forms["ubinary"], np.packbits(forms["float"] > 0))
    assert np.array_equal(forms["binary"], forms["ubinary"] - 128)


@pytest.mark.parametrize("size", [256, 512, 1024, 1536])
def test_v4_has_several_sizes(vendors: Vendors, size: int) -> None:
    answer = vendors.invoke(V4, texts("a", output_dimension=size))
    assert len(answer["embeddings"][0]) == size
    assert len(vendors.invoke(V4, texts("a"))["embeddings"][0]) == 1536


def test_pictures_become_vectors(vendors: Vendors) -> None:
    asked = {"images": [URI], "input_type": "image", "embedding_types": ["float"]}
    answer = vendors.invoke(V3, asked)
    assert answer["images"] == [{"width": 40, "height": 30, "format": "png"}]
    assert len(answer["embeddings"]["float"][0]) == 1024
    assert vendors.invoke(V3, asked)["embeddings"] == answer["embeddings"]
    other = asked | {"images": [f"data:image/png;base64,{draw('b', 1, 40, 30)}"]}
    assert vendors.invoke(V3, other)["embeddings"] != answer["embeddings"]


@pytest.mark.parametrize("picture", [URI, {"url": URI}])
def test_v4_mixes_words_and_pictures(vendors: Vendors, picture: Any) -> None:
    content = [{"type": "text", "text": "a pool"}, {"type": "image_url", "image_url": picture}]
    asked = {"inputs": [{"content": content}], "input_type": "search_query"}
    mixed = np.array(vendors.invoke(V4, asked)["embeddings"][0])
    alone = np.array(vendors.invoke(V4, texts("a pool"))["embeddings"][0])
    assert 0.5 < mixed @ alone < 0.9


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"inputText": "a"}, "#: required key [texts] not found#: required key [input_type] not"
                             " found#: extraneous key [inputText] is not permitted"),
        ({"texts": ["a"]}, "#: required key [input_type] not found"),
        (texts(), "#/texts: expected minimum item count: 1, found: 0"),
        (texts(*["a"] * 97), "#/texts: expected maximum item count: 96, found: 97"),
        (texts("a" * 2049), "#/texts/0: expected maxLength: 2048, actual: 2049"),
        (texts("a", input_type="poem"), "#/input_type: poem is not a valid enum value"),
        (texts("a", truncate="MIDDLE"), "#/truncate: MIDDLE is not a valid enum value"),
        (texts("a", embedding_types=["int4"]),
         "#/embedding_types/0: int4 is not a valid enum value"),
        (texts("a", output_dimension=256), "#: extraneous key [output_dimension] is not permitted"),
        ({"texts": "a", "input_type": "search_query"},
         "#/texts: expected type: JSONArray, found: String"),
        ({"images": [URI], "input_type": "search_query"},
         "#/input_type: search_query is not a valid enum value"),
        ({"images": [URI, URI], "input_type": "image"},
         "#/images: expected maximum item count: 1, found: 2"),
        ({"images": ["http://a/b.png"], "input_type": "image"},
         "#/images/0: no data URI of a picture"),
        ({"images": ["data:image/png;base64,aGk="], "input_type": "image"},
         "#/images/0: no picture in base64 (png, jpeg, webp, gif)"),
    ],
)  # fmt: skip
def test_bodies_that_do_not_fit(vendors: Vendors, body: Any, complaint: str) -> None:
    assert vendors.complaint(V3, body) == complaint


def test_v4_bodies_that_do_not_fit(vendors: Vendors) -> None:
    assert vendors.complaint(V4, texts("a", output_dimension=300)) == (
        "#/output_dimension: 300 is not a valid enum value"
    )
    assert vendors.complaint(V4, texts("a", images=[URI])) == (
        "#: 2 subschemas matched instead of one"
    )
    long = "word " * 120_000
    assert vendors.refusal(V4, texts(long)) == "Input is too long for requested model."
    assert len(vendors.invoke(V4, texts(long, truncate="RIGHT"))["embeddings"]) == 1


def test_a_picture_may_be_too_large(vendors: Vendors) -> None:
    large = base64.b64encode(base64.b64decode(draw("a", 1, 8, 8)) + bytes(5_000_000)).decode()
    said = vendors.complaint(
        V3, {"images": [f"data:image/png;base64,{large}"], "input_type": "image"}
    )
    assert said.endswith("bytes is more than 5000000")
