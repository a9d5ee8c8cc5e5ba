"""What lines about Tableflow turn on, write down, and say when they do not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from runthrough.clients.tableflow import StoredTopic
from runthrough.errors import ServiceError, StepError
from steps import tableflow as lines


def stored(phase: str = "RUNNING", error: str = "") -> StoredTopic:
    return StoredTopic("clicks", phase, "APPEND", "s3://lake/clicks", error)


@dataclass
class FakeTableflow:
    """Has a topic on or off, and answers one thing to everybody who turns one on."""

    there: StoredTopic | None = None
    outcome: StoredTopic | ServiceError = field(default_factory=stored)
    asked: list[str] = field(default_factory=list)

    def find(self, topic: str) -> StoredTopic | None:
        return self.there

    def turn_on(self, topic: str) -> StoredTopic:
        self.asked.append(topic)
        if isinstance(self.outcome, ServiceError):
            raise self.outcome
        return self.outcome


@dataclass
class FakeLedger:
    entries: list[tuple[str, str]] = field(default_factory=list)
    looking: bool = False

    def changes(self, what: str) -> None:
        if self.looking:
            raise StepError(what)

    def created(self, kind: str, name: str) -> None:
        self.entries.append((kind, name))

    def deleted(self, kind: str, name: str) -> None:
        self.entries.remove((kind, name))


def turn_on(tableflow: FakeTableflow, ledger: FakeLedger) -> Any:
    return lines.turn_on(cast(Any, tableflow), cast(Any, ledger), "clicks")


def ignore(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Show nothing."""


def test_what_is_turned_on_is_written_down() -> None:
    tableflow, ledger = FakeTableflow(), FakeLedger()
    assert turn_on(tableflow, ledger) == stored()
    assert (tableflow.asked, ledger.entries) == (["clicks"], [("tableflow topic", "clicks")])


def test_what_is_on_already_is_left_alone_and_not_written_down() -> None:
    tableflow, ledger = FakeTableflow(there=stored()), FakeLedger()
    assert turn_on(tableflow, ledger) == stored()
    assert (tableflow.asked, ledger.entries) == ([], [])


def test_a_refusal_is_something_to_look_at_and_leaves_nothing() -> None:
    refusal = ServiceError("takes no topic in mode retract", status=400)
    ledger = FakeLedger()
    assert turn_on(FakeTableflow(outcome=refusal), ledger) is refusal
    assert ledger.entries == []


@pytest.mark.parametrize("status", [None, 503])
def test_a_service_in_trouble_has_refused_nothing(status: int | None) -> None:
    ledger = FakeLedger()
    with pytest.raises(ServiceError):
        turn_on(FakeTableflow(outcome=ServiceError("no answer", status=status)), ledger)
    assert ledger.entries == [("tableflow topic", "clicks")]


def test_a_look_turns_nothing_on() -> None:
    tableflow = FakeTableflow()
    with pytest.raises(StepError):
        turn_on(tableflow, FakeLedger(looking=True))
    assert tableflow.asked == []


def see(found: StoredTopic | None) -> None:
    lines.see_stored(cast(Any, FakeTableflow(there=found)), ignore, "clicks", "RUNNING")


def test_a_topic_that_is_not_there_yet_is_waited_for() -> None:
    see(stored())
    with pytest.raises(AssertionError, match="off"):
        see(None)
    with pytest.raises(AssertionError, match="PENDING"):
        see(stored("PENDING"))


def test_a_topic_that_failed_is_not_waited_for() -> None:
    with pytest.raises(StepError, match="no bucket"):
        see(stored("FAILED", "no bucket"))


def test_a_refusal_is_held_against_its_cause() -> None:
    refusal = ServiceError("takes no topic in mode retract", status=400)
    lines.see_refusal(refusal, ignore, "retract")
    with pytest.raises(AssertionError, match="the refusal says"):
        lines.see_refusal(refusal, ignore, "schema")
    with pytest.raises(AssertionError, match="RUNNING"):
        lines.see_refusal(stored(), ignore, "retract")
