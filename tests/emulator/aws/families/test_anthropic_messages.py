"""InvokeModel of Anthropic Messages: every member and block (facts amazon-bedrock 4.1)."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.aws.pictures import gif, jpeg, png, webp

MODEL = "us.anthropic.claude-sonnet-4-6"
HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
OPUS = "us.anthropic.claude-opus-4-7"
QUESTION = {"role": "user", "content": "What is the weather in Paris?"}
BODY: dict[str, Any] = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 2000,
    "messages": [QUESTION],
}
TOOL = {
    "name": "get_weather",
    "description": "The weather in a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
ADD = {"type": "text", "text": "What is 1+1?"}


def invoke(aws: Any, *, model: str = MODEL, **changes: Any) -> Any:
    body = json.dumps({**BODY, **changes})
    reply = aws.client("bedrock-runtime").invoke_model(modelId=model, body=body)
    return json.loads(reply["body"].read())


def refused(aws: Any, *, model: str = MODEL, status: int = 400, **changes: Any) -> str:
    with pytest.raises(ClientError) as caught:
        invoke(aws, model=model, **changes)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == status, error
    return str(error["Error"]["Message"])


def says(*blocks: Any, role: str = "user") -> dict[str, Any]:
    return {"role": role, "content": list(blocks)}


def picture(data: bytes, media_type: str = "image/png") -> dict[str, Any]:
    encoded = base64.b64encode(data).decode()
    source = {"type": "base64", "media_type": media_type, "data": encoded}
    return {"type": "image", "source": source}


def used(use_id: str = "toolu_1") -> dict[str, Any]:
    return {"type": "tool_use", "id": use_id, "name": "get_weather", "input": {"city": "Paris"}}


def result(use_id: str = "toolu_1", **changes: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": use_id, "content": "It rains.", **changes}


@pytest.mark.parametrize(
    "block",
    [
        picture(png()),
        picture(jpeg(), "image/jpeg"),
        picture(gif(), "image/gif"),
        picture(webp(), "image/webp"),
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "hi"}},
        {
            "type": "document",
            "source": {"type": "content", "content": [{"type": "text", "text": "hi"}]},
            "title": "t",
            "context": "c",
        },
        {
            "type": "document",
            "source": {
                "type": "base64",
                "media_type": "application/pdf",
                "data": base64.b64encode(b"%PDF-1.7 ...").decode(),
            },
        },
        {"type": "text", "text": "please", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
    ],
)
def test_a_block_that_fits_is_taken_and_counted(aws: Any, block: dict[str, Any]) -> None:
    alone, both = invoke(aws, messages=[says(ADD)]), invoke(aws, messages=[says(ADD, block)])
    assert both["stop_reason"] == "end_turn"
    assert both["usage"]["input_tokens"] > alone["usage"]["input_tokens"]


def test_a_tool_is_wanted_then_its_result_is_told(aws: Any) -> None:
    first = invoke(aws, tools=[TOOL])
    assert first["stop_reason"] == "tool_use"
    use = first["content"][-1]
    assert re.fullmatch("toolu_bdrk_[A-Za-z0-9]{22}", use["id"])
    assert (use["name"], use["input"]) == ("get_weather", {"city": "Paris"})
    turns = [QUESTION, {"role": "assistant", "content": first["content"]}, says(result(use["id"]))]
    second = invoke(aws, tools=[TOOL], messages=turns)
    assert second["content"] == [{"type": "text", "text": "get_weather says: It rains."}]
    failed = result(use["id"], content=[{"type": "text", "text": "no city"}], is_error=True)
    turns[2] = says(failed)
    assert invoke(aws, tools=[TOOL], messages=turns)["content"][0]["text"] == (
        "get_weather failed: no city"
    )


@pytest.mark.parametrize(
    ("choice", "stop_reason"),
    [
        ({"type": "any"}, "tool_use"),
        ({"type": "tool", "name": "get_weather", "disable_parallel_tool_use": True}, "tool_use"),
        ({"type": "auto"}, "end_turn"),
        ({"type": "none"}, "end_turn"),
    ],
)
def test_a_choice_of_tools_is_followed(aws: Any, choice: Any, stop_reason: str) -> None:
    hello = [{"role": "user", "content": "Hello!"}]
    answer = invoke(aws, tools=[TOOL], tool_choice=choice, messages=hello)
    assert answer["stop_reason"] == stop_reason


def test_several_tools_are_wanted_at_once_unless_that_is_off(aws: Any) -> None:
    turns = [{"role": "user", "content": "Compare the weather in Paris and Rome."}]
    both = invoke(aws, tools=[TOOL], messages=turns)["content"]
    assert [block["input"]["city"] for block in both if block["type"] == "tool_use"] == [
        "Paris",
        "Rome",
    ]
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    one = invoke(aws, tools=[TOOL], tool_choice=choice, messages=turns)["content"]
    assert [block["type"] for block in one] == ["text", "tool_use"]


@pytest.mark.parametrize(
    ("model", "thinking"),
    [
        (HAIKU, {"type": "enabled", "budget_tokens": 1024}),
        (MODEL, {"type": "enabled", "budget_tokens": 1999}),
        (MODEL, {"type": "adaptive"}),
        (OPUS, {"type": "adaptive", "display": "summarized"}),
    ],
)
def test_a_thought_stands_before_the_answer(aws: Any, model: str, thinking: Any) -> None:
    messages = [says(ADD)]
    answer = invoke(aws, model=model, thinking=thinking, messages=messages)
    thought, text = answer["content"]
    assert thought["type"] == "thinking"
    assert thought["thinking"]
    assert thought["signature"]
    assert text["text"] == "1 + 1 = 2."
    turns = [*messages, {"role": "assistant", "content": answer["content"]}, says(ADD)]
    assert invoke(aws, model=model, thinking=thinking, messages=turns)["stop_reason"] == "end_turn"


def test_a_thought_may_be_omitted_or_not_be_had(aws: Any) -> None:
    omitted = invoke(aws, thinking={"type": "adaptive", "display": "omitted"})["content"][0]
    assert (omitted["type"], omitted["thinking"]) == ("thinking", "")
    plain = invoke(aws, thinking={"type": "disabled"})
    assert [block["type"] for block in plain["content"]] == ["text"]


def test_an_answer_that_is_begun_goes_on(aws: Any) -> None:
    turns = [says(ADD), says({"type": "text", "text": "1 + 1 ="}, role="assistant")]
    assert invoke(aws, model=HAIKU, messages=turns)["content"][0]["text"] == "2."
    assert refused(aws, messages=turns) == (
        "This model does not support assistant message prefill. The conversation must end with a"
        " user message."
    )


def test_an_answer_follows_the_schema_it_is_given(aws: Any) -> None:
    form = {"type": "json_schema", "schema": TOOL["input_schema"]}
    for member in ({"output_config": {"format": form, "effort": "low"}}, {"output_format": form}):
        text = invoke(aws, **member)["content"][0]["text"]
        assert json.loads(text) == {"city": "Paris"}


def test_usage_tells_every_count(aws: Any) -> None:
    usage = invoke(aws)["usage"]
    assert usage["cache_creation"] == {
        "ephemeral_5m_input_tokens": 0,
        "ephemeral_1h_input_tokens": 0,
    }
    assert (usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"tools": [{**TOOL, "name": "a b"}]},
            "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
        ),
        ({"tools": [{"name": "x"}]}, "tools.0.custom.input_schema: Field required"),
        (
            {"tools": [{"name": "x", "input_schema": {}}]},
            "tools.0.custom.input_schema.type: Field required",
        ),
        (
            {"tools": [{"name": "x", "input_schema": {"type": "object", "properties": 5}}]},
            "tools.0.custom.input_schema: JSON schema is invalid. It must match JSON Schema "
            "draft 2020-12",
        ),
        ({"tools": [TOOL, TOOL]}, "tools: Tool names must be unique."),
        ({"tools": [{**TOOL, "x": 1}]}, "tools.0.custom.x: Extra inputs are not permitted"),
        ({"tools": "x"}, "tools: Input should be a valid list"),
        (
            {"tool_choice": {"type": "any"}},
            "tool_choice.any may only be specified while providing tools.",
        ),
        (
            {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "x"}},
            "Tool 'x' not found in provided tools",
        ),
        (
            {"tools": [TOOL], "tool_choice": {"type": "x"}},
            "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'",
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 1023}},
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
            "`max_tokens` must be greater than `thinking.budget_tokens`.",
        ),
        ({"thinking": {"type": "enabled"}}, "thinking.enabled.budget_tokens: Field required"),
        (
            {"thinking": {"type": "adaptive"}, "temperature": 0.5},
            "`temperature` may only be set to 1 when thinking is enabled.",
        ),
        (
            {"thinking": {"type": "adaptive"}, "top_p": 0.5},
            "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.",
        ),
        (
            {"thinking": {"type": "adaptive"}, "top_k": 5},
            "`top_k` must be unset when thinking is enabled.",
        ),
        (
            {"thinking": {"type": "adaptive"}, "tools": [TOOL], "tool_choice": {"type": "any"}},
            "Thinking may not be enabled when tool_choice forces tool use.",
        ),
        (
            {"output_config": {"effort": "huge"}},
            "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'",
        ),
        ({"metadata": {"name": "x"}}, "metadata.name: Extra inputs are not permitted"),
        ({"metadata": {"user_id": 5}}, "metadata.user_id: Input should be a valid string"),
        ({"system": [{"type": "text"}]}, "system.0.text.text: Field required"),
        ({"system": [{"type": "image"}]}, "system.0.type: Input should be 'text'"),
    ],
)
def test_a_member_that_does_not_fit_is_refused(aws: Any, changes: Any, message: str) -> None:
    assert refused(aws, **changes) == message


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ([says({"type": "image"})], "messages.0.content.0.image.source: Field required"),
        ([says(picture(b"x"))], "Could not process image"),
        (
            [says(picture(png(), "image/bmp"))],
            "messages.0.content.0.image.source.base64.media_type: Input should be 'image/jpeg', "
            "'image/png', 'image/gif' or 'image/webp'",
        ),
        (
            [says(picture(png(), "image/gif"))],
            "messages.0.content.0.image.source.base64: The image was specified using the "
            "image/gif media type, but the image appears to be a image/png image",
        ),
        (
            [says(picture(png(2, 8001)))],
            "messages.0.content.0.image.source.base64.data: At least one of the image dimensions "
            "exceed max allowed size: 8000 pixels",
        ),
        (
            [
                says(
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "image/png", "data": "%"},
                    }
                )
            ],
            "messages.0.content.0.image.source.base64.data: Invalid base64 data",
        ),
        (
            [says({"type": "image", "source": {"type": "url", "url": "https://example.com"}})],
            "messages.0.content.0.image.source.type: Sources of type url are not supported",
        ),
        ([says(*[picture(png())] * 21)], "too many images and documents: 21 + 0 > 20"),
        (
            [
                says(
                    {
                        "type": "document",
                        "source": {
                            "type": "base64",
                            "media_type": "application/pdf",
                            "data": "aGk=",
                        },
                    }
                )
            ],
            "messages.0.content.0.document.source.base64.data: The PDF specified was not valid.",
        ),
        (
            [says({"type": "nonsense"})],
            "messages.0.content.0.type: Input should be a known type of content block",
        ),
        ([says({"text": "x"})], "messages.0.content.0.type: Field required"),
        ([says({**ADD, "x": 1})], "messages.0.content.0.text.x: Extra inputs are not permitted"),
        (
            [says({**ADD, "cache_control": {"type": "x"}})],
            "messages.0.content.0.text.cache_control.type: Input should be 'ephemeral'",
        ),
        (
            [says({**ADD, "cache_control": {"type": "ephemeral", "ttl": "1d"}})],
            "messages.0.content.0.text.cache_control.ttl: Input should be '5m' or '1h'",
        ),
        (
            [says(used())],
            "messages.0.content.0: `tool_use` blocks can only be in `assistant` messages",
        ),
        (
            [says(ADD), says(result(), role="assistant"), says(ADD)],
            "messages.1.content.0: `tool_result` blocks can only be in `user` messages",
        ),
        (
            [says(ADD), says(used(), role="assistant"), says(ADD)],
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately "
            "after: toolu_1. Each `tool_use` block must have a corresponding `tool_result` block "
            "in the next message.",
        ),
        (
            [says(ADD), says(used(), role="assistant")],
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately "
            "after: toolu_1. Each `tool_use` block must have a corresponding `tool_result` block "
            "in the next message.",
        ),
        (
            [says(result())],
            "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: "
            "toolu_1. Each `tool_result` block must have a corresponding `tool_use` block in the "
            "previous message.",
        ),
        (
            [says(ADD), says(used(), used(), role="assistant"), says(result())],
            "messages.1: `tool_use` ids must be unique",
        ),
        (
            [says(ADD), says(used(), role="assistant"), says(result(), result())],
            "each tool_use must have a single result. Found multiple `tool_result` blocks with "
            "id: toolu_1",
        ),
        (
            [says(ADD), says(used(), role="assistant"), says(result())],
            "Requests which include `tool_use` or `tool_result` blocks must define tools",
        ),
        (
            [says(ADD), says(used(), role="assistant"), says(result(is_error=True, content=""))],
            "messages.2.content.0.tool_result: content cannot be empty if `is_error` is true",
        ),
        (
            [
                says(ADD),
                says({"type": "thinking", "thinking": "mine", "signature": "x"}, role="assistant"),
                says(ADD),
            ],
            "messages.1.content.0: Invalid `signature` in `thinking` block",
        ),
        (
            [says({"type": "thinking", "thinking": "x", "signature": "x"})],
            "messages.0.content.0: `thinking` blocks can only be in `assistant` messages",
        ),
    ],
)
def test_messages_that_do_not_fit_are_refused(aws: Any, messages: Any, message: str) -> None:
    assert refused(aws, messages=messages) == message


@pytest.mark.parametrize(
    ("model", "thinking", "message"),
    [
        (HAIKU, {"type": "adaptive"}, "adaptive thinking is not supported on this model"),
        (
            OPUS,
            {"type": "enabled", "budget_tokens": 1024},
            '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive"'
            ' and "output_config.effort" to control thinking behavior.',
        ),
    ],
)
def test_a_model_thinks_only_as_it_can(aws: Any, model: str, thinking: Any, message: str) -> None:
    assert refused(aws, model=model, thinking=thinking) == message


def test_effort_is_refused_by_a_model_without_it(aws: Any) -> None:
    assert refused(aws, model=HAIKU, output_config={"effort": "low"}) == (
        "This model does not support the effort parameter."
    )


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            MODEL,
            'messages: Unexpected role "system". The Messages API accepts a top-level `system`'
            ' parameter, not "system" as an input message role.',
        ),
        (OPUS, "role 'system' is not supported on this model"),
    ],
)
def test_a_message_of_the_role_system_is_refused(aws: Any, model: str, message: str) -> None:
    messages = [QUESTION, {"role": "system", "content": "Be brief."}]
    assert refused(aws, model=model, messages=messages) == message


FRENCH = {"type": "text", "text": "Answer in French."}


@pytest.mark.parametrize("content", ["Answer in French.", [FRENCH]])
def test_newer_models_take_instructions_in_the_middle(aws: Any, content: Any) -> None:
    told = {"role": "system", "content": content}
    first = {"role": "user", "content": "Hello!"}
    asked = {"model": "us.anthropic.claude-opus-4-8", "messages": [first, told]}
    assert invoke(aws, **asked)["content"][0]["text"].startswith("Bonjour")
    for messages, at in (([told, first], 0), ([first, told, told], 2)):
        assert refused(aws, model=asked["model"], messages=messages) == (
            f"messages.{at}: a message of the role system has to follow one of the user"
        )


def test_a_picture_above_the_limit_is_refused(aws: Any) -> None:
    message = refused(aws, messages=[says(picture(png() + bytes(3_932_160)))])
    assert message.startswith("messages.0.content.0.image.source.base64: image exceeds 5 MB")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"context_management": {}}, "The member 'context_management'"),
        ({"messages": [says({"type": "container_upload"})]}, "type 'container_upload'"),
    ],
)
def test_what_is_not_emulated_is_refused_by_name(aws: Any, changes: Any, named: str) -> None:
    message = refused(aws, status=501, **changes)
    assert named in message
    assert message.endswith("is not emulated; the live target has it")


def test_turns_of_one_role_in_a_row_are_one(aws: Any) -> None:
    turns = [
        {"role": "user", "content": "My name is Ada."},
        {"role": "user", "content": "What is my name?"},
    ]
    assert "Ada" in invoke(aws, messages=turns)["content"][0]["text"]


def test_a_tool_is_streamed_in_fragments(aws: Any) -> None:
    body = json.dumps({**BODY, "tools": [TOOL], "thinking": {"type": "adaptive"}})
    stream = aws.client("bedrock-runtime").invoke_model_with_response_stream(
        modelId=MODEL, body=body
    )
    events = [json.loads(event["chunk"]["bytes"]) for event in stream["body"]]
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    kinds = list(dict.fromkeys(delta["type"] for delta in deltas))
    assert kinds == ["thinking_delta", "signature_delta", "text_delta", "input_json_delta"]
    joined = "".join(d["partial_json"] for d in deltas if d["type"] == "input_json_delta")
    assert json.loads(joined) == {"city": "Paris"}
    assert events[-2]["delta"]["stop_reason"] == "tool_use"
