"""A run's record as one page that needs nothing but itself: no script, no font, no address."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from runthrough.report.reading import Run, read_record
from runthrough.report.words import SIGNS, say_failure
from runthrough.words import say_instant, say_seconds, say_target

RECORD, REPORT = "messages.ndjson", "report.html"
"""The names of what is read and of what is written in a run's folder."""

MOST_ROWS = 10
"""Rows of a sample the page shows; how many more there are is said below them."""

LONGEST_CELL = 160
"""Characters of a cell the page shows; the rest stands in its tooltip."""


def render_report(folder: Path) -> Path:
    """Write `report.html` from the record in a run's folder and return its path.

    Raises:
        RunthroughError: there is no record, or it cannot be read.
    """
    page = render_page(read_record(folder / RECORD))
    path = folder / REPORT
    path.write_text(page, encoding="utf-8")
    return path


def render_page(run: Run) -> str:
    """Return the page of a run. Every text of the record is escaped."""
    environment = Environment(
        loader=PackageLoader("runthrough.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "seconds": say_seconds,
        "instant": say_instant,
        "target": say_target,
        "sign": SIGNS.__getitem__,
        "clip": clip,
        "failure": say_failure,
    }
    return environment.get_template("report.html").render(
        run=run,
        verdict=verdict(run),
        failed=[scenario for scenario in run.scenarios if scenario.status == "failed"],
        most_rows=MOST_ROWS,
        longest_cell=LONGEST_CELL,
    )


def verdict(run: Run) -> str:
    """Return how a run ended, in one sentence."""
    failed, all_of_them = run.count("failed"), len(run.scenarios)
    if failed:
        return f"{failed} of {all_of_them} scenarios failed"
    if run.count("unfinished"):
        return "The run did not come to its end"
    if not run.count("passed"):
        return "No scenario was carried out"
    if run.count("skipped"):
        return f"{run.count('passed')} scenarios passed, {run.count('skipped')} were skipped"
    return "Every scenario passed"


def clip(text: str, length: int) -> str:
    """Return a text cut to a length, with an ellipsis where something is missing."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
