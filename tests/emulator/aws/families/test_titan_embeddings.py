"""InvokeModel of the Titan text embeddings (facts amazon-bedrock 4.4)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runthrough.emulator.aws.families.pictures import draw
from tests.emulator.aws.conftest import FakeAws

V1, V2 = "amazon.titan-embed-text-v1", "amazon.titan-embed-text-v2:0"


@pytest.fixture
def runtime(aws: FakeAws) -> Iterator[Any]:
    client = aws.client("bedrock-runtime")
    yield client
    client.close()


def invoke(runtime: Any, body: dict[str, Any], model: str = V2) -> dict[str, Any]:
    reply = runtime.invoke_model(modelId=model, body=json.dumps(body))
    found: dict[str, Any] = json.loads(reply["body"].read())
    return found


def cosine(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("size", [1024, 512, 256])
def test_a_vector_has_the_size_that_was_asked_for(runtime: Any, size: int) -> None:
    answer = invoke(runtime, {"inputText": "a quiet room", "dimensions": size})
    assert len(answer["embedding"]) == size
    assert math.isclose(cosine(answer["embedding"], answer["embedding"]), 1.0)
    assert answer["embeddingsByType"] == {"float": answer["embedding"]}
    assert answer["inputTextTokenCount"] == 3


def test_the_first_model_has_another_shape(runtime: Any) -> None:
    answer = invoke(runtime, {"inputText": "a quiet room"}, V1)
    assert len(answer["embedding"]) == 1536
    assert sorted(answer) == ["embedding", "inputTextTokenCount"]
    with pytest.raises(ClientError, match=r"extraneous key \[dimensions\] is not permitted"):
        invoke(runtime, {"inputText": "a", "dimensions": 256}, V1)


def test_texts_that_share_words_are_neighbours(runtime: Any) -> None:
    texts = ["the pool was cold", "a cold swimming pool", "invoices are due on Friday"]
    near, nearer, far = (invoke(runtime, {"inputText": t})["embedding"] for t in texts)
    assert cosine(near, nearer) > 0.4 > abs(cosine(near, far)) + 0.2
    assert near == invoke(runtime, {"inputText": texts[0]})["embedding"]


def test_binary_and_unnormalised(runtime: Any) -> None:
    both = invoke(runtime, {"inputText": "pool", "embeddingTypes": ["binary"], "dimensions": 256})
    assert "embedding" not in both
    assert set(both["embeddingsByType"]["binary"]) == {0, 1}
    long = invoke(runtime, {"inputText": "pool towel sauna", "normalize": False})["embedding"]
    assert cosine(long, long) > 2


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, r"required key \[inputText\] not found"),
        ({"inputText": 7}, "/inputText: expected type: String, found: Integer"),
        ({"inputText": ""}, "/inputText: expected minLength: 1"),
        ({"inputText": "a", "dimensions": 300}, "300 is not a valid enum value"),
        ({"inputText": "a", "normalize": 1}, "/normalize: expected type: Boolean"),
        ({"inputText": "a", "embeddingTypes": ["int8"]}, "int8 is not a valid enum value"),
        ({"inputText": "a" * 50_001}, "expected maxLength: 50000, actual: 50001"),
        ({"inputText": "a " * 20_000}, "Max input tokens: 8192, request input token count: 10000"),
    ],
)
def test_bodies_that_do_not_fit(runtime: Any, body: dict[str, Any], text: str) -> None:
    with pytest.raises(ClientError, match=text):
        invoke(runtime, body)


IMAGE = "amazon.titan-embed-image-v1"
PICTURE = draw("a", 1, 32, 32)


@pytest.mark.parametrize("size", [256, 384, 1024])
def test_words_and_a_picture_have_a_vector_between_them(runtime: Any, size: int) -> None:
    config = {"embeddingConfig": {"outputEmbeddingLength": size}}
    text = invoke(runtime, {"inputText": "a pool", **config}, IMAGE)
    picture = invoke(runtime, {"inputImage": PICTURE, **config}, IMAGE)
    both = invoke(runtime, {"inputText": "a pool", "inputImage": PICTURE, **config}, IMAGE)
    assert [len(one["embedding"]) for one in (text, picture, both)] == [size] * 3
    assert [one["inputTextTokenCount"] for one in (text, picture, both)] == [2, 0, 2]
    assert both["message"] is None
    assert cosine(both["embedding"], both["embedding"]) == pytest.approx(1)
    for one in (text, picture):
        assert 0.5 < cosine(both["embedding"], one["embedding"]) < 0.9
    assert len(invoke(runtime, {"inputText": "a"}, IMAGE)["embedding"]) == 1024


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "#: no subschema matched out of the total 2 subschemas"),
        ({"inputText": ""}, "#/inputText: expected minLength: 1, actual: 0"),
        ({"inputImage": "aGk="}, "#/inputImage: no picture in base64"),
        ({"inputText": "a", "embeddingConfig": {"outputEmbeddingLength": 512}},
         "#/embeddingConfig/outputEmbeddingLength: 512 is not a valid enum value"),
        ({"inputText": "a", "dimensions": 256}, "extraneous key .dimensions. is not permitted"),
        ({"inputText": "word " * 200}, "Max input tokens: 128, request input token count: 250"),
    ],
)  # fmt: skip
def test_bodies_for_words_and_pictures_that_do_not_fit(runtime: Any, body: Any, text: str) -> None:
    with pytest.raises(ClientError, match=text):
        invoke(runtime, body, IMAGE)


def test_an_embedding_model_does_not_converse(runtime: Any) -> None:
    with pytest.raises(ClientError, match="This action doesn't support the model"):
        runtime.converse(modelId=V2, messages=[{"role": "user", "content": [{"text": "a"}]}])
