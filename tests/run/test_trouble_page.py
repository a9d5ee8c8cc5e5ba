"""The page on troubleshooting, held against what its scenarios see when they run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from runthrough.lab import Scenario, read_labs
from runthrough.run.samples import slug
from runthrough.run.troubles import Trouble, troubles_beside

PROJECT = Path(__file__).parent.parent.parent
LABS = read_labs(PROJECT / "features")
TROUBLES = troubles_beside(PROJECT / "features")


def scenario(cue: str) -> Scenario:
    """Return what a fence names: a scenario of the page's own lab, or `lab2: Title`."""
    lab, colon, title = cue.partition(": ")
    found = LABS.find(lab, title) if colon and lab in LABS else LABS.find("troubleshooting", cue)
    assert found is not None, f"no scenario is named {cue!r}"
    return found


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the first scenario of each entry saw in a run of its own, by entry."""
    folder = tmp_path_factory.mktemp("rehearsal")
    for name in ("features", "labs", "steps", "conftest.py", "pyproject.toml"):
        (folder / name).symlink_to(PROJECT / name)
    firsts = {trouble.title: scenario(trouble.scenarios[0]) for trouble in TROUBLES}
    ids = [f"features/{first.path.name}::{first.title}" for first in firsts.values()]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *ids],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    samples = folder / "build" / "runthrough" / "samples"
    return {title: _sample(samples, first) for title, first in firsts.items()}


def _sample(samples: Path, first: Scenario) -> str:
    body = json.loads((samples / first.lab / f"{slug(first.title)}.json").read_text("utf-8"))
    return "\n".join(str(value) for row in body["rows"] for value in row)


@pytest.mark.slow
@pytest.mark.parametrize("trouble", list(TROUBLES), ids=lambda trouble: trouble.anchor)
def test_the_message_of_a_trouble_leads_to_its_own_entry(
    trouble: Trouble, seen: dict[str, str]
) -> None:
    message = seen[trouble.title]
    found = TROUBLES.find(message)
    assert found is not None, f"nothing on the page fits: {message}"
    assert found.title == trouble.title, f"{found.title!r} fits better: {message}"


def test_the_page_has_the_troubles_of_a_workshop() -> None:
    assert len(list(TROUBLES)) >= 35


def test_every_scenario_of_the_page_belongs_to_an_entry() -> None:
    named = {(s.lab, s.title) for trouble in TROUBLES for s in map(scenario, trouble.scenarios)}
    own = LABS["troubleshooting"].scenarios
    assert {(one.lab, one.title) for one in own} <= named


@pytest.mark.parametrize("trouble", list(TROUBLES), ids=lambda trouble: trouble.anchor)
def test_a_trouble_is_shown_first_and_what_helps_comes_after(trouble: Trouble) -> None:
    first = scenario(trouble.scenarios[0])
    words = " ".join(line.sentence for line in first.of_kind("Then"))
    assert any(sign in words for sign in ("refuse", "ends with the error", "too early")), words
    helps = len(trouble.scenarios) > 1 or "once more: 204" in words
    assert helps, "no scenario shows that what helps does help"
