"""River Hotels: customers, hotels, bookings, clicks and reviews of a made-up hotel chain.

Fields and distributions are those of facts workshop-labs C.2, the promises those of C.5: one
seed, one base instant and one scale give the same rows on every machine, e-mails and ids are
unique, nothing points nowhere, and a review's text fits its stars.

Where C.2 leaves a choice: rows of a topic stand in the order of CREATED_AT and are numbered in
that order, as a log would have them; check-in falls on a whole minute and check-out whole days
later; nobody books before being a customer; cities, and the review texts within a hotel, do not
repeat while there are others left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from runthrough.data.corpus import corpus
from runthrough.data.draw import Draw
from runthrough.data.schemas import BOOKINGS, CLICKS, CUSTOMERS, HOTELS, REVIEWS

Row = Mapping[str, str | float]
NewRow = dict[str, str | int]

LAB = "lab2"
SEED = 42
BASE = datetime(2026, 1, 15, tzinfo=UTC)

CUSTOMERS_AT_SCALE_1 = 1_000
HOTELS_AT_ANY_SCALE = 30
CLICKS_AT_SCALE_1 = 3_000
BOOKINGS_AT_SCALE_1 = 400
REVIEWS_AT_SCALE_1 = 200  # half of the past stays

FIRST_CUSTOMER = 200_000_303
FIRST_HOTEL = 10_000_305
FIRST_BOOKING = 600_000_100
FIRST_CLICK = 300_000_100
FIRST_REVIEW = 500_000_100

HOTELS_WITHOUT_REVIEWS = 2
NOUNS = (
    "Hotel",
    "Tower",
    "Inn",
    "Boutique",
    "Lodge",
    "Suites",
    "Spa",
    "Villa",
    "Haven",
    "Estate",
    "Retreat",
)
STARS = ((1, 10), (2, 20), (3, 30), (4, 25), (5, 15))
ACTIONS = (("page-view", 5), ("page-click", 3), ("booking-click", 2))

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
CUSTOMER_FOR = 70 * DAY
CLICKS_SINCE = 56 * DAY
CHECK_IN_SINCE, CHECK_IN_UNTIL = 73_972 * MINUTE, 8_338 * MINUTE  # 51.37 and 5.79 days ago
REVIEW_WITHIN = 14 * DAY


@dataclass(frozen=True)
class Dataset:
    """The rows of one generation.

    Attributes:
        base: the instant that counts as now; every stay is over by then.
        rows: topic → its rows in the order of the log. A row's fields are those of the topic's
            schema, in its order; times are milliseconds since 1970.
    """

    seed: int
    scale: int
    base: datetime
    rows: Mapping[str, tuple[Row, ...]]
    lab: str = LAB


def generate(seed: int = SEED, scale: int = 1, base: datetime = BASE) -> Dataset:
    """Generate the data of the lab.

    Args:
        seed: any whole number; another seed gives other rows under the same rules.
        scale: multiplies customers, clicks, bookings and reviews; there are always 30 hotels.
        base: the instant that counts as now, with a time zone.

    Raises:
        ValueError: the scale is below 1, or the base instant has no time zone.
    """
    if scale < 1:
        raise ValueError(f"the scale must be 1 or more, not {scale}")
    now = millis(base)
    customers = _customers(Draw(seed, "customers"), CUSTOMERS_AT_SCALE_1 * scale, base)
    hotels = _hotels(Draw(seed, "hotels"), now)
    emails = tuple(str(row["EMAIL"]) for row in customers)
    hotel_ids = tuple(str(row["HOTEL_ID"]) for row in hotels)
    bookings = _bookings(
        Draw(seed, "bookings"), BOOKINGS_AT_SCALE_1 * scale, emails, hotel_ids, now
    )
    rows = {
        CUSTOMERS: customers,
        HOTELS: hotels,
        BOOKINGS: bookings,
        CLICKS: _clicks(Draw(seed, "clicks"), CLICKS_AT_SCALE_1 * scale, emails, hotel_ids, now),
        REVIEWS: _reviews(Draw(seed, "reviews"), REVIEWS_AT_SCALE_1 * scale, bookings, now),
    }
    return Dataset(seed, scale, base, MappingProxyType(rows))


def millis(instant: datetime) -> int:
    """Return an instant as milliseconds since 1970. Raises ValueError if it has no time zone."""
    if instant.tzinfo is None:
        raise ValueError(f"the instant {instant.isoformat()} has no time zone")
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


class Guests:
    """Who books or clicks: a fifth of the customers does 80 % of it, another fifth nothing.

    That is the reading of C.2's "80 % repeat, about 20 % never book".
    """

    def __init__(self, draw: Draw, emails: Sequence[str]) -> None:
        self._draw = draw
        order = draw.shuffled(emails)
        fifth = max(len(order) // 5, 1)
        self._regulars, self._others = order[:fifth], order[fifth : len(order) - fifth]

    def next(self) -> str:
        """Return the e-mail of the next one."""
        return self._draw.pick(self._regulars if self._draw.between(1, 5) < 5 else self._others)


class Wording:
    """Texts for reviews: of the rating's list, not twice about one hotel while others are left."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._left: dict[tuple[str, int], list[str]] = {}

    def text(self, hotel: str, stars: int) -> str:
        """Return the next text of so many stars for a hotel."""
        left = self._left.get((hotel, stars))
        if not left:
            left = list(self._draw.shuffled(tuple(corpus().reviews[stars].values())))
            self._left[hotel, stars] = left
        return left.pop()


