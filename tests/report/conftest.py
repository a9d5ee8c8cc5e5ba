"""A run as listeners hear it: two labs, one scenario of each way to end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runthrough.lab import Line, Scenario, read_labs

LAB1 = """\
Feature: LAB 1 · Start
  Rule: Everything begins somewhere
    Scenario: Make it
      When I make it:
        \"\"\"sql
        SELECT '<b>&';
        \"\"\"
      Then it is there

    @live_only
    Scenario: Only live
      Then it costs money
"""

LAB2 = """\
Feature: LAB 2 · Go <on>
  Scenario: Show it
    Given the step "Make it" of lab "lab1" is complete
    When I look
    Then I see rows

  Scenario: Break it
    When I break it
    Then it holds within 1 minute
    And it still holds
"""

EVIL = "<script>document.title='run'</script>"
SEEN = "not within 1 minute; last seen: 3 < 4"


class Show:
    """Tells listeners a run, event by event, as the announcer would."""

    def __init__(self, folder: Path, *listeners: object) -> None:
        self.folder, self.listeners = folder, listeners
        self.scenarios = {s.title: s for s in read_labs(Path("features")).scenarios()}

    def tell(self, event: str, **facts: Any) -> None:
        """Call a hook the way pluggy does: each listener gets the arguments it names."""
        for listener in self.listeners:
            method = getattr(listener, f"pytest_runthrough_{event}", None)
            if method is not None:
                code = method.__code__
                names = code.co_varnames[1 : code.co_argcount]
                method(**{name: facts[name] for name in names})

    def start(self, *titles: str, mode: str = "run") -> None:
        chosen = [self.scenarios[title] for title in titles or self.scenarios]
        self.tell(
            "started",
            run_id="r1",
            target="emulator",
            mode=mode,
            scenarios=chosen,
            folder=self.folder,
        )

    def begin(self, title: str) -> Scenario:
        scenario = self.scenarios[title]
        self.tell("scenario_started", scenario=scenario)
        return scenario

    def end(self, title: str, status: str, seconds: float = 0.0, message: str = "") -> None:
        facts = {"status": status, "seconds": seconds, "message": message}
        self.tell("scenario_finished", scenario=self.scenarios[title], **facts)

    def line(self, scenario: Scenario, line: Line, status: str = "passed", why: str = "") -> None:
        self.tell("line_started", scenario=scenario, line=line)
        facts = {"status": status, "seconds": 0.25, "message": why}
        self.tell("line_finished", scenario=scenario, line=line, **facts)

    def finish(self, *leftovers: str) -> None:
        self.tell("finished", folder=self.folder, leftovers=leftovers)

    def whole_run(self) -> None:
        """A run with everything in it."""
        self.start()
        make = self.begin("Make it")
        for line in make.lines:
            self.line(make, line)
        self.end("Make it", "passed", 0.5)
        self.begin("Only live")
        self.end("Only live", "skipped", message="is for the target live only")
        show = self.begin("Show it")
        self.tell("line_started", scenario=show, line=show.lines[0])
        self.tell("prerequisite_started", scenario=make)
        done = {"status": "passed", "seconds": 1.0, "message": "already complete"}
        self.tell("prerequisite_finished", scenario=make, **done)
        done = {"status": "passed", "seconds": 0.25, "message": ""}
        self.tell("line_finished", scenario=show, line=show.lines[0], **done)
        for line in show.lines[1:]:
            self.line(show, line)
        rows = [[EVIL, None], ["x" * 500, "2026-01-15 10:00:00.000"], *([["a", "b"]] * 20)]
        self.tell("shown", scenario=show, columns=["<ID>", "AT"], rows=rows)
        self.end("Show it", "passed", 125.0)
        broken = self.begin("Break it")
        self.line(broken, broken.lines[0])
        self.line(broken, broken.lines[1], "failed", SEEN)
        place = "features/lab2_go.feature:9  Then it holds within 1 minute"
        self.end("Break it", "failed", 60.0, f"Break it\n  {place}\n  {SEEN}")
        self.finish("topic 'a': the key was refused")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Show]:
    monkeypatch.chdir(tmp_path)
    Path("features").mkdir()
    Path("features/lab1_start.feature").write_text(LAB1, encoding="utf-8")
    Path("features/lab2_go.feature").write_text(LAB2, encoding="utf-8")
    return lambda *listeners: Show(Path("build"), *listeners)
