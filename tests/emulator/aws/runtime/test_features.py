"""Converse with the models of all vendors: who answers, and what each refuses.

The texts are those of facts amazon-bedrock 2.11 and of `runtime/features.py`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runthrough.emulator.aws.catalogue import Model, read_catalogue
from runthrough.emulator.aws.families import FAMILIES
from runthrough.emulator.aws.families.family import TextFamily
from runthrough.emulator.aws.families.pictures import draw
from runthrough.emulator.world import utc_now
from tests.emulator.aws.conftest import FakeAws
from tests.emulator.aws.refusals import refused

TALKERS = [m for m in read_catalogue().models if isinstance(FAMILIES.get(m.api), TextFamily)]
PICTURE = {"format": "png", "source": {"bytes": base64.b64decode(draw("a", 1, 16, 16))}}
DOCUMENT = {"format": "txt", "name": "notes", "source": {"bytes": b"The pool was cold."}}
SPEC = {"name": "weather", "inputSchema": {"json": {"type": "object", "properties": {}}}}
TITAN, LLAMA_2 = "amazon.titan-text-express-v1", "meta.llama2-13b-chat-v1"
LLAMA_3_3, MICRO = "us.meta.llama3-3-70b-instruct-v1:0", "amazon.nova-micro-v1:0"
HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
LITE, MISTRAL = "amazon.nova-lite-v1:0", "mistral.mistral-large-2402-v1:0"


@pytest.fixture
def clients(aws: FakeAws) -> Iterator[Any]:
    """Clients by region, on a day when no model of the catalogue had come to its end."""
    aws.ahead = datetime(2024, 6, 1, tzinfo=UTC) - utc_now()
    made = {region: aws.client("bedrock-runtime", region=region) for region in REGIONS}
    yield made
    for client in made.values():
        client.close()


REGIONS = ("us-east-1", "us-west-2")


def find(model: Model) -> tuple[str, str]:
    """Return a region that is open to the account, and the id that calls the model there."""
    if "us" in model.profiles:
        return "us-east-1", f"us.{model.id}"
    return next(region for region in REGIONS if region in model.on_demand), model.id


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": [{"text": b} if isinstance(b, str) else b for b in blocks]}


def refusal(clients: Any, model: str, **arguments: Any) -> str:
    asked = {"messages": [user("What is 1+1?")]} | arguments
    with pytest.raises(ClientError) as caught:
        clients["us-east-1"].converse(modelId=model, **asked)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException", error
    text: str = error["Message"]
    return text


@pytest.mark.parametrize("model", TALKERS, ids=lambda model: model.id)
def test_every_model_that_talks_converses(clients: Any, model: Model) -> None:
    region, name = find(model)
    answer = clients[region].converse(
        modelId=name,
        messages=[user("What is 1+1?")],
        inferenceConfig={"maxTokens": 50},
    )
    assert answer["output"]["message"]["content"] == [{"text": "1 + 1 = 2."}]
    assert answer["stopReason"] == "end_turn"


@pytest.mark.parametrize("model", TALKERS, ids=lambda model: model.id)
def test_every_model_takes_its_features_and_refuses_others(clients: Any, model: Model) -> None:
    region, name = find(model)
    asked: dict[str, dict[str, Any]] = {
        "system": {"system": [{"text": "Answer in French."}]},
        "stops": {"inferenceConfig": {"stopSequences": ["zzz"]}},
        "images": {"messages": [user("What is 1+1?", {"image": PICTURE})]},
        "documents": {"messages": [user("What is 1+1?", {"document": DOCUMENT})]},
    }
    for feature, arguments in asked.items():
        call = {"modelId": name, "messages": [user("What is 1+1?")]} | arguments
        if feature in model.features:
            assert clients[region].converse(**call)["stopReason"] == "end_turn", feature
        else:
            with pytest.raises(ClientError, match="This model doesn't support"):
                clients[region].converse(**call)


@pytest.mark.parametrize(
    ("model", "arguments", "text"),
    [
        (TITAN, {"system": [{"text": "x"}]},
         "This model doesn't support system messages. Try again without a system message or use a"
         " model that supports system messages."),
        (LLAMA_2, {"toolConfig": {"tools": [{"toolSpec": SPEC}]}},
         "This model doesn't support tool use."),
        (LLAMA_3_3, {"toolConfig": {"tools": [{"toolSpec": SPEC}], "toolChoice": {"any": {}}}},
         "This model doesn't support the toolConfig.toolChoice.any field. Remove"
         " toolConfig.toolChoice.any and try again."),
        (LLAMA_3_3, {"inferenceConfig": {"stopSequences": ["x"]}},
         "This model doesn't support the stopSequences field. Remove stopSequences and try again."),
        (MICRO, {"messages": [user("x", {"image": PICTURE})]},
         "This model doesn't support the image field for user messages. Remove image and try"
         " again."),
        (MICRO, {"messages": [user("x", {"document": DOCUMENT})]},
         "This model doesn't support the document field for user messages. Remove document and try"
         " again."),
        (LITE, {"messages": [user("a"), {"role": "assistant", "content": [{"text": "b"}]}]},
         "The model that you are using requires the last turn in the conversation to be a user"
         " message. Add a user message to the conversation and try again."),
        (LITE, {"additionalModelRequestFields": {"top_k": 5}},
         "The model returned the following errors: Malformed input request: #: extraneous key"
         " [top_k] is not permitted, please reformat your input and try again."),
        (LITE, {"additionalModelRequestFields": {"inferenceConfig": {"topK": 500}}},
         "The model returned the following errors: Malformed input request:"
         " #/inferenceConfig/topK: 500 is not less or equal to 128, please reformat your input and"
         " try again."),
        (MISTRAL, {"additionalModelRequestFields": {"top_k": 0, "prompt": "x"}},
         "The model returned the following errors: Malformed input request: #/top_k: 0 is not"
         " greater or equal to 1#: extraneous key [prompt] is not permitted, please reformat your"
         " input and try again."),
        (HAIKU, {"outputConfig": {"effort": "low"}},
         "The model returned the following errors: This model does not support the effort"
         " parameter."),
        (LITE, {"outputConfig": {"effort": "high"}},
         "The model returned the following errors: This model does not support the effort"
         " parameter."),
        (LITE, {"messages": [user("a"), {"role": "system", "content": [{"text": "b"}]}]},
         "This model doesn't support messages of the role system. Remove messages.1 or use the"
         " system field, and try again."),
        (HAIKU, {"messages": [{"role": "system", "content": [{"text": "b"}]}, user("a")]},
         'The model returned the following errors: messages: Unexpected role "system". The Messages'
         ' API accepts a top-level `system` parameter, not "system" as an input message role.'),
        (LLAMA_2, {"messages": [user("word " * 10_000)]},
         "Input is too long for requested model."),
        ("cohere.embed-english-v3", {},
         "This action doesn't support the model that you provided. Try again with a supported text"
         " or chat model."),
        ("amazon.titan-image-generator-v1", {},
         "This action doesn't support the model that you provided. Try again with a supported text"
         " or chat model."),
    ],
)  # fmt: skip
def test_what_a_model_lacks_is_named(
    clients: Any, model: str, arguments: dict[str, Any], text: str
) -> None:
    assert refusal(clients, model, **arguments) == text


def test_a_tools_result_and_words_are_apart_for_some_vendors(clients: Any) -> None:
    use = {"toolUseId": "t1", "name": "weather", "input": {}}
    result = {"toolUseId": "t1", "content": [{"text": "cold"}]}
    messages = [
        user("How cold is it?"),
        {"role": "assistant", "content": [{"toolUse": use}]},
        user({"toolResult": result}, "Well?"),
    ]
    tools = {"tools": [{"toolSpec": SPEC}]}
    assert refusal(clients, LLAMA_3_3, messages=messages, toolConfig=tools) == (
        "messages.2.content: Conversation blocks and tool result blocks cannot be provided in the"
        " same turn."
    )


def test_extra_fields_that_fit_are_taken(clients: Any) -> None:
    for model, fields in (
        (LITE, {"inferenceConfig": {"topK": 20}}),
        (MISTRAL, {"top_k": 20}),
        ("cohere.command-r-v1:0", {"k": 20, "seed": 3}),
        ("ai21.jamba-1-5-mini-v1:0", {"frequency_penalty": 1}),
        ("openai.gpt-oss-20b-1:0", {"reasoning_effort": "low"}),
    ):
        answer = clients["us-east-1"].converse(
            modelId=model,
            messages=[user("What is 1+1?")],
            additionalModelRequestFields=fields,
        )
        assert answer["stopReason"] == "end_turn"


def test_the_vendors_own_fields_can_be_asked_for(clients: Any) -> None:
    answer = clients["us-east-1"].converse(
        modelId=LLAMA_3_3,
        messages=[user("What is 1+1?")],
        additionalModelResponseFieldPaths=["/generation_token_count", "/nothing"],
    )
    assert answer["additionalModelResponseFields"] == {"generation_token_count": 3}


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("us.meta.llama4-scout-17b-instruct-v1:0",
         "This model doesn't support tool use in streaming mode."),
        ("ai21.j2-mid-v1", "The model is unsupported for streaming."),
    ],
)  # fmt: skip
def test_streams_are_refused_where_the_model_has_none(clients: Any, model: str, text: str) -> None:
    tools = {} if "j2" in model else {"toolConfig": {"tools": [{"toolSpec": SPEC}]}}
    with pytest.raises(ClientError) as caught:
        clients["us-east-1"].converse_stream(modelId=model, messages=[user("x")], **tools)
    assert caught.value.response["Error"]["Message"] == text


def test_a_model_that_streams_streams(clients: Any) -> None:
    stream = clients["us-east-1"].converse_stream(modelId=LITE, messages=[user("What is 1+1?")])
    pieces = [one["contentBlockDelta"]["delta"]["text"]
              for one in stream["stream"] if "contentBlockDelta" in one]  # fmt: skip
    assert "".join(pieces) == "1 + 1 = 2."


def test_the_second_nova_reasons_in_converse(aws: Any) -> None:
    messages = [{"role": "user", "content": [{"text": "What is 1+1?"}]}]
    asked = {
        "modelId": "us.amazon.nova-2-lite-v1:0",
        "messages": messages,
        "additionalModelRequestFields": {
            "reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}
        },
    }
    client = aws.client("bedrock-runtime")
    redacted = {"reasoningContent": {"reasoningText": {"text": "[REDACTED]"}}}
    answer = client.converse(**asked)["output"]["message"]
    assert answer["content"] == [redacted, {"text": "1 + 1 = 2."}]
    events = client.converse_stream(**asked)["stream"]
    deltas = [e["contentBlockDelta"]["delta"] for e in events if "contentBlockDelta" in e]
    assert deltas[0] == {"reasoningContent": {"text": "[REDACTED]"}}
    assert all("text" in delta for delta in deltas[1:])
    told = refused(client.converse, **asked, inferenceConfig={"maxTokens": 100})
    assert told[:2] == (400, "ValidationException")
    assert "#/inferenceConfig/maxTokens" in told[2]
    follow_up = {"role": "user", "content": [{"text": "And twice that?"}]}
    again = client.converse(**{**asked, "messages": [*messages, answer, follow_up]})
    assert again["output"]["message"]["content"][1] == {"text": "2 * 2 = 4."}


def test_a_nova_that_cannot_reason_says_so(aws: Any) -> None:
    told = refused(
        aws.client("bedrock-runtime").converse,
        modelId="us.amazon.nova-pro-v1:0",
        messages=[{"role": "user", "content": [{"text": "hi"}]}],
        additionalModelRequestFields={"reasoningConfig": {"type": "enabled"}},
    )
    assert told[2] == (
        "The model returned the following errors: Malformed input request: the provided reasoning"
        " config value is invalid, please reformat your input and try again."
    )
