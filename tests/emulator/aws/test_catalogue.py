"""The catalogue against facts amazon-bedrock 4.13, 4.14 and 5.1, line by line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from runthrough.emulator.aws.catalogue import Model, add_months, midnight, read_catalogue

CATALOGUE = read_catalogue()
TODAY = datetime(2026, 11, 21, tzinfo=UTC)
"""The day the facts were compiled."""


def model(model_id: str) -> Model:
    return next(model for model in CATALOGUE.models if model.id == model_id)


ENDS = {
    date(2024, 8, 31): [
        "ai21.j2-mid-v1",
        "ai21.j2-ultra-v1",
        "meta.llama2-13b-chat-v1",
        "meta.llama2-70b-chat-v1",
    ],
    date(2025, 7, 21): [
        "anthropic.claude-instant-v1",
        "anthropic.claude-v2",
        "anthropic.claude-v2:1",
        "anthropic.claude-3-sonnet-20240229-v1:0",
    ],
    date(2025, 8, 15): [
        "amazon.titan-text-lite-v1",
        "amazon.titan-text-express-v1",
        "amazon.titan-text-premier-v1:0",
    ],
    date(2026, 1, 15): ["anthropic.claude-3-opus-20240229-v1:0"],
    date(2026, 4, 28): ["anthropic.claude-3-7-sonnet-20250219-v1:0"],
    date(2026, 5, 31): ["anthropic.claude-opus-4-20250514-v1:0"],
    date(2026, 6, 19): ["anthropic.claude-3-5-haiku-20241022-v1:0"],
    date(2026, 6, 30): ["amazon.titan-image-generator-v2:0"],
    date(2026, 7, 7): [
        "meta.llama3-1-405b-instruct-v1:0",
        "meta.llama3-2-1b-instruct-v1:0",
        "meta.llama3-2-3b-instruct-v1:0",
        "meta.llama3-2-11b-instruct-v1:0",
        "meta.llama3-2-90b-instruct-v1:0",
    ],
    date(2026, 8, 19): ["cohere.command-r-v1:0", "cohere.command-r-plus-v1:0"],
    date(2026, 9, 10): ["anthropic.claude-3-haiku-20240307-v1:0"],
    date(2026, 9, 14): ["amazon.nova-sonic-v1:0"],
    date(2026, 9, 30): [
        "amazon.nova-canvas-v1:0",
        "amazon.nova-reel-v1:0",
        "amazon.nova-reel-v1:1",
    ],
    date(2026, 10, 14): ["anthropic.claude-sonnet-4-20250514-v1:0"],
    date(2026, 11, 26): ["ai21.jamba-1-5-large-v1:0", "ai21.jamba-1-5-mini-v1:0"],
    date(2026, 11, 30): ["twelvelabs.marengo-embed-2-7-v1:0"],
    date(2027, 1, 8): ["anthropic.claude-opus-4-1-20250805-v1:0"],
    date(2027, 3, 30): [
        "meta.llama3-8b-instruct-v1:0",
        "meta.llama3-70b-instruct-v1:0",
        "meta.llama3-1-8b-instruct-v1:0",
        "meta.llama3-1-70b-instruct-v1:0",
        "meta.llama3-3-70b-instruct-v1:0",
        "meta.llama4-scout-17b-instruct-v1:0",
        "meta.llama4-maverick-17b-instruct-v1:0",
        "mistral.mistral-7b-instruct-v0:2",
        "mistral.mixtral-8x7b-instruct-v0:1",
        "deepseek.r1-v1:0",
        "deepseek.v3-v1:0",
        "google.gemma-3-4b-it",
        "google.gemma-3-12b-it",
        "google.gemma-3-27b-it",
    ],
    date(2027, 4, 8): ["anthropic.claude-sonnet-4-5-20250929-v1:0"],
}
"""Facts 4.13: the day a model is gone; "about" is taken at its word."""


@pytest.mark.parametrize(
    ("model_id", "day"), [(each, day) for day, ids in ENDS.items() for each in ids]
)
def test_a_model_ends_on_the_day_of_the_facts(model_id: str, day: date) -> None:
    found = model(model_id)
    assert not found.is_dead(midnight(day) - timedelta(seconds=1))
    assert found.is_dead(midnight(day))


@pytest.mark.parametrize(
    "model_id",
    [
        "anthropic.claude-3-5-sonnet-20240620-v1:0",
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
        "stability.stable-diffusion-xl-v1",
    ],
)
def test_models_whose_day_is_not_known_have_ended(model_id: str) -> None:
    """Facts 4.13: Claude 3.5 Sonnet between March and May 2026, SDXL about May 2025."""
    assert model(model_id).is_dead(datetime(2026, 6, 1, tzinfo=UTC))


def test_haiku_has_no_end_that_is_certain() -> None:
    assert model("anthropic.claude-haiku-4-5-20251001-v1:0").end_of_life is None


def test_sonnet_is_legacy_for_half_a_year() -> None:
    """Facts 4.13: the one model whose two dates are known; the rule gives the same."""
    sonnet = model("anthropic.claude-sonnet-4-5-20250929-v1:0")
    assert sonnet.legacy_from == date(2026, 10, 8)
    assert sonnet.model_copy(update={"legacy": None}).legacy_from == date(2026, 10, 8)
    assert sonnet.extended_access_from == date(2027, 1, 8)
    assert sonnet.status(datetime(2026, 10, 7, 23, tzinfo=UTC)) == "ACTIVE"
    assert sonnet.status(datetime(2026, 10, 8, tzinfo=UTC)) == "LEGACY"


ALL = "us eu apac au jp global"
IDS = {
    "anthropic.claude-haiku-4-5-20251001-v1:0": (ALL, 200_000, 64_000),
    "anthropic.claude-haiku-5-5": (ALL, 1_000_000, 128_000),
    "anthropic.claude-sonnet-4-5-20250929-v1:0": ("us eu au jp global", 200_000, 64_000),
    # litellm claims apac for this one; the model's card does not (facts 4.14).
    "anthropic.claude-sonnet-4-6": ("us eu au jp global", 1_000_000, 64_000),
    "anthropic.claude-sonnet-5": (ALL, 1_000_000, 128_000),
    "anthropic.claude-sonnet-5-5": (ALL, 1_000_000, 128_000),
    "anthropic.claude-opus-4-6-v1": ("us eu au global", 1_000_000, 128_000),
    "anthropic.claude-opus-4-7": (ALL, 1_000_000, 128_000),
    "anthropic.claude-opus-4-8": (ALL, 1_000_000, 128_000),
    "anthropic.claude-opus-5": (ALL, 1_000_000, 128_000),
    "anthropic.claude-opus-5-5": (ALL, 1_000_000, 128_000),
    "amazon.nova-micro-v1:0": ("us eu apac", 128_000, 10_000),
    "amazon.nova-lite-v1:0": ("us eu apac", 300_000, 10_000),
    "amazon.nova-pro-v1:0": ("us eu apac", 300_000, 10_000),
    "amazon.nova-2-lite-v1:0": ("us eu apac jp global", 1_000_000, 64_000),
    "cohere.embed-v4:0": ("us eu global", 128_000, 0),
}
"""Facts 4.14: prefixes that have a profile, tokens of context, tokens of output."""


@pytest.mark.parametrize("model_id", IDS)
def test_a_model_has_the_profiles_and_limits_of_the_facts(model_id: str) -> None:
    profiles, context, output = IDS[model_id]
    found = model(model_id)
    assert set(found.profiles) == set(profiles.split())
    assert (found.context, found.max_output) == (context, output)
    assert not found.is_dead(TODAY)


@pytest.mark.parametrize(
    ("model_id", "context"),
    [
        ("meta.llama3-3-70b-instruct-v1:0", {128_000}),
        ("meta.llama4-scout-17b-instruct-v1:0", {1_000_000, 10_000_000}),
        ("meta.llama4-maverick-17b-instruct-v1:0", {1_000_000, 10_000_000}),
    ],
)
def test_llamas_are_called_by_the_profile_of_the_us(model_id: str, context: set[int]) -> None:
    assert model(model_id).profiles == ("us",)
    assert model(model_id).context in context


@pytest.mark.parametrize(
    ("model_id", "context"),
    [
        ("amazon.titan-embed-text-v1", 8192),
        ("amazon.titan-embed-text-v2:0", 8192),
        ("openai.gpt-oss-20b-1:0", 128_000),
        ("openai.gpt-oss-120b-1:0", 128_000),
        ("mistral.mistral-large-3-675b-instruct", 256_000),
    ],
)
def test_others_go_by_their_plain_id(model_id: str, context: int) -> None:
    found = model(model_id)
    assert found.on_demand
    assert found.profiles == ()
    assert found.context == context


def test_regions_with_a_plain_id_are_those_of_the_cards() -> None:
    """Facts 4.14, below its table."""
    assert model("anthropic.claude-sonnet-4-6").on_demand == ("eu-west-2",)
    haiku = model("anthropic.claude-haiku-4-5-20251001-v1:0")
    assert set(haiku.on_demand) == {"us-east-1", "eu-west-1", "eu-north-1", "ap-northeast-1"}


@pytest.mark.parametrize("region", ["us-east-1", "us-east-2", "us-west-2"])
def test_a_profile_of_the_us_routes_to_three_regions(region: str) -> None:
    """Facts 5.1, 3.1."""
    profile = CATALOGUE.profile("us.anthropic.claude-opus-5", region)
    assert profile is not None
    assert profile.destinations == ("us-east-1", "us-east-2", "us-west-2")


def test_haikus_profile_routes_to_four() -> None:
    """Facts 5.1."""
    profile = CATALOGUE.profile("us.anthropic.claude-haiku-4-5-20251001-v1:0", "us-east-1")
    assert profile is not None
    assert profile.destinations == ("us-east-1", "us-east-2", "us-west-1", "us-west-2")


@pytest.mark.parametrize("profile_id", ["eu.anthropic.claude-sonnet-4-6", "us-gov.x.y"])
def test_a_prefix_is_one_of_the_regions_own(profile_id: str) -> None:
    assert CATALOGUE.profile(profile_id, "us-east-1") is None


def test_seeds_name_an_id_that_nobody_serves_any_more() -> None:
    """Facts 4.3: a preview's id, not a model at its end."""
    assert all(model.id != "amazon.titan-tg1-large" for model in CATALOGUE.models)


