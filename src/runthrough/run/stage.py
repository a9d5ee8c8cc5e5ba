"""Where a scenario is carried out: its lines, what they hand on, and what it shows the reader."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runthrough.lab import Labs, Line, Scenario
from runthrough.run.bdd import Definition, Results, find_definition
from runthrough.run.ledger import Ledger
from runthrough.run.programs import Ran, run_program
from runthrough.run.values import Values, fill
from runthrough.settings import Settings

Complete = Callable[[str, str], None]
"""Complete the scenario of that lab and title, or raise."""

ShowRows = Callable[[Sequence[str], Sequence[Sequence[object]]], None]
"""The fixture `show_rows`: what a scenario shows becomes the sample on its page."""


@dataclass(frozen=True)
class Shown:
    """Rows a scenario shows the reader; they become its sample on the page."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


RunProgram = Callable[[], Ran]
"""The fixture `run_program`: runs the program that the present line names."""

_OWN = frozenset({"values", "fill", "show_rows"})
"""Fixtures a scope gives to its lines."""


class Scope:
    """One scenario while it is carried out.

    Lines get these fixtures of their own scenario: `values`, `fill`, `show_rows`, `run_program`
    and, for the prerequisite line, `complete_step`.

    Attributes:
        values: what lines put under a name.
        results: what lines returned as fixtures (`target_fixture`).
        shown: the rows shown last, if any.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        item: pytest.Function,
        definitions: Sequence[Definition],
        settings: Settings,
        complete: Complete,
        files: Path | None = None,
    ) -> None:
        self.scenario = scenario
        self.values = Values()
        self.results: dict[str, object] = {}
        self.shown: Shown | None = None
        self._definitions, self._settings, self._files = definitions, settings, files
        self._line: Line | None = None
        self._fixtures = Results(item)
        self._fixtures.give("values", self.values)
        self._fixtures.give("fill", self.fill)
        self._fixtures.give("show_rows", self.show_rows)
        self._fixtures.give("run_program", self.run_program)
        self._fixtures.give(
            "complete_step", lambda lab, title: complete(lab or scenario.lab, title)
        )

    def adopt(self, *, values: Mapping[str, str], results: Mapping[str, object]) -> None:
        """Take over what the same scenario's lines made when they were carried out before."""
        self.values.update(values)
        for name, value in results.items():
            self._keep(name, value)

    def carry_out(self, line: Line) -> None:
        """Carry out one line, once, its doc string and table filled in."""
        self._line = line
        definition = find_definition(self._definitions, self.scenario, line)
        table = [[self.fill(cell) for cell in row] for row in line.table]
        value = self._fixtures.call(
            definition,
            line,
            docstring=None if line.docstring is None else self.fill(line.docstring),
            datatable=table or None,
        )
        if definition.result is not None:
            self._keep(definition.result, value)

    def is_settled(self, line: Line) -> bool:
        """Return whether a line reads only what lines before it made, so looking again is idle.

        A line that asks for anything else (a client, a fixture of the project) may see it change.
        """
        reads = set(find_definition(self._definitions, self.scenario, line).reads(line))
        return bool(reads & self.results.keys()) and reads <= self.results.keys() | _OWN

    def fill(self, text: str) -> str:
        """Return a text of the present line with every `${NAME}` filled in. Raises LabError."""
        assert self._line is not None, "fill() is called by a line"
        return fill(
            text,
            values=self.values,
            settings=self._settings,
            scenario=self.scenario,
            line=self._line,
        )

    def show_rows(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Show the reader these rows; the last call of a scenario counts."""
        self.shown = Shown(tuple(columns), tuple(tuple(row) for row in rows))

    def run_program(self) -> Ran:
        """Run the program of the present line. Raises StepError: it did not end by itself."""
        assert self._line is not None, "run_program() is called by a line"
        assert self._line.program is not None, "a line that runs a program names it"
        return run_program(
            self._line.program.path,
            settings=self._settings,
            environ=os.environ,
            answer=self._line.answer,
            files=self._files,
        )

    def _keep(self, name: str, value: object) -> None:
        self.results[name] = value
        self._fixtures.give(name, value)


class Stage:
    """What a test item offers the runner: scopes for scenarios, and looks that change nothing."""

    def __init__(
        self,
        item: pytest.Function,
        *,
        labs: Labs,
        definitions: Sequence[Definition],
        settings: Settings,
        ledger: Ledger,
        files: Path | None = None,
    ) -> None:
        self._item, self._labs, self._definitions = item, labs, definitions
        self._settings, self._ledger, self._files = settings, ledger, files

    def find(self, lab: str, title: str) -> Scenario:
        """Return a scenario; collection has checked that it is there."""
        scenario = self._labs.find(lab, title)
        assert scenario is not None, f"{title!r} of lab {lab!r} was there at collection"
        return scenario

    def open(self, scenario: Scenario, complete: Complete) -> Scope:
        """Return a scope in which nothing has been carried out yet."""
        return Scope(
            scenario,
            item=self._item,
            definitions=self._definitions,
            settings=self._settings,
            complete=complete,
            files=self._files,
        )

    def looking(self) -> AbstractContextManager[Any]:
        """Return a context in which lines may look and must not change anything."""
        return self._ledger.looking()

    def sets_up(self, scenario: Scenario) -> None:
        """Write down that what a lab's programs make is about to be made, and stays."""
        self._ledger.created("lab", scenario.lab)

    def takes_down(self, scenario: Scenario) -> None:
        """Write down that what a lab's programs made is gone."""
        self._ledger.deleted("lab", scenario.lab)

    def result_read(self, scenario: Scenario, line: Line) -> str | None:
        """Return the name of a result only the scenario's When lines make and this line reads."""

        def definition(of: Line) -> Definition:
            return find_definition(self._definitions, scenario, of)

        made = {definition(when).result for when in scenario.of_kind("When")}
        return next((name for name in definition(line).reads(line) if name in made), None)
