"""LAB 2's `teardown.py lab`: what the lab made goes, in order, and its sources stay."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runthrough.clients.flink import Flink
from runthrough.clients.tableflow import Tableflow
from runthrough.emulator.server import serve
from runthrough.run.programs import environment
from runthrough.settings import Settings
from tests.waiting import COMMAND_SECONDS

FOLDER = Path(__file__).parent.parent / "labs" / "lab2"
MADE = {
    "denormalized-hotel-bookings": (
        "CREATE TABLE `DENORMALIZED_HOTEL_BOOKINGS` AS SELECT `HOTEL` FROM `bookings`;"
    ),
    "bookings-by-city": (
        "CREATE TABLE `BOOKINGS_BY_CITY` AS "
        "SELECT `HOTEL`, COUNT(*) AS `n` FROM `bookings` GROUP BY `HOTEL`;"
    ),
}


@pytest.fixture
def settings() -> Iterator[Settings]:
    with serve() as running:
        yield Settings.read(running.exports)


def take_down(settings: Settings) -> list[str]:
    """Run the program with its word; return the lines it prints."""
    ended = subprocess.run(
        [sys.executable, "teardown.py", "lab"],
        cwd=FOLDER,
        env=environment(settings, os.environ),
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def test_what_the_lab_made_goes_and_its_sources_stay(settings: Settings) -> None:
    flink, tableflow = Flink.from_settings(settings), Tableflow.from_settings(settings)
    for source in ("bookings", "clickstream"):
        flink.submit(f"CREATE TABLE `{source}` (`HOTEL` STRING) WITH ('changelog.mode' = 'append')")
    for name, sql in MADE.items():
        flink.submit(sql, name=name)
    tableflow.turn_on("clickstream")
    tableflow.turn_on("DENORMALIZED_HOTEL_BOOKINGS")

    said = take_down(settings)

    order = [
        "statement stopped: bookings-by-city",
        "statement stopped: denormalized-hotel-bookings",
        "Tableflow off: clickstream",
        "Tableflow off: DENORMALIZED_HOTEL_BOOKINGS",
        "table dropped: BOOKINGS_BY_CITY",
        "model dropped: HOTEL_REVIEW_SUMMARIZER",
        "connection dropped: bedrock-claude-connection",
        "statement deleted: denormalized-hotel-bookings",
        "left: nothing",
    ]
    assert [line for line in said if line in order] == order
    assert flink.query("SHOW TABLES;").rows == (("bookings",), ("clickstream",))
    assert tableflow.find("clickstream") is None
    assert take_down(settings)[-1] == "left: nothing"
    flink.close()
    tableflow.close()
