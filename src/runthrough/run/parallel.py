"""Labs on several processes: a lab is one worker's, and the controller tells what all of them did.

Under pytest-xdist (`-n 2`) each worker opens a target of its own and carries whole labs out, so
nothing one lab leaves behind meets another. A worker has no listeners but the outbox, which sends
what was told of a scenario with the scenario's report. The controller tells it again, lab by lab,
so the record, the samples, the progress and the page of a run are those of a run on one process.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runthrough.lab import Line, Scenario, lab_name
from runthrough.run.collection import near
from runthrough.run.session import Run

EVENTS = "runthrough_events"
"""The attribute of a test report under which a worker sends what it told."""

LEFTOVERS = "runthrough_leftovers"
"""The key of a worker's last message under which it sends what it could not delete."""

Place = tuple[str, str]
"""A scenario: its feature's path and its title."""


def is_controller(config: pytest.Config) -> bool:
    """Return whether this process hands the labs to others."""
    return bool(getattr(config.option, "numprocesses", None)) and not is_worker(config)


def is_worker(config: pytest.Config) -> bool:
    """Return whether this process got its labs from another one."""
    return hasattr(config, "workerinput")


def own_folder(config: pytest.Config, results: Path) -> Path:
    """Return where this process keeps its files: `workers/gw0` below the results, on a worker."""
    given: Mapping[str, str] | None = getattr(config, "workerinput", None)  # xdist's own
    return results if given is None else results / "workers" / given["workerid"]


def keep_labs_whole(config: pytest.Config) -> None:
    """Have each lab carried out by one worker, whose end is the run's: scenarios build on others.

    Raises:
        UsageError: the run goes to the live target.
    """
    if config.getoption("--target") == "live":
        raise pytest.UsageError(
            "-n is for the emulator: on the live target labs share one environment and one ledger"
        )
    if config.option.dist == "load":  # what -n alone means to xdist
        config.option.dist = "loadfile"
    if config.option.maxworkerrestart is None:
        config.option.maxworkerrestart = "0"  # a worker that died took its target with it


