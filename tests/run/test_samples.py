"""The samples: what the pages take from a run, read back by the reader the pages use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.lab import Scenario
from runthrough.run.samples import Samples, slug
from runthrough.site import samples as pages

MOMENT = datetime(2026, 1, 15, 10, 0, 0, 250_000, tzinfo=UTC)
PEEK = Scenario("lab2", "Peek at: the Bookings!", Path("features/lab2_x.feature"), 3, ())
OTHER = Scenario("lab2", "Another", PEEK.path, 9, ())
ROWS = [["B1", Decimal("4.50"), datetime(2026, 1, 15, 10)], [None, None, None]]


@pytest.fixture
def samples(tmp_path: Path) -> Samples:
    samples = Samples(tmp_path, clock=lambda: MOMENT)
    samples.pytest_runthrough_started(target="emulator", mode="run")
    return samples


def play(
    samples: Samples,
    scenario: Scenario,
    status: str,
    rows: Sequence[Sequence[object]] | None = None,
) -> None:
    samples.pytest_runthrough_scenario_started()
    if rows is not None:
        samples.pytest_runthrough_shown(["ID", "RATING", "AT"], rows)
    samples.pytest_runthrough_scenario_finished(scenario, status, 1.23456)


def read(folder: Path) -> dict[tuple[str, str], pages.Sample]:
    return pages.read_samples(folder / "samples")


def test_a_scenario_that_passed_leaves_what_it_showed(samples: Samples, tmp_path: Path) -> None:
    play(samples, PEEK, "passed", ROWS)
    assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")] == [
        "samples/lab2/peek-at-the-bookings.json"
    ]
    assert read(tmp_path) == {
        ("lab2", PEEK.title): pages.Sample(
            lab="lab2",
            title=PEEK.title,
            target="emulator",
            verified_at=MOMENT.replace(microsecond=0),
            seconds=1.235,
            columns=("ID", "RATING", "AT"),
            rows=(("B1", "4.50", "2026-01-15 10:00:00.000"), (None, None, None)),
        )
    }


def test_rows_belong_to_the_scenario_that_showed_them(samples: Samples, tmp_path: Path) -> None:
    play(samples, PEEK, "passed", ROWS)
    play(samples, OTHER, "passed")
    assert read(tmp_path)["lab2", "Another"].columns == ()


def test_a_scenario_that_fails_loses_its_sample(samples: Samples, tmp_path: Path) -> None:
    play(samples, PEEK, "passed", ROWS)
    play(samples, OTHER, "failed")
    play(samples, PEEK, "failed")
    assert read(tmp_path) == {}


def test_a_scenario_that_is_left_out_keeps_its_sample(samples: Samples, tmp_path: Path) -> None:
    play(samples, PEEK, "passed", ROWS)
    play(samples, PEEK, "skipped")
    assert read(tmp_path)["lab2", PEEK.title].rows


def test_a_new_sample_replaces_the_old_one(samples: Samples, tmp_path: Path) -> None:
    play(samples, PEEK, "passed", ROWS)
    play(samples, PEEK, "passed", [["B2", None, None]])
    assert read(tmp_path)["lab2", PEEK.title].rows == (("B2", None, None),)


@pytest.mark.parametrize("status", ["passed", "failed"])
def test_a_check_leaves_samples_as_they_are(samples: Samples, tmp_path: Path, status: str) -> None:
    play(samples, PEEK, "passed", ROWS)
    before = read(tmp_path)
    samples.pytest_runthrough_started(target="live", mode="check")
    play(samples, PEEK, status)
    assert read(tmp_path) == before


def test_a_sample_that_cannot_be_written_leaves_the_old_one(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(samples, PEEK, "passed", ROWS)
    before = read(tmp_path)

    def full(self: Path, target: Path) -> Path:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        play(samples, PEEK, "passed", [])
    assert read(tmp_path) == before


@given(st.text())
def test_a_page_looks_for_a_sample_where_the_run_puts_it(title: str) -> None:
    assert slug(title) == pages.slug(title)