def booking(draw: Draw, email: str, hotel: str, check_in: int, created: int) -> NewRow:
    """Return a booking, its BOOKING_ID still empty; times in milliseconds."""
    return {
        "BOOKING_ID": "",
        "CUSTOMER_EMAIL": email,
        "HOTEL_ID": hotel,
        "CHECK_IN": check_in,
        "CHECK_OUT": check_in + draw.between(2, 5) * DAY,
        "OCCUPANTS": draw.normal(3, 1, low=1, high=6),
        "PRICE": draw.normal(200, 25, low=125, high=400),
        "CREATED_AT": created,
    }


def click(draw: Draw, email: str, hotel: str, created: int) -> NewRow:
    """Return a click, its ACTIVITY_ID still empty."""
    page = f"/hotels/{hotel}"
    return {
        "ACTIVITY_ID": "",
        "CUSTOMER_EMAIL": email,
        "HOTEL_ID": hotel,
        "ACTION": draw.weighted(ACTIONS),
        "EVENT_DURATION": draw.normal(180, 30, low=53, high=592),
        "URL": page if draw.fraction() < 0.5 else f"{page}/rooms/{draw.between(1, 500)}",
        "CREATED_AT": created,
    }


def review(draw: Draw, wording: Wording, stay: Row, created: int) -> NewRow:
    """Return a review of a stay, its REVIEW_ID still empty: first the stars, then their text."""
    stars = draw.weighted(STARS)
    return {
        "REVIEW_ID": "",
        "BOOKING_ID": str(stay["BOOKING_ID"]),
        "REVIEW_RATING": stars,
        "REVIEW_TEXT": wording.text(str(stay["HOTEL_ID"]), stars),
        "CREATED_AT": created,
    }


def _customers(draw: Draw, count: int, base: datetime) -> tuple[Row, ...]:
    names, rows, namesakes = corpus(), list[Row](), dict[str, int]()
    for number in range(count):
        first, last = draw.pick(names.first_names), draw.pick(names.last_names)
        mailbox = f"{first}.{last}".lower()
        namesakes[mailbox] = namesakes.get(mailbox, 0) + 1
        suffix = str(namesakes[mailbox]) if namesakes[mailbox] > 1 else ""
        born = base.date() - timedelta(days=draw.between(18 * 366, 80 * 365))
        rows.append(
            {
                "CUSTOMER_ID": f"C{FIRST_CUSTOMER + number}",
                "EMAIL": f"{mailbox}{suffix}@example.com",
                "FIRST_NAME": first,
                "LAST_NAME": last,
                "BIRTH_DATE": born.isoformat(),
                "CREATED_AT": millis(base) - CUSTOMER_FOR,
            }
        )
    return tuple(rows)


