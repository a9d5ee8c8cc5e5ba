"""Features and pages as data: text in, frozen dataclasses out, every mistake with file and line.

A lab is one `features/<lab>.feature`; its short name is the file name up to the first underscore
(`lab2_stream_processing.feature` is `lab2`). Nothing here knows pytest, MkDocs or a service.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from gherkin.errors import CompositeParserException, ParserError
from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler

from runthrough.course import read_course
from runthrough.errors import LabError

Kind = Literal["Given", "When", "Then"]

_KINDS: Mapping[str, Kind] = {"Context": "Given", "Action": "When", "Outcome": "Then"}
_WITHIN = re.compile(r"^(?P<sentence>.+?) within (?P<count>\d+) (?P<unit>second|minute)s?$")
_PREREQUISITE = re.compile(
    r'^the step "(?P<title>[^"]+)"(?: of lab "(?P<lab>[^"]+)")? is complete$'
)
_FENCE = re.compile(
    r"^(?P<indent>[ \t]*)```runthrough[^\n]*\n(?P<title>.*?)\n?(?P=indent)```[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_RUNS = re.compile(r'^I run "(?P<name>[^"]*)"(?: and answer "(?P<answer>[^"]*)")?$')
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]*\.py")
VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}")
"""A `${NAME}` in a doc string or table: a setting, or a result of an earlier line."""


@dataclass(frozen=True)
class Program:
    """A Python file of a lab, which a line runs and a page shows: `labs/<lab>/<name>`."""

    path: Path
    text: str


@dataclass(frozen=True)
class Line:
    """One Given, When or Then line, as written (`And` and `But` take the kind before them).

    Attributes:
        text: the line without its keyword.
        sentence: the text without a trailing `within 5 minutes`; step definitions match this.
        within: that limit in seconds, or None for the target's default.
        docstring: the doc string's content, and its media type (`sql`, `text`).
        table: the rows of its table, header first.
        program: the file of a line that says `I run "talk.py"`.
        answer: what the program reads at its prompt, of a line that goes on `and answer "y"`.
    """

    kind: Kind
    text: str
    number: int
    docstring: str | None = None
    media_type: str = ""
    table: tuple[tuple[str, ...], ...] = ()
    program: Program | None = None
    answer: str = ""

    @property
    def sentence(self) -> str:
        """The text without a trailing limit: what step definitions match."""
        match = _WITHIN.match(self.text)
        return match["sentence"] if match else self.text

    @property
    def within(self) -> float | None:
        """The line's own limit in seconds, or None for the default."""
        match = _WITHIN.match(self.text)
        if match is None:
            return None
        return float(match["count"]) * (60 if match["unit"] == "minute" else 1)


@dataclass(frozen=True)
class Prerequisite:
    """A `Given the step "…" [of lab "…"] is complete` line."""

    lab: str
    title: str
    number: int


@dataclass(frozen=True)
class Scenario:
    """One step of a lab as the reader meets it, background lines included."""

    lab: str
    title: str
    path: Path
    number: int
    lines: tuple[Line, ...]
    tags: tuple[str, ...] = ()
    rule: str = ""
    description: str = ""

    def of_kind(self, kind: Kind) -> tuple[Line, ...]:
        """Return the lines of one kind, in order."""
        return tuple(line for line in self.lines if line.kind == kind)

    @property
    def prerequisites(self) -> tuple[Prerequisite, ...]:
        """The scenarios that must be complete before this one, in the order of its lines."""
        return tuple(
            Prerequisite(match["lab"] or self.lab, match["title"], line.number)
            for line in self.of_kind("Given")
            if (match := _PREREQUISITE.match(line.sentence))
        )


@dataclass(frozen=True)
class Lab:
    """One feature file."""

    name: str
    title: str
    path: Path
    description: str
    tags: tuple[str, ...]
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True)
class Cue:
    """A `runthrough` fence on a page: where it stands and the scenario it shows."""

    start: int
    end: int
    number: int
    indent: str
    title: str


