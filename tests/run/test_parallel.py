"""Labs on two processes: told and written as on one."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from runthrough.lab import Scenario, read_labs
from runthrough.run.parallel import EVENTS, Outbox, Relay

_PLAIN = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:faker")
"""Without plugins that take longer than a run does."""

pytest_plugins = ["pytester"]

STEPS = """
    import os

    import pytest
    from pytest_bdd import given, parsers, then, when

    @pytest.fixture(scope="session")
    def shelf():
        return []

    @when(parsers.parse('I put "{name}" there'))
    def put(name, shelf):
        shelf.append(name)

    @when("I show the shelf")
    def show(show_rows, shelf):
        show_rows(["name"], [[name] for name in shelf])

    @when("I show the process")
    def show_process(show_rows):
        show_rows(["process"], [[os.getpid()]])

    @when("I print the secret")
    def print_secret(settings):
        print("it is", settings.text("AWS_SECRET_ACCESS_KEY"))

    @when("the process ends")
    def end():
        os._exit(3)

    @then(parsers.parse('"{name}" is there'))
    def there(name, shelf):
        assert name in shelf, f"the shelf holds {shelf}"

    @then("I fail with the secret")
    def fail(settings):
        raise AssertionError(settings.text("AWS_SECRET_ACCESS_KEY") + " is wrong")
"""

ON_THE_WAY = "prerequisite.txt"

LAB1 = """
Feature: The first lab

  Scenario: Put a book there
    When I put "book" there
    Then "book" is there

  Scenario: Show it
    Given the step "Put a book there" is complete
    When I show the shelf

  @live_only
  Scenario: Only on live
    When I put "cloud" there
"""

LAB2 = """
Feature: The second lab

  Scenario: Put a lamp there
    Given the step "Put a book there" of lab "lab1" is complete
    When I put "lamp" there
    Then "lamp" is there

  Scenario: Look for a chair
    Then "chair" is there within 0 seconds

  Scenario: Show all
    Given the step "Put a lamp there" is complete
    When I show the shelf
"""


class Project:
    """A project of two labs whose lines act on a list; its target is the emulator."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester, self.path = pytester, pytester.path
        pytester.makeini("[pytest]\nmarkers = live_only\n")
        pytester.makeconftest('pytest_plugins = ["list_steps"]')
        (self.path / "list_steps.py").write_text(textwrap.dedent(STEPS), encoding="utf-8")
        (self.path / "features").mkdir()

    def feature(self, name: str, text: str) -> None:
        (self.path / "features" / f"{name}.feature").write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> pytest.RunResult:
        return self._pytester.runpytest_subprocess("features", *_PLAIN, *arguments)

    def built(self, name: str) -> Path:
        return self.path / "build" / "runthrough" / name

    def messages(self) -> list[dict[str, Any]]:
        """Return the record but for what was completed on the way.

        What another lab needs of this one is there already where one process did both.
        """
        text = self.built("messages.ndjson").read_text(encoding="utf-8")
        messages = [json.loads(line) for line in text.splitlines()]
        return [m for m in messages if m.get("attachment", {}).get("fileName") != ON_THE_WAY]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=":")
    made = Project(pytester)
    made.feature("lab1_book", LAB1)
    made.feature("lab2_lamp", LAB2)
    return made


def told(messages: list[dict[str, Any]]) -> list[str]:
    """Return what messages say but for ids and times, in an order of its own.

    Which lab is told first is which says something first.
    """
    return sorted(json.dumps(without_ids_and_times(message)) for message in messages)


def without_ids_and_times(message: object) -> object:
    match message:
        case dict():
            kept = {
                k: v for k, v in message.items() if not re.search(r"(?i)ids?$|time|duration", k)
            }
            return {k: without_ids_and_times(v) for k, v in kept.items()}
        case list():
            return [without_ids_and_times(one) for one in message]
        case str():
            return re.sub(r"\d+\.\d+ s|\"seconds\": [\d.e-]+|[0-9a-f]{8}\b", "…", message)
        case _:
            return message


def test_two_processes_write_the_record_and_the_samples_of_one(project: Project) -> None:
    project.run().assert_outcomes(passed=4, failed=1, skipped=1)
    alone = told(project.messages())
    samples = {path.name for path in project.built("samples").rglob("*.json")}
    project.built("messages.ndjson").unlink()
    for path in project.built("samples").rglob("*.json"):
        path.unlink()

    result = project.run("-n2")

    result.assert_outcomes(passed=4, failed=1, skipped=1)
    assert told(project.messages()) == alone
    assert {path.name for path in project.built("samples").rglob("*.json")} == samples
    assert project.built("junit.xml").is_file()
    result.stdout.fnmatch_lines(["*report: build/runthrough/report.html*"])
    shown = json.loads(project.built("samples/lab2/show-all.json").read_text(encoding="utf-8"))
    assert shown["rows"] == [["book"], ["lamp"]]


def test_a_lab_is_one_process_and_another_lab_another(project: Project) -> None:
    show = "Feature: F\n" + "".join(
        f"  Scenario: Show {n}\n    When I show the process\n" for n in range(3)
    )
    project.feature("lab1_book", show)
    project.feature("lab2_lamp", show)
    project.run("-n2").assert_outcomes(passed=6)
    processes = {
        lab: {
            path.read_text(encoding="utf-8").split('"rows": ')[1]
            for path in project.built(f"samples/{lab}").iterdir()
        }
        for lab in ("lab1", "lab2")
    }
    assert [len(seen) for seen in processes.values()] == [1, 1]
    assert processes["lab1"] != processes["lab2"]


