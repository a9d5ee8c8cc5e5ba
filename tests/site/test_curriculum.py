from __future__ import annotations

from pathlib import Path

import pytest

from runthrough.errors import LabError
from runthrough.lab import Labs, read_labs
from runthrough.site.curriculum import Curriculum, mistakes, read_curriculum
from runthrough.site.generated import coverage_page
from runthrough.site.pages import Book

FEATURE = """\
Feature: Infrastructure

  @A01
  Scenario: Look around
    Then the compute pool is ready

  @A09 @slow
  Scenario: Clean up
    Then nothing is left
"""
FILE = """\
chapters:
  - title: First things
    steps:
      A01: A look around
      A02:
        title: A step on paper
        reason: it has no screen to look at
"""


@pytest.fixture
def labs(tmp_path: Path) -> Labs:
    (tmp_path / "lab1_infrastructure.feature").write_text(FEATURE, encoding="utf-8")
    return read_labs(tmp_path)


def curriculum(tmp_path: Path, text: str = FILE) -> Curriculum:
    path = tmp_path / "curriculum.yaml"
    path.write_text(text, encoding="utf-8")
    return read_curriculum(path)


def said(found: Curriculum, labs: Labs) -> list[str]:
    return [mistake.message for mistake in mistakes(found, labs)]


def test_a_tag_of_no_step_is_named_at_its_scenario(tmp_path: Path, labs: Labs) -> None:
    found = list(mistakes(curriculum(tmp_path), labs))
    assert [f.message for f in found] == ["the tag @A09 is of no step in curriculum.yaml"]
    assert (found[0].path.name, found[0].line) == ("lab1_infrastructure.feature", 8)


def test_a_step_that_nobody_teaches_is_named_with_its_line(tmp_path: Path, labs: Labs) -> None:
    text = FILE + "      A03: A step forgotten\n      A09: Cleaning up\n"
    found = list(mistakes(curriculum(tmp_path, text), labs))
    assert [(f.message, f.line) for f in found] == [
        ("no scenario has the tag @A03 (A step forgotten), and no reason is given", 8)
    ]


def test_a_step_with_scenario_and_reason_is_refused(tmp_path: Path, labs: Labs) -> None:
    text = FILE + "      A09: {title: Cleaning up, reason: nobody does}\n"
    assert said(curriculum(tmp_path, text), labs) == [
        "A09 has a scenario, 'Clean up', and a reason not to"
    ]


def test_without_the_file_there_is_nothing_to_compare(tmp_path: Path, labs: Labs) -> None:
    found = read_curriculum(tmp_path / "nowhere.yaml")
    assert said(found, labs) == []
    assert "curriculum" not in coverage_page(Book(labs, {}, found), {})


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("chapters: [", "this is not YAML", 1),
        ("steps: {}", "a curriculum is a list of `chapters`", 1),
        ("chapters: [{title: a}]", "a chapter has a `title` and `steps`", 1),
        (FILE + "      A1: Short\n", "'A1' is no id", 1),
        (FILE + "      A03: {title: No reason}\n", "A03 is a title, or", 8),
        (FILE + "      A03: ''\n", "A03 is a title, or", 8),
        (FILE + "      A01: Twice\n", "the step A01 is there twice", 8),
        (
            FILE + "  - title: Again\n    steps:\n      A01: Twice\n",
            "the step A01 is there twice",
            10,
        ),
    ],
)
def test_what_does_not_fit_is_said_with_its_line(
    tmp_path: Path, text: str, message: str, line: int
) -> None:
    with pytest.raises(LabError) as caught:
        curriculum(tmp_path, text)
    assert message in caught.value.message
    assert caught.value.line == line


def test_the_coverage_counts_and_gives_reasons(tmp_path: Path, labs: Labs) -> None:
    page = coverage_page(Book(labs, {}, curriculum(tmp_path)), {})
    assert "1 of 2 steps" in page
    assert "no scenario: it has no screen to look at" in page
