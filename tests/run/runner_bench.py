"""A runner on a stage of its own: a house that is built in steps, and what the runner told."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from runthrough.lab import Labs, Line, Scenario, read_lab
from runthrough.run.announcer import Announcer, Secrets
from runthrough.run.failure import LineFailure, MissingResult
from runthrough.run.runner import Done, Runner
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
