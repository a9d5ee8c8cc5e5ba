"""What one more record costs a running GROUP BY, as `flink_sql.py` runs it: prints JSON.

    python benchmarks/refresh_run.py ROWS

ROWS records are in the table when the statement starts; then 10,000 more are produced one after
another by a Kafka client that waits for none of them, and the time counts until the counts in the
result are right.
"""

from __future__ import annotations

import json
import sys
import time

from bench_engine import BenchEngine, bench_engine, peak_mebibytes
from confluent_kafka import Producer

from runthrough.emulator.broker import Outgoing
from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.formats.row_writer import RowWriter
from runthrough.emulator.flink.types import BIGINT, STRING

ARRIVALS = 10_000
KEYS = 1_000
_SUM = "SELECT SUM(`n`) FROM `counted`"


def main() -> None:
    there = int(sys.argv[1])
    with bench_engine() as bench:
        bench.submit("CREATE TABLE `arriving` (`k` STRING, `v` BIGINT)")
        columns = (Column("k", STRING), Column("v", BIGINT))
        topic = Table(("workshop", "river", "arriving"), columns)
        writer = RowWriter(topic, "append", bench.schemas)

        def record(n: int) -> Outgoing:
            made = writer.write({"k": f"key-{n % KEYS}", "v": n}, 0)
            assert made is not None
            return Outgoing(made.key, made.value, partition=n % 6)

        bench.broker.produce_all("arriving", (record(n) for n in range(there)))
        bench.submit(
            "CREATE TABLE `counted` AS SELECT `k`, COUNT(*) AS `n`, SUM(`v`) AS `s` "
            "FROM `arriving` GROUP BY `k`"
        )
        wait_for(bench, there)
        began = time.perf_counter()
        client = Producer({"bootstrap.servers": address(bench), "linger.ms": 0})
        for n in range(ARRIVALS):
            sent = record(there + n)
            client.produce("arriving", sent.value, partition=sent.partition or 0)
            client.poll(0)
        client.flush()
        wait_for(bench, there + ARRIVALS)
        seconds = time.perf_counter() - began
        memory = peak_mebibytes()
    print(json.dumps({"seconds": {"refresh": seconds}, "memory": memory}))


def address(bench: BenchEngine) -> str:
    """Return the broker's address as a client writes it."""
    return bench.broker.bootstrap.removeprefix("PLAINTEXT://")


def wait_for(bench: BenchEngine, total: int) -> None:
    """Return once the result counts so many records."""
    while total and bench.snapshot(_SUM) != [[str(total)]]:
        time.sleep(0.05)


if __name__ == "__main__":
    main()
