"""What a run shows on a terminal, and that a file gets plain lines."""

from __future__ import annotations

import io
import os
import re
import sys
import unicodedata
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from runthrough.report.terminal import Progress

Stage = Callable[..., Any]


class Screen:
    """A console that writes to memory, and the time the progress goes by."""

    def __init__(self, *, is_terminal: bool = False, width: int = 80) -> None:
        self.seconds = 0.0
        self.console = Console(
            file=io.StringIO(),
            force_terminal=is_terminal,
            width=width,
            color_system="standard" if is_terminal else None,
            legacy_windows=False,
        )
        self.progress = Progress(self.console, clock=lambda: self.seconds)

    @property
    def text(self) -> str:
        assert isinstance(self.console.file, io.StringIO)
        return self.console.file.getvalue()

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def moving(self) -> list[str]:
        """What stands below the finished scenarios now, the spinner's sign left out."""
        still = Console(file=io.StringIO(), width=60, color_system=None)
        still.print(self.progress.view())
        assert isinstance(still.file, io.StringIO)
        return [re.sub(r"^[⠀-⣿] ", "", line) for line in still.file.getvalue().splitlines()]


def test_a_file_gets_a_line_a_scenario_under_the_heading_of_its_lab(stage: Stage) -> None:
    screen = Screen()
    stage(screen.progress).whole_run()
    assert screen.lines[:10] == [
        "LAB 1 · Start",
        "  ✓ Make it        0.5 s",
        "  – Only live             is for the target live only",  # noqa: RUF001
        "",
        "LAB 2 · Go <on>",
        "  ✓ Show it    2 min 5 s",
        "  ✗ Break it   1 min 0 s",
        "      features/lab2_go.feature:9  Then it holds within 1 minute",
        "      not within 1 minute; last seen: 3 < 4",
        "",
    ]


def test_the_end_tells_counts_failures_leftovers_and_files(stage: Stage) -> None:
    screen = Screen()
    show = stage(screen.progress)
    screen.seconds = 7.0
    show.start("Break it")
    show.begin("Break it")
    show.end("Break it", "failed", 60.0, "Break it\n  it broke")
    screen.seconds = 19.3
    show.finish("topic 'a': the key was refused")
    end = screen.lines[screen.lines.index("      it broke") + 1 :]
    assert end == [
        "",
        "✗ Break it",
        "  features/lab2_go.feature:7",
        "",
        "Still there:",
        "  topic 'a': the key was refused",
        "",
        "0 passed, 1 failed, 0 skipped in 12.3 s",
        "  record  build/messages.ndjson",
        "  report  build/report.html",
    ]


def configured(**options: str) -> Any:
    return SimpleNamespace(getoption=lambda name, default=None: options.get(name, default))


def test_the_junit_file_is_named_where_there_is_one(stage: Stage) -> None:
    screen = Screen()
    screen.progress.pytest_configure(configured(xmlpath="build/junit.xml"))
    show = stage(screen.progress)
    show.start("Make it")
    show.finish()
    assert screen.lines[-1] == "  junit   build/junit.xml"


def test_work_done_before_is_told_as_such(stage: Stage) -> None:
    screen = Screen()
    show = stage(screen.progress)
    show.start("Make it")
    show.begin("Make it")
    show.end("Make it", "passed", 0.1, "already complete")
    assert screen.lines[-1] == "  ✓ Make it      0.1 s  already complete"


def test_a_failure_that_is_no_line_is_told_whole(stage: Stage) -> None:
    screen = Screen()
    show = stage(screen.progress)
    show.start("Make it")
    show.begin("Make it")
    show.end("Make it", "failed", 0.1, "OSError: no space\nleft on device")
    assert screen.lines[-2:] == ["      OSError: no space", "      left on device"]


def test_a_file_gets_no_control_character_whatever_a_service_says(stage: Stage) -> None:
    screen = Screen(width=40)
    show = stage(screen.progress)
    show.start()
    scenario = show.begin("Break it")
    show.tell("line_started", scenario=scenario, line=scenario.lines[1])
    show.tell("line_seen", scenario=scenario, line=scenario.lines[1], seen="\x1b[2Jgone\x07")
    show.end("Break it", "failed", 1, "Break it\n  \x1b[2J[red]it[/] is \x9b31mgone\r\x00\b:wave:")
    show.finish("\x1b]0;title\x07")
    strange = {c for c in screen.text if unicodedata.category(c) == "Cc"}
    assert strange == {"\n"}
    assert "[2J[red]it[/] is 31mgone:wave:" in screen.text, "nothing is read as markup"


