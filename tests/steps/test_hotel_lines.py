"""What lines about the hotels hold against the manifest, and what they say where it differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from runthrough.clients.flink import Rows
from runthrough.data.command import expected
from runthrough.data.manifest import Manifest
from steps import hotels

MANIFEST = expected()
TABLE = "AGGREGATE_HOTEL_REVIEWS"


@dataclass
class FakeFlink:
    """Answers every query from one list of records, with the columns it asks for."""

    records: list[dict[str, Any]] = field(default_factory=list)
    rows: int = 0

    def query(self, sql: str) -> Rows:
        columns = tuple(part.strip(" `") for part in sql[6 : sql.index(" FROM")].split(","))
        return Rows(columns, tuple(tuple(r[c] for c in columns) for r in self.records))

    def count(self, table: str) -> int:
        return self.rows


def right_rows(manifest: Manifest = MANIFEST) -> list[dict[str, Any]]:
    """The aggregate as it should be, one row a hotel."""
    return [
        {
            "HOTEL_ID": hotel,
            "AVERAGE_REVIEW_RATING": facts.mean_rating and Decimal(facts.mean_rating),
            "REVIEW_COUNT": facts.review_count,
            "HOTEL_REVIEWS": "||| ".join(f"text {i} of {hotel}" for i in range(facts.review_count)),
            "REVIEW_SUMMARY": "Guests liked it." if facts.review_count else "NO REVIEWS FOUND.",
        }
        for hotel, facts in manifest.hotels.items()
        if facts.bookings
    ]


def reviewed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return next(row for row in rows if row["REVIEW_COUNT"] > 1)


LINES = {
    "knows": lambda flink: hotels.know_hotels(flink, MANIFEST, table=TABLE),
    "count": lambda flink: hotels.count_reviews(flink, MANIFEST, table=TABLE),
    "mean": lambda flink: hotels.average_reviews(flink, MANIFEST, table=TABLE),
    "texts": lambda flink: hotels.split_texts(flink, table=TABLE),
    "summary": lambda flink: hotels.summarize_reviewed(flink, MANIFEST, table=TABLE),
    "silence": lambda flink: hotels.leave_unreviewed(
        flink, MANIFEST, table=TABLE, phrase="NO REVIEWS FOUND"
    ),
}


@pytest.mark.parametrize("line", LINES)
def test_the_right_table_holds(line: str) -> None:
    LINES[line](FakeFlink(right_rows()))


@pytest.mark.parametrize("line", LINES)
def test_older_changes_of_a_hotel_do_no_harm(line: str) -> None:
    rows = right_rows()
    older = reviewed(rows) | {"REVIEW_COUNT": 0, "AVERAGE_REVIEW_RATING": None, "HOTEL_REVIEWS": ""}
    LINES[line](FakeFlink([older | {"REVIEW_SUMMARY": "NO REVIEWS FOUND."}, *rows]))


@pytest.mark.parametrize(
    ("line", "column", "value", "words"),
    [
        ("count", "REVIEW_COUNT", 99, "1 hotels have another count, first"),
        ("mean", "AVERAGE_REVIEW_RATING", Decimal("9.99"), "has 9.99, not"),
        ("texts", "HOTEL_REVIEWS", "one text", "1 parts of"),
        ("summary", "REVIEW_SUMMARY", None, "1 reviewed hotels have no summary"),
        ("summary", "REVIEW_SUMMARY", "text 0", "is copied from a review"),
    ],
)
def test_one_wrong_value_is_found_and_named(
    line: str, column: str, value: object, words: str
) -> None:
    rows = right_rows()
    reviewed(rows)[column] = value
    with pytest.raises(AssertionError, match=words):
        LINES[line](FakeFlink(rows))


def test_a_hotel_that_is_missing_is_named() -> None:
    rows = right_rows()
    gone = rows.pop()["HOTEL_ID"]
    with pytest.raises(AssertionError, match=gone):
        LINES["knows"](FakeFlink(rows))


def test_a_wrong_phrase_names_the_hotel() -> None:
    rows = right_rows()
    silent = next(row for row in rows if not row["REVIEW_COUNT"])
    silent["REVIEW_SUMMARY"] = "Lovely!"
    with pytest.raises(AssertionError, match=f"hotel {silent['HOTEL_ID']} says 'Lovely!'"):
        LINES["silence"](FakeFlink(rows))


@pytest.mark.parametrize("line", ["count", "mean"])
def test_an_empty_table_does_not_hold(line: str) -> None:
    with pytest.raises(AssertionError, match="is empty"):
        LINES[line](FakeFlink())


def bookings(unreviewed: int) -> list[dict[str, Any]]:
    total = MANIFEST.topics["bookings"]
    return [
        {"BOOKING_ID": f"B{i}", "REVIEW_RATING": None, "REVIEW_TEXT": None}
        if i < unreviewed
        else {"BOOKING_ID": f"B{i}", "REVIEW_RATING": 4, "REVIEW_TEXT": "Fine."}
        for i in range(total)
    ]


def test_bookings_are_counted_and_their_gaps_too() -> None:
    right = FakeFlink(bookings(MANIFEST.unmatched_bookings))
    hotels.hold_bookings(right, MANIFEST, table="T")  # type: ignore[arg-type]
    hotels.leave_gaps(right, MANIFEST)  # type: ignore[arg-type]
    few = FakeFlink(bookings(3))
    with pytest.raises(AssertionError, match="3 bookings have no review"):
        hotels.leave_gaps(few, MANIFEST)  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="T holds 399 of 400 bookings"):
        hotels.hold_bookings(FakeFlink(few.records[1:]), MANIFEST, table="T")  # type: ignore[arg-type]


def test_half_a_review_is_shown() -> None:
    rows = bookings(MANIFEST.unmatched_bookings)
    rows[0]["REVIEW_RATING"] = 1
    with pytest.raises(AssertionError, match="half a review"):
        hotels.leave_gaps(FakeFlink(rows), MANIFEST)  # type: ignore[arg-type]


def test_the_budget_of_calls_is_held() -> None:
    hotels.bound_calls(FakeFlink(rows=1200), MANIFEST, times=3)  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="1201 rows, so as many calls, for at most 1200"):
        hotels.bound_calls(FakeFlink(rows=1201), MANIFEST, times=3)  # type: ignore[arg-type]


def test_the_last_count_is_the_one_that_counts() -> None:
    hotels.count_bookings(Rows(("n",), ((1,), (400,))), MANIFEST, column="n")
    with pytest.raises(AssertionError, match="the last n is 1"):
        hotels.count_bookings(Rows(("n",), ((400,), (1,))), MANIFEST, column="n")
