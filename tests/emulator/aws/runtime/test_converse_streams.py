"""ConverseStream of every model alive: what Converse tells, in pieces of the published form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer

from runthrough.emulator.aws.catalogue import read_catalogue
from runthrough.emulator.aws.families import FAMILIES
from runthrough.emulator.aws.families.family import TextFamily
from runthrough.emulator.world import utc_now
from tests.emulator.aws.shapes import event_violations

REGION = "us-east-1"
CLAUDE = "us.anthropic.claude-sonnet-4-6"
QUESTION = [{"role": "user", "content": [{"text": "What is 1+1?"}]}]
WEATHER = {
    "toolSpec": {
        "name": "get_weather",
        "description": "Tells the weather of a city.",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            }
        },
    }
}


def callable_models() -> list[str]:
    """Return an id for every emulated text model that can be called and streamed today."""
    catalogue, found = read_catalogue(), []
    for model in catalogue.in_region(REGION):
        emulated = isinstance(FAMILIES.get(model.api), TextFamily)
        if model.is_dead(utc_now()) or not model.streaming or not emulated:
            continue
        profiles = (p.id for p in catalogue.profiles(REGION) if p.model.id == model.id)
        found.append(model.id if REGION in model.on_demand else next(profiles))
    return found


def events(aws: Any, model_id: str, body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the events of a stream, each judged by the published shape."""
    path = f"/model/{model_id}/converse-stream"
    response = aws.send("POST", path, body=json.dumps(body).encode())
    assert response.status_code == 200, response.text
    buffer = EventStreamBuffer()
    buffer.add_data(response.content)
    found = [(m.headers[":event-type"], json.loads(m.payload)) for m in buffer]
    wrong = [
        w for name, payload in found for w in event_violations("ConverseStream", name, payload)
    ]
    assert wrong == []
    return found


def converse(aws: Any, model_id: str, body: dict[str, Any]) -> Any:
    return aws.client("bedrock-runtime").converse(modelId=model_id, **body)


@pytest.mark.parametrize("model_id", callable_models())
def test_every_model_streams_what_it_says(aws: Any, model_id: str) -> None:
    body = {"messages": QUESTION}
    whole = converse(aws, model_id, body)
    told = events(aws, model_id, body)
    assert told[0][0] == "messageStart"
    assert [name for name, _ in told[-3:]] == ["contentBlockStop", "messageStop", "metadata"]
    deltas = [payload["delta"]["text"] for name, payload in told if name == "contentBlockDelta"]
    assert whole["output"]["message"]["content"] == [{"text": "".join(deltas)}]
    assert told[-1][1]["usage"] == whole["usage"]
    assert told[-2][1]["stopReason"] == whole["stopReason"]


def test_a_tool_use_comes_in_fragments_of_json(aws: Any) -> None:
    question = [{"role": "user", "content": [{"text": "What is the weather in Paris?"}]}]
    body = {"messages": question, "toolConfig": {"tools": [WEATHER]}}
    told = events(aws, CLAUDE, body)
    begun = [payload for name, payload in told if name == "contentBlockStart"]
    assert [one["start"]["toolUse"]["name"] for one in begun] == ["get_weather"]
    at = begun[0]["contentBlockIndex"]
    fragments = [
        payload["delta"]["toolUse"]["input"]
        for name, payload in told
        if name == "contentBlockDelta" and payload["contentBlockIndex"] == at
    ]
    assert len(fragments) > 1
    whole = converse(aws, CLAUDE, body)["output"]["message"]["content"][-1]["toolUse"]
    assert json.loads("".join(fragments)) == whole["input"] == {"city": "Paris"}
    assert dict(told)["messageStop"]["stopReason"] == "tool_use"
    indices = [payload.get("contentBlockIndex", 0) for _, payload in told]
    assert indices[:-2] == sorted(indices[:-2])


def test_a_vendors_tool_use_comes_in_fragments_too(aws: Any) -> None:
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 500,
        "messages": [{"role": "user", "content": "What is the weather in Paris?"}],
        "tools": [
            {
                "name": "get_weather",
                "description": "Tells the weather of a city.",
                "input_schema": WEATHER["toolSpec"]["inputSchema"]["json"],
            }
        ],
    }
    client = aws.client("bedrock-runtime")
    answer = client.invoke_model_with_response_stream(modelId=CLAUDE, body=json.dumps(body))
    chunks = [json.loads(one["chunk"]["bytes"]) for one in answer["body"]]
    parts = [c["delta"]["partial_json"] for c in chunks if "partial_json" in c.get("delta", {})]
    assert json.loads("".join(parts)) == {"city": "Paris"}
    (ending,) = [chunk for chunk in chunks if chunk["type"] == "message_delta"]
    assert ending["delta"]["stop_reason"] == "tool_use"


def test_a_thought_streams_before_the_answer_with_its_signature(aws: Any) -> None:
    model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    body = {
        "messages": QUESTION,
        "inferenceConfig": {"maxTokens": 3000},
        "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    }
    told = events(aws, model, body)
    deltas = [payload["delta"] for name, payload in told if name == "contentBlockDelta"]
    thoughts = [delta["reasoningContent"] for delta in deltas if "reasoningContent" in delta]
    text = "".join(thought.get("text", "") for thought in thoughts)
    assert text
    assert thoughts[-1].keys() == {"signature"}
    assert "reasoningContent" in deltas[0]
    assert "text" in deltas[-1]
    whole = converse(aws, model, body)["output"]["message"]["content"][0]
    assert whole["reasoningContent"]["reasoningText"]["text"] == text


def test_a_guarded_stream_has_the_published_form(aws: Any) -> None:
    guard = {"guardrailIdentifier": "rtguardrail1", "guardrailVersion": "1", "trace": "enabled"}
    for text in ("What is 1+1?", "Is the Seaview Palace nice?"):
        messages = [{"role": "user", "content": [{"text": text}]}]
        told = dict(events(aws, CLAUDE, {"messages": messages, "guardrailConfig": guard}))
        assert "guardrail" in told["metadata"]["trace"]
