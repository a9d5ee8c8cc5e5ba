from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from runthrough.emulator.aws.credentials.sts import user_id
from tests.emulator.aws.refusals import refused


def test_the_caller_of_a_session_is_its_role(aws: Any) -> None:
    caller = aws.client("sts").get_caller_identity()
    assert caller["Account"] == "111122223333"
    assert caller["Arn"] == "arn:aws:sts::111122223333:assumed-role/WorkshopRole/attendee"
    assert caller["UserId"].endswith(":attendee")
    assert caller["ResponseMetadata"]["RequestId"]


def test_the_caller_of_long_term_keys_is_their_user(aws: Any) -> None:
    caller = aws.client("sts", key=aws.long_term_key).get_caller_identity()
    assert caller["Arn"] == "arn:aws:iam::111122223333:user/workshop-author"
    assert caller["UserId"].startswith("AIDA")


def test_any_region_of_aws_may_ask_who_is_calling(aws: Any) -> None:
    assert aws.client("sts", region="sa-east-1").get_caller_identity()["Account"]


def test_session_credentials_cannot_mint_a_session(aws: Any) -> None:
    assert refused(aws.client("sts").get_session_token) == (
        403,
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
    )


def test_long_term_keys_mint_a_session_that_works_until_it_ends(aws: Any) -> None:
    sts = aws.client("sts", key=aws.long_term_key)
    minted = sts.get_session_token(DurationSeconds=10_800)["Credentials"]
    lasts = minted["Expiration"] - aws.now()
    assert timedelta(seconds=10_790) < lasts <= timedelta(seconds=10_800)
    session = {
        "aws_access_key_id": minted["AccessKeyId"],
        "aws_secret_access_key": minted["SecretAccessKey"],
        "aws_session_token": minted["SessionToken"],
    }
    assert minted["AccessKeyId"].startswith("ASIA")
    assert (len(minted["AccessKeyId"]), len(minted["SecretAccessKey"])) == (20, 40)
    bedrock = aws.client("bedrock", **session)
    assert bedrock.list_foundation_models()["modelSummaries"]
    aws.ahead = timedelta(seconds=10_801)
    assert refused(bedrock.list_foundation_models)[1] == "ExpiredTokenException"
    assert refused(aws.client("sts", **session).get_caller_identity)[:2] == (403, "ExpiredToken")


@pytest.mark.parametrize("seconds", ["899", "129601", "-1", "soon", "9" * 5000])
def test_a_session_of_an_impossible_length_is_refused(aws: Any, seconds: str) -> None:
    """Sent by hand, because boto3 itself refuses the short ones."""
    query = f"Action=GetSessionToken&Version=2011-06-15&DurationSeconds={seconds}"
    response = aws.send("GET", f"/?{query}", service="sts", key=aws.long_term_key)
    assert response.status_code == 400
    assert "<Code>ValidationError</Code>" in response.text
    assert f"Value '{seconds[:40]}' at 'durationSeconds'" in response.text


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        ({"aws_access_key_id": "AKIAUNKNOWN000000000"}, "InvalidClientTokenId"),
        ({"aws_secret_access_key": "wrong"}, "SignatureDoesNotMatch"),
    ],
)
def test_sts_names_its_errors_in_its_own_way(
    aws: Any, credentials: dict[str, str], code: str
) -> None:
    assert refused(aws.client("sts", **credentials).get_caller_identity)[:2] == (403, code)


def test_an_unsigned_call_gets_an_answer_in_xml(aws: Any) -> None:
    form = {"Action": "GetCallerIdentity", "Version": "2011-06-15"}
    response = httpx.post(aws.url, data=form)
    assert response.status_code == 403
    assert "<Code>MissingAuthenticationToken</Code>" in response.text


def test_an_action_that_is_not_emulated_says_so(aws: Any) -> None:
    status, code, message = refused(
        aws.client("sts").get_federation_token,
        Name="me",
    )
    assert (status, code) == (501, "NotImplemented")
    assert message == "The STS action 'GetFederationToken' is not emulated; the live target has it"


@pytest.mark.parametrize(
    ("arn", "prefix"),
    [
        ("arn:aws:iam::111122223333:user/someone", "AIDA"),
        ("arn:aws:sts::111122223333:assumed-role/Role/session", "AROA"),
        ("arn:aws:iam::111122223333:root", "111122223333"),
    ],
)
def test_an_arn_always_gets_the_same_user_id(arn: str, prefix: str) -> None:
    assert user_id(arn).startswith(prefix)
    assert user_id(arn) == user_id(arn)
