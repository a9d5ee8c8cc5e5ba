"""Feature files as pytest items: one a scenario, every mistake found before anything runs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runthrough.errors import LabError, RunthroughError
from runthrough.lab import Labs, Scenario, lab_name
from runthrough.run.bdd import Definition, definitions, find_definition
from runthrough.run.failure import NotTried
from runthrough.run.options import RUN
from runthrough.run.runner import Done, Runner
from runthrough.run.session import Run
from runthrough.run.stage import Stage

_CATALOGUE = re.compile(r"[A-Z]\d\d")
"""A tag like @B05 is the id of a scenario in the project's catalogue, for -k; no marker."""

_OPERATORS = frozenset({"and", "or", "not"})
"""Without one of these, words with blanks between them are no expression of pytest's -k."""

_ONLY_ON = {"live_only": "live", "emulator_only": "emulator"}


class FeatureFile(pytest.Module):
    """One feature file.

    It is a module to pytest, an empty one, because fixtures of module scope need one to live in.
    """

    def _getobj(self) -> ModuleType:
        return ModuleType(self.path.stem, doc=f"What pytest takes {self.path.name} for.")

    def collect(self) -> Iterator[ScenarioItem]:
        """Yield an item a scenario, in the order of the file.

        Raises:
            LabError: the labs or their page on troubles cannot be read, or a line of a scenario,
                or of one that it needs, has no step definition or more than one.
        """
        path = near(self.path)
        run: Run = self.config.stash[RUN]
        labs = run.labs_in(path.parent)
        run.troubles_of(path.parent)  # a mistake on that page is found now, not when a line fails
        known = definitions(self)
        for scenario in labs[lab_name(path)].scenarios:
            for needed in with_prerequisites(scenario, labs):
                for line in needed.lines:
                    find_definition(known, needed, line)
            item: ScenarioItem = ScenarioItem.from_parent(
                self, name=scenario.title, callobj=_no_function, scenario=scenario, labs=labs
            )
            item.take_tags()
            yield item

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show a mistake in a feature by its place alone, without a traceback."""
        if isinstance(excinfo.value, LabError):
            is_here = excinfo.value.path.resolve() == self.path.resolve()
            return str(excinfo.value) if is_here else f"not collected: {excinfo.value}"
        return super().repr_failure(excinfo)


class ScenarioItem(pytest.Function):
    """One scenario as a test item."""

    def __init__(self, *, scenario: Scenario, labs: Labs, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.scenario, self.labs = scenario, labs
        if self.config.pluginmanager.hasplugin("timeout"):
            self.add_marker(pytest.mark.timeout(0))  # lines have limits of their own

    def take_tags(self) -> None:
        """Make the scenario's tags markers of the item. Raises LabError for an unknown one."""
        for tag in self.scenario.tags:
            if _CATALOGUE.fullmatch(tag):
                self.extra_keyword_matches.add(tag)
                continue
            try:
                self.add_marker(tag)
            except (pytest.fail.Exception, pytest.PytestUnknownMarkWarning) as e:
                message = f"the tag @{tag} is not a registered marker"
                path, number = self.scenario.path, self.scenario.number
                raise LabError(message, path=path, line=number) from e

    def runtest(self) -> None:
        """Carry the scenario out, look at it, or leave it out, as the run's mode says."""
        run = self.config.stash[RUN]
        run.announcer.scenario_started(self.scenario)
        start = time.monotonic()
        status, seconds, message = "failed", None, ""
        try:
            done = self._carry_out(run)
            status, seconds, message = "passed", done.seconds, done.note
            if done.shown is not None:
                shown = done.shown
                run.announcer.shown(self.scenario, shown.columns, shown.rows)
        except NotTried as e:
            status, message = "skipped", str(e)
            pytest.skip(run.secrets.redact(message))
        except pytest.skip.Exception as e:  # a step called pytest.skip()
            status, message = "skipped", str(e)
            raise
        except RunthroughError as e:
            message = str(e)
            raise
        except Exception as e:
            message = f"{type(e).__name__}: {e}"
            raise
        finally:
            run.was_tried |= status != "skipped"
            took = time.monotonic() - start if seconds is None else seconds
            run.announcer.scenario_finished(self.scenario, status, took, message)

    def _carry_out(self, run: Run) -> Done:
        for tag, target in _ONLY_ON.items():
            if tag in self.scenario.tags and target != run.options.target:
                raise NotTried(f"is for the target {target} only")
        stage = Stage(
            self,
            labs=self.labs,
            definitions=self._definitions(),
            settings=run.settings,
            ledger=run.ledger,
            files=run.files,
        )
        return carry_out(self.scenario, stage, run.runner, mode=run.options.mode)

    def _definitions(self) -> Sequence[Definition]:
        parent = self.parent
        assert isinstance(parent, pytest.Collector)
        return definitions(parent)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show a failed line as a reader needs it; a mistake in runthrough with its traceback."""
        redact = self.config.stash[RUN].secrets.redact
        if isinstance(excinfo.value, RunthroughError):
            return redact(str(excinfo.value))
        return redact(str(super().repr_failure(excinfo)))

    def add_report_section(self, when: str, key: str, content: str) -> None:
        """Keep what was printed for the report, without secrets."""
        super().add_report_section(when, key, self.config.stash[RUN].secrets.redact(content))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the scenario's place and title."""
        return self.scenario.path, self.scenario.number - 1, self.scenario.title


