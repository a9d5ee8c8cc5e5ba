"""What the broker gives to whom: everything, nothing twice, and about as much to everybody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.broker.coordinator.sharing import (
    Shares,
    share_by_range,
    share_uniformly,
)

TOPICS = ("a", "b", "c")
SIZES = st.dictionaries(st.sampled_from(TOPICS), st.integers(1, 9))
WISHES = st.dictionaries(
    st.text("mnopq", min_size=1, max_size=2),
    st.frozensets(st.sampled_from(TOPICS)),
    max_size=5,
)


def check(shares: Shares, wishes: dict[str, frozenset[str]], sizes: dict[str, int]) -> None:
    given_out = [place for share in shares.values() for place in share]
    wanted = {topic for topics in wishes.values() for topic in topics}
    assert sorted(given_out) == sorted(
        (t, n) for t in sizes if t in wanted for n in range(sizes[t])
    )
    assert set(shares) == set(wishes)
    assert all(topic in wishes[m] for m, share in shares.items() for topic, _ in share)


@given(WISHES, SIZES, WISHES, SIZES)
def test_every_partition_that_somebody_wants_goes_to_one_of_them(
    wishes: dict[str, frozenset[str]],
    sizes: dict[str, int],
    wishes_before: dict[str, frozenset[str]],
    sizes_before: dict[str, int],
) -> None:
    check(share_by_range(wishes, sizes), wishes, sizes)
    before = share_uniformly(wishes_before, sizes_before, {})
    check(share_uniformly(wishes, sizes, before), wishes, sizes)


@given(st.integers(1, 5), st.integers(1, 12), st.integers(1, 5))
def test_equals_have_equal_shares_and_keep_what_they_can(
    members: int, size: int, after: int
) -> None:
    def all_want(count: int) -> dict[str, frozenset[str]]:
        return {f"m{n}": frozenset("a") for n in range(count)}

    shares = share_uniformly(all_want(members), {"a": size}, {})
    counts = [len(share) for share in shares.values()]
    assert max(counts) - min(counts) <= 1
    assert share_uniformly(all_want(members), {"a": size}, shares) == shares
    later = share_uniformly(all_want(after), {"a": size}, shares)
    counts = [len(share) for share in later.values()]
    assert max(counts) - min(counts) <= 1
    if after >= members:  # nobody gets anything from somebody who was there before
        assert all(later[member] <= shares[member] for member in shares)


def test_a_range_is_a_run_of_each_topic() -> None:
    wishes = {"m": frozenset("ab"), "n": frozenset("a")}
    shares = share_by_range(wishes, {"a": 3, "b": 2})
    assert shares["m"] == {("a", 0), ("a", 1), ("b", 0), ("b", 1)}
    assert shares["n"] == {("a", 2)}
