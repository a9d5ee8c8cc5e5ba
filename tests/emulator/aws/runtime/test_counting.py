"""CountTokens through an unmodified boto3."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

MODEL = "anthropic.claude-sonnet-4-6"
PROFILE = f"us.{MODEL}"
BODY: dict[str, Any] = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 100,
    "system": "Answer in French.",
    "messages": [{"role": "user", "content": "What is 1+1, and what is 2+2?"}],
}
CONVERSATION: dict[str, Any] = {
    "system": [{"text": "Answer in French."}],
    "messages": [{"role": "user", "content": [{"text": "What is 1+1, and what is 2+2?"}]}],
}


def count(aws: Any, model_id: str = MODEL, **given: Any) -> int:
    answer = aws.client("bedrock-runtime").count_tokens(modelId=model_id, input=given)
    tokens: int = answer["inputTokens"]
    return tokens


def refused(aws: Any, *, model_id: str = MODEL, **given: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        count(aws, model_id, **given)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_what_is_counted_is_what_a_call_is_charged(aws: Any) -> None:
    client = aws.client("bedrock-runtime")
    usage = client.converse(modelId=PROFILE, **CONVERSATION)["usage"]
    assert count(aws, converse=CONVERSATION) == usage["inputTokens"]
    body = json.loads(client.invoke_model(modelId=PROFILE, body=json.dumps(BODY))["body"].read())
    assert count(aws, invokeModel={"body": json.dumps(BODY)}) == body["usage"]["input_tokens"]


def test_tools_count(aws: Any) -> None:
    tool = {
        "toolSpec": {
            "name": "weather",
            "description": "Tells the weather of a city.",
            "inputSchema": {"json": {"type": "object", "properties": {"city": {}}}},
        }
    }
    with_tools = {**CONVERSATION, "toolConfig": {"tools": [tool]}}
    assert count(aws, converse=with_tools) > count(aws, converse=CONVERSATION)


def test_a_model_that_needs_a_profile_is_counted_by_its_plain_id(aws: Any) -> None:
    plain = "anthropic.claude-opus-5"
    arn = f"arn:aws:bedrock:us-east-1::foundation-model/{plain}"
    assert count(aws, plain, converse=CONVERSATION) > 0
    assert count(aws, arn, converse=CONVERSATION) == count(aws, plain, converse=CONVERSATION)


@pytest.mark.parametrize(
    "model_id",
    [
        PROFILE,
        f"arn:aws:bedrock:us-east-1:111122223333:inference-profile/{PROFILE}",
        "amazon.titan-embed-text-v2:0",
    ],
)
def test_profiles_and_other_models_do_not_count(aws: Any, model_id: str) -> None:
    assert refused(aws, model_id=model_id, converse=CONVERSATION) == (
        "ValidationException",
        "The provided model doesn't support counting tokens.",
    )


def test_a_dead_and_an_unknown_model_are_refused_as_in_a_call(aws: Any) -> None:
    dead = "anthropic.claude-3-7-sonnet-20250219-v1:0"
    assert refused(aws, model_id=dead, converse=CONVERSATION)[0] == "ResourceNotFoundException"
    code, said = refused(aws, model_id="anthropic.nothing", converse=CONVERSATION)
    assert (code, said) == ("ValidationException", "The provided model identifier is invalid.")


def test_an_id_of_more_than_256_characters_is_refused(aws: Any) -> None:
    code, said = refused(aws, model_id="a" * 257, converse=CONVERSATION)
    assert code == "ValidationException"
    assert "'modelId' failed to satisfy constraint" in said


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Value null at 'input'"),
        ({"input": {}}, "must set one of the following keys: invokeModel, converse."),
        ({"input": {"invokeModel": {}, "converse": {}}}, "must set exactly one member"),
        ({"input": {"converse": {}}}, "Value null at 'messages'"),
        ({"input": {"invokeModel": {"body": "***"}}}, "Malformed input request"),
        ({"input": {"invokeModel": {"body": 7}}}, "expected type: String, found: Integer"),
        ({"input": {"invokeModel": {"body": "e30="}}}, "required key [max_tokens] not found"),
        (
            {"input": {"invokeModel": {"body": base64.b64encode(b"\xff").decode()}}},
            "Malformed input request",
        ),
        ([], "Malformed input request"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(aws: Any, body: Any, message: str) -> None:
    path = f"/model/{MODEL}/count-tokens"
    response = aws.send("POST", path, body=json.dumps(body).encode())
    assert response.status_code == 400
    assert response.headers["x-amzn-errortype"].startswith("ValidationException:")
    assert message in response.json()["message"]
