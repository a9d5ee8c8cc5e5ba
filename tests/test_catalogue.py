"""The labs' lines: every one defined once, none defined for nothing, and few of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from runthrough.lab import Line, Scenario, find_cues, lab_name, read_labs
from runthrough.run.bdd import Definition, definitions

PROJECT = Path(__file__).parent.parent
LABS = read_labs(PROJECT / "features")
LINES = [
    (scenario, line)
    for scenario in LABS.scenarios()
    for line in scenario.lines
    if line.number not in {need.number for need in scenario.prerequisites}  # the plugin's own
]


@pytest.fixture
def defined(request: pytest.FixtureRequest) -> tuple[Definition, ...]:
    return definitions(request.node.parent)


@pytest.mark.parametrize(
    ("scenario", "line"), LINES, ids=[f"{s.path.name}:{line.number}" for s, line in LINES]
)
def test_a_line_has_exactly_one_definition(
    scenario: Scenario, line: Line, defined: tuple[Definition, ...]
) -> None:
    matches = [d.pattern for d in defined if d.matches(line)]
    assert len(matches) == 1, f"{line.text!r} matches {matches}"


def test_no_definition_is_left_over(defined: tuple[Definition, ...]) -> None:
    ours = [d for d in defined if (PROJECT / "steps") in d.path.parents]
    unused = [d.pattern for d in ours if not any(d.matches(line) for _, line in LINES)]
    assert ours
    assert not unused


def test_there_are_fewer_than_sixty_definitions(defined: tuple[Definition, ...]) -> None:
    assert len(defined) <= 60


@pytest.mark.parametrize("scenario", list(LABS.scenarios()), ids=lambda s: s.title)
def test_a_scenario_is_short_and_does_one_thing(scenario: Scenario) -> None:
    assert len(scenario.of_kind("When")) <= 1
    assert 1 <= len(scenario.lines) <= 8
    assert scenario.of_kind("Then"), "nothing to see"


PAGES = [path for path in (PROJECT / "labs").glob("*.md") if path.stem in LABS]


@pytest.mark.parametrize("path", sorted(PAGES), ids=lambda p: p.name)
def test_a_page_shows_its_labs_scenarios_in_their_order(path: Path) -> None:
    cues = [cue.title for cue in find_cues(path.read_text(encoding="utf-8"))]
    shown = [title for title in cues if title.partition(":")[0] not in LABS]  # `lab2: …` is a guest
    titles = [scenario.title for scenario in LABS[lab_name(path)].scenarios]
    assert shown == titles


def test_every_lab_has_a_page() -> None:
    assert {path.stem for path in PAGES} == {lab.name for lab in LABS}


PROGRAMS = sorted((PROJECT / "labs").glob("*/*.py"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_program_of_a_lab_is_run_by_one_of_its_scenarios(path: Path) -> None:
    run = [line.program.path for _, line in LINES if line.program is not None]
    assert run.count(path) >= 1
