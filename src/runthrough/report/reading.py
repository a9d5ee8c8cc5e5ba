"""A run's record as data: Cucumber Messages in, frozen dataclasses out.

Only `messages.ndjson` is read. What each attachment's file name means is in the record's own
description (`runthrough.run.record`). A record that ends early, because the run was killed, is
read as far as it goes: what has no end is `unfinished`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from runthrough.errors import RunthroughError
from runthrough.lab import lab_name

UNFINISHED = "unfinished"
"""The status of what the record does not see the end of."""

_STATUS = {"PASSED": "passed", "FAILED": "failed", "SKIPPED": "skipped"}

Message = Mapping[str, Any]


@dataclass(frozen=True)
class ReportedLine:
    """One line of a scenario and how it ended.

    Attributes:
        keyword: as written (`Given`, `And`).
        status: `passed`, `failed`, `skipped` or `unfinished`.
        seconds: how long it took, waiting included.
        message: why it failed or was skipped.
    """

    keyword: str
    text: str
    number: int
    docstring: str | None
    media_type: str
    status: str
    seconds: float
    message: str


@dataclass(frozen=True)
class ReportedScenario:
    """One scenario and how it ended.

    Attributes:
        id: unique in the run, fit for an anchor.
        message: the failure as the reader saw it, the reason of a skip, or `already complete`.
        prerequisites: what was completed for it on the way, one text a step.
        columns, rows: what it showed; None is SQL's NULL.
    """

    id: str
    lab: str
    title: str
    path: str
    number: int
    status: str
    seconds: float
    message: str
    lines: tuple[ReportedLine, ...]
    prerequisites: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()


@dataclass(frozen=True)
class ReportedLab:
    """One feature of the run."""

    name: str
    title: str
    path: str
    scenarios: tuple[ReportedScenario, ...]

    def count(self, status: str) -> int:
        """Return how many of its scenarios have a status."""
        return sum(scenario.status == status for scenario in self.scenarios)


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        seconds: how long it took, or None if the record ends early.
        leftovers: what could not be deleted.
    """

    run_id: str
    target: str
    mode: str
    started_at: datetime
    seconds: float | None
    labs: tuple[ReportedLab, ...]
    leftovers: tuple[str, ...] = ()

    @property
    def scenarios(self) -> tuple[ReportedScenario, ...]:
        """All scenarios, lab by lab."""
        return tuple(scenario for lab in self.labs for scenario in lab.scenarios)

    def count(self, status: str) -> int:
        """Return how many scenarios have a status."""
        return sum(lab.count(status) for lab in self.labs)


@dataclass
class _Messages:
    """The messages of a record, sorted by kind; `steps` and `attachments` by their case."""

    run: Message = field(default_factory=dict)
    run_finished: Message | None = None
    features: dict[str, Message] = field(default_factory=dict)
    nodes: dict[str, Message] = field(default_factory=dict)
    pickles: list[Message] = field(default_factory=list)
    cases: dict[str, Message] = field(default_factory=dict)
    started: dict[str, str] = field(default_factory=dict)
    steps: dict[tuple[str, str], Message] = field(default_factory=dict)
    attachments: dict[str, list[Message]] = field(default_factory=dict)

    def attached(self, started_id: str, file_name: str) -> list[str]:
        """Return the attachments of that name; the empty id stands for the run itself."""
        found = self.attachments.get(started_id, ())
        return [str(a["body"]) for a in found if a.get("fileName") == file_name]

    def last_json(self, started_id: str, file_name: str) -> Any:
        """Return the last JSON attachment of that name, or None."""
        found = self.attached(started_id, file_name)
        return json.loads(found[-1]) if found else None


def read_record(path: Path) -> Run:
    """Read a run's record.

    Raises:
        RunthroughError: there is no record, or it cannot be read, with file and line.
    """
    if not path.is_file():
        raise RunthroughError(f"there is no record of a run: {path} does not exist")
    messages = _sort(path)
    if not messages.run:
        raise RunthroughError(f"{path}: this record ends before its run starts")
    facts = messages.last_json("", "run.json") or {}
    started_at = _moment(messages.run["timestamp"])
    seconds = None
    if messages.run_finished is not None:
        seconds = (_moment(messages.run_finished["timestamp"]) - started_at).total_seconds()
    return Run(
        run_id=messages.run.get("id", ""),
        target=facts.get("target", ""),
        mode=facts.get("mode", ""),
        started_at=started_at,
        seconds=seconds,
        labs=tuple(_labs(messages)),
        leftovers=tuple(messages.last_json("", "leftovers.json") or ()),
    )


