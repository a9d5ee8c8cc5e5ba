"""Labs by name, and what is said of what goes wrong before the first scenario."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runthrough.errors import SettingsError
from runthrough.run.command import files_of, run_labs
from tests.waiting import COMMAND_SECONDS

RUN = """
import sys
from rich.console import Console
from runthrough.report.terminal import Progress
from runthrough.run.command import run_labs
sys.exit(run_labs((), pytest_args=sys.argv[1:], listeners=[Progress(Console())]))
"""


@pytest.fixture
def features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "features"
    folder.mkdir()
    for name in ("lab2_streams", "lab1_start"):
        (folder / f"{name}.feature").write_text("Feature: F\n  Scenario: A\n    Then it is\n")
    return folder


def run(*arguments: str, steps: str = "") -> subprocess.CompletedProcess[str]:
    Path("conftest.py").write_text(steps)
    return subprocess.run(
        [sys.executable, "-c", RUN, "-p", "no:cacheprovider", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )


STEPS = """
from pytest_bdd import then
@then("it is")
def it_is():
    print("said by a step")
"""


def test_all_labs_are_found_and_named_ones_in_the_order_of_their_names(features: Path) -> None:
    assert [p.name for p in files_of(())] == ["lab1_start.feature", "lab2_streams.feature"]
    assert [p.name for p in files_of(("lab2", "lab1", "lab2"))] == [
        "lab2_streams.feature",
        "lab1_start.feature",
    ]


def test_all_labs_come_in_the_order_of_the_course(features: Path) -> None:
    course = features.parent / "labs" / "curriculum.yaml"
    course.parent.mkdir()
    course.write_text("labs: [lab2, lab1]\n", encoding="utf-8")
    assert [p.name for p in files_of(())] == ["lab2_streams.feature", "lab1_start.feature"]
    for path in features.iterdir():
        text = path.read_text(encoding="utf-8").replace("Scenario: A", f"Scenario: {path.stem}")
        path.write_text(text, encoding="utf-8")
    done = run(steps=STEPS)
    assert done.stdout.index("lab2_streams") < done.stdout.index("lab1_start")


def test_an_unknown_lab_is_refused_with_the_known_ones(features: Path) -> None:
    with pytest.raises(SettingsError, match=r"no lab 'lab9', 'x'; the labs here are lab1, lab2"):
        run_labs(("lab9", "lab1", "x"), pytest_args=[], listeners=[])


def test_a_folder_without_labs_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="no folder features/ here"):
        files_of(())
    Path("features").mkdir()
    with pytest.raises(SettingsError, match=r"no lab in features/ \(no \.feature file\)"):
        files_of(())


def test_the_listeners_tell_the_run_and_pytest_is_silent(features: Path) -> None:
    done = run(steps=STEPS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("✓ A") == 2
    assert "2 passed, 0 failed, 0 skipped in" in done.stdout
    for stranger in ("said by a step", "test session starts", "collected", "\x1b"):
        assert stranger not in done.stdout + done.stderr
    assert done.stderr == ""
    assert 'name="A"' in Path("build/runthrough/junit.xml").read_text(encoding="utf-8")


def test_a_line_nobody_defined_is_told_by_its_place(features: Path) -> None:
    done = run()
    assert done.returncode == 2
    place = "features/lab1_start.feature:3: no step definition matches: Then it is"
    assert place in done.stderr.splitlines()
    assert "Traceback" not in done.stderr


def test_what_is_not_gherkin_is_told_by_its_place(features: Path) -> None:
    (features / "lab1_start.feature").write_text(
        "Feature: F\n  Scenario: A\n    Then it is\n  What?\n"
    )
    done = run(steps=STEPS)
    assert done.returncode == 2
    assert "features/lab1_start.feature:4: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_selection_of_nothing_says_so(features: Path) -> None:
    done = run("-k", "nobody", steps=STEPS)
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert done.stderr == "no scenario was run: none is selected\n"


def test_a_failure_outside_of_the_scenarios_is_not_lost(features: Path) -> None:
    broken = (
        "import pytest\n@pytest.fixture(autouse=True)\ndef broken():\n    raise OSError('disk')\n"
    )
    done = run(steps=STEPS + broken)
    assert done.returncode == 1
    assert "OSError: disk" in done.stderr
