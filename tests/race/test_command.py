"""The command, on the emulator: a race from the generator to the board and to its end."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from runthrough.cli import main
from runthrough.data import race
from runthrough.data.race_manifest import RaceManifest
from runthrough.emulator.server import serve
from runthrough.race.command import open_show, race_of, run_race
from runthrough.settings import Settings
from tests.waiting import eventually


def call(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, ("race", *arguments), env=env)


def test_a_race_runs_to_its_end_and_the_board_shows_it() -> None:
    with serve() as running:
        first = call("--port", "0", "--speed", "1000", "--stop-at-finish", env=running.exports)
        again = call("--port", "0", "--speed", "1000", "--stop-at-finish", env=running.exports)
    winner = RaceManifest.from_dataset(race.generate()).result[0]
    assert first.exit_code == 0, first.output
    assert re.search(rf"race-42 is over after \d+\.\d s: {winner} wins", first.output)
    assert first.output.splitlines()[1].startswith("second   0: ")
    assert "race-42 was run before; another --seed is another race" in again.output
    for name, value in running.exports.items():
        if "SECRET" in name:
            assert value not in first.output


def test_the_board_has_the_last_second_and_no_secret() -> None:
    with serve() as running:
        settings = Settings.read(running.exports)
        with open_show(settings, port=0, seed=7, seconds=5) as show:
            end = run_race(show, seed=7, seconds=5, speed=1000, told=lambda event: None)
            state: Any = httpx.get(f"{show.url}state", trust_env=False).json()
    assert (end.sent, end.arrived) == (5 * (8 + 4), True)
    assert (state["race_id"], state["second"], state["over"]) == ("race-7", 4, True)
    expected = [row["racer"] for row in race_of(7, 5).rows[race.POSITIONS][-8:]]
    assert [s["racer"] for s in state["standings"]] == expected
    assert state["topics"] == {
        "race-positions": {"kind": "positions", "state": "reading"},
        "race-commentary": {"kind": "comments", "state": "waiting"},
        "race-anomalies": {"kind": "anomalies", "state": "waiting"},
    }
    assert not [secret for secret in settings.secrets() if secret in json.dumps(state)]


def test_who_only_watches_sees_the_race_of_another() -> None:
    with serve() as running:
        settings = Settings.read(running.exports)
        with (
            open_show(settings, port=0, seed=None, seconds=None) as watched,
            open_show(settings, port=0, seed=3, seconds=4) as show,
        ):
            run_race(show, seed=3, seconds=4, speed=1000, told=lambda event: None)
            eventually(lambda: (watched.board.second or 0) >= 2)
            state = httpx.get(f"{watched.url}state", trust_env=False).json()
    assert (state["race_id"], state["total"]) == ("race-3", None)


@pytest.mark.parametrize("seconds", [1, 60, 61])
def test_a_race_of_so_many_seconds_has_so_many(seconds: int) -> None:
    rows = race_of(42, seconds).rows
    assert {topic: len(of_topic) for topic, of_topic in rows.items()} == {
        race.POSITIONS: 8 * seconds,
        race.METRICS: 4 * seconds,
    }
    longer = race_of(42, 120).rows[race.POSITIONS]
    assert rows[race.POSITIONS] == longer[: 8 * seconds]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--speed", "0"], "0.0 is not in the range x>0"),
        (["--seconds", "0"], "0 is not in the range"),
        (["--port", "99999"], "99999 is not in the range"),
        (["--no-produce", "--speed", "2"], "--speed is of a race, and --no-produce starts none"),
        (["--no-produce", "--stop-at-finish"], "--stop-at-finish is of a race"),
        (["--env-file", "nowhere.env"], "nowhere.env does not exist"),
    ],
)
def test_wrong_words_are_named(arguments: list[str], words: str) -> None:
    result = call(*arguments)
    assert result.exit_code != 0
    assert words in result.output


def test_missing_settings_are_named() -> None:
    result = call("--stop-at-finish")
    assert result.exit_code == 1
    assert "KAFKA_BOOTSTRAP_SERVERS, SCHEMA_REGISTRY_REST_ENDPOINT" in result.output
