"""Rate limits and the quota of a world."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.openai.limits import Limits
from runthrough.emulator.openai.replies import Refused
from runthrough.emulator.world import OpenAiAccount

from .conftest import EMBEDDINGS, Desk

Opened = Callable[..., Desk]


def test_requests_beyond_the_limit_wait_for_the_bucket_to_fill(opened: Opened) -> None:
    desk = opened(requests_per_minute=3)
    for left in (2, 1, 0):
        assert desk.chat()[0] == 200
        assert desk.headers["x-ratelimit-remaining-requests"] == str(left)
    refused = desk.chat()
    status, message, _, code = desk.error(refused)
    assert (status, code, refused[1]["error"]["type"]) == (429, "rate_limit_exceeded", "requests")
    assert message == (
        "Rate limit reached for gpt-4o in organization org-tests on requests per min (RPM): Limit"
        " 3, Used 3, Requested 1. Please try again in 20s. Visit"
        " https://platform.openai.com/account/rate-limits to learn more."
    )
    assert (desk.headers["retry-after"], desk.headers["retry-after-ms"]) == ("20", "20000")
    assert desk.headers["x-ratelimit-reset-requests"] == "1m0s"
    assert desk.chat(model="gpt-4o-mini")[0] == 200
    desk.now += timedelta(seconds=20)
    assert desk.chat()[0] == 200
    assert desk.chat()[0] == 429


def test_tokens_are_taken_by_what_was_asked_for(opened: Opened) -> None:
    desk = opened(tokens_per_minute=100)
    assert desk.chat(max_tokens=60)[0] == 200
    assert desk.headers["x-ratelimit-remaining-tokens"] == "40"
    refused = desk.chat(max_tokens=60)
    assert refused[1]["error"]["type"] == "tokens"
    assert "Limit 100, Used 60, Requested 60. Please try again in 12s." in desk.error(refused)[1]
    too_large = desk.error(desk.chat(max_tokens=101))[1]
    assert too_large.startswith("Request too large for gpt-4o in organization org-tests on tokens")
    assert "retry-after" not in desk.headers
    embedding = {"model": "text-embedding-3-small", "input": "abcd" * 101}
    assert desk.ask(EMBEDDINGS, embedding)[0] == 429


def test_a_request_that_is_refused_costs_nothing(opened: Opened) -> None:
    desk = opened(requests_per_minute=1, tokens_per_minute=10)
    assert desk.chat(max_tokens=11)[0] == 429
    assert desk.chat(max_tokens=0)[0] == 400
    assert desk.chat(max_tokens=5)[0] == 200


@pytest.mark.parametrize("quota", [0, 5])
def test_a_quota_that_is_used_up_says_so(opened: Opened, quota: int) -> None:
    desk = opened(quota_tokens=quota)
    assert desk.chat()[0] == (200 if quota else 429)
    refused = desk.chat()
    assert desk.error(refused)[1].startswith("You exceeded your current quota")
    error = refused[1]["error"]
    assert (error["type"], error["code"]) == ("insufficient_quota", "insufficient_quota")


def test_no_limits_no_headers(openai: Desk) -> None:
    openai.chat()
    assert not [name for name in openai.headers if name.startswith("x-ratelimit")]


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 40)), max_size=30))
def test_no_minute_gives_more_than_its_limit_and_what_was_saved(
    asked: list[tuple[int, int]],
) -> None:
    limits, now, spent = Limits(OpenAiAccount(tokens_per_minute=60)), Desk().now, 0
    start = now
    for wait, tokens in asked:
        now += timedelta(seconds=wait)
        try:
            limits.take("m", tokens, now)
        except Refused:
            continue
        spent += tokens
        assert spent <= 60 + (now - start).total_seconds() + 1e-6
