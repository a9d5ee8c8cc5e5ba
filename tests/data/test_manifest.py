"""The manifest says what is in the files, counted again by DuckDB."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.data.manifest import HotelCounts, Manifest, mean_rating
from runthrough.data.river_hotels import generate
from runthrough.data.schemas import BOOKINGS, REVIEWS, TOPICS
from runthrough.data.write import write_dataset
from runthrough.errors import RunthroughError

PER_HOTEL = """
SELECT h.HOTEL_ID, h.NAME, count(b.BOOKING_ID), count(r.REVIEW_RATING),
       coalesce(sum(r.REVIEW_RATING), 0)
FROM read_json('{dir}/riverhotel.SAMPLE.HOTEL.ndjson') h
LEFT JOIN read_json('{dir}/bookings.ndjson') b USING (HOTEL_ID)
LEFT JOIN read_json('{dir}/hotel_reviews.ndjson') r USING (BOOKING_ID)
GROUP BY ALL ORDER BY 1
"""
UNMATCHED = """
SELECT count(*) FROM read_json('{dir}/bookings.ndjson') b
ANTI JOIN read_json('{dir}/hotel_reviews.ndjson') r USING (BOOKING_ID)
"""


@pytest.fixture(scope="module", params=[(42, 1), (7, 2)], ids=["seed 42", "seed 7, twice"])
def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Manifest]:
    directory = tmp_path_factory.mktemp("data")
    seed, scale = request.param
    return directory, write_dataset(generate(seed, scale), directory)


def test_a_recount_of_the_files_gives_the_same_counts_per_hotel(
    written: tuple[Path, Manifest],
) -> None:
    directory, manifest = written
    recount = duckdb.sql(PER_HOTEL.format(dir=directory)).fetchall()
    assert [
        (id_, hotel.name, hotel.bookings, hotel.review_count, hotel.rating_sum)
        for id_, hotel in manifest.hotels.items()
    ] == recount


def test_a_recount_of_the_files_gives_the_same_counts_per_topic(
    written: tuple[Path, Manifest],
) -> None:
    directory, manifest = written
    for topic in TOPICS:
        file = directory / f"{topic.name}.ndjson"
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        assert manifest.topics[topic.name] == len(rows)
        ends = (rows[0][topic.key_field], rows[-1][topic.key_field])
        assert manifest.keys[topic.name] == ends
    unmatched = duckdb.sql(UNMATCHED.format(dir=directory)).fetchall()
    assert unmatched == [(manifest.unmatched_bookings,)]


def test_the_lists_of_hotels_follow_from_their_counts(written: tuple[Path, Manifest]) -> None:
    _, manifest = written
    assert len(manifest.hotels_without_reviews) >= 2
    assert len(manifest.hotels_with_one_review) >= 1
    for id_, hotel in manifest.hotels.items():
        assert (id_ in manifest.hotels_with_bookings) == (hotel.bookings > 0)
        assert (id_ in manifest.hotels_with_one_review) == (hotel.review_count == 1)
        assert (id_ in manifest.hotels_without_reviews) == (
            hotel.bookings > 0 and hotel.review_count == 0
        )


def test_means_are_those_of_the_sums(written: tuple[Path, Manifest]) -> None:
    _, manifest = written
    for hotel in manifest.hotels.values():
        if hotel.review_count:
            assert hotel.mean_rating is not None
            exact = Fraction(hotel.rating_sum, hotel.review_count)
            assert abs(Fraction(hotel.mean_rating) - exact) <= Fraction(1, 2_000_000)
        else:
            assert hotel.mean_rating is None


@pytest.mark.parametrize(
    ("total", "count", "mean"),
    [
        (7, 2, "3.500000"),
        (22, 7, "3.142857"),
        (5, 3, "1.666667"),
        (9, 1, "9.000000"),
        (1, 2_000_000, "0.000001"),
        (0, 0, None),
    ],
)
def test_a_mean_has_six_digits_and_is_rounded_half_up(
    total: int, count: int, mean: str | None
) -> None:
    assert mean_rating(total, count) == mean


@given(count=st.integers(1, 100_000), data=st.data())
def test_a_mean_is_the_nearest_number_of_six_digits(count: int, data: st.DataObject) -> None:
    total = data.draw(st.integers(count, 5 * count))
    mean = mean_rating(total, count)
    assert mean is not None
    assert Decimal(mean).as_tuple().exponent == -6
    assert abs(Fraction(mean) - Fraction(total, count)) <= Fraction(1, 2_000_000)


def test_a_manifest_survives_its_file(tmp_path: Path) -> None:
    manifest = Manifest.from_dataset(generate(3))
    manifest.write(tmp_path / "manifest.json")
    assert Manifest.read(tmp_path / "manifest.json") == manifest
    assert Manifest.read(tmp_path) == manifest
    assert [p.name for p in tmp_path.iterdir()] == ["manifest.json"]


def test_the_file_names_what_made_the_data(tmp_path: Path) -> None:
    content = json.loads(Manifest.from_dataset(generate(3)).to_json())
    assert [content[name] for name in ("lab", "seed", "scale")] == ["lab2", 3, 1]
    assert content["base_instant"] == "2026-01-15T00:00:00Z"
    assert content["topics"]["bookings"] == 400
    assert len(content["hotels_without_reviews"]) >= 2


def test_a_hotel_that_nobody_booked_counts_as_neither_booked_nor_unreviewed() -> None:
    """Only booked hotels appear in the join of the lab."""
    data = generate(1)
    lonely = str(data.rows[BOOKINGS][0]["HOTEL_ID"])
    gone = {r["BOOKING_ID"] for r in data.rows[BOOKINGS] if r["HOTEL_ID"] == lonely}
    rows = {
        **data.rows,
        BOOKINGS: tuple(r for r in data.rows[BOOKINGS] if r["BOOKING_ID"] not in gone),
        REVIEWS: tuple(r for r in data.rows[REVIEWS] if r["BOOKING_ID"] not in gone),
    }
    manifest = Manifest.from_dataset(dataclasses.replace(data, rows=rows))
    assert manifest.hotels[lonely] == HotelCounts(manifest.hotels[lonely].name, 0, 0, 0, None)
    assert lonely not in manifest.hotels_with_bookings + manifest.hotels_without_reviews


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"lab": "lab2"}'], ids=["cut off", "a list", "empty", "too short"]
)
def test_what_is_not_a_manifest_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(RunthroughError, match=r"manifest\.json is not a manifest"):
        Manifest.read(tmp_path)


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunthroughError, match=r"manifest\.json cannot be read: No such file"):
        Manifest.read(tmp_path / "manifest.json")
