"""Running a lab's own Python file as its reader does: `python talk.py`, in the folder of the lab.

The file is executed unmodified, by the Python that runs the labs, in a process of its own. It gets
the settings as its environment and, beside what Python itself and the tools it may look for need,
nothing else of ours: no arguments, no shell, and of input the one answer that the feature's line
gives. What it prints is kept without secrets.

A program may make things of its own, which the run's ledger does not know; it takes them away
itself, in a `finally`. So it is never just killed: on Ctrl-C, and when its time is over, it is
interrupted as its reader would interrupt it, and has half a minute to put things right. It writes
into files, not pipes: a run that is killed leaves it going on to its own end.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from runthrough.errors import StepError
from runthrough.settings import Settings

LIMIT_SECONDS = 120.0
"""How long a program may take; a model that thinks takes a while."""

GRACE_SECONDS = 30.0
"""How long a program that is interrupted may take to put things right."""

LONGEST = 50_000
"""Characters a program may print; a page cannot show more."""

_INTERRUPTIBLE = os.name == "posix"
"""Elsewhere a console interrupts all of its processes, and no single one can be."""

_KEY_ERROR = re.compile(r"KeyError: '(?P<name>[A-Z_]+)'")
_FOR_PYTHON = {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
_OF_THE_SYSTEM = (
    "PATH",
    "SYSTEMROOT",
)  # where tools are; without the other Windows opens no socket
_OF_A_PROFILE = (
    *("HOME", "USERPROFILE"),
    *("AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"),
)


@dataclass(frozen=True)
class Ran:
    """A program that ended.

    Attributes:
        name: its file's name.
        printed: what it printed, without secrets.
        error: the exception that ended it, without traceback and secrets; empty if it ended well.
    """

    name: str
    printed: str
    error: str

    @property
    def shown(self) -> str:
        """What its reader sees, the traceback aside, which is full of paths of one machine."""
        return "\n".join(part.rstrip("\n") for part in (self.printed, self.error) if part)


def run_program(
    path: Path,
    *,
    settings: Settings,
    environ: Mapping[str, str],
    answer: str = "",
    files: Path | None = None,
    limit: float = LIMIT_SECONDS,
) -> Ran:
    """Run a program to its end.

    Args:
        path: its file; `lab.read_program` says which files may be run.
        settings: become its environment.
        environ: the environment of this process, of which a program sees as little as it can.
        answer: a line it reads at its prompt; empty = there is nothing to read.
        files: the folder for what it writes, which it finds as LAB_FILES; None = its own folder.
        limit: seconds it may take.

    Raises:
        StepError: it did not end in time, or printed more than a page can show.
    """
    variables = environment(settings, environ)
    if files is not None:
        variables["LAB_FILES"] = str(files)
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        given.write(f"{answer}\n".encode() if answer else b"")
        given.seek(0)
        process = subprocess.Popen(
            [sys.executable, path.name],
            cwd=path.parent,
            env=variables,
            stdin=given,
            stdout=out,
            stderr=err,
            process_group=0 if _INTERRUPTIBLE else None,  # Ctrl-C reaches it once: from here
        )
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired as e:
            _end(process)
            raise StepError(f"{path.name} did not end within {limit:g} s") from e
        except BaseException:
            _end(process)
            raise
        streams = tuple(_all_of(file) for file in (out, err))
    printed, complained = (_text(stream, settings) for stream in streams)
    if len(printed) > LONGEST:
        message = f"{path.name} printed {len(printed)} characters; a page shows {LONGEST} at most"
        raise StepError(message)
    error = ""
    if code != 0:
        error = _last_words(complained) or f"{path.name} ended with code {code}"
        error += _missing_setting(error, settings)
    return Ran(path.name, printed, error)


def environment(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a program finds in its environment.

    With keys in the settings no file of AWS's counts; without them boto3 looks for a profile where
    it always does (as `clients/aws.py` has it).
    """
    found = {name: settings.text(name) for name in settings.given()}
    found |= {name: environ[name] for name in _OF_THE_SYSTEM if name in environ}
    if settings.AWS_ACCESS_KEY_ID is None:
        found |= {name: environ[name] for name in _OF_A_PROFILE if name in environ}
    else:
        found |= dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    return found | _FOR_PYTHON


def _end(process: subprocess.Popen[bytes]) -> None:
    """Interrupt a program and wait until it has put things right; kill it if that takes long."""
    try:
        if _INTERRUPTIBLE:
            os.killpg(process.pid, signal.SIGINT)  # the tools it runs are interrupted with it
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    finally:  # in vain, or there was a second Ctrl-C
        process.kill()
        process.wait()


def _all_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _missing_setting(error: str, settings: Settings) -> str:
    """Return what to add to the KeyError of a program that looked for a setting nobody set."""
    found = _KEY_ERROR.fullmatch(error)
    if found is None or found["name"] not in type(settings).model_fields:
        return ""
    is_set = found["name"] in settings.given()
    return "" if is_set else f"\n{found['name']} is not set"


def _text(stream: bytes, settings: Settings) -> str:
    return settings.redact(stream.decode("utf-8", errors="replace").replace("\r\n", "\n"))


def _last_words(complained: str) -> str:
    """Return the exception at the end of a traceback: what follows its last indented line."""
    lines = complained.rstrip("\n").split("\n")
    inside = [at for at, line in enumerate(lines) if line.startswith((" ", "Traceback "))]
    return "\n".join(lines[inside[-1] + 1 :] if inside else lines)
