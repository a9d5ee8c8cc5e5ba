"""The runner alone: scenarios from text, lines that are functions, time that sleeping moves."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from runthrough.errors import (
    FailedQueryError,
    NotReadyError,
    RunthroughError,
    ServiceError,
    SettingsError,
    StepError,
)
from runthrough.lab import Scenario
from runthrough.run.failure import LineFailure, NotTried
from runthrough.run.runner import ALREADY_COMPLETE
from runthrough.run.stage import Shown
from tests.run.runner_bench import SHELF, Bench


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