@pytest.mark.parametrize("vendor", ["Amazon", "DeepSeek", "Mistral AI", "Meta", "Qwen", "OpenAI"])
def test_vendors_without_a_marketplace_product_are_those_of_the_facts(vendor: str) -> None:
    """Facts 3.2; the catalogue writes their names in the same way."""
    assert vendor in CATALOGUE.vendors_without_agreement
    assert vendor in {model.vendor for model in CATALOGUE.models}


def test_every_id_stands_once() -> None:
    ids = [model.id for model in CATALOGUE.models]
    assert len(ids) == len(set(ids))


def test_a_life_that_runs_backwards_is_a_mistake() -> None:
    sonnet = model("anthropic.claude-sonnet-4-5-20250929-v1:0")
    with pytest.raises(ValueError, match="runs backwards"):
        Model.model_validate(sonnet.model_dump() | {"legacy": date(2030, 1, 1)})


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2027, 4, 8), -6, date(2026, 10, 8)),
        (date(2026, 8, 31), -6, date(2026, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_months_are_those_of_the_calendar(day: date, months: int, result: date) -> None:
    assert add_months(day, months) == result


def test_every_profile_has_at_most_five_destinations() -> None:
    """Facts 3.1; so says the published shape."""
    for region in CATALOGUE.regions:
        for profile in CATALOGUE.profiles(region):
            assert 1 <= len(profile.model_arns(region)) <= 5
