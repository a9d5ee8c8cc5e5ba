"""The arithmetic of reservations, against a model too plain to be wrong."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.aws.catalogue import read_catalogue
from runthrough.emulator.aws.quotas.meter import Charge, Meter, Reservation
from runthrough.emulator.aws.quotas.table import Limits, QuotaTable
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.world import QuotaValue

CATALOGUE = read_catalogue()
TABLE = QuotaTable(CATALOGUE)
SONNET = next(m for m in CATALOGUE.models if m.id == "anthropic.claude-sonnet-4-6")
LIMITS = Limits(requests_a_minute=4, tokens_a_minute=100, tokens_a_day=250)
REQUESTS = "Too many requests, please wait before trying again."
TOKENS = "Too many tokens, please wait before trying again."
A_DAY = "Too many tokens per day, please wait before trying again."
MIDNIGHT = 1_800_000_000 // 86_400 * 86_400


@dataclass
class Plain:
    """Every call ever taken, as (second, tokens); all sums are made anew each time."""

    calls: list[list[int]] = field(default_factory=list)

    def refusal(self, at: int, tokens: int) -> str | None:
        minute = [took for when, took in self.calls if when // 60 == at // 60]
        day = [took for when, took in self.calls if when // 86_400 == at // 86_400]
        if len(minute) + 1 > 4:
            return REQUESTS
        if sum(minute) + tokens > 100:
            return TOKENS
        return A_DAY if sum(day) + tokens > 250 else None


def reserve(meter: Meter, tokens: int, at: float, *, limits: Limits = LIMITS) -> Reservation:
    return meter.reserve(limits, SONNET, "cross-region", region="us-east-1", tokens=tokens, at=at)


steps = st.lists(
    st.tuples(
        st.integers(0, 50),
        st.integers(0, 60),
        st.none() | st.tuples(st.integers(0, 9), st.integers(0, 90)),
    ),
    max_size=40,
)


@given(steps=steps, start=st.integers(0, 86_399))
def test_reserving_and_settling_agree_with_the_plain_model(
    steps: list[tuple[int, int, tuple[int, int] | None]], start: int
) -> None:
    meter, plain, taken = Meter(TABLE), Plain(), list[Reservation]()
    at = MIDNIGHT + start
    for seconds, tokens, settled in steps:
        at += seconds
        expected, said = plain.refusal(at, tokens), None
        try:
            taken.append(reserve(meter, tokens, at))
            plain.calls.append([at, tokens])
        except Refused as e:
            said = e.message
        assert said == expected
        if settled is not None and settled[0] < len(taken):
            meter.settle(taken[settled[0]], settled[1])
            plain.calls[settled[0]][1] = settled[1]


def test_a_minute_and_a_day_begin_with_nothing_taken() -> None:
    meter = Meter(TABLE)
    reserve(meter, 100, MIDNIGHT + 59)
    with pytest.raises(Refused, match="Too many tokens, please"):
        reserve(meter, 1, MIDNIGHT + 59)
    reserve(meter, 100, MIDNIGHT + 60)
    with pytest.raises(Refused, match="per day"):
        reserve(meter, 51, MIDNIGHT + 120)
    reserve(meter, 51, MIDNIGHT + 86_400)


def test_plain_ids_and_profiles_share_the_day_and_no_more() -> None:
    meter = Meter(TABLE)
    reserve(meter, 100, MIDNIGHT)
    shared = Limits(4, 100, 120)
    for route, region, passes in (
        ("on-demand", "us-east-1", False),
        ("global", "us-east-1", True),
        ("on-demand", "us-west-2", True),
    ):
        said = ""
        try:
            meter.reserve(shared, SONNET, route, region=region, tokens=30, at=MIDNIGHT)  # type: ignore[arg-type]
        except Refused as e:
            said = e.message
        assert said == ("" if passes else A_DAY)


def charged(route: str, *, model: object = SONNET) -> tuple[Meter, Charge]:
    meter, charge = Meter(TABLE), Charge()
    charge.reserve(meter, model, route, region="us-east-1", tokens=5000, at=MIDNIGHT)  # type: ignore[arg-type]
    return meter, charge


def used(meter: Meter, charge: Charge) -> int:
    """How many tokens the call has taken so far: what a full minute lacks to its limit."""
    limits = meter.limits(SONNET, "cross-region")
    assert limits is not None
    low, high = 0, int(limits.tokens_a_minute)
    free = Limits(None, limits.tokens_a_minute, limits.tokens_a_day)
    while low < high:
        middle = (low + high + 1) // 2
        try:
            probe = reserve(meter, middle, MIDNIGHT, limits=free)
        except Refused:
            high = middle - 1
        else:
            meter.settle(probe, 0)
            low = middle
    return int(limits.tokens_a_minute) - low


def test_an_output_token_of_a_new_claude_counts_for_five() -> None:
    """Facts 5.2: input + cacheWrite + output times the burndown; what the cache gave is free."""
    meter, charge = charged("cross-region")
    assert used(meter, charge) == 5000
    charge.settle(input_tokens=100, output_tokens=20, cache_write=7)
    assert used(meter, charge) == 100 + 7 + 5 * 20


def test_a_call_that_came_to_nothing_gives_its_tokens_back() -> None:
    meter, charge = charged("cross-region")
    charge.give_back()
    assert used(meter, charge) == 0


@pytest.mark.parametrize(
    ("model_id", "factor"),
    [
        ("anthropic.claude-3-7-sonnet-20250219-v1:0", 5),
        ("anthropic.claude-opus-5-5", 5),
        ("anthropic.claude-3-5-haiku-20241022-v1:0", 1),
        ("anthropic.claude-instant-v1", 1),
        ("amazon.nova-pro-v1:0", 1),
    ],
)
def test_the_burndown_is_that_of_the_model(model_id: str, factor: int) -> None:
    model = next(m for m in CATALOGUE.models if m.id == model_id)
    assert TABLE.burndown(model) == factor


def test_provisioned_throughput_has_no_quota() -> None:
    _, charge = charged("provisioned")
    charge.settle(input_tokens=10**12, output_tokens=0)


def test_many_threads_take_no_more_than_there_is() -> None:
    meter, passed = Meter(TABLE), list[Reservation]()
    limits = Limits(None, 1000, 10_000)

    def take() -> None:
        for _ in range(200):
            try:
                passed.append(reserve(meter, 7, MIDNIGHT, limits=limits))
            except Refused:
                return

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 1000 // 7


def test_a_world_says_what_an_account_has() -> None:
    table = QuotaTable(
        CATALOGUE,
        [
            QuotaValue(quota="* tokens per day *", value=10),
            QuotaValue(quota="L-00FF3314", value=3),
        ],
    )
    limits = table.limits(SONNET, "cross-region")
    assert limits is not None
    assert limits.requests_a_minute == 3
    assert limits.tokens_a_day == 20  # doubled for cross-region calls
    assert limits.tokens_a_minute == 5_000_000
