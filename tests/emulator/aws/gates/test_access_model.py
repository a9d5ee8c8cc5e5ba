"""The form and the agreements, in any order of events, against a model too plain to be wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from runthrough.emulator.aws.catalogue import Model, read_catalogue
from runthrough.emulator.aws.gates.access import Access
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.world import ModelAccess

CATALOGUE = read_catalogue()
MODELS = {
    "claude": next(m for m in CATALOGUE.models if m.id == "anthropic.claude-sonnet-4-6"),
    "embed": next(m for m in CATALOGUE.models if m.id == "cohere.embed-v4:0"),
    "nova": next(m for m in CATALOGUE.models if m.id == "amazon.nova-lite-v1:0"),
}
WAIT, FORM_WAIT = timedelta(minutes=15), timedelta(minutes=3)
names = st.sampled_from(sorted(MODELS))


class TheWayIn(RuleBasedStateMachine):
    """An account whose agreements take a time by the clock, or so many looks."""

    @initialize(by_clock=st.booleans(), reads=st.integers(0, 3), payment=st.booleans())
    def begin(self, by_clock: bool, reads: int, payment: bool) -> None:
        self.now = datetime(2026, 11, 21, tzinfo=UTC)
        self.by_clock, self.reads, self.pays = by_clock, reads, payment
        start: dict[str, Any] = {
            "use_case_form": "missing",
            "form_takes": "3m",
            "agreements": {"*": "none"},
            "agreement_reads": reads,
            "payment": "valid" if payment else "invalid",
        }
        if by_clock:
            start["agreement_takes"] = "15m"
        self.access = Access(
            ModelAccess.model_validate(start), catalogue=CATALOGUE, clock=lambda: self.now
        )
        self.form: datetime | None = None
        self.begun: dict[str, datetime] = {}
        self.looks: dict[str, int] = {}
        self.failed: set[str] = set()

    def expected(self, name: str) -> str:
        """Look at an agreement as the plain model does."""
        if name == "nova":
            return "AVAILABLE"
        if name == "claude" and not self.form_counts():
            return "NOT_AVAILABLE"
        if name not in self.begun:
            return "ERROR" if name in self.failed else "NOT_AVAILABLE"
        over = (
            self.now >= self.begun[name] + WAIT if self.by_clock else self.looks[name] >= self.reads
        )
        if over:
            self.begun[name], self.looks[name] = datetime.min.replace(tzinfo=UTC), 10**6
            return "AVAILABLE"
        self.looks[name] += 1
        return "PENDING"

    def form_counts(self) -> bool:
        return self.form is not None and self.now >= self.form + FORM_WAIT

    def refusal(self, name: str, *, rights: bool, ask: Any) -> str:
        model: Model = MODELS[name]
        try:
            ask(model, may_subscribe=lambda: rights)
        except Refused as e:
            return e.message
        return ""

    def begin_agreement(self, name: str, rights: bool) -> str:
        if not rights:
            return "Marketplace actions"
        if not self.pays:
            self.failed.add(name)
            return "INVALID_PAYMENT_INSTRUMENT"
        self.begun[name], self.looks[name] = self.now, 0
        return ""

    @rule(minutes=st.integers(1, 20))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def submit(self) -> None:
        if not self.form_counts():
            self.form = self.now
        self.access.submit(b"{}")
        assert self.access.form == b"{}"

    @rule(name=names)
    def read(self, name: str) -> None:
        assert self.access.status(MODELS[name])[0] == self.expected(name)

    @rule(name=names, rights=st.booleans())
    def call(self, name: str, rights: bool) -> None:
        said = self.refusal(name, rights=rights, ask=self.access.open)
        if name == "claude" and not self.form_counts():
            assert said.startswith("Model use case details have not been submitted")
            return
        problem = ""
        if name != "nova" and name not in self.begun:
            problem = self.begin_agreement(name, rights)
        if problem:
            assert problem in said
        elif self.expected(name) == "PENDING":
            assert "is being created" in said
        else:
            assert said == ""

    @rule(name=st.sampled_from(["claude", "embed"]), rights=st.booleans())
    def agree(self, name: str, rights: bool) -> None:
        said = self.refusal(name, rights=rights, ask=self.access.agree)
        if name == "claude" and not self.form_counts():
            assert said.startswith("Model use case details have not been submitted")
        elif name in self.begun:
            assert said.endswith("has an agreement already.")
        else:
            problem = self.begin_agreement(name, rights)
            assert problem in said
            assert bool(problem) == bool(said)

    @rule(name=names)
    def withdraw(self, name: str) -> None:
        said = ""
        try:
            self.access.withdraw(MODELS[name])
        except Refused as e:
            said = e.message
        assert said == (
            "" if name in self.begun else f"There is no agreement for {MODELS[name].id}."
        )
        self.begun.pop(name, None)


TestTheWayIn = TheWayIn.TestCase
TestTheWayIn.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
