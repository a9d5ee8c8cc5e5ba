from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from runthrough.emulator.standins import count_tokens

MODEL = "us.anthropic.claude-sonnet-4-6"
BODY: dict[str, Any] = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "What is 1+1?"}],
}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"text": text}]}


def converse(aws: Any, **arguments: Any) -> Any:
    arguments = {"modelId": MODEL, "messages": [user("What is 1+1?")], **arguments}
    return aws.client("bedrock-runtime").converse(**arguments)


def invoke(aws: Any, body: dict[str, Any], *, model_id: str = MODEL) -> Any:
    return aws.client("bedrock-runtime").invoke_model(modelId=model_id, body=json.dumps(body))


def refused(call: Any, *arguments: Any, **named: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    error = caught.value.response
    return (
        error["ResponseMetadata"]["HTTPStatusCode"],
        error["Error"]["Code"],
        error["Error"]["Message"],
    )


def test_converse_answers_in_the_services_shape(aws: Any) -> None:
    answer = converse(aws)
    assert answer["output"]["message"] == {"role": "assistant", "content": [{"text": "1 + 1 = 2."}]}
    assert answer["stopReason"] == "end_turn"
    usage = answer["usage"]
    assert usage["inputTokens"] + usage["outputTokens"] == usage["totalTokens"] > 0
    assert answer["metrics"]["latencyMs"] >= 0
    assert answer["ResponseMetadata"]["RequestId"]


def test_invoke_answers_in_the_vendors_shape(aws: Any) -> None:
    answer = invoke(aws, BODY)
    body = json.loads(answer["body"].read())
    assert body["content"] == [{"type": "text", "text": "1 + 1 = 2."}]
    assert (body["type"], body["role"], body["stop_reason"]) == ("message", "assistant", "end_turn")
    assert body["model"] == "claude-sonnet-4-6"
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-bedrock-input-token-count"] == str(body["usage"]["input_tokens"])
    assert headers["x-amzn-bedrock-output-token-count"] == str(body["usage"]["output_tokens"])
    assert answer["contentType"] == "application/json"


def test_both_doors_give_the_same_answer(aws: Any) -> None:
    text = "My name is Ada."
    one = converse(aws, messages=[user(text)])["output"]["message"]["content"][0]["text"]
    body = BODY | {"messages": [{"role": "user", "content": [{"type": "text", "text": text}]}]}
    other = json.loads(invoke(aws, body)["body"].read())["content"][0]["text"]
    assert one == other


def test_a_conversation_is_remembered_only_as_far_as_it_is_sent(aws: Any) -> None:
    told = [user("My name is Ada."), {"role": "assistant", "content": [{"text": "Hello."}]}]
    question = user("What is my name?")
    alone = converse(aws, messages=[question])["output"]["message"]["content"][0]["text"]
    whole = converse(aws, messages=[*told, question])["output"]["message"]["content"][0]["text"]
    assert "Ada" not in alone
    assert "Ada" in whole


def test_an_answer_is_cut_at_max_tokens(aws: Any) -> None:
    answer = converse(
        aws, messages=[user("Write a long essay.")], inferenceConfig={"maxTokens": 10}
    )
    assert answer["stopReason"] == "max_tokens"
    assert answer["usage"]["outputTokens"] == 10
    assert count_tokens(answer["output"]["message"]["content"][0]["text"]) == 10


def test_an_answer_ends_before_a_stop_sequence(aws: Any) -> None:
    answer = converse(
        aws,
        inferenceConfig={"stopSequences": [" ="]},
        additionalModelResponseFieldPaths=["/stop_sequence", "/nothing_there"],
    )
    assert answer["stopReason"] == "stop_sequence"
    assert answer["output"]["message"]["content"] == [{"text": "1 + 1"}]
    assert answer["additionalModelResponseFields"] == {"stop_sequence": " ="}
    body = json.loads(invoke(aws, BODY | {"stop_sequences": [" ="]})["body"].read())
    assert (body["stop_reason"], body["stop_sequence"]) == ("stop_sequence", " =")


def test_a_system_prompt_counts(aws: Any) -> None:
    answer = converse(aws, system=[{"text": "Answer in French."}], messages=[user("Hello!")])
    assert answer["output"]["message"]["content"][0]["text"].startswith("Bonjour")


def test_empty_members_that_some_clients_send_are_accepted(aws: Any) -> None:
    assert converse(aws, system=[], inferenceConfig={})["stopReason"] == "end_turn"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"messages": [{"role": "assistant", "content": [{"text": "x"}]}]},
            "A conversation must start with a user message. Try again with a conversation that "
            "starts with a user message.",
        ),
        (
            {"messages": [user("a"), user("b")]},
            "A conversation must alternate between user and assistant roles. Make sure the "
            "conversation alternates between user and assistant roles and try again.",
        ),
        (
            {"messages": [user("a"), {"role": "assistant", "content": [{"text": " "}]}, user("b")]},
            "The text field in the ContentBlock object at messages.1.content.0 is blank. Add text "
            "to the text field, and try again.",
        ),
        (
            {"messages": [{"role": "user", "content": []}]},
            "The content field in the Message object at messages.0 is empty. Add a ContentBlock "
            "object to the content field and try again.",
        ),
        (
            {"inferenceConfig": {"maxTokens": 64_001}},
            "The maximum tokens you requested exceeds the model limit of 64000. Try again with a "
            "maximum tokens value that is lower than 64000.",
        ),
        (
            {"inferenceConfig": {"temperature": 2}},
            "1 validation error detected: Value '2' at 'inferenceConfig.temperature' failed to "
            "satisfy constraint: Member must have value less than or equal to 1",
        ),
        (
            {"messages": [{"role": "bot", "content": [{"text": "x"}]}]},
            "1 validation error detected: Value 'bot' at 'messages.1.member.role' failed to "
            "satisfy constraint: Member must satisfy enum value set: [user, assistant, system]",
        ),
        (
            {"inferenceConfig": {"temperature": 0.5, "topP": 0.5}},
            "The model returned the following errors: `temperature` and `top_p` cannot both be "
            "specified for this model. Please use only one.",
        ),
        (
            {"messages": [user("a"), {"role": "assistant", "content": [{"text": "b"}]}]},
            "The model returned the following errors: This model does not support assistant "
            "message prefill. The conversation must end with a user message.",
        ),
        (
            {"additionalModelRequestFields": {"nonsense": 1}},
            "The model returned the following errors: nonsense: Extra inputs are not permitted",
        ),
        (
            {"inferenceConfig": {"stopSequences": [" "]}},
            "The model returned the following errors: stop_sequences: each stop sequence must "
            "contain non-whitespace",
        ),
        (
            {"additionalModelResponseFieldPaths": ["stop_sequence"]},
            "The value at additionalModelResponseFieldPaths.0 is not a valid JSON pointer.",
        ),
    ],
)
def test_converse_refuses_what_the_service_refuses(
    aws: Any, arguments: dict[str, Any], message: str
) -> None:
    assert refused(converse, aws, **arguments) == (400, "ValidationException", message)


