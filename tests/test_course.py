"""The order of the labs, and what is said where it cannot be read or is not kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from runthrough.course import disorder, read_course
from runthrough.errors import LabError
from runthrough.lab import find_features, read_labs

LABS = ("ab1", "lab1", "lab2")


@pytest.fixture
def features(tmp_path: Path) -> Path:
    """The folder of three labs."""
    folder = tmp_path / "features"
    folder.mkdir()
    for name in LABS:
        text = "Feature: F\n  Scenario: A\n    Then it is\n"
        (folder / f"{name}_x.feature").write_text(text, encoding="utf-8")
    return folder


def write(features: Path, text: str) -> None:
    path = features.parent / "labs" / "curriculum.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("latin-1"))


def test_labs_come_in_the_order_of_the_course(features: Path) -> None:
    write(features, "labs: [lab2, lab1, ab1]\n")
    assert [lab.name for lab in read_labs(features)] == ["lab2", "lab1", "ab1"]


def test_a_lab_that_the_course_does_not_name_comes_last_by_its_name(features: Path) -> None:
    write(features, "labs: [lab2]\nchapters: []\n")
    assert [path.stem for path in find_features(features)] == ["lab2_x", "ab1_x", "lab1_x"]


@pytest.mark.parametrize("text", [None, "chapters: []\n", "", "labs: []\n"])
def test_without_a_course_labs_come_by_their_names(features: Path, text: str | None) -> None:
    if text is not None:
        write(features, text)
    assert tuple(lab.name for lab in read_labs(features)) == LABS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("labs: lab1\n", r"curriculum\.yaml:1: `labs` is a list of short names"),
        ("labs: [1]\n", "`labs` is a list of short names"),
        ("labs: [lab1, lab2, lab1]\n", "the lab 'lab1' is there twice"),
        ("labs: [lab1\nx: 1\n", r"curriculum\.yaml:2: this is not YAML"),
        ("labs: [l\xe4b1]\n", "this file is not UTF-8"),
    ],
)
def test_a_course_that_cannot_be_read_is_refused(features: Path, text: str, message: str) -> None:
    write(features, text)
    with pytest.raises(LabError, match=message):
        read_course(features)


@pytest.mark.parametrize(
    ("course", "pages", "message"),
    [
        ((), ["lab2", "lab1"], None),
        (("lab1", "lab2"), ["lab1", "lab1", "lab2", "ab1"], None),
        (("lab1", "lab2"), ["lab2"], None),
        (("lab1", "lab2"), ["lab2", "lab1"], "the navigation has 'lab2' before 'lab1'"),
        (("lab1", "lab9"), ["lab1"], "the course names the lab 'lab9', which is not there"),
    ],
)
def test_the_navigation_keeps_the_order_of_the_course(
    course: tuple[str, ...], pages: list[str], message: str | None
) -> None:
    said = disorder(course, labs=LABS, pages=pages)
    assert said is None if message is None else (said or "").startswith(message)
