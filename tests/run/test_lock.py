"""Two runs in one folder: the second is told, and one that was killed is in nobody's way."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runthrough.errors import RunthroughError
from runthrough.run.lock import LOCK, only_run_in
from tests.waiting import eventually

HOLDS = """
import sys, time
from pathlib import Path
from runthrough.run.lock import only_run_in
with only_run_in(Path(sys.argv[1])):
    time.sleep(600)
"""


def test_a_second_run_is_told_who_is_there(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)]) as first:
        held = tmp_path / LOCK
        eventually(lambda: held.exists() and held.read_text(encoding="utf-8"))
        with (
            pytest.raises(RunthroughError, match=rf"another run .*\(process {first.pid}\): wait"),
            only_run_in(tmp_path),
        ):
            pass
        first.send_signal(signal.SIGKILL)
    with only_run_in(tmp_path):
        pass


def test_one_run_after_the_other(tmp_path: Path) -> None:
    for _ in range(2):
        with only_run_in(tmp_path / "build"):
            pass
