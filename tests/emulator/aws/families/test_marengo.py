from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runthrough.emulator.aws.catalogue import Model, read_catalogue
from runthrough.emulator.aws.families.marengo import invoke
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.standins import count_tokens

VERSION_3 = "twelvelabs.marengo-embed-3-0-v1:0"
VERSION_2 = "twelvelabs.marengo-embed-2-7-v1:0"


def vector(aws: Any, model_id: str, body: dict[str, Any]) -> list[float]:
    answer = aws.client("bedrock-runtime").invoke_model(modelId=model_id, body=json.dumps(body))
    (one,) = json.loads(answer["body"].read())["data"]
    found: list[float] = one["embedding"]
    return found


def refused(aws: Any, body: dict[str, Any], *, model_id: str = VERSION_3) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        vector(aws, model_id, body)
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


def text(value: str) -> dict[str, Any]:
    return {"inputType": "text", "text": {"inputText": value}}


def test_texts_that_share_words_are_neighbours(aws: Any) -> None:
    one, near, far = (
        vector(aws, VERSION_3, text(value))
        for value in ("a room with a view", "a view of the room", "fast cars")
    )
    assert len(one) == 512

    def closeness(other: list[float]) -> float:
        return sum(a * b for a, b in zip(one, other, strict=True))

    assert closeness(near) > closeness(far)


def older() -> Model:
    """The version that is gone from 2026-11-30, so it is asked without the service."""
    (model,) = (one for one in read_catalogue().models if one.id == VERSION_2)
    return model


def test_the_older_version_has_a_body_and_a_size_of_its_own() -> None:
    result = invoke({"inputType": "text", "inputText": "a room"}, older())
    assert len(result.body["data"][0]["embedding"]) == 1024
    assert result.input_tokens == count_tokens("a room")


def test_the_older_version_cuts_a_long_text_unless_told_not_to() -> None:
    long = {"inputType": "text", "inputText": "word " * 100}
    assert invoke(long, older()).input_tokens == 77
    with pytest.raises(Refused, match="Input is too long"):
        invoke(long | {"textTruncate": "none"}, older())


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, "required key [inputType] not found"),
        ({"inputType": "text"}, 400, "required key [text] not found"),
        ({"inputType": "text", "inputText": "x"}, 400, "extraneous key [inputText]"),
        ({"inputType": "text", "text": {}}, 400, "required key [inputText] not found"),
        ({"inputType": "text", "text": {"inputText": 7}}, 400, "expected type: String"),
        (text("word " * 500), 400, "Input is too long for requested model."),
        ({"inputType": "image", "image": {}}, 501, "An embedding of inputType 'image'"),
    ],
)
def test_a_body_that_does_not_fit_is_refused(
    aws: Any, body: dict[str, Any], status: int, message: str
) -> None:
    code, said = refused(aws, body)
    assert code == status
    assert message in said
