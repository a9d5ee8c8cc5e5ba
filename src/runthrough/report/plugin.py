"""Listens to a run under pytest: writes the page at the end and says where it is.

`run.plugin` names this module to pytest when there are features to run; the run room itself
knows no report.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from runthrough.report.html import render_report


def pytest_configure(config: pytest.Config) -> None:
    """Listen to this session."""
    config.pluginmanager.register(Reports())


class Reports:
    """Makes the reports of one run."""

    def __init__(self) -> None:
        self._page: Path | None = None
        self._leftovers: tuple[str, ...] = ()

    @pytest.hookimpl(trylast=True)
    def pytest_runthrough_finished(self, folder: Path, leftovers: Sequence[str]) -> None:
        """Render the page, once the record is closed."""
        self._page, self._leftovers = render_report(folder), tuple(leftovers)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the page is and what the run could not delete."""
        if self._leftovers:
            terminalreporter.section("still there")
            for text in self._leftovers:
                terminalreporter.write_line(text)
        if self._page is not None:
            terminalreporter.write_line(f"report: {self._page}")
