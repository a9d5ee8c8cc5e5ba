"""What one more review costs LAB 2's running chain, as `flink_sql.py` runs it: prints JSON.

    python benchmarks/chain_refresh.py BOOKINGS

The join and the aggregate run over so many bookings; then reviews of bookings that had none come
one after another, each once the aggregate has counted the one before it.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import islice

from bench_engine import BenchEngine, bench_engine, peak_mebibytes
from hotel_chain import SOURCES, Chain
from lab2_run import aggregate, join, reviews

from runthrough.data.river_hotels import Row
from runthrough.data.schemas import BOOKINGS, REVIEWS

ARRIVALS = 20
_COUNTED = "SELECT SUM(`REVIEW_COUNT`) FROM `AGGREGATE_HOTEL_REVIEWS`"


def main() -> None:
    chain = Chain(int(sys.argv[1]))
    [topic] = (t for t in SOURCES if t.name == REVIEWS)
    with bench_engine() as bench:
        for source in SOURCES:
            bench.load(source, chain.rows(source))
        join(bench, chain)
        aggregate(bench, chain)
        there, new = reviews(chain), new_reviews(chain)
        began = time.perf_counter()
        for n, row in enumerate(new, start=1):
            bench.produce(topic, [row])
            wait_for(bench, there + n)
        seconds = time.perf_counter() - began
        memory = peak_mebibytes()
    print(json.dumps({"seconds": {"refresh": seconds}, "memory": memory}))


def new_reviews(chain: Chain) -> list[Row]:
    """Return reviews of the first bookings that have none, written as others are."""
    topics = {topic.name: topic for topic in SOURCES}
    written = list(chain.rows(topics[REVIEWS]))
    has_one = {row["BOOKING_ID"] for row in written}
    without = (row for row in chain.rows(topics[BOOKINGS]) if row["BOOKING_ID"] not in has_one)
    return [
        {**row, "BOOKING_ID": booking["BOOKING_ID"], "REVIEW_ID": f"NEW-{n}"}
        for n, (row, booking) in enumerate(zip(written, islice(without, ARRIVALS), strict=False))
    ]


def wait_for(bench: BenchEngine, total: int) -> None:
    """Return once the aggregate counts so many reviews."""
    while bench.snapshot(_COUNTED) != [[str(total)]]:
        time.sleep(0.002)


if __name__ == "__main__":
    main()
