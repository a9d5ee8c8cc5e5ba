"""What a failed line says: the scenario, the line and its place, and the last thing seen."""

from __future__ import annotations

import textwrap
import traceback
from pathlib import Path

from runthrough.errors import (
    FailedQueryError,
    LabError,
    NotReadyError,
    RunthroughError,
    ServiceError,
    StepError,
)
from runthrough.lab import Line, Scenario

_OURS = str(Path(__file__).parent)
_NOT_DONE = (AssertionError, StepError, NotReadyError, FailedQueryError, LabError)
"""A LabError among them: a line may need a value that only the work puts under its name."""

_MACHINERY = ("_pytest", "pytest_bdd", "pluggy", "pytest")


class MissingResult(StepError):
    """A line reads what no line before it made (a When line not carried out yet, usually)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no line before this one makes {name!r}")
        self.name = name


class NotTried(RunthroughError):
    """A scenario is left out, and the text says why; it is skipped, not failed."""


class LineFailure(RunthroughError):
    """A line of a scenario failed; the text is all a reader needs.

    Attributes:
        scenario: whose line it is.
        line: the line.
        reason: what went wrong, the last thing seen included.
    """

    def __init__(self, scenario: Scenario, line: Line, reason: str) -> None:
        self.scenario, self.line, self.reason = scenario, line, reason
        super().__init__(f"{scenario.title}\n{indent(self.place_and_reason())}")

    def place_and_reason(self) -> str:
        """Return the failure without the scenario's title."""
        place = f"{self.scenario.path}:{self.line.number}"
        return f"{place}  {self.line.kind} {self.line.text}\n{self.reason}"


def failure_of(scenario: Scenario, line: Line, error: Exception) -> LineFailure:
    """Return the failure of a line, explained by what was raised in it."""
    return LineFailure(scenario, line, explain(error))


def says_not_done(error: Exception) -> bool:
    """Return whether what a look raised says `not done yet`.

    A check that does not hold, a query that FAILED and a thing that is not there (404) do. A
    service that refuses the key or does not answer says nothing about the work, nor does a mistake
    in a step.
    """
    is_missing = isinstance(error, ServiceError) and error.status == 404
    return is_missing or isinstance(error, _NOT_DONE)


def explain(error: Exception) -> str:
    """Return what a reader should know of an exception.

    What was raised on purpose speaks for itself, and an assertion says what was seen. Anything
    else is a mistake in a step or in runthrough and keeps its traceback, without the machinery.
    """
    match error:
        case LineFailure():
            return f"the step {error.scenario.title!r} failed:\n{indent(error.place_and_reason())}"
        case RunthroughError():
            return str(error)
        case AssertionError():
            return last_seen(error)
        case _:
            return f"{type(error).__name__}: {error}\n{frames(error)}".rstrip()


def last_seen(error: BaseException) -> str:
    r"""Return what an assertion or a not-yet saw.

    pytest's rewritten assertions append the expression to the message (`…\\nassert 3 == 4`); a
    reader wants the message where there is one, and the expression only where there is none.
    """
    text = str(error).strip()
    if isinstance(error, AssertionError):
        message, cut, _ = text.partition("\nassert ")
        text = message if cut else text
    return text or _raised_at(error)


def frames(error: BaseException) -> str:
    """Return the part of a traceback that is not pytest, pytest-bdd or this package's runner."""
    shown = [f for f in traceback.extract_tb(error.__traceback__) if not _is_machinery(f.filename)]
    return "".join(traceback.format_list(shown)).rstrip()


def indent(text: str) -> str:
    """Return the text two columns to the right."""
    return textwrap.indent(text, "  ")


def _raised_at(error: BaseException) -> str:
    where = traceback.extract_tb(error.__traceback__)
    if not where:
        return type(error).__name__
    return f"{type(error).__name__} at {Path(where[-1].filename).name}:{where[-1].lineno}"


def _is_machinery(filename: str) -> bool:
    parts = Path(filename).parts
    return filename.startswith(_OURS) or any(name in parts for name in _MACHINERY)
