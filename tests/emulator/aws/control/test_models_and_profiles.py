from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from runthrough.emulator.aws.catalogue import read_catalogue
from runthrough.emulator.aws.operations import OPERATIONS

CATALOGUE = read_catalogue()


def refused(call: Any, **arguments: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]


def test_the_list_of_models_holds_the_living(aws: Any) -> None:
    models = aws.client("bedrock").list_foundation_models()["modelSummaries"]
    ids = [model["modelId"] for model in models]
    assert "anthropic.claude-sonnet-4-6" in ids
    assert "anthropic.claude-3-7-sonnet-20250219-v1:0" not in ids
    assert len(ids) == len(set(ids))


def test_a_model_disappears_on_its_last_day(aws: Any) -> None:
    aws.ahead = datetime(2027, 1, 8, tzinfo=UTC) - aws.now() + timedelta(seconds=1)
    client = aws.client("bedrock", key=aws.long_term_key)
    ids = [model["modelId"] for model in client.list_foundation_models()["modelSummaries"]]
    assert "anthropic.claude-opus-4-1-20250805-v1:0" not in ids
    gone = "anthropic.claude-opus-4-1-20250805-v1:0"
    assert refused(client.get_foundation_model, modelIdentifier=gone) == (
        404,
        "ResourceNotFoundException",
    )


@pytest.mark.parametrize(
    ("query", "member", "value"),
    [
        ({"byProvider": "Amazon"}, "providerName", "Amazon"),
        ({"byOutputModality": "EMBEDDING"}, "outputModalities", ["EMBEDDING"]),
    ],
)
def test_the_list_of_models_can_be_filtered(
    aws: Any, query: dict[str, str], member: str, value: Any
) -> None:
    models = aws.client("bedrock").list_foundation_models(**query)["modelSummaries"]
    assert models
    assert all(model[member] == value for model in models)


def test_models_callable_by_plain_id_can_be_listed(aws: Any) -> None:
    models = aws.client("bedrock").list_foundation_models(byInferenceType="ON_DEMAND")
    ids = [model["modelId"] for model in models["modelSummaries"]]
    assert "anthropic.claude-haiku-4-5-20251001-v1:0" in ids
    assert "anthropic.claude-sonnet-4-6" not in ids


def test_an_unknown_filter_is_refused(aws: Any) -> None:
    response = aws.send("GET", "/foundation-models?byInferenceType=SOMETIMES")
    assert response.status_code == 400
    assert "ON_DEMAND, PROVISIONED" in response.json()["message"]


def test_a_model_tells_its_life_cycle(aws: Any) -> None:
    details = aws.client("bedrock").get_foundation_model(
        modelIdentifier="anthropic.claude-sonnet-4-5-20250929-v1:0"
    )["modelDetails"]
    assert details["modelLifecycle"]["status"] == "LEGACY"
    assert details["modelLifecycle"]["endOfLifeTime"] == datetime(2027, 4, 8, tzinfo=UTC)
    assert details["inferenceTypesSupported"] == ["INFERENCE_PROFILE"]
    assert details["modelArn"].startswith("arn:aws:bedrock:us-east-1::foundation-model/")


def test_a_model_is_found_by_its_arn(aws: Any) -> None:
    arn = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6"
    details = aws.client("bedrock").get_foundation_model(modelIdentifier=arn)["modelDetails"]
    assert details["modelName"] == "Claude Sonnet 4.6"


def test_a_model_that_is_not_known_is_refused(aws: Any) -> None:
    call = aws.client("bedrock").get_foundation_model
    assert refused(call, modelIdentifier="anthropic.claude-9") == (400, "ValidationException")


def test_profiles_come_in_pages(aws: Any) -> None:
    pages = list(
        aws.client("bedrock")
        .get_paginator("list_inference_profiles")
        .paginate(typeEquals="SYSTEM_DEFINED", PaginationConfig={"PageSize": 7})
    )
    profiles = [profile for page in pages for profile in page["inferenceProfileSummaries"]]
    ids = [profile["inferenceProfileId"] for profile in profiles]
    assert len(pages) > 2
    assert len(ids) == len(set(ids))
    assert {id_.partition(".")[0] for id_ in ids} == {"us", "global"}
    assert all(profile["status"] == "ACTIVE" for profile in profiles)


def test_the_account_has_no_profiles_of_its_own(aws: Any) -> None:
    answer = aws.client("bedrock").list_inference_profiles(typeEquals="APPLICATION")
    assert answer["inferenceProfileSummaries"] == []


def test_a_profile_names_the_regions_it_routes_to(aws: Any) -> None:
    """The shape of the captured answer in facts 3.1."""
    profile = aws.client("bedrock").get_inference_profile(
        inferenceProfileIdentifier="us.anthropic.claude-opus-5"
    )
    assert profile["inferenceProfileName"] == "US Anthropic Claude Opus 5"
    assert profile["description"] == (
        "Routes requests to Anthropic Claude Opus 5 in us-east-1, us-east-2 and us-west-2."
    )
    assert profile["inferenceProfileArn"] == (
        "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-opus-5"
    )
    assert [model["modelArn"] for model in profile["models"]] == [
        f"arn:aws:bedrock:{region}::foundation-model/anthropic.claude-opus-5"
        for region in ("us-east-1", "us-east-2", "us-west-2")
    ]


