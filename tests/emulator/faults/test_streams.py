"""Faults inside an event stream, met by an unmodified boto3."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from urllib3.exceptions import HTTPError

from runthrough.emulator.aws.eventstream import event
from runthrough.emulator.faults.streams import EXCEPTIONS, SpoiltStream
from runthrough.emulator.server import Running

ROUTE = "/model/{modelId}/converse-stream"
MESSAGES = [{"role": "user", "content": [{"text": "What is 1+1?"}]}]


@pytest.fixture
def bedrock(running: Running) -> Iterator[Any]:
    settings = running.exports
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=running.url,
        region_name=settings["AWS_REGION"],
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=settings["AWS_SESSION_TOKEN"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield client
    client.close()


def begin(bedrock: Any, running: Running) -> Iterator[dict[str, Any]]:
    model = running.exports["BEDROCK_MODEL_ID"]
    answer = bedrock.converse_stream(modelId=model, messages=MESSAGES)
    with closing(answer["stream"]) as stream:
        yield from stream


def spoil(control: httpx.Client, **rule: Any) -> None:
    made = control.post("/faults", json={"match": {"route": ROUTE}, **rule})
    assert made.status_code == 201, made.text


def names(events: list[dict[str, Any]]) -> list[str]:
    return [name for one in events for name in one]


@pytest.mark.parametrize("exception", sorted(EXCEPTIONS.keys() - {"modelTimeoutException"}))
def test_a_stream_ends_with_an_exception(
    running: Running, control: httpx.Client, bedrock: Any, exception: str
) -> None:
    spoil(control, ends_with={"exception": exception, "after_events": 2})
    got: list[dict[str, Any]] = []
    with pytest.raises(EventStreamError) as caught:
        got.extend(begin(bedrock, running))
    assert names(got) == ["messageStart", "contentBlockDelta"]
    assert caught.value.response["Error"] == {"Code": exception, "Message": EXCEPTIONS[exception]}


def test_only_a_vendors_stream_has_a_timeout(
    running: Running, control: httpx.Client, bedrock: Any
) -> None:
    route = "/model/{modelId}/invoke-with-response-stream"
    ending = {"exception": "modelTimeoutException", "after_events": 1}
    made = control.post("/faults", json={"match": {"route": route}, "ends_with": ending})
    assert made.status_code == 201
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hi"}],
    }
    answer = bedrock.invoke_model_with_response_stream(
        modelId=running.exports["BEDROCK_MODEL_ID"], body=json.dumps(body)
    )
    with closing(answer["body"]) as stream, pytest.raises(EventStreamError) as caught:
        list(stream)
    assert caught.value.response["Error"]["Code"] == "modelTimeoutException"


def test_the_events_before_the_exception_arrive(
    running: Running, control: httpx.Client, bedrock: Any
) -> None:
    ending = {
        "exception": "modelStreamErrorException",
        "after_events": 3,
        "detail": "The model broke.",
        "members": {"originalStatusCode": 500},
    }
    spoil(control, ends_with=ending)
    events = begin(bedrock, running)
    first = [next(events) for _ in range(3)]
    assert names(first) == ["messageStart", "contentBlockDelta", "contentBlockDelta"]
    with pytest.raises(EventStreamError, match=r"modelStreamErrorException.*The model broke"):
        next(events)


def test_an_error_in_no_description_is_raised_as_well(
    running: Running, control: httpx.Client, bedrock: Any
) -> None:
    spoil(control, ends_with={"error": "Broken", "detail": "Out of order."})
    with pytest.raises(EventStreamError) as caught:
        next(begin(bedrock, running))
    assert caught.value.response["Error"] == {"Code": "Broken", "Message": "Out of order."}


def test_an_exception_after_more_events_than_there_are_comes_last(
    running: Running, control: httpx.Client, bedrock: Any
) -> None:
    spoil(control, ends_with={"exception": "throttlingException", "after_events": 10_000})
    got: list[dict[str, Any]] = []
    with pytest.raises(EventStreamError):
        got.extend(begin(bedrock, running))
    assert names(got)[-1] == "metadata"


@pytest.mark.parametrize("cut", [{"after_events": 3}, {"after_bytes": 400}])
def test_a_truncated_stream_is_noticed_by_the_client(
    running: Running, control: httpx.Client, bedrock: Any, cut: dict[str, int]
) -> None:
    spoil(control, cut=cut)
    got: list[dict[str, Any]] = []
    with pytest.raises(HTTPError):
        got.extend(begin(bedrock, running))
    assert names(got)[:1] == ["messageStart"]
    assert "metadata" not in names(got)
    (entry,) = [
        one
        for one in control.get("/requests").json()["requests"][-1:]
        if one["route"] == ROUTE and one["fault"]
    ]
    assert entry["status"] == 200


def test_a_pause_leaves_the_stream_whole(
    running: Running, control: httpx.Client, bedrock: Any
) -> None:
    spoil(control, pause="5ms", delay="5ms")
    events = names(list(begin(bedrock, running)))
    assert (events[0], events[-1]) == ("messageStart", "metadata")


def test_a_rule_for_streams_leaves_other_requests_alone(
    running: Running, control: httpx.Client, bedrock: Any
) -> None:
    rule = {"match": {"family": "Bedrock"}, "cut": {"after_events": 1}}
    assert control.post("/faults", json=rule).status_code == 201
    model = running.exports["BEDROCK_MODEL_ID"]
    answer = bedrock.converse(modelId=model, messages=MESSAGES)
    assert answer["stopReason"] == "end_turn"
    (listed,) = control.get("/faults").json()["faults"]
    assert listed["seen"] == 0


@pytest.mark.parametrize(
    "rule",
    [{"cut": {"after_events": 1}}, {"ends_with": {"exception": "throttlingException"}}],
)
def test_a_refusal_before_the_first_byte_passes_as_it_is(
    running: Running, control: httpx.Client, bedrock: Any, rule: dict[str, Any]
) -> None:
    spoil(control, **rule)
    with pytest.raises(ClientError) as caught:
        bedrock.converse_stream(modelId="anthropic.nothing-v1:0", messages=MESSAGES)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_stream_can_be_refused_before_it_begins(
    running: Running, control: httpx.Client, bedrock: Any
) -> None:
    spoil(control, answer={"status": 429, "detail": "Too many tokens per day."})
    with pytest.raises(ClientError) as caught:
        next(begin(bedrock, running))
    assert caught.value.response["Error"]["Code"] == "ThrottlingException"


def test_events_are_counted_however_they_are_cut_into_messages() -> None:
    frames = [event("chunk", {"bytes": str(n)}) for n in range(5)]
    data, got = b"".join(frames), []

    async def keep(message: dict[str, Any]) -> None:
        got.append(message)

    async def run() -> None:
        spoilt = SpoiltStream(keep, pause=0, after_events=2, last=None)
        media_type = b"application/vnd.amazon.eventstream"
        start = {"status": 200, "headers": [(b"content-type", media_type)]}
        await spoilt({"type": "http.response.start", **start})
        for at in range(0, len(data), 7):
            message = {"type": "http.response.body", "body": data[at : at + 7], "more_body": True}
            await spoilt(message)
        await spoilt({"type": "http.response.body", "body": b""})

    asyncio.run(run())
    assert b"".join(one.get("body", b"") for one in got) == frames[0] + frames[1]
    assert all(one.get("more_body", True) for one in got)


def test_rules_for_streams_are_listed_as_they_were_given(control: httpx.Client) -> None:
    rule = {
        "match": {"route": ROUTE},
        "pause": "200ms",
        "ends_with": {"after_events": 3, "exception": "throttlingException"},
    }
    assert control.post("/faults", content=json.dumps(rule)).status_code == 201
    (listed,) = control.get("/faults").json()["faults"]
    assert {name: listed[name] for name in rule} == rule
