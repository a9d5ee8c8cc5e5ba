"""The record: Cucumber Messages that hold what was told, whole at every moment."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.lab import Scenario, read_lab
from runthrough.run.record import Record, duration, timestamp
from tests.waiting import COMMAND_SECONDS

FEATURE = """\
@flink
Feature: LAB 1 · Start
  Scenario: Make it
    When I make it:
      \"\"\"sql
      SELECT 1;
      \"\"\"
    Then it is there

  Scenario: Use it
    Given the step "Make it" is complete
    When I use it
    Then it is used
"""

# Required and other fields of each message (cucumber/messages, jsonschema/src, version 27).
FIELDS: dict[str, tuple[set[str], set[str]]] = {
    "meta": ({"protocolVersion", "implementation", "runtime", "os", "cpu"}, {"ci"}),
    "source": ({"uri", "data", "mediaType"}, set()),
    "gherkinDocument": ({"comments"}, {"uri", "feature"}),
    "pickle": (
        {"id", "uri", "name", "language", "steps", "tags", "astNodeIds"},
        {"location"},
    ),
    "testRunStarted": ({"timestamp"}, {"id"}),
    "testCase": ({"id", "pickleId", "testSteps"}, {"testRunStartedId"}),
    "testCaseStarted": ({"attempt", "id", "testCaseId", "timestamp"}, {"workerId"}),
    "testStepStarted": ({"testCaseStartedId", "testStepId", "timestamp"}, set()),
    "testStepFinished": (
        {"testCaseStartedId", "testStepId", "testStepResult", "timestamp"},
        set(),
    ),
    "attachment": (
        {"body", "contentEncoding", "mediaType"},
        {"fileName", "testCaseStartedId", "testStepId", "timestamp"},
    ),
    "testCaseFinished": ({"testCaseStartedId", "timestamp", "willBeRetried"}, set()),
    "testRunFinished": ({"success", "timestamp"}, {"message", "exception", "testRunStartedId"}),
}

Message = tuple[str, dict[str, Any]]


@pytest.fixture
def scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Scenario, ...]:
    monkeypatch.chdir(tmp_path)
    path = Path("features/lab1_start.feature")
    path.parent.mkdir()
    path.write_text(FEATURE, encoding="utf-8")
    return read_lab(path).scenarios


@pytest.fixture
def record(tmp_path: Path, scenarios: tuple[Scenario, ...]) -> Record:
    moment = datetime(2026, 1, 15, 10, 0, 0, 250_000, tzinfo=UTC)
    record = Record(tmp_path / "build", clock=lambda: moment)
    record.pytest_runthrough_started(
        run_id="r1", target="emulator", mode="run", scenarios=scenarios
    )
    return record


def messages(record: Record) -> list[Message]:
    lines = record.path.read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines:
        ((kind, body),) = json.loads(line).items()
        found.append((kind, body))
    return found


def of(record: Record, kind: str) -> list[dict[str, Any]]:
    return [body for told, body in messages(record) if told == kind]


def attached(record: Record, name: str) -> list[str]:
    return [a["body"] for a in of(record, "attachment") if a["fileName"] == name]


def results(record: Record) -> list[tuple[str, str]]:
    found = [body["testStepResult"] for body in of(record, "testStepFinished")]
    return [(result["status"], result.get("message", "")) for result in found]


def play(
    record: Record, scenario: Scenario, *ends: tuple[str, str], status: str, message: str = ""
) -> None:
    record.pytest_runthrough_scenario_started(scenario)
    tell_lines(record, scenario, *ends)
    record.pytest_runthrough_scenario_finished(scenario, status, 1.5, message)


def tell_lines(record: Record, scenario: Scenario, *ends: tuple[str, str]) -> None:
    for line, (status, message) in zip(scenario.lines, ends, strict=False):
        record.pytest_runthrough_line_started(scenario, line)
        record.pytest_runthrough_line_finished(scenario, line, status, 0.25, message)


def test_a_whole_run_has_every_message_in_its_order(
    record: Record, scenarios: tuple[Scenario, ...]
) -> None:
    play(record, scenarios[0], ("passed", ""), ("passed", ""), status="passed")
    play(record, scenarios[1], *[("passed", "")] * 3, status="passed")
    record.pytest_runthrough_finished(leftovers=[])
    kinds = [kind for kind, _ in messages(record)]
    assert kinds[:7] == [
        "meta",
        "source",
        "gherkinDocument",
        "pickle",
        "pickle",
        "testRunStarted",
        "attachment",
    ]
    step = ["testStepStarted", "testStepFinished"]
    case = ["testCase", "testCaseStarted"]
    end = ["attachment", "testCaseFinished"]
    assert kinds[7:] == [*case, *step * 2, *end, *case, *step * 3, *end, "testRunFinished"]


def test_every_message_has_the_fields_of_the_format(
    record: Record, scenarios: tuple[Scenario, ...]
) -> None:
    play(record, scenarios[0], ("passed", ""), ("failed", "no"), status="failed", message="no")
    record.pytest_runthrough_finished(leftovers=["topic 'a': kept"])
    for kind, body in messages(record):
        required, other = FIELDS[kind]
        assert required <= body.keys() <= required | other, kind
        for name, value in body.items():
            if name == "timestamp":
                assert value == {"seconds": 1768471200, "nanos": 250_000_000}


def test_every_reference_is_to_something_written_before(
    record: Record, scenarios: tuple[Scenario, ...]
) -> None:
    play(record, scenarios[0], ("passed", ""), ("passed", ""), status="passed")
    play(record, scenarios[1], ("skipped", "no"), status="skipped", message="no")
    known: set[str] = set()
    for _, body in messages(record):
        for name, value in walk(body):
            if name == "id":
                assert value not in known, "an id is given once"
                known.add(value)
            elif name.endswith("Id") or name == "astNodeIds":
                assert {value} <= known if isinstance(value, str) else set(value) <= known


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every named value, a node's id before what it holds and what refers to it."""
    if isinstance(value, dict):
        yield from sorted(
            ((k, v) for k, v in value.items() if not isinstance(v, dict)),
            key=lambda p: p[0] != "id",
        )
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def test_only_the_scenarios_that_run_have_a_pickle(
    tmp_path: Path, scenarios: tuple[Scenario, ...]
) -> None:
    record = Record(tmp_path / "build")
    record.pytest_runthrough_started("r1", "live", "check", scenarios[1:])
    assert [pickle["name"] for pickle in of(record, "pickle")] == ["Use it"]
    assert json.loads(attached(record, "run.json")[0]) == {
        "run": "r1",
        "target": "live",
        "mode": "check",
    }