def test_a_profile_is_found_by_its_arn(aws: Any) -> None:
    call = aws.client("bedrock").get_inference_profile
    arn = call(inferenceProfileIdentifier="us.anthropic.claude-opus-5")["inferenceProfileArn"]
    assert call(inferenceProfileIdentifier=arn)["inferenceProfileArn"] == arn


@pytest.mark.parametrize(
    ("identifier", "status"),
    [("eu.anthropic.claude-opus-5", 404), ("us.anthropic.claude-9", 404), ("a b", 400)],
)
def test_a_profile_that_cannot_be_used_here_is_refused(
    aws: Any, identifier: str, status: int
) -> None:
    call = aws.client("bedrock").get_inference_profile
    assert refused(call, inferenceProfileIdentifier=identifier)[0] == status


@pytest.mark.parametrize("query", ["maxResults=0", "maxResults=x", "nextToken=zz", "type=MINE"])
def test_a_bad_page_request_is_refused(aws: Any, query: str) -> None:
    response = aws.send("GET", f"/inference-profiles?{query}")
    assert (response.status_code, "message" in response.json()) == (400, True)


def test_every_profile_of_the_catalogue_names_a_geography() -> None:
    for model in CATALOGUE.models:
        assert set(model.profiles) <= set(CATALOGUE.geographies), model.id
        assert set(model.on_demand) <= CATALOGUE.regions, model.id
        assert model.profiles or model.on_demand, model.id


def published_operations() -> list[tuple[str, str, str]]:
    loader = Loader()
    return [
        (name, operation["http"]["method"], operation["http"]["requestUri"])
        for service in ("bedrock", "bedrock-runtime")
        for name, operation in loader.load_service_model(service, "service-2")["operations"].items()
    ]


def test_every_published_operation_is_answered_or_refused_as_not_emulated(aws: Any) -> None:
    """An operation AWS has must never look like one it does not have."""
    emulated = {operation.name for operation in OPERATIONS if operation.emulated}
    seen = set()
    for name, method, path in published_operations():
        response = aws.send(method, re.sub(r"\{[^}]+\}", "x", path.partition("?")[0]))
        if name in emulated:
            seen.add(name)
            assert response.status_code in (200, 400, 404), name
        else:
            assert response.status_code == 501, (name, response.text)
            assert "is not emulated; the live target has it" in response.json()["message"]
    assert seen == emulated


@pytest.mark.parametrize(
    "query",
    [
        {"byInferenceType": "PROVISIONED"},
        {"byCustomizationType": "FINE_TUNING"},
        {"byProvider": "Nobody"},
        {"byProvider": "Anthropic", "byOutputModality": "EMBEDDING"},
    ],
    ids=str,
)
def test_filters_that_nothing_fits_leave_nothing(aws: Any, query: dict[str, str]) -> None:
    assert aws.client("bedrock").list_foundation_models(**query)["modelSummaries"] == []


@pytest.mark.parametrize(
    "query",
    [
        "byCustomizationType=NONE",
        "byOutputModality=SMELL",
        "byProvider=a%40b",
        "byProvider=" + "a" * 64,
    ],
)
def test_a_filter_that_cannot_be_is_refused(aws: Any, query: str) -> None:
    response = aws.send("GET", f"/foundation-models?{query}")
    assert response.status_code == 400
    assert response.json()["message"].startswith("1 validation error detected: Value ")


def test_a_life_cycle_has_its_four_times(aws: Any) -> None:
    """Facts 3.1, 4.13: half a year of LEGACY, and after three months extended access alone."""
    aws.ahead = datetime(2026, 11, 21, tzinfo=UTC) - aws.now()
    life = aws.client("bedrock").get_foundation_model(
        modelIdentifier="anthropic.claude-opus-4-1-20250805-v1:0"
    )["modelDetails"]["modelLifecycle"]
    assert life == {
        "status": "LEGACY",
        "legacyTime": datetime(2026, 7, 8, tzinfo=UTC),
        "publicExtendedAccessTime": datetime(2026, 10, 8, tzinfo=UTC),
        "endOfLifeTime": datetime(2027, 1, 8, tzinfo=UTC),
    }


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_every_model_and_profile_keeps_the_published_shapes(aws: Any, region: str) -> None:
    """The judge stands in conftest."""
    client = aws.client("bedrock", region=region)
    models = client.list_foundation_models()["modelSummaries"]
    profiles = client.list_inference_profiles()["inferenceProfileSummaries"]
    for model in models:
        client.get_foundation_model(modelIdentifier=model["modelArn"])
        client.get_foundation_model_availability(modelId=model["modelId"])
        client.list_foundation_model_agreement_offers(modelId=model["modelId"])
    for profile in profiles:
        arn = profile["inferenceProfileArn"]
        client.get_inference_profile(inferenceProfileIdentifier=arn)
