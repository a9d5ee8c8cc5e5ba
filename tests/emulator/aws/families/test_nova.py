"""InvokeModel of Nova (facts amazon-bedrock 4.6)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import nova
from runthrough.emulator.aws.families.pictures import draw
from runthrough.emulator.standins import Answer, Prompt, Telling, ToolUse
from tests.emulator.aws.families.conftest import Vendors

NOVA_2 = "us.amazon.nova-2-lite-v1:0"
LITE, MICRO = "amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0"
NOVA = Model(id="amazon.nova-x", name="x", vendor="Amazon", api="amazon-nova", context=10**6)
PICTURE = {"image": {"format": "png", "source": {"bytes": draw("a", 1, 32, 32)}}}
SPEC = {"name": "weather", "description": "the weather", "inputSchema": {"json": {}}}


def user(*content: Any) -> dict[str, Any]:
    blocks = [{"text": one} if isinstance(one, str) else one for one in content]
    return {"role": "user", "content": blocks}


def body(**changed: Any) -> dict[str, Any]:
    return {"messages": [user("What is 1+1?")]} | changed


def test_an_answer(vendors: Vendors) -> None:
    answer = vendors.invoke(LITE, body(schemaVersion="messages-v1", system=[{"text": "Be short."}]))
    assert answer["output"]["message"] == {"role": "assistant", "content": [{"text": "1 + 1 = 2."}]}
    assert answer["stopReason"] == "end_turn"
    usage = answer["usage"]
    assert usage["inputTokens"] + usage["outputTokens"] == usage["totalTokens"]
    assert usage["cacheReadInputTokenCount"] == usage["cacheWriteInputTokenCount"] == 0


@pytest.mark.parametrize("name", ["maxTokens", "max_new_tokens"])
def test_why_an_answer_ended(vendors: Vendors, name: str) -> None:
    cut = vendors.invoke(LITE, body(inferenceConfig={name: 1}))
    assert cut["stopReason"] == "max_tokens"
    stopped = vendors.invoke(LITE, body(inferenceConfig={"stopSequences": [" ="]}))
    assert stopped["stopReason"] == "stop_sequence"


def test_a_conversation_is_read(vendors: Vendors) -> None:
    said = {"role": "assistant", "content": [{"text": "Hello."}]}
    answer = vendors.invoke(
        LITE, body(messages=[user("My name is Ada."), said, user("What is my name?")])
    )
    assert "Ada" in answer["output"]["message"]["content"][0]["text"]


def test_tools_and_their_results_are_read() -> None:
    use = {"toolUseId": "t1", "name": "weather", "input": {"city": "Bern"}}
    result = {"toolUseId": "t1", "content": [{"json": {"c": 3}}, {"text": "cold"}]}
    asked = body(
        messages=[
            user("How cold is it?"),
            {"role": "assistant", "content": [{"toolUse": use}]},
            user({"toolResult": result | {"status": "error"}}),
        ],
        toolConfig={"tools": [{"toolSpec": SPEC}], "toolChoice": {"tool": {"name": "weather"}}},
    )
    prompt = nova.read_prompt(asked, NOVA.model_copy(update={"max_output": 10}))
    assert [tool.name for tool in prompt.tools] == ["weather"]
    assert prompt.tool_choice == "tool:weather"
    assert prompt.messages[1].tool_uses == (ToolUse("t1", "weather", {"city": "Bern"}),)
    [given] = prompt.messages[2].tool_results
    assert (given.text, given.is_error) == ('{"c": 3}\ncold', True)


def test_an_answer_that_uses_a_tool() -> None:
    answer = Answer("", "tool_use", 4, 5, tool_uses=(ToolUse("t1", "weather", {"city": "Bern"}),))
    written = nova.write_answer(Prompt("", (), 9), answer, NOVA)
    use = {"toolUseId": "tooluse_t1", "name": "weather", "input": {"city": "Bern"}}
    assert written["output"]["message"]["content"] == [{"toolUse": use}]
    pieces = list(nova.chunks(Prompt("", (), 9), Telling.whole(answer), NOVA))
    assert [next(iter(piece)) for piece in pieces][:2] == ["messageStart", "contentBlockStart"]
    joined = "".join(
        piece["contentBlockDelta"]["delta"]["toolUse"]["input"]
        for piece in pieces
        if "contentBlockDelta" in piece
    )
    assert joined == '{"city": "Bern"}'
    assert pieces[-2] == {"messageStop": {"stopReason": "tool_use"}}


def test_pieces_of_an_answer() -> None:
    pieces = list(
        nova.chunks(Prompt("", (), 9), Telling.whole(Answer("a b", "end_turn", 4, 1)), NOVA)
    )
    assert [next(iter(piece)) for piece in pieces] == [
        "messageStart", "contentBlockDelta", "contentBlockDelta", "contentBlockStop",
        "messageStop", "metadata",
    ]  # fmt: skip
    assert pieces[-1]["metadata"]["usage"]["totalTokens"] == 5


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"messages": "hi"}, "#/messages: expected type: JSONArray, found: String"),
        ({"messages": []}, "#/messages: expected minimum item count: 1, found: 0"),
        ({"messages": [{"role": "user", "content": "hi"}]},
         "#/messages/0/content: expected type: JSONArray, found: String"),
        ({"messages": [{"role": "bot", "content": [{"text": "hi"}]}]},
         "#/messages/0/role: bot is not a valid enum value"),
        ({"messages": [user({"text": "a", "image": PICTURE["image"]})]},
         "#/messages/0/content/0: 2 subschemas matched instead of one"),
        ({"messages": [user({"image": {"format": "bmp", "source": {"bytes": "aGk="}}})]},
         "#/messages/0/content/0/image/format: bmp is not a valid enum value"),
        ({"messages": [user({"image": {"format": "png", "source": {"bytes": "aGk="}}})]},
         "#/messages/0/content/0/image/source/bytes: no picture in base64 (png)"),
        ({"system": "be kind"}, "#/system: expected type: JSONArray, found: String"),
        ({"schemaVersion": "v2"}, "#/schemaVersion: v2 is not a valid enum value"),
        ({"inferenceConfig": {"maxTokens": 10_001}},
         "#/inferenceConfig/maxTokens: 10001 is not less or equal to 10000"),
        ({"inferenceConfig": {"maxTokens": 0}},
         "#/inferenceConfig/maxTokens: 0 is not greater or equal to 1"),
        ({"inferenceConfig": {"temperature": 1.01}},
         "#/inferenceConfig/temperature: 1.01 is not less or equal to 1"),
        ({"inferenceConfig": {"topP": -1}},
         "#/inferenceConfig/topP: -1 is not greater or equal to 0"),
        ({"inferenceConfig": {"topK": 129}},
         "#/inferenceConfig/topK: 129 is not less or equal to 128"),
        ({"toolConfig": {"tools": []}},
         "#/toolConfig/tools: expected minimum item count: 1, found: 0"),
        ({"toolConfig": {"tools": [{"toolSpec": SPEC | {"name": "a b"}}]}},
         "#/toolConfig/tools/0/toolSpec/name: string [a b] does not match pattern"
         " [a-zA-Z0-9_-]+"),
        ({"max_tokens": 5}, "#: extraneous key [max_tokens] is not permitted"),
        ({"reasoningConfig": {"type": "disabled"}},
         "the provided reasoning config value is invalid"),
    ],
)  # fmt: skip
def test_bodies_that_do_not_fit(vendors: Vendors, changed: Any, complaint: str) -> None:
    assert vendors.complaint(LITE, body(**changed)) == complaint


def test_roles_have_to_take_turns(vendors: Vendors) -> None:
    first = vendors.refusal(
        LITE, body(messages=[{"role": "assistant", "content": [{"text": "a"}]}])
    )
    assert first.startswith("A conversation must start with a user message.")
    twice = vendors.refusal(LITE, body(messages=[user("a"), user("b")]))
    assert twice.startswith("A conversation must alternate between user and assistant roles.")


def test_a_model_without_eyes_says_so(vendors: Vendors) -> None:
    asked = body(messages=[user("What is this?", PICTURE)])
    assert vendors.invoke(LITE, asked)["stopReason"] == "end_turn"
    assert vendors.refusal(MICRO, asked) == (
        "This model doesn't support the image field for user messages. Remove image and try again."
    )


@pytest.mark.parametrize("kind", ["image", "video"])
def test_media_in_s3_are_refused_by_name(vendors: Vendors, kind: str) -> None:
    source = {"s3Location": {"uri": "s3://bucket/key"}}
    media = {kind: {"format": "png" if kind == "image" else "mp4", "source": source}}
    with pytest.raises(ClientError, match=r"Reading from S3 .* is not emulated"):
        vendors.invoke(LITE, body(messages=[user("x", media)]))


def test_many_violations_are_counted(vendors: Vendors) -> None:
    asked = body(**{f"member{at}": at for at in range(9)})
    assert vendors.complaint(LITE, asked) == "9 schema violations found"


def stream(vendors: Vendors, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the pieces of an answer of the second Nova."""
    reply = vendors.client().invoke_model_with_response_stream(
        modelId=NOVA_2, body=json.dumps(asked)
    )
    return [json.loads(event["chunk"]["bytes"]) for event in reply["body"]]