class Outbox:
    """Listens to a run on a worker, and hands what was told to the controller.

    Args:
        config: the worker's; its `workeroutput` is the last message, sent when the worker ends.
    """

    def __init__(self, config: Any) -> None:
        self._config = config
        self._events: list[dict[str, Any]] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put what was told of a scenario into its report."""
        report = yield
        if call.when == "call":
            setattr(report, EVENTS, self._events)
            self._events = []
        return report

    def pytest_runthrough_scenario_started(self, scenario: Scenario) -> None:
        """Keep that a scenario began."""
        self._keep("scenario_started", scenario)

    def pytest_runthrough_line_started(self, scenario: Scenario, line: Line) -> None:
        """Keep that a line began."""
        self._keep("line_started", scenario, line)

    def pytest_runthrough_line_seen(self, scenario: Scenario, line: Line, seen: str) -> None:
        """Keep what a line saw."""
        self._keep("line_seen", scenario, line, seen=seen)

    def pytest_runthrough_line_finished(
        self, scenario: Scenario, line: Line, status: str, seconds: float, message: str
    ) -> None:
        """Keep how a line ended."""
        self._keep("line_finished", scenario, line, status=status, seconds=seconds, message=message)

    def pytest_runthrough_prerequisite_started(self, scenario: Scenario) -> None:
        """Keep that a prerequisite began."""
        self._keep("prerequisite_started", scenario)

    def pytest_runthrough_prerequisite_finished(
        self, scenario: Scenario, status: str, seconds: float, message: str
    ) -> None:
        """Keep how a prerequisite ended."""
        self._keep(
            "prerequisite_finished", scenario, status=status, seconds=seconds, message=message
        )

    def pytest_runthrough_shown(
        self, scenario: Scenario, columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> None:
        """Keep what a scenario shows."""
        self._keep("shown", scenario, columns=list(columns), rows=[list(row) for row in rows])

    def pytest_runthrough_scenario_finished(
        self, scenario: Scenario, status: str, seconds: float, message: str
    ) -> None:
        """Keep how a scenario ended."""
        self._keep("scenario_finished", scenario, status=status, seconds=seconds, message=message)

    def pytest_runthrough_finished(self, leftovers: Sequence[str]) -> None:
        """Send what could not be deleted; there is no report any more to send it with."""
        self._config.workeroutput[LEFTOVERS] = list(leftovers)

    def _keep(self, name: str, scenario: Scenario, line: Line | None = None, **told: Any) -> None:
        self._events.append(
            {
                "name": name,
                "at": time.time(),
                "place": list(_place(scenario)),
                "line": None if line is None else scenario.lines.index(line),
                "told": told,
            }
        )


class Relay:
    """Tells on the controller what the workers sent, a lab after the other.

    Args:
        config: the controller's; node ids start from its root.
        run: the controller's; it opens no target.
    """

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self._hook, self._root, self._run = config.hook, config.rootpath, run
        self._known: dict[Place, Scenario] = {}
        self._waiting: dict[str, list[Mapping[str, Any]]] = {}
        self._to_come: dict[str, int] = {}
        self._lab: str | None = None
        self._leftovers: list[str] = []
        self._moment: float | None = None
        self._unread: set[str] = set()

    def now(self) -> datetime:
        """Return when that happened which is being told; else the time it is."""
        return datetime.fromtimestamp(time.time() if self._moment is None else self._moment, UTC)

    # -- what workers send -------------------------------------------------------------------

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep which features could not be read."""
        if report.failed:
            self._unread.add(report.nodeid)

    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Tell that the run begins, once the first worker says what there is: all say the same.

        Raises:
            Interrupted: a feature could not be read; as on one process, nothing runs then.
        """
        if self._unread:
            raise pytest.Session.Interrupted(f"{len(self._unread)} errors during collection")
        if self._known:
            return
        scenarios = [found for one in ids if (found := self._read(one)) is not None]
        for scenario in scenarios:
            self._waiting[scenario.lab] = []
            self._to_come[scenario.lab] = self._to_come.get(scenario.lab, 0) + 1
        if scenarios:
            self._run.tell_started(scenarios)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell what came with a report, or keep it until its lab has its turn."""
        events = getattr(report, EVENTS, ())
        if events:
            lab = lab_name(Path(report.nodeid.split("::")[0]))
            self._waiting[lab] += events
            self._tell_labs_in_turn()

    def pytest_testnodedown(self, node: Any) -> None:
        """Keep what a worker could not delete; one that crashed says nothing any more."""
        self._leftovers += getattr(node, "workeroutput", {}).get(LEFTOVERS, ())

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Tell the rest, of labs that were broken off too, and that all is done."""
        for lab in self._waiting:
            self._tell_waiting(lab)
        if self._to_come:
            self._run.tell_finished(self._leftovers)

    # -- telling it --------------------------------------------------------------------------

    def _tell_labs_in_turn(self) -> None:
        """Tell the lab that has begun to be told; once it is whole, one that has begun to run."""
        while self._lab is not None or any(self._waiting.values()):
            if self._lab is None:
                self._lab = next(lab for lab, events in self._waiting.items() if events)
            self._tell_waiting(self._lab)
            if self._to_come[self._lab]:
                return
            self._lab = None

    def _tell_waiting(self, lab: str) -> None:
        for event in self._waiting[lab]:
            self._tell(event)
            self._to_come[lab] -= event["name"] == "scenario_finished"
        self._waiting[lab] = []

    def _tell(self, event: Mapping[str, Any]) -> None:
        """Tell one event through the hook it came from, as of the moment it happened."""
        path, title = event["place"]
        scenario = self._known[path, title]
        told = {"scenario": scenario, **event["told"]}
        if event["line"] is not None:
            told["line"] = scenario.lines[event["line"]]
        self._moment = event["at"]
        try:
            getattr(self._hook, f"pytest_runthrough_{event['name']}")(**told)
        finally:
            self._moment = None

    def _read(self, node_id: str) -> Scenario | None:
        """Return the scenario of a node id, or None for an item that is none. Raises LabError."""
        path, _, title = node_id.partition("::")
        feature = near(self._root / path)
        if feature.suffix != ".feature":
            return None
        labs = self._run.labs_in(feature.parent)
        self._known |= {_place(scenario): scenario for scenario in labs.scenarios()}
        return labs.find(lab_name(feature), title)


def _place(scenario: Scenario) -> Place:
    return scenario.path.as_posix(), scenario.title
