"""InvokeModel of Titan Text (facts amazon-bedrock 4.3)."""

from __future__ import annotations

from typing import Any

import pytest

from runthrough.emulator.aws.catalogue import read_catalogue
from runthrough.emulator.aws.families import titan_text
from runthrough.emulator.standins import Answer, Prompt, Telling
from tests.emulator.aws.families.conftest import Vendors

EXPRESS = "amazon.titan-text-express-v1"


def body(**config: Any) -> dict[str, Any]:
    return {"inputText": "What is 1+1?", "textGenerationConfig": config}


def test_an_answer(vendors: Vendors) -> None:
    answer = vendors.invoke(EXPRESS, {"inputText": "What is 1+1?"})
    assert answer == {
        "inputTextTokenCount": 3,
        "results": [{"tokenCount": 3, "outputText": "1 + 1 = 2.", "completionReason": "FINISH"}],
    }
    assert vendors.headers["x-amzn-bedrock-output-token-count"] == "3"


def test_why_an_answer_ended(vendors: Vendors) -> None:
    long = vendors.invoke(EXPRESS, body(maxTokenCount=1))["results"][0]
    assert (long["completionReason"], long["outputText"]) == ("LENGTH", "1 + ")
    stopped = vendors.invoke(EXPRESS, body(stopSequences=[" ="]))["results"][0]
    assert (stopped["completionReason"], stopped["outputText"]) == ("STOP_CRITERIA_MET", "1 + 1")


def test_speakers_of_a_prompt_are_told_apart(vendors: Vendors) -> None:
    said = "User: My name is Ada.\nBot: Hello.\nUser: What is my name?\nBot: "
    assert "Ada" in vendors.invoke(EXPRESS, {"inputText": said})["results"][0]["outputText"]


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({}, "#: required key [inputText] not found"),
        ({"inputText": 7}, "#/inputText: expected type: String, found: Integer"),
        ({"inputText": ""}, "#/inputText: expected minLength: 1, actual: 0"),
        ({"inputText": "a", "prompt": "b"}, "#: extraneous key [prompt] is not permitted"),
        ({"prompt": "b"}, "#: required key [inputText] not found"
                          "#: extraneous key [prompt] is not permitted"),
        (body(temperature=1.5),
         "#/textGenerationConfig/temperature: 1.5 is not less or equal to 1"),
        (body(temperature=-1),
         "#/textGenerationConfig/temperature: -1 is not greater or equal to 0"),
        (body(topP=0), "#/textGenerationConfig/topP: 0 is not greater than 0"),
        (body(topP=2), "#/textGenerationConfig/topP: 2 is not less or equal to 1"),
        (body(topP="1"), "#/textGenerationConfig/topP: expected type: Number, found: String"),
        (body(maxTokenCount=-1),
         "#/textGenerationConfig/maxTokenCount: -1 is not greater or equal to 0"),
        (body(maxTokenCount=8193),
         "#/textGenerationConfig/maxTokenCount: 8193 is not less or equal to 8192"),
        (body(maxTokenCount=1.5),
         "#/textGenerationConfig/maxTokenCount: expected type: Integer, found: Double"),
        (body(stopSequences="a"),
         "#/textGenerationConfig/stopSequences: expected type: JSONArray, found: String"),
        (body(stopSequences=[1]),
         "#/textGenerationConfig/stopSequences/0: expected type: String, found: Integer"),
        (body(topK=1), "#/textGenerationConfig: extraneous key [topK] is not permitted"),
    ],
)  # fmt: skip
def test_bodies_that_do_not_fit(vendors: Vendors, changed: Any, complaint: str) -> None:
    assert vendors.complaint(EXPRESS, changed) == complaint


def test_the_limit_is_the_models(vendors: Vendors) -> None:
    for model, limit in ((EXPRESS, 8192), ("amazon.titan-text-lite-v1", 4096),
                         ("amazon.titan-text-premier-v1:0", 3072)):  # fmt: skip
        vendors.invoke(model, body(maxTokenCount=limit))
        assert f"is not less or equal to {limit}" in vendors.complaint(
            model, body(maxTokenCount=limit + 1)
        )
    assert "Max input tokens: 4096" in vendors.refusal(
        "amazon.titan-text-lite-v1", {"inputText": "word " * 4000}
    )


def test_pieces_of_an_answer() -> None:
    model = read_catalogue().model(EXPRESS, "us-east-1")
    assert model is not None
    pieces = list(
        titan_text.chunks(
            Prompt("", (), 9), Telling.whole(Answer("a b c", "max_tokens", 4, 2)), model
        )
    )
    assert "".join(piece["outputText"] for piece in pieces) == "a b c"
    assert [piece["index"] for piece in pieces] == [0, 1, 2]
    assert [piece["completionReason"] for piece in pieces] == [None, None, "LENGTH"]
    assert pieces[-1]["totalOutputTextTokenCount"] == 2
    assert pieces[0]["inputTextTokenCount"] == 4