def test_a_line_has_its_status_its_duration_and_what_the_reader_sees(
    record: Record, scenarios: tuple[Scenario, ...]
) -> None:
    why = "not within 30 s; last seen: nothing"
    play(record, scenarios[0], ("passed", ""), ("failed", why), status="failed", message="x")
    assert results(record) == [("PASSED", ""), ("FAILED", why)]
    first = of(record, "testStepFinished")[0]["testStepResult"]
    assert first["duration"] == {"seconds": 0, "nanos": 250_000_000}
    assert json.loads(attached(record, "outcome.json")[0]) == {
        "status": "failed",
        "seconds": 1.5,
        "message": "x",
    }


def test_what_is_completed_on_the_way_is_told_at_the_line_that_needs_it(
    record: Record, scenarios: tuple[Scenario, ...]
) -> None:
    first, second = scenarios
    record.pytest_runthrough_scenario_started(second)
    record.pytest_runthrough_line_started(second, second.lines[0])
    tell_lines(record, first, ("passed", ""), ("passed", ""))
    record.pytest_runthrough_prerequisite_finished(first, "passed", 1.25, "")
    record.pytest_runthrough_prerequisite_finished(first, "passed", 0.0, "already complete")
    record.pytest_runthrough_prerequisite_finished(first, "failed", 2.0, "it is gone")
    assert attached(record, "prerequisite.txt") == [
        "Make it (lab1): completed on the way, 1.250 s",
        "Make it (lab1): already complete, 0.000 s",
        "Make it (lab1): failed, 2.000 s\nit is gone",
    ]
    step = of(record, "testCase")[0]["testSteps"][0]["id"]
    assert {a["testStepId"] for a in of(record, "attachment")[1:]} == {step}
    assert of(record, "testStepFinished") == [], "lines of a prerequisite are not its own"


def test_shown_rows_are_attached_as_text_a_person_reads(
    record: Record, scenarios: tuple[Scenario, ...]
) -> None:
    record.pytest_runthrough_scenario_started(scenarios[0])
    record.pytest_runthrough_shown(["a", "b"], [[Decimal("1E+1"), None], [True, "x"]])
    assert json.loads(attached(record, "shown.json")[0]) == {
        "columns": ["a", "b"],
        "rows": [["10", None], ["TRUE", "x"]],
    }


def test_lines_after_a_failure_are_skipped(record: Record, scenarios: tuple[Scenario, ...]) -> None:
    play(record, scenarios[1], ("passed", ""), ("failed", "no"), status="failed", message="A\nno")
    assert results(record) == [("PASSED", ""), ("FAILED", "no"), ("SKIPPED", "")]


def test_a_scenario_that_is_left_out_says_why_once(
    record: Record, scenarios: tuple[Scenario, ...]
) -> None:
    play(record, scenarios[1], status="skipped", message="is for the target live only")
    assert results(record) == [
        ("SKIPPED", "is for the target live only"),
        ("SKIPPED", ""),
        ("SKIPPED", ""),
    ]


