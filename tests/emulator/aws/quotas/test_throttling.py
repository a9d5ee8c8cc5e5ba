"""Quotas as a caller meets them, through boto3; the world's clock stands still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runthrough.emulator.world import QuotaValue, read_world
from tests.emulator.aws.conftest import FakeAws, serve_aws

MODEL = "us.anthropic.claude-sonnet-4-6"
TOKENS = "Too many tokens, please wait before trying again."
REQUESTS = "Too many requests, please wait before trying again."
A_DAY = "Too many tokens per day, please wait before trying again."
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=30, microsecond=0)


class Standing:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


@contextmanager
def account(**quotas: float) -> Iterator[tuple[FakeAws, Standing]]:
    names = {
        "rpm": "*requests per minute*Sonnet 4.6",
        "tpm": "*tokens per minute*Sonnet 4.6",
        "tpd": "Model invocation max tokens per day*Sonnet 4.6*",
    }
    given = tuple(QuotaValue(quota=names[name], value=value) for name, value in quotas.items())
    keys = tuple(
        key.model_copy(update={"lifetime": timedelta(days=9)}) for key in read_world().aws.keys
    )
    changes = {"quotas": given, "keys": keys}
    with serve_aws(read_world().aws.model_copy(update=changes)) as aws:
        clock = Standing()
        aws.now = clock  # type: ignore[method-assign]
        yield aws, clock


def ask(aws: FakeAws, *, model: str = MODEL, limit: int | None = None, role: str = "user") -> Any:
    config = {} if limit is None else {"maxTokens": limit}
    return aws.client("bedrock-runtime").converse(
        modelId=model,
        messages=[{"role": role, "content": [{"text": "hello"}]}],
        inferenceConfig=config,
    )


def ask_for_ever(aws: FakeAws) -> None:
    for _ in range(500):
        ask(aws, limit=1)


def refused(aws: FakeAws, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        ask(aws, **arguments)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert error["Error"]["Code"] == "ThrottlingException"
    text: str = error["Error"]["Message"]
    return text


def test_requests_are_counted_by_the_minute() -> None:
    with account(rpm=2) as (aws, clock):
        ask(aws)
        ask(aws)
        assert refused(aws) == REQUESTS
        clock.time += timedelta(seconds=30)
        ask(aws)


def test_an_unset_limit_reserves_all_that_the_model_can_say() -> None:
    """Facts 5.2: the commonest cause of throttling in a class."""
    with account(tpm=64_000) as (aws, _):
        assert refused(aws) == TOKENS
        ask(aws, limit=1000)


def test_what_was_reserved_and_not_used_is_free_again() -> None:
    with account(tpm=65_000) as (aws, _):
        for _ in range(5):
            ask(aws)


def test_the_burndown_is_charged_at_the_end() -> None:
    with account(tpm=1000) as (aws, _):
        usage = ask(aws, limit=500)["usage"]
        taken = usage["inputTokens"] + 5 * usage["outputTokens"]
        left = 1000 - taken
        assert refused(aws, limit=left) == TOKENS  # its own input comes on top
        ask(aws, limit=left - 10)


def test_a_day_is_a_day_of_the_worlds_clock() -> None:
    with account(tpd=100) as (aws, clock):
        assert refused(aws, limit=500) == A_DAY
        with pytest.raises(ClientError, match=A_DAY):
            ask_for_ever(aws)
        clock.time += timedelta(minutes=5)
        assert refused(aws, limit=200) == A_DAY
        clock.time += timedelta(days=1)
        ask(aws, limit=100)


def test_a_request_that_is_not_valid_keeps_no_tokens() -> None:
    with account(tpm=1000) as (aws, _):
        for _ in range(3):
            with pytest.raises(ClientError, match="must start with a user message"):
                ask(aws, limit=900, role="assistant")
        ask(aws, limit=900)


def test_a_stream_is_charged_as_the_same_answer_at_once() -> None:
    with account(tpm=2000) as (aws, _):
        client = aws.client("bedrock-runtime")
        turn = {"role": "user", "content": [{"text": "hello"}]}
        for _ in range(4):
            asked = {"modelId": MODEL, "messages": [turn], "inferenceConfig": {"maxTokens": 1000}}
            events = list(client.converse_stream(**asked)["stream"])
            assert any("metadata" in event for event in events)


def test_other_models_and_regions_have_quotas_of_their_own() -> None:
    with account(rpm=1) as (aws, _):
        ask(aws)
        assert refused(aws) == REQUESTS
        ask(aws, model="us.anthropic.claude-haiku-4-5-20251001-v1:0")
        turn = {"role": "user", "content": [{"text": "hello"}]}
        aws.client("bedrock-runtime", region="us-west-2").converse(modelId=MODEL, messages=[turn])


def test_counting_tokens_takes_nothing() -> None:
    """Facts 2.10."""
    with account(rpm=1) as (aws, _):
        counted = {"converse": {"messages": [{"role": "user", "content": [{"text": "hello"}]}]}}
        for _ in range(3):
            aws.client("bedrock-runtime").count_tokens(
                modelId=MODEL.removeprefix("us."), input=counted
            )
        ask(aws)


def test_an_embedding_takes_its_input() -> None:
    changes = {"quotas": (QuotaValue(quota="On-demand *tokens per minute*Embed V2", value=2),)}
    with serve_aws(read_world().aws.model_copy(update=changes)) as aws:
        client, model = aws.client("bedrock-runtime"), "amazon.titan-embed-text-v2:0"
        with pytest.raises(ClientError, match=TOKENS):
            client.invoke_model(modelId=model, body='{"inputText": "123456789"}')
        answer = client.invoke_model(modelId=model, body='{"inputText": "1234"}')
        assert b"embedding" in answer["body"].read()
