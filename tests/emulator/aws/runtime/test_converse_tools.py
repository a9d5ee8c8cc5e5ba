"""A tool's way through Converse: offered, wanted, carried out, told (facts 2.7)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

MODEL = "us.anthropic.claude-sonnet-4-6"
HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
    "required": ["city"],
}
SPEC = {
    "name": "get_weather",
    "description": "The weather in a city",
    "inputSchema": {"json": SCHEMA},
}
TOOLS = {"tools": [{"toolSpec": SPEC}]}
QUESTION = {"role": "user", "content": [{"text": "What is the weather in Paris, in celsius?"}]}


def converse(aws: Any, *messages: dict[str, Any], **arguments: Any) -> Any:
    arguments = {"modelId": MODEL, "toolConfig": TOOLS, **arguments}
    return aws.client("bedrock-runtime").converse(messages=list(messages), **arguments)


def refused(aws: Any, *messages: dict[str, Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        converse(aws, *messages, **arguments)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["Error"]["Code"] == "ValidationException"
    return str(error["Error"]["Message"])


def used(use_id: str = "tooluse_1") -> dict[str, Any]:
    use = {"toolUseId": use_id, "name": "get_weather", "input": {"city": "Paris"}}
    return {"role": "assistant", "content": [{"toolUse": use}]}


def result(use_id: str = "tooluse_1", **changes: Any) -> dict[str, Any]:
    content = {"toolUseId": use_id, "content": [{"json": {"sky": "clear"}}], **changes}
    return {"role": "user", "content": [{"toolResult": content}]}


def both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {**one, "content": [*one["content"], *other["content"]]}


def test_a_tool_is_wanted_then_its_result_is_told(aws: Any) -> None:
    first = converse(aws, QUESTION)
    assert first["stopReason"] == "tool_use"
    message = first["output"]["message"]
    use = message["content"][-1]["toolUse"]
    assert re.fullmatch("tooluse_[A-Za-z0-9]{22}", use["toolUseId"])
    assert (use["name"], use["input"]) == ("get_weather", {"city": "Paris", "unit": "celsius"})
    second = converse(aws, QUESTION, message, result(use["toolUseId"]))
    assert second["stopReason"] == "end_turn"
    assert second["output"]["message"]["content"] == [{"text": "get_weather says: sky: clear"}]
    assert second["usage"]["inputTokens"] > first["usage"]["inputTokens"]


def test_tools_count_in_the_prompt(aws: Any) -> None:
    plain = aws.client("bedrock-runtime").converse(modelId=MODEL, messages=[QUESTION])
    assert converse(aws, QUESTION)["usage"]["inputTokens"] > plain["usage"]["inputTokens"]


@pytest.mark.parametrize("choice", [{"any": {}}, {"tool": {"name": "get_weather"}}])
def test_a_forced_tool_is_used_whatever_is_said(aws: Any, choice: dict[str, Any]) -> None:
    hello = {"role": "user", "content": [{"text": "Hello!"}]}
    assert converse(aws, hello)["stopReason"] == "end_turn"
    answer = converse(aws, hello, toolConfig={**TOOLS, "toolChoice": choice})
    assert answer["stopReason"] == "tool_use"
    assert answer["output"]["message"]["content"][0]["toolUse"]["name"] == "get_weather"


def test_a_stream_tells_the_same_use_in_fragments(aws: Any) -> None:
    whole = converse(aws, QUESTION)["output"]["message"]["content"][-1]["toolUse"]
    stream = aws.client("bedrock-runtime").converse_stream(
        modelId=MODEL, messages=[QUESTION], toolConfig=TOOLS
    )
    events = list(stream["stream"])
    start = next(e["contentBlockStart"]["start"] for e in events if "contentBlockStart" in e)
    deltas = [e["contentBlockDelta"]["delta"] for e in events if "contentBlockDelta" in e]
    joined = "".join(delta["toolUse"]["input"] for delta in deltas if "toolUse" in delta)
    assert start["toolUse"]["toolUseId"] == whole["toolUseId"]
    assert json.loads(joined) == whole["input"]


@pytest.mark.parametrize(
    "content",
    [
        [{"text": "It rains."}],
        [],
        [{"json": {"a": [1]}}, {"text": "and more"}],
        [{"document": {"format": "txt", "name": "d", "source": {"text": "x"}}}],
    ],
)
def test_results_of_every_kind_are_taken(aws: Any, content: list[Any]) -> None:
    answer = converse(aws, QUESTION, used(), result(content=content))
    assert answer["stopReason"] == "end_turn"


def test_a_failed_tool_is_told_as_such(aws: Any) -> None:
    failed = result(content=[{"text": "no such city"}], status="error")
    answer = converse(aws, QUESTION, used(), failed)
    assert answer["output"]["message"]["content"] == [{"text": "get_weather failed: no such city"}]


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        (
            (QUESTION, used(), QUESTION),
            "Expected toolResult blocks at messages.2.content for the following Ids: tooluse_1",
        ),
        (
            (QUESTION, used(), result("tooluse_2")),
            "Expected toolResult blocks at messages.2.content for the following Ids: tooluse_1",
        ),
        (
            (result(),),
            "The number of toolResult blocks at messages.0.content exceeds the number of toolUse "
            "blocks of previous turn.",
        ),
        (
            (QUESTION, used(), result(content=[], status="error")),
            "The content field at messages.2.content.0.toolResult cannot be empty when status "
            "value is error.",
        ),
        (
            (QUESTION, both(used(), used()), result()),
            "The toolUse blocks at messages.1.content contain duplicate Ids: tooluse_1",
        ),
        (
            (QUESTION, both(used(), used("tooluse_2")), both(result(), result())),
            "The toolResult blocks at messages.2.content contain duplicate Ids: tooluse_1",
        ),
        (
            (QUESTION, used("a b"), result()),
            "1 validation error detected: Value 'a b' at 'messages.2.member.content.1.member."
            "toolUse.toolUseId' failed to satisfy constraint: Member must satisfy regular "
            "expression pattern: [a-zA-Z0-9_.:-]+",
        ),
        (
            (QUESTION, used(), result(status="maybe")),
            "1 validation error detected: Value 'maybe' at 'messages.3.member.content.1.member."
            "toolResult.status' failed to satisfy constraint: Member must satisfy enum value set: "
            "[success, error]",
        ),
    ],
)
def test_uses_and_results_have_to_belong_together(
    aws: Any, messages: tuple[dict[str, Any], ...], message: str
) -> None:
    assert refused(aws, *messages) == message


def test_tool_blocks_need_tools(aws: Any) -> None:
    with pytest.raises(ClientError, match="The toolConfig field must be defined when using"):
        aws.client("bedrock-runtime").converse(modelId=MODEL, messages=[QUESTION, used(), result()])


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"tools": [{"toolSpec": {**SPEC, "name": "get weather"}}]},
            "1 validation error detected: Value 'get weather' at "
            "'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z0-9_-]+",
        ),
        (
            {"tools": [{"toolSpec": {**SPEC, "name": "x" * 64 + " "}}]},
            f"2 validation errors detected: Value '{'x' * 64} ' at "
            "'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must "
            f"satisfy regular expression pattern: [a-zA-Z0-9_-]+; Value '{'x' * 64} ' at "
            "'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must "
            "have length less than or equal to 64",
        ),
        (
            {"tools": [{"toolSpec": {**SPEC, "name": "x" * 65}}]},
            f"1 validation error detected: Value '{'x' * 65}' at "
            "'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must "
            "have length less than or equal to 64",
        ),
        (
            {"tools": [{"toolSpec": {**SPEC, "inputSchema": {"json": {"type": "string"}}}}]},
            "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the "
            "following: object.",
        ),
        (
            {"tools": [{"toolSpec": {**SPEC, "inputSchema": {"json": {**SCHEMA, "required": 5}}}}]},
            "The model returned the following errors: tools.0.custom.input_schema: JSON schema is "
            "invalid. It must match JSON Schema draft 2020-12",
        ),
        (
            {**TOOLS, "toolChoice": {"tool": {"name": "other"}}},
            "The tool other at toolConfig.toolChoice.tool.name is not defined in toolConfig.tools.",
        ),
        (
            {"tools": [{"toolSpec": SPEC}, {"toolSpec": SPEC}]},
            "The toolConfig.tools field holds the name get_weather more than once. Give every tool "
            "a name of its own and try again.",
        ),
    ],
)
def test_tools_that_do_not_fit_are_refused(aws: Any, config: Any, message: str) -> None:
    assert refused(aws, QUESTION, toolConfig=config) == message


def test_a_tool_of_the_service_is_refused_by_name(aws: Any) -> None:
    with pytest.raises(ClientError, match="not emulated; the live target has it") as caught:
        converse(aws, QUESTION, toolConfig={"tools": [{"systemTool": {"name": "nova_grounding"}}]})
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_thoughts_come_first_and_go_back_untouched(aws: Any) -> None:
    thinking = {"reasoning_config": {"type": "enabled", "budget_tokens": 1024}}
    more = {"modelId": HAIKU, "additionalModelRequestFields": thinking}
    first = converse(aws, QUESTION, **more)["output"]["message"]
    thought, *_, use = first["content"]
    assert thought["reasoningContent"]["reasoningText"]["signature"]
    back = result(use["toolUse"]["toolUseId"])
    assert converse(aws, QUESTION, first, back, **more)["stopReason"] == "end_turn"
    without = {**first, "content": first["content"][1:]}
    assert "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found" in (
        refused(aws, QUESTION, without, back, **more)
    )
    signature = thought["reasoningContent"]["reasoningText"].pop("signature")
    assert refused(aws, QUESTION, first, back, **more) == (
        "The model returned the following errors: messages.1.content.0.thinking.signature: Field "
        "required"
    )
    thought["reasoningContent"]["reasoningText"]["signature"] = signature
    thought["reasoningContent"]["reasoningText"]["text"] += " (touched)"
    assert refused(aws, QUESTION, first, back, **more) == (
        "The model returned the following errors: messages.1.content.0: Invalid `signature` in "
        "`thinking` block"
    )
    forced = {**more, "toolConfig": {**TOOLS, "toolChoice": {"any": {}}}}
    assert "Thinking may not be enabled when tool_choice forces tool use." in (
        refused(aws, QUESTION, **forced)
    )


def test_a_streamed_thought_is_the_same(aws: Any) -> None:
    more = {"thinking": {"type": "adaptive"}}
    stream = aws.client("bedrock-runtime").converse_stream(
        modelId=MODEL, messages=[QUESTION], additionalModelRequestFields=more
    )
    deltas = [
        event["contentBlockDelta"]["delta"]["reasoningContent"]
        for event in stream["stream"]
        if "reasoningContent" in event.get("contentBlockDelta", {}).get("delta", {})
    ]
    assert "".join(delta.get("text", "") for delta in deltas).startswith("I am the emulator's")
    assert deltas[-1]["signature"]
