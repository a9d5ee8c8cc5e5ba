"""Lines that hold the lab's tables against the manifest of the generated data.

A table switched to append shows every change of a hotel; the one with the most reviews counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pytest_bdd import parsers, then

from runthrough.clients.flink import Flink, Rows
from runthrough.data.manifest import Manifest

_CENT = Decimal("0.01")
_DIVIDER = "|||"


@then(parsers.parse('the last "{column}" is the number of bookings'))
def count_bookings(rows: Rows, manifest: Manifest, column: str) -> None:
    last = rows.column(column)[-1] if rows.rows else None
    assert last == manifest.topics["bookings"], f"the last {column} is {last}"


@then(parsers.parse('the table "{table}" holds every booking once'))
def hold_bookings(flink: Flink, manifest: Manifest, table: str) -> None:
    result = flink.query(f"SELECT `BOOKING_ID` FROM `{table}`;")
    ids, expected = result.column("BOOKING_ID"), manifest.topics["bookings"]
    assert len(set(ids)) == expected, f"{table} holds {len(set(ids))} of {expected} bookings"


@then("a booking without a review has no rating and no text")
def leave_gaps(flink: Flink, manifest: Manifest) -> None:
    result = flink.query(
        "SELECT `BOOKING_ID`, `REVIEW_RATING`, `REVIEW_TEXT` FROM `DENORMALIZED_HOTEL_BOOKINGS`;"
    )
    reviewed = {r["BOOKING_ID"] for r in result.records() if r["REVIEW_RATING"] is not None}
    half = [
        r for r in result.records() if (r["REVIEW_RATING"] is None) != (r["REVIEW_TEXT"] is None)
    ]
    assert not half, f"half a review: {half[:2]}"
    gaps = manifest.topics["bookings"] - len(reviewed)
    assert gaps == manifest.unmatched_bookings, f"{gaps} bookings have no review"


@then(parsers.parse('the table "{table}" knows every booked hotel'))
def know_hotels(flink: Flink, manifest: Manifest, table: str) -> None:
    seen = set(_newest(flink, table))
    missing = sorted(set(manifest.hotels_with_bookings) - seen)
    assert not missing, f"{table} does not know {missing[:3]} ({len(missing)} in all)"


@then(parsers.parse('every hotel\'s review count in "{table}" is right'))
def count_reviews(flink: Flink, manifest: Manifest, table: str) -> None:
    counts = {hotel: row["REVIEW_COUNT"] for hotel, row in _newest(flink, table).items()}
    wrong = {h: n for h, n in counts.items() if n != manifest.hotels[h].review_count}
    assert counts, f"{table} is empty"
    assert not wrong, f"{len(wrong)} hotels have another count, first {next(iter(wrong.items()))}"


@then(parsers.parse('every hotel\'s mean rating in "{table}" is right to the cent'))
def average_reviews(flink: Flink, manifest: Manifest, table: str) -> None:
    means = {hotel: row["AVERAGE_REVIEW_RATING"] for hotel, row in _newest(flink, table).items()}
    wrong = [
        h for h, mean in means.items() if _cents(mean) != _cents(manifest.hotels[h].mean_rating)
    ]
    assert means, f"{table} is empty"
    assert not wrong, (
        f"{wrong[0]} has {means[wrong[0]]}, not {manifest.hotels[wrong[0]].mean_rating}"
    )


@then(parsers.parse('the texts of "{table}" fall into as many parts as there are reviews'))
def split_texts(flink: Flink, table: str) -> None:
    for hotel, row in _newest(flink, table).items():
        text = row["HOTEL_REVIEWS"]
        parts = text.split(_DIVIDER) if text else []
        assert len(parts) == row["REVIEW_COUNT"], f"{hotel}: {len(parts)} parts of {row}"


@then(parsers.parse('every reviewed hotel in "{table}" has a summary of its own'))
def summarize_reviewed(flink: Flink, manifest: Manifest, table: str) -> None:
    newest = _newest(flink, table, extra=("REVIEW_SUMMARY",))
    expected = {hotel for hotel, facts in manifest.hotels.items() if facts.review_count}
    without = [h for h in expected if h not in newest or not newest[h]["REVIEW_SUMMARY"]]
    assert not without, f"{len(without)} reviewed hotels have no summary, first {without[0]}"
    copied = [h for h in expected if newest[h]["REVIEW_SUMMARY"] in newest[h]["HOTEL_REVIEWS"]]
    assert not copied, f"the summary of {copied[0]} is copied from a review"


@then(parsers.parse('every hotel without reviews in "{table}" says "{phrase}"'))
def leave_unreviewed(flink: Flink, manifest: Manifest, table: str, phrase: str) -> None:
    newest = _newest(flink, table, extra=("REVIEW_SUMMARY",))
    silent = [h for h in manifest.hotels_with_bookings if not manifest.hotels[h].review_count]
    said = {h: newest[h]["REVIEW_SUMMARY"] if h in newest else None for h in silent}
    wrong = {h: text for h, text in said.items() if phrase not in (text or "")}
    assert said, "the generated data has no hotel without reviews"
    assert not wrong, "; ".join(f"hotel {h} says {text!r}" for h, text in list(wrong.items())[:2])


@then(parsers.parse("the model was called at most {times:d} times for each booking"))
def bound_calls(flink: Flink, manifest: Manifest, times: int) -> None:
    rows = flink.count("AGGREGATE_HOTEL_REVIEWS_WITH_SUMMARY")
    most = times * manifest.topics["bookings"]
    assert rows <= most, f"{rows} rows, so as many calls, for at most {most}"


def _newest(flink: Flink, table: str, *, extra: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """Return the row of every hotel that counts most reviews, by hotel."""
    columns = ("HOTEL_ID", "AVERAGE_REVIEW_RATING", "REVIEW_COUNT", "HOTEL_REVIEWS", *extra)
    listed = ", ".join(f"`{column}`" for column in columns)
    newest: dict[str, dict[str, Any]] = {}
    for row in flink.query(f"SELECT {listed} FROM `{table}`;").records():
        seen = newest.get(row["HOTEL_ID"])
        if seen is None or row["REVIEW_COUNT"] >= seen["REVIEW_COUNT"]:
            newest[row["HOTEL_ID"]] = row
    return newest


def _cents(value: Decimal | str | None) -> Decimal | None:
    return None if value is None else Decimal(value).quantize(_CENT)
