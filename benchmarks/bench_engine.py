"""An engine in this process, filled with LAB 2's topics, for the benchmarks."""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import fastavro

from runthrough.data.river_hotels import Row
from runthrough.data.schemas import KEY_SCHEMA, Topic
from runthrough.emulator.broker import Broker, Outgoing
from runthrough.emulator.flink.catalog import Session
from runthrough.emulator.flink.engine import Engine, Execution, Place
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.running.models import ModelReply, ModelRequest
from runthrough.lab import read_lab

PLACE = Place("org-1", "env-1", "workshop", (("lkc-1", "river"),))
SESSION = Session("env-1", "river")
FEATURE = Path(__file__).parent.parent / "features" / "lab2_stream_processing.feature"
_AT_ONCE = 20_000


class Answers:
    """A model that answers at once."""

    def invoke(self, request: ModelRequest) -> ModelReply:
        answer = {"content": [{"text": "Guests like it."}], "usage": {"input_tokens": 1}}
        return ModelReply(200, json.dumps(answer).encode())


class BenchEngine:
    """The engine and what the benchmarks do with it."""

    def __init__(self) -> None:
        self.broker, self.schemas = Broker(), SchemaStore()
        self.broker.start()
        self.engine = Engine(
            PLACE,
            broker=self.broker,
            schemas=self.schemas,
            provider=Answers(),
            clock=lambda: datetime.now(UTC),
        )
        self.engine.start()
        self._submitted = 0

    def load(self, topic: Topic, rows: Iterable[Row]) -> None:
        """Create a topic with its schemas and fill it; done when the engine has it all."""
        self.engine.create_topic(topic.name, partitions=topic.partitions)
        for part, text in (("key", KEY_SCHEMA), ("value", topic.value_schema)):
            self.schemas.register(f"{topic.name}-{part}", text, "AVRO")
        self.produce(topic, rows)

    def produce(self, topic: Topic, rows: Iterable[Row]) -> None:
        """Write rows to a topic that was loaded; done when the engine has them."""
        found = [self.schemas.latest(f"{topic.name}-{part}") for part in ("key", "value")]
        key, value = (version.schema.id for version in found if version is not None)
        parsed = fastavro.parse_schema(json.loads(topic.value_schema))
        encoded = (_record(row, topic, parsed, key, value) for row in rows)
        while batch := list(islice(encoded, _AT_ONCE)):
            self.broker.flush(topic.name, self.broker.produce_all(topic.name, batch), 60)

    def submit(self, sql: str, session: Session = SESSION) -> Execution:
        """Submit a statement; exits where it fails."""
        self._submitted += 1
        execution = self.engine.submit(f"bench-{self._submitted}", sql, session)
        if execution.phase == "FAILED":
            sys.exit(execution.detail)
        return execution

    def snapshot(self, sql: str) -> list[list[object]]:
        """Return the rows of a query over what is there."""
        execution = self.submit(sql, Session("env-1", "river", snapshot=True))
        execution.wait_for_end(600)
        return [row for _, row in execution.results(0, 1_000_000).rows]

    def seconds_until(self, sql: str, complete: Callable[[], bool]) -> float:
        """Submit a statement; return the seconds until its table is complete.

        The longer it takes the less often is looked: looking takes the CPU as well.
        """
        began = time.perf_counter()
        execution = self.submit(sql)
        while not complete():
            if execution.phase == "FAILED":
                sys.exit(execution.detail)
            time.sleep(0.002 + (time.perf_counter() - began) / 100)
        return time.perf_counter() - began

    def records(self, topic: str) -> int:
        """Return how many records a topic has."""
        return sum(self.broker.end_offsets(topic).values())


@contextmanager
def bench_engine() -> Iterator[BenchEngine]:
    """An engine until the block ends."""
    bench = BenchEngine()
    try:
        yield bench
    finally:
        bench.engine.close()
        bench.broker.close()


def statement(title: str) -> str:
    """Return the SQL of a scenario of LAB 2."""
    for scenario in read_lab(FEATURE).scenarios:
        if scenario.title == title:
            texts = [line.docstring for line in scenario.lines if line.docstring]
            return texts[0].strip().removesuffix(";")
    sys.exit(f"{FEATURE.name} has no scenario {title!r}")


def cpu_seconds() -> float:
    """Return the CPU time this process has used, which others on the machine do not lengthen."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mebibytes() -> float:
    """Return the largest memory this process had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _record(row: Row, topic: Topic, schema: object, key_id: int, value_id: int) -> Outgoing:
    name = str(row[topic.key_field]).encode()
    value = io.BytesIO()
    value.write(b"\x00" + value_id.to_bytes(4, "big"))
    fastavro.schemaless_writer(value, schema, dict(row))  # type: ignore[arg-type]
    key = b"\x00" + key_id.to_bytes(4, "big") + bytes([2 * len(name)]) + name
    return Outgoing(key, value.getvalue(), (), int(row["CREATED_AT"]))
