"""What happens after the history: more bookings, clicks and reviews, one after the other.

Rates are those of facts workshop-labs C.3 (a click every 10-15 seconds, a booking every 45-60, a
review every 100-150), ids and distributions those of C.2's streaming rows. The stream itself does
not wait: each event carries its instant, and who sends it keeps the pace.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from runthrough.data.draw import Draw
from runthrough.data.manifest import Manifest
from runthrough.data.river_hotels import (
    MINUTE,
    REVIEW_WITHIN,
    SEED,
    Dataset,
    Guests,
    NewRow,
    Row,
    Wording,
    booking,
    click,
    millis,
    review,
)
from runthrough.data.schemas import BOOKINGS, CLICKS, CUSTOMERS, HOTELS, REVIEWS

FIRST_BOOKING = 650_000_100
FIRST_CLICK = 350_001_000
FIRST_REVIEW = 550_001_000

PAUSES = {CLICKS: (10_000, 15_000), BOOKINGS: (45_000, 60_000), REVIEWS: (100_000, 150_000)}
CHECK_IN_FROM, CHECK_IN_TO = 5_703 * MINUTE, 13_363 * MINUTE  # 3.96 and 9.28 days ahead


@dataclass(frozen=True)
class Event:
    """One more row.

    Attributes:
        at: when it happens, milliseconds since 1970; the row's CREATED_AT.
    """

    topic: str
    row: Row
    at: int


def stream_rows(history: Dataset, *, seed: int = SEED, rate: float = 1.0) -> Iterator[Event]:
    """Yield events in the order of time, from the base instant of the history on, without end.

    Reviews are of stays of the history that have none yet and ended at most 14 days ago; when
    no such stay is left, bookings and clicks go on alone. Hotels with no review or one keep it
    so, because labs count on them.

    Args:
        history: what was generated before.
        seed: any whole number.
        rate: 2 means twice as many events in the same time.

    Raises:
        ValueError: the rate is not above 0.
    """
    if rate <= 0:
        raise ValueError(f"the rate must be above 0, not {rate}")
    return _events(history, seed, rate)


def _events(history: Dataset, seed: int, rate: float) -> Iterator[Event]:
    start = millis(history.base)
    sources: dict[str, _Source] = {
        BOOKINGS: _Bookings(Draw(seed, "streamed bookings"), history),
        CLICKS: _Clicks(Draw(seed, "streamed clicks"), history),
        REVIEWS: _Reviews(Draw(seed, "streamed reviews"), history),
    }
    pace = Draw(seed, "pace of the stream")

    def after(topic: str) -> int:
        return max(int(pace.between(*PAUSES[topic]) / rate), 1)

    due = [(start + after(topic), topic) for topic in sorted(sources)]
    heapq.heapify(due)
    while due:
        now, topic = heapq.heappop(due)
        row = sources[topic].next(now)
        if row is not None:
            yield Event(topic, row, now)
            heapq.heappush(due, (now + after(topic), topic))


class _Source(Protocol):
    """Where the rows of one topic come from."""

    def next(self, now: int) -> NewRow | None:
        """Return the row of this instant, or None when there will be no more."""


class _Bookings:
    def __init__(self, draw: Draw, history: Dataset) -> None:
        self._draw, self._guests = draw, Guests(draw, _column(history, CUSTOMERS, "EMAIL"))
        self._hotels, self._number = _column(history, HOTELS, "HOTEL_ID"), FIRST_BOOKING

    def next(self, now: int) -> NewRow | None:
        soonest = (now + CHECK_IN_FROM) // MINUTE + 1
        ahead = self._draw.between(0, (CHECK_IN_TO - CHECK_IN_FROM) // MINUTE - 1)
        guest, hotel = self._guests.next(), self._draw.pick(self._hotels)
        row = booking(self._draw, guest, hotel, (soonest + ahead) * MINUTE, now)
        row["BOOKING_ID"] = f"B{self._number}"
        self._number += 1
        return row


class _Clicks:
    def __init__(self, draw: Draw, history: Dataset) -> None:
        self._draw, self._guests = draw, Guests(draw, _column(history, CUSTOMERS, "EMAIL"))
        self._hotels, self._number = _column(history, HOTELS, "HOTEL_ID"), FIRST_CLICK

    def next(self, now: int) -> NewRow | None:
        row = click(self._draw, self._guests.next(), self._draw.pick(self._hotels), now)
        row["ACTIVITY_ID"] = f"A{self._number}"
        self._number += 1
        return row


class _Reviews:
    def __init__(self, draw: Draw, history: Dataset) -> None:
        self._draw, self._wording, self._number = draw, Wording(draw), FIRST_REVIEW
        reviewed = set(_column(history, REVIEWS, "BOOKING_ID"))
        hotels = Manifest.from_dataset(history).hotels
        self._open = list(
            draw.shuffled(
                [
                    stay
                    for stay in history.rows[BOOKINGS]
                    if stay["BOOKING_ID"] not in reviewed
                    and hotels[str(stay["HOTEL_ID"])].review_count > 1
                ]
            )
        )

    def next(self, now: int) -> NewRow | None:
        while self._open:
            stay = self._open.pop()
            if now <= int(stay["CHECK_OUT"]) + REVIEW_WITHIN:
                row = review(self._draw, self._wording, stay, now)
                row["REVIEW_ID"] = f"R{self._number}"
                self._number += 1
                return row
        return None


def _column(history: Dataset, topic: str, field: str) -> tuple[str, ...]:
    return tuple(str(row[field]) for row in history.rows[topic])
