from __future__ import annotations

from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from runthrough.emulator.aws.app import handles


def scope(method: str = "GET", path: str = "/", **headers: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "headers": [(name.replace("_", "-").encode(), v.encode()) for name, v in headers.items()],
    }


@pytest.mark.parametrize(
    "request_scope",
    [
        scope("POST", "/model/us.anthropic.claude-sonnet-4-6/invoke"),
        scope("GET", "/foundation-models"),
        scope("GET", "/inference-profiles?type=APPLICATION"),
        scope("POST", "/guardrail/x/version/1/apply"),
        scope("GET", "/async-invoke"),
        scope("POST", "/", authorization="AWS4-HMAC-SHA256 Credential=x"),
        scope("POST", "/", content_type="application/x-www-form-urlencoded; charset=utf-8"),
        scope("POST", "/", x_amz_target="ServiceQuotasV20190624.ListServiceQuotas"),
    ],
    ids=lambda value: f"{value['method']} {value['path']}",
)
def test_requests_of_aws_are_recognised(request_scope: dict[str, Any]) -> None:
    assert handles(request_scope)


@pytest.mark.parametrize(
    "request_scope",
    [
        scope("GET", "/org/v2/environments", authorization="Basic eDp5"),
        scope("GET", "/subjects"),
        scope("POST", "/sql/v1/organizations/x/environments/y/statements"),
        scope("GET", "/kafka/v3/clusters"),
        scope("GET", "/tableflow/v1/regions"),
        scope("GET", "/modelling"),
        scope("GET", "/"),
        {"type": "lifespan"},
    ],
    ids=lambda value: value.get("path", "lifespan"),
)
def test_requests_of_others_are_left_alone(request_scope: dict[str, Any]) -> None:
    assert not handles(request_scope)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/model/x/invoke"), ("POST", "/foundation-models"), ("GET", "/model"), ("GET", "/x")],
)
def test_a_path_aws_does_not_have_is_unknown(aws: Any, method: str, path: str) -> None:
    response = aws.send(method, path)
    assert (response.status_code, response.text) == (404, "<UnknownOperationException/>")


def test_a_bedrock_api_key_is_not_accepted(aws: Any) -> None:
    response = httpx.get(
        f"{aws.url}/foundation-models", headers={"Authorization": "Bearer ABSKnothing"}
    )
    assert response.status_code == 403
    assert response.json() == {
        "Message": "Authentication failed: Please make sure your API Key is valid."
    }


def test_the_host_names_the_region_a_request_must_be_signed_for(aws: Any) -> None:
    host = {"Host": "bedrock.us-west-2.amazonaws.com"}
    right = aws.send("GET", "/foundation-models", headers=host, region="us-west-2")
    wrong = aws.send("GET", "/foundation-models", headers=host, region="us-east-1")
    assert right.status_code == 200
    assert wrong.json() == {"message": "Credential should be scoped to a valid region. "}


def test_other_services_say_that_they_are_not_emulated(aws: Any) -> None:
    with pytest.raises(ClientError) as caught:
        aws.client("iam").list_users()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "The AWS service 'iam' is not emulated" in str(caught.value)


def test_a_reply_can_carry_what_utf8_cannot(aws: Any) -> None:
    body = rb'{"messages":[{"role":"user","content":[{"text":"My name is A\ud800da."}]}]}'
    response = aws.send("POST", "/model/us.anthropic.claude-sonnet-4-6/converse", body=body)
    assert response.status_code == 200
