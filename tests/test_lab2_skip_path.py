"""LAB 2 without Bedrock: the page's skip leads to a step, and that step needs no model."""

from __future__ import annotations

import re
from pathlib import Path

from runthrough.lab import Scenario, read_labs

PROJECT = Path(__file__).parent.parent
LABS = read_labs(PROJECT / "features")
PAGE = (PROJECT / "labs" / "lab2.md").read_text(encoding="utf-8")
LAKE = "Step 8: Store the streams in a lake"


def needs(scenario: Scenario) -> set[Scenario]:
    """Return a scenario and all that has to be complete before it."""
    found = {scenario}
    for need in scenario.prerequisites:
        other = LABS.find(need.lab, need.title)
        assert other is not None
        found |= needs(other)
    return found


def step(title: str) -> list[Scenario]:
    """Return the scenarios that one step of the page shows."""
    text = PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    shown = re.findall(r"```runthrough\n(.+)\n```", text)
    return [s for s in LABS["lab2"].scenarios if s.title in shown]


def test_the_skip_leads_to_the_lake() -> None:
    anchor = re.sub(r"[^\w-]", "", LAKE.lower().replace(" ", "-"))
    assert f"](#{anchor})" in PAGE
    assert f"\n## {LAKE}\n" in PAGE


def test_the_lake_needs_no_model() -> None:
    lake = step(LAKE)
    assert len(lake) == 6
    needed = set().union(*(needs(scenario) for scenario in lake))
    assert [s.title for s in needed if "bedrock" in s.tags] == []


def test_the_summaries_do_need_one() -> None:
    summaries = step("Step 6: Let the model write")
    assert all(any("bedrock" in n.tags for n in needs(s)) for s in summaries)