def test_the_second_nova_reasons_and_does_not_tell_what(vendors: Vendors) -> None:
    asked = body(reasoningConfig={"type": "enabled", "maxReasoningEffort": "low"})
    answer = vendors.invoke(NOVA_2, asked)
    thought, text = answer["output"]["message"]["content"]
    assert thought == {"reasoningContent": {"reasoningText": {"text": "[REDACTED]"}}}
    plain = vendors.invoke(NOVA_2, body())
    assert [text] == plain["output"]["message"]["content"]
    assert answer["usage"]["outputTokens"] > plain["usage"]["outputTokens"]
    told = [
        piece["contentBlockDelta"]["delta"]
        for piece in stream(vendors, asked)
        if "contentBlockDelta" in piece
    ]
    assert told[0] == {"reasoningContent": {"text": "[REDACTED]"}}
    assert "".join(delta["text"] for delta in told[1:]) == text["text"]
    turns = [user("hi"), answer["output"]["message"], user("What is 1+1?")]
    again = vendors.invoke(NOVA_2, body(messages=turns))
    assert again["output"]["message"]["content"] == [{"text": "1 + 1 = 2."}]


@pytest.mark.parametrize("name", ["maxTokens", "temperature", "topP"])
def test_the_highest_effort_stands_alone(vendors: Vendors, name: str) -> None:
    high = {"type": "enabled", "maxReasoningEffort": "high"}
    assert len(vendors.invoke(NOVA_2, body(reasoningConfig=high))["output"]["message"]) == 2
    asked = body(reasoningConfig=high, inferenceConfig={name: 1})
    assert vendors.complaint(NOVA_2, asked).startswith(f"#/inferenceConfig/{name}: not permitted")
