"""One run at a time in a folder: two would write over each other's ledger, record and samples."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from runthrough.errors import RunthroughError

LOCK = "run.lock"
"""The file that a run holds while it lasts, in the folder of its results."""


@contextmanager
def only_run_in(folder: Path) -> Iterator[None]:
    """Hold a folder for one run.

    The system lets go of it when the process ends, whatever ends it, so a run that was killed is
    in nobody's way.

    Raises:
        RunthroughError: another run holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a+", encoding="utf-8") as file:
        if not _take(file):
            raise RunthroughError(
                f"another run is going on in {folder.absolute()} (process {_holder(file)}): wait"
                " for its end, or start this one in a folder of its own"
            )
        file.truncate(0)
        file.write(f" {os.getpid()}")
        file.flush()
        yield


def _holder(file: IO[str]) -> str:
    file.seek(1)  # elsewhere than on POSIX the held first byte cannot be read
    return file.read().strip() or "unknown"


def _take(file: IO[str]) -> bool:
    """Take the file's first byte, or return False where somebody else has it."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
