"""What goes on after the history keeps the rules of the history."""

from __future__ import annotations

from collections import Counter
from itertools import islice, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.data.corpus import corpus
from runthrough.data.manifest import Manifest
from runthrough.data.river_hotels import generate, millis
from runthrough.data.schemas import BOOKINGS, CLICKS, CUSTOMERS, HOTELS, REVIEWS, TOPICS
from runthrough.data.stream import Event, stream_rows

DAY = 86_400_000
HOUR = 3_600_000

HISTORY = generate(42)
START = millis(HISTORY.base)


def first_hour(seed: int = 42, rate: float = 1.0) -> list[Event]:
    events = stream_rows(HISTORY, seed=seed, rate=rate)
    return list(takewhile(lambda event: event.at <= START + HOUR, events))


def test_an_hour_brings_as_many_events_as_the_workshop_says() -> None:
    counts = Counter(event.topic for event in first_hour())
    assert 3_600 / 15 <= counts[CLICKS] <= 3_600 / 10
    assert 3_600 / 60 <= counts[BOOKINGS] <= 3_600 / 45
    assert 3_600 / 150 - 1 <= counts[REVIEWS] <= 3_600 / 100


def test_a_rate_of_ten_brings_ten_times_as_many() -> None:
    assert len(first_hour(rate=10)) == pytest.approx(10 * len(first_hour()), rel=0.1)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers())
def test_events_come_in_the_order_of_time_with_rows_of_their_topic(seed: int) -> None:
    fields = {topic.name: [name for name, _ in topic.fields] for topic in TOPICS}
    events = first_hour(seed)
    assert [e.at for e in events] == sorted(e.at for e in events)
    assert events[0].at > START
    for event in events:
        assert list(event.row) == fields[event.topic]
        assert event.row["CREATED_AT"] == event.at


@settings(max_examples=10, deadline=None)
@given(seed=st.integers())
def test_events_point_to_the_history_and_repeat_no_id(seed: int) -> None:
    emails = {row["EMAIL"] for row in HISTORY.rows[CUSTOMERS]}
    hotels = {row["HOTEL_ID"] for row in HISTORY.rows[HOTELS]}
    stays = {row["BOOKING_ID"]: row for row in HISTORY.rows[BOOKINGS]}
    reviewed = [row["BOOKING_ID"] for row in HISTORY.rows[REVIEWS]]
    ids = [row["REVIEW_ID"] for row in HISTORY.rows[REVIEWS]] + list(stays)
    for event in first_hour(seed):
        row = event.row
        if event.topic == REVIEWS:
            reviewed.append(row["BOOKING_ID"])
            ids.append(row["REVIEW_ID"])
            end = int(stays[row["BOOKING_ID"]]["CHECK_OUT"])
            assert end < event.at <= end + 14 * DAY
            assert row["REVIEW_TEXT"] in corpus().reviews[int(row["REVIEW_RATING"])].values()
            continue
        assert row["CUSTOMER_EMAIL"] in emails
        assert row["HOTEL_ID"] in hotels
        ids.append(row["BOOKING_ID"] if event.topic == BOOKINGS else row["ACTIVITY_ID"])
    assert len(set(reviewed)) == len(reviewed)
    assert len(set(ids)) == len(ids)


def test_new_bookings_are_of_stays_to_come() -> None:
    bookings = [event for event in first_hour() if event.topic == BOOKINGS]
    assert bookings[0].row["BOOKING_ID"] == "B650000100"
    for event in bookings:
        ahead = int(event.row["CHECK_IN"]) - event.at
        assert 3.96 * DAY <= ahead <= 9.28 * DAY


def test_hotels_without_reviews_stay_without_and_reviews_end_when_no_stay_is_left() -> None:
    manifest = Manifest.from_dataset(HISTORY)
    few = {*manifest.hotels_without_reviews, *manifest.hotels_with_one_review}
    hotel_of = {row["BOOKING_ID"]: row["HOTEL_ID"] for row in HISTORY.rows[BOOKINGS]}
    events = list(islice(stream_rows(HISTORY, rate=100), 20_000))
    reviews = [event for event in events if event.topic == REVIEWS]
    assert 0 < len(reviews) < manifest.unmatched_bookings
    assert not few & {hotel_of[event.row["BOOKING_ID"]] for event in reviews}
    assert events[-1].at > reviews[-1].at + HOUR // 4


def test_one_seed_gives_the_same_stream_and_another_gives_another() -> None:
    assert first_hour(1) == first_hour(1)
    assert first_hour(1) != first_hour(2)


@pytest.mark.parametrize("rate", [0, -1.5])
def test_a_rate_of_nothing_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="the rate must be above 0"):
        stream_rows(HISTORY, rate=rate)
