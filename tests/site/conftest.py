"""A small workshop on disk, and the same labs in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from runthrough.lab import read_labs
from runthrough.site.pages import Book
from runthrough.site.samples import read_samples, slug

LAB1 = """\
Feature: Infrastructure

  Scenario: Look around
    When I look at the environment "river"
    Then the compute pool is ready within 5 minutes

  Scenario: Clean up
    When I delete everything
    Then nothing is left
"""

LAB2 = '''\
@flink
Feature: Stream processing

  Scenario: Aggregate the reviews
    Given the step "Look around" of lab "lab1" is complete
    When I submit the statement "aggregate":
      """sql
      CREATE TABLE `T` AS
      SELECT a,\t'<b>' AS "b" -- tab & <script>alert(1)</script>
      FROM bookings WHERE a <> '${AWS_REGION}' AND b <> '${RUN_ID}';
      """
    Then the statement is running
    And the table "T" holds, in any order:
      | name        | stars |
      | <i>Quay</i> | 4.5   |

  @slow
  Scenario: Clean up
    When I stop the statement "aggregate"
    Then the answer reads:
      """text
      STOPPED
      """
'''

PAGES = {
    "index.md": "# Start\n\nGo to [the first step](lab1.md#step-look-around).\n",
    "lab1.md": (
        "# LAB 1\n\n```runthrough\nLook around\n```\n\n"
        "## Clean up\n\n```runthrough\nClean up\n```\n"
    ),
    "lab2.md": (
        "---\ntitle: Streams\n---\n\n# LAB 2: Streams\n\n"
        "```runthrough\nAggregate the reviews\n```\n\n"
        '=== "Console"\n\n    ```runthrough\n    Clean up\n    ```\n'
    ),
}

MKDOCS = """\
site_name: Workshop
docs_dir: labs
theme: {name: material, font: false, features: [content.code.copy]}
plugins: [search, runthrough]
markdown_extensions:
  - admonition
  - pymdownx.superfences
  - pymdownx.tabbed: {alternate_style: true}
  - toc: {permalink: true}
validation:
  omitted_files: warn
  absolute_links: warn
  unrecognized_links: warn
  anchors: warn
"""


@dataclass(frozen=True)
class Project:
    """A workshop in a folder of its own."""

    root: Path

    def page(self, name: str, text: str) -> None:
        (self.root / "labs" / name).write_text(text, encoding="utf-8")

    def sample(self, lab: str, title: str, **more: object) -> Path:
        body = {
            "lab": lab,
            "title": title,
            "target": "emulator",
            "verified_at": "2026-09-27T14:03:22Z",
            "seconds": 3.42,
        }
        path = self.root / "build" / "runthrough" / "samples" / lab / f"{slug(title)}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**body, **more}), encoding="utf-8")
        return path

    def emulated(self, *entries: tuple[str, str, str, str, str]) -> None:
        """Leave a list of what is emulated: group, name, form, state and note of each entry."""
        names = ("group", "name", "form", "state", "note")
        body = [dict(zip(names, entry, strict=True)) for entry in entries]
        self.list.write_text(json.dumps(body), encoding="utf-8")

    def book(self) -> Book:
        return Book(read_labs(self.root / "features"), read_samples(self.samples))

    @property
    def samples(self) -> Path:
        return self.root / "build" / "runthrough" / "samples"

    @property
    def list(self) -> Path:
        return self.root / "build" / "runthrough" / "emulated.json"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two labs, three pages, and a sample of every scenario."""
    return _project(tmp_path)


@pytest.fixture(scope="session")
def shared_book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The same labs and samples, for tests that only read them."""
    return _project(tmp_path_factory.mktemp("book")).book()


@pytest.fixture
def scenario_book(tmp_path: Path) -> Callable[..., Book]:
    """Make a book of one lab, `lab1`, from the lines below `Feature:`."""

    def make(lines: str, **sample: object) -> Book:
        project = Project(tmp_path)
        path = tmp_path / "features" / "lab1.feature"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"Feature: One\n{lines}", encoding="utf-8")
        for scenario in read_labs(path.parent).scenarios():
            project.sample("lab1", scenario.title, **sample)
        return project.book()

    return make


def _project(root: Path) -> Project:
    project = Project(root)
    for folder in ("features", "labs"):
        (root / folder).mkdir()
    (root / "features" / "lab1_infrastructure.feature").write_text(LAB1, encoding="utf-8")
    (root / "features" / "lab2_streams.feature").write_text(LAB2, encoding="utf-8")
    (root / "mkdocs.yml").write_text(MKDOCS, encoding="utf-8")
    for name, text in PAGES.items():
        project.page(name, text)
    for lab, title in (("lab1", "Look around"), ("lab1", "Clean up"), ("lab2", "Clean up")):
        project.sample(lab, title)
    project.sample(
        "lab2", "Aggregate the reviews", columns=["ID", "NOTE"], rows=[["1", "fine"], ["2", None]]
    )
    project.emulated(
        ("Statements", "SELECT", "SELECT … FROM …", "emulated", ""),
        ("Statements", "CREATE AGENT", "", "not emulated", "agents"),
        ("Functions", "PROCTIME", "", "refused as on the cloud", ""),
    )
    return project


@pytest.fixture
def program_book(tmp_path: Path) -> Callable[..., Book]:
    """Make a book of one lab, `lab1`, whose scenario `Talk` runs a program of this text."""

    def make(text: str, **sample: object) -> Book:
        project = Project(tmp_path)
        for path, content in {
            "features/lab1.feature": 'Feature: One\n  Scenario: Talk\n    When I run "talk.py"\n'
            '    Then it prints "a"\n',
            "labs/lab1/talk.py": text,
        }.items():
            (tmp_path / path).parent.mkdir(parents=True)
            (tmp_path / path).write_bytes(content.encode())
        project.sample("lab1", "Talk", **sample)
        return project.book()

    return make
