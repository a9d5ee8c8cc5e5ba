"""The one filter between a run and everyone who hears of it: no secret passes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runthrough.lab import Line, Scenario
from runthrough.run.words import say_value
from runthrough.settings import Settings


class Secrets:
    """The secrets a run has read so far.

    Nothing is known before the settings are read, and nothing has been sent with them either.
    """

    def __init__(self) -> None:
        self._settings: list[Settings] = []

    def learn(self, settings: Settings) -> None:
        """Hide the secrets of these settings from now on."""
        if settings not in self._settings:
            self._settings.append(settings)

    def redact(self, text: str) -> str:
        """Return the text with every known secret replaced by •••."""
        for settings in self._settings:
            text = settings.redact(text)
        return text

    def redact_value(self, value: object) -> object:
        """Return a value as JSON can hold it, with every secret in its strings replaced."""
        match value:
            case None | bool() | int() | float():
                return value
            case dict():
                return {self.redact(str(k)): self.redact_value(v) for k, v in value.items()}
            case list() | tuple():
                return [self.redact_value(v) for v in value]
            case _:
                return self.redact(say_value(value) or "")


class Announcer:
    """Tells a run's events through pytest's hooks, redacted.

    Args:
        hook: pytest's hook relay (`config.hook`), with the hooks of `hooks.py`.
        secrets: what must not be told.
    """

    def __init__(self, hook: Any, secrets: Secrets) -> None:
        self._hook, self._secrets = hook, secrets

    def started(
        self, *, run_id: str, target: str, mode: str, scenarios: Sequence[Scenario], folder: Path
    ) -> None:
        """Tell that a run begins."""
        self._hook.pytest_runthrough_started(
            run_id=run_id, target=target, mode=mode, scenarios=scenarios, folder=folder
        )

    def scenario_started(self, scenario: Scenario) -> None:
        """Tell that a scenario begins."""
        self._hook.pytest_runthrough_scenario_started(scenario=scenario)

    def line_started(self, scenario: Scenario, line: Line) -> None:
        """Tell that a line begins."""
        self._hook.pytest_runthrough_line_started(scenario=scenario, line=line)

    def line_seen(self, scenario: Scenario, line: Line, seen: str) -> None:
        """Tell what a Then line saw that did not hold yet."""
        self._hook.pytest_runthrough_line_seen(
            scenario=scenario, line=line, seen=self._secrets.redact(seen)
        )

    def line_finished(
        self, scenario: Scenario, line: Line, status: str, seconds: float, message: str = ""
    ) -> None:
        """Tell how a line ended."""
        self._hook.pytest_runthrough_line_finished(
            scenario=scenario,
            line=line,
            status=status,
            seconds=seconds,
            message=self._secrets.redact(message),
        )

    def prerequisite_started(self, scenario: Scenario) -> None:
        """Tell that a scenario is being completed for another one."""
        self._hook.pytest_runthrough_prerequisite_started(scenario=scenario)

    def prerequisite_finished(
        self, scenario: Scenario, status: str, seconds: float, message: str = ""
    ) -> None:
        """Tell how completing a prerequisite ended."""
        self._hook.pytest_runthrough_prerequisite_finished(
            scenario=scenario,
            status=status,
            seconds=seconds,
            message=self._secrets.redact(message),
        )

    def shown(
        self, scenario: Scenario, columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> None:
        """Tell what a scenario shows the reader."""
        self._hook.pytest_runthrough_shown(
            scenario=scenario,
            columns=[self._secrets.redact(column) for column in columns],
            rows=self._secrets.redact_value(list(rows)),
        )

    def scenario_finished(
        self, scenario: Scenario, status: str, seconds: float, message: str = ""
    ) -> None:
        """Tell how a scenario ended."""
        self._hook.pytest_runthrough_scenario_finished(
            scenario=scenario,
            status=status,
            seconds=seconds,
            message=self._secrets.redact(message),
        )

    def finished(self, *, folder: Path, leftovers: Sequence[str]) -> None:
        """Tell that all is done and written."""
        self._hook.pytest_runthrough_finished(
            folder=folder, leftovers=[self._secrets.redact(text) for text in leftovers]
        )
