"""Inference profiles of the account's own: made, called, tagged, deleted; through boto3."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.aws.refusals import refused

ACCOUNT = "arn:aws:bedrock:us-east-1:111122223333"
SYSTEM = f"{ACCOUNT}:inference-profile/us.anthropic.claude-sonnet-4-6"
MODELS = "arn:aws:bedrock:us-east-1::foundation-model"
NOT_HERE = "arn:aws:bedrock:us-west-2:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6"


def make(aws: Any, name: str, source: str = SYSTEM, **more: Any) -> str:
    answer = aws.client("bedrock").create_inference_profile(
        inferenceProfileName=name, modelSource={"copyFrom": source}, **more
    )
    assert answer["status"] == "ACTIVE"
    arn: str = answer["inferenceProfileArn"]
    return arn


def test_a_profile_is_made_read_listed_and_deleted(aws: Any) -> None:
    client = aws.client("bedrock")
    arn = make(aws, "cost of team 1", description="Counts team 1")
    profile = client.get_inference_profile(inferenceProfileIdentifier=arn)
    assert profile["inferenceProfileArn"] == arn
    assert profile["inferenceProfileName"] == "cost of team 1"
    assert profile["description"] == "Counts team 1"
    assert profile["type"] == "APPLICATION"
    assert profile["createdAt"] == profile["updatedAt"]
    assert len(profile["models"]) == 3
    by_id = client.get_inference_profile(inferenceProfileIdentifier=profile["inferenceProfileId"])
    assert by_id["inferenceProfileArn"] == arn
    listed = client.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"]
    assert arn in [each["inferenceProfileArn"] for each in listed]
    client.delete_inference_profile(inferenceProfileIdentifier=arn)
    gone = refused(client.get_inference_profile, inferenceProfileIdentifier=arn)
    assert gone[:2] == (404, "ResourceNotFoundException")


def test_a_profile_is_called_by_its_arn(aws: Any) -> None:
    runtime = aws.client("bedrock-runtime")
    arn = make(aws, "called")
    turn = {"role": "user", "content": [{"text": "hello"}]}
    assert runtime.converse(modelId=arn, messages=[turn])["stopReason"] == "end_turn"
    aws.client("bedrock").delete_inference_profile(inferenceProfileIdentifier=arn)
    status, code, text = refused(runtime.converse, modelId=arn, messages=[turn])
    assert (status, code) == (400, "ValidationException")
    assert text == "The provided model identifier is invalid."


def test_a_profile_is_of_one_region(aws: Any) -> None:
    arn = make(aws, "of one region")
    elsewhere = aws.client("bedrock-runtime", region="us-west-2")
    turn = {"role": "user", "content": [{"text": "hello"}]}
    assert refused(elsewhere.converse, modelId=arn, messages=[turn])[0] == 400


def test_a_model_on_demand_can_be_copied_from_too(aws: Any) -> None:
    arn = make(aws, "embeddings", f"{MODELS}/amazon.titan-embed-text-v2:0")
    answer = aws.client("bedrock-runtime").invoke_model(modelId=arn, body='{"inputText": "hello"}')
    assert b"embedding" in answer["body"].read()


def test_the_same_token_makes_the_same_profile(aws: Any) -> None:
    first = make(aws, "once", clientRequestToken="token-1")
    assert make(aws, "once", clientRequestToken="token-1") == first


def test_a_name_is_taken_once(aws: Any) -> None:
    make(aws, "taken")
    call = aws.client("bedrock").create_inference_profile
    again = {"inferenceProfileName": "taken", "modelSource": {"copyFrom": SYSTEM}}
    assert refused(call, **again)[:2] == (400, "ConflictException")


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"inferenceProfileName": "a.b"}, 400, "regular expression pattern"),
        ({"inferenceProfileName": "a" * 65}, 400, "less than or equal to 64"),
        ({"description": "d" * 201}, 400, "less than or equal to 200"),
        ({"tags": [{"key": "a!", "value": ""}]}, 400, "'tags.1.member.key'"),
        ({"modelSource": {"copyFrom": "us.anthropic.claude-sonnet-4-6"}}, 400, "modelSource"),
        ({"modelSource": {"copyFrom": f"{MODELS}/anthropic.claude-9"}}, 404, "was not found"),
        ({"modelSource": {"copyFrom": NOT_HERE}}, 404, "was not found"),
        (
            {"modelSource": {"copyFrom": f"{MODELS}/anthropic.claude-sonnet-4-6"}},
            400,
            "cannot be called on demand",
        ),
        (
            {"modelSource": {"copyFrom": f"{MODELS}/anthropic.claude-3-7-sonnet-20250219-v1:0"}},
            404,
            "reached the end of its life",
        ),
    ],
)
def test_what_cannot_be_made_is_refused(
    aws: Any, change: dict[str, Any], status: int, said: str
) -> None:
    right = {"inferenceProfileName": "fine", "modelSource": {"copyFrom": SYSTEM}}
    answered = refused(aws.client("bedrock").create_inference_profile, **(right | change))
    assert answered[0] == status
    assert said in answered[2]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"inferenceProfileName": 3}',
        b'{"inferenceProfileName": "a"}',
        b'{"inferenceProfileName": "a", "modelSource": "x"}',
        b'{"inferenceProfileName": "a", "tags": {}}',
    ],
)
def test_any_other_body_is_refused(aws: Any, body: bytes) -> None:
    response = aws.send("POST", "/inference-profiles", body=body)
    assert response.status_code == 400
    assert response.headers["x-amzn-errortype"].startswith("ValidationException:")


def test_a_profile_of_aws_cannot_be_deleted(aws: Any) -> None:
    call = aws.client("bedrock").delete_inference_profile
    assert refused(call, inferenceProfileIdentifier="us.anthropic.claude-sonnet-4-6")[0] == 400


def test_tags_are_kept_added_and_taken_away(aws: Any) -> None:
    client = aws.client("bedrock")
    arn = make(aws, "tagged", tags=[{"key": "team", "value": "1"}])
    client.tag_resource(resourceARN=arn, tags=[{"key": "cost", "value": ""}])
    client.untag_resource(resourceARN=arn, tagKeys=["team", "nobody"])
    assert client.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "cost", "value": ""}]


def test_too_many_tags_are_refused_whole(aws: Any) -> None:
    client = aws.client("bedrock")
    arn = make(aws, "many tags", tags=[{"key": f"k{n}", "value": ""} for n in range(199)])
    more = [{"key": "x", "value": ""}, {"key": "y", "value": ""}]
    assert refused(client.tag_resource, resourceARN=arn, tags=more)[:2] == (
        400,
        "TooManyTagsException",
    )
    assert len(client.list_tags_for_resource(resourceARN=arn)["tags"]) == 199


@pytest.mark.parametrize(
    ("arn", "status"),
    [(f"{ACCOUNT}:application-inference-profile/nobody000000", 404), ("x" * 30, 400)],
)
def test_what_is_not_there_has_no_tags(aws: Any, arn: str, status: int) -> None:
    assert refused(aws.client("bedrock").list_tags_for_resource, resourceARN=arn)[0] == status