def _hotels(draw: Draw, now: int) -> tuple[Row, ...]:
    texts, rows, names = corpus(), list[Row](), set[str]()
    classes = tuple(texts.descriptions)
    left = {name: list(draw.shuffled(texts.descriptions[name])) for name in classes}
    places = draw.shuffled(texts.places)[:HOTELS_AT_ANY_SCALE]
    for number, (city, country) in enumerate(places):
        nouns = [noun for noun in NOUNS if f"River {city} {noun}" not in names]
        name, hotel_class = f"River {city} {draw.pick(nouns)}", draw.pick(classes)
        names.add(name)
        if not left[hotel_class]:
            left[hotel_class] = list(draw.shuffled(texts.descriptions[hotel_class]))
        rows.append(
            {
                "HOTEL_ID": f"H{FIRST_HOTEL + number}",
                "NAME": name,
                "CLASS": hotel_class,
                "DESCRIPTION": left[hotel_class].pop(),
                "CITY": city,
                "COUNTRY": country,
                "ROOM_CAPACITY": draw.normal(250, 50, low=150, high=500),
                "CREATED_AT": now - CUSTOMER_FOR,
            }
        )
    return tuple(rows)


def _bookings(
    draw: Draw, count: int, emails: Sequence[str], hotels: Sequence[str], now: int
) -> tuple[Row, ...]:
    guests, rows = Guests(draw, emails), []
    first = (now - CHECK_IN_SINCE) // MINUTE
    for _ in range(count):
        check_in = (first + draw.between(1, (CHECK_IN_SINCE - CHECK_IN_UNTIL) // MINUTE)) * MINUTE
        longest = min(21 * DAY, check_in - (now - CUSTOMER_FOR))
        created = check_in - draw.between(2 * DAY, longest)
        rows.append(booking(draw, guests.next(), draw.pick(hotels), check_in, created))
    return _numbered(rows, "BOOKING_ID", "B", FIRST_BOOKING)


def _clicks(
    draw: Draw, count: int, emails: Sequence[str], hotels: Sequence[str], now: int
) -> tuple[Row, ...]:
    guests = Guests(draw, emails)
    rows = [
        click(draw, guests.next(), draw.pick(hotels), draw.between(now - CLICKS_SINCE, now))
        for _ in range(count)
    ]
    return _numbered(rows, "ACTIVITY_ID", "A", FIRST_CLICK)


def _reviews(draw: Draw, count: int, bookings: Sequence[Row], now: int) -> tuple[Row, ...]:
    stays = _reviewed(draw, count, bookings)
    wording, rows = Wording(draw), []
    for stay in stays:
        left = int(stay["CHECK_OUT"])
        created = draw.between(left + 1, min(left + REVIEW_WITHIN, now))
        rows.append(review(draw, wording, stay, created))
    return _numbered(rows, "REVIEW_ID", "R", FIRST_REVIEW)


def _reviewed(draw: Draw, count: int, bookings: Sequence[Row]) -> tuple[Row, ...]:
    """Choose the stays that get a review: none of two hotels, exactly one of a third.

    Those three have bookings, so that each shows as a row of the aggregate (C.5).
    """
    booked = draw.shuffled(sorted({str(stay["HOTEL_ID"]) for stay in bookings}))
    silent, quiet = booked[:HOTELS_WITHOUT_REVIEWS], booked[HOTELS_WITHOUT_REVIEWS]
    order = draw.shuffled(bookings)
    only = next(stay for stay in order if stay["HOTEL_ID"] == quiet)
    others = [stay for stay in order if stay["HOTEL_ID"] not in (*silent, quiet)]
    return (only, *others[: count - 1])


def _numbered(rows: list[NewRow], field: str, letter: str, first: int) -> tuple[Row, ...]:
    """Put rows in the order of CREATED_AT and number them in it."""
    rows.sort(key=lambda row: int(row["CREATED_AT"]))
    for number, row in enumerate(rows, start=first):
        row[field] = f"{letter}{number}"
    return tuple(rows)
