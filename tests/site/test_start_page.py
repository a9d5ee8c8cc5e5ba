"""The start page tells of each lab what its own page tells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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
