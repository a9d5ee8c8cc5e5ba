"""The list of what is emulated: left by a run, read back by the reader the page uses."""

from __future__ import annotations

from pathlib import Path

from runthrough.run.emulated import FILE_NAME, Emulated
from runthrough.run.target import list_emulated
from runthrough.site.emulated import Entry, read_emulated

ENTRY = {
    "group": "Statements",
    "name": "SELECT",
    "form": "SELECT … FROM …",
    "state": "emulated",
    "note": "",
}


def test_a_run_on_the_emulator_leaves_the_list(tmp_path: Path) -> None:
    Emulated(tmp_path, read=lambda: [ENTRY]).pytest_runthrough_started(target="emulator")
    assert read_emulated(tmp_path / FILE_NAME) == (Entry(**ENTRY),)


def test_a_run_on_the_live_target_leaves_what_is_there(tmp_path: Path) -> None:
    Emulated(tmp_path, read=lambda: [ENTRY]).pytest_runthrough_started(target="live")
    assert list(tmp_path.iterdir()) == []


def test_the_emulators_own_list_is_one_the_page_reads_and_always_the_same(tmp_path: Path) -> None:
    written = []
    for _ in range(2):
        Emulated(tmp_path).pytest_runthrough_started(target="emulator")
        written.append((tmp_path / FILE_NAME).read_bytes())
    assert written[0] == written[1]
    entries = read_emulated(tmp_path / FILE_NAME)
    assert [vars(entry) for entry in entries] == list_emulated()
    assert len(entries) > 300
