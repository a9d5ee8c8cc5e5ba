"""The world `workshop-studio`: a role's credentials, and Bedrock in two regions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runthrough.emulator.world import read_world
from tests.emulator.aws.conftest import FakeAws, serve_aws

MODEL = "us.anthropic.claude-sonnet-4-6"


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with serve_aws(read_world("workshop-studio").aws) as aws:
        yield aws


def ask(aws: FakeAws, **client: Any) -> Any:
    turn = {"role": "user", "content": [{"text": "hello"}]}
    return aws.client("bedrock-runtime", **client).converse(modelId=MODEL, messages=[turn])


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
def test_the_model_answers_where_bedrock_is_open(studio: FakeAws, region: str) -> None:
    assert ask(studio, region=region)["stopReason"] == "end_turn"


def test_elsewhere_a_policy_of_the_organization_denies(studio: FakeAws) -> None:
    with pytest.raises(ClientError, match="explicit deny in a service control policy") as caught:
        ask(studio, region="us-east-2")
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"


def test_after_an_hour_the_session_is_over(studio: FakeAws) -> None:
    studio.ahead = timedelta(hours=1)
    with pytest.raises(ClientError, match="The security token included in the request is expired"):
        ask(studio)


def test_a_role_gets_no_longer_session(studio: FakeAws) -> None:
    with pytest.raises(ClientError, match="Cannot call GetSessionToken with session credentials"):
        studio.client("sts").get_session_token()


def test_the_form_is_the_organizations(studio: FakeAws) -> None:
    """Facts 6.5: the account has no form of its own, and the model is open all the same."""
    with pytest.raises(ClientError, match="You have not filled out the request form"):
        studio.client("bedrock").get_use_case_for_model_access()
    assert ask(studio)["usage"]["outputTokens"] > 0


def test_the_role_changes_nothing(studio: FakeAws) -> None:
    bedrock = studio.client("bedrock")
    with pytest.raises(
        ClientError,
        match="no identity-based policy allows the bedrock:PutUseCaseForModelAccess action",
    ):
        bedrock.put_use_case_for_model_access(formData=b'{"companyName": "River Hotels"}')
    with pytest.raises(
        ClientError, match="is not authorized to perform: servicequotas:RequestServiceQuotaIncrease"
    ):
        studio.client("service-quotas").request_service_quota_increase(
            ServiceCode="bedrock", QuotaCode="L-00FF3314", DesiredValue=20000
        )
