"""A generation as files: one NDJSON file a topic, and the manifest.

The same rows give the same bytes: fields in the order of the schema, no blanks, UTF-8.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from runthrough.data.manifest import FILE_NAME, Manifest
from runthrough.data.river_hotels import Dataset, Row
from runthrough.errors import RunthroughError


def ndjson(rows: Iterable[Row]) -> Iterator[str]:
    """Yield one line a row, each with its line feed."""
    for row in rows:
        yield json.dumps(dict(row), ensure_ascii=False, separators=(",", ":")) + "\n"


class Counts(Protocol):
    """A manifest, as far as it is written."""

    def write(self, path: Path) -> None:
        """Write it to a file, whole or not at all."""


def write_dataset(dataset: Dataset, directory: Path) -> Manifest:
    """Write the data of River Hotels with its manifest; see `write_files`."""
    manifest = Manifest.from_dataset(dataset)
    write_files(dataset, directory, manifest)
    return manifest


def write_files(dataset: Dataset, directory: Path, manifest: Counts) -> None:
    """Write `<topic>.ndjson` for every topic and `manifest.json` into a folder.

    Every file appears whole or not at all, and the manifest last: where it stands, the files it
    counts stand too. Files of an earlier generation are replaced.

    Raises:
        RunthroughError: the folder cannot be made or written.
    """
    mark = os.getpid()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / FILE_NAME).unlink(missing_ok=True)
        for topic, rows in dataset.rows.items():
            aside = directory / f".{topic}.{mark}"
            with aside.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(ndjson(rows))
            aside.replace(directory / f"{topic}.ndjson")
        manifest.write(directory / FILE_NAME)
    except OSError as e:
        raise RunthroughError(f"the data cannot be written to {directory}: {e.strerror}") from e
