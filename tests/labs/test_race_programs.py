"""The race tracker's set-up where its scenarios do not go: bad keys, a broken run, a lost file."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from runthrough.emulator.server import Running, serve
from runthrough.run.programs import Ran, run_program
from runthrough.settings import Settings

PROGRAMS = Path(__file__).parent.parent.parent / "labs" / "race"


@pytest.fixture
def emulator() -> Iterator[Running]:
    with serve() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the programs, as a reader has it, and no file of keys."""
    for program in PROGRAMS.glob("*.py"):
        shutil.copy(program, tmp_path)
    return tmp_path


def run(emulator: Running, folder: Path, name: str, answer: str = "", **changes: str) -> Ran:
    # A reader has no Settings that would judge a variable first.
    settings = Settings.read(emulator.exports).model_copy(update=changes)
    return run_program(folder / name, settings=settings, environ=os.environ, answer=answer)


def environments(emulator: Running) -> list[str]:
    given = emulator.exports
    answer = httpx.get(
        f"{emulator.url}/org/v2/environments",
        auth=(given["CONFLUENT_CLOUD_API_KEY"], given["CONFLUENT_CLOUD_API_SECRET"]),
        trust_env=False,
    )
    return [one["display_name"] for one in answer.json()["data"]]


def test_a_placeholder_is_refused_before_anything_is_asked(emulator: Running, folder: Path) -> None:
    half = {"CONFLUENT_CLOUD_API_SECRET": "<your Cloud API secret>"}
    ran = run(emulator, folder, "setup.py", "y", **half)
    assert "is a placeholder" in ran.error
    assert "race-tracker-env" not in environments(emulator)


def test_blanks_around_a_pasted_key_do_no_harm(emulator: Running, folder: Path) -> None:
    key = emulator.exports["CONFLUENT_CLOUD_API_KEY"]
    ran = run(emulator, folder, "cloud.py", CONFLUENT_CLOUD_API_KEY=f" {key}\t")
    assert ran.printed == "Environments your key sees: 1\n"


def test_a_wrong_key_is_told_soon(emulator: Running, folder: Path) -> None:
    text = (folder / "cloud.py").read_text(encoding="utf-8")
    (folder / "cloud.py").write_text(text.replace("A_MOMENT = 15", "A_MOMENT = 0"))
    ran = run(emulator, folder, "cloud.py", CONFLUENT_CLOUD_API_SECRET="of another key")
    assert ran.error.startswith("GET /org/v2/environments: ")
    assert "401" in ran.error


def test_a_role_that_is_not_known_yet_is_waited_for(emulator: Running, folder: Path) -> None:
    topics = {"method": "GET", "path": "/kafka/v3/clusters/*"}
    rule = {"match": topics, "times": 1, "answer": {"status": 403}}
    answer = httpx.post(f"{emulator.url}/_emulator/faults", json=rule, trust_env=False)
    assert answer.status_code == 201, answer.text
    ran = run(emulator, folder, "setup.py", "y")
    assert "waiting: 403 from 127.0.0.1" in ran.printed
    assert "topic race-positions: ready" in ran.printed


def test_no_calls_nobody(emulator: Running, folder: Path) -> None:
    before = httpx.get(f"{emulator.url}/_emulator/requests", trust_env=False).json()["requests"]
    assert "Nothing was made" in run(emulator, folder, "setup.py", "n").printed
    after = httpx.get(f"{emulator.url}/_emulator/requests", trust_env=False).json()["requests"]
    assert before == after
    assert not (folder / ".race.env").exists()


def test_secrets_are_in_a_file_of_ones_own_and_nowhere_else(
    emulator: Running, folder: Path
) -> None:
    ran = run(emulator, folder, "setup.py", "y")
    kept = (folder / ".race.env").read_text(encoding="utf-8")
    values = dict(line.split("=", 1) for line in kept.splitlines())
    secrets = [value for name, value in values.items() if name.endswith("_SECRET")]
    assert len(secrets) == 3
    assert not [secret for secret in secrets if secret in ran.shown]
    assert stat.S_IMODE((folder / ".race.env").stat().st_mode) == 0o600


