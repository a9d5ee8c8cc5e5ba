"""One size of LAB 2's three CTAS, as `flink_sql.py` runs it: prints its measurement as JSON."""

from __future__ import annotations

import json
import sys
import time

from bench_engine import SESSION, BenchEngine, bench_engine, cpu_seconds, peak_mebibytes, statement
from hotel_chain import SOURCES, Chain

CONNECTION = """CREATE CONNECTION `bedrock-claude-connection` WITH (
  'type' = 'bedrock', 'aws-access-key' = 'a', 'aws-secret-key' = 's',
  'endpoint' = 'https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude/invoke')"""


def main() -> None:
    chain = Chain(int(sys.argv[1]))
    with bench_engine() as bench:
        began = time.perf_counter()
        for topic in SOURCES:
            bench.load(topic, chain.rows(topic))
        loading, used = time.perf_counter() - began, cpu_seconds()
        seconds = {
            "join": join(bench, chain),
            "aggregate": aggregate(bench, chain),
            "model": summarize(bench),
        }
        cpu = cpu_seconds() - used
        check(bench, chain)
        memory = peak_mebibytes()
    print(json.dumps({"seconds": seconds, "memory": memory, "loading": loading, "cpu": cpu}))


def join(bench: BenchEngine, chain: Chain) -> float:
    table = "DENORMALIZED_HOTEL_BOOKINGS"
    return bench.seconds_until(
        statement("Denormalize the bookings"), lambda: bench.records(table) >= chain.bookings
    )


def aggregate(bench: BenchEngine, chain: Chain) -> float:
    counted = "SELECT SUM(`REVIEW_COUNT`) FROM `AGGREGATE_HOTEL_REVIEWS`"
    sql, wanted = statement("Aggregate the reviews by hotel"), [[str(reviews(chain))]]
    return bench.seconds_until(sql, lambda: bench.snapshot(counted) == wanted)


def summarize(bench: BenchEngine) -> float:
    bench.submit(statement("Switch the aggregate to append"))
    bench.submit(CONNECTION)
    bench.submit(statement("Create the review summarizer"))
    hotels = bench.records("AGGREGATE_HOTEL_REVIEWS")
    table = "AGGREGATE_HOTEL_REVIEWS_WITH_SUMMARY"
    return bench.seconds_until(
        statement("Summarize the reviews"), lambda: bench.records(table) >= hotels
    )


def reviews(chain: Chain) -> int:
    if chain.bookings >= 10_000:
        return chain.reviews
    return sum(1 for _ in chain.rows(next(t for t in SOURCES if t.name == "hotel_reviews")))


def check(bench: BenchEngine, chain: Chain) -> None:
    """Exit unless the join has every booking once, with its review."""
    sql = "SELECT COUNT(*), COUNT(DISTINCT BOOKING_ID), COUNT(REVIEW_TEXT) FROM `{}`"
    found = bench.snapshot(sql.format("DENORMALIZED_HOTEL_BOOKINGS"))
    wanted = [[str(chain.bookings), str(chain.bookings), str(reviews(chain))]]
    if found != wanted:
        sys.exit(f"the join holds {found}, not {wanted} (catalog {SESSION.catalog})")


if __name__ == "__main__":
    main()
