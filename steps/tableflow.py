"""Lines about topics that Tableflow keeps as tables in a bucket."""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from runthrough.clients.tableflow import StoredTopic, Tableflow
from runthrough.errors import ServiceError, StepError
from runthrough.run.ledger import Ledger
from runthrough.run.stage import ShowRows

Stored = StoredTopic | ServiceError
"""What came of asking: the topic as it is stored, or Tableflow's refusal."""


@when(parsers.parse('I turn on Tableflow for the topic "{topic}"'), target_fixture="stored")
def turn_on(tableflow: Tableflow, ledger: Ledger, topic: str) -> Stored:
    """Turn it on, written down first; a topic that is stored already stays as it is."""
    ledger.changes(f"turning on Tableflow for {topic}")
    if found := tableflow.find(topic):
        return found
    ledger.created("tableflow topic", topic)
    try:
        return tableflow.turn_on(topic)
    except ServiceError as e:
        if e.status is None or e.status >= 500:  # not a refusal: the service is in trouble
            raise
        ledger.deleted("tableflow topic", topic)
        return e


@then(parsers.parse('Tableflow keeps the topic "{topic}" {phase:w}'))
def see_stored(tableflow: Tableflow, show_rows: ShowRows, topic: str, phase: str) -> None:
    found = tableflow.find(topic)
    assert found is not None, f"Tableflow is off for the topic {topic!r}"
    if found.phase == "FAILED" != phase:
        raise StepError(f"Tableflow failed for the topic {topic!r}: {found.error}")
    assert found.phase == phase, f"Tableflow is {found.phase} for the topic {topic!r}"
    show_rows(["topic", "status", "write mode"], [[topic, found.phase, found.write_mode]])


@then(parsers.parse('Tableflow refuses the topic because of "{words}"'))
def see_refusal(stored: Stored, show_rows: ShowRows, words: str) -> None:
    assert isinstance(stored, ServiceError), f"Tableflow is {stored.phase} for {stored.name!r}"
    assert words in str(stored), f"the refusal says: {stored}"
    show_rows(["what Tableflow says"], [[f"{stored.status} {stored.said}"]])
