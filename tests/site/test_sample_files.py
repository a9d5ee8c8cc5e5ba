"""The files a run leaves, and how they are said to people."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runthrough.errors import LabError
from runthrough.site.samples import (
    Sample,
    read_sample,
    read_samples,
    slug,
)

BODY = {
    "lab": "lab2",
    "title": "A",
    "target": "live",
    "verified_at": "2026-01-02T03:04:05+02:00",
    "seconds": 1,
}


def write(path: Path, body: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


def test_a_sample_is_read_with_its_moment_in_utc(tmp_path: Path) -> None:
    sample = read_sample(write(tmp_path / "a.json", {**BODY, "columns": ["x"], "rows": [[None]]}))
    assert sample == Sample(
        lab="lab2",
        title="A",
        target="live",
        verified_at=datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC),
        seconds=1.0,
        columns=("x",),
        rows=((None,),),
    )


def test_a_scenario_that_showed_no_rows_has_none(tmp_path: Path) -> None:
    sample = read_sample(write(tmp_path / "a.json", {**BODY, "columns": None}))
    assert (sample.columns, sample.rows) == ((), ())


def test_samples_are_found_by_lab_and_title(tmp_path: Path) -> None:
    write(tmp_path / "lab2" / "a.json", BODY)
    write(tmp_path / "lab3" / "a.json", {**BODY, "lab": "lab3"})
    assert set(read_samples(tmp_path)) == {("lab2", "A"), ("lab3", "A")}


def test_a_folder_that_is_not_there_yet_holds_no_samples(tmp_path: Path) -> None:
    assert read_samples(tmp_path / "nothing") == {}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({k: v for k, v in BODY.items() if k != "target"}, "has no 'target'"),
        ({**BODY, "verified_at": "yesterday"}, "cannot be read"),
        ({**BODY, "verified_at": "2026-01-02T03:04:05"}, "no time zone"),
        ({**BODY, "seconds": "long"}, "cannot be read"),
        ({**BODY, "columns": ["a"], "rows": [[1, 2]]}, "a row of 2 values stands under 1 columns"),
        ([], "cannot be read"),
    ],
)
def test_a_file_that_is_no_sample_is_refused_by_name(
    body: object, message: str, tmp_path: Path
) -> None:
    with pytest.raises(LabError, match=message) as caught:
        read_sample(write(tmp_path / "bad.json", body))
    assert caught.value.path.name == "bad.json"


def test_broken_json_is_refused_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text('{\n"lab": }', encoding="utf-8")
    with pytest.raises(LabError, match=r"bad\.json:2: this sample is not JSON"):
        read_sample(path)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Aggregate the reviews", "aggregate-the-reviews"),
        (" A: b2! ", "a-b2"),
        ("été", "t"),
        ("!", ""),
    ],
)
def test_slugs_follow_the_runners_file_names(title: str, name: str) -> None:
    assert slug(title) == name