def carry_out(scenario: Scenario, stage: Stage, runner: Runner, *, mode: str) -> Done:
    """Do with a scenario what the mode asks for. Raises LineFailure or NotTried."""
    if mode == "check":
        return runner.check(scenario, stage)
    if mode == "solve":
        thens = scenario.of_kind("Then")
        if not scenario.of_kind("When") or all(stage.result_read(scenario, t) for t in thens):
            raise NotTried("leaves nothing behind")
    return runner.run(scenario, stage)


def with_prerequisites(scenario: Scenario, labs: Labs) -> tuple[Scenario, ...]:
    """Return a scenario and every one it needs, directly or not, each once."""
    found: dict[Scenario, None] = {}

    def walk(one: Scenario) -> None:
        if one not in found:
            found[one] = None
            for need in one.prerequisites:
                needed = labs.find(need.lab, need.title)
                assert needed is not None, "Labs has checked every reference"
                walk(needed)

    walk(scenario)
    return tuple(found)


def near(path: Path) -> Path:
    """Return a path as seen from the current folder, if it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def select(
    items: list[pytest.Item], *, keyword: str, first: str | None, last: str | None
) -> tuple[list[pytest.Item], list[pytest.Item], bool]:
    """Sort items by what -k (a title), --from and --until say.

    A -k with a blank in it that is part of a title means the scenarios of such titles, or the one
    whose whole title it is. Everything else stays an expression of pytest's.

    Returns:
        the selected items, the others, and whether -k was a title and is dealt with.

    Raises:
        UsageError: --from or --until name no scenario, or more than one; or a -k that can only
            be a title is none.
    """
    scenarios = [item for item in items if isinstance(item, ScenarioItem)]
    titles = [item.scenario.title for item in scenarios]
    start = 0 if first is None else _position("--from", first, titles)
    end = len(titles) if last is None else _position("--until", last, titles) + 1
    if start >= end and scenarios:
        raise pytest.UsageError(f"--from {first!r} comes after --until {last!r}")
    wanted = _titles_meant(keyword, titles) if scenarios else frozenset()
    if not wanted and first is None and last is None:
        return items, [], False
    kept: list[pytest.Item] = [
        item for item in scenarios[start:end] if not wanted or item.scenario.title in wanted
    ]
    return kept, [item for item in items if item not in kept], bool(wanted)


def _titles_meant(keyword: str, titles: Sequence[str]) -> frozenset[str]:
    """Return the titles a -k means, none where it is an ordinary expression."""
    text = keyword.strip().lower()
    if " " not in text:
        return frozenset()
    whole = frozenset(title for title in titles if title.lower() == text)
    meant = whole or frozenset(title for title in titles if text in title.lower())
    if not meant and not _OPERATORS & set(text.replace("(", " ").split()):
        raise pytest.UsageError(f"-k: no scenario's title contains {keyword.strip()!r}")
    return meant


def _position(option: str, title: str, titles: Sequence[str]) -> int:
    count = titles.count(title)
    if count == 0:
        near = get_close_matches(title, titles, n=1)
        hint = f"; is it {near[0]!r}?" if near else ""
        raise pytest.UsageError(f"{option}: no scenario is named {title!r}{hint}")
    if count > 1:
        raise pytest.UsageError(
            f"{option}: {count} scenarios are named {title!r}; give only one lab to run"
        )
    return titles.index(title)


def _no_function() -> None:
    """Stand where pytest wants a function; a scenario's lines are carried out by the runner."""
