"""The client of Service Quotas: which names count for which way to a model."""

from __future__ import annotations

import pytest

from runthrough.clients.quotas import concerns, route_of


@pytest.mark.parametrize(
    ("model_id", "route"),
    [
        ("us.anthropic.claude-sonnet-4-6", "cross-region"),
        ("global.anthropic.claude-sonnet-4-6", "global cross-region"),
        ("amazon.titan-embed-text-v2:0", "on-demand"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/eu.amazon.nova-lite-v1:0", "cross-region"),
    ],
)
def test_the_prefix_tells_the_way(model_id: str, route: str) -> None:
    assert route_of(model_id) == route


@pytest.mark.parametrize(
    ("name", "route", "counts"),
    [
        ("Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4", 1, True),
        (
            "Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5",
            1,
            False,
        ),
        ("Cross-Region InvokeModel tokens per minute for Claude Sonnet 4 V1", 1, True),
        ("On-demand model inference tokens per minute for Anthropic Claude Sonnet 4", 1, False),
        ("Global cross-region model inference tokens per minute for Claude Sonnet 4", 1, False),
        ("Global cross-region model inference tokens per minute for Claude Sonnet 4", 2, True),
        ("Model invocation max tokens per day for Claude Sonnet 4 (doubled for …)", 1, True),
        ("Model invocation max tokens per day for Claude Sonnet 4 (doubled for …)", 2, False),
        ("Batch inference job size for Claude Sonnet 4", 1, False),
    ],
)
def test_names_are_matched_loosely(name: str, route: int, counts: bool) -> None:
    """Facts 5.2: wordings differ; `Sonnet 4` is not `Sonnet 4.5`."""
    routes = ("on-demand", "cross-region", "global cross-region")
    assert concerns(name, "Claude Sonnet 4", routes[route]) is counts
