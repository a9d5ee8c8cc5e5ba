"""Lines that submit statements, and what becomes of them."""

from __future__ import annotations

import re

from pytest_bdd import given, parsers, then, when

from runthrough.clients.flink import Flink, Phase, Statement
from runthrough.errors import ServiceError, StepError
from runthrough.run.ledger import Ledger
from runthrough.run.stage import ShowRows

Outcome = Statement | ServiceError
"""What came of submitting: a statement (FAILED ones too), or the gateway's refusal."""

_CREATES = re.compile(
    r"\s*CREATE\s+(?P<kind>TABLE|VIEW|MODEL|CONNECTION)\s+(?:IF\s+NOT\s+EXISTS\s+)?`?(?P<name>(?<=`)[^`]+|[^`\s(]+)",
    re.IGNORECASE,
)


@given("I have submitted the statement:", target_fixture="outcome")
def have_submitted(flink: Flink, ledger: Ledger, docstring: str) -> Outcome:
    outcome = _submit(flink, ledger, docstring, name=None)
    if isinstance(outcome, ServiceError) or outcome.phase is Phase.FAILED:
        raise StepError(_words(outcome))
    return outcome


@when("I submit the statement:", target_fixture="outcome")
def submit(flink: Flink, ledger: Ledger, docstring: str) -> Outcome:
    return _submit(flink, ledger, docstring, name=None)


@when(parsers.parse('I submit the statement "{name}":'), target_fixture="outcome")
def submit_by_name(flink: Flink, ledger: Ledger, docstring: str, name: str) -> Outcome:
    return _submit(flink, ledger, docstring, name=name)


@when("I submit the statement without a database:", target_fixture="outcome")
def submit_nowhere(flink: Flink, ledger: Ledger, docstring: str) -> Outcome:
    return _submit(flink, ledger, docstring, name=None, in_database=False)


@then(parsers.parse('the statement "{name}" is {phase:w}'))
def see_phase(flink: Flink, name: str, phase: str) -> None:
    statement = flink.find(name)
    assert statement is not None, f"there is no statement {name!r}"
    if statement.phase in {Phase.FAILED, Phase.STOPPED} and statement.phase != phase:
        raise StepError(f"statement {name!r} is {statement.phase}: {statement.detail}")
    assert statement.phase == phase, f"statement {name!r} is {statement.phase}"


@then(parsers.parse('the statement says "{words}"'))
def see_words(show_rows: ShowRows, outcome: Outcome, words: str) -> None:
    said = _words(outcome)
    is_refused = isinstance(outcome, ServiceError) or outcome.phase is Phase.FAILED
    if is_refused or words not in said:
        raise StepError(f"the statement says: {said or 'nothing'}")
    show_rows(["what Flink says"], [[said]])


@then(parsers.parse('the statement is refused because of "{words}"'))
def see_refusal(flink: Flink, show_rows: ShowRows, outcome: Outcome, words: str) -> None:
    if isinstance(outcome, Statement):
        outcome = flink.find(outcome.name) or outcome
        assert outcome.phase is Phase.FAILED, f"statement {outcome.name!r} is {outcome.phase}"
    said = _words(outcome)
    if words not in said:
        raise StepError(f"the refusal says: {said}")
    show_rows(["what Flink says"], [[said]])


def _submit(
    flink: Flink, ledger: Ledger, sql: str, *, name: str | None, in_database: bool = True
) -> Outcome:
    """Submit, with everything that comes to be written down first (and only if it is new)."""
    ledger.changes("submitting a statement")
    name = name or flink.new_name()
    created = _write_down(flink, ledger, sql)
    if flink.find(name) is None:
        ledger.created("statement", name)
    try:
        outcome: Outcome = flink.submit(sql, name=name, in_database=in_database)
    except ServiceError as e:
        if e.status is None or e.status >= 500:  # not a refusal: the service is in trouble
            raise
        outcome = e
    refused = isinstance(outcome, ServiceError) or outcome.phase is Phase.FAILED
    if created and refused and not flink.has(*created[-1]):
        for entry in created:
            ledger.deleted(*entry)
    return outcome


def _write_down(flink: Flink, ledger: Ledger, sql: str) -> tuple[tuple[str, str], ...]:
    """Write down what a statement is about to create, itself last; () if that is nothing new."""
    creates = _CREATES.match(sql)
    if creates is None or flink.has(creates["kind"], creates["name"]):
        return ()
    kind, name = creates["kind"].lower(), creates["name"]
    # Dropping a table leaves its schemas behind, so they are written down too.
    parts = ("key", "value") if kind == "table" else ()
    entries = (*(("subject", f"{name}-{part}") for part in parts), (kind, name))
    for entry in entries:
        ledger.created(*entry)
    return entries


def _words(outcome: Outcome) -> str:
    if isinstance(outcome, ServiceError):
        return f"{outcome.status} {outcome}"
    return outcome.detail
