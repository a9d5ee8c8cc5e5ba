"""The world `new-account`: what a fresh account meets, and the way in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runthrough.emulator.world import read_world
from tests.emulator.aws.conftest import FakeAws, serve_aws

HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
SONNET = "anthropic.claude-sonnet-4-6"
FORM = {
    "companyName": "River Hotels",
    "companyWebsite": "https://river-hotels.example",
    "intendedUsers": "1",
    "industryOption": "Hospitality",
    "otherIndustryOption": "",
    "useCases": "Summaries of reviews.",
}


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with serve_aws(read_world("new-account").aws) as aws:
        yield aws


def ask(aws: FakeAws, model: str) -> Any:
    turn = {"role": "user", "content": [{"text": "What is 2 + 2?"}]}
    return aws.client("bedrock-runtime").converse(
        modelId=model, messages=[turn], inferenceConfig={"maxTokens": 100}
    )


def refused(aws: FakeAws, model: str) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        ask(aws, model)
    error = caught.value.response
    status = error["ResponseMetadata"]["HTTPStatusCode"]
    return status, error["Error"]["Code"], error["Error"]["Message"]


def submit_form(aws: FakeAws) -> None:
    aws.client("bedrock").put_use_case_for_model_access(formData=json.dumps(FORM).encode())


def agree(aws: FakeAws, model: str) -> None:
    bedrock = aws.client("bedrock")
    offers = bedrock.list_foundation_model_agreement_offers(modelId=model)["offers"]
    bedrock.create_foundation_model_agreement(offerToken=offers[0]["offerToken"], modelId=model)


def availability(aws: FakeAws, model: str) -> str:
    answer = aws.client("bedrock").get_foundation_model_availability(modelId=model)
    status: str = answer["agreementAvailability"]["status"]
    return status


def test_nobody_has_filled_in_the_form(fresh: FakeAws) -> None:
    assert refused(fresh, f"us.{SONNET}") == (
        404,
        "ResourceNotFoundException",
        "Model use case details have not been submitted for this account. Fill out the Anthropic "
        "use case details form before using the model. If you have already filled out the form, "
        "try again in 15 minutes.",
    )
    with pytest.raises(ClientError, match="You have not filled out the request form") as caught:
        fresh.client("bedrock").get_use_case_for_model_access()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_model_without_a_form_meets_the_quota_of_zero(fresh: FakeAws) -> None:
    client = fresh.client("bedrock-runtime")
    with pytest.raises(ClientError) as caught:
        client.invoke_model(modelId="amazon.titan-embed-text-v2:0", body='{"inputText": "hello"}')
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert error["Error"]["Code"] == "ThrottlingException"
    assert error["Error"]["Message"] == "Too many tokens per day, please wait before trying again."


def test_the_documented_way_opens_a_model(fresh: FakeAws) -> None:
    """Facts 3.2: form, offers, agreement, and availability until it says so."""
    assert availability(fresh, HAIKU) == "NOT_AVAILABLE"
    submit_form(fresh)
    form = fresh.client("bedrock").get_use_case_for_model_access()["formData"]
    assert json.loads(form) == FORM
    assert availability(fresh, HAIKU) == "NOT_AVAILABLE"
    agree(fresh, HAIKU)
    assert [availability(fresh, HAIKU) for _ in range(3)] == ["PENDING", "PENDING", "AVAILABLE"]
    answer = ask(fresh, f"us.{HAIKU}")
    assert "4" in answer["output"]["message"]["content"][0]["text"]


def test_behind_the_form_and_the_agreement_waits_the_quota(fresh: FakeAws) -> None:
    submit_form(fresh)
    agree(fresh, SONNET)
    seen = [refused(fresh, f"us.{SONNET}") for _ in range(3)]
    assert [status for status, _, _ in seen] == [403, 403, 429]
    assert seen[-1][2] == "Too many tokens per day, please wait before trying again."


def test_the_first_call_begins_the_agreement_by_itself(fresh: FakeAws) -> None:
    submit_form(fresh)
    assert refused(fresh, f"us.{HAIKU}")[0] == 403
    assert availability(fresh, HAIKU) == "PENDING"
    assert ask(fresh, f"us.{HAIKU}")["usage"]["totalTokens"] > 0


def test_legacy_models_are_out_of_reach(fresh: FakeAws) -> None:
    fresh.ahead = datetime(2026, 11, 21, tzinfo=UTC) - fresh.now()
    status, _, message = refused(fresh, "us.anthropic.claude-sonnet-4-5-20250929-v1:0")
    assert status == 404
    assert "marked by provider as Legacy" in message


def test_an_agreement_can_be_ended(fresh: FakeAws) -> None:
    submit_form(fresh)
    agree(fresh, HAIKU)
    bedrock = fresh.client("bedrock")
    with pytest.raises(ClientError, match="ConflictException"):
        agree(fresh, HAIKU)
    bedrock.delete_foundation_model_agreement(modelId=HAIKU)
    assert availability(fresh, HAIKU) == "NOT_AVAILABLE"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bedrock.delete_foundation_model_agreement(modelId=HAIKU)


def test_quotas_tell_of_the_zero(fresh: FakeAws) -> None:
    pages = fresh.client("service-quotas").get_paginator("list_service_quotas")
    quotas = [
        quota
        for page in pages.paginate(ServiceCode="bedrock", PaginationConfig={"PageSize": 100})
        for quota in page["Quotas"]
    ]
    sonnet = [q for q in quotas if "per day" in q["QuotaName"] and "Sonnet 4.6" in q["QuotaName"]]
    assert {q["Value"] for q in sonnet} == {0.0}
    assert {q["Adjustable"] for q in sonnet} == {False}
