"""InvokeModel of AI21: Jurassic-2 and Jamba (facts amazon-bedrock 4.10)."""

from __future__ import annotations

from typing import Any

import pytest

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import jamba
from runthrough.emulator.aws.families.family import VendorPrompt
from runthrough.emulator.standins import Answer, Telling, ToolUse
from tests.emulator.aws.families.conftest import Vendors

MID, ULTRA = "ai21.j2-mid-v1", "ai21.j2-ultra-v1"
JAMBA, INSTRUCT = "ai21.jamba-1-5-mini-v1:0", "ai21.jamba-instruct-v1:0"
ANY = Model(id="ai21.x", name="x", vendor="x", api="ai21-jamba", context=999, max_output=99)


def prompt(**changed: Any) -> dict[str, Any]:
    return {"prompt": "What is 1+1?"} | changed


def said(**changed: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "What is 1+1?"}]} | changed


@pytest.mark.parametrize("model", [MID, ULTRA])
def test_jurassic_completes(vendors: Vendors, model: str) -> None:
    answer = vendors.invoke(model, prompt(countPenalty={"scale": 0.5}, maxTokens=200))
    assert isinstance(answer["id"], int)
    assert answer["prompt"]["text"] == "What is 1+1?"
    [completion] = answer["completions"]
    assert completion["data"]["text"] == "1 + 1 = 2."
    assert completion["finishReason"] == {"reason": "endoftext"}
    tokens = completion["data"]["tokens"]
    assert "".join(token["generatedToken"]["token"] for token in tokens) == "1 + 1 = 2."
    assert [token["textRange"] for token in tokens][-1] == {"start": 8, "end": 10}
    assert answer["prompt"]["tokens"][0]["generatedToken"]["logprob"] == 0


def test_why_a_completion_ended(vendors: Vendors) -> None:
    for changed, reason in (({"maxTokens": 1}, "length"), ({"stopSequences": [" ="]}, "stop")):
        completion = vendors.invoke(MID, prompt(**changed))["completions"][0]
        assert completion["finishReason"]["reason"] == reason


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"prompt": ""}, "#/prompt: expected minLength: 1, actual: 0"),
        ({"temperature": 1.1}, "#/temperature: 1.1 is not less or equal to 1"),
        ({"topP": -1}, "#/topP: -1 is not greater or equal to 0"),
        ({"maxTokens": -1}, "#/maxTokens: -1 is not greater or equal to 0"),
        ({"maxTokens": 8192}, "#/maxTokens: 8192 is not less or equal to 8191"),
        ({"stopSequences": "a"}, "#/stopSequences: expected type: JSONArray, found: String"),
        ({"countPenalty": {"scale": 1.1}}, "#/countPenalty/scale: 1.1 is not less or equal to 1"),
        ({"presencePenalty": {"scale": 6}}, "#/presencePenalty/scale: 6 is not less or equal to 5"),
        ({"frequencyPenalty": {"scale": 501}},
         "#/frequencyPenalty/scale: 501 is not less or equal to 500"),
        ({"countPenalty": {"applyToPunctuation": True}},
         "#/countPenalty: extraneous key [applyToPunctuation] is not permitted"),
        ({"countPenalty": {"applyToEmojis": 1}},
         "#/countPenalty/applyToEmojis: expected type: Boolean, found: Integer"),
        ({"max_tokens": 5}, "#: extraneous key [max_tokens] is not permitted"),
    ],
)  # fmt: skip
def test_jurassic_bodies_that_do_not_fit(vendors: Vendors, changed: Any, complaint: str) -> None:
    assert vendors.complaint(MID, prompt() | changed) == complaint


def test_jurassic_does_not_stream(vendors: Vendors) -> None:
    client = vendors.client()
    said = vendors.error(
        lambda: client.invoke_model_with_response_stream(modelId=MID, body=b'{"prompt":"a"}')
    )
    assert said == "The model is unsupported for streaming."


def test_jamba_answers(vendors: Vendors) -> None:
    system = {"role": "system", "content": "Answer in French."}
    asked = said(temperature=2, top_p=1, frequency_penalty=0, presence_penalty=0, n=2)
    asked["messages"].insert(0, system)
    answer = vendors.invoke(JAMBA, asked)
    assert [choice["index"] for choice in answer["choices"]] == [0, 1]
    assert "Voilà" in answer["choices"][0]["message"]["content"]
    usage = answer["usage"]
    assert usage["completion_tokens"] % 2 == 0
    assert vendors.headers["x-amzn-bedrock-output-token-count"] == str(usage["completion_tokens"])


def test_why_an_answer_of_jamba_ended(vendors: Vendors) -> None:
    for changed, reason in (({"max_tokens": 1}, "length"), ({"stop": [" ="]}, "stop")):
        assert vendors.invoke(JAMBA, said(**changed))["choices"][0]["finish_reason"] == reason
    assert vendors.invoke(JAMBA, said(max_tokens=0))["choices"][0]["message"]["content"] == ""


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"messages": [{"role": "developer", "content": "a"}]},
         "#/messages/0/role: developer is not a valid enum value"),
        ({"temperature": 2.5}, "#/temperature: 2.5 is not less or equal to 2"),
        ({"top_p": 0}, "#/top_p: 0 is not greater than 0"),
        ({"max_tokens": 4097}, "#/max_tokens: 4097 is not less or equal to 4096"),
        ({"max_tokens": -1}, "#/max_tokens: -1 is not greater or equal to 0"),
        ({"n": 17}, "#/n: 17 is not less or equal to 16"),
        ({"n": 0}, "#/n: 0 is not greater or equal to 1"),
        ({"frequency_penalty": "a"}, "#/frequency_penalty: expected type: Number, found: String"),
        ({"presence_penalty": 3}, "#/presence_penalty: 3 is not less or equal to 2"),
        ({"prompt": "a"}, "#: extraneous key [prompt] is not permitted"),
    ],
)  # fmt: skip
def test_jamba_bodies_that_do_not_fit(vendors: Vendors, changed: Any, complaint: str) -> None:
    assert vendors.complaint(JAMBA, said() | changed) == complaint


def test_jamba_instruct_takes_no_tools(vendors: Vendors) -> None:
    tool = {"type": "function", "function": {"name": "weather"}}
    assert vendors.complaint(INSTRUCT, said(tools=[tool])) == (
        "#: extraneous key [tools] is not permitted"
    )
    assert jamba.read_prompt(said(tools=[tool]), ANY).tools[0].name == "weather"


def test_pieces_of_an_answer_of_jamba() -> None:
    answer = Answer("a b", "max_tokens", 4, 1)
    pieces = list(jamba.chunks(VendorPrompt("", (), 9, answers=2), Telling.whole(answer), ANY))
    for at in (0, 1):
        own = [c for p in pieces for c in p["choices"] if c["index"] == at]
        assert "".join(choice["delta"].get("content", "") for choice in own) == "a b"
        assert own[-1]["finish_reason"] == "length"
    assert pieces[-1]["usage"]["completion_tokens"] == 2
    used = Answer("", "tool_use", 4, 1, tool_uses=(ToolUse("1", "weather", {}),))
    told = Telling.whole(used)
    ends = [c["finish_reason"] for p in jamba.chunks(VendorPrompt("", (), 9), told, ANY)
            for c in p["choices"]]  # fmt: skip
    assert ends[-1] == "tool_calls"
