"""OpenAI's own client, unmodified: the current one, and the one that litellm wants."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from runthrough.emulator.server import Running, serve
from runthrough.emulator.world import read_world

from .conftest import ROOT, run

PROGRAMS = Path(__file__).with_name("openai")
PYTHONS = {
    "current": ("RUNTHROUGH_OPENAI_CLIENT_PYTHON", ROOT / ".venv-clients-openai/bin/python"),
    "older": ("RUNTHROUGH_AI_CLIENT_PYTHON", ROOT / ".venv-clients-ai/bin/python"),
}
"""The variable that names a Python, and where `make clients` puts one."""


def python(age: str) -> Path:
    """Return the Python of one client; skips where there is none."""
    variable, usual = PYTHONS[age]
    found = Path(os.environ.get(variable, usual))
    if not found.exists():
        pytest.skip(f"{found} is not there: `make clients` sets it up")
    return found


def day(running: Running, home: Path, program: str, interpreter: Path) -> dict[str, Any]:
    """Run a program with the emulator's exports and return what it prints."""
    done = run([interpreter, "-W", "ignore", PROGRAMS / program], home=home, **running.exports)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("age", PYTHONS)
def test_the_client_works_for_a_day(running: Running, tmp_path: Path, age: str) -> None:
    told = day(running, tmp_path, "openai_day.py", python(age))
    major = int(told["version"].split(".")[0])
    assert major == 3 if age == "current" else major == 2
    assert told["one"] == "gpt-4o"
    assert told["one"] in told["models"]
    assert "Rosa" in told["name"]
    assert told["request"].startswith("req_")
    usage = told["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    assert told["streamed"] == told["in_the_background"] == "2 + 3 = 5."
    assert told["stream_usage"] > 0
    lisbon = {"city": "Lisbon"}
    assert told["tool"] == {"finish": "tool_calls", "name": "get_weather", "input": lisbon}
    assert told["streamed_tool"] == lisbon
    assert "21" in told["told"]
    assert told["party"] == {"name": "Summer ball", "guests": 40}
    assert (told["dimensions"], told["short"]) == ([1536, 1536], 8)


@pytest.mark.parametrize("age", PYTHONS)
def test_refusals_are_the_clients_errors(running: Running, tmp_path: Path, age: str) -> None:
    refused = day(running, tmp_path, "openai_day.py", python(age))["refused"]
    codes = {name: (error["status"], error["code"]) for name, error in refused.items()}
    assert codes == {
        "key": (401, "invalid_api_key"),
        "model": (404, "model_not_found"),
        "temperature": (400, "decimal_above_max_value"),
        "pictures": (501, "not_emulated"),
    }
    assert "nobody-knows" not in refused["key"]["message"]
    assert refused["pictures"]["type"] == "not_implemented"


def test_a_rate_limit_is_waited_for(tmp_path: Path) -> None:
    interpreter = python("current")
    world = read_world()
    limited = world.openai.model_copy(update={"requests_per_minute": 60})
    with serve(world.model_copy(update={"openai": limited})) as running:
        told = day(running, tmp_path, "limits.py", interpreter)
    assert told["answered"] >= 60
    assert (told["type"], told["code"]) == ("requests", "rate_limit_exceeded")
    assert 0 < told["retry_after_ms"] <= 1000
    assert told["limit"] == "60"
    assert told["waited"].startswith("Hello!")
