"""What the emulator does, for the page "what is emulated": a file a run leaves beside its samples.

`<folder>/emulated.json` is a list of objects with `group`, `name`, `form`, `state` and `note`, in
the order of the page. The pages must not import the emulator, and only `target.py` may start it,
so the list takes the way all else takes that a page shows of a run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from runthrough.run.samples import write_whole
from runthrough.run.target import list_emulated

FILE_NAME = "emulated.json"


class Emulated:
    """Writes the list when a run against the emulator starts.

    Args:
        folder: where the run's files go.
        read: gives the list; tests put their own in.
    """

    def __init__(
        self, folder: Path, *, read: Callable[[], Sequence[Mapping[str, str]]] = list_emulated
    ) -> None:
        self._folder, self._read = folder, read

    def pytest_runthrough_started(self, target: str) -> None:
        """Write the list; a run on the live target says nothing about the emulator."""
        if target == "emulator":
            entries = json.dumps(self._read(), ensure_ascii=False, indent=1)
            write_whole(self._folder / FILE_NAME, entries)