def test_long_lines_are_not_broken_in_a_file(stage: Stage) -> None:
    screen = Screen(width=40)
    show = stage(screen.progress)
    show.start("Break it")
    show.begin("Break it")
    show.end("Break it", "failed", 1, "Break it\n  " + "word " * 40)
    assert screen.lines[-1].count("word") == 40


def test_the_running_scenario_its_line_and_what_it_waits_for_move(stage: Stage) -> None:
    screen = Screen()
    show = stage(screen.progress)
    show.start()
    assert screen.moving() == [""]
    scenario = show.begin("Show it")
    screen.seconds = 3.04
    assert screen.moving() == ["Show it · 3.0 s"]
    line = scenario.lines[2]
    show.tell("line_started", scenario=scenario, line=line)
    show.tell("line_seen", scenario=scenario, line=line, seen="3 rows\n  of 10")
    assert screen.moving() == [
        "Show it · 3.0 s",
        "    Then I see rows",
        "    last seen: 3 rows of 10",
    ]
    show.tell("line_started", scenario=scenario, line=line)
    assert len(screen.moving()) == 2, "what another line saw is forgotten"
    show.tell("line_seen", scenario=scenario, line=line, seen="x" * 200)
    assert [len(text) for text in screen.moving()][-1] == 60, "it never takes a second row"


def test_what_is_completed_on_the_way_is_shown_only_while_it_runs(stage: Stage) -> None:
    screen = Screen()
    show = stage(screen.progress)
    show.start()
    show.begin("Show it")
    first, second = show.scenarios["Make it"], show.scenarios["Only live"]
    show.tell("prerequisite_started", scenario=first)
    show.tell("prerequisite_started", scenario=second)
    assert screen.moving()[1:] == ["      first: Make it", "        first: Only live"]
    done = {"status": "passed", "seconds": 1.0, "message": ""}
    show.tell("prerequisite_finished", scenario=second, **done)
    show.tell("prerequisite_finished", scenario=first, **done)
    assert screen.moving() == ["Show it · 0 ms"]
    show.end("Show it", "passed", 1)
    assert "Make it" not in screen.text


def test_after_the_last_scenario_it_says_that_it_deletes(stage: Stage) -> None:
    screen = Screen()
    show = stage(screen.progress)
    show.start("Make it")
    show.begin("Make it")
    show.end("Make it", "passed", 1)
    assert screen.moving() == ["deleting what the run created"]


def test_a_terminal_is_left_as_it_was(stage: Stage) -> None:
    screen = Screen(is_terminal=True)
    stage(screen.progress).whole_run()
    hidden, shown = screen.text.rfind("\x1b[?25l"), screen.text.rfind("\x1b[?25h")
    assert 0 <= hidden < shown, "the cursor is back"
    assert screen.lines[-1].endswith("build/report.html")


def test_a_terminal_is_left_as_it_was_after_a_run_that_was_broken_off(stage: Stage) -> None:
    screen = Screen(is_terminal=True)
    show = stage(screen.progress)
    show.start()
    show.begin("Make it")
    screen.progress.pytest_unconfigure()
    assert screen.text.rfind("\x1b[?25l") < screen.text.rfind("\x1b[?25h")
    screen.progress.pytest_unconfigure()


def test_a_dumb_terminal_gets_plain_lines(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    screen = Screen(is_terminal=True)
    stage(screen.progress).whole_run()
    assert "\x1b[?25l" not in screen.text
    assert "Make it" in screen.text


def test_the_progress_goes_past_pytests_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    with open(write_end, "w", encoding="utf-8") as real:
        monkeypatch.setattr(sys, "stdout", real)
        console = Console()
        progress = Progress(console)
        progress.pytest_configure(configured())
        capture = io.StringIO()
        monkeypatch.setattr(sys, "stdout", capture)
        console.print("hello")
        monkeypatch.setattr(sys, "stdout", real)
        progress.pytest_unconfigure()
        assert console.file is real
    with open(read_end, encoding="utf-8") as pipe:
        assert (pipe.read(), capture.getvalue()) == ("hello\n", "")


def test_a_stdout_that_is_no_file_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = io.StringIO()
    monkeypatch.setattr(sys, "stdout", memory)
    console = Console()
    progress = Progress(console)
    progress.pytest_configure(configured())
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    console.print("hello")
    progress.pytest_unconfigure()
    assert memory.getvalue() == "hello\n"
