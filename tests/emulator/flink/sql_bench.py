"""Planner, engine and broker together: where tests type statements and look at topics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from runthrough.emulator.broker import Broker, Outgoing, Record
from runthrough.emulator.flink.catalog import Session
from runthrough.emulator.flink.engine import Engine, Execution, Place
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.running.models import ModelProvider, ModelReply, ModelRequest
from tests.waiting import LIMIT_SECONDS, becomes

PLACE = Place("org-1", "env-1", "workshop", (("lkc-1", "river"),))
STREAM = Session("env-1", "river")
SNAPSHOT = Session("env-1", "river", snapshot=True)


class NoProvider:
    """Nobody behind the models: no statement of these tests calls one."""

    def invoke(self, request: ModelRequest) -> ModelReply:
        return ModelReply(500, b"{}")


class Desk:
    """An engine to which statements are sent; `ahead` puts its clock forward."""

    def __init__(self, provider: ModelProvider | None = None) -> None:
        self.ahead = timedelta(0)
        self.broker, self.schemas = Broker(), SchemaStore()
        self.broker.start()
        self.engine = Engine(
            PLACE,
            broker=self.broker,
            schemas=self.schemas,
            provider=provider or NoProvider(),
            clock=lambda: datetime.now(UTC) + self.ahead,
        )
        self.engine.start()
        self._count = 0

    def submit(self, sql: str, session: Session = STREAM) -> Execution:
        self._count += 1
        execution = self.engine.submit(f"statement-{self._count}", sql, session)
        execution.wait(LIMIT_SECONDS)
        return execution

    def run(self, sql: str, session: Session = STREAM) -> list[list[Any]]:
        """Submit a statement that ends, and return its rows."""
        execution = self.submit(sql, session)
        execution.wait_for_end(LIMIT_SECONDS)
        assert execution.phase == "COMPLETED", execution.detail
        return [row for _, row in execution.results(0, 10_000).rows]

    def now(self, sql: str) -> list[list[Any]]:
        """Return the rows of a snapshot query."""
        return self.run(sql, SNAPSHOT)

    def snapshot(self, sql: str) -> list[list[Any]]:
        """Return the rows of a snapshot query that asks for no order, sorted."""
        return sorted(self.now(sql), key=repr)

    def becomes(self, sql: str, wanted: list[list[Any]]) -> None:
        """Ask until a snapshot query has these rows."""
        becomes(lambda: self.snapshot(sql), wanted)

    def refusal(self, sql: str) -> str:
        """Return why a statement fails."""
        execution = self.submit(sql)
        execution.wait_for_end(LIMIT_SECONDS)
        assert execution.phase == "FAILED"
        return execution.detail

    def produce(self, topic: str, *records: Outgoing) -> None:
        """Write records as a Kafka client would."""
        done = self.broker.produce_all(topic, list(records))
        self.broker.flush(topic, done, LIMIT_SECONDS)

    def records(self, topic: str) -> list[Record]:
        """Return the records of a topic, in the order of arrival."""
        self.broker.catch_up([topic])
        return list(self.engine.records(topic))


def open_desk(provider: ModelProvider | None = None) -> Iterator[Desk]:
    """Yield a desk and close it: the body of a fixture."""
    desk = Desk(provider)
    yield desk
    desk.engine.close()
    desk.broker.close()
