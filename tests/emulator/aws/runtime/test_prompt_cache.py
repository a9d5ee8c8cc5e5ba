"""Which beginnings of prompts are kept, for how long, and what is counted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.aws.runtime.prompt_cache import CacheUse, PromptCache
from runthrough.emulator.standins import Prefix

MODEL = "us.anthropic.claude-sonnet-4-6"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
POINT = {"cachePoint": {"type": "default"}}


def use(cache: PromptCache, *prefixes: Prefix, minutes: float = 0, model: str = "m") -> CacheUse:
    at = NOON + timedelta(minutes=minutes)
    return cache.use("us-east-1", model, prefixes, least=100, at=at)


def test_what_was_written_is_read_until_it_ends() -> None:
    cache = PromptCache()
    prefix = Prefix("a", 500, "5m")
    assert use(cache, prefix) == CacheUse(0, (("5m", 500),))
    assert use(cache, prefix, minutes=4) == CacheUse(500)
    assert use(cache, prefix, minutes=8) == CacheUse(500), "a hit renews it"
    assert use(cache, prefix, minutes=13) == CacheUse(0, (("5m", 500),))


def test_an_hour_is_an_hour() -> None:
    cache = PromptCache()
    prefix = Prefix("a", 500, "1h")
    assert use(cache, prefix) == CacheUse(0, (("1h", 500),))
    assert use(cache, prefix, minutes=59) == CacheUse(500)
    assert use(cache, prefix, minutes=59 + 60) == CacheUse(0, (("1h", 500),))


def test_what_comes_behind_a_known_beginning_is_written_alone() -> None:
    cache = PromptCache()
    use(cache, Prefix("a", 500, "1h"))
    assert use(cache, Prefix("a", 500, "1h"), Prefix("b", 700, "5m")) == CacheUse(
        500, (("5m", 200),)
    )


def test_two_times_to_live_are_told_apart_the_longer_first() -> None:
    first, second = Prefix("a", 500, "1h"), Prefix("b", 700, "5m")
    assert use(PromptCache(), first, second) == CacheUse(0, (("1h", 500), ("5m", 200)))


def test_a_moving_point_finds_the_beginning_of_the_call_before() -> None:
    cache = PromptCache()
    use(cache, Prefix("a", 500), Prefix("b", 600, "5m"))
    longer = (Prefix("a", 500), Prefix("b", 600), Prefix("c", 700), Prefix("d", 900, "5m"))
    assert use(cache, *longer) == CacheUse(600, (("5m", 300),))


def test_a_beginning_too_far_back_is_not_found() -> None:
    cache = PromptCache()
    use(cache, Prefix("a", 500, "5m"))
    far = [Prefix(f"{at}", 501 + at) for at in range(20)]
    assert use(cache, Prefix("a", 500), *far, Prefix("z", 900, "5m")) == CacheUse(0, (("5m", 900),))


def test_a_short_beginning_is_not_kept() -> None:
    cache = PromptCache()
    assert use(cache, Prefix("a", 99, "5m")) == use(cache, Prefix("a", 99, "5m")) == CacheUse()


def test_models_do_not_share() -> None:
    cache = PromptCache()
    use(cache, Prefix("a", 500, "5m"))
    assert use(cache, Prefix("a", 500, "5m"), model="other").read == 0


@given(
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["", "5m", "1h"])), max_size=6),
    st.lists(st.integers(0, 3), max_size=6),
)
def test_what_is_read_and_written_is_never_more_than_the_last_point(
    blocks: list[tuple[int, str]], changes: list[int]
) -> None:
    cache, total = PromptCache(), 0
    prefixes = []
    for at, (tokens, ttl) in enumerate(blocks):
        total += tokens
        salt = changes[at] if at < len(changes) else 0
        prefixes.append(Prefix(f"{at}.{salt}", total, ttl))
    last = max((p.tokens for p in prefixes if p.ttl and p.tokens >= 100), default=0)
    for expected_read in (False, True):
        found = use(cache, *prefixes)
        assert found.read + sum(tokens for _, tokens in found.writes) == last
        assert (found.read > 0) == (expected_read and last > 0)


LONG = "The rules of the house are many. " * 200


def converse(aws: Any, **arguments: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": [{"text": "What is 1+1?"}]}]
    arguments = {"modelId": MODEL, "messages": messages, **arguments}
    usage: dict[str, Any] = aws.client("bedrock-runtime").converse(**arguments)["usage"]
    return usage


def test_converse_writes_first_and_reads_then(aws: Any) -> None:
    system = [{"text": LONG + "converse"}, POINT]
    first, second = converse(aws, system=system), converse(aws, system=system)
    written = first["cacheWriteInputTokens"]
    assert written > 1024
    assert first["cacheDetails"] == [{"ttl": "5m", "inputTokens": written}]
    assert first["cacheReadInputTokens"] == 0
    assert (second["cacheReadInputTokens"], second["cacheWriteInputTokens"]) == (written, 0)
    assert "cacheDetails" not in second
    plain = converse(aws, system=system[:1])
    for usage in (first, second, plain):
        cached = usage["cacheReadInputTokens"] + usage["cacheWriteInputTokens"]
        assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"] + cached
        assert usage["totalTokens"] == plain["totalTokens"]
    assert first["inputTokens"] < 20
    aws.ahead = timedelta(minutes=6)
    assert converse(aws, system=system)["cacheWriteInputTokens"] == written


def test_tools_messages_and_hours_are_kept_too(aws: Any) -> None:
    spec = {"name": "t", "description": LONG, "inputSchema": {"json": {"type": "object"}}}
    hour = {"cachePoint": {"type": "default", "ttl": "1h"}}
    content = [{"text": LONG}, POINT, {"text": "What is 1+1?"}]
    usage = converse(
        aws,
        toolConfig={"tools": [{"toolSpec": spec}, hour]},
        messages=[{"role": "user", "content": content}],
    )
    assert [detail["ttl"] for detail in usage["cacheDetails"]] == ["1h", "5m"]
    assert (
        sum(one["inputTokens"] for one in usage["cacheDetails"]) == (usage["cacheWriteInputTokens"])
    )


def test_both_apis_keep_the_same_beginnings(aws: Any) -> None:
    """A prompt written in either form is one prompt to the model."""
    written = converse(aws, system=[{"text": LONG + "both"}, POINT])["cacheWriteInputTokens"]
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 50,
        "system": [{"type": "text", "text": LONG + "both", "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "What is 1+1?"}],
    }
    runtime = aws.client("bedrock-runtime")
    answer = runtime.invoke_model(modelId=MODEL, body=json.dumps(body))
    usage = json.loads(answer["body"].read())["usage"]
    assert (usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]) == (written, 0)
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-bedrock-cache-read-input-token-count"] == str(written)
    body["system"] = [{**body["system"][0], "text": LONG + "mine"}]  # type: ignore[index]
    usage = json.loads(runtime.invoke_model(modelId=MODEL, body=json.dumps(body))["body"].read())[
        "usage"
    ]
    assert (
        usage["cache_creation"]["ephemeral_5m_input_tokens"]
        == (usage["cache_creation_input_tokens"])
    )
    stream = runtime.invoke_model_with_response_stream(modelId=MODEL, body=json.dumps(body))
    last = [json.loads(event["chunk"]["bytes"]) for event in stream["body"]][-1]
    metrics = last["amazon-bedrock-invocationMetrics"]
    assert metrics["cacheReadInputTokenCount"] == usage["cache_creation_input_tokens"]


def test_a_model_without_a_cache_refuses_cache_points(aws: Any) -> None:
    with pytest.raises(ClientError) as caught:
        converse(aws, modelId="us.meta.llama3-3-70b-instruct-v1:0", system=[{"text": "x"}, POINT])
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert "did not allow prompt caching" in error["Message"]


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([POINT] * 5, "A maximum of 4 blocks with cache_control may be provided. Found 5."),
        (
            [POINT, {"cachePoint": {"type": "default", "ttl": "1h"}}],
            "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.",
        ),
    ],
)
def test_points_that_do_not_fit_are_refused(aws: Any, points: list[Any], message: str) -> None:
    system = [one for at, point in enumerate(points) for one in ({"text": f"{at}"}, point)]
    with pytest.raises(ClientError) as caught:
        converse(aws, system=system)
    assert message in caught.value.response["Error"]["Message"]
