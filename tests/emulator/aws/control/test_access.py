"""Availability, offers, agreements and the form, as the control plane tells of them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runthrough.emulator.world import (
    AwsAccount,
    IamStatement,
    ModelAccess,
    ProvisionedModel,
    read_world,
)
from tests.emulator.aws.conftest import FakeAws, serve_aws
from tests.emulator.aws.refusals import refused

SONNET = "anthropic.claude-sonnet-4-6"
NOVA = "amazon.nova-lite-v1:0"
FORM = {
    "companyName": "River Hotels",
    "companyWebsite": "https://river-hotels.example",
    "intendedUsers": "0",
    "industryOption": "Hospitality",
    "useCases": "Summaries.",
}
GREEN = {
    "agreementAvailability": {"status": "AVAILABLE"},
    "authorizationStatus": "AUTHORIZED",
    "entitlementAvailability": "AVAILABLE",
    "regionAvailability": "AVAILABLE",
}


def account(**access: Any) -> AwsAccount:
    change = {"access": ModelAccess.model_validate(access)}
    return read_world().aws.model_copy(update=change)


def availability(aws: FakeAws, model: str, **client: Any) -> dict[str, Any]:
    answer = aws.client("bedrock", **client).get_foundation_model_availability(modelId=model)
    return {name: value for name, value in answer.items() if name in GREEN}


def test_four_members_are_green_in_the_default_world(aws: FakeAws) -> None:
    assert availability(aws, SONNET) == GREEN


@pytest.mark.parametrize(
    ("access", "change"),
    [
        ({"use_case_form": "missing"}, {"agreementAvailability": {"status": "NOT_AVAILABLE"}}),
        ({"agreements": {"*": "none"}}, {"agreementAvailability": {"status": "NOT_AVAILABLE"}}),
        ({"agreements": {"*": "pending"}}, {"agreementAvailability": {"status": "PENDING"}}),
        ({"agreements": {"*": "denied"}}, {"entitlementAvailability": "NOT_AVAILABLE"}),
        ({"standing": "hold"}, {"authorizationStatus": "NOT_AUTHORIZED"}),
    ],
    ids=str,
)
def test_what_stands_in_the_way_shows(access: dict[str, Any], change: dict[str, Any]) -> None:
    with serve_aws(account(**access)) as aws:
        seen = availability(aws, SONNET)
    assert {name: seen[name] for name in change} == change


def test_a_model_of_other_regions_is_not_available_here(aws: FakeAws) -> None:
    seen = availability(aws, "amazon.nova-lite-v1:0", region="us-east-1")
    assert seen["regionAvailability"] == "AVAILABLE"
    seen = availability(aws, "meta.llama3-3-70b-instruct-v1:0", region="eu-west-1")
    assert seen["regionAvailability"] == "NOT_AVAILABLE"


@pytest.mark.parametrize(
    ("model", "status"),
    [
        ("anthropic.claude-3-7-sonnet-20250219-v1:0", 404),
        ("anthropic.claude-9", 400),
        ("us.anthropic.claude-sonnet-4-6", 400),
        ("Nobody", 400),
        ("a" * 141, 400),
    ],
)
def test_only_a_living_model_has_an_availability(aws: FakeAws, model: str, status: int) -> None:
    call = aws.client("bedrock").get_foundation_model_availability
    assert refused(call, modelId=model)[0] == status


def test_a_payment_method_that_is_not_valid_shows_after_the_first_call() -> None:
    with serve_aws(account(agreements={"*": "none"}, payment="invalid")) as aws:
        turn = {"role": "user", "content": [{"text": "hello"}]}
        call = aws.client("bedrock-runtime").converse
        text = refused(call, modelId=f"us.{SONNET}", messages=[turn])[2]
        assert "INVALID_PAYMENT_INSTRUMENT" in text
        agreement = availability(aws, SONNET)["agreementAvailability"]
        assert agreement["status"] == "ERROR"
        assert agreement["errorMessage"].startswith("INVALID_PAYMENT_INSTRUMENT")


def test_an_agreement_takes_its_time_by_the_clock() -> None:
    with serve_aws(account(agreements={"*": "none"}, agreement_takes="15m")) as aws:
        bedrock = aws.client("bedrock")
        offer = bedrock.list_foundation_model_agreement_offers(modelId=SONNET)["offers"][0]
        bedrock.create_foundation_model_agreement(offerToken=offer["offerToken"], modelId=SONNET)
        aws.ahead = timedelta(minutes=14)
        assert availability(aws, SONNET)["agreementAvailability"]["status"] == "PENDING"
        aws.ahead = timedelta(minutes=15)
        assert availability(aws, SONNET) == GREEN


def test_a_form_takes_its_time_by_the_clock() -> None:
    with serve_aws(account(use_case_form="missing", form_takes="15m")) as aws:
        bedrock = aws.client("bedrock")
        bedrock.put_use_case_for_model_access(formData=json.dumps(FORM).encode())
        turn = {"role": "user", "content": [{"text": "hello"}]}
        asked = {"modelId": f"us.{SONNET}", "messages": [turn]}
        assert refused(aws.client("bedrock-runtime").converse, **asked)[0] == 404
        aws.ahead = timedelta(minutes=15)
        assert aws.client("bedrock-runtime").converse(**asked)["stopReason"] == "end_turn"


def test_a_vendor_without_a_marketplace_product_offers_nothing(aws: FakeAws) -> None:
    call = aws.client("bedrock").list_foundation_model_agreement_offers
    assert call(modelId=NOVA, offerType="PUBLIC")["offers"] == []
    assert call(modelId=SONNET, offerType="ALL")["offers"]
    assert refused(call, modelId=SONNET, offerType="SECRET")[0] == 400


def test_an_offer_of_another_model_is_refused(aws: FakeAws) -> None:
    bedrock = aws.client("bedrock")
    offer = bedrock.list_foundation_model_agreement_offers(modelId=SONNET)["offers"][0]
    other = "anthropic.claude-opus-5"
    call = bedrock.create_foundation_model_agreement
    assert refused(call, offerToken=offer["offerToken"], modelId=other)[:2] == (
        400,
        "ValidationException",
    )
    assert refused(call, offerToken="x", modelId=NOVA)[0] == 400


def test_without_the_rights_there_is_no_agreement() -> None:
    allowed = ("bedrock:*", "aws-marketplace:ViewSubscriptions")
    iam = (IamStatement(effect="Allow", actions=allowed),)
    with serve_aws(account(agreements={"*": "none"}).model_copy(update={"iam": iam})) as aws:
        bedrock = aws.client("bedrock")
        offer = bedrock.list_foundation_model_agreement_offers(modelId=SONNET)["offers"][0]
        status, code, text = refused(
            bedrock.create_foundation_model_agreement,
            offerToken=offer["offerToken"],
            modelId=SONNET,
        )
    assert (status, code) == (403, "AccessDeniedException")
    assert "(aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe)" in text


def test_the_default_world_has_a_form(aws: FakeAws) -> None:
    form = aws.client("bedrock").get_use_case_for_model_access()["formData"]
    assert json.loads(form)["companyName"] == "River Hotels"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"companyName": None}, "formData.companyName"),
        ({"companyWebsite": ""}, "formData.companyWebsite"),
        ({"intendedUsers": "3"}, "[0, 1, 2]"),
        ({"intendedUsers": 0}, "formData.intendedUsers"),
        ({"useCases": "x" * 8193}, "less than or equal to 8192"),
        ({"otherIndustryOption": "x" * 129}, "less than or equal to 128"),
        ({"useCases": "x" * 17_000}, "less than or equal to 16384"),
    ],
    ids=lambda change: str(change)[:40],
)
def test_a_form_that_is_not_filled_in_is_refused(
    aws: FakeAws, change: dict[str, Any], said: str
) -> None:
    call = aws.client("bedrock").put_use_case_for_model_access
    status, code, text = refused(call, formData=json.dumps(FORM | change).encode())
    assert (status, code) == (400, "ValidationException")
    assert said in text


@pytest.mark.parametrize(
    "data", ["AAAA", "not base64!", 3, None, base64.b64encode(b"[1,2,3,4,5,6]").decode()]
)
def test_a_form_that_is_none_is_refused(aws: FakeAws, data: Any) -> None:
    body = json.dumps({"formData": data}).encode()
    assert aws.send("POST", "/use-case-for-model-access", body=body).status_code == 400


def test_nothing_is_logged_unless_somebody_says_so(aws: FakeAws) -> None:
    answer = aws.client("bedrock").get_model_invocation_logging_configuration()
    assert "loggingConfig" not in answer


BOUGHT = {
    "id": "abc123def456",
    "name": "embeddings-1",
    "model": "amazon.titan-embed-text-v2:0",
    "region": "us-east-1",
    "units": 2,
    "commitment": "OneMonth",
}
FAILED = {**BOUGHT, "id": "bbb123def456", "name": "broken", "status": "Failed", "failure": "No."}
ARN = "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc123def456"


def with_throughput() -> AwsAccount:
    bought = tuple(ProvisionedModel.model_validate(each) for each in (BOUGHT, FAILED))
    return read_world().aws.model_copy(update={"provisioned_models": bought})


def test_throughput_that_was_bought_is_listed_read_and_called() -> None:
    with serve_aws(with_throughput()) as aws:
        bedrock = aws.client("bedrock")
        listed = bedrock.list_provisioned_model_throughputs()["provisionedModelSummaries"]
        assert [each["provisionedModelName"] for each in listed] == ["broken", "embeddings-1"]
        for named in (ARN, "abc123def456", "embeddings-1"):
            one = bedrock.get_provisioned_model_throughput(provisionedModelId=named)
            assert (one["provisionedModelArn"], one["modelUnits"]) == (ARN, 2)
        runtime = aws.client("bedrock-runtime")
        answer = runtime.invoke_model(modelId=ARN, body='{"inputText": "hello"}')
        assert b"embedding" in answer["body"].read()
        broken = ARN.replace("abc", "bbb")
        status, code, _ = refused(runtime.invoke_model, modelId=broken, body="{}")
        assert (status, code) == (429, "ModelNotReadyException")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"statusEquals": "Failed"}, ["broken"]),
        ({"nameContains": "embed"}, ["embeddings-1"]),
        ({"modelArnEquals": "arn:aws:bedrock:us-east-1::foundation-model/amazon.other"}, []),
        ({"creationTimeAfter": datetime(2100, 1, 1, tzinfo=UTC)}, []),
        ({"creationTimeBefore": datetime(2100, 1, 1, tzinfo=UTC)}, ["broken", "embeddings-1"]),
        ({"sortBy": "CreationTime", "sortOrder": "Ascending"}, ["embeddings-1", "broken"]),
        ({"maxResults": 1}, ["broken"]),
    ],
    ids=str,
)
def test_throughput_can_be_filtered(query: dict[str, Any], names: list[str]) -> None:
    with serve_aws(with_throughput()) as aws:
        answer = aws.client("bedrock").list_provisioned_model_throughputs(**query)
    listed = [each["provisionedModelName"] for each in answer["provisionedModelSummaries"]]
    assert listed == names
    assert ("nextToken" in answer) == ("maxResults" in query)


@pytest.mark.parametrize(
    "query",
    ["statusEquals=Gone", "sortBy=Name", "sortOrder=Up", "creationTimeAfter=x", "nameContains=a."],
)
def test_a_filter_that_is_none_is_refused(aws: FakeAws, query: str) -> None:
    assert aws.send("GET", f"/provisioned-model-throughputs?{query}").status_code == 400


def test_an_account_that_bought_nothing_has_nothing(aws: FakeAws) -> None:
    bedrock = aws.client("bedrock")
    assert bedrock.list_provisioned_model_throughputs()["provisionedModelSummaries"] == []
    call = bedrock.get_provisioned_model_throughput
    assert refused(call, provisionedModelId=ARN)[:2] == (404, "ResourceNotFoundException")
