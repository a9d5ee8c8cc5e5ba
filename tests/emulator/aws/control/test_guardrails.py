from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

ID, ARN = "rtguardrail1", "arn:aws:bedrock:us-east-1:111122223333:guardrail/rtguardrail1"


def test_guardrails_are_listed_by_their_drafts(aws: Any) -> None:
    (one,) = aws.client("bedrock").list_guardrails()["guardrails"]
    assert (one["id"], one["arn"], one["version"], one["status"]) == (ID, ARN, "DRAFT", "READY")
    assert one["createdAt"] == one["updatedAt"]


@pytest.mark.parametrize("identifier", [ID, ARN])
def test_one_guardrail_is_listed_by_its_versions(aws: Any, identifier: str) -> None:
    pages = (
        aws.client("bedrock")
        .get_paginator("list_guardrails")
        .paginate(guardrailIdentifier=identifier, PaginationConfig={"PageSize": 1})
    )
    assert [[g["version"] for g in page["guardrails"]] for page in pages] == [["DRAFT"], ["1"]]


@pytest.mark.parametrize(
    ("arguments", "version"), [({}, "DRAFT"), ({"guardrailVersion": "1"}, "1")]
)
def test_a_guardrail_tells_its_words_and_messages(
    aws: Any, arguments: dict[str, str], version: str
) -> None:
    one = aws.client("bedrock").get_guardrail(guardrailIdentifier=ID, **arguments)
    assert (one["guardrailId"], one["guardrailArn"], one["version"]) == (ID, ARN, version)
    assert [word["text"] for word in one["wordPolicy"]["words"]] == [
        "Seaview Palace",
        "Hotel Nowhere",
    ]
    assert one["blockedInputMessaging"] == "We talk about our own hotels only."
    assert one["blockedOutputsMessaging"] == "The answer was about another hotel."


@pytest.mark.parametrize(
    "arguments",
    [{"guardrailIdentifier": "nothing0"}, {"guardrailIdentifier": ID, "guardrailVersion": "9"}],
)
def test_a_guardrail_that_is_not_there_is_not_found(aws: Any, arguments: dict[str, str]) -> None:
    with pytest.raises(ClientError) as caught:
        aws.client("bedrock").get_guardrail(**arguments)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
