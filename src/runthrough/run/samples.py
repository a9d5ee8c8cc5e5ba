"""What each scenario showed when it last passed, for the pages: one small JSON file a scenario.

`<folder>/samples/<lab>/<slug>.json` holds `lab`, `title`, `target`, `verified_at` (UTC),
`seconds`, and `columns` and `rows` where the scenario showed rows. A scenario that fails loses
its file: a page must not show what no longer holds. A skipped one keeps it, because a run on one
target says nothing of what only the other can do. A check carries nothing out, so it leaves all
files as they are.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from runthrough.lab import Scenario
from runthrough.run.words import say_value


def _now() -> datetime:
    return datetime.now(UTC)


class Samples:
    """Listens to a run and keeps its samples.

    Args:
        folder: the run's folder; the files go to `samples/` in it.
        clock: where the moment of verification comes from.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = _now) -> None:
        self._folder, self._clock = folder / "samples", clock
        self._target = ""
        self._is_check = False
        self._shown: tuple[Sequence[str], Sequence[Sequence[object]]] | None = None

    def pytest_runthrough_started(self, target: str, mode: str) -> None:
        """Remember where the run goes and whether it carries anything out."""
        self._target, self._is_check = target, mode == "check"

    def pytest_runthrough_scenario_started(self) -> None:
        """Forget what the scenario before showed."""
        self._shown = None

    def pytest_runthrough_shown(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> None:
        """Keep what the running scenario shows until it is known to have passed."""
        self._shown = columns, rows

    def pytest_runthrough_scenario_finished(
        self, scenario: Scenario, status: str, seconds: float
    ) -> None:
        """Write the sample of a scenario that passed; remove that of one that failed."""
        if self._is_check:
            return
        path = self._folder / scenario.lab / f"{slug(scenario.title)}.json"
        if status == "failed":
            path.unlink(missing_ok=True)
        elif status == "passed":
            write_whole(path, json.dumps(self._body(scenario, seconds), ensure_ascii=False))

    def _body(self, scenario: Scenario, seconds: float) -> dict[str, object]:
        verified_at = self._clock().astimezone(UTC).replace(tzinfo=None)
        body: dict[str, object] = {
            "lab": scenario.lab,
            "title": scenario.title,
            "target": self._target,
            "verified_at": verified_at.isoformat(timespec="seconds") + "Z",
            "seconds": round(seconds, 3),
        }
        if self._shown is not None:
            columns, rows = self._shown
            body["columns"] = list(columns)
            body["rows"] = [[say_value(value) for value in row] for row in rows]
        return body


def slug(title: str) -> str:
    """Return a title as it stands in file names: `a-b2` for `A: b2!`."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(path)