def test_a_model_that_takes_no_sampling_parameters_says_so(aws: Any) -> None:
    model_id = "us.anthropic.claude-opus-5"
    status, _, message = refused(converse, aws, modelId=model_id, inferenceConfig={"topP": 0.5})
    assert (status, message) == (
        400,
        "The model returned the following errors: `top_p` is deprecated for this model.",
    )
    assert converse(aws, modelId=model_id)["stopReason"] == "end_turn"


@pytest.mark.parametrize(
    ("block", "named"),
    [
        (
            {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://bucket/k"}}}},
            "from S3 in Converse (messages.0.content.1.image.source.s3Location)",
        ),
    ],
)
def test_blocks_that_are_not_emulated_are_refused_by_name(
    aws: Any, block: dict[str, Any], named: str
) -> None:
    messages = [{"role": "user", "content": [{"text": "x"}, block]}]
    status, code, message = refused(converse, aws, messages=messages)
    assert (status, code) == (501, "NotImplementedException")
    assert named in message
    assert "the live target has it" in message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_tokens": None}, "#/max_tokens: expected type: Integer, found: Null"),
        ({"max_tokens": 0}, "#/max_tokens: 0 is not greater or equal to 1"),
        ({"temperature": 1.5}, "#/temperature: 1.5 is not less or equal to 1"),
        ({"top_k": 501}, "#/top_k: 501 is not less or equal to 500"),
        ({"messages": "hi"}, "#/messages: expected type: JSONArray, found: String"),
        ({"stream": True}, "#: extraneous key [stream] is not permitted"),
        ({"stop_sequences": [1]}, "#/stop_sequences/0: expected type: String, found: Integer"),
    ],
)
def test_invoke_refuses_a_body_that_breaks_the_schema(
    aws: Any, changes: dict[str, Any], message: str
) -> None:
    expected = f"Malformed input request: {message}, please reformat your input and try again."
    assert refused(invoke, aws, BODY | changes) == (400, "ValidationException", expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"max_tokens": 64_001},
            "max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens for "
            "claude-sonnet-4-6",
        ),
        (
            {"messages": [{"role": "user", "content": ""}]},
            "messages.0: all messages must have non-empty content except for the optional final "
            "assistant message",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]},
            "messages: text content blocks must be non-empty",
        ),
        (
            {"messages": [{"role": "user", "content": " \n"}]},
            "messages: text content blocks must contain non-whitespace text",
        ),
        ({"messages": []}, "messages: at least one message is required"),
        (
            {"temperature": 0.5, "top_p": 0.5},
            "`temperature` and `top_p` cannot both be specified for this model. Please use only "
            "one.",
        ),
    ],
)
def test_invoke_refuses_what_the_vendor_refuses(
    aws: Any, changes: dict[str, Any], message: str
) -> None:
    assert refused(invoke, aws, BODY | changes) == (400, "ValidationException", message)


