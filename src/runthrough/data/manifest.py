"""What a lab may expect of its data: counts and means, for assertions without a second look.

Facts workshop-labs C.5. The manifest is small and stands beside the NDJSON files; a run that
produced the data itself takes it from the rows with `Manifest.from_dataset`.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from runthrough.data.river_hotels import Dataset
from runthrough.data.schemas import BOOKINGS, HOTELS, REVIEWS, TOPICS
from runthrough.errors import RunthroughError

FILE_NAME = "manifest.json"


@dataclass(frozen=True)
class HotelCounts:
    """What the aggregate of one hotel must show.

    Attributes:
        rating_sum: sum of the stars.
        mean_rating: the mean as Flink's AVG over a DECIMAL(10, 2) shows it, a DECIMAL(38, 6)
            rounded half up ("3.142857"), or None without reviews.
    """

    name: str
    bookings: int
    review_count: int
    rating_sum: int
    mean_rating: str | None


@dataclass(frozen=True)
class Manifest:
    """Expected counts of one generation.

    Attributes:
        base_instant: ISO 8601 in UTC, with Z.
        topics: topic → number of records.
        keys: topic → (key of its first record, key of its last).
        hotels: hotel id → its counts, in the order of the ids; all hotels, booked or not.
        unmatched_bookings: bookings without a review. There is at most one review a booking, so
            the bookings LEFT JOIN reviews has one row a booking.
    """

    lab: str
    seed: int
    scale: int
    base_instant: str
    topics: Mapping[str, int]
    keys: Mapping[str, tuple[str, str]]
    hotels: Mapping[str, HotelCounts]
    unmatched_bookings: int

    @property
    def hotels_with_bookings(self) -> tuple[str, ...]:
        """Ids of the hotels that the join of bookings and hotels shows."""
        return tuple(id_ for id_, hotel in self.hotels.items() if hotel.bookings)

    @property
    def hotels_without_reviews(self) -> tuple[str, ...]:
        """Ids of the hotels with bookings and no review: two at least."""
        return self._with_reviews(0)

    @property
    def hotels_with_one_review(self) -> tuple[str, ...]:
        """Ids of the hotels with exactly one review: one at least."""
        return self._with_reviews(1)

    def _with_reviews(self, count: int) -> tuple[str, ...]:
        return tuple(
            id_ for id_ in self.hotels_with_bookings if self.hotels[id_].review_count == count
        )

    @classmethod
    def from_dataset(cls, dataset: Dataset) -> Manifest:
        """Count the rows of a generation."""
        rows, keys = dataset.rows, {topic.name: topic.key_field for topic in TOPICS}
        return cls(
            lab=dataset.lab,
            seed=dataset.seed,
            scale=dataset.scale,
            base_instant=dataset.base.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            topics={topic: len(rows[topic]) for topic in keys},
            keys={
                topic: (str(rows[topic][0][field]), str(rows[topic][-1][field]))
                for topic, field in keys.items()
            },
            hotels=_hotels(dataset),
            unmatched_bookings=len(rows[BOOKINGS]) - len({r["BOOKING_ID"] for r in rows[REVIEWS]}),
        )

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Read a manifest from its file, or from the folder it stands in.

        Raises:
            RunthroughError: there is no such file, or it is not a manifest.
        """
        path = path / FILE_NAME if path.is_dir() else path
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                lab=content["lab"],
                seed=content["seed"],
                scale=content["scale"],
                base_instant=content["base_instant"],
                topics=content["topics"],
                keys={topic: (first, last) for topic, (first, last) in content["keys"].items()},
                hotels={id_: HotelCounts(**hotel) for id_, hotel in content["hotels"].items()},
                unmatched_bookings=content["unmatched_bookings"],
            )
        except OSError as e:
            raise RunthroughError(f"the manifest {path} cannot be read: {e.strerror}") from e
        except (ValueError, TypeError, KeyError, AttributeError) as e:
            raise RunthroughError(f"{path} is not a manifest: {type(e).__name__}: {e}") from e

    def write(self, path: Path) -> None:
        """Write the manifest to a file, whole or not at all."""
        write_whole(path, self.to_json())

    def to_json(self) -> str:
        """Return the manifest as JSON, the same bytes for the same counts."""
        lists = ("hotels_with_bookings", "hotels_without_reviews", "hotels_with_one_review")
        content = asdict(self) | {name: getattr(self, name) for name in lists}
        return json.dumps(content, indent=2) + "\n"


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it appears whole or not at all."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


def mean_rating(total: int, count: int) -> str | None:
    """Return total / count with six digits, rounded half up; None of nothing."""
    if not count:
        return None
    return str((Decimal(total) / count).quantize(Decimal("0.000001"), ROUND_HALF_UP))


def _hotels(dataset: Dataset) -> dict[str, HotelCounts]:
    booked = {row["BOOKING_ID"]: row["HOTEL_ID"] for row in dataset.rows[BOOKINGS]}
    bookings, reviews, stars = Counter(booked.values()), Counter[Any](), Counter[Any]()
    for row in dataset.rows[REVIEWS]:
        hotel = booked[row["BOOKING_ID"]]
        reviews[hotel] += 1
        stars[hotel] += int(row["REVIEW_RATING"])
    return {
        str(row["HOTEL_ID"]): HotelCounts(
            name=str(row["NAME"]),
            bookings=bookings[row["HOTEL_ID"]],
            review_count=reviews[row["HOTEL_ID"]],
            rating_sum=stars[row["HOTEL_ID"]],
            mean_rating=mean_rating(stars[row["HOTEL_ID"]], reviews[row["HOTEL_ID"]]),
        )
        for row in dataset.rows[HOTELS]
    }
