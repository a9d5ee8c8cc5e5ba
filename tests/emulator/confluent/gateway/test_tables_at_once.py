"""Tables made by many at once: each is there for everyone when its statement is COMPLETED."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
from confluent_kafka import Consumer

from tests.waiting import LIMIT_SECONDS

from ..conftest import Emulated

Unique = Callable[[str], str]


def test_tables_made_and_dropped_at_once_come_and_go_for_kafka_clients(
    emulated: Emulated, flink: httpx.Client, unique: Unique
) -> None:
    world = emulated.world
    where = {
        "sql.current-catalog": world.environment.id,
        "sql.current-database": world.cluster.name,
    }
    reader = Consumer(
        {
            "bootstrap.servers": emulated.running.exports["KAFKA_BOOTSTRAP_SERVERS"].partition(
                "://"
            )[2],
            "group.id": "reader",
            "allow.auto.create.topics": False,
        }
    )

    def submit(sql: str) -> str:
        spec = {"statement": sql, "properties": where}
        answer = flink.post("/statements", json={"name": unique("ddl"), "spec": spec})
        phase: str = answer.raise_for_status().json()["status"]["phase"]
        return phase

    def partitions(table: str) -> int:
        return len(reader.list_topics(table, timeout=LIMIT_SECONDS).topics[table].partitions)

    def come_and_go(table: str) -> list[tuple[str, int]]:
        seen = []
        for buckets in (2, 3):
            sql = f"CREATE TABLE `{table}` (id INT) DISTRIBUTED INTO {buckets} BUCKETS"
            seen.append((submit(sql), partitions(table)))
            seen.append((submit(f"DROP TABLE `{table}`"), partitions(table)))
        return seen

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(come_and_go, [unique("table") for _ in range(8)]))
    reader.close()
    done = "COMPLETED"
    assert found == [[(done, 2), (done, 0), (done, 3), (done, 0)]] * 8
