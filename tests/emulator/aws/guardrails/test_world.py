"""Guardrails of a world file, and who may use them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import ValidationError

from runthrough.emulator.world import AwsAccount, Guardrail, IamStatement, read_world
from tests.emulator.aws.conftest import serve_aws

POLICY = {"words": ["palace"], "blocked_input": "no", "blocked_output": "no"}
GIVEN: dict[str, Any] = {"id": "abc123", "name": "mine", "versions": {"DRAFT": POLICY}}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"id": "Abc"}, "id"),
        ({"name": "two words"}, "name"),
        ({"versions": {"1": POLICY}}, "a guardrail has a version DRAFT"),
        ({"versions": {"DRAFT": POLICY, "0": POLICY}}, r"versions\.0"),
        ({"versions": {"DRAFT": POLICY | {"words": ["  "]}}}, r"versions\.DRAFT\.words\.0"),
        ({"versions": {"DRAFT": POLICY | {"words": ["a" * 101]}}}, r"versions\.DRAFT\.words\.0"),
        ({"versions": {"DRAFT": POLICY | {"blocked_input": ""}}}, "blocked_input"),
        ({"versions": {"DRAFT": POLICY | {"topics": []}}}, "topics"),
    ],
)
def test_a_mistake_in_a_guardrail_is_found(changed: dict[str, Any], said: str) -> None:
    assert Guardrail.model_validate(GIVEN).versions["DRAFT"].words == ("palace",)
    with pytest.raises(ValidationError, match=said):
        Guardrail.model_validate(GIVEN | changed)


def only_models() -> AwsAccount:
    """The account of the default world, whose users may call models and nothing else."""
    statement = IamStatement.model_validate(
        {"effect": "Allow", "actions": ["bedrock:InvokeModel"], "resources": ["*"]}
    )
    return read_world().aws.model_copy(update={"iam": (statement,)})


@pytest.fixture(scope="module")
def restricted() -> Iterator[Any]:
    with serve_aws(only_models()) as fake:
        yield fake


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    message: str = error["Message"]
    return message


def test_a_guardrail_needs_a_right_of_its_own(aws: Any, restricted: Any) -> None:
    client = restricted.client("bedrock-runtime")
    arn = "arn:aws:bedrock:us-east-1:111122223333:guardrail/rtguardrail1"
    said = f"is not authorized to perform: bedrock:ApplyGuardrail on resource: {arn}"
    named = {"guardrailIdentifier": "rtguardrail1", "guardrailVersion": "1"}
    content = [{"text": {"text": "hello"}}]
    assert said in refused(client.apply_guardrail, source="INPUT", content=content, **named)
    messages = [{"role": "user", "content": [{"text": "hello"}]}]
    model = "us.anthropic.claude-sonnet-4-6"
    assert client.converse(modelId=model, messages=messages)["stopReason"] == "end_turn"
    assert said in refused(client.converse, modelId=model, messages=messages, guardrailConfig=named)