def test_a_scenario_that_failed_on_the_way_fails_at_the_same_line_in_its_own_turn(
    record: Record, scenarios: tuple[Scenario, ...]
) -> None:
    first, second = scenarios
    record.pytest_runthrough_scenario_started(second)
    record.pytest_runthrough_line_started(second, second.lines[0])
    tell_lines(record, first, ("passed", ""), ("failed", "gone"))
    record.pytest_runthrough_line_finished(second, second.lines[0], "failed", 1, "gone")
    record.pytest_runthrough_scenario_finished(second, "failed", 1, "gone")
    before = len(results(record))
    play(record, first, status="failed", message="Make it\ngone")
    assert results(record)[before:] == [("PASSED", ""), ("FAILED", "gone")]


@pytest.mark.parametrize("told", [0, 1, 3])
def test_a_failure_outside_of_every_line_is_told_at_one_of_them(
    record: Record, scenarios: tuple[Scenario, ...], told: int
) -> None:
    ends = [("passed", "")] * told
    play(record, scenarios[1], *ends, status="failed", message="the target is gone")
    final = {r["testStepId"]: r["testStepResult"] for r in of(record, "testStepFinished")}
    failed = [r["message"] for r in final.values() if r["status"] == "FAILED"]
    assert failed == ["the target is gone"]


def test_a_line_that_was_broken_off_starts_once(
    record: Record, scenarios: tuple[Scenario, ...]
) -> None:
    record.pytest_runthrough_scenario_started(scenarios[0])
    record.pytest_runthrough_line_started(scenarios[0], scenarios[0].lines[0])
    record.pytest_runthrough_scenario_finished(scenarios[0], "failed", 1, "")
    started = [body["testStepId"] for body in of(record, "testStepStarted")]
    assert len(started) == len(set(started)) == 2


@pytest.mark.parametrize(
    ("first", "second", "success"),
    [
        ("passed", "passed", True),
        ("passed", "skipped", True),
        ("passed", "failed", False),
        ("passed", None, False),
    ],
)
def test_a_run_succeeds_if_every_scenario_ended_and_none_failed(
    record: Record,
    scenarios: tuple[Scenario, ...],
    first: str,
    second: str | None,
    success: bool,
) -> None:
    play(record, scenarios[0], status=first)
    if second is not None:
        play(record, scenarios[1], status=second)
    record.pytest_runthrough_finished(leftovers=["topic 'a': kept"])
    assert of(record, "testRunFinished")[0]["success"] is success
    assert json.loads(attached(record, "leftovers.json")[0]) == ["topic 'a': kept"]


def test_a_new_run_replaces_the_record_of_the_last_one(
    tmp_path: Path, record: Record, scenarios: tuple[Scenario, ...]
) -> None:
    again = Record(tmp_path / "build")
    again.pytest_runthrough_started("r2", "emulator", "run", scenarios)
    assert [body["id"] for body in of(again, "testRunStarted")] == ["r2"]


KILLED = """
import os, sys
from pathlib import Path
from runthrough.lab import read_lab
from runthrough.run.record import Record
[scenario, *_] = scenarios = read_lab(Path("features/lab1_start.feature")).scenarios
record = Record(Path("killed"))
record.pytest_runthrough_started("r1", "emulator", "run", scenarios)
record.pytest_runthrough_scenario_started(scenario)
record.pytest_runthrough_line_started(scenario, scenario.lines[0])
record.pytest_runthrough_shown(["x"], [["y" * 100_000]])
os.kill(os.getpid(), 9)
"""


def test_a_run_that_is_killed_leaves_whole_lines(
    tmp_path: Path, scenarios: tuple[Scenario, ...]
) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED], check=False, timeout=COMMAND_SECONDS)
    assert killed.returncode == -9
    text = (tmp_path / "killed" / "messages.ndjson").read_text(encoding="utf-8")
    assert text.endswith("\n")
    kinds = [next(iter(json.loads(line))) for line in text.splitlines()]
    assert kinds[-2:] == ["testStepStarted", "attachment"]


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)))
def test_a_moment_survives_its_timestamp(moment: datetime) -> None:
    stamp = timestamp(moment.replace(tzinfo=UTC))
    assert 0 <= stamp["nanos"] < 1_000_000_000
    assert abs(stamp["seconds"] + stamp["nanos"] / 1e9 - moment.replace(tzinfo=UTC).timestamp()) < (
        1e-5
    )


@given(st.floats(0, 1e6))
def test_a_duration_survives_too(seconds: float) -> None:
    span = duration(seconds)
    assert 0 <= span["nanos"] < 1_000_000_000
    assert span["seconds"] + span["nanos"] / 1e9 == pytest.approx(seconds, abs=1e-9)


def test_the_record_listens_to_the_hooks_that_are_told() -> None:
    from runthrough.run import hooks

    heard: dict[str, Callable[..., object]] = {
        n: f for n, f in vars(Record).items() if n.startswith("pytest_")
    }
    for name, function in heard.items():
        spec = getattr(hooks, name)
        names = function.__code__.co_varnames[1 : function.__code__.co_argcount]
        assert set(names) <= set(spec.__code__.co_varnames), name