def test_moments_are_those_of_the_work(project: Project) -> None:
    project.run("-n2")
    moments = [
        (body["timestamp"]["seconds"], body["timestamp"]["nanos"])
        for message in project.messages()
        for name, body in message.items()
        if name.startswith("testStep") and name != "testStepFinished"
    ]
    last = project.messages()[-1]["testRunFinished"]["timestamp"]
    assert moments
    assert max(moments) < (last["seconds"], last["nanos"])


def test_no_secret_passes_between_the_processes(project: Project) -> None:
    project.feature(
        "lab3_secret",
        "Feature: F\n  Scenario: S\n    When I print the secret\n    Then I fail with the secret\n",
    )
    result = project.run("-n2", "--wait=0", "-k", "lab3")
    result.assert_outcomes(failed=1)
    assert "it is •••" in str(result.stdout)
    for name in ("messages.ndjson", "report.html", "junit.xml"):
        assert "•••" in project.built(name).read_text(encoding="utf-8")


def test_a_mistake_in_a_feature_stops_the_run_with_its_place(project: Project) -> None:
    project.feature("lab2_lamp", "Feature: F\n  Scenario: S\n    When the moon is full\n")
    result = project.run("-n2")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    said = str(result.stdout)
    assert "features/lab2_lamp.feature:3: no step definition matches: When the moon is full" in said
    assert not project.built("messages.ndjson").exists()


def test_a_process_that_dies_fails_the_run_and_the_record_says_so(project: Project) -> None:
    project.feature("lab3_end", "Feature: F\n  Scenario: Die\n    When the process ends\n")
    result = project.run("-n2", "-k", "Put or Die")
    result.assert_outcomes(passed=2, failed=1)
    assert "crashed while running 'features/lab3_end.feature::Die'" in str(result.stdout)
    assert project.messages()[-1]["testRunFinished"]["success"] is False


def test_a_title_can_be_named(project: Project) -> None:
    project.run("-n2", "-k", "Show all").assert_outcomes(passed=1)
    assert {"Show all"} == {
        message["pickle"]["name"] for message in project.messages() if "pickle" in message
    }


# -- the order in which labs are told -------------------------------------------------------------


class Told:
    """Pytest's hook relay, the controller's run and its config in one: notes what it is told."""

    def __init__(self, folder: Path) -> None:
        self.hook, self.rootpath, self._folder = self, folder, folder
        self.scenarios: list[str] = []
        self.ends: list[list[str]] = []

    def labs_in(self, folder: Path) -> Any:
        return read_labs(folder)

    def tell_started(self, scenarios: Any) -> None:
        self.scenarios.append("started")

    def tell_finished(self, leftovers: list[str]) -> None:
        self.ends.append(leftovers)

    def pytest_runthrough_scenario_started(self, scenario: Scenario) -> None:
        pass

    def pytest_runthrough_scenario_finished(self, scenario: Scenario, **end: Any) -> None:
        self.scenarios.append(scenario.title)


@pytest.fixture
def relayed(tmp_path: Path) -> Told:
    for name in ("a", "b"):
        text = f"Feature: F\n  Scenario: {name}1\n    When x\n  Scenario: {name}2\n    When x\n"
        (tmp_path / f"{name}.feature").write_text(text, encoding="utf-8")
    return Told(tmp_path)


def reports_of(scenarios: list[Scenario]) -> dict[str, pytest.TestReport]:
    """Return the report of each scenario, by title, as its worker sends it."""
    reports = {}
    for scenario in scenarios:
        outbox = Outbox(object())
        outbox.pytest_runthrough_scenario_started(scenario)
        outbox.pytest_runthrough_scenario_finished(scenario, "passed", 0.0, "")
        node_id = f"{scenario.path.name}::{scenario.title}"
        report = pytest.TestReport(node_id, ("", None, ""), {}, "passed", None, "call")
        wrapper = outbox.pytest_runtest_makereport(
            pytest.CallInfo.from_call(lambda: None, when="call")
        )
        next(wrapper)
        with pytest.raises(StopIteration):
            wrapper.send(report)
        assert getattr(report, EVENTS)
        reports[scenario.title] = report
    return reports


def test_labs_are_told_one_after_the_other_whoever_is_first(relayed: Told) -> None:
    scenarios = [scenario for lab in read_labs(relayed.rootpath) for scenario in lab.scenarios]
    relay = Relay(relayed, relayed)  # type: ignore[arg-type]
    ids = [f"{scenario.path.name}::{scenario.title}" for scenario in scenarios]
    relay.pytest_xdist_node_collection_finished(ids)
    relay.pytest_xdist_node_collection_finished(ids)
    reports = reports_of(scenarios)
    seen = []
    for title in ("b1", "a1", "a2", "b2"):
        relay.pytest_runtest_logreport(reports[title])
        seen.append(tuple(relayed.scenarios))
    assert seen == [
        ("started", "b1"),
        ("started", "b1"),
        ("started", "b1"),
        ("started", "b1", "b2", "a1", "a2"),
    ]


def test_what_a_run_that_was_broken_off_did_is_told_at_its_end(relayed: Told) -> None:
    scenarios = [scenario for lab in read_labs(relayed.rootpath) for scenario in lab.scenarios]
    relay = Relay(relayed, relayed)  # type: ignore[arg-type]
    relay.pytest_xdist_node_collection_finished([f"{s.path.name}::{s.title}" for s in scenarios])
    reports = reports_of(scenarios)
    for title in ("a1", "b1"):
        relay.pytest_runtest_logreport(reports[title])
    relay.pytest_testnodedown(type("Node", (), {"workeroutput": {"runthrough_leftovers": ["x"]}}))
    relay.pytest_testnodedown(object())
    relay.pytest_sessionfinish()
    assert relayed.scenarios == ["started", "a1", "b1"]
    assert relayed.ends == [["x"]]
