from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.aws.catalogue import read_catalogue
from runthrough.emulator.aws.gates.model_ids import MODEL_ID_PATTERN, ModelIds
from runthrough.emulator.aws.replies import Refused

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ACCOUNT = "111122223333"
IDS = ModelIds(read_catalogue(), account_id=ACCOUNT)
INVALID = "The provided model identifier is invalid."
DEAD = "This model version has reached the end of its life."


def refusal(model_id: str, *, region: str = "us-east-1", now: datetime = NOW) -> Refused:
    with pytest.raises(Refused) as caught:
        IDS.open(model_id, region=region, now=now)
    return caught.value


def test_the_pattern_is_the_one_aws_publishes() -> None:
    shapes = Loader().load_service_model("bedrock-runtime", "service-2")["shapes"]
    assert shapes["InvokeModelIdentifier"]["pattern"] == MODEL_ID_PATTERN


@pytest.mark.parametrize(
    ("model_id", "region"),
    [
        ("us.anthropic.claude-sonnet-4-6", "us-east-1"),
        ("us.anthropic.claude-sonnet-4-6", "us-east-2"),
        ("eu.anthropic.claude-sonnet-4-6", "eu-central-1"),
        ("global.anthropic.claude-sonnet-4-6", "ap-south-1"),
        ("anthropic.claude-sonnet-4-6", "eu-west-2"),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "us-east-1"),
        (
            f"arn:aws:bedrock:us-west-2:{ACCOUNT}:inference-profile/us.anthropic.claude-opus-5",
            "us-west-2",
        ),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
            "us-east-1",
        ),
    ],
)
def test_an_id_that_is_known_here_opens_its_model(model_id: str, region: str) -> None:
    assert model_id.endswith(IDS.open(model_id, region=region, now=NOW).model.id)


@pytest.mark.parametrize(
    ("model_id", "region"),
    [
        ("anthropic.claude-9", "us-east-1"),
        ("eu.anthropic.claude-sonnet-4-6", "us-east-1"),
        ("us.anthropic.claude-sonnet-4-6", "eu-central-1"),
        ("apac.anthropic.claude-sonnet-4-6", "ap-northeast-1"),
        ("xx.anthropic.claude-sonnet-4-6", "us-east-1"),
        (
            "arn:aws:bedrock:us-east-1:999999999999:inference-profile/us.anthropic.claude-opus-5",
            "us-east-1",
        ),
        (
            f"arn:aws:bedrock:us-west-2:{ACCOUNT}:inference-profile/us.anthropic.claude-opus-5",
            "us-east-1",
        ),
        (
            f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/anthropic.claude-opus-5",
            "us-east-1",
        ),
        (f"arn:aws:bedrock:us-east-1:{ACCOUNT}:provisioned-model/abcdefghijkl", "us-east-1"),
    ],
)
def test_an_id_that_is_not_known_here_is_invalid(model_id: str, region: str) -> None:
    refused = refusal(model_id, region=region)
    assert (refused.status, refused.code) == (400, "ValidationException")
    assert refused.message == INVALID


@pytest.mark.parametrize("prefix", ["", "us."])
def test_the_retired_model_of_the_workshop_has_reached_its_end(prefix: str) -> None:
    refused = refusal(f"{prefix}anthropic.claude-3-7-sonnet-20250219-v1:0")
    assert (refused.status, refused.code) == (404, "ResourceNotFoundException")
    assert refused.message.startswith(DEAD)


def test_a_model_dies_on_its_day() -> None:
    model_id = "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
    eve = datetime(2026, 4, 27, 23, 59, 59, tzinfo=UTC)
    assert IDS.open(model_id, region="us-east-1", now=eve).model.name == "Claude 3.7 Sonnet"
    day = datetime(2026, 4, 28, tzinfo=UTC)
    assert refusal(model_id, now=day).status == 404


def test_a_plain_id_of_a_newer_model_needs_a_profile() -> None:
    refused = refusal("anthropic.claude-sonnet-4-6")
    assert refused.message == (
        "Invocation of model ID anthropic.claude-sonnet-4-6 with on-demand throughput isn\u2019t "
        "supported. Retry your request with the ID or ARN of an inference profile that contains "
        "this model."
    )


@pytest.mark.parametrize("model_id", ["a b", "a/b", "claude!", "us.anthropic.claude sonnet"])
def test_an_id_that_fails_the_pattern_is_told_the_pattern(model_id: str) -> None:
    message = refusal(model_id).message
    assert message.startswith(
        f"1 validation error detected: Value '{model_id}' at 'modelId' failed to satisfy constraint"
    )
    assert message.endswith(MODEL_ID_PATTERN)


def test_a_very_long_id_is_refused_by_its_length() -> None:
    assert "length less than or equal to 2048" in refusal("a" * 2049).message


@given(st.text(min_size=1, max_size=60) | st.from_regex(r"[a-z]{2,6}\.[a-z]+\.[a-z0-9:-]{1,40}"))
def test_no_id_breaks_the_gates(model_id: str) -> None:
    status = 200
    try:
        IDS.open(model_id, region="us-east-1", now=NOW)
    except Refused as e:
        status = e.status
    assert status in (200, 400, 404)