def test_a_run_that_broke_off_is_finished_by_the_next(emulator: Running, folder: Path) -> None:
    route = {"route": "/iam/v2/api-keys"}
    rule = {"match": {"method": "POST", **route}, "skip": 1, "times": 1, "answer": {"status": 500}}
    httpx.post(f"{emulator.url}/_emulator/faults", json=rule, trust_env=False)
    assert "POST /iam/v2/api-keys" in run(emulator, folder, "setup.py", "y").error
    ran = run(emulator, folder, "setup.py", "y")
    assert "key KAFKA: " in ran.printed
    assert "is there already" in ran.printed
    assert "Made 4 things" in ran.printed  # two keys and two topics
    assert environments(emulator).count("race-tracker-env") == 1


def test_a_lost_file_costs_new_keys_and_nothing_more(emulator: Running, folder: Path) -> None:
    run(emulator, folder, "setup.py", "y")
    (folder / ".race.env").unlink()
    assert "Made 3 things" in run(emulator, folder, "setup.py", "y").printed


def test_a_teardown_that_broke_off_is_finished_by_the_next(emulator: Running, folder: Path) -> None:
    run(emulator, folder, "setup.py", "y")
    pool = {"method": "DELETE", "path": "/fcpm/v2/compute-pools/*"}
    rule = {"match": pool, "times": 1, "answer": {"status": 500}}
    answer = httpx.post(f"{emulator.url}/_emulator/faults", json=rule, trust_env=False)
    assert answer.status_code == 201, answer.text
    assert "compute-pools" in run(emulator, folder, "teardown.py", "race-tracker").error
    ran = run(emulator, folder, "teardown.py", "race-tracker")
    assert ran.printed.endswith("gone: environment\n")
    assert "race-tracker-env" not in environments(emulator)
    assert not (folder / ".race.env").exists()


def test_a_teardown_after_half_a_set_up_says_how_to_go_on(emulator: Running, folder: Path) -> None:
    """What was made before the file was written costs money, and must not be called nothing."""
    nothing = run(emulator, folder, "teardown.py", "race-tracker").error
    assert nothing == ".race.env knows of no race tracker."
    rule = {"match": {"route": "/fcpm/v2/compute-pools"}, "times": 1, "answer": {"status": 500}}
    httpx.post(f"{emulator.url}/_emulator/faults", json=rule, trust_env=False)
    assert "compute-pools" in run(emulator, folder, "setup.py", "y").error
    half = run(emulator, folder, "teardown.py", "race-tracker").error
    assert half.startswith("race-tracker-env is there, but .race.env does not know it: ")
    assert "race-tracker-env" in environments(emulator)
    run(emulator, folder, "setup.py", "y")
    ran = run(emulator, folder, "teardown.py", "race-tracker")
    assert ran.printed.endswith("gone: environment\n")


def test_without_its_tools_the_set_up_asks_nobody_anything(emulator: Running, folder: Path) -> None:
    before = httpx.get(f"{emulator.url}/_emulator/requests", trust_env=False).json()["requests"]
    ran = run(emulator, folder, "no_tools.py", "y")
    assert ran.printed == ""  # not even its question
    assert ran.error.startswith("missing: httpx, boto3, confluent_kafka, runthrough. Nothing was")
    after = httpx.get(f"{emulator.url}/_emulator/requests", trust_env=False).json()["requests"]
    assert before == after
    assert not (folder / ".race.env").exists()


def test_one_missing_tool_is_named(emulator: Running, folder: Path) -> None:
    text = (folder / "check_tools.py").read_text(encoding="utf-8")
    (folder / "check_tools.py").write_text(text.replace('"httpx"', '"no_such_tool"'))
    ran = run(emulator, folder, "setup.py", "y")
    assert ran.error.startswith("missing: no_such_tool. ")
    assert "race-tracker-env" not in environments(emulator)
