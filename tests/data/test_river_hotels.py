"""The rules of River Hotels hold for every seed and scale (facts workshop-labs C.2, C.5)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.data.corpus import corpus
from runthrough.data.draw import Draw
from runthrough.data.river_hotels import BASE, Dataset, Guests, Row, generate, millis
from runthrough.data.schemas import BOOKINGS, CLICKS, CUSTOMERS, HOTELS, REVIEWS, TOPICS

DAY = 86_400_000
NOW = 1_768_435_200_000  # 2026-01-15T00:00:00Z

seeds = st.integers(-(2**40), 2**40)
datasets = st.builds(generate, seed=seeds, scale=st.integers(1, 3))
any_dataset = settings(max_examples=12, deadline=None)


@cache
def default() -> Dataset:
    return generate()


def column(rows: tuple[Row, ...], name: str) -> list[object]:
    return [row[name] for row in rows]


def test_the_default_volume_is_that_of_the_workshop() -> None:
    counts = {topic: len(rows) for topic, rows in default().rows.items()}
    assert counts == {CUSTOMERS: 1_000, HOTELS: 30, BOOKINGS: 400, CLICKS: 3_000, REVIEWS: 200}


def test_scale_multiplies_everything_but_the_hotels() -> None:
    rows = generate(scale=10).rows
    counts = {topic: len(of_topic) for topic, of_topic in rows.items()}
    assert counts == {
        CUSTOMERS: 10_000,
        HOTELS: 30,
        BOOKINGS: 4_000,
        CLICKS: 30_000,
        REVIEWS: 2_000,
    }


@any_dataset
@given(data=datasets)
def test_rows_have_the_fields_of_their_schema_in_its_order(data: Dataset) -> None:
    kinds = {"string": str, "int": int, "long": int}
    assert list(data.rows) == [topic.name for topic in TOPICS]
    for topic in TOPICS:
        for row in data.rows[topic.name]:
            assert list(row) == [name for name, _ in topic.fields]
            for name, avro in topic.fields:
                kind = avro["type"] if isinstance(avro, dict) else avro
                assert type(row[name]) is kinds[kind]


@any_dataset
@given(data=datasets)
def test_keys_ids_and_addresses_are_unique(data: Dataset) -> None:
    for topic in TOPICS:
        keys = column(data.rows[topic.name], topic.key_field)
        assert len(set(keys)) == len(keys)
    customers = data.rows[CUSTOMERS]
    assert len(set(column(customers, "CUSTOMER_ID"))) == len(customers)
    assert all(str(email).endswith("@example.com") for email in column(customers, "EMAIL"))
    assert len(set(column(data.rows[HOTELS], "NAME"))) == 30


@any_dataset
@given(data=datasets)
def test_nothing_points_nowhere(data: Dataset) -> None:
    emails = set(column(data.rows[CUSTOMERS], "EMAIL"))
    hotels = set(column(data.rows[HOTELS], "HOTEL_ID"))
    bookings = set(column(data.rows[BOOKINGS], "BOOKING_ID"))
    for topic in (BOOKINGS, CLICKS):
        assert set(column(data.rows[topic], "CUSTOMER_EMAIL")) <= emails
        assert set(column(data.rows[topic], "HOTEL_ID")) <= hotels
    assert set(column(data.rows[REVIEWS], "BOOKING_ID")) <= bookings


@any_dataset
@given(data=datasets)
def test_half_of_the_stays_are_reviewed_once_and_after_they_ended(data: Dataset) -> None:
    stays = {row["BOOKING_ID"]: row for row in data.rows[BOOKINGS]}
    reviewed = column(data.rows[REVIEWS], "BOOKING_ID")
    assert len(set(reviewed)) == len(reviewed) == len(stays) // 2
    for row in data.rows[REVIEWS]:
        end = int(stays[row["BOOKING_ID"]]["CHECK_OUT"])
        assert end < int(row["CREATED_AT"]) <= min(end + 14 * DAY, NOW)


@any_dataset
@given(data=datasets)
def test_all_stays_are_over_and_none_was_booked_before_the_guest_was_a_customer(
    data: Dataset,
) -> None:
    for row in data.rows[BOOKINGS]:
        check_in, check_out = int(row["CHECK_IN"]), int(row["CHECK_OUT"])
        assert 2 * DAY <= check_out - check_in <= 5 * DAY
        assert NOW - 51.37 * DAY <= check_in <= NOW - 5.79 * DAY
        assert check_out < NOW
        assert 2 * DAY <= check_in - int(row["CREATED_AT"]) <= 21 * DAY
        assert int(row["CREATED_AT"]) >= NOW - 70 * DAY
        assert 1 <= int(row["OCCUPANTS"]) <= 6
        assert 125 <= int(row["PRICE"]) <= 400


@any_dataset
@given(data=datasets)
def test_a_text_is_of_the_list_of_its_stars(data: Dataset) -> None:
    for row in data.rows[REVIEWS]:
        assert row["REVIEW_TEXT"] in corpus().reviews[int(row["REVIEW_RATING"])].values()


@settings(max_examples=12, deadline=None)
@given(seed=seeds, scale=st.sampled_from([1, 2, 10]))
def test_two_booked_hotels_have_no_review_and_one_has_one(seed: int, scale: int) -> None:
    rows = generate(seed, scale).rows
    hotel_of = {row["BOOKING_ID"]: row["HOTEL_ID"] for row in rows[BOOKINGS]}
    reviews = Counter(hotel_of[row["BOOKING_ID"]] for row in rows[REVIEWS])
    counts = [reviews[hotel] for hotel in set(hotel_of.values())]
    assert counts.count(0) >= 2
    assert counts.count(1) >= 1


@any_dataset
@given(data=datasets)
def test_a_log_is_in_the_order_of_its_times_and_numbered_in_it(data: Dataset) -> None:
    firsts = {BOOKINGS: "B600000100", CLICKS: "A300000100", REVIEWS: "R500000100"}
    for topic in TOPICS[2:]:
        rows = data.rows[topic.name]
        times = [int(row["CREATED_AT"]) for row in rows]
        ids = [str(row[topic.key_field]) for row in rows]
        assert times == sorted(times)
        assert times[-1] <= NOW
        assert ids[0] == firsts[topic.name]
        assert [int(i[1:]) for i in ids] == list(range(int(ids[0][1:]), int(ids[-1][1:]) + 1))


@any_dataset
@given(data=datasets)
def test_clicks_are_what_a_site_would_log(data: Dataset) -> None:
    for row in data.rows[CLICKS]:
        assert row["ACTION"] in {"page-view", "page-click", "booking-click"}
        assert 53 <= int(row["EVENT_DURATION"]) <= 592
        assert str(row["URL"]).startswith(f"/hotels/{row['HOTEL_ID']}")
        assert NOW - 56 * DAY <= int(row["CREATED_AT"]) <= NOW


@any_dataset
@given(data=datasets)
def test_hotels_stand_in_different_places_and_describe_themselves_by_class(data: Dataset) -> None:
    places = [(row["CITY"], row["COUNTRY"]) for row in data.rows[HOTELS]]
    assert len(set(places)) == 30
    assert set(places) <= set(corpus().places)
    for row in data.rows[HOTELS]:
        assert row["DESCRIPTION"] in corpus().descriptions[str(row["CLASS"])]
        assert str(row["NAME"]).startswith(f"River {row['CITY']} ")
        assert 150 <= int(row["ROOM_CAPACITY"]) <= 500


def test_customers_are_adults() -> None:
    for row in default().rows[CUSTOMERS]:
        assert 18 <= (BASE.date() - date.fromisoformat(str(row["BIRTH_DATE"]))).days / 365.25 <= 80


def test_a_fifth_of_the_guests_comes_four_times_in_five_and_another_fifth_never() -> None:
    emails = [f"guest{number}@example.com" for number in range(100)]
    guests = Guests(Draw(7, "guests"), emails)
    visits = Counter(guests.next() for _ in range(20_000))
    by_regulars = sum(count for _, count in visits.most_common(20))
    assert by_regulars / 20_000 == pytest.approx(0.8, abs=0.02)
    assert len(visits) == 80


def test_stars_and_clicks_are_as_frequent_as_their_weights() -> None:
    rows = generate(scale=10).rows
    stars = Counter(column(rows[REVIEWS], "REVIEW_RATING"))
    actions = Counter(column(rows[CLICKS], "ACTION"))
    shares = [stars[n] / 2_000 for n in (1, 2, 3, 4, 5)]
    assert shares == pytest.approx([0.10, 0.20, 0.30, 0.25, 0.15], abs=0.04)
    assert actions["page-view"] / 30_000 == pytest.approx(0.5, abs=0.02)
    assert actions["booking-click"] / 30_000 == pytest.approx(0.2, abs=0.02)


def test_a_hotel_is_not_told_the_same_twice_while_there_are_other_texts() -> None:
    rows = default().rows
    hotel_of = {row["BOOKING_ID"]: row["HOTEL_ID"] for row in rows[BOOKINGS]}
    said = Counter((hotel_of[row["BOOKING_ID"]], row["REVIEW_TEXT"]) for row in rows[REVIEWS])
    assert max(said.values()) == 1


@any_dataset
@given(seed=seeds, other=seeds)
def test_one_seed_gives_the_same_rows_and_another_gives_others(seed: int, other: int) -> None:
    data = generate(seed)
    assert data == generate(seed)
    if seed != other:
        assert data.rows[BOOKINGS] != generate(other).rows[BOOKINGS]


@any_dataset
@given(days=st.integers(-3_000, 3_000))
def test_another_base_instant_moves_every_time_and_nothing_else(days: int) -> None:
    moved = generate(base=BASE + timedelta(days=days))
    for before, after in zip(default().rows[BOOKINGS], moved.rows[BOOKINGS], strict=True):
        for name in ("CREATED_AT", "CHECK_IN", "CHECK_OUT"):
            assert int(after[name]) - int(before[name]) == days * DAY
        assert (before["PRICE"], before["HOTEL_ID"]) == (after["PRICE"], after["HOTEL_ID"])


def test_the_base_instant_may_be_told_in_any_zone() -> None:
    there = datetime(2026, 1, 15, 9, tzinfo=timezone(timedelta(hours=9)))
    assert generate(base=there).rows == default().rows
    assert millis(datetime(2026, 1, 15, tzinfo=UTC)) == NOW


@pytest.mark.parametrize("scale", [0, -1])
def test_a_scale_below_one_is_refused(scale: int) -> None:
    with pytest.raises(ValueError, match=f"the scale must be 1 or more, not {scale}"):
        generate(scale=scale)


def test_a_base_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        generate(base=datetime(2026, 1, 15))
