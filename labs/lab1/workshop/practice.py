"""An emulator of one's own, for what nobody tries on a paid account."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

RUNTHROUGH = [sys.executable, "-m", "runthrough.cli"]


@contextmanager
def emulator(world: str = "default") -> Iterator[dict[str, str]]:
    """Start one in a world and return its variables; stop it after.

    `new-account` is an AWS account on its first day.
    """
    command = [*RUNTHROUGH, "emulate", "--port", "0", "--world", world]
    running = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=system(),
    )
    try:
        yield _read(running.stdout)
    finally:
        running.terminate()
        running.wait()
        running.stdout.close()


def _read(lines: Iterable[str]) -> dict[str, str]:
    """Return the variables it prints first; an empty line ends them."""
    found, others = {}, []
    for line in lines:
        name, _, value = line.strip().partition("=")
        if name.startswith("export "):
            found[name.removeprefix("export ")] = value.strip("'")
        elif found:
            return found
        else:
            others.append(line)
    sys.exit("".join(["the emulator did not start\n", *others[-3:]]))


def run(*arguments: str, environ: Mapping[str, str]) -> str:
    """Run one command of runthrough and return what it prints."""
    ended = subprocess.run(
        [*RUNTHROUGH, *arguments],
        env=system() | dict(environ),
        capture_output=True,
        text=True,
    )
    if ended.returncode:
        sys.exit(ended.stderr.strip() or f"it ended with {ended.returncode}")
    return ended.stdout


def system() -> dict[str, str]:
    """Return what of this environment every process needs."""
    wanted = ("PATH", "PYTHONPATH", "SYSTEMROOT", "PYTHONUTF8")
    return {name: os.environ[name] for name in wanted if name in os.environ}


def texts(name: str) -> str:
    """Return a file of the texts that the generator draws from."""
    (folder,) = find_spec("runthrough").submodule_search_locations
    return (Path(folder) / "data" / "texts" / name).read_text("utf-8")
