"""The curriculum: every step the workshops teach, by an id, and who teaches it here.

A YAML file lists the steps; a scenario says by a tag (`@A07`) which of them it is. A step has a
scenario, or the file says why it has none: a build with a step in between is refused, and so is a
tag that the file does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runthrough.course import read_yaml
from runthrough.errors import LabError
from runthrough.lab import Labs, Scenario

ID = re.compile(r"[A-Z]\d{2}")
"""What an id looks like, and a tag that names one."""


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        title: what it is about, in a few words.
        reason: why no scenario carries it out; "" = one does.
        line: of the file, for messages.
    """

    id: str
    title: str
    reason: str
    line: int


@dataclass(frozen=True)
class Chapter:
    """Steps that belong together."""

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Curriculum:
    """All chapters of a file, in its order."""

    path: Path
    chapters: tuple[Chapter, ...] = ()

    def steps(self) -> Iterator[Step]:
        """Yield every step."""
        for chapter in self.chapters:
            yield from chapter.steps


NO_CURRICULUM = Curriculum(Path("curriculum.yaml"))
"""What a workshop without such a file has."""


def read_curriculum(path: Path) -> Curriculum:
    """Read a curriculum; a file that is not there, or only orders the labs, has no chapters.

    Its form: `labs`, of which `course.py` tells, and `chapters`, a list of `title` and `steps`; a
    step is an id with a title, or with a `title` and a `reason`.

    Raises:
        LabError: it is not UTF-8 or not YAML, has another form, or an id twice.
    """
    if not path.exists():
        return Curriculum(path)
    value = read_yaml(path)
    lines: dict[str, int] = {}
    # a map of YAML keeps the last of two and says nothing
    for number, name in _ids(path.read_text(encoding="utf-8-sig")):
        if name in lines:
            raise LabError(f"the step {name} is there twice", path=path, line=number)
        lines[name] = number
    if isinstance(value, dict) and set(value) == {"labs"}:
        return Curriculum(path)
    if not isinstance(value, dict) or not isinstance(value.get("chapters"), list):
        raise LabError("a curriculum is a list of `chapters`", path=path, line=1)
    chapters = tuple(_chapter(one, path, lines) for one in value["chapters"])
    return Curriculum(path, chapters)


def mistakes(curriculum: Curriculum, labs: Labs) -> Iterator[LabError]:
    """Yield what does not fit between a curriculum and the labs: steps nobody teaches, or twice."""
    if not curriculum.chapters:
        return
    taught = scenarios_by_id(labs)
    for step in curriculum.steps():
        if step.id not in taught and not step.reason:
            message = f"no scenario has the tag @{step.id} ({step.title}), and no reason is given"
            yield LabError(message, path=curriculum.path, line=step.line)
        if step.id in taught and step.reason:
            message = f"{step.id} has a scenario, {taught[step.id][0].title!r}, and a reason not to"
            yield LabError(message, path=curriculum.path, line=step.line)
    known = {step.id for step in curriculum.steps()}
    for name, scenarios in taught.items():
        if name not in known:
            first = scenarios[0]
            message = f"the tag @{name} is of no step in {curriculum.path.name}"
            yield LabError(message, path=first.path, line=first.number)


def scenarios_by_id(labs: Labs) -> Mapping[str, list[Scenario]]:
    """Return the scenarios that teach each step, by its id."""
    taught: dict[str, list[Scenario]] = {}
    for scenario in labs.scenarios():
        for tag in scenario.tags:
            if ID.fullmatch(tag):
                taught.setdefault(tag, []).append(scenario)
    return taught


def _ids(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        found = re.match(r"\s*([A-Z]\d{2}):", line)
        if found:
            yield number, found[1]


def _chapter(value: Any, path: Path, lines: Mapping[str, int]) -> Chapter:
    if not isinstance(value, dict) or set(value) != {"title", "steps"}:
        raise LabError("a chapter has a `title` and `steps`", path=path, line=1)
    if not isinstance(value["steps"], dict):
        raise LabError(f"the steps of {value['title']!r} are no map of ids", path=path, line=1)
    steps = (_step(name, step, path, lines) for name, step in value["steps"].items())
    return Chapter(str(value["title"]), tuple(steps))


def _step(name: Any, value: Any, path: Path, lines: Mapping[str, int]) -> Step:
    line = lines.get(str(name), 1)
    if not isinstance(name, str) or not ID.fullmatch(name):
        raise LabError(f"{name!r} is no id: a letter and two digits", path=path, line=line)
    if isinstance(value, str) and value.strip():
        return Step(name, value.strip(), "", line)
    form = isinstance(value, dict) and set(value) == {"title", "reason"}
    if not form or not all(isinstance(v, str) and v.strip() for v in value.values()):
        raise LabError(f"{name} is a title, or a `title` and a `reason`", path=path, line=line)
    return Step(name, value["title"].strip(), value["reason"].strip(), line)
