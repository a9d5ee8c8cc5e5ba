"""Confluent's driver, the release dbt pins and the newest, at the same day's work."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from runthrough.emulator.server import Running

from .conftest import client_python, run

SCRIPT = Path(__file__).with_name("everyday_sql.py")


@pytest.mark.parametrize("release", ["0.7", "0.6"])
def test_a_days_work_goes_through(running: Running, tmp_path: Path, release: str) -> None:
    python = Path(sys.executable) if release == "0.7" else client_python()
    done = run([python, SCRIPT], home=tmp_path, **running.exports)
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    assert said.pop("version").startswith(release)
    world = running.world
    assert said.pop("refused").count("rooms") == 1
    assert said == {
        "catalogs": [[world.environment.name, world.environment.id]],
        "vacant": [["1", "Ibis", "79.50", "True"], ["3", "Ibis", "None", "True"]],
        "columns": [
            ["id", "INTEGER"],
            ["hotel", "VARCHAR"],
            ["price", "DECIMAL"],
            ["vacant", "BOOLEAN"],
        ],
        "counted": [{"hotel": "Ibis", "n": 2}, {"hotel": "Ritz", "n": 1}],
        "watched": ["Ibis", "Ibis", "Ritz"],
        "kind": "SELECT",
        "left": said["left"],
    }
    assert "watch-rooms" not in said["left"]
