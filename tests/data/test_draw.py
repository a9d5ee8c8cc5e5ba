"""Random numbers that do not depend on the Python that draws them."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.data.draw import Draw

names = st.text(max_size=10)
seeds = st.integers()


def test_the_sequence_is_the_one_every_machine_has() -> None:
    """Written down once; a Python that draws other numbers would change everybody's data."""
    draw = Draw(42, "example")
    assert [draw.between(1, 1000) for _ in range(5)] == [655, 926, 330, 903, 732]
    assert draw.shuffled("abcdef") == tuple("defbca")
    assert [draw.normal(200, 25, low=125, high=400) for _ in range(3)] == [223, 204, 239]


@given(seed=seeds, name=names, low=st.integers(-(10**12), 10**12), width=st.integers(0, 10**10))
def test_between_stays_between(seed: int, name: str, low: int, width: int) -> None:
    draw = Draw(seed, name)
    assert all(low <= draw.between(low, low + width) <= low + width for _ in range(20))


@given(seed=seeds, items=st.lists(st.integers()))
def test_shuffling_loses_and_adds_nothing(seed: int, items: list[int]) -> None:
    assert Counter(Draw(seed, "").shuffled(items)) == Counter(items)


@given(seed=seeds)
def test_streams_of_different_names_differ(seed: int) -> None:
    one, other = Draw(seed, "bookings"), Draw(seed, "clicks")
    assert [one.fraction() for _ in range(4)] != [other.fraction() for _ in range(4)]


@given(seed=seeds)
def test_a_normal_number_is_held_within_its_limits(seed: int) -> None:
    draw = Draw(seed, "")
    assert {draw.normal(3, 40, low=1, high=6) for _ in range(50)} <= set(range(1, 7))


def test_weights_are_met() -> None:
    draw = Draw(1, "weights")
    seen = Counter(draw.weighted((("a", 1), ("b", 0), ("c", 3))) for _ in range(4_000))
    assert seen["b"] == 0
    assert seen["a"] / 4_000 == pytest.approx(0.25, abs=0.03)


def test_normal_numbers_have_the_mean_and_the_spread_asked_for() -> None:
    draw = Draw(1, "normal")
    numbers = [draw.normal(200, 25, low=-1_000, high=1_000) for _ in range(4_000)]
    mean = sum(numbers) / len(numbers)
    deviation = (sum((n - mean) ** 2 for n in numbers) / len(numbers)) ** 0.5
    assert mean == pytest.approx(200, abs=2)
    assert deviation == pytest.approx(25, abs=2)


def test_nothing_can_be_drawn_where_nothing_has_a_weight() -> None:
    with pytest.raises(ValueError, match="no item has a weight"):
        Draw(1, "").weighted((("a", 0),))
