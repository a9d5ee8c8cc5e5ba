"""The runner alone: scenarios from text, lines that are functions, time that sleeping moves."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from runthrough.errors import (
    FailedQueryError,
    NotReadyError,
    RunthroughError,
    ServiceError,
    SettingsError,
    StepError,
)
from runthrough.lab import Labs, Line, Scenario, read_lab
from runthrough.run.announcer import Announcer, Secrets
from runthrough.run.failure import LineFailure, MissingResult, NotTried
from runthrough.run.runner import ALREADY_COMPLETE, Done, Runner
from runthrough.run.stage import Shown
from runthrough.run.values import Values
from runthrough.run.waiting import Clock

SHELF = """
    Feature: A shelf
      Scenario: Book
        Given a room
        When I put a book
        Then there is a book

      Scenario: Lamp
        Given the step "Book" is complete
        When I put a lamp
        Then there is a lamp

      Scenario: Count
        Given the step "Lamp" is complete
        When I count
        Then the count is 2

      Scenario: Look around
        Given the step "Lamp" is complete
        Then there is a book
        And there is a lamp
"""


@dataclass
class House:
    """What the lines of SHELF act on: things, a time, and a list of what was done."""

    things: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    now: float = 0.0
    arrives_after: float = 0.0
    arrivals: dict[str, float] = field(default_factory=dict)
    is_looking: bool = False
    breaks_with: Exception | None = None
    sees_with: Exception | None = None

    def put(self, thing: str) -> None:
        assert not self.is_looking, "a When line must not be carried out while looking"
        self.done.append(thing)
        if self.breaks_with is not None:
            raise self.breaks_with
        self.arrivals[thing] = self.now + self.arrives_after

    def see(self, thing: str) -> None:
        there = [t for t, at in self.arrivals.items() if at <= self.now] + self.things
        if thing not in there and self.is_looking and self.sees_with is not None:
            raise self.sees_with
        assert thing in there, f"there is {', '.join(there) or 'nothing'}"

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class FakeScope:
    scenario: Scenario
    house: House
    complete: Callable[[str, str], None]
    values: Values = field(default_factory=Values)
    results: dict[str, object] = field(default_factory=dict)
    shown: Shown | None = None

    def adopt(self, *, values: Mapping[str, str], results: Mapping[str, object]) -> None:
        self.values.update(values)
        self.results.update(results)

    def is_settled(self, line: Line) -> bool:
        return line.sentence.startswith("the count")

    def carry_out(self, line: Line) -> None:
        words = line.sentence.split('"')
        if line.sentence.startswith("the step"):
            self.complete(words[3] if len(words) > 3 else self.scenario.lab, words[1])
        elif line.sentence.startswith("I put a "):
            self.house.put(line.sentence.removeprefix("I put a "))
            self.values[line.sentence.replace(" ", "_")] = "done"
        elif line.sentence.startswith("there is a "):
            self.house.see(line.sentence.removeprefix("there is a "))
        elif line.sentence == "I clear the shelf":
            self.house.done.append("clear")
            self.house.arrivals.clear()
        elif line.sentence == "the shelf is empty":
            assert not self.house.arrivals
        elif line.sentence == "I count":
            self.house.done.append("count")
            self.results["rows"] = len(self.house.arrivals)
            self.shown = Shown(("n",), ((self.results["rows"],),))
        elif line.sentence.startswith("the count is "):
            if "rows" not in self.results:
                raise MissingResult("rows")
            assert str(self.results["rows"]) in line.sentence, f"it is {self.results['rows']}"
        elif line.sentence == "I skip":
            pytest.skip("no shelf today")
        else:
            assert line.sentence == "a room"


@dataclass
class FakeStage:
    labs: Labs
    house: House
    scopes: list[FakeScope] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    def find(self, lab: str, title: str) -> Scenario:
        found = self.labs.find(lab, title)
        assert found is not None
        return found

    def open(self, scenario: Scenario, complete: Callable[[str, str], None]) -> FakeScope:
        self.scopes.append(FakeScope(scenario, self.house, complete))
        return self.scopes[-1]

    @contextmanager
    def looking(self) -> Iterator[None]:
        before, self.house.is_looking = self.house.is_looking, True
        yield
        self.house.is_looking = before

    def sets_up(self, scenario: Scenario) -> None:
        self.written.append(f"{len(self.house.done)} done, set up: {scenario.title}")

    def takes_down(self, scenario: Scenario) -> None:
        self.written.append(f"{len(self.house.done)} done, taken down: {scenario.title}")

    def result_read(self, scenario: Scenario, line: Line) -> str | None:
        counts = any(when.sentence == "I count" for when in scenario.of_kind("When"))
        return "rows" if counts and line.sentence.startswith("the count is") else None


class Heard:
    """A hook relay that keeps what it is told: (event, title or sentence, status)."""

    def __init__(self) -> None:
        self.events: list[tuple[str, ...]] = []
        self.texts: list[str] = []

    def __getattr__(self, hook: str) -> Callable[..., None]:
        def hear(**told: Any) -> None:
            what = told["line"].sentence if "line" in told else told["scenario"].title
            event = hook.removeprefix("pytest_runthrough_")
            self.events.append((event, what, *filter(None, [told.get("status")])))
            self.texts += filter(None, [told.get("seen"), told.get("message")])

        return hear


class Bench:
    """A runner with everything around it."""

    def __init__(self, folder: Path, text: str = SHELF, **options: Any) -> None:
        path = folder / "lab1_shelf.feature"
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        self.house, self.heard = House(), Heard()
        self.stage = FakeStage(Labs([read_lab(path)]), self.house)
        self.runner = Runner(
            announcer=Announcer(self.heard, Secrets()),
            clock=Clock(now=lambda: self.house.now, sleep=self.house.sleep),
            limit=30,
            **options,
        )

    def run(self, title: str) -> Done:
        return self.runner.run(self.stage.find("lab1", title), self.stage)

    def check(self, title: str) -> Done:
        return self.runner.check(self.stage.find("lab1", title), self.stage)

    def failure(self, title: str) -> str:
        with pytest.raises(LineFailure) as caught:
            self.run(title)
        return str(caught.value).replace(str(self.stage.find("lab1", title).path.parent), "at")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_scenario_completes_what_it_needs_first(bench: Bench) -> None:
    assert bench.run("Count").note == ""
    assert bench.house.done == ["book", "lamp", "count"]


def test_work_done_in_a_session_is_never_repeated(bench: Bench) -> None:
    for title in ("Book", "Lamp", "Count", "Look around"):
        assert bench.run(title).note == ""
    assert bench.house.done == ["book", "lamp", "count"]


def test_a_scenario_completed_for_another_is_only_checked(bench: Bench) -> None:
    bench.run("Count")
    bench.heard.events.clear()
    assert bench.run("Book").note == ALREADY_COMPLETE
    assert bench.heard.events == [
        ("line_started", "a room"),
        ("line_finished", "a room", "skipped"),
        ("line_started", "I put a book"),
        ("line_finished", "I put a book", "skipped"),
        ("line_started", "there is a book"),
        ("line_finished", "there is a book", "passed"),
    ]


def test_a_scenario_completed_for_another_keeps_its_results_for_its_check(tmp_path: Path) -> None:
    bench = Bench(
        tmp_path,
        SHELF + '\n      Scenario: After\n        Given the step "Count" is complete\n',
    )
    bench.run("After")
    done = bench.run("Count")
    assert done.note == ALREADY_COMPLETE
    assert done.shown == Shown(("n",), ((2,),))
    assert bench.house.done == ["book", "lamp", "count"]


def test_what_was_there_before_is_not_made_again(bench: Bench) -> None:
    bench.house.things = ["book", "lamp"]
    assert bench.run("Lamp").note == ALREADY_COMPLETE
    assert bench.house.done == []


def test_a_prerequisite_that_is_there_needs_nothing_itself(bench: Bench) -> None:
    bench.house.things = ["lamp"]
    with pytest.raises(LineFailure, match="it is 0"):
        bench.run("Count")
    assert bench.house.done == ["count"], "neither book nor lamp was put"


NOT_DONE = (
    AssertionError("there is nothing"),
    StepError("the statement 'x' is FAILED"),
    FailedQueryError("Table 'x' does not exist"),
    ServiceError("there is no subject 'x-value'", status=404),
    NotReadyError("the key is spreading"),
)
IN_TROUBLE = (
    ServiceError("GET /statements/x got no answer: ConnectError: refused"),
    ServiceError("the gateway answered 401", status=401),
    ServiceError("the key may not see this", status=403),
    ServiceError("the gateway answered 503", status=503),
    SettingsError("these settings are not set: FLINK_API_KEY"),
    KeyError("HOTEL_ID"),
    TypeError("a mistake in a step"),
)


@pytest.mark.parametrize("error", NOT_DONE, ids=lambda e: type(e).__name__)
def test_work_that_is_not_there_is_done(bench: Bench, error: Exception) -> None:
    bench.house.sees_with = error
    assert bench.run("Lamp").note == ""
    assert bench.house.done == ["book", "lamp"]


@pytest.mark.parametrize("error", IN_TROUBLE, ids=str)
def test_a_service_in_trouble_stops_a_scenario_before_its_work(
    bench: Bench, error: Exception
) -> None:
    bench.house.sees_with = error
    failure = bench.failure("Book")
    assert failure.startswith("Book\n  at/lab1_shelf.feature:5  Then there is a book\n")
    assert str(error) in failure
    assert isinstance(error, RunthroughError) or type(error).__name__ in failure
    assert bench.house.done == []
    assert bench.heard.events == [
        ("line_started", "there is a book"),
        ("line_finished", "there is a book", "failed"),
    ]


def test_what_needs_a_scenario_nobody_could_see_is_not_tried(bench: Bench) -> None:
    bench.house.sees_with = ServiceError("the gateway answered 401", status=401)
    assert "the gateway answered 401" in bench.failure("Book")
    bench.house.sees_with = None
    with pytest.raises(NotTried, match="needs 'Book', which failed"):
        bench.run("Lamp")
    assert bench.house.done == []


def test_a_scenario_without_a_when_line_is_always_carried_out(bench: Bench) -> None:
    bench.house.things = ["book", "lamp"]
    assert bench.run("Look around").note == ""


def test_a_then_line_waits_until_it_holds(bench: Bench) -> None:
    bench.house.arrives_after = 20
    assert bench.run("Book").seconds == pytest.approx(20, abs=5)
    assert bench.heard.events.count(("line_seen", "there is a book")) > 3
    assert set(bench.heard.texts) == {"there is nothing"}


def test_a_failed_wait_says_the_last_thing_seen(bench: Bench) -> None:
    bench.house.arrives_after = 31
    assert bench.failure("Book") == (
        "Book\n"
        "  at/lab1_shelf.feature:5  Then there is a book\n"
        "  not within 30 s; last seen: there is nothing"
    )


def test_a_line_that_reads_only_what_was_made_is_looked_at_once(tmp_path: Path) -> None:
    text = """
        Feature: Shelf
          Scenario: Count
            When I count
            Then the count is 9
        """
    bench = Bench(tmp_path, text)
    assert bench.failure("Count").endswith("Then the count is 9\n  it is 0")
    assert bench.house.now == 0


def test_a_limit_of_its_own_counts(tmp_path: Path) -> None:
    bench = Bench(
        tmp_path,
        SHELF.replace("Then there is a book\n\n", "Then there is a book within 2 minutes\n"),
    )
    bench.house.arrives_after = 119
    bench.run("Book")
    assert bench.house.now >= 119


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StepError("statement 'x' is FAILED: no such table"), "statement 'x' is FAILED"),
        (ServiceError("the gateway answered 401", status=401), "the gateway answered 401"),
        (NotReadyError("the key is spreading"), "the key is spreading"),
        (AssertionError("no\nassert 1 == 2"), "  no"),
    ],
)
def test_a_when_line_is_carried_out_once(bench: Bench, error: Exception, said: str) -> None:
    bench.house.breaks_with = error
    assert said in bench.failure("Book")
    assert bench.house.done == ["book"]
    assert bench.house.now == 0


def test_a_failed_prerequisite_fails_the_scenario_that_finds_it(bench: Bench) -> None:
    bench.house.arrives_after = 31
    assert bench.failure("Lamp") == (
        "Lamp\n"
        '  at/lab1_shelf.feature:8  Given the step "Book" is complete\n'
        "  the step 'Book' failed:\n"
        "    at/lab1_shelf.feature:5  Then there is a book\n"
        "    not within 30 s; last seen: there is nothing"
    )
    assert ("prerequisite_finished", "Book", "failed") in bench.heard.events


def test_what_needs_a_failed_scenario_is_not_tried(bench: Bench) -> None:
    bench.house.breaks_with = StepError("no shelf")
    bench.failure("Book")
    for title in ("Lamp", "Count"):
        with pytest.raises(NotTried, match="needs 'Book', which failed"):
            bench.run(title)
    assert bench.house.done == ["book"]
    assert ("line_finished", 'the step "Book" is complete', "skipped") in bench.heard.events


def test_a_scenario_that_failed_for_another_fails_for_itself_without_a_new_try(
    bench: Bench,
) -> None:
    bench.house.breaks_with = StepError("no shelf")
    bench.failure("Lamp")
    assert "no shelf" in bench.failure("Book")
    assert bench.house.done == ["book"]


def test_a_scenario_sees_the_values_of_what_it_needs_and_no_others(bench: Bench) -> None:
    bench.run("Lamp")
    bench.run("Look around")
    assert set(bench.stage.scopes[-1].values) == {"I_put_a_book", "I_put_a_lamp"}
    bench.run("Book")
    assert set(bench.stage.scopes[-1].values) == {"I_put_a_book"}


def test_a_result_of_one_scenario_is_no_result_of_another(tmp_path: Path) -> None:
    bench = Bench(
        tmp_path,
        SHELF
        + """
      Scenario: Borrow
        Given the step "Count" is complete
        Then the count is 2
    """,
    )
    assert "no line before this one makes 'rows'" in bench.failure("Borrow")


# -- prove -----------------------------------------------------------------------------------


def test_proving_refuses_a_check_that_holds_before(tmp_path: Path) -> None:
    bench = Bench(tmp_path, prove=True)
    bench.house.things = ["book"]
    assert bench.failure("Book") == (
        "Book\n"
        "  at/lab1_shelf.feature:4  When I put a book\n"
        "  this check proves nothing: every Then line holds before this line is carried out"
    )
    assert bench.house.done == []


def test_proving_carries_everything_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path, prove=True)
    for title in ("Book", "Lamp", "Count", "Look around"):
        bench.run(title)
    assert bench.house.done == ["book", "lamp", "count"]


def test_proving_holds_for_prerequisites_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path, prove=True)
    bench.house.things = ["book"]
    assert "this check proves nothing" in bench.failure("Lamp")


# -- check -----------------------------------------------------------------------------------


def test_a_check_changes_nothing_and_passes_what_is_done(bench: Bench) -> None:
    bench.house.things = ["book", "lamp"]
    bench.check("Lamp")
    assert bench.house.done == []
    assert ("line_finished", "I put a lamp", "skipped") in bench.heard.events


def test_a_check_names_the_step_that_is_not_done(bench: Bench) -> None:
    bench.house.things = ["book"]
    with pytest.raises(LineFailure) as caught:
        bench.check("Lamp")
    assert caught.value.reason == "this step is not done: Lamp\n  there is book"
    assert bench.house.now == 0, "a check looks once"


def test_a_check_names_the_prerequisite_that_is_not_done(bench: Bench) -> None:
    bench.house.things = ["lamp"]
    with pytest.raises(LineFailure) as caught:
        bench.check("Look around")
    assert caught.value.line.sentence == 'the step "Lamp" is complete'
    assert caught.value.reason == "this step is not done: Book\n  there is lamp"


@pytest.mark.parametrize("error", IN_TROUBLE, ids=str)
@pytest.mark.parametrize("title", ["Book", "Look around"])
def test_a_check_does_not_take_trouble_for_a_step_that_is_not_done(
    bench: Bench, title: str, error: Exception
) -> None:
    bench.house.sees_with = error
    with pytest.raises(LineFailure) as caught:
        bench.check(title)
    assert "not done" not in caught.value.reason
    assert str(error) in caught.value.reason


def test_a_check_looks_at_a_prerequisite_once(bench: Bench) -> None:
    bench.house.things = ["book", "lamp"]
    bench.check("Lamp")
    bench.check("Look around")
    looks = [scope.scenario.title for scope in bench.stage.scopes]
    assert looks.count("Book") == 1


def test_a_check_leaves_out_what_only_its_when_line_makes(bench: Bench) -> None:
    with pytest.raises(NotTried) as caught:
        bench.check("Count")
    said = "not looked at: 'I count' shows it, and a check carries nothing out"
    assert str(caught.value) == said
    assert bench.house.done == []


def test_a_check_looks_at_the_lines_it_can_see(tmp_path: Path) -> None:
    text = SHELF.replace(
        "Then the count is 2\n", "Then the count is 2\n        And there is a book\n"
    )
    bench = Bench(tmp_path, text)
    bench.house.things = ["book", "lamp"]
    bench.check("Count")
    assert ("line_finished", "the count is 2", "skipped") in bench.heard.events
    assert ("line_finished", "there is a book", "passed") in bench.heard.events


def test_a_skip_in_a_step_is_no_failure(tmp_path: Path) -> None:
    bench = Bench(tmp_path, SHELF.replace("When I put a book", "When I skip"))
    with pytest.raises(pytest.skip.Exception, match="no shelf today"):
        bench.run("Book")


def test_a_failure_ends_with_what_helps_against_it(tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    def advise(scenario: Scenario, reason: str) -> str:
        asked.append((scenario.title, reason))
        return "help: turn around"

    bench = Bench(tmp_path, advise=advise)
    bench.house.breaks_with = StepError("no book today")
    failure = bench.failure("Count")
    assert failure.count("help: turn around") == 1, "a failure that is handed on was advised once"
    assert [title for title, _ in asked] == ["Book"]


def test_what_was_taken_down_is_made_again(tmp_path: Path) -> None:
    clearing = """
      @takes_down
      Scenario: Clear
        Given the step "Lamp" is complete
        When I clear the shelf
        Then the shelf is empty
    """
    shelf = textwrap.dedent(SHELF).replace("  Scenario: Book", "  @sets_up\n  Scenario: Book")
    bench = Bench(tmp_path, shelf + textwrap.indent(clearing, "  "))
    for title in ("Lamp", "Clear", "Count"):
        bench.run(title)
    assert bench.stage.written == [
        "0 done, set up: Book",
        "3 done, taken down: Clear",
        "3 done, set up: Book",
    ], "before it is made, and after it is gone"
    made = ["book", "lamp"]
    assert bench.house.done == [*made, "clear", *made, "count"]
