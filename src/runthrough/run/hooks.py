"""What a run tells while it goes on: pytest hooks, told to everyone who listens.

The record, the live progress and the samples are listeners. Every text that is told has gone
through the one filter that hides secrets (see `announcer.py`); listeners need none of their own.
A scenario is told as started once; scenarios completed on the way, because another one needs
them, are told as prerequisites.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runthrough.lab import Line, Scenario


def pytest_runthrough_started(
    run_id: str, target: str, mode: str, scenarios: Sequence[Scenario], folder: Path
) -> None:
    """Tell that a run begins; `folder` is where its files go."""


def pytest_runthrough_scenario_started(scenario: Scenario) -> None:
    """Tell that a scenario begins."""


def pytest_runthrough_line_started(scenario: Scenario, line: Line) -> None:
    """Tell that a line of a scenario (or of one of its prerequisites) begins."""


def pytest_runthrough_line_seen(scenario: Scenario, line: Line, seen: str) -> None:
    """Tell what a Then line saw that did not hold yet; it will be looked at again."""


def pytest_runthrough_line_finished(
    scenario: Scenario, line: Line, status: str, seconds: float, message: str
) -> None:
    """Tell that a line has `passed`, `failed` or was `skipped`, and why."""


def pytest_runthrough_prerequisite_started(scenario: Scenario) -> None:
    """Tell that a scenario is being completed because another one needs it."""


def pytest_runthrough_prerequisite_finished(
    scenario: Scenario, status: str, seconds: float, message: str
) -> None:
    """Tell how completing a prerequisite ended."""


def pytest_runthrough_shown(
    scenario: Scenario, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Tell the rows a scenario shows the reader, once it has passed."""


def pytest_runthrough_scenario_finished(
    scenario: Scenario, status: str, seconds: float, message: str
) -> None:
    """Tell that a scenario has `passed`, `failed` or was `skipped`, and why.

    `message` is the failure as a reader sees it, the reason of a skip, or `already complete`.
    """


def pytest_runthrough_finished(folder: Path, leftovers: Sequence[str]) -> None:
    """Tell that all is done and written; `leftovers` is what could not be deleted."""
