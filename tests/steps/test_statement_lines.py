"""What statement lines submit, write down, and say when they do not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from runthrough.clients.flink import Phase, Statement
from runthrough.errors import ServiceError, StepError
from steps import statements


def statement(phase: str, detail: str = "", name: str = "s", sql: str = "SELECT 1") -> Statement:
    return Statement(name=name, phase=Phase(phase), detail=detail, sql=sql)


@dataclass
class FakeFlink:
    """Answers every submission with one outcome."""

    outcome: Statement | ServiceError = field(default_factory=lambda: statement("RUNNING"))
    there: dict[str, Statement] = field(default_factory=dict)
    objects: set[tuple[str, str]] = field(default_factory=set)
    sent: list[tuple[str, str | None]] = field(default_factory=list)

    def new_name(self) -> str:
        return "a-new-name"

    def has(self, kind: str, name: str) -> bool:
        return (kind.upper(), name) in self.objects

    def find(self, name: str) -> Statement | None:
        return self.there.get(name)

    def submit(self, sql: str, *, name: str | None = None, in_database: bool = True) -> Statement:
        self.sent.append((sql, name))
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


def ignore(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Stand in for `show_rows`."""


CTAS = "CREATE TABLE `T 1` AS SELECT 1;\n-- the end"


def test_the_doc_string_is_sent_as_written() -> None:
    flink = FakeFlink()
    statements.submit_by_name(flink, FakeLedger(), docstring=CTAS, name="make-t")  # type: ignore[arg-type]
    assert flink.sent == [(CTAS, "make-t")]


def test_what_a_statement_creates_is_written_down_before_the_statement() -> None:
    ledger = FakeLedger()
    statements.submit_by_name(FakeFlink(), ledger, docstring=CTAS, name="make-t")  # type: ignore[arg-type]
    assert ledger.entries == [
        ("subject", "T 1-key"),
        ("subject", "T 1-value"),
        ("table", "T 1"),
        ("statement", "make-t"),
    ]


def test_what_was_there_before_is_not_written_down() -> None:
    flink = FakeFlink(objects={("CONNECTION", "c")}, there={"s": statement("RUNNING")})
    ledger = FakeLedger()
    sql = "create connection if not exists `c` WITH ('type'='bedrock')"
    statements.submit_by_name(flink, ledger, docstring=sql, name="s")  # type: ignore[arg-type]
    assert ledger.entries == []


@pytest.mark.parametrize("refusal", [ServiceError("no", status=400), statement("FAILED", "no")])
def test_what_a_refused_statement_did_not_create_is_not_kept(
    refusal: Statement | ServiceError,
) -> None:
    ledger = FakeLedger()
    sql = "CREATE CONNECTION c WITH ('type' = 'bedrock')"
    statements.submit_by_name(FakeFlink(outcome=refusal), ledger, docstring=sql, name="s")  # type: ignore[arg-type]
    assert ledger.entries == [("statement", "s")]


def test_a_refusal_of_the_gateway_is_an_outcome() -> None:
    taken = ServiceError("the name is taken", status=409)
    flink = FakeFlink(outcome=taken)
    assert statements.submit(flink, FakeLedger(), docstring="SELECT 1") is taken  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [None, 500, 503])
def test_a_gateway_in_trouble_is_no_refusal(status: int | None) -> None:
    flink = FakeFlink(outcome=ServiceError("no", status=status))
    with pytest.raises(ServiceError):
        statements.submit(flink, FakeLedger(), docstring="SELECT 1")  # type: ignore[arg-type]


def test_a_given_statement_must_not_fail() -> None:
    flink = FakeFlink(outcome=statement("FAILED", "Column 'x' not found"))
    with pytest.raises(StepError, match="Column 'x' not found"):
        statements.have_submitted(flink, FakeLedger(), docstring="SELECT x")  # type: ignore[arg-type]


def test_a_look_submits_nothing() -> None:
    flink = FakeFlink()
    with pytest.raises(StepError, match="submitting a statement"):
        statements.submit(flink, FakeLedger(looking=True), docstring="SELECT 1")  # type: ignore[arg-type]
    assert flink.sent == []


def test_a_pending_statement_is_worth_another_look() -> None:
    flink = FakeFlink(there={"slow": statement("PENDING", name="slow")})
    with pytest.raises(AssertionError, match="statement 'slow' is PENDING"):
        statements.see_phase(flink, name="slow", phase="RUNNING")  # type: ignore[arg-type]


def test_a_failed_statement_is_not_and_says_why() -> None:
    flink = FakeFlink(there={"s": statement("FAILED", "Division by zero")})
    with pytest.raises(StepError, match="statement 's' is FAILED: Division by zero"):
        statements.see_phase(flink, name="s", phase="RUNNING")  # type: ignore[arg-type]


def test_a_statement_that_is_not_there_is_named() -> None:
    with pytest.raises(AssertionError, match="there is no statement 'gone'"):
        statements.see_phase(FakeFlink(), name="gone", phase="RUNNING")  # type: ignore[arg-type]


def test_a_refusal_for_another_reason_shows_its_words() -> None:
    failed = statement("FAILED", "Object 'nope' not found")
    with pytest.raises(StepError, match="Object 'nope' not found"):
        statements.see_refusal(FakeFlink(), ignore, outcome=failed, words="update and delete")  # type: ignore[arg-type]


def test_a_statement_that_runs_is_not_refused() -> None:
    with pytest.raises(AssertionError, match="statement 's' is RUNNING"):
        statements.see_refusal(FakeFlink(), ignore, outcome=statement("RUNNING"), words="409")  # type: ignore[arg-type]


def test_what_a_statement_says_must_have_the_words_and_be_no_refusal() -> None:
    statements.see_words(ignore, statement("COMPLETED", "version 2 created"), words="version 2")
    for outcome in (
        statement("COMPLETED", "version 1 created"),
        statement("FAILED", "version 2 is one too many"),
        ServiceError("version 2", status=409),
    ):
        with pytest.raises(StepError, match=r"the statement says: .*version"):
            statements.see_words(ignore, outcome, words="version 2")
