"""dbt with Confluent's adapter: a project of seeds, tables, a view, a stream, and its tests."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runthrough.emulator.server import Running, serve
from tests.connecting import connect

from .conftest import client_python, run

PROJECT = Path(__file__).with_name("dbt")


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """An emulator of this module's own: the tests follow one another, as a project's days do."""
    client_python()
    with serve() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dbt") / "river_hotels"
    shutil.copytree(PROJECT, folder)
    return folder


def dbt(running: Running, project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = client_python().with_name("dbt")
    options = ("--no-use-colors", "--no-version-check")
    return run([program, *options, *arguments], home=project, DO_NOT_TRACK="1", **running.exports)


def results(project: Path) -> dict[str, str]:
    """Return what the last command says of each node: `success`, `pass`, `fail`, …"""
    data: dict[str, Any] = json.loads((project / "target" / "run_results.json").read_text())
    return {one["unique_id"].split(".")[2]: one["status"] for one in data["results"]}


def rows(running: Running, sql: str) -> list[Any]:
    connection = connect(running)
    with connection.closing_cursor() as cursor:
        cursor.execute(sql)
        found = cursor.fetchall()
    connection.close()
    return sorted(found)


def test_debug_finds_everything_well(running: Running, project: Path) -> None:
    done = dbt(running, project, "debug")
    assert done.returncode == 0, done.stdout
    assert "Connection test: [OK connection ok]" in done.stdout


def test_a_project_is_built_and_its_tests_tell_right_from_wrong(
    running: Running, project: Path
) -> None:
    seeded = dbt(running, project, "seed")
    assert seeded.returncode == 0, seeded.stdout
    built = dbt(running, project, "run")
    assert built.returncode == 0, built.stdout
    assert set(results(project).values()) == {"success"}
    assert rows(running, "SELECT * FROM long_stays") == [("B1", "Ibis", 2), ("B3", "Ibis", 4)]
    assert rows(running, "SELECT * FROM hotels_of_long_stays") == [("Ibis",)]
    assert rows(running, "SELECT * FROM nights_by_hotel") == [("Ibis", 6), ("Ritz", 1)]

    tested = dbt(running, project, "test")
    found = results(project)
    assert found.pop("only_the_ritz") == "fail", "the test that must fail"
    assert (tested.returncode, set(found.values())) == (1, {"pass"}), tested.stdout


def test_a_second_run_leaves_what_is_there(running: Running, project: Path) -> None:
    again = dbt(running, project, "run")
    assert again.returncode == 0, again.stdout
    assert again.stdout.count("already exists. Skipping") >= 1
    assert rows(running, "SELECT * FROM long_stays") == [("B1", "Ibis", 2), ("B3", "Ibis", 4)]


def test_a_full_refresh_builds_anew(running: Running, project: Path) -> None:
    done = dbt(running, project, "run", "--full-refresh", "--select", "long_stays")
    assert done.returncode == 0, done.stdout
    assert results(project) == {"long_stays": "success"}
    assert rows(running, "SELECT * FROM long_stays") == [("B1", "Ibis", 2), ("B3", "Ibis", 4)]


def test_a_model_with_an_unknown_column_fails_with_flinks_words(
    running: Running, project: Path
) -> None:
    (project / "models" / "wrong.sql").write_text("select nope from {{ ref('bookings') }}")
    done = dbt(running, project, "run", "--select", "wrong")
    assert done.returncode == 1
    assert results(project) == {"wrong": "error"}
    assert "nope" in done.stdout
