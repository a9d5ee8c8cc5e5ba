from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.aws.catalogue import read_catalogue
from runthrough.emulator.aws.quotas.estimate import estimate

CATALOGUE = read_catalogue()
SONNET = next(m for m in CATALOGUE.models if m.id == "anthropic.claude-sonnet-4-6")
TITAN = next(m for m in CATALOGUE.models if m.id == "amazon.titan-embed-text-v2:0")
HELLO = {"messages": [{"role": "user", "content": "12345678"}]}
"""Three texts: `user` is one token, the content two."""


@pytest.mark.parametrize(
    "limit",
    [
        {"max_tokens": 100},
        {"inferenceConfig": {"maxTokens": 100}},
        {"inferenceConfig": {"max_new_tokens": 100}},
        {"textGenerationConfig": {"maxTokenCount": 100}},
        {"max_tokens_to_sample": 100},
        {"max_gen_len": 100},
        {"maxTokens": 100},
        {"max_completion_tokens": 100},
    ],
    ids=lambda limit: next(iter(limit)),
)
def test_a_call_reserves_its_input_and_what_it_lets_the_model_say(limit: dict[str, Any]) -> None:
    assert estimate(json.dumps(HELLO | limit).encode(), SONNET) == 3 + 100


def test_without_a_limit_a_call_reserves_all_the_model_can_say() -> None:
    """Facts 5.2: the commonest cause of throttling in a class."""
    assert estimate(json.dumps(HELLO).encode(), SONNET) == 3 + 64_000


def test_no_more_is_reserved_than_the_model_can_say() -> None:
    assert estimate(json.dumps(HELLO | {"max_tokens": 10**9}).encode(), SONNET) == 3 + 64_000


def test_an_embedding_reserves_its_input() -> None:
    assert estimate(b'{"inputText": "12345678"}', TITAN) == 2


@pytest.mark.parametrize(
    "member",
    [
        {"image": {"source": {"bytes": "A" * 4000}}},
        {"source": {"data": "A" * 4000}},
        {"image_url": {"url": "data:image/png;base64," + "A" * 4000}},
        {"image_url": "data:image/png;base64," + "A" * 4000},
        {"images": ["A" * 4000]},
        *({name: "A" * 4000} for name in ("maskImage", "conditionImage", "referenceImage")),
        {"mediaSource": {"base64String": "A" * 4000}},
    ],
    ids=lambda member: next(iter(member)),
)
def test_pictures_count_when_the_call_is_settled(member: dict[str, Any]) -> None:
    body = {"max_tokens": 1, "messages": [member]}
    assert estimate(json.dumps(body).encode(), SONNET) == 1


def test_words_beside_a_picture_count() -> None:
    body = {"max_tokens": 1, "messages": [{"image": {"source": {"text": "12345678"}}}]}
    assert estimate(json.dumps(body).encode(), SONNET) == 2 + 1


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff", b'"text"'])
def test_a_body_that_cannot_be_read_reserves_what_the_model_can_say(body: bytes) -> None:
    assert estimate(body, SONNET) == 64_000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
names = st.sampled_from(["max_tokens", "inferenceConfig", "maxTokens", "textGenerationConfig"])


@given(st.dictionaries(names, json_values) | json_values)
def test_any_json_is_counted(body: Any) -> None:
    assert estimate(json.dumps(body).encode(), SONNET) >= 0