class Labs:
    """All labs of a project, with every reference between them checked.

    Raises:
        LabError: a name taken twice, an unknown prerequisite or a cycle, with file and line.
    """

    def __init__(self, labs: Iterable[Lab]) -> None:
        self._labs: dict[str, Lab] = {}
        for lab in labs:
            if lab.name in self._labs:
                other = self._labs[lab.name].path
                raise LabError(f"the lab {lab.name!r} is also {other.name}", path=lab.path, line=1)
            self._labs[lab.name] = lab
        for scenario in self.scenarios():
            self._check(scenario)

    def __iter__(self) -> Iterator[Lab]:
        return iter(self._labs.values())

    def __getitem__(self, name: str) -> Lab:
        return self._labs[name]

    def __contains__(self, name: object) -> bool:
        return name in self._labs

    def scenarios(self) -> Iterator[Scenario]:
        """Yield every scenario, lab by lab, in the order a reader meets them."""
        for lab in self:
            yield from lab.scenarios

    def find(self, lab: str, title: str) -> Scenario | None:
        """Return the scenario of that title in that lab, or None."""
        scenarios = self._labs[lab].scenarios if lab in self._labs else ()
        return next((s for s in scenarios if s.title == title), None)

    def _check(self, start: Scenario) -> None:
        """Walk what `start` needs, depth first; a scenario met on its own path closes a cycle."""
        done: set[tuple[str, str]] = set()

        def walk(scenario: Scenario, path: tuple[tuple[str, str], ...]) -> None:
            for need in scenario.prerequisites:
                found = self.find(need.lab, need.title)
                if found is None:
                    where = "" if need.lab == scenario.lab else f" in lab {need.lab!r}"
                    message = f"no scenario is named {need.title!r}{where}"
                    raise LabError(message, path=scenario.path, line=need.number)
                key = (found.lab, found.title)
                if key in path:
                    circle = " → ".join(title for _, title in (*path[path.index(key) :], key))
                    message = f"these steps wait for each other: {circle}"
                    raise LabError(message, path=scenario.path, line=need.number)
                if key not in done:
                    walk(found, (*path, key))
                    done.add(key)

        walk(start, ((start.lab, start.title),))


def read_labs(folder: Path) -> Labs:
    """Read every `*.feature` below a folder. Raises LabError with file and line."""
    return Labs(read_lab(path) for path in find_features(folder))


def find_features(folder: Path) -> tuple[Path, ...]:
    """Return every `*.feature` below a folder in the order of the course (see `course.py`).

    Labs that the course does not name come last, by their names. Raises LabError for a course that
    cannot be read.
    """
    course = {name: place for place, name in enumerate(read_course(folder))}
    return tuple(
        sorted(
            folder.rglob("*.feature"),
            key=lambda path: (course.get(lab_name(path), len(course)), path),
        )
    )


def read_lab(path: Path) -> Lab:
    """Read one feature file.

    Raises:
        LabError: not Gherkin, no feature, two scenarios of one title, or a program that is not
            there or may not be run, with file and line.
    """
    document = parse_feature(path)
    feature = document["feature"]
    name = lab_name(path)
    nodes = {node["id"]: (node, rule) for node, rule in _scenario_nodes(feature)}
    steps = {step["id"]: step for step in _step_nodes(feature)}
    scenarios: dict[str, Scenario] = {}
    pickles: list[Any] = list(Compiler().compile(cast(Any, {**document, "uri": str(path)})))
    for pickle in pickles:
        node, rule = nodes[pickle["astNodeIds"][0]]
        number, title = node["location"]["line"], pickle["name"]
        if not title:
            raise LabError("a scenario has no title", path=path, line=number)
        if title in scenarios:
            first = scenarios[title].number
            message = f"{title!r} is also the title of the scenario at line {first}"
            raise LabError(message, path=path, line=number)
        scenarios[title] = Scenario(
            lab=name,
            title=title,
            path=path,
            number=number,
            lines=tuple(
                _line(step, steps[step["astNodeIds"][0]], path) for step in pickle["steps"]
            ),
            tags=tuple(tag["name"].removeprefix("@") for tag in pickle["tags"]),
            rule=rule,
            description=_dedent(node["description"]),
        )
    return Lab(
        name=name,
        title=feature["name"],
        path=path,
        description=_dedent(feature["description"]),
        tags=tuple(tag["name"].removeprefix("@") for tag in feature["tags"]),
        scenarios=tuple(scenarios.values()),
    )


