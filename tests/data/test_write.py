"""Files of a generation: the same bytes for the same seed, whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runthrough.data.command import expected, generate_to
from runthrough.data.manifest import Manifest
from runthrough.data.river_hotels import generate
from runthrough.data.schemas import TOPICS
from runthrough.data.write import ndjson
from runthrough.errors import RunthroughError
from tests.waiting import COMMAND_SECONDS

NAMES = sorted([f"{topic.name}.ndjson" for topic in TOPICS] + ["manifest.json"])
SCRIPT = """
import sys
from pathlib import Path
from runthrough.data.command import generate_to
generate_to(Path(sys.argv[1]), seed=42, scale=2)
"""


def digests(directory: Path) -> dict[str, str]:
    files = [path for path in directory.iterdir() if path.is_file()]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    """Sets and dicts of strings are ordered differently in each of the two."""
    for hash_seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / hash_seed)],
            check=True,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            timeout=COMMAND_SECONDS,
        )
    assert sorted(digests(tmp_path / "1")) == NAMES
    assert digests(tmp_path / "1") == digests(tmp_path / "2")


def test_a_line_is_one_row_and_reads_back_as_it_was(tmp_path: Path) -> None:
    generate_to(tmp_path, seed=9)
    for topic, rows in generate(9).rows.items():
        lines = (tmp_path / f"{topic}.ndjson").read_bytes().decode("utf-8").split("\n")
        assert lines.pop() == ""
        assert tuple(json.loads(line) for line in lines) == rows


def test_a_line_has_its_fields_in_order_and_no_blanks() -> None:
    (line,) = ndjson([{"B": 1, "A": "é|"}])
    assert line == '{"B":1,"A":"é|"}\n'


def test_writing_returns_what_is_to_be_expected(tmp_path: Path) -> None:
    manifest = generate_to(tmp_path / "new" / "folder", seed=9, scale=2)
    assert manifest == Manifest.read(tmp_path / "new" / "folder") == expected(seed=9, scale=2)


def test_an_earlier_generation_is_replaced(tmp_path: Path) -> None:
    generate_to(tmp_path, seed=1)
    generate_to(tmp_path, seed=2)
    generate_to(tmp_path / "fresh", seed=2)
    assert digests(tmp_path) == digests(tmp_path / "fresh")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(RunthroughError, match=r"cannot be written to .*taken"):
        generate_to(tmp_path / "taken")


def test_no_manifest_stands_beside_files_that_failed(tmp_path: Path) -> None:
    """The manifest comes last, so where it stands everything stands."""
    generate_to(tmp_path, seed=1)
    (tmp_path / "hotel_reviews.ndjson").unlink()
    (tmp_path / "hotel_reviews.ndjson").mkdir()
    (tmp_path / "hotel_reviews.ndjson" / "full").touch()
    with pytest.raises(RunthroughError, match="cannot be written"):
        generate_to(tmp_path, seed=2)
    assert not (tmp_path / "manifest.json").exists()
