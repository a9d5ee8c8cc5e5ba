"""What the last run saw, read from `build/runthrough/samples/<lab>/<slug>.json`.

One file per scenario that passed, written by the runner: lab, title, target, the moment it was
verified (UTC), how many seconds it took, and columns and rows where the scenario showed rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runthrough.errors import LabError


@dataclass(frozen=True)
class Sample:
    """One scenario's result in the last run.

    Attributes:
        target: where it ran, `emulator` or `live`.
        verified_at: when it passed, in UTC.
        seconds: how long it took, waiting included.
        columns: the names of the columns it showed; empty where it showed no rows.
        rows: their values, as JSON gives them (None is SQL's NULL).
    """

    lab: str
    title: str
    target: str
    verified_at: datetime
    seconds: float
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()


Samples = Mapping[tuple[str, str], Sample]
"""Samples by (lab, title)."""


def read_samples(folder: Path) -> dict[tuple[str, str], Sample]:
    """Read every sample below a folder; a folder that does not exist yet holds none.

    Raises:
        LabError: a file is not a sample, with its path.
    """
    samples = (read_sample(path) for path in sorted(folder.glob("*/*.json")))
    return {(sample.lab, sample.title): sample for sample in samples}


def read_sample(path: Path) -> Sample:
    """Read one sample. Raises LabError where the file is not one, with its path and line."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as e:
        raise LabError(f"this sample is not JSON: {e.msg}", path=path, line=e.lineno) from e
    try:
        sample = Sample(
            lab=str(body["lab"]),
            title=str(body["title"]),
            target=str(body["target"]),
            verified_at=_instant(body["verified_at"]),
            seconds=float(body["seconds"]),
            columns=tuple(str(name) for name in body.get("columns") or ()),
            rows=tuple(tuple(row) for row in body.get("rows") or ()),
        )
    except KeyError as e:
        raise LabError(f"this sample has no {e}", path=path, line=1) from e
    except (AttributeError, TypeError, ValueError) as e:
        raise LabError(f"this sample cannot be read: {e}", path=path, line=1) from e
    for row in sample.rows:
        if len(row) != len(sample.columns):
            message = f"a row of {len(row)} values stands under {len(sample.columns)} columns"
            raise LabError(message, path=path, line=1)
    return sample


def slug(title: str) -> str:
    """Return a title as it stands in file names and anchors: `a-b2` for `A: b2!`."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return instant.astimezone(UTC)