def lab_name(path: Path) -> str:
    """Return the short name of a feature file's lab: `lab2` for `lab2_stream_processing`."""
    return path.stem.split("_", 1)[0]


def parse_feature(path: Path) -> dict[str, Any]:
    """Return a feature's Gherkin document. Raises LabError for what is not Gherkin."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # as some editors of Windows save
    except UnicodeDecodeError as e:
        raise LabError("this file is not UTF-8", path=path, line=1) from e
    try:
        document = cast(dict[str, Any], Parser().parse(text))
    except CompositeParserException as e:
        first = e.errors[0]
        raise LabError(_plain(first), path=path, line=first.location["line"]) from e
    except ParserError as e:
        raise LabError(_plain(e), path=path, line=1) from e
    if not document.get("feature"):
        raise LabError("there is no Feature in this file", path=path, line=1)
    return document


def read_program(name: str, *, feature: Path, number: int) -> Program:
    """Read the file that a line of a feature runs.

    A line names a file of its own lab's folder, `labs/<lab>/`, which lies beside the folder of the
    features, and nothing else: no path, no link that leads out of that folder, no arguments.

    Args:
        name: the file, as the line names it.
        feature: the feature's file.
        number: the line, for messages.

    Raises:
        LabError: the name is not plain, there is no such file, or it is not UTF-8.
    """
    folder = feature.absolute().parent.parent / "labs" / lab_name(feature)
    path = folder / name
    shown = f"labs/{folder.name}/{name}"
    if not _PLAIN_NAME.fullmatch(name):
        message = (
            f"{name!r} cannot be run: a line runs a file of labs/{folder.name}/ by its plain name, "
            "like talk.py (a small letter, then small letters, digits and _)"
        )
        raise LabError(message, path=feature, line=number)
    if not path.is_file():
        raise LabError(f"there is no {shown} to run", path=feature, line=number)
    if path.resolve() != folder.resolve() / name:
        message = f"{shown} is a link to another place, so it cannot be run"
        raise LabError(message, path=feature, line=number)
    try:
        return Program(path, path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as e:
        raise LabError(f"{shown} is not UTF-8", path=feature, line=number) from e


def find_cues(text: str) -> Iterator[Cue]:
    """Yield the `runthrough` fences of a page, in the order a reader meets them."""
    for match in _FENCE.finditer(text):
        number = text.count("\n", 0, match.start()) + 1
        yield Cue(match.start(), match.end(), number, match["indent"], match["title"].strip())


def _scenario_nodes(feature: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for child in feature["children"]:
        if "scenario" in child:
            yield child["scenario"], ""
        for inner in child.get("rule", {}).get("children", ()):
            if "scenario" in inner:
                yield inner["scenario"], child["rule"]["name"]


def _step_nodes(feature: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for child in feature["children"]:
        for holder in (child, *child.get("rule", {}).get("children", ())):
            node = holder.get("scenario") or holder.get("background")
            yield from node["steps"] if node else ()


def _line(pickle_step: dict[str, Any], node: dict[str, Any], path: Path) -> Line:
    argument = pickle_step.get("argument", {})
    docstring, table = argument.get("docString"), argument.get("dataTable")
    number = node["location"]["line"]
    runs = _RUNS.match(pickle_step["text"])
    return Line(
        kind=_KINDS.get(pickle_step["type"], "Given"),
        text=pickle_step["text"],
        number=number,
        docstring=docstring["content"] if docstring else None,
        media_type=docstring.get("mediaType", "") if docstring else "",
        table=tuple(tuple(c["value"] for c in row["cells"]) for row in table["rows"])
        if table
        else (),
        program=read_program(runs["name"], feature=path, number=number) if runs else None,
        answer=(runs["answer"] or "") if runs else "",
    )


def _dedent(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines()).strip()


def _plain(error: Exception) -> str:
    """Return a parser's complaint without its own `(line:column): ` prefix."""
    return re.sub(r"^\(\d+:\d+\): ", "", str(error).splitlines()[-1])
