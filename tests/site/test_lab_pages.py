"""The pages of the labs: what the start page tells of them, and how their steps are headed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runthrough.lab import find_cues

LABS = Path(__file__).parent.parent.parent / "labs"
ROWS = re.findall(
    r"^\| \[(?P<title>[^\]]+)\]\((?P<page>\w+\.md)\) .* (?P<minutes>\d+) \|$",
    (LABS / "index.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def test_every_lab_has_a_row() -> None:
    pages = {path.name for path in LABS.glob("*.md")} - {"index.md", "troubleshooting.md"}
    assert {page for _, page, _ in ROWS} == pages


@pytest.mark.parametrize(("title", "page", "minutes"), ROWS)
def test_a_row_has_title_and_minutes_of_the_page(title: str, page: str, minutes: str) -> None:
    text = (LABS / page).read_text(encoding="utf-8")
    assert f"\n# {title}\n" in text
    assert f"\nIt takes about {minutes} minutes" in text


@pytest.mark.parametrize("page", [page for _, page, _ in ROWS])
def test_a_step_stands_below_a_heading_of_its_title(page: str) -> None:
    text = (LABS / page).read_text(encoding="utf-8")
    cues = list(find_cues(text))
    assert cues
    for cue in cues:
        headings = re.findall(r"^##+ (.+)$", text[: cue.start], re.MULTILINE)
        assert headings[-1] == cue.title, f"{page}:{cue.number}"
