"""The project's own files as an editor of Windows saves them: read as if nothing had happened."""

from __future__ import annotations

import shutil
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from runthrough.emulator.faults.rules import read_rules
from runthrough.emulator.world import read_world
from runthrough.errors import EmulatorError, LabError
from runthrough.lab import Line, Scenario, read_labs
from runthrough.run.troubles import troubles_beside
from runthrough.site.curriculum import read_curriculum

PROJECT = Path(__file__).parent.parent
TEXTS = {".feature", ".md", ".py", ".yaml", ".tf", ".tfvars"}


def saved_on_windows(text: str) -> bytes:
    return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of features and labs with a byte-order mark and Windows line endings throughout."""
    folder = tmp_path_factory.mktemp("windows")
    for name in ("features", "labs"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns(".*"))
    for path in folder.rglob("*"):
        if path.suffix in TEXTS:
            path.write_bytes(saved_on_windows(path.read_text(encoding="utf-8")))
    return folder


def placeless(scenario: Scenario, folder: Path) -> Scenario:
    def moved(line: Line) -> Line:
        if line.program is None:
            return line
        path = line.program.path.relative_to(folder)
        return replace(line, program=replace(line.program, path=path))

    lines = tuple(moved(line) for line in scenario.lines)
    return replace(scenario, path=scenario.path.relative_to(folder), lines=lines)


def test_features_and_programs_are_the_same(windows: Path) -> None:
    ours = [placeless(s, PROJECT) for s in read_labs(PROJECT / "features").scenarios()]
    theirs = [placeless(s, windows) for s in read_labs(windows / "features").scenarios()]
    assert theirs == ours
    assert any(line.program for scenario in ours for line in scenario.lines)


def test_the_page_of_troubles_is_the_same(windows: Path) -> None:
    ours = list(troubles_beside(PROJECT / "features"))
    assert [t.title for t in troubles_beside(windows / "features")] == [t.title for t in ours]
    assert ours


def test_the_curriculum_is_the_same(windows: Path) -> None:
    name = "labs/curriculum.yaml"
    assert read_curriculum(windows / name).chapters == read_curriculum(PROJECT / name).chapters


def test_a_world_is_the_same(tmp_path: Path) -> None:
    shipped = resources.files("runthrough.emulator") / "worlds" / "default.yaml"
    path = tmp_path / "mine.yaml"
    path.write_bytes(saved_on_windows(shipped.read_text(encoding="utf-8")))
    assert read_world(path) == read_world("default")


def test_a_file_of_faults_is_the_same(tmp_path: Path) -> None:
    text = "faults:\n  - match: {route: '/subjects'}\n    cut: connection\n"
    plain, path = tmp_path / "plain.yaml", tmp_path / "faults.yaml"
    plain.write_text(text, encoding="utf-8")
    path.write_bytes(saved_on_windows(text))
    assert read_rules(path) == read_rules(plain)


def test_what_is_not_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("regions: []\n", encoding="utf-16")
    with pytest.raises(EmulatorError, match=r"mine\.yaml cannot be read"):
        read_world(path)
    with pytest.raises(LabError, match=r"mine\.yaml:1: this file is not UTF-8"):
        read_curriculum(path)
