"""Guardrails that an account makes itself, and what they stop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

MODEL = "us.anthropic.claude-sonnet-4-6"
MESSAGES = {"blockedInputMessaging": "Not that.", "blockedOutputsMessaging": "Nor this."}


def words(*texts: str, **more: Any) -> dict[str, Any]:
    return {"wordsConfig": [{"text": text, **more} for text in texts]}


@pytest.fixture
def bedrock(aws: Any) -> Iterator[Any]:
    """A client; what a test makes is deleted behind it."""
    client = aws.client("bedrock")
    before = {one["id"] for one in client.list_guardrails()["guardrails"]}
    yield client
    for one in client.list_guardrails()["guardrails"]:
        if one["id"] not in before:
            client.delete_guardrail(guardrailIdentifier=one["id"])


def make(client: Any, name: str = "mine", **more: Any) -> Any:
    given = {"wordPolicyConfig": words("lighthouse"), **MESSAGES, **more}
    return client.create_guardrail(name=name, **given)


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def said(aws: Any, made: Any, version: str, text: str) -> tuple[str, str]:
    answer = aws.client("bedrock-runtime").apply_guardrail(
        guardrailIdentifier=made["guardrailId"],
        guardrailVersion=version,
        source="INPUT",
        content=[{"text": {"text": text}}],
    )
    return answer["action"], "".join(one["text"] for one in answer["outputs"])


def test_a_guardrail_is_made_and_stops_its_words(aws: Any, bedrock: Any) -> None:
    made = make(bedrock, description="No towers.", tags=[{"key": "team", "value": "sea"}])
    assert made["version"] == "DRAFT"
    assert made["guardrailArn"].endswith(f":guardrail/{made['guardrailId']}")
    told = bedrock.get_guardrail(guardrailIdentifier=made["guardrailArn"])
    assert (told["name"], told["description"], told["status"]) == ("mine", "No towers.", "READY")
    assert [one["text"] for one in told["wordPolicy"]["words"]] == ["lighthouse"]
    tagged = bedrock.list_tags_for_resource(resourceARN=made["guardrailArn"])
    assert tagged["tags"] == [{"key": "team", "value": "sea"}]
    assert said(aws, made, "DRAFT", "A Lighthouse!") == ("GUARDRAIL_INTERVENED", "Not that.")
    assert said(aws, made, "DRAFT", "A house.") == ("NONE", "")
    answer = aws.client("bedrock-runtime").converse(
        modelId=MODEL,
        messages=[{"role": "user", "content": [{"text": "Draw a lighthouse."}]}],
        guardrailConfig={
            "guardrailIdentifier": made["guardrailId"],
            "guardrailVersion": "DRAFT",
        },
    )
    assert answer["stopReason"] == "guardrail_intervened"


def test_a_version_stays_as_it_was_when_the_draft_changes(aws: Any, bedrock: Any) -> None:
    made = make(bedrock)
    own = {"guardrailIdentifier": made["guardrailId"]}
    first = bedrock.create_guardrail_version(**own, description="the first")
    assert (first["guardrailId"], first["version"]) == (made["guardrailId"], "1")
    changed = bedrock.update_guardrail(
        **own, name="renamed", wordPolicyConfig=words("harbour"), **MESSAGES
    )
    assert changed["version"] == "DRAFT"
    assert said(aws, made, "1", "lighthouse")[0] == "GUARDRAIL_INTERVENED"
    assert said(aws, made, "DRAFT", "lighthouse")[0] == "NONE"
    assert said(aws, made, "DRAFT", "harbour")[0] == "GUARDRAIL_INTERVENED"
    assert bedrock.get_guardrail(**own)["name"] == "renamed"
    told = bedrock.get_guardrail(**own, guardrailVersion="1")
    assert (told["name"], told["description"]) == ("mine", "the first")
    assert bedrock.create_guardrail_version(**own)["version"] == "2"
    bedrock.delete_guardrail(**own, guardrailVersion="2")
    listed = bedrock.list_guardrails(**own)["guardrails"]
    assert [one["version"] for one in listed] == ["DRAFT", "1"]
    assert bedrock.create_guardrail_version(**own)["version"] == "3"  # no number comes twice


def test_a_guardrail_is_of_its_region_and_gone_when_it_is_deleted(aws: Any, bedrock: Any) -> None:
    own = {"guardrailIdentifier": make(bedrock)["guardrailId"]}
    elsewhere = aws.client("bedrock", region="us-west-2")
    assert refused(elsewhere.get_guardrail, **own)[0] == "ResourceNotFoundException"
    bedrock.delete_guardrail(**own)
    for call in (bedrock.get_guardrail, bedrock.delete_guardrail, bedrock.create_guardrail_version):
        assert refused(call, **own)[0] == "ResourceNotFoundException"


def test_a_token_makes_one_guardrail_and_a_name_is_given_once(bedrock: Any) -> None:
    first, again = (make(bedrock, clientRequestToken="once") for _ in range(2))
    assert first["guardrailId"] == again["guardrailId"]
    assert refused(make, client=bedrock) == (
        "ConflictException",
        "There is a guardrail named mine already.",
    )
    other = make(bedrock, "other")["guardrailId"]
    given = {"wordPolicyConfig": words("x"), **MESSAGES}
    code, _ = refused(bedrock.update_guardrail, guardrailIdentifier=other, name="mine", **given)
    assert code == "ConflictException"


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({"name": "a blank"}, "ValidationException", "regular expression pattern: [0-9a-zA-Z-_]+"),
        ({"wordPolicyConfig": {}}, "ValidationException", "needs at least one policy"),
        ({"wordPolicyConfig": words(" ")}, "ValidationException", "1.member.text' is blank"),
        (
            {"wordPolicyConfig": words("x" * 101)},
            "ValidationException",
            "less than or equal to 100",
        ),
        ({"description": "x" * 201}, "ValidationException", "less than or equal to 200"),
        ({"wordPolicyConfig": words("a", inputAction="MAYBE")}, "ValidationException", "inputAct"),
        (
            {"wordPolicyConfig": words("a", inputAction="NONE")},
            "NotImplementedException",
            "stopped",
        ),
        (
            {"wordPolicyConfig": {"managedWordListsConfig": [{"type": "PROFANITY"}]}},
            "NotImplementedException",
            "'managedWordListsConfig' of CreateGuardrail is not emulated",
        ),
        (
            {
                "contentPolicyConfig": {
                    "filtersConfig": [
                        {"type": "HATE", "inputStrength": "HIGH", "outputStrength": "HIGH"}
                    ]
                }
            },
            "NotImplementedException",
            "'contentPolicyConfig' of CreateGuardrail is not emulated",
        ),
    ],
)
def test_what_makes_no_guardrail_is_said(
    bedrock: Any, given: dict[str, Any], code: str, said: str
) -> None:
    found = refused(make, client=bedrock, **given)
    assert found[0] == code
    assert said in found[1]


def test_only_numbers_are_deleted_as_versions(aws: Any, bedrock: Any) -> None:
    own = make(bedrock)["guardrailId"]
    path = f"/guardrails/{own}"
    response = aws.send("DELETE", f"{path}?guardrailVersion=DRAFT")
    assert response.status_code == 400
    assert "[1-9][0-9]{0,7}" in response.json()["message"]
