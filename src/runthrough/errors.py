"""The error tree: everything runthrough raises on purpose, on one page.

RunthroughError
├── SettingsError      a setting is missing or cannot be right
├── LabError           a feature or page that cannot be read; has a file and a line
├── ServiceError       a service refused or did not answer
│   ├── NotReadyError  it will answer later: worth another look
│   └── FailedQueryError  a query FAILED: the service is well, what was asked for is not there
├── StepError          a line of a scenario cannot be carried out; waiting will not help
├── WaitError          a line did not come true within its limit
└── EmulatorError      the emulator cannot be set up as asked (world file, port, library)
"""

from __future__ import annotations

from pathlib import Path


class RunthroughError(Exception):
    """The root of the tree. Its text is written for the person who has to act on it."""


class SettingsError(RunthroughError):
    """Settings are missing or contradict each other; the text names every one of them."""

    def __init__(self, message: str, *, names: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.names = names


class LabError(RunthroughError):
    """A feature file or a lab page that cannot be read as a lab."""

    def __init__(self, message: str, *, path: Path, line: int) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.message, self.path, self.line = message, path, line


class ServiceError(RunthroughError):
    """A service answered with an error, or not at all.

    Attributes:
        status: the HTTP status, or None where there was no answer.
        code: the service's own error code (`ThrottlingException`, `40401`), if it sent one.
        said: what the service said of it, without what was asked and where.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        said: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code = status, code
        self.said = message if said is None else said


class NotReadyError(ServiceError):
    """The service says it needs more time (a statement still PENDING, a key still spreading)."""


class FailedQueryError(ServiceError):
    """A query FAILED, for a table that is not there, say; the service itself is well."""


class StepError(RunthroughError):
    """A line cannot come true any more (the statement FAILED), so the run stops waiting."""


class WaitError(RunthroughError):
    """A line did not hold within its limit; the text carries the last thing seen."""


class EmulatorError(RunthroughError):
    """The emulator cannot be set up as asked."""
