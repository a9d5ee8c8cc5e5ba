"""Labs by name: find their features, run pytest on them, and let the listeners do the talking."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from runthrough.errors import RunthroughError, SettingsError
from runthrough.lab import Scenario, find_features, lab_name
from runthrough.run.parallel import EVENTS

FEATURES = Path("features")
"""Where a project keeps its labs, below the current folder."""

_ALREADY_IMPORTED = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""We are the plugin, so it is imported before pytest can rewrite its (few) assertions."""

_NOT_FOR_LABS = ("-p", "no:hypothesispytest", "-p", "no:faker")
"""Plugins of packages that happen to be there: loading them takes longer than many a step."""


def run_labs(labs: tuple[str, ...], *, pytest_args: list[str], listeners: Sequence[object]) -> int:
    """Run labs, all of them if none is named.

    Args:
        labs: short names (`lab2`).
        pytest_args: more arguments for pytest.
        listeners: pytest plugins with the hooks of `hooks.py`; they tell the run, and pytest's
            own reporter is silent.

    Returns:
        pytest's exit code.

    Raises:
        SettingsError: there are no labs here, or one of the names is not among them.
    """
    files = [str(path) for path in files_of(labs)]
    problems = Problems()
    code = pytest.main(
        [*files, *_ALREADY_IMPORTED, *_NOT_FOR_LABS, *pytest_args],
        plugins=[*listeners, problems, _Silence()],
    )
    for text in problems.texts:
        print(text, file=sys.stderr)
    return int(code)


def files_of(labs: tuple[str, ...], *, folder: Path = FEATURES) -> tuple[Path, ...]:
    """Return the feature files of labs, in the order they are named; of all if none is.

    All of them come in the order of the course.

    Raises:
        SettingsError: there are no labs in the folder, or one of the names is not among them.
        LabError: the order of the course cannot be read.
    """
    if not folder.is_dir():
        raise SettingsError(f"there is no folder {folder}/ here; start where the labs are")
    known = {lab_name(path): path for path in find_features(folder)}
    if not known:
        raise SettingsError(f"there is no lab in {folder}/ (no .feature file)")
    unknown = [name for name in labs if name not in known]
    if unknown:
        names = ", ".join(repr(name) for name in unknown)
        raise SettingsError(f"there is no lab {names}; the labs here are {', '.join(known)}")
    return tuple(known[name] for name in dict.fromkeys(labs or known))


class Problems:
    """What goes wrong outside of scenarios, as text for people; listeners do not hear of it."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._was_told = False

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why a feature, or what it needs, cannot be read."""
        if report.failed:
            self.texts.append(report.longreprtext)

    def pytest_runtest_logstart(self) -> None:
        """Expect the next item to be told by the listeners."""
        self._was_told = False

    def pytest_runthrough_scenario_finished(self, scenario: Scenario) -> None:
        """Know that this item was told by the listeners."""
        self._was_told = True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a failure nobody else tells: in setup, in teardown, or of what is no scenario."""
        was_told = self._was_told or hasattr(report, EVENTS)
        if report.failed and (report.when == "teardown" or not was_told):
            self.texts.append(f"{report.nodeid} ({report.when}):\n{report.longreprtext}")

    def pytest_internalerror(
        self, excrepr: object, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> None:
        """Keep what stopped pytest; what was raised on purpose speaks for itself."""
        on_purpose = isinstance(excinfo.value, RunthroughError)
        self.texts.append(str(excinfo.value) if on_purpose else str(excrepr))

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep that the run was broken off, and by what if that says more."""
        self.texts.append(str(excinfo.value) or "interrupted")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep that nothing was run, or looked at."""
        if session.exitstatus != pytest.ExitCode.NO_TESTS_COLLECTED:
            return
        if session.items:
            self.texts.append("nothing was looked at: these scenarios leave nothing to look at")
        else:
            self.texts.append("no scenario was run: none is selected")


class _Silence:
    """Puts a silent reporter in the place of pytest's own.

    Other plugins look the reporter up by its name and write to it, so there has to be one.
    """

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        manager = config.pluginmanager
        manager.unregister(name="terminalreporter")
        manager.register(TerminalReporter(config, io.StringIO()), "terminalreporter")
