"""Service Quotas through boto3; every answer is judged by the published shapes (conftest)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from runthrough.emulator.aws.catalogue import read_catalogue
from runthrough.emulator.aws.quotas.table import QuotaTable
from runthrough.emulator.world import read_world
from tests.emulator.aws.conftest import serve_aws

TPM = "L-F4DDD3EB"
DAILY = "L-22F701C5"


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error["Error"]["Code"], error["Error"]["Message"]


def everything(client: Any, operation: str) -> list[dict[str, Any]]:
    pages = client.get_paginator(operation).paginate(
        ServiceCode="bedrock", PaginationConfig={"PageSize": 100}
    )
    return [quota for page in pages for quota in page["Quotas"]]


@pytest.mark.parametrize("operation", ["list_service_quotas", "list_aws_default_service_quotas"])
def test_the_quotas_come_in_pages(aws: Any, operation: str) -> None:
    quotas = everything(aws.client("service-quotas"), operation)
    codes = [quota["QuotaCode"] for quota in quotas]
    assert len(codes) == len(set(codes)) > 100
    assert len({quota["QuotaName"] for quota in quotas}) == len(quotas)
    assert {quota["Unit"] for quota in quotas} == {"None"}


@pytest.mark.parametrize(
    ("code", "name", "default"),
    [
        ("L-CCA5DF70", "Cross-region model inference requests per minute for * Haiku 4.5", 10_000),
        ("L-58BE175A", "Cross-region model inference tokens per minute for * Haiku 4.5", 5e6),
        ("L-9A11C666", "Global cross-region model inference tokens per minute for *", 5e6),
        ("L-B5C049AE", "Global cross-region model inference tokens per day for *", 7.2e9),
        ("L-4A6BFAB1", "Cross-region model inference requests per minute for * 4.5", 10_000),
        ("L-F4DDD3EB", "Cross-region model inference tokens per minute for * 4.5", 5e6),
        ("L-27C57EE8", "Global cross-region model inference tokens per minute for *", 5e6),
        ("L-00FF3314", "Cross-region model inference requests per minute for * 4.6", 10_000),
        ("L-7BEE40FB", "Global cross-region model inference tokens per minute for *", 6e6),
        ("L-248E47B7", "Global cross-region model inference tokens per day for * 4.6", 8.64e9),
        ("L-27989F42", "Cross-region model inference requests per minute for * Opus 4.5", 2000),
        ("L-11DFF789", "Cross-region model inference requests per minute for * Opus 4.6", 2000),
        ("L-559DCC33", "Cross-region model inference requests per minute for * Sonnet 4", 200),
        ("L-59759B4A", "Cross-region model inference tokens per minute for * Sonnet 4", 2e5),
        ("L-22F701C5", "Model invocation max tokens per day for * Sonnet 4 (doubled *", 1.44e8),
        ("L-3D8CC480", "Cross-region model inference requests per minute for * 3.7 Sonnet", 250),
        ("L-6E888CC2", "Cross-region model inference tokens per minute for * 3.7 Sonnet", 1e6),
        ("L-9EB71894", "Model invocation max tokens per day for * 3.7 Sonnet (doubled *", 7.2e8),
        ("L-254CACF4", "On-demand model inference requests per minute for *", 50),
        ("L-A50569E5", "On-demand model inference tokens per minute for *", 4e5),
        ("L-79E773B3", "On-demand model inference requests per minute for *", 1000),
        ("L-AD41C330", "On-demand model inference tokens per minute for *", 1e6),
        ("L-26C560CE", "On-demand model inference requests per minute for Amazon *", 1000),
    ],
)
def test_a_code_of_the_facts_names_its_quota(
    aws: Any, code: str, name: str, default: float
) -> None:
    """Facts 5.2, row by row."""
    quota = aws.client("service-quotas").get_aws_default_service_quota(
        ServiceCode="bedrock", QuotaCode=code
    )["Quota"]
    start, _, end = name.partition("*")
    assert quota["QuotaName"].startswith(start)
    assert quota["QuotaName"].endswith(
        end.replace("(doubled *", "(doubled for cross-region calls)")
    )
    assert quota["Value"] == default


def test_the_applied_value_is_the_worlds(aws: Any) -> None:
    client = aws.client("service-quotas")
    applied = client.get_service_quota(ServiceCode="bedrock", QuotaCode=TPM)["Quota"]
    default = client.get_aws_default_service_quota(ServiceCode="bedrock", QuotaCode=TPM)["Quota"]
    assert (applied["Value"], default["Value"]) == (10_000_000_000, 5_000_000)
    assert applied["QuotaArn"] == f"arn:aws:servicequotas:us-east-1:111122223333:bedrock/{TPM}"


def test_a_list_can_ask_for_one_code_or_another_level(aws: Any) -> None:
    client = aws.client("service-quotas")
    one = client.list_service_quotas(ServiceCode="bedrock", QuotaCode=TPM)["Quotas"]
    assert [quota["QuotaCode"] for quota in one] == [TPM]
    none = client.list_service_quotas(ServiceCode="bedrock", QuotaAppliedAtLevel="RESOURCE")
    assert none["Quotas"] == []


def test_an_increase_is_pending_once(aws: Any) -> None:
    call = aws.client("service-quotas").request_service_quota_increase
    wanted = {"ServiceCode": "bedrock", "QuotaCode": TPM, "DesiredValue": 6_000_000}
    asked = call(**wanted)["RequestedQuota"]
    assert (asked["Status"], asked["DesiredValue"]) == ("PENDING", 6_000_000)
    assert refused(call, **wanted)[0] == "ResourceAlreadyExistsException"


def test_an_increase_must_be_one(aws: Any) -> None:
    """The text of facts 5.2."""
    call = aws.client("service-quotas").request_service_quota_increase
    assert refused(call, ServiceCode="bedrock", QuotaCode="L-CCA5DF70", DesiredValue=10) == (
        "IllegalArgumentException",
        "You must provide a quota value greater than the default quota value of 10000.0",
    )


def test_the_daily_quota_cannot_be_asked_for(aws: Any) -> None:
    call = aws.client("service-quotas").request_service_quota_increase
    code, text = refused(call, ServiceCode="bedrock", QuotaCode=DAILY, DesiredValue=10**9)
    assert code == "IllegalArgumentException"
    assert "not adjustable" in text


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("list_service_quotas", {"ServiceCode": "ec2"}, "NoSuchResourceException"),
        (
            "get_service_quota",
            {"ServiceCode": "bedrock", "QuotaCode": "L-00000000"},
            "NoSuchResourceException",
        ),
        (
            "list_service_quotas",
            {"ServiceCode": "bedrock", "MaxResults": 101},
            "IllegalArgumentException",
        ),
        (
            "list_service_quotas",
            {"ServiceCode": "bedrock", "NextToken": "zz"},
            "InvalidPaginationTokenException",
        ),
        (
            "list_service_quotas",
            {"ServiceCode": "bedrock", "QuotaAppliedAtLevel": "PLANET"},
            "IllegalArgumentException",
        ),
    ],
)
def test_what_is_not_there_is_refused(
    aws: Any, operation: str, arguments: dict[str, Any], code: str
) -> None:
    assert refused(getattr(aws.client("service-quotas"), operation), **arguments)[0] == code


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b"{}",
        b'{"ServiceCode": 3}',
        b'{"ServiceCode": "bedrock", "QuotaCode": []}',
        b'{"ServiceCode": "bedrock", "QuotaCode": "L-CCA5DF70", "DesiredValue": "many"}',
        b'{"ServiceCode": "bedrock", "QuotaCode": "L-CCA5DF70", "DesiredValue": 1e99}',
    ],
)
def test_any_other_body_is_refused(aws: Any, body: bytes) -> None:
    headers = {"X-Amz-Target": "ServiceQuotasV20190624.RequestServiceQuotaIncrease"}
    response = aws.send("POST", "/", body=body, headers=headers, service="servicequotas")
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/x-amz-json-1.1"
    assert set(response.json()) == {"__type", "message"}


def test_what_service_quotas_can_do_besides_is_not_emulated(aws: Any) -> None:
    with pytest.raises(ClientError, match=r"V20190624\.ListServices is not emulated"):
        aws.client("service-quotas").list_services()


def test_a_closed_region_has_no_quotas_to_read() -> None:
    change = {"closed_regions": ("us-west-2",)}
    with serve_aws(read_world().aws.model_copy(update=change)) as aws:
        client = aws.client("service-quotas", region="us-west-2")
        with pytest.raises(ClientError, match="explicit deny in a service control policy"):
            client.list_service_quotas(ServiceCode="bedrock")


def test_every_model_that_can_be_called_has_quotas() -> None:
    catalogue = read_catalogue()
    table = QuotaTable(catalogue)
    for model in catalogue.models:
        routes = {
            "global" if prefix == "global" else "cross-region" for prefix in model.profiles
        } | ({"on-demand"} if model.on_demand else set())
        for route in routes:
            assert table.limits(model, route) is not None, (model.id, route)  # type: ignore[arg-type]


@pytest.mark.parametrize("model", ["anthropic.claude-opus-4-7", "anthropic.claude-opus-4-8"])
def test_some_models_have_no_quota_of_requests(model: str) -> None:
    """Facts 5.2."""
    catalogue = read_catalogue()
    found = next(m for m in catalogue.models if m.id == model)
    limits = QuotaTable(catalogue).limits(found, "cross-region")
    assert limits is not None
    assert limits.requests_a_minute is None