def _sort(path: Path) -> _Messages:
    """Read every message; a last line cut short by a crash is left out."""
    text = path.read_text(encoding="utf-8", errors="replace")
    whole, _, _ = text.rpartition("\n")
    messages = _Messages()
    for number, line in enumerate(whole.split("\n"), start=1):
        if not line:
            continue
        try:
            ((kind, body),) = json.loads(line).items()
            _take(messages, kind, body)
        except (AttributeError, KeyError, TypeError, ValueError) as e:
            raise RunthroughError(f"{path}:{number}: this is no message: {e}") from e
    return messages


def _take(messages: _Messages, kind: str, body: Any) -> None:
    match kind:
        case "gherkinDocument":
            messages.features[body["uri"]] = body["feature"]
            messages.nodes |= {node["id"]: node for node in _nodes(body["feature"])}
        case "pickle":
            messages.pickles.append(body)
        case "testRunStarted":
            messages.run = body
        case "testRunFinished":
            messages.run_finished = body
        case "testCase":
            messages.cases[body["pickleId"]] = body
        case "testCaseStarted":
            messages.started[body["testCaseId"]] = body["id"]
        case "testStepFinished":
            messages.steps[body["testCaseStartedId"], body["testStepId"]] = body["testStepResult"]
        case "attachment":
            messages.attachments.setdefault(body.get("testCaseStartedId", ""), []).append(body)


def _nodes(feature: Message) -> Iterator[Message]:
    """Yield every scenario and every step of a feature's tree."""
    for child in feature["children"]:
        for holder in (child, *child.get("rule", {}).get("children", ())):
            node = holder.get("scenario") or holder.get("background")
            if node:
                yield node
                yield from node["steps"]


def _labs(messages: _Messages) -> Iterator[ReportedLab]:
    for uri, feature in messages.features.items():
        pickles = [pickle for pickle in messages.pickles if pickle["uri"] == uri]
        scenarios = tuple(_scenario(messages, pickle) for pickle in pickles)
        yield ReportedLab(lab_name(Path(uri)), feature["name"], uri, scenarios)


def _scenario(messages: _Messages, pickle: Message) -> ReportedScenario:
    case = messages.cases.get(pickle["id"], {})
    started_id = messages.started.get(case.get("id", ""), "")
    outcome = (started_id and messages.last_json(started_id, "outcome.json")) or {}
    shown = (started_id and messages.last_json(started_id, "shown.json")) or {}
    step_ids = {s["pickleStepId"]: s["id"] for s in case.get("testSteps", ())}
    return ReportedScenario(
        id=f"scenario-{pickle['id']}",
        lab=lab_name(Path(pickle["uri"])),
        title=pickle["name"],
        path=pickle["uri"],
        number=messages.nodes[pickle["astNodeIds"][0]]["location"]["line"],
        status=outcome.get("status", UNFINISHED),
        seconds=outcome.get("seconds", 0.0),
        message=outcome.get("message", ""),
        lines=tuple(
            _line(messages, step, messages.steps.get((started_id, step_ids.get(step["id"], ""))))
            for step in pickle["steps"]
        ),
        prerequisites=tuple(messages.attached(started_id, "prerequisite.txt"))
        if started_id
        else (),
        columns=tuple(shown.get("columns", ())),
        rows=tuple(tuple(row) for row in shown.get("rows", ())),
    )


def _line(messages: _Messages, step: Message, result: Message | None) -> ReportedLine:
    node = messages.nodes[step["astNodeIds"][0]]
    docstring = step.get("argument", {}).get("docString", {})
    result = result or {}
    span = result.get("duration", {"seconds": 0, "nanos": 0})
    return ReportedLine(
        keyword=node["keyword"].strip(),
        text=step["text"],
        number=node["location"]["line"],
        docstring=docstring.get("content"),
        media_type=docstring.get("mediaType", ""),
        status=_STATUS.get(result.get("status", ""), UNFINISHED),
        seconds=span["seconds"] + span["nanos"] / 1e9,
        message=result.get("message", ""),
    )


def _moment(stamp: Message) -> datetime:
    span = timedelta(seconds=stamp["seconds"], microseconds=stamp["nanos"] // 1000)
    return datetime(1970, 1, 1, tzinfo=UTC) + span
