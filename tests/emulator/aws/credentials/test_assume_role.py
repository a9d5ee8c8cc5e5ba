from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.emulator.aws.refusals import refused

ROLE = "arn:aws:iam::111122223333:role/WorkshopRole"


def assumed(aws: Any, **arguments: Any) -> dict[str, Any]:
    sts = aws.client("sts", key=aws.long_term_key)
    return dict(sts.assume_role(RoleArn=ROLE, RoleSessionName="seat-7", **arguments))


def credentials(answer: dict[str, Any]) -> dict[str, str]:
    given = answer["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


def test_a_trusted_user_becomes_the_role(aws: Any) -> None:
    answer = assumed(aws)
    name = "arn:aws:sts::111122223333:assumed-role/WorkshopRole/seat-7"
    assert answer["AssumedRoleUser"]["Arn"] == name
    assert answer["AssumedRoleUser"]["AssumedRoleId"].endswith(":seat-7")
    caller = aws.client("sts", **credentials(answer)).get_caller_identity()
    assert caller["Arn"] == name
    assert caller["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]


def test_a_session_lasts_an_hour_unless_told_otherwise(aws: Any) -> None:
    for given, hours in (({}, 1), ({"DurationSeconds": 7200}, 2)):
        lasts = assumed(aws, **given)["Credentials"]["Expiration"] - aws.now()
        assert timedelta(hours=hours, seconds=-10) < lasts <= timedelta(hours=hours)


def test_a_session_that_has_ended_opens_nothing(aws: Any) -> None:
    answer = assumed(aws, DurationSeconds=900)
    aws.ahead = timedelta(seconds=901)
    call = aws.client("bedrock", **credentials(answer)).list_foundation_models
    assert refused(call)[:2] == (403, "ExpiredTokenException")


def test_a_role_s_session_cannot_mint_another(aws: Any) -> None:
    sts = aws.client("sts", **credentials(assumed(aws)))
    assert refused(sts.get_session_token)[1] == "AccessDenied"


@pytest.mark.parametrize("role", [ROLE, ROLE + "Unknown", ROLE.replace("1111", "9999", 1)])
def test_who_may_not_is_not_told_whether_the_role_exists(aws: Any, role: str) -> None:
    caller = "arn:aws:sts::111122223333:assumed-role/WorkshopRole/attendee"
    call = aws.client("sts").assume_role
    assert refused(call, RoleArn=role, RoleSessionName="seat-7") == (
        403,
        "AccessDenied",
        f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role}",
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"RoleSessionName": "no blanks"}, "roleSessionName"),
        ({"DurationSeconds": 43_201}, "durationSeconds"),
    ],
)
def test_values_out_of_range_are_named(aws: Any, given: dict[str, Any], words: str) -> None:
    call = aws.client("sts", key=aws.long_term_key).assume_role
    status, code, text = refused(call, **({"RoleArn": ROLE, "RoleSessionName": "seat-7"} | given))
    assert (status, code) == (400, "ValidationError")
    assert words in text


def test_what_is_not_emulated_is_named(aws: Any) -> None:
    call = aws.client("sts", key=aws.long_term_key).assume_role
    status, _, text = refused(call, RoleArn=ROLE, RoleSessionName="seat-7", Policy="{}")
    assert status == 501
    assert "AssumeRole with Policy" in text


def test_a_key_id_tells_its_account(aws: Any) -> None:
    sts = aws.client("sts")
    known = sts.get_access_key_info(AccessKeyId=aws.long_term_key.access_key_id)
    assert known["Account"] == "111122223333"
    assert refused(sts.get_access_key_info, AccessKeyId="AKIANOBODYHASTHISONE")[0] == 403
