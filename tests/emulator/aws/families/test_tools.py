"""A tool is called and its result read in the words of every vendor (facts 2.7, 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.aws.families.conftest import Vendors

INPUT = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ASKED = "What is the weather in Bern?"
FUNCTION = {
    "name": "get_weather",
    "description": "Tells the weather of a city.",
    "parameters": INPUT,
}
CHATS = ["mistral.mistral-large-3-675b-instruct", "openai.gpt-oss-20b-1:0",
         "ai21.jamba-1-5-mini-v1:0"]  # fmt: skip
TALKERS = [
    *("amazon.nova-lite-v1:0", "us.meta.llama3-3-70b-instruct-v1:0", "cohere.command-r-v1:0"),
    *("mistral.mistral-large-2402-v1:0", *CHATS),
]


@pytest.mark.parametrize("model", CHATS)
def test_chat_bodies(vendors: Vendors, model: str) -> None:
    body: dict[str, Any] = {
        "messages": [{"role": "user", "content": ASKED}],
        "tools": [{"type": "function", "function": FUNCTION}],
    }
    choice = vendors.invoke(model, body)["choices"][0]
    assert choice.get("finish_reason", choice.get("stop_reason")) == "tool_calls"
    [call] = choice["message"]["tool_calls"]
    assert call["function"]["name"] == "get_weather"
    assert json.loads(call["function"]["arguments"]) == {"city": "Bern"}
    body["messages"] += [
        choice["message"],
        {"role": "tool", "tool_call_id": call["id"], "content": '{"sky": "snow"}'},
    ]
    said = vendors.invoke(model, body)["choices"][0]["message"]
    assert "tool_calls" not in said
    assert "snow" in said["content"]


def test_novas_body(vendors: Vendors) -> None:
    spec = {"name": "get_weather", "description": "d", "inputSchema": {"json": INPUT}}
    body: dict[str, Any] = {
        "messages": [{"role": "user", "content": [{"text": ASKED}]}],
        "toolConfig": {"tools": [{"toolSpec": spec}], "toolChoice": {"any": {}}},
    }
    answer = vendors.invoke("amazon.nova-lite-v1:0", body)
    assert answer["stopReason"] == "tool_use"
    message = answer["output"]["message"]
    [use] = [block["toolUse"] for block in message["content"] if "toolUse" in block]
    assert (use["name"], use["input"]) == ("get_weather", {"city": "Bern"})
    result = {"toolUseId": use["toolUseId"], "content": [{"json": {"sky": "snow"}}]}
    body["messages"] += [message, {"role": "user", "content": [{"toolResult": result}]}]
    body["toolConfig"]["toolChoice"] = {"auto": {}}
    answer = vendors.invoke("amazon.nova-lite-v1:0", body)
    assert "snow" in answer["output"]["message"]["content"][0]["text"]


def test_coheres_body(vendors: Vendors) -> None:
    city = {"city": {"type": "str", "description": "which", "required": True}}
    tool = {"name": "get_weather", "description": "d", "parameter_definitions": city}
    body = {"message": ASKED, "tools": [tool]}
    answer = vendors.invoke("cohere.command-r-v1:0", body)
    assert answer["tool_calls"] == [{"name": "get_weather", "parameters": {"city": "Bern"}}]
    result = {"call": answer["tool_calls"][0], "outputs": [{"sky": "snow"}]}
    answer = vendors.invoke("cohere.command-r-v1:0", body | {"tool_results": [result]})
    assert "snow" in answer["text"]
    assert "tool_calls" not in answer


@pytest.mark.parametrize("model", TALKERS)
def test_converse_with_models_of_all_vendors(vendors: Vendors, model: str) -> None:
    spec = {"name": "get_weather", "description": "d", "inputSchema": {"json": INPUT}}
    tools = {"tools": [{"toolSpec": spec}]}
    messages: list[Any] = [{"role": "user", "content": [{"text": ASKED}]}]
    client = vendors.client()
    answer = client.converse(modelId=model, messages=messages, toolConfig=tools)
    assert answer["stopReason"] == "tool_use"
    message = answer["output"]["message"]
    [use] = [block["toolUse"] for block in message["content"] if "toolUse" in block]
    result = {"toolUseId": use["toolUseId"], "content": [{"json": {"sky": "snow"}}]}
    messages += [message, {"role": "user", "content": [{"toolResult": result}]}]
    answer = client.converse(modelId=model, messages=messages, toolConfig=tools)
    assert "snow" in answer["output"]["message"]["content"][0]["text"]
