"""What the lines about a program say when they do not hold; which files may be run at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from runthrough.errors import LabError, StepError
from runthrough.lab import read_lab
from runthrough.run.programs import Ran
from steps import programs

WELL = Ran("talk.py", "start\ndelta\ndelta\nstop\n", "")
BADLY = Ran("talk.py", "start\n", "ValueError: no\nreally")


def test_words_that_are_not_printed_are_met_with_what_is() -> None:
    programs.print_words(WELL, "elt")
    with pytest.raises(AssertionError, match="it prints: start"):
        programs.print_words(WELL, "nope")


def test_lines_stand_in_order_with_others_between() -> None:
    programs.print_lines(WELL, "start\nstop")
    programs.print_lines(WELL, "delta\ndelta")
    for wrong in ("stop\nstart", "delta\ndelta\ndelta", "star"):
        with pytest.raises(AssertionError, match=r"no line '.*' \(any more\) in: start"):
            programs.print_lines(WELL, wrong)


def test_a_program_that_ended_badly_prints_nothing_that_counts() -> None:
    with pytest.raises(StepError, match=r"talk\.py ended with: ValueError: no"):
        programs.print_words(BADLY, "start")


def test_an_error_is_the_expected_one_or_is_told() -> None:
    programs.end_with_error(BADLY, "really")
    with pytest.raises(AssertionError, match="it ends with: ValueError"):
        programs.end_with_error(BADLY, "KeyError")
    with pytest.raises(AssertionError, match=r"talk\.py ended well and printed: start"):
        programs.end_with_error(WELL, "ValueError")


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    """A lab with one program, one outside of its folder, and a link to that."""
    (tmp_path / "labs" / "lab1" / "deep").mkdir(parents=True)
    for name in ("labs/lab1/talk.py", "labs/lab1/deep/talk.py", "labs/other.py", "steps.py"):
        (tmp_path / name).write_text("print(1)\n", encoding="utf-8")
    (tmp_path / "labs" / "lab1" / "linked.py").symlink_to(tmp_path / "steps.py")
    (tmp_path / "labs" / "lab1" / "latin.py").write_bytes(b"# \xe9\n")
    return tmp_path


def line_of(workshop: Path, sentence: str) -> object:
    feature = workshop / "features" / "lab1_talk.feature"
    feature.parent.mkdir(exist_ok=True)
    feature.write_text(f"Feature: F\n  Scenario: S\n    When {sentence}\n", encoding="utf-8")
    return read_lab(feature).scenarios[0].lines[0].program


def test_a_file_of_the_labs_own_folder_may_be_run(workshop: Path) -> None:
    program = line_of(workshop, 'I run "talk.py"')
    assert program is not None
    assert program.path == workshop / "labs" / "lab1" / "talk.py"  # type: ignore[attr-defined]
    assert program.text == "print(1)\n"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "name",
    [
        *("../other.py", "../../steps.py", "deep/talk.py", "/etc/passwd", "C:talk.py"),
        *("talk.py --all", "talk.py;ls", "$(ls).py", "-c.py", ".talk.py", "talk", "Talk.py", ""),
        *("deep\\talk.py", "talk.py\x00", "tälk.py"),
    ],
)
def test_nothing_but_a_plain_name_may_be_run(workshop: Path, name: str) -> None:
    with pytest.raises(LabError, match=r"lab1_talk\.feature:3: .* cannot be run: a line runs"):
        line_of(workshop, f'I run "{name}"')


def test_a_link_that_leads_out_of_the_folder_is_not_run(workshop: Path) -> None:
    with pytest.raises(LabError, match=r":3: labs/lab1/linked\.py is a link to another place"):
        line_of(workshop, 'I run "linked.py"')


def test_a_file_that_is_not_there_is_found_when_the_feature_is_read(workshop: Path) -> None:
    with pytest.raises(LabError, match=r":3: there is no labs/lab1/nope\.py to run"):
        line_of(workshop, 'I run "nope.py"')


def test_a_file_that_is_not_utf_8_is_refused(workshop: Path) -> None:
    with pytest.raises(LabError, match=r":3: labs/lab1/latin\.py is not UTF-8"):
        line_of(workshop, 'I run "latin.py"')


def test_a_doc_string_is_never_run(workshop: Path) -> None:
    assert line_of(workshop, 'I run "talk.py":') is None
