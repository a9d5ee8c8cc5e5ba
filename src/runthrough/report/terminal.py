"""A run on the terminal while it goes on: one line a scenario, and what it waits for now.

On a terminal the running scenario, its line and what that line last saw stand below the finished
ones and move with them; anywhere else (a file, a pipe, CI) there are plain lines only, without a
control character.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from runthrough.lab import Line, Scenario, read_lab
from runthrough.report.html import RECORD, REPORT
from runthrough.report.words import SIGNS, say_failure
from runthrough.words import say_seconds

_STYLES = {"passed": "green", "failed": "bold red", "skipped": "yellow"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WIDEST_TITLE = 72


@dataclass
class _Now:
    """What is going on: the running scenario, what is completed for it, the line, what it saw."""

    scenario: Scenario
    since: float
    prerequisites: list[Scenario] = field(default_factory=list)
    line: Line | None = None
    seen: str = ""


class Progress:
    """Listens to a run and tells it on a console.

    Args:
        console: where to.
        clock: seconds that never go back, for the times shown.
    """

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._clock = console, clock
        self._own_output: IO[str] | None = None
        self._junit: Path | None = None
        self._live: Live | None = None
        self._spinner = Spinner("dots", style="cyan")
        self._now: _Now | None = None
        self._lab = ""
        self._began = 0.0
        self._title_width = 0
        self._to_come = 0
        self._counts = dict.fromkeys(("passed", "failed", "skipped"), 0)
        self._failed: list[Scenario] = []

    # -- pytest ------------------------------------------------------------------------------

    def pytest_configure(self, config: pytest.Config) -> None:
        """Keep a way to the terminal that pytest's capture does not close, and find the JUnit."""
        path = config.getoption("xmlpath", None)
        self._junit = Path(path) if path else None
        if self._console.file is not sys.stdout:
            return
        try:
            copy = os.dup(sys.stdout.fileno())
        except (OSError, ValueError):  # stdout is no file, so no capture stands before it
            self._console.file = sys.stdout
            return
        self._own_output = open(copy, "w", encoding=self._console.encoding, errors="replace")  # noqa: SIM115
        self._console.file = self._own_output

    def pytest_unconfigure(self) -> None:
        """Leave the terminal as it was, also after a run that was broken off."""
        self._stop_live()
        if self._own_output is not None:
            self._console.file = sys.stdout
            self._own_output.close()
            self._own_output = None

    # -- the run -----------------------------------------------------------------------------

    def pytest_runthrough_started(self, scenarios: Sequence[Scenario]) -> None:
        """Begin: from here on the terminal moves."""
        self._began = self._clock()
        self._to_come = len(scenarios)
        longest = max((len(scenario.title) for scenario in scenarios), default=0)
        self._title_width = min(longest, _WIDEST_TITLE)
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._live = Live(
                console=self._console,
                get_renderable=self.view,
                transient=True,
                refresh_per_second=10,
                redirect_stdout=False,  # pytest captures what steps print
                redirect_stderr=False,
            )
            self._live.start()

    def pytest_runthrough_finished(self, folder: Path, leftovers: Sequence[str]) -> None:
        """Tell how it ended, what could not be deleted and where the files are."""
        self._stop_live()
        seconds = self._clock() - self._began
        for scenario in self._failed:
            self._print()
            self._print((f"{SIGNS['failed']} {scenario.title}", "bold red"))
            self._print((f"  {scenario.path}:{scenario.number}", "dim"))
        self._tell_leftovers(leftovers)
        counts = ", ".join(f"{count} {status}" for status, count in self._counts.items())
        style = "bold red" if self._failed else "bold green"
        self._print()
        self._print((counts, style), f" in {say_seconds(seconds)}")
        files = {"record": folder / RECORD, "report": folder / REPORT, "junit": self._junit}
        for name, path in files.items():
            if path is not None:
                self._print((f"  {name:<7} ", "dim"), str(path))

    def _tell_leftovers(self, leftovers: Sequence[str]) -> None:
        if leftovers:
            self._print()
            self._print(("Still there:", "bold yellow"))
        for text in leftovers:
            self._print(f"  {text}")

    # -- a scenario --------------------------------------------------------------------------

    def pytest_runthrough_scenario_started(self, scenario: Scenario) -> None:
        """Tell the lab if it is a new one, and show the scenario as running."""
        if scenario.lab != self._lab:
            if self._lab:
                self._print()
            self._print((read_lab(scenario.path).title, "bold"))
            self._lab = scenario.lab
        self._now = _Now(scenario, self._clock())

    def pytest_runthrough_line_started(self, line: Line) -> None:
        """Show which line is being carried out."""
        if self._now is not None:
            self._now.line, self._now.seen = line, ""

    def pytest_runthrough_line_seen(self, seen: str) -> None:
        """Show what the line waits for."""
        if self._now is not None:
            self._now.seen = seen

    def pytest_runthrough_prerequisite_started(self, scenario: Scenario) -> None:
        """Show what is completed on the way, as long as it takes."""
        if self._now is not None:
            self._now.prerequisites.append(scenario)

    def pytest_runthrough_prerequisite_finished(self) -> None:
        """Show it no more."""
        if self._now is not None and self._now.prerequisites:
            self._now.prerequisites.pop()

    def pytest_runthrough_scenario_finished(
        self, scenario: Scenario, status: str, seconds: float, message: str
    ) -> None:
        """Tell how the scenario ended, and of a failure all the reader needs."""
        self._now = None
        self._to_come -= 1
        self._counts[status] += 1
        duration = "" if status == "skipped" else say_seconds(seconds)
        note = "" if status == "failed" or not message else f"  {message}"
        self._print(
            (f"  {SIGNS[status]} ", _STYLES[status]),
            f"{scenario.title:<{self._title_width}} ",
            (f"{duration:>10}", "dim"),
            (note, "dim"),
        )
        if status == "failed":
            self._failed.append(scenario)
            for line in say_failure(scenario.title, message).split("\n"):
                self._print((f"      {line}", "red"))

    # -- what moves --------------------------------------------------------------------------

    def view(self) -> RenderableType:
        """Return what stands below the finished scenarios at this moment."""
        now = self._now
        if now is None:
            text = "" if self._to_come else "deleting what the run created"
            return self._moving(text) if text else Text("")
        parts = [self._moving(f"{now.scenario.title} · {say_seconds(self._clock() - now.since)}")]
        for depth, scenario in enumerate(tuple(now.prerequisites), start=1):
            parts.append(_one_line("    " + "  " * depth + f"first: {scenario.title}", "dim"))
        if (line := now.line) is not None:
            parts.append(_one_line(f"    {line.kind} {line.text}", ""))
        if now.seen:
            parts.append(_one_line(f"    last seen: {now.seen}", "yellow"))
        return Group(*parts)

    def _moving(self, text: str) -> RenderableType:
        self._spinner.update(text=_one_line(text, "bold"))
        return self._spinner

    def _stop_live(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _print(self, *parts: str | tuple[str, str]) -> None:
        """Print one line, unwrapped, without control characters and without blanks at its end."""
        text = Text()
        for part in parts:
            words, style = part if isinstance(part, tuple) else (part, "")
            text.append(_CONTROL.sub("", words), style)
        text.rstrip()
        self._console.print(text, soft_wrap=True)


def _one_line(text: str, style: str) -> Text:
    flat = " ".join(_CONTROL.sub("", text.replace("\n", " ")).split())
    indent = text[: len(text) - len(text.lstrip(" "))]
    return Text(indent + flat, style=style, no_wrap=True, overflow="ellipsis")
