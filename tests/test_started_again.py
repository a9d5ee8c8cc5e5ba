"""A lab that is broken off and started again, and one that is started twice.

The target is an emulator that outlives every run; a run is the command in a process of its own.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from runthrough.clients.flink import Flink
from runthrough.clients.kafka import Kafka
from runthrough.clients.registry import Registry
from runthrough.data.command import expected
from runthrough.emulator.server import serve
from runthrough.run.ledger import open_entries
from runthrough.run.lock import only_run_in
from runthrough.settings import Settings
from tests.test_live_target import clean_environment, copied_project
from tests.waiting import COMMAND_SECONDS, eventually

COMMAND = (sys.executable, "-m", "runthrough.cli", "run", "--target=live")
LABEL = "user.confluent.io/runthrough"


class Account:
    """An emulator with its clients, and a project whose runs know it by its addresses."""

    def __init__(self, exports: dict[str, str], project: Path) -> None:
        self._exports, self.project = exports, project
        self.ledger = project / "build" / "runthrough" / "ledger.ndjson"
        settings = Settings.read(exports)
        self.flink = Flink.from_settings(settings)
        self.kafka = Kafka.from_settings(settings)
        self.registry = Registry.from_settings(settings)

    def close(self) -> None:
        for client in (self.flink, self.kafka, self.registry):
            client.close()

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.project,
            env={**clean_environment(), **self._exports},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell that puts the tests into the background has them deaf to Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def run(self, *arguments: str) -> str:
        process = self.start(*arguments)
        said, complained = process.communicate(timeout=COMMAND_SECONDS)
        assert process.returncode == 0, said + complained
        return said

    def break_off(self, *arguments: str, at: Callable[[], object], how: int) -> tuple[int, str]:
        """Run until something is so, then send the signal; return the exit code and all said."""
        process = self.start(*arguments)
        eventually(lambda: at() or process.poll() is not None)
        process.send_signal(how)
        said, complained = process.communicate(timeout=COMMAND_SECONDS)
        return process.returncode, said + complained

    def has_written(self, kind: str, name: str) -> bool:
        return any((e.kind, e.name) == (kind, name) for e in open_entries(self.ledger))

    def there(self) -> set[tuple[str, str]]:
        """What stands in the account; a query of our own carries our label, and no more."""
        found = {("topic", name) for name in self.kafka.topics()}
        found |= {("subject", name) for name in self.registry.subjects()}
        found |= {("connection", connection.name) for connection in self.flink.connections()}
        found |= {("model", name) for (name,) in self.flink.query("SHOW MODELS;").rows}
        for statement in self.flink.statements():
            labels = statement.raw["metadata"].get("labels") or {}
            if LABEL not in labels or not statement.name.startswith("dbapi-"):
                found.add(("statement", statement.name))
        return found

    def unnamed(self) -> set[tuple[str, str]]:
        """What stands there and the ledger does not name; a table's topic is its table."""
        named = {(entry.kind, entry.name) for entry in open_entries(self.ledger)}
        named |= {("topic", name) for kind, name in named if kind == "table"}
        return self.there() - named


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    with serve() as running, closing(Account(running.exports, copied_project(tmp_path))) as account:
        yield account


def test_a_lab_that_is_killed_again_and_again_comes_to_its_end_once(account: Account) -> None:
    summarize = ("lab2", "-k", "Summarize the reviews")
    cuts: tuple[Callable[[], object], ...] = (
        lambda: "hotel_reviews" in account.kafka.topics(),  # records are being sent
        lambda: account.has_written("statement", "denormalized-hotel-bookings"),
        lambda: account.has_written("model", "HOTEL_REVIEW_SUMMARIZER"),
    )
    for cut in cuts:
        code, said = account.break_off(*summarize, at=cut, how=signal.SIGKILL)
        assert code == -signal.SIGKILL, said
        assert account.unnamed() == set()
    account.run(*summarize, "--keep")
    assert account.unnamed() == set()
    manifest = expected(seed=42, scale=1)
    counts = {topic: account.kafka.count(topic) for topic in manifest.topics}
    assert counts == manifest.topics, "no record is there twice, and none is missing"
    versions = account.flink.query("DESCRIBE MODEL `HOTEL_REVIEW_SUMMARIZER$all`;").rows
    assert len(versions) == 1
    before = account.there()
    assert "already complete" in account.run(*summarize, "--keep"), "a second time does nothing"
    assert account.there() == before


def test_ctrl_c_takes_away_what_was_made_and_the_lab_starts_anew(account: Account) -> None:
    aggregate = ("lab2", "-k", "Aggregate the reviews by hotel")
    code, said = account.break_off(
        *aggregate,
        at=lambda: account.has_written("statement", "denormalized-hotel-bookings"),
        how=signal.SIGINT,
    )
    assert code == pytest.ExitCode.INTERRUPTED, said
    assert "interrupted" in said
    assert "Traceback" not in said
    assert account.there() == set()
    assert open_entries(account.ledger) == ()
    account.run(*aggregate)
    assert account.there() == set()


def test_a_lab_started_while_it_runs_is_told_so(account: Account) -> None:
    with only_run_in(account.ledger.parent):
        second = account.start("lab1", "-k", "Load the hotel data")
        said, complained = second.communicate(timeout=COMMAND_SECONDS)
    assert second.returncode == pytest.ExitCode.USAGE_ERROR, said
    assert f"another run is going on in {account.ledger.parent} (process " in complained
    assert "Traceback" not in complained
    assert account.there() == set()