def test_the_body_of_the_old_models_is_refused(aws: Any) -> None:
    body = {"prompt": "\n\nHuman: hi\n\nAssistant:", "max_tokens_to_sample": 100}
    status, code, message = refused(invoke, aws, body)
    assert (status, code) == (400, "ValidationException")
    assert "required key [messages] not found" in message
    assert "extraneous key [max_tokens_to_sample] is not permitted" in message


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"[" * 100_000, b'{"a":NaN}', b"\xff"])
def test_a_body_that_is_no_json_object_is_malformed(aws: Any, body: bytes) -> None:
    for operation in ("invoke", "converse"):
        response = aws.send("POST", f"/model/{MODEL}/{operation}", body=body)
        assert response.status_code == 400
        assert response.json()["message"] == (
            "Malformed input request, please reformat your input and try again."
        )


def test_a_body_above_the_limit_is_refused(aws: Any) -> None:
    response = aws.send("POST", f"/model/{MODEL}/invoke", body=b"x" * 25_000_001)
    assert response.status_code == 400
    assert "length less than or equal to 25000000" in response.json()["message"]


def test_a_prompt_above_the_context_is_too_long(aws: Any) -> None:
    model_id = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
    long = BODY | {"messages": [{"role": "user", "content": "word " * 200_000}]}
    assert refused(invoke, aws, long, model_id=model_id)[2] == (
        "Input is too long for requested model."
    )


def test_models_without_a_family_are_refused_by_name(aws: Any) -> None:
    aws.ahead = datetime(2026, 1, 1, tzinfo=UTC) - datetime.now(UTC)
    status, _, message = refused(converse, aws, modelId="amazon.nova-sonic-v1:0")
    assert status == 501
    assert message == "Converse with amazon.nova-sonic-v1:0 is not emulated; the live target has it"


def test_an_arn_in_the_path_reaches_its_model(aws: Any) -> None:
    """boto3 sends an ARN as one segment with %2F in it; routing must not decode it first."""
    arn = f"arn:aws:bedrock:us-east-1:111122223333:inference-profile/{MODEL}"
    assert converse(aws, modelId=arn)["stopReason"] == "end_turn"


def test_the_retired_model_answers_404(aws: Any) -> None:
    status, code, message = refused(
        converse, aws, modelId="anthropic.claude-3-7-sonnet-20250219-v1:0"
    )
    assert (status, code) == (404, "ResourceNotFoundException")
    assert message.startswith("This model version has reached the end of its life.")


def test_an_expired_session_is_refused_until_the_keys_are_renewed(aws: Any) -> None:
    aws.ahead = timedelta(hours=12, seconds=1)
    assert refused(converse, aws) == (
        403,
        "ExpiredTokenException",
        "The security token included in the request is expired",
    )
    long_term = aws.client("bedrock-runtime", key=aws.long_term_key)
    assert long_term.converse(modelId=MODEL, messages=[user("hi")])["stopReason"] == "end_turn"


def test_a_region_closed_to_the_account_is_denied(aws: Any) -> None:
    client = aws.client("bedrock-runtime", region="ap-southeast-2")
    model_id = "au.anthropic.claude-sonnet-4-6"
    status, code, message = refused(client.converse, modelId=model_id, messages=[user("hi")])
    assert (status, code) == (403, "AccessDeniedException")
    assert "is not authorized to perform: bedrock:InvokeModel on resource:" in message
    assert "explicit deny" in message


def test_signature_comes_before_model_id(aws: Any) -> None:
    client = aws.client("bedrock-runtime", aws_secret_access_key="wrong")
    status, code, _ = refused(client.converse, modelId="a b", messages=[user("hi")])
    assert (status, code) == (403, "InvalidSignatureException")


def test_errors_carry_the_header_that_names_them(aws: Any) -> None:
    response = httpx.post(f"{aws.url}/model/{MODEL}/converse", content=b"{}")
    assert response.status_code == 403
    assert response.headers["x-amzn-errortype"].startswith("MissingAuthenticationTokenException:")
    assert response.json() == {"message": "Missing Authentication Token"}
    assert response.headers["x-amzn-requestid"]
