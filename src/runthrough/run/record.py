"""The record of a run: Cucumber Messages, one JSON object a line, written as the run goes on.

What the run tells becomes the messages any reader of that format knows. What the format has no
field for is an attachment with a file name of its own:

| file name          | what it holds                                                    |
|--------------------|------------------------------------------------------------------|
| `run.json`         | run id, target and mode (attached to no scenario)                |
| `prerequisite.txt` | which step was completed for a scenario, how, and how long       |
| `shown.json`       | the rows a scenario shows: `columns` and `rows`                  |
| `outcome.json`     | how a scenario ended: `status`, `seconds` and `message`          |
| `leftovers.json`   | what could not be deleted (attached to no scenario)              |

`outcome.json` is there because a passed scenario may hold skipped lines (its work was done
already), which the statuses of its lines alone do not say. Every event is one write of one whole
line, so a run that is killed leaves a record that ends early and can be read.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, cast

from gherkin.stream.gherkin_events import GherkinEvents
from gherkin.stream.source_events import Source

from runthrough.lab import Line, Scenario
from runthrough.run.words import say_value

PROTOCOL = "27.0.0"
"""The version of Cucumber Messages whose field names are used."""

FILE_NAME = "messages.ndjson"
"""The record's name in the run's folder."""

_STATUS = {"passed": "PASSED", "failed": "FAILED", "skipped": "SKIPPED"}

Place = tuple[str, str]
"""A scenario: its lab and its title."""


class _End(NamedTuple):
    """How a line ended."""

    status: str
    seconds: float = 0.0
    message: str = ""


@dataclass
class _Case:
    """The scenario that is running: its ids in the record and the lines told so far."""

    scenario: Scenario
    started_id: str
    step_ids: tuple[str, ...]
    ends: dict[int, _End] = field(default_factory=dict)
    running: int | None = None


def _now() -> datetime:
    return datetime.now(UTC)


class Record:
    """Listens to a run and writes its record.

    Args:
        folder: where `messages.ndjson` goes; the record of an earlier run is replaced.
        clock: where the moments in the record come from.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = _now) -> None:
        self.path = folder / FILE_NAME
        self._clock = clock
        self._gherkin = GherkinEvents(
            GherkinEvents.Options(print_source=True, print_ast=True, print_pickles=True)
        )
        self._run_id = ""
        self._pickles: dict[Place, Mapping[str, Any]] = {}
        self._case: _Case | None = None
        self._ends: dict[tuple[Place, Line], _End] = {}
        self._passed_or_skipped = 0

    # -- the run -----------------------------------------------------------------------------

    def pytest_runthrough_started(
        self, run_id: str, target: str, mode: str, scenarios: Sequence[Scenario]
    ) -> None:
        """Begin the record: what runs, where, and the features as they are now."""
        self._run_id = run_id
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"")
        self._write("meta", _meta())
        for path in dict.fromkeys(scenario.path for scenario in scenarios):
            self._write_feature(path, [s for s in scenarios if s.path == path])
        self._write("testRunStarted", {"id": run_id, "timestamp": self._timestamp()})
        self._attach("run.json", {"run": run_id, "target": target, "mode": mode})

    def pytest_runthrough_finished(self, leftovers: Sequence[str]) -> None:
        """End the record: a run succeeds if every scenario ended and none failed."""
        if leftovers:
            self._attach("leftovers.json", list(leftovers))
        self._write(
            "testRunFinished",
            {
                "success": self._passed_or_skipped == len(self._pickles),
                "timestamp": self._timestamp(),
                "testRunStartedId": self._run_id,
            },
        )

    def _write_feature(self, path: Path, scenarios: Sequence[Scenario]) -> None:
        """Write a feature's source, its tree, and a pickle for each scenario that runs."""
        wanted = {scenario.title: (scenario.lab, scenario.title) for scenario in scenarios}
        source: Source = {
            "uri": path.as_posix(),
            "data": path.read_text(encoding="utf-8-sig"),
            "mediaType": "text/x.cucumber.gherkin+plain",
        }
        events = cast(Iterator[Mapping[str, Any]], self._gherkin.enum({"source": source}))
        for event in events:
            pickle = event.get("pickle")
            if pickle is not None and pickle["name"] not in wanted:
                continue
            if pickle is not None:
                self._pickles[wanted[pickle["name"]]] = pickle
            for name, body in event.items():
                self._write(name, body)

    # -- a scenario --------------------------------------------------------------------------

    def pytest_runthrough_scenario_started(self, scenario: Scenario) -> None:
        """Begin a test case: one step a line of the scenario."""
        pickle = self._pickles[_place(scenario)]
        step_ids = tuple(self._new_id() for _ in pickle["steps"])
        case_id, started_id = self._new_id(), self._new_id()
        self._case = _Case(scenario, started_id, step_ids)
        self._write(
            "testCase",
            {
                "id": case_id,
                "pickleId": pickle["id"],
                "testRunStartedId": self._run_id,
                "testSteps": [
                    {"id": step_id, "pickleStepId": pickle_step["id"]}
                    for step_id, pickle_step in zip(step_ids, pickle["steps"], strict=True)
                ],
            },
        )
        self._write(
            "testCaseStarted",
            {
                "id": started_id,
                "testCaseId": case_id,
                "attempt": 0,
                "timestamp": self._timestamp(),
            },
        )

    def pytest_runthrough_line_started(self, scenario: Scenario, line: Line) -> None:
        """Begin a step; lines of prerequisites are no steps of the running scenario."""
        if (case := self._case_of(scenario)) is not None:
            case.running = scenario.lines.index(line)
            self._start_step(case, case.running)

    def pytest_runthrough_line_finished(
        self, scenario: Scenario, line: Line, status: str, seconds: float, message: str
    ) -> None:
        """End a step with what the reader sees, and remember it for the scenario's own turn."""
        end = _End(status, seconds, message)
        self._ends[_place(scenario), line] = end
        if (case := self._case_of(scenario)) is not None:
            self._finish_step(case, scenario.lines.index(line), end)
            case.running = None

    def pytest_runthrough_prerequisite_finished(
        self, scenario: Scenario, status: str, seconds: float, message: str
    ) -> None:
        """Attach what was completed on the way to the line that needs it."""
        how = {"passed": "completed on the way"}.get(status, status)
        if status == "passed" and message:
            how, message = message, ""
        text = f"{scenario.title} ({scenario.lab}): {how}, {seconds:.3f} s"
        self._attach("prerequisite.txt", f"{text}\n{message}" if message else text)

    def pytest_runthrough_shown(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> None:
        """Attach the rows the running scenario shows."""
        told = [[say_value(value) for value in row] for row in rows]
        self._attach("shown.json", {"columns": list(columns), "rows": told})

    def pytest_runthrough_scenario_finished(
        self, scenario: Scenario, status: str, seconds: float, message: str
    ) -> None:
        """End the test case; lines nobody carried out are told as such."""
        case = self._case
        assert case is not None, "a scenario starts before it finishes"
        self._finish_other_steps(case, status, message)
        outcome = {"status": status, "seconds": seconds, "message": message}
        self._attach("outcome.json", outcome)
        self._write(
            "testCaseFinished",
            {
                "testCaseStartedId": case.started_id,
                "timestamp": self._timestamp(),
                "willBeRetried": False,
            },
        )
        self._case = None
        self._passed_or_skipped += status in {"passed", "skipped"}

    def _finish_other_steps(self, case: _Case, status: str, message: str) -> None:
        """End the steps that were not told.

        A scenario that failed earlier, when another one needed it, is not carried out again: its
        lines end as they ended then. A failure that belongs to no line (the target is gone, say)
        is told at the first line that was not reached, or at the last.
        """
        place = _place(case.scenario)
        for index, line in enumerate(case.scenario.lines):
            if index in case.ends:
                continue
            end = self._ends.get((place, line))
            if end is None and status == "failed" and not _has_failed(case):
                end = _End("failed", message=message)
            elif end is None:
                end = _End("skipped", message=message if index == 0 else "")
            if index != case.running:
                self._start_step(case, index)
            self._finish_step(case, index, end)
        case.running = None
        if status == "failed" and not _has_failed(case) and case.step_ids:
            self._finish_step(case, len(case.step_ids) - 1, _End("failed", message=message))

    # -- writing -----------------------------------------------------------------------------

    def _case_of(self, scenario: Scenario) -> _Case | None:
        """Return the running case if it is that of this scenario."""
        is_it = self._case is not None and _place(self._case.scenario) == _place(scenario)
        return self._case if is_it else None

    def _start_step(self, case: _Case, index: int) -> None:
        self._write(
            "testStepStarted",
            {
                "testCaseStartedId": case.started_id,
                "testStepId": case.step_ids[index],
                "timestamp": self._timestamp(),
            },
        )

    def _finish_step(self, case: _Case, index: int, end: _End) -> None:
        case.ends[index] = end
        result: dict[str, object] = {
            "status": _STATUS[end.status],
            "duration": duration(end.seconds),
        }
        if end.message:
            result["message"] = end.message
        self._write(
            "testStepFinished",
            {
                "testCaseStartedId": case.started_id,
                "testStepId": case.step_ids[index],
                "testStepResult": result,
                "timestamp": self._timestamp(),
            },
        )

    def _attach(self, file_name: str, body: object) -> None:
        """Attach text, or anything else as JSON, to the running line and scenario if any."""
        is_text = isinstance(body, str)
        attachment: dict[str, object] = {
            "body": body if is_text else json.dumps(body, ensure_ascii=False),
            "contentEncoding": "IDENTITY",
            "mediaType": "text/plain" if is_text else "application/json",
            "fileName": file_name,
        }
        if self._case is not None:
            attachment["testCaseStartedId"] = self._case.started_id
            if self._case.running is not None:
                attachment["testStepId"] = self._case.step_ids[self._case.running]
        self._write("attachment", attachment)

    def _write(self, name: str, body: object) -> None:
        line = json.dumps({name: body}, ensure_ascii=False) + "\n"
        with self.path.open("ab") as file:
            file.write(line.encode())

    def _new_id(self) -> str:
        """Return an id no other message has, the parser's own included."""
        return str(self._gherkin.id_generator.get_next_id())

    def _timestamp(self) -> dict[str, int]:
        return timestamp(self._clock())


def timestamp(moment: datetime) -> dict[str, int]:
    """Return a moment as Cucumber Messages write it: seconds and nanos since 1970."""
    micros = round(moment.timestamp() * 1_000_000)
    return {"seconds": micros // 1_000_000, "nanos": micros % 1_000_000 * 1000}


def duration(seconds: float) -> dict[str, int]:
    """Return a time span as Cucumber Messages write it."""
    whole, nanos = divmod(round(seconds * 1_000_000_000), 1_000_000_000)
    return {"seconds": whole, "nanos": nanos}


def _meta() -> dict[str, object]:
    return {
        "protocolVersion": PROTOCOL,
        "implementation": {"name": "runthrough", "version": version("runthrough")},
        "runtime": {"name": platform.python_implementation(), "version": platform.python_version()},
        "os": {"name": platform.system(), "version": platform.release()},
        "cpu": {"name": platform.machine()},
    }


def _place(scenario: Scenario) -> Place:
    return scenario.lab, scenario.title


def _has_failed(case: _Case) -> bool:
    return any(end.status == "failed" for end in case.ends.values())
