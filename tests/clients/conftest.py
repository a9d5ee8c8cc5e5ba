"""Clients we did not write, unmodified, against a served emulator.

What is not on the machine is skipped with the reason: `make clients` sets up what can be set up.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from runthrough.emulator.server import Running, serve
from tests.waiting import COMMAND_SECONDS

ROOT = Path(__file__).parent.parent.parent
PYTHON = ROOT / ".venv-clients" / "bin" / "python"
"""The Python of confluent-sql 0.6 and dbt, whose pins clash with ours; see the Makefile."""

NODE_MODULES = ROOT / "build" / "clients-npm" / "node_modules"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve() as emulator:
        yield emulator


@pytest.fixture
def asked(running: Running) -> Callable[[], list[str]]:
    """What was asked since the test began, as `METHOD route status`."""
    with httpx.Client(base_url=running.url, trust_env=False) as client:
        before = client.get("/_emulator/requests").json()["requests"]
    last = before[-1]["number"] if before else 0

    def since() -> list[str]:
        with httpx.Client(base_url=running.url, trust_env=False) as client:
            found = client.get("/_emulator/requests", params={"after": last}).json()["requests"]
        return [f"{e['method']} {e['route']} {e['status']}" for e in found]

    return since


def client_python() -> Path:
    """Return the Python of the other virtual environment; skips where there is none."""
    found = Path(os.environ.get("RUNTHROUGH_CLIENT_PYTHON", PYTHON))
    if not found.exists():
        pytest.skip(f"{found} is not there: `make clients` sets it up")
    return found


def run(command: list[str | Path], *, home: Path, **variables: str) -> subprocess.CompletedProcess:
    """Run a client with these variables only, and no settings of the person who runs the tests."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **variables}
    return subprocess.run(
        [str(part) for part in command],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
