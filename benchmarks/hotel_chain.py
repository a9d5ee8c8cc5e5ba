"""LAB 2's data at any size: a generation of river_hotels, repeated with ids of its own.

One block is 10,000 bookings at 30 hotels with 5,000 reviews, drawn by `runthrough.data`; every
further block has its own bookings, reviews and hotels and the same 25,000 customers. So the chain
grows with its bookings, and a hotel's gathered reviews stay below the size of a Kafka message.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runthrough.data.river_hotels import Row, generate
from runthrough.data.schemas import BOOKINGS, CUSTOMERS, HOTELS, REVIEWS, TOPICS, Topic

BLOCK = 10_000
SCALE = 25
SOURCES = tuple(topic for topic in TOPICS if topic.name in (CUSTOMERS, HOTELS, BOOKINGS, REVIEWS))


@dataclass(frozen=True)
class Chain:
    """So many bookings, half as many reviews, and the hotels and customers they belong to."""

    bookings: int

    @property
    def reviews(self) -> int:
        """How many reviews there are."""
        return self.bookings // 2

    def rows(self, topic: Topic) -> Iterator[Row]:
        """Return a topic's rows in the order of its log."""
        block = generate(scale=SCALE).rows
        if topic.name == CUSTOMERS:
            yield from block[CUSTOMERS]
            return
        blocks = -(-self.bookings // BLOCK)
        booked = block[BOOKINGS]
        if self.bookings < BLOCK:
            booked = booked[: self.bookings]
        kept = {row["BOOKING_ID"] for row in booked}
        rows = {
            HOTELS: block[HOTELS],
            BOOKINGS: booked,
            REVIEWS: [row for row in block[REVIEWS] if row["BOOKING_ID"] in kept],
        }[topic.name]
        for number in range(blocks):
            yield from (_of_block(row, number) for row in rows)


def _of_block(row: Row, number: int) -> Row:
    if number == 0:
        return row
    own = {
        key: f"{row[key]}-{number}" for key in ("BOOKING_ID", "HOTEL_ID", "REVIEW_ID") if key in row
    }
    return {**row, **own}


def write_files(chain: Chain, folder: Path) -> dict[str, object]:
    """Write the rows as JSON lines for Flink; return what its tables and statements are."""
    from bench_engine import statement

    tables = []
    for topic in SOURCES:
        path = folder / f"{len(tables)}.json"
        columns = [(name, _sql_type(avro)) for name, avro in topic.fields]
        times = [name for name, kind in columns if kind.startswith("TIMESTAMP")]
        with path.open("w") as file:
            for row in chain.rows(topic):
                shown = {**row, **{name: _instant(int(row[name])) for name in times}}
                file.write(json.dumps(shown) + "\n")
        tables.append({"name": topic.name, "path": str(path), "columns": columns})
    titles = ("Denormalize the bookings", "Aggregate the reviews by hotel")
    return {"tables": tables, "statements": [statement(title) for title in titles]}


def _sql_type(avro: object) -> str:
    if isinstance(avro, dict):
        return "TIMESTAMP_LTZ(3)"
    return {"string": "STRING", "int": "INT", "long": "BIGINT"}[str(avro)]


def _instant(millis: int) -> str:
    at = datetime.fromtimestamp(millis / 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{millis % 1000:03d}Z"


if __name__ == "__main__":
    described = write_files(Chain(int(sys.argv[1])), Path(sys.argv[2]))
    print(json.dumps(described))
