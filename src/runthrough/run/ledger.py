"""What this run creates, written down before it is created and deleted at the end.

One line of JSON an event, forced to the disk: `created` before something is created, `deleted`
once it is gone again, `left` with the reason where that failed. So after a crash the file says
what may still be there. A file in which everything is deleted is begun anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from runthrough.errors import RunthroughError, ServiceError, StepError

_GOES_BY_ITSELF = "emulator"
"""The target that takes everything with it when it ends."""

Deleter = Callable[[str], None]
"""Delete the thing of that name; a ServiceError with status 404 counts as deleted."""


@dataclass(frozen=True)
class Entry:
    """Something a run created.

    Attributes:
        kind: `statement`, `table`, `model`, `connection`, `topic`, …
        name: what the service knows it by.
        run: the id of the run that created it.
        target: where (`emulator`, `live`).
    """

    kind: str
    name: str
    run: str
    target: str


@dataclass(frozen=True)
class Leftover:
    """Something that is still there, and why."""

    entry: Entry
    reason: str

    def __str__(self) -> str:
        return f"{self.entry.kind} {self.entry.name!r}: {self.reason}"


class Ledger:
    """The ledger of one run.

    Args:
        path: the file; earlier runs' open entries in it are kept.
        run_id: this run.
        target: where it runs, for the file only.
        keep: whether what was created stays.
        redact: hides secrets in the reasons services give.
    """

    def __init__(
        self,
        path: Path,
        *,
        run_id: str,
        target: str,
        keep: bool = False,
        redact: Callable[[str], str] = str,
    ) -> None:
        self._path, self._run_id, self._target, self._keep = path, run_id, target, keep
        self._redact = redact
        self._entries: dict[tuple[str, str], Entry] = {}
        self._deleters: dict[str, Deleter] = {}
        self._is_looking = False
        self.leftovers: tuple[Leftover, ...] = ()

    def created(self, kind: str, name: str) -> None:
        """Write down what is about to be created; call this before creating it.

        Raises:
            StepError: the run is only looking, so nothing may be created.
        """
        self.changes(f"creating the {kind} {name!r}")
        if (kind, name) in self._entries:
            return
        if not self._entries and not _still_counts(self._path):
            self._path.unlink(missing_ok=True)
        entry = Entry(kind, name, self._run_id, self._target)
        self._entries[kind, name] = entry  # first: Ctrl-C may come while it is written
        self._write("created", entry)

    def changes(self, what: str) -> None:
        """Say that the environment is about to be changed in a way that leaves nothing to delete.

        Raises:
            StepError: the run is only looking.
        """
        if self._is_looking:
            raise StepError(f"not done yet: {what} (this look changes nothing)")

    def deleted(self, kind: str, name: str) -> None:
        """Write down that something is gone, whichever run created it."""
        if entry := self._entries.get((kind, name)):
            self._write("deleted", entry)
            del self._entries[kind, name]
        for entry in self._earlier.pop((kind, name), ()):
            self._write("deleted", entry)

    @cached_property
    def _earlier(self) -> dict[tuple[str, str], list[Entry]]:
        """What earlier runs left on this live target, by kind and name."""
        found: dict[tuple[str, str], list[Entry]] = {}
        for entry in open_entries(self._path):
            if entry.run != self._run_id and entry.target == self._target != _GOES_BY_ITSELF:
                found.setdefault((entry.kind, entry.name), []).append(entry)
        return found

    def deletes(self, kind: str, deleter: Deleter) -> None:
        """Register how things of a kind are deleted at the end."""
        self._deleters[kind] = deleter

    @contextmanager
    def looking(self) -> Iterator[None]:
        """While in this context, `created` and `changes` refuse."""
        before, self._is_looking = self._is_looking, True
        try:
            yield
        finally:
            self._is_looking = before

    def settle(self) -> tuple[Leftover, ...]:
        """Delete what this run created, newest first, and return what is still there.

        Nothing is deleted that this run did not create. One failure does not stop the others.
        """
        if self._keep:
            kept = tuple(Leftover(entry, "kept") for entry in self._entries.values())
            self.leftovers = kept
            return kept
        left = []
        for entry in reversed(tuple(self._entries.values())):
            reason = self._delete(entry)
            if reason is None:
                self.deleted(entry.kind, entry.name)
            else:
                self._write("left", entry, reason=reason)
                left.append(Leftover(entry, reason))
        self.leftovers = tuple(left)
        return self.leftovers

    def _delete(self, entry: Entry) -> str | None:
        """Delete one thing; return why it is still there, or None."""
        deleter = self._deleters.get(entry.kind)
        if deleter is None:
            return f"nobody knows how to delete a {entry.kind}"
        try:
            deleter(entry.name)
        except ServiceError as e:
            return None if e.status == 404 else self._redact(str(e))
        except RunthroughError as e:
            return self._redact(str(e))
        except Exception as e:  # the others are deleted all the same, and this one is reported
            return self._redact(f"{type(e).__name__}: {e}")
        return None

    def _write(self, event: str, entry: Entry, *, reason: str | None = None) -> None:
        line = {
            "event": event,
            "kind": entry.kind,
            "name": entry.name,
            "run": entry.run,
            "target": entry.target,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            **({"reason": reason} if reason else {}),
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            start = "\n" if _is_cut_short(self._path) else ""
            file.write(start + json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())


def open_entries(path: Path) -> tuple[Entry, ...]:
    """Return what a ledger's file says was created and not deleted, oldest first.

    A last line cut short by a crash is left out: what it names was not created yet.
    """
    if not path.is_file():
        return ()
    entries: dict[Entry, None] = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        entry = Entry(line["kind"], line["name"], line["run"], line["target"])
        if line["event"] == "created":
            entries[entry] = None
        elif line["event"] == "deleted":
            entries.pop(entry, None)
    return tuple(entries)


def _still_counts(path: Path) -> bool:
    """Return whether something on a live target is still open; an emulator takes all with it."""
    return any(entry.target != _GOES_BY_ITSELF for entry in open_entries(path))


def _is_cut_short(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
